"""A first mapping for an unknown layout, to be read and edited by whoever knows the file.

A column is proposed for a field when its name speaks for it, nothing in the name speaks against it, and the values of
the sample can be what the field holds. Each proposal says why and how sure; what two columns could be is left open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from data_access.cases.masking import masked
from data_access.district.profile import Profile
from data_access.intake.cleaning import FREE_TEXT, UNKNOWN
from data_access.intake.importing import ImportFailed
from data_access.intake.mapping import (
    CALLER,
    DISTRICT,
    REQUIRED,
    WHOLE_ROW,
    expected_headers,
    load_mapping,
    shipped_mappings,
)
from data_access.intake.reading import Expected, UnreadableFile, open_file

# What columns of a field are called, whole or as a part of the name; latin ones as words of it.
HINTS = {
    "case_id": ("工单编号", "案件编号", "案件号", "工单号", "诉求编号", "受理编号", "事件编号", "登记编号",
        "信件编号", "留言编号", "工单流水号", "REC_ID", "unique key", "case id", "case number", "case enquiry id",
        "service request id", "request id", "service request number", "sr number", "ticket id"),
    "created_at": ("来电时间", "受理时间", "创建时间", "上报时间", "登记时间", "登记日期", "受理日期", "来电日期",
        "反映时间", "提交日期", "提交时间", "投诉时间", "诉求时间", "留言时间", "来信时间", "CREATE_TIME",
        "created date", "created at", "open dt", "opened", "open date", "creation date", "requested datetime",
        "received date"),
    "dispatched_at": ("派单时间", "立案时间", "派遣时间", "派发时间", "转办时间", "交办时间", "分派时间",
        "assigned date"),
    "due_at": ("截止时间", "处置截止时间", "处理时限", "截止日期", "要求办结", "要求完成", "应结案", "应办结",
        "办结时限", "办理期限", "办理时限", "处置时限", "办结期限", "到期时间", "限办", "承诺办结", "due date",
        "due at", "deadline", "sla target dt", "target dt"),
    "closed_at": ("办结时间", "结案时间", "处置结束时间", "完成时间", "办结日期", "结案日期", "办毕时间",
        "完结时间", "关闭时间", "closed date", "closed at", "closed dt", "closed", "date closed", "resolved date"),
    "callback_at": ("回访时间", "回访日期", "callback date"),
    "updated_at": ("更新时间", "修改时间", "更新日期", "updated date", "updated", "last updated",
        "last modified date"),
    DISTRICT: ("被反映区", "所属区", "所在区", "行政区", "区县", "区"),
    "street": ("街道", "街乡镇", "街镇", "镇街", "乡镇", "STREET_NAME"),
    "community": ("社区", "村社区", "村居", "COMMUNITY_NAME"),
    "address": ("地址", "点位", "位置", "地点", "incident address", "address"),
    "lon": ("经度", "X坐标", "lon", "lng", "longitude", "long"),
    "lat": ("纬度", "Y坐标", "lat", "latitude"),
    "category1": ("一级分类", "一级类别", "大类", "问题分类", "问题类别", "诉求分类", "事项分类",
        "EVENT_TYPE_NAME", "complaint type", "category", "sr type"),
    "category2": ("二级分类", "二级类别", "小类", "MAIN_TYPE_NAME", "descriptor", "subcategory"),
    "category3": ("三级分类", "三级类别", "细类", "小类明细", "SUB_TYPE_NAME"),
    "title": ("标题", "主题", "题目", "title"),
    "content": ("主要内容", "诉求内容", "反映内容", "内容", "详情", "描述", "description"),
    "unit": ("承办单位", "主办单位", "处置部门", "办理单位", "承办部门", "办理部门", "主责单位", "责任单位",
        "DISPOSE_UNIT_NAME", "agency name", "responsible agency", "owner department", "department"),
    "channel": ("受理渠道", "渠道", "问题来源", "来源", "EVENT_SRC_NAME", "open data channel type", "source",
        "channel"),
    "request_type": ("诉求类型", "工单类型", "案件类型", "EVENT_PROPERTY_NAME"),
    "status": ("状态", "当前阶段", "流程节点", "ACHIEVE", "status"),
    "is_excluded": ("是否剔除", "剔除标识", "剔除标志"),
    "is_valid_callback": ("是否有效回访", "有效回访"),
    "is_contacted": ("是否联系", "是否响应"),
    "resolution": ("是否解决", "解决情况", "解决结果"),
    "satisfaction": ("满意度", "是否满意", "满意情况", "满意程度"),
    CALLER: ("来电号码", "联系电话", "联系方式", "手机号", "电话", "主叫号码", "留言用户", "phone", "caller number"),
}  # fmt: skip
OTHERS_ID = (
    "街道",
    "社区",
    "部门",
    "单位",
    "人员",
    "坐席",
    "区域",
    "网格",
    "邮编",
    "类",
    "原",
    "父",
    "关联",
    "parent",
    "old",
)
# What is to be, not what was.
AHEAD = ("要求", "应", "限", "截止", "承诺", "预计", "计划", "规定", "due", "target", "expected", "scheduled")
CODES = ("编号", "编码", "代码", "号码", "电话", "负责人", "数", "id", "code", "zip", "number", "cross")
# Words in a name that speak against the field; “应” is no deadline in “响应”.
NEVER = {
    "case_id": OTHERS_ID,
    "created_at": (*AHEAD, "办结", "结案", "回访", "更新", "派", "closed", "updated"),
    "dispatched_at": AHEAD,
    "due_at": ("实际", "是否", "延期", "剩余", "类别", "类型", "超", "on time"),
    "closed_at": (*AHEAD, "是否", "延期"),
    "callback_at": (*AHEAD, "是否"),
    "street": (*CODES, "单位", "部门", "地址", "时间", "是否"),
    "community": (*CODES, "单位", "部门", "时间", "是否", "board", "district", "districts"),
    "address": ("类型", "类别", "编号", "家庭", "户籍", "邮箱", "网址", "ip", "type", "email", "单位地址"),
    "category1": ("编号", "编码", "代码", "id", "单位"),
    "category2": ("编号", "编码", "代码", "明细", "id", "单位"),
    "category3": ("编号", "编码", "代码", "id", "单位"),
    "title": ("编号", "类", "教育"),
    "content": ("回访", "办理", "处理", "处置", "回复", "答复", "结果", "剔除", "退回", "类",
                "resolution", "status", "location", "unit"),
    "unit": ("协办", "类别", "类型", *CODES, "时间"),
    "channel": ("号码", "编号", "id", "code"),
    "request_type": ("编号", "id"),
    "status": ("回访", "满意", "解决", "联系", "剔除", "时间", "notes", "date"),
    "resolution": ("时间", "内容", "措施", "率"),
    "satisfaction": ("率", "时间", "原因"),
    CALLER: ("单位", "部门", "街道", "社区", "承办", "物业", "坐席", "姓名", "地址", "编号"),
}  # fmt: skip
# Columns that tell who somebody is: nothing of them is shown.
PERSONAL = re.compile(
    r"姓名|联系人|诉求人|来电人|反映人|投诉人|举报人|申请人|当事人|市民|用户|电话|手机|号码|联系方式|身份证|证件|住址|微信|邮箱|qq"
    r"|phone|mobile|email|caller|customer|complainant"
)  # fmt: skip
DATE = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}|(?:19|20)\d{6}(?:\d{4}|\d{6})?$|\d{1,2}/\d{1,2}/\d{4}"
    r"|[34]\d{4}(?:\.\d+)?$"  # a day's number in Excel
)
CLOCK = re.compile(r"(?:1899-12-3[01] )?(?:[上下]午 ?)?\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?")
MIDNIGHT = re.compile(r"[ T]0?0:00(?::00)?$")
KIND_OF_TIME = re.compile("日期|时间|时刻|date|time")
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}(?: +(\d{1,2}:\d\d(:\d\d)?)( ?[AaPp][Mm])?)?")
TOWNSHIP = re.compile("(街道|街道办事处|地区|镇|乡)$")
SAMPLE = 1000  # rows
SHOWN = 3
LONGEST = 30  # characters of a value that is no free text
MOST = 0.8  # the share of a sample that must be what a field holds
ENOUGH = 20  # rows in which an id must not come twice
CHINA = (73.0, 3.0, 136.0, 54.0)
FEW = 50  # different words of a column that is a list of choices
SURE = {3: "高", 2: "中", 1: "低"}


def _words(name: str) -> str:
    """A name in one spelling, its latin words parted by single spaces."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return re.sub(r"[\W_]+", " ", parted.removesuffix("(必填)")).strip().lower()


