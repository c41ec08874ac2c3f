"""The words that a question may be made of, beside those of time: measures, groups, values, comparisons, orders."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from data_access.cases.cache import cached
from data_access.cases.dimensions import HOLIDAY, WEEKEND, WORKDAY
from data_access.cases.filters import STATUSES, CaseFilter
from data_access.cases.own import measures_of
from data_access.cases.reader import Reader
from data_access.district.models import Clock
from data_access.district.vocabulary import GRID, HOTLINE

Kind = Literal[
    "value", "measure", "by", "compare", "moved", "than", "until", "order", "more", "who", "filler", "beyond", "not",
    "but", "per", "page", "place", "rest", "base",
]  # fmt: skip


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
               "工单", "案件", "诉求", "投诉", "来电", "件", "多少起", "几起", "多少个", "进件量", "来件",
               "单", "几单", "多少单", "报修", "报修量"),
    "share": ("占比", "比例", "占多少", "占多大比例", "占多少比例", "占百分之几", "占百分之多少", "占几成", "占的比例",
              "比重", "占多大比重"),
    "resolution_rate": ("解决率",),
    "satisfaction_rate": ("满意率", "满意度"),
    "response_rate": ("响应率",),
    "composite": ("综合成绩", "综合得分", "综合分", "总分", "成绩", "得分"),
    "three_rates": ("三率", "三个率"),
    "on_time_rate": ("按期办结率", "按时办结率", "及时率", "按期率", "准时率"),
    "closing_rate": ("办结率",),
    "settled_rate": ("结案率",),
    "filed_rate": ("立案率",),
    "median_hours": ("办理时长", "办理用时", "平均用时", "办结时长", "多久办完", "要多久", "多长时间", "平均办理时长",
                     "平均办结时长", "平均办理时间", "办理时间", "处理时长", "用时", "办几天", "平均办几天", "几天办完",
                     "几天能办完", "平均几天办完", "平均要几天", "多少天办完"),
    "closed": ("办结量", "办结数", "办结件数", "办结多少", "办结了多少", "办结多少件", "办结了多少件"),
    "p90_hours": ("办理时长P90", "P90"),
    "repeat_share": ("重复率", "重复诉求占比", "重复诉求率"),
    "callers": ("诉求人数", "多少人", "几个人", "人数"),
    "rework_rate": ("返工率",),
    "per_10k": ("万人诉求量", "每万人", "万人"),
    "valid_callbacks": ("回访量", "有效回访量", "回访"),
    "self_handled_share": ("自行处置占比", "自处置率"),
}  # fmt: skip
BY_WORDS = {
    "district": ("区", "各区", "哪个区", "哪些区", "行政区"),
    "street": ("街道", "街镇", "哪条街道", "哪个街道"), "community": ("社区", "哪个社区"),
    "unit": ("单位", "承办单位", "哪个单位"), "category1": ("一级分类", "大类"),
    "category2": ("二级分类", "分类", "类别", "问题", "哪类", "哪些类别", "什么问题", "哪些问题", "诉求类型", "哪一类",
                  "哪些类", "几类", "各类", "各类别", "各个类别"),
    "category3": ("三级分类", "小类", "细类"), "channel": ("渠道",), "request_type": ("类型",),
    "dimension": ("维度", "七有五性"), "source": ("来源",),
    "month": ("按月", "每月", "各月", "逐月", "月度", "哪个月", "月份", "哪个月份"),
    "half": ("按半年", "每半年", "每个半年", "各半年", "分半年", "逐半年", "上下半年", "哪个半年"),
    "excluded_reason": ("剔除原因", "剔除理由", "剔除的原因", "剔除的理由", "原因", "理由", "什么原因", "哪些原因",
                        "为什么剔除", "为什么被剔除"),
    "day": ("按日", "每天", "逐日", "每日", "哪天", "哪一天"), "week": ("按周", "每周", "逐周", "哪周"),
    "hour": ("按小时", "几点", "每小时", "什么时候", "哪个时段"), "weekday": ("星期几", "周几"),
    "quarter": ("按季度", "按季", "每季度", "每个季度", "各季度", "各个季度", "逐季", "逐季度", "分季度",
                "哪个季度", "季度"),
    "year": ("按年", "每年", "各年", "逐年", "分年", "哪年", "哪一年", "年度"),
    "hour_band": ("按时段", "分时段", "各时段", "各个时段", "时段"),
    "kind_of_day": ("工作日与节假日", "工作日和节假日"),
    "address": ("地址", "点位", "哪个地址", "哪个点位"),
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
# The earlier period itself; with a word for what moved it is what the current one is compared with.
BASE_WORDS = {"yoy": ("去年同期", "上年同期"), "previous": ("上期", "上一期", "前一期")}
# That something moved, and which way; what it is compared with is said elsewhere, or the period before.
MOVED_WORDS = {
    "": ("变化", "增减", "变化多少", "变了多少"),
    "most": ("增长", "上升", "增加", "增多", "涨了多少", "升了多少", "涨幅", "增幅", "多了多少", "多多少", "增加了多少",
             "增长了多少", "增长多少", "上升了多少", "上升多少", "增加多少"),
    "least": ("下降", "减少", "回落", "降低", "降了多少", "少了多少", "少多少", "减少了多少", "减少多少", "下降了多少",
              "下降多少", "降幅"),
    "worse": ("退步", "恶化", "变差", "下滑"), "better": ("进步", "改善", "好转", "变好"),
}  # fmt: skip
# The last four say good or bad, which way that is tells the measure.
ORDER_WORDS = {
    "most": ("最多", "最高", "最大", "排名", "排行", "最集中", "居前", "前列", "top", "TOP", "最长",
             "靠前", "主要", "最主要", "最突出", "突出", "排行榜", "排序", "最严重", "最高发", "高发", "最厉害"),
    "least": ("最少", "最低", "最小", "倒数", "最短"),
    "slow": ("最慢", "办得最慢", "办理最慢", "办结最慢"), "fast": ("最快", "办得最快", "办理最快", "办结最快"),
    "best": ("最好", "最优"), "worst": ("最差", "垫底", "末位"),
    "longest": ("最久", "拖得最久", "拖的最久", "拖得最长", "拖最久", "时间最长",
                "耗时最长", "等得最久", "时间最久", "办得最久", "办最久"),
    "oldest": ("最早", "最老", "受理最早", "最早受理"), "newest": ("最新", "最新受理"),
}  # fmt: skip
MORE_WORDS = {
    "most": ("多", "高", "更多", "更高", "较多", "较高", "多些"),
    "least": ("少", "低", "更少", "更低", "较少", "较低"),
}
STATUS_WORDS = {
    "open": ("在办", "积压", "积压的"),
    "overdue_open": ("逾期未办结", "超期未办结", "过期未办", "逾期没办结", "逾期没办完", "超期没办结",
                     "逾期没办", "超期没办", "逾期未办", "超期未办", "超时未办结", "超期没办完"),
    "overdue": ("逾期", "超期", "超时"), "closed": ("已办结", "办结了", "办完"),
    "dissatisfied": ("不满意",), "repeat": ("重复诉求", "重复来电", "重复"),
    "reworked": ("返工",), "excluded": ("剔除件", "被剔除"),
    "whistled": ("吹哨件", "吹过哨", "吹了哨", "吹哨", "吹了多少哨", "吹了几次哨", "吹哨多少次", "多少哨"),
    "group": ("群体性诉求", "群体性", "群体件", "群诉"),
    "due_soon": ("临期", "临近到期", "临近截止", *(
        when + over for when in ("快", "快要", "即将", "马上", "马上要", "就要", "要", "快该", "眼看要")
        for over in ("超期", "逾期", "到期", "过期", "超时", "到时限"))),
    "late": ("逾期办结",), "due_today": ("今天到期", "今日到期", "当天到期"),
}  # fmt: skip
NOT_YET = ("未", "没", "没有", "尚未", "还未", "还没", "还没有", "仍未", "仍没有")
DONE = {
    "open": ("办结", "办完", "完成", "办", "处理", "处理完", "结案"),
    "unresolved": ("解决",),
    "due_later": ("到期",),
}  # which 没有 turns round
STATES = {"open", "overdue_open", "overdue", "due_today", "due_soon", "due_later"}  # what a case is in at a moment
RECEIVED = {"受理", "收到", "接到", "受理量", "来电", "发生"}  # said with a day, it is the day on which cases came in
# Before, or behind, what is left out.
EITHER = "either"
TAKES_OUT = "剔除"  # before a value; by itself it is a state
NOT_WORDS = {
    "": ("除了", "除", "除去", "除开", "不含", "不包括", "不包含", "不是", "排除", "扣除", "去掉",
         "刨去", "刨除", "不要", "非", "剔除掉"),
    EITHER: ("不算", "不计", "不算在内", "不计在内"),
}  # fmt: skip
CLOSES = "closes"  # only what 除 has opened: 某某门外 is a place
BUT_WORDS: dict[str, tuple[str, ...]] = {"": ("以外", "之外", "除外"), CLOSES: ("外", "后", "以后", "之后")}
REST_WORDS: dict[str, tuple[str, ...]] = {"": ("其它", "其他", "其余", "剩下的")}  # but for what is left out
# So many a day, week …: the figure by the number of them that are over. '' stands with 每天 elsewhere, or with a rate.
PER_WORDS = {
    "day": ("日均", "天均", "平均每天", "每天平均", "平均每日", "每日平均", "平均一天", "每天均"),
    "week": ("周均", "平均每周", "每周平均", "平均一周", "每周均"),
    "month": ("月均", "平均每月", "每月平均", "平均每个月", "每个月平均", "平均一个月", "每月均"),
    "half": ("平均每半年", "每半年平均", "平均半年"),
    "quarter": ("季均", "平均每季度", "每季度平均", "平均每个季度", "每个季度平均"),
    "year": ("年均", "平均每年", "每年平均", "平均一年"),
    "": ("平均",),
}  # fmt: skip
# What is no figure of cases, and the page that has it: its address, and before the others its title.
PAGE_WORDS = {
    "whistles": ("吹哨报到", "一哨一考", "报到率", "哨"),
    "hard_cases": ("攻百难", "百难"), "monthly_topics": ("每月一题",), "supervision": ("督办", "督办单", "督办件"),
    "fusion": ("网格融合",), "warning": ("预警预测", "预警"), "forecast": ("诉求预测", "预测", "预计"),
    "clusters": ("聚集热点", "热点"), "one_matter": ("一事多诉",),
    "weak_spots": ("薄弱环节",), "brief": ("简报", "日报", "周报", "月报"),
    "cases": ("案件库", "清单", "明细", "哪些件", "哪几件"), "quality": ("数据质量",),
    "definitions": ("指标口径", "口径", "怎么算"),
}  # fmt: skip
PAGES_OF = {"whistled": "whistles"}  # a state of cases, and the page that tells more than how many are so
PLACE_WORDS: dict[str, tuple[str, ...]] = {"": ("排第几", "排名第几", "排第几名", "第几名", "第几", "排几", "名次")}
# A word, and what stands for it in what cases have.
ALSO = {"噪音": "噪声", "采暖": "供暖", "电动车": "电动自行车", "老人": "老年人", "残障人士": "残疾人"}
UNIT_TYPE_WORDS = {"部门": ("委办局", "委办", "职能部门", "区直部门", "区直单位")}
BAND_WORDS = {"夜间": ("夜里", "深夜", "半夜", "夜晚"), "晚间": ("晚上",), "清晨": ("早上", "早晨"),
              "上午": ("白天",), "午间": ("中午", "白天"), "下午": ("白天",)}  # fmt: skip
AFTER_MIDNIGHT = ("凌晨", "后半夜")
OFFICE_WORDS = ("上班时间", "工作时间", "办公时间", "上班时段", "上班的时候")
GRAMMAR: dict[Kind, dict[str, tuple[str, ...]]] = {
    "measure": MEASURE_WORDS, "by": BY_WORDS, "compare": COMPARE_WORDS, "base": BASE_WORDS, "moved": MOVED_WORDS,
    "order": ORDER_WORDS, "more": MORE_WORDS, "than": {"": ("比", "较", "相比", "比较", "对比")}, "not": NOT_WORDS,
    "but": BUT_WORDS, "per": PER_WORDS, "page": PAGE_WORDS, "place": PLACE_WORDS, "rest": REST_WORDS,
    "who": {"": ("谁",)}, "until": {"": ("截至", "截止", "截止到", "截至到")},
}  # fmt: skip
# Words without which the question is the same.
FILLERS = (
    "的", "类", "是", "有", "了", "吗", "呢", "请问", "帮我", "看看", "查一下", "查", "情况", "怎么样", "如何",
    "怎样", "在", "全市", "全区", "我区", "区里", "哪些", "哪个", "哪几个", "哪", "几个", "是多少", "一共", "总共",
    "共", "给我", "我想知道", "各", "每个", "各个", "按", "分", "和", "与", "里", "中", "里面", "以及", "还", "都",
    "什么", "方面", "类的", "那些", "接到", "收到", "受理", "发生", "关于", "有关", "涉及", "目前", "现在", "列出",
    "列一下", "显示", "告诉我", "个", "一下", "到", "名", "位", "及", "跟", "分别", "其中", "当中", "家", "请",
    "反映", "来", "来了", "来得", "居民", "市民", "群众", "上报", "，", "。", "？", "?", ",", "！", "、", " ", "　",
    "“", "”", "：", ":", "接", "接了", "接的", "接件", "进件", "进了", "咋样", "啥", "啥样", "看", "看下", "想看",
    "想知道", "看一下", "瞧瞧", "里头", "头", "的事", "的事儿", "事儿", "这块", "这一块", "这方面", "累计", "总体",
    "整体", "下面", "底下", "下属", "都有", "分别是", "各是", "各有", "各自", "所有",
    "排", "排一下", "汇总", "统计", "统计一下", "多大", "取",
    "是不是", "且", "并且", "而且", "多不多", "高不高", "大不大", "所", "出", "出来",
    "收", "收了", "转来", "转来的", "有没有", "因", "因为", "由于", "打来", "打来的", "打进来", "打进来的",
    "报", "报一下", "整个", "范围内", "当中的", "里边", "这些", "到底", "究竟",
)  # fmt: skip
# What cases do not have a field for, and the fields that come nearest.
ABSENT = dict.fromkeys(
    ("小区", "居民小区", "住宅小区", "哪个小区", "哪些小区", "各小区", "楼盘", "楼栋", "院落"), ("社区", "地址")
)
SPELT_OUT = {"早晚高峰": "早高峰和晚高峰", "了没有": "吗", "了没": "吗"}
# Words that turn a question round, for which there is no question yet: said to be left out, never passed over.
BEYOND = (
    "低于", "高于", "超过", "少于", "大于", "小于", "不到", "以上", "以下", "或者", "之间", "为什么",
    "明天", "下周", "下个月", "下月", "明年",
)  # fmt: skip
FIELDS = ("district", "street", "community", "category1", "category2", "category3", "unit", "channel", "request_type",
          "dimension", "crowd", "industry", "urgency", "kind_of_day", "excluded_reason")  # fmt: skip
# Words of them alone mean too much else (一般, 复杂, 民生).
NEEDS_AN_END = {"urgency"}
SOURCE_WORDS = {HOTLINE: ("热线", "12345热线", "12345"), GRID: ("网格", "城市网格", "网格案件")}
CLASS_ENDS = ("管理", "服务", "防控")
ENDS = {"district": ("区",), "street": ("街道", "地区"), "community": ("社区",)}  # left out when people speak
# Or added.
ADDED = {"request_type": ("类",), "industry": ("行业", "业"), "urgency": ("件", "类", "工单", "诉求", "案件")}
JOINERS = {"和", "与", "跟", "、", "及", "以及", "或", "还有"}  # between two words: either of them
DAY_WORDS = {WORKDAY: ("工作日",), WEEKEND: ("周末", "双休日", "星期六日"), HOLIDAY: ("节假日",)}
# Of two fields that share a word the first is meant.
RANKED = {field: place for place, field in enumerate(FIELDS)}
MOST_VALUES = 5000
NEAREST = 3
SHORTEST = 2  # letters of a value's word


@cached
def lexicon(reader: Reader) -> dict[str, tuple[Meaning, ...]]:
    """Word -> what it may mean, the likeliest first."""
    words: defaultdict[str, list[Meaning]] = defaultdict(list)

    def add(word: str, meaning: Meaning) -> None:
        if word and meaning not in words[word]:
            words[word].append(meaning)

    for word in (*BEYOND, *ABSENT):
        add(word, Meaning("beyond", word))
    here = reader.profile.settings.district
    for filler in (*FILLERS, "含剔除", here.name, here.name.removesuffix("区")):
        add(filler, Meaning("filler", filler))
    for kind_of_unit in set(reader.options("unit_type")) - {"", *BY_WORDS["street"]}:
        for which in ("", "哪个", "哪家", "哪些", "各"):
            for word in (kind_of_unit, *UNIT_TYPE_WORDS.get(kind_of_unit, ())):
                add(which + word, Meaning("by", "unit", kind_of_unit))
    for kind, said in GRAMMAR.items():
        for value, named in said.items():
            for word in named if value != "district" or reader.profile.several else ():
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
    # By which people are told in texts: finer than the group that they are put into, and no question by themselves.
    for word in set(_crowds(reader)) - words.keys():
        add(word, Meaning("beyond", word))
    return {word: tuple(meanings) for word, meanings in words.items()}


def _crowds(reader: Reader) -> dict[str, str]:
    """Words for people (骑手) -> the group of people that they are counted in."""
    known = reader.profile.keywords
    return {word: group for group, words in known.crowd.items() for word in words} if known else {}


def _values(reader: Reader) -> Iterator[tuple[str, Meaning]]:
    """The words for the values that cases have, and for what the profile says they are also called."""
    for source, named in SOURCE_WORDS.items():
        yield from ((word, Meaning("value", source, "source")) for word in named)
    yield from ((word, Meaning("value", kind, "kind_of_day")) for kind, words in DAY_WORDS.items() for word in words)
    yield from _hours(reader)
    yield from _short_classes(reader)
    yield from ((sign.label, Meaning("value", "due_soon", "status"))
                for sign in reader.profile.programmes.priority if sign.rule == "due_within")  # fmt: skip
    apart = {"kind_of_day", *(() if reader.profile.several else ("district",))}
    for field in (field for field in FIELDS if field not in apart):
        for value in reader.options(field, limit=MOST_VALUES):
            spoken = _spoken(field, value) | (set() if field in NEEDS_AN_END else {value})
            yield from ((word, Meaning("value", value, field)) for word in spoken if len(word) >= SHORTEST)
    profile = reader.profile
    for field, known in (("street", profile.streets), ("community", profile.communities), ("unit", profile.units)):
        for one in known:
            for alias in one.aliases:
                spoken = {alias} | (_spoken(field, alias) if field == "unit" else set())
                yield from ((word, Meaning("value", one.name, field)) for word in spoken)
    here = profile.settings.district.name.removesuffix("区")
    for unit in profile.units:  # a company for its branch in the district
        begun = {name.partition(here)[0] for name in (unit.name, *unit.aliases) if here in name}
        yield from ((word, Meaning("value", unit.name, "unit")) for word in begun if len(word) > SHORTEST)


def _spoken(field: str, value: str) -> set[str]:
    """A value as people say it: without 街道, 社区; a unit without 区; 餐饮行业, 投诉类, 紧急件."""
    short = {value.removesuffix(end) for end in ENDS.get(field, ()) if value.endswith(end)}
    short |= {value + end for end in ADDED.get(field, ()) if value}
    short |= {value.replace(stored, said) for said, stored in ALSO.items() if stored in value}
    return short | ({value[1:]} if field == "unit" and value.startswith("区") else set())


def _hours(reader: Reader) -> Iterator[tuple[str, Meaning]]:
    """The words for stretches of a day, each with all of its hours; those of office are of working days only."""
    for name, hours in bands(reader.profile.settings.clock).items():
        short = name.partition("（")[0]
        for word in (name, short, *BAND_WORDS.get(short, ())):
            yield from ((word, Meaning("value", str(hour), "hour")) for hour in hours)
    for named in reader.profile.settings.clock.rush_hours:
        yield from ((named.name, Meaning("value", str(hour), "hour")) for hour in range(named.start, named.end))
    wakes = reader.profile.settings.clock.hour_bands[0].start
    yield from ((word, Meaning("value", str(hour), "hour")) for word in AFTER_MIDNIGHT for hour in range(wakes))
    spans = reader.profile.programmes.office.spans
    for word in OFFICE_WORDS if all(edge == int(edge) for span in spans for edge in span) else ():
        yield word, Meaning("value", WORKDAY, "kind_of_day")
        for opens, closes in spans:
            yield from ((word, Meaning("value", str(hour), "hour")) for hour in range(int(opens), int(closes)))


def bands(clock: Clock) -> dict[str, list[int]]:
    """The profile's stretches of a day with their hours; the last runs over midnight."""
    starts = [band.start for band in clock.hour_bands]
    ends = [*starts[1:], starts[0] + 24]
    return {band.name: [hour % 24 for hour in range(band.start, end)]
            for band, end in zip(clock.hour_bands, ends, strict=True)}  # fmt: skip


