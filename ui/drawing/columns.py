"""What a table's columns are called and what their cells say in words: the same on screen, on paper and in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.measures import MEASURES
from data_access.cases.units import Shown, Unit
from data_access.district.vocabulary import NO, RESOLUTIONS, SOURCES, UNREAD, YES
from ui.style.numbers import name

LINK = "link"  # a column of addresses of case lists
YES_NO = {NO: "否", YES: "是", UNREAD: "未识别"}
WORDS = {"source": SOURCES, "resolution": RESOLUTIONS, "is_closed": YES_NO, "is_late": YES_NO, "is_repeat": YES_NO}
PUBLISHED_LABELS = {
    "subject": "对象",
    "period": "时期",
    "measure": "指标",
    "value": "数值",
    "unit": "单位",
    "calibre": "口径",
    "source": "出处",
}
CASE_COLUMNS = [
    "case_id", "source", "created_at", "street", "community", "category1", "category3", "title", "unit", "status",
    "due_at", "closed_at", "satisfaction",
]  # fmt: skip
CASE_LABELS = {
    "case_id": "编号", "created_at": "受理时间", "title": "标题", "due_at": "截止时间", "closed_at": "办结时间",
    "is_closed": "已办结", "is_late": "逾期办结", "is_repeat": "重复诉求",
}  # fmt: skip
PART_LABELS = {"__num": "分子", "__den": "分母"}


def measure_of(column: str, figures: Sequence[Shown] = ()) -> tuple[Shown | None, str]:
    """The measure of a column, or the one of `figures`, and which part of it the column is ('' the figure itself)."""
    known: Mapping[str, Shown] = {figure.name: figure for figure in figures}
    for suffix, label in PART_LABELS.items():
        if column.endswith(suffix) and column not in known:
            whole = column.removesuffix(suffix)
            return known.get(whole) or MEASURES.get(whole), label
    return known.get(column) or MEASURES.get(column), ""


def unit_of(column: str, figures: Sequence[Shown] = ()) -> Unit | None:
    """The unit of a column's figures; None where it is no measure, or a part of one."""
    measure, part = measure_of(column, figures)
    return measure.unit if measure and not part else None


def label(column: str, labels: Mapping[str, str], figures: Sequence[Shown] = ()) -> str:
    """A column's heading: given, or the measure's or dimension's own."""
    measure, part = measure_of(column, figures)
    if column in labels:
        return labels[column]
    if measure:
        return f"{name(measure)}·{part}" if part else name(measure)
    return DIMENSIONS[column].label if column in DIMENSIONS else column


def worded(frame: pd.DataFrame) -> pd.DataFrame:
    """Stored codes in words."""
    worded = {
        column: frame[column].map(lambda value, names=names: names.get(value, value))
        for column, names in WORDS.items()
        if column in frame
    }
    return frame.assign(**worded)


def definitions(columns: Sequence[str], figures: Sequence[Shown] = ()) -> pd.DataFrame:
    """The definitions of the measures among `columns`, and of the `figures`."""
    found = [measure for column in columns for measure, part in [measure_of(column, figures)] if measure and not part]
    return pd.DataFrame(
        {
            "指标": [name(measure) for measure in found],
            "单位": [measure.unit for measure in found],
            "口径": [measure.definition for measure in found],
        }
    )