def _says(name: str, word: str) -> bool:
    """Whether a name, as `_words` gives it, contains a word: latin ones as a whole."""
    word = _words(word)
    if word == "应":
        return "应" in name.replace("响应", "")
    return f" {word} " in f" {name} " if word.isascii() else word in name


@dataclass(frozen=True)
class _Column:
    """A column of the sample: its name and the values that say something."""

    header: str
    values: list[str]

    @cached_property
    def name(self) -> str:
        return _words(self.header)

    def share(self, test: Callable[[str], object]) -> float:
        return sum(bool(test(value)) for value in self.values) / len(self.values)

    def numbers_within(self, low: float, high: float) -> float:
        return self.share(lambda text: re.fullmatch(r"-?\d+(\.\d+)?", text) and low <= float(text) <= high)

    @cached_property
    def is_personal(self) -> bool:
        return bool(PERSONAL.search(self.name)) or any(masked(value) != value for value in self.values)

    @cached_property
    def is_free_text(self) -> bool:
        """Whether people wrote what they liked: that tells of persons too."""
        hints = (*HINTS["content"], *HINTS["title"])
        return max(map(len, self.values)) > LONGEST or any(_says(self.name, word) for word in hints)

    def examples(self) -> str:
        if not self.values or self.is_personal or self.is_free_text:
            return ""
        return "、".join(re.sub(r"\s+", " ", value)[:20] for value in dict.fromkeys(self.values[:SHOWN]))