def _short_classes(reader: Reader) -> Iterator[tuple[str, Meaning]]:
    """停车 for 停车管理, 疫情 for 疫情防控: a class of orders without its last word, where that means nothing else that
    is as coarse, nor people (残疾人 are not 残疾人服务)."""
    orders, begun = CaseFilter(source=(HOTLINE,)), [*reader.options("crowd")]
    for field in ("category1", "category2"):
        values = reader.options(field, orders, limit=MOST_VALUES)
        begun += values
        for value in values:
            short = next((value.removesuffix(end) for end in CLASS_ENDS if value.endswith(end)), "")
            if len(short) >= SHORTEST and {one for one in begun if one.startswith(short)} == {value}:
                yield short, Meaning("value", value, field)


def nearest(reader: Reader, word: str, text: str) -> tuple[str, ...]:
    """Words that look like one that is not known, or like it with what stands beside it: 和 of 和平理 was taken."""
    known = [name for name, meanings in lexicon(reader).items()
             if len(name) > 1 and name != word and meanings[0].kind != "filler"]  # fmt: skip
    if word in ABSENT:
        return ABSENT[word]
    at = max(text.find(word), 0)
    wider = [text[max(at - before, 0) : at + len(word) + after] for before in (0, 1) for after in (0, 2)][1:]
    around = [
        name for one in wider for name in difflib.get_close_matches(one, known, n=1, cutoff=0.75) if name not in text
    ]
    inside = [name for name in known if word in name]
    alike = difflib.get_close_matches(word, known, n=NEAREST, cutoff=0.5)
    around = [group] if (group := _crowds(reader).get(word)) else around
    return tuple(dict.fromkeys([*around, *sorted(inside, key=len), *alike]))[:NEAREST]
