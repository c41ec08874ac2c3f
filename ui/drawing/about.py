"""What a file says of itself beside its table: of which cases, as of when, whether they are real."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter, left_out, status_label
from data_access.cases.reader import Reader
from data_access.cases.units import Shown
from ui.style.links import FIELDS, written
from ui.style.numbers import moment, name, until_now
from ui.style.theme import WEEKDAYS

LINE = 46  # letters of a line in a picture
SYNTHETIC, REAL = "演示数据（合成，非真实案件）", "案件库"


def filter_words(where: CaseFilter) -> list[str]:
    """The filter's parts as people read them, but for its period."""
    words = []
    for field in FIELDS:
        values = getattr(where, field)
        if not values:
            continue
        if field == "text":
            words.append(f"查找：{values}")
        elif field == "hour":
            words.append("时刻：" + "、".join(f"{hour}时" for hour in values))
        elif field == "weekday":
            words.append("星期：" + "、".join(WEEKDAYS[number % 7] for number in values))
        elif field == "status":
            words.append("状态：" + "、".join(map(status_label, values)))
        elif field == "without":
            words.append("除去" + "、".join(filter_words(_together(left_out(where)))))
        elif field == "case_id":
            words.append(f"指定的 {len(values)} 件")
        else:
            words.append(f"{DIMENSIONS[field].label}：" + "、".join(written(field, value) for value in values))
    return words


def _together(filters: Sequence[CaseFilter]) -> CaseFilter:
    """The values of all of them, field by field: to be named, not to be asked for."""
    held: dict[str, tuple[object, ...]] = {}
    for one in filters:
        for field in (part for part in FIELDS if getattr(one, part)):
            held[field] = (*held.get(field, ()), *getattr(one, field))
    return CaseFilter().replace(**held)


def about(reader: Reader, where: CaseFilter, title: str) -> dict[str, str]:
    """The lines of a file's sheet 说明. `where`: the page's own; a page without a filter bar has no period."""
    return {
        "内容": title,
        "区": reader.profile.settings.district.name,
        "时段": until_now(where.period, reader.as_of) if where.period else "见表",
        "筛选": "；".join(filter_words(where)) or "全部",
        "数据截至": moment(reader.as_of),
        "数据": SYNTHETIC if reader.is_synthetic else REAL,
        "数据版本": str(reader.version),
    }


def lines_of(said: Mapping[str, str], figures: Sequence[Shown], note: str) -> list[str]:
    """What stands above a chart or a table in a picture, line by line: `said` as `about` gives it, the definition of
    each of its figures, who made it and when (`note`)."""
    lines: list[str] = []
    for part in (f"{one}：{said[one]}" for one in ("区", "时段", "筛选", "数据截至", "数据") if one in said):
        if lines and len(lines[-1]) + len(part) < LINE:
            lines[-1] += f"　{part}"
        else:
            lines.append(part)
    lines += [f"{name(one)}：{one.definition}" for one in figures if one.definition]
    return [part for line in (*lines, note) if line for part in textwrap.wrap(line, LINE) or [line]]


def file_name(title: str, reader: Reader | None, ending: str) -> str:
    """A file's name: what it shows, the day to which the data goes, and whether the cases are made up."""
    if reader is None or not reader.has_data:
        return f"{title}.{ending}"
    return f"{title}-{reader.as_of:%Y%m%d}{'-演示' if reader.is_synthetic else ''}.{ending}"