@dataclass(frozen=True)
class _Proposal:
    """That a column is a field: how strongly its name and its values say so (3 all, 2 in part, 1 perhaps), and why."""

    field: str
    column: _Column
    name: int
    values: int
    why: str

    @property
    def rank(self) -> tuple[int, int]:
        return self.name, self.values


def _fit(field: str, column: _Column, profile: Profile) -> tuple[int, str]:
    """How strongly at most the sample's values let the column be the field (0: not at all), and what they are."""
    count, different = len(column.values), len(set(column.values))
    rows = f"样本 {count} 行"
    if not count:
        return (0 if field == "case_id" else 2), "样本里全空"
    dates, whole = column.share(DATE.match), column.share(str.isnumeric)
    if field == "case_id":
        unique = different == count and dates < MOST
        return (0 if not unique else 3 if count >= ENOUGH else 2), f"{rows}{'全不' if unique else '有'}重复"
    if field.endswith("_at"):
        return (3 if dates >= MOST else 2 if dates >= 0.5 else 0), f"{rows}中 {dates:.0%} 是日期"
    if field in ("lon", "lat"):
        west, south, east, north = profile.settings.geography.bbox or CHINA
        ranges = [(west, east), (south, north)]
        here, other = ranges if field == "lon" else ranges[::-1]
        inside = column.numbers_within(*here) >= MOST
        limit = 180 if field == "lon" else 90
        possible = column.numbers_within(-limit, limit) >= MOST > column.numbers_within(*other)
        return (3 if inside else 2 if possible else 0), f"{rows}{'在' if inside else '不在'}本区范围内"
    if field == DISTRICT:
        share = column.share(lambda text: text.removeprefix(profile.settings.district.city) in profile.several)
        return (3 if share >= MOST else 0), f"{rows}中 {share:.0%} 是本市的区"
    if field == "street":
        known = {alias for street in profile.streets for alias in (street.name, *street.aliases)}
        share = column.share(lambda text: text in known)
        # “Street Name” mostly is the road of an address.
        possible = column.share(TOWNSHIP.search) >= MOST or (not column.name.isascii() and whole <= 1 - MOST)
        return (3 if share >= MOST else 2 if possible else 0), f"{rows}中 {share:.0%} 是本区街道"
    if field == CALLER:
        return (3 if dates < MOST else 0), "只存为密钥散列"
    if field in (*FREE_TEXT, "community", "unit", "category3"):
        return (3 if max(dates, whole) < MOST else 0), f"{rows}有 {different} 种"
    few = different <= FEW or different < count / 2
    # Without a level in its name a category is the first one only as long as there is no other.
    level = field != "category1" or re.search("一级|大类", column.name)
    return (0 if not few else 3 if level else 2), f"{rows}只有 {different} 种"


