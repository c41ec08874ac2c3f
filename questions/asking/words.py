"""The words that a question may be made of, beside those of time: measures, groups, values, comparisons, orders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from data_access.cases.cache import cached
from data_access.cases.filters import STATUSES
from data_access.cases.own import measures_of
from data_access.cases.reader import Reader
from data_access.district.vocabulary import GRID, HOTLINE

Kind = Literal["value", "measure", "by", "compare", "order", "filler", "beyond"]


@dataclass(frozen=True)
class Meaning:
    """What a word means. `field`: of a value its field; `value`: the value, the measure, the group, the comparison."""

    kind: Kind
    value: str
    field: str = ""


# What people say for a measure beside its label. Calibre: 不含剔除 unless 含剔除 is said.
MEASURE_WORDS = {
    "volume": ("受理量", "诉求量", "工单量", "案件量", "件数", "数量", "多少件", "几件", "多少", "投诉量", "总量", "量",
               "工单", "案件", "诉求", "投诉", "来电", "件"),
    "share": ("占比", "比例", "占多少"),
    "resolution_rate": ("解决率",),
    "satisfaction_rate": ("满意率", "满意度"),
    "response_rate": ("响应率",),
    "composite": ("综合成绩", "综合得分", "综合分", "总分", "成绩", "得分", "三率"),
    "on_time_rate": ("按期办结率", "按时办结率", "及时率", "按期率", "准时率"),
    "closing_rate": ("办结率",),
    "settled_rate": ("结案率",),
    "filed_rate": ("立案率",),
    "median_hours": ("办理时长", "办理用时", "平均用时", "办结时长", "多久办完", "要多久", "多长时间"),
    "p90_hours": ("办理时长P90", "P90"),
    "repeat_share": ("重复率", "重复诉求占比", "重复诉求率"),
    "callers": ("诉求人数", "多少人", "几个人", "人数"),
    "rework_rate": ("返工率",),
    "per_10k": ("万人诉求量", "每万人", "万人"),
    "valid_callbacks": ("回访量", "有效回访量", "回访"),
    "self_handled_share": ("自行处置占比", "自处置率"),
}  # fmt: skip
BY_WORDS = {
    "street": ("街道", "街镇", "哪条街道", "哪个街道"), "community": ("社区", "哪个社区"),
    "unit": ("单位", "承办单位", "部门", "哪个单位", "哪个部门"), "category1": ("一级分类", "大类"),
    "category2": ("二级分类", "分类", "类别", "问题", "哪类", "什么问题", "哪些问题", "诉求类型", "哪一类",
                  "哪些类", "几类"),
    "category3": ("三级分类", "小类", "细类"), "channel": ("渠道",), "request_type": ("类型",),
    "dimension": ("维度", "七有五性"), "source": ("来源",), "month": ("按月", "每月", "各月", "逐月", "月度", "哪个月"),
    "day": ("按日", "每天", "逐日", "每日", "哪天", "哪一天"), "week": ("按周", "每周", "逐周", "哪周"),
    "hour": ("按小时", "几点", "每小时", "什么时候", "哪个时段"), "weekday": ("星期几", "周几"),
}  # fmt: skip
COMPARE_WORDS = {
    "yoy": ("同比", "比去年", "比上年", "与去年相比", "和去年比", "跟去年比", "与上年同期相比", "较上年同期", "较去年"),
    "previous": ("环比", "比上期", "与上期相比", "较上期", "比上个月", "比上月", "和上个月比", "跟上个月比", "比上周",
                 "变化", "涨了多少", "升了多少", "增长", "增减"),
    "assessment": ("较上一考核期", "比上一考核期"),
    "lunar": ("春节对齐同比", "春节对齐"),
}  # fmt: skip
ORDER_WORDS = {
    "most": ("最多", "最高", "最大", "排名", "排行", "最集中", "居前", "前列", "top", "TOP", "最长", "最好"),
    "least": ("最少", "最低", "最小", "最差", "垫底", "倒数", "最短", "末位"),
}  # fmt: skip
STATUS_WORDS = {
    "open": ("未办结", "没办完", "在办", "没办结", "未完成"), "overdue_open": ("逾期未办结", "超期未办结", "过期未办"),
    "overdue": ("逾期", "超期", "超时"), "closed": ("已办结", "办结了", "办完"), "unresolved": ("未解决", "没解决"),
    "dissatisfied": ("不满意",), "repeat": ("重复诉求", "重复来电", "重复"),
    "reworked": ("返工",), "excluded": ("剔除件",),
    "late": ("逾期办结",), "due_today": ("今天到期", "今日到期", "当天到期"),
    "due_later": ("未到期", "没到期", "没有到期"),
}  # fmt: skip
STATES = {"open", "overdue_open", "overdue", "due_today", "due_later"}  # what a case is in at a moment
RECEIVED = {"受理", "收到", "接到", "受理量", "来电", "发生"}  # said with a day, it is the day on which cases came in
GRAMMAR: dict[Kind, dict[str, tuple[str, ...]]] = {
    "measure": MEASURE_WORDS, "by": BY_WORDS, "compare": COMPARE_WORDS, "order": ORDER_WORDS,
}  # fmt: skip
# Words without which the question is the same.
FILLERS = (
    "的", "类", "是", "有", "了", "吗", "呢", "请问", "帮我", "看看", "查一下", "查", "情况", "怎么样", "如何", "怎样",
    "在", "全区", "我区", "区里", "哪些", "哪个", "哪几个", "哪", "几个", "是多少", "一共", "总共", "共", "给我",
    "我想知道", "各", "每个", "各个", "按", "分", "和", "与", "里", "中", "里面", "以及", "还", "都", "什么",
    "方面", "类的", "那些", "接到", "收到", "受理", "发生", "关于", "有关", "涉及", "目前", "现在", "列出",
    "列一下", "显示", "告诉我", "对比", "个", "一下", "到", "名", "位", "，", "。", "？", "?", ",", "！", "、",
    " ", "　", "“", "”", "：", ":",
)  # fmt: skip
# Words that turn a question round, for which there is no question yet: said to be left out, never passed over.
BEYOND = (
    "除了", "除", "以外", "之外", "不含", "不包括", "不是", "排除", "去掉", "低于", "高于", "超过", "少于", "大于",
    "小于", "不到", "以上", "以下", "或者", "之间", "为什么", "原因", "预计", "预测", "明天", "下周", "下个月", "下月",
    "明年",
)  # fmt: skip
FIELDS = ("street", "community", "category1", "category2", "category3", "unit", "channel", "request_type", "dimension",
          "crowd", "industry")  # fmt: skip
SOURCE_WORDS = {HOTLINE: ("热线", "12345热线", "12345"), GRID: ("网格", "城市网格", "网格案件")}
ENDS = {"street": ("街道", "地区"), "community": ("社区",)}  # left out when people speak
# Of two fields that share a word the first is meant.
RANKED = {field: place for place, field in enumerate(FIELDS)}
MOST_VALUES = 5000
SHORTEST = 2  # letters of a value's word


@cached
def lexicon(reader: Reader) -> dict[str, tuple[Meaning, ...]]:
    """Word -> what it may mean, the likeliest first."""
    words: defaultdict[str, list[Meaning]] = defaultdict(list)

    def add(word: str, meaning: Meaning) -> None:
        if word and meaning not in words[word]:
            words[word].append(meaning)

    for word in BEYOND:
        add(word, Meaning("beyond", word))
    for filler in (*FILLERS, "含剔除", "不含剔除"):
        add(filler, Meaning("filler", filler))
    for kind, said in GRAMMAR.items():
        for value, named in said.items():
            for word in named:
                add(word, Meaning(kind, value))
    for name, measure in measures_of(reader.profile).items():
        if not measure.calibre.startswith("含"):
            add(measure.label, Meaning("measure", name))
    for status, (label, _) in STATUSES.items():
        for word in (label, *STATUS_WORDS.get(status, ())):
            words[word].insert(0, Meaning("value", status, "status"))
    for source, named in SOURCE_WORDS.items():
        for word in named:
            add(word, Meaning("value", source, "source"))
    for field in FIELDS:
        for value in reader.options(field, limit=MOST_VALUES):
            for word in {value, *_spoken(field, value)}:
                if len(word) >= SHORTEST:
                    add(word, Meaning("value", value, field))
    for field, places in (("street", reader.profile.streets), ("community", reader.profile.communities)):
        for place in places:
            for alias in place.aliases:
                add(alias, Meaning("value", place.name, field))
    for unit in reader.profile.units:
        for alias in unit.aliases:
            add(alias, Meaning("value", unit.name, "unit"))
    return {word: tuple(meanings) for word, meanings in words.items()}


def _spoken(field: str, value: str) -> list[str]:
    """A value as people say it: without 街道, 社区; a unit without 区, 局's full name stays."""
    short = [value.removesuffix(end) for end in ENDS.get(field, ()) if value.endswith(end)]
    if field == "unit" and value.startswith("区"):
        short.append(value[1:])
    return short
