"""The words that a question may be made of, beside those of time: measures, groups, values, comparisons, orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from data_access.cases.cache import cached
from data_access.cases.filters import STATUSES
from data_access.cases.own import measures_of
from data_access.cases.reader import Reader
from data_access.district.vocabulary import GRID, HOTLINE

Kind = Literal[
    "value", "measure", "by", "compare", "moved", "than", "until", "order", "more", "who", "filler", "beyond"
]


@dataclass(frozen=True)
class Meaning:
    """What a word means. `value`: the value, the measure, the group, the comparison. `field`: of a value its field; of
    the group unit the kind of units that is meant, '' for any."""

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
    "unit": ("单位", "承办单位", "哪个单位"), "category1": ("一级分类", "大类"),
    "category2": ("二级分类", "分类", "类别", "问题", "哪类", "什么问题", "哪些问题", "诉求类型", "哪一类",
                  "哪些类", "几类"),
    "category3": ("三级分类", "小类", "细类"), "channel": ("渠道",), "request_type": ("类型",),
    "dimension": ("维度", "七有五性"), "source": ("来源",),
    "month": ("按月", "每月", "各月", "逐月", "月度", "哪个月", "月份", "哪个月份"),
    "day": ("按日", "每天", "逐日", "每日", "哪天", "哪一天"), "week": ("按周", "每周", "逐周", "哪周"),
    "hour": ("按小时", "几点", "每小时", "什么时候", "哪个时段"), "weekday": ("星期几", "周几"),
}  # fmt: skip
# With 去年同期, 比去年, 与去年相比 …: each target with each way of setting something against it.
TARGETS = {
    "yoy": ("去年", "上年", "去年同期", "上年同期", "去年同月"),
    "previous": ("上期", "上一期", "前一期"),
    "assessment": ("上一考核期", "上个考核期", "上考核期"),
}
AGAINST = (("比", ""), ("较", ""), ("和", "比"), ("与", "比"), ("跟", "比"), ("同", "比"), ("比", "相比"),
           ("和", "相比"), ("与", "相比"), ("跟", "相比"), ("同", "相比"))  # fmt: skip
COMPARE_WORDS = {
    kind: (*extra, *(before + target + after for target in TARGETS.get(kind, ()) for before, after in AGAINST))
    for kind, extra in {
        "yoy": ("同比",), "previous": ("环比",), "assessment": (), "lunar": ("春节对齐同比", "春节对齐"),
    }.items()
}  # fmt: skip
# That something moved, and which way; what it is compared with is said elsewhere, or the period before.
MOVED_WORDS = {
    "": ("变化", "增减", "变化多少", "变了多少"),
    "most": ("增长", "上升", "增加", "增多", "涨了多少", "升了多少", "涨幅", "增幅", "多了多少", "多多少", "增加了多少",
             "增长了多少", "增长多少", "上升了多少", "上升多少", "增加多少"),
    "least": ("下降", "减少", "回落", "降低", "降了多少", "少了多少", "少多少", "减少了多少", "减少多少", "下降了多少",
              "下降多少", "降幅"),
}  # fmt: skip
# The last four say good or bad, which way that is tells the measure.
ORDER_WORDS = {
    "most": ("最多", "最高", "最大", "排名", "排行", "最集中", "居前", "前列", "top", "TOP", "最长"),
    "least": ("最少", "最低", "最小", "倒数", "最短"),
    "best": ("最好", "最优"), "worst": ("最差", "垫底", "末位"),
}  # fmt: skip
MORE_WORDS = {
    "most": ("多", "高", "更多", "更高", "较多", "较高", "多些"),
    "least": ("少", "低", "更少", "更低", "较少", "较低"),
}
STATUS_WORDS = {
    "open": ("在办",),
    "overdue_open": ("逾期未办结", "超期未办结", "过期未办", "逾期没办结", "逾期没办完", "超期没办结"),
    "overdue": ("逾期", "超期", "超时"), "closed": ("已办结", "办结了", "办完"),
    "dissatisfied": ("不满意",), "repeat": ("重复诉求", "重复来电", "重复"),
    "reworked": ("返工",), "excluded": ("剔除件",),
    "late": ("逾期办结",), "due_today": ("今天到期", "今日到期", "当天到期"),
}  # fmt: skip
NOT_YET = ("未", "没", "没有", "尚未", "还未", "还没", "还没有", "仍未", "仍没有")
DONE = {"open": ("办结", "办完", "完成"), "unresolved": ("解决",), "due_later": ("到期",)}  # which 没有 turns round
STATES = {"open", "overdue_open", "overdue", "due_today", "due_later"}  # what a case is in at a moment
RECEIVED = {"受理", "收到", "接到", "受理量", "来电", "发生"}  # said with a day, it is the day on which cases came in
GRAMMAR: dict[Kind, dict[str, tuple[str, ...]]] = {
    "measure": MEASURE_WORDS, "by": BY_WORDS, "compare": COMPARE_WORDS, "moved": MOVED_WORDS, "order": ORDER_WORDS,
    "more": MORE_WORDS, "than": {"": ("比", "较", "相比", "比较")}, "who": {"": ("谁",)},
    "until": {"": ("截至", "截止", "截止到", "截至到")},
}  # fmt: skip
# Words without which the question is the same.
FILLERS = (
    "的", "类", "是", "有", "了", "吗", "呢", "请问", "帮我", "看看", "查一下", "查", "情况", "怎么样", "如何", "怎样",
    "在", "全区", "我区", "区里", "哪些", "哪个", "哪几个", "哪", "几个", "是多少", "一共", "总共", "共", "给我",
    "我想知道", "各", "每个", "各个", "按", "分", "和", "与", "里", "中", "里面", "以及", "还", "都", "什么",
    "方面", "类的", "那些", "接到", "收到", "受理", "发生", "关于", "有关", "涉及", "目前", "现在", "列出",
    "列一下", "显示", "告诉我", "对比", "个", "一下", "到", "名", "位", "及", "跟", "分别", "其中", "当中", "家", "请",
    "反映", "来", "来了", "来得", "居民", "市民", "群众", "上报", "，", "。", "？", "?", ",", "！", "、",
    " ", "　", "“", "”", "：", ":",
)  # fmt: skip
# Words that turn a question round, for which there is no question yet: said to be left out, never passed over.
BEYOND = (
    "除了", "除", "以外", "之外", "不含", "不包括", "不是", "排除", "去掉", "低于", "高于", "超过", "少于", "大于",
    "小于", "不到", "以上", "以下", "或者", "之间", "为什么", "原因", "预计", "预测", "明天", "下周", "下个月", "下月",
    "明年",
)  # fmt: skip
FIELDS = ("street", "community", "category1", "category2", "category3", "unit", "channel", "request_type", "dimension",
          "crowd", "industry", "urgency")  # fmt: skip
# Words of them alone mean too much else (一般, 复杂, 民生).
NEEDS_AN_END = {"urgency"}
SOURCE_WORDS = {HOTLINE: ("热线", "12345热线", "12345"), GRID: ("网格", "城市网格", "网格案件")}
ENDS = {"street": ("街道", "地区"), "community": ("社区",)}  # left out when people speak
# Or added.
ADDED = {"request_type": ("类",), "industry": ("行业", "业"), "urgency": ("件", "类", "工单", "诉求", "案件")}
JOINERS = {"和", "与", "跟", "、", "及", "以及", "或"}  # between two words: either of them
WEEKEND = ("6", "7")
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
    for kind_of_unit in set(reader.options("unit_type")) - {"", *BY_WORDS["street"]}:
        for which in ("", "哪个", "哪家", "哪些", "各"):
            add(which + kind_of_unit, Meaning("by", "unit", kind_of_unit))
    for kind, said in GRAMMAR.items():
        for value, named in said.items():
            for word in named:
                add(word, Meaning(kind, value))
    for name, measure in measures_of(reader.profile).items():
        if not measure.calibre.startswith("含"):
            add(measure.label, Meaning("measure", name))
    for status, (label, _) in STATUSES.items():
        undone = (no + done for done in DONE.get(status, ()) for no in NOT_YET)
        for word in (label, *STATUS_WORDS.get(status, ()), *undone):
            words[word].insert(0, Meaning("value", status, "status"))
    for word, meaning in _values(reader):
        add(word, meaning)
    return {word: tuple(meanings) for word, meanings in words.items()}


def _values(reader: Reader) -> Iterator[tuple[str, Meaning]]:
    """The words for the values that cases have, and for what the profile says they are also called."""
    for source, named in SOURCE_WORDS.items():
        yield from ((word, Meaning("value", source, "source")) for word in named)
    yield from (("周末", Meaning("value", day, "weekday")) for day in WEEKEND)
    for field in FIELDS:
        for value in reader.options(field, limit=MOST_VALUES):
            spoken = _spoken(field, value) | (set() if field in NEEDS_AN_END else {value})
            yield from ((word, Meaning("value", value, field)) for word in spoken if len(word) >= SHORTEST)
    profile = reader.profile
    for field, known in (("street", profile.streets), ("community", profile.communities), ("unit", profile.units)):
        for one in known:
            for alias in one.aliases:
                spoken = {alias} | (_spoken(field, alias) if field == "unit" else set())
                yield from ((word, Meaning("value", one.name, field)) for word in spoken)


def _spoken(field: str, value: str) -> set[str]:
    """A value as people say it: without 街道, 社区; a unit without 区; 餐饮行业, 投诉类, 紧急件."""
    short = {value.removesuffix(end) for end in ENDS.get(field, ()) if value.endswith(end)}
    short |= {value + end for end in ADDED.get(field, ()) if value}
    return short | ({value[1:]} if field == "unit" and value.startswith("区") else set())