def _proposals(columns: list[_Column], profile: Profile) -> Iterator[_Proposal]:
    """Every column that could be a field."""
    own = {
        (field, _words(header))
        for path in shipped_mappings(profile).values()
        for field, headers in load_mapping(path).columns.items()
        for header in headers
    }
    for field, hints in HINTS.items():
        for column in columns:
            if any(_says(column.name, word) for word in NEVER.get(field, ())) and (field, column.name) not in own:
                continue
            equal = (field, column.name) in own or any(column.name == _words(word) for word in hints)
            said = next((word for word in hints if _says(column.name, word)), "")
            if not equal and not said and not _may_be_id(field, column):
                continue
            most, seen = _fit(field, column, profile)
            if most:
                named = f"列名就是“{column.header}”" if equal else f"列名含“{said}”" if said else "列名像编号"
                yield _Proposal(field, column, 3 if equal else 2 if said else 1, most, f"{named}；{seen}")


def _may_be_id(field: str, column: _Column) -> bool:
    return field == "case_id" and bool(re.search(r"[编单件]号|编码|\b(id|key|number)\b", column.name))


def _choose(proposals: Iterable[_Proposal]) -> tuple[dict[str, _Proposal], dict[str, list[_Proposal]]]:
    """What is proposed, and what is left open: fields that two columns, or columns that two fields, fit alike."""
    chosen: dict[str, _Proposal] = {}
    left: dict[str, list[_Proposal]] = {}
    remaining = list(proposals)
    for rank in sorted({item.rank for item in remaining}, reverse=True):
        taken = {item.column.header for item in chosen.values()}
        now = [
            item
            for item in remaining
            if item.rank == rank and item.field not in {*chosen, *left} and item.column.header not in taken
        ]
        for item in now:
            rivals = [other for other in now if other.field == item.field or other.column == item.column]
            if len(rivals) == 1 and item.name > 1:
                chosen[item.field] = item
            else:
                left.setdefault(item.field, []).append(item)
    taken = {item.column.header for item in chosen.values()}
    open_fields = {
        field: free for field, items in left.items() if (free := [i for i in items if i.column.header not in taken])
    }
    return chosen, open_fields


def _sample(path: Path, profile: Profile, sheet: str, header_row: int) -> list[_Column]:
    hinted = {word for words in HINTS.values() for word in words}
    expected = Expected(expected_headers(profile, None).names | hinted)
    try:
        opened = open_file(path, expected, sheet=sheet, header_row=header_row)
        first = next(iter(opened.chunks()))
    except UnreadableFile as error:
        raise ImportFailed(str(error)) from error
    columns = []
    for name, cells in zip(opened.header, first.columns, strict=False):
        values = [(value or "").strip() for value in cells.slice(0, SAMPLE).to_pylist()]
        columns.append(_Column(name, [value for value in values if value not in UNKNOWN]))
    return [column for column in columns if column.header]


def guess_mapping(path: Path, profile: Profile, *, sheet: str = "", header_row: int = 0) -> str:
    """TOML text proposing a mapping for the file; raises `ImportFailed` when it cannot be read.

    Behind each proposal stand its reason, how sure it is, and examples, none of columns that tell who somebody is.
    """
    columns = _sample(path, profile, sheet, header_row)
    chosen, left = _choose(_proposals(columns, profile))
    lines = [
        f"# 为 {masked(path.name)} 建议的字段对照表，请逐行核对后使用：",
        "# python -m data_access import --mapping 本文件 数据文件",
        f"label = {_quoted(masked(path.stem))}",
        'source = "hotline"  # 热线 hotline，网格 grid',
        'crs = "WGS-84"  # 坐标系：WGS-84、GCJ-02、BD-09',
        *_dates(item.column for item in chosen.values() if item.field.endswith("_at")),
        "",
        "[columns]",
    ]
    clocks = [column for column in columns if column.values and column.share(CLOCK.fullmatch) >= MOST]
    for field in HINTS:
        lines += _lines_of(field, chosen.get(field), left.get(field, []), clocks)
    named = {item.column.header for item in (*chosen.values(), *(item for items in left.values() for item in items))}
    lines += ["", *(f"# 未使用的列：{_one_line(c.header)}{_example(c)}" for c in columns if c.header not in named)]
    return "\n".join(lines)


def _dates(columns: Iterable[_Column]) -> Iterator[str]:
    """How times like 03/04/2024 are written; which of day and month comes first is told by a number beyond 12."""
    parts = [match for column in columns for value in column.values if (match := SLASHED.fullmatch(value))]
    if not parts:
        return
    first, second = (max(int(match[place]) for match in parts) > 12 for place in (1, 2))
    clocks = dict.fromkeys(
        f" {'%I' if noon else '%H'}:%M{':%S' if seconds else ''}{noon and ' %p'}" if clock else ""
        for clock, seconds, noon in ((match[3], match[4], match[5] or "") for match in parts)
    )
    day_first, month_first = (", ".join(_quoted(days + clock) for clock in clocks)
                              for days in ("%d/%m/%Y", "%m/%d/%Y"))  # fmt: skip
    if first == second:
        yield f"# dates = [{month_first}]  # 月和日哪个在前，从样本看不出：请选一行，去掉开头的 #"
        yield f"# dates = [{day_first}]"
    else:
        told = "第一" if first else "第二"
        yield f"dates = [{day_first if first else month_first}]  # 依据：样本里{told}个数有大于 12 的，是日；把握：高"


def _lines_of(field: str, chosen: _Proposal | None, left: list[_Proposal], clocks: list[_Column]) -> Iterator[str]:
    if chosen:
        why = f"依据：{_one_line(chosen.why)}；把握：{SURE[min(chosen.rank)]}"
        told, sure = _clock_of(chosen.column, clocks) if field.endswith("_at") else ([], False)
        for clock in told:
            pair = f"{field} = {{date = {_quoted(chosen.column.header)}, time = {_quoted(clock.header)}}}"
            seen = f"样本里“{_one_line(clock.header)}”只有时刻"
            if sure:
                yield f"{pair}  # {why.replace('；把握', f'；时刻在另一列：{seen}；把握')}{_example(chosen.column)}"
                return
            yield f"# {pair}  # 时刻也许在另一列：{seen}，是的话用这一行代替下一行；把握：低"
        yield f"{field} = {_quoted(chosen.column.header)}  # {why}{_example(chosen.column)}"
        return
    if field == "case_id":
        yield f"{field} = {_quoted(WHOLE_ROW)}  # 没有把握的编号列，整行作编号；有编号列时请改成它的列名"
    elif field in REQUIRED and not left:
        yield f'# {field} = "…"  # 必填：请写上对应的列名'
    for item in left:
        must = "必填，" if field in REQUIRED else ""
        why = f"{must}请选一列；依据：{_one_line(item.why)}；把握：低"
        yield f"# {field} = {_quoted(item.column.header)}  # {why}{_example(item.column)}"


def _clock_of(date: _Column, clocks: list[_Column]) -> tuple[list[_Column], bool]:
    """The columns that may hold the time of day of a column of dates without one; whether it surely is the one."""
    if not date.values or any(":" in MIDNIGHT.sub("", value) for value in date.values):
        return [], False
    same = [clock for clock in clocks if KIND_OF_TIME.sub("", clock.name) == KIND_OF_TIME.sub("", date.name)]
    return (same, True) if len(same) == 1 else (same or clocks, False)


def _example(column: _Column) -> str:
    return f"  # 例：{shown}" if (shown := column.examples()) else ""


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", masked(text))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
