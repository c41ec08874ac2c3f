"""Counts of many series in one statement: every class at every place, by week or by day, for the alarms.

A series is named by the values of its columns; a column without a value (None) is summed over. Series whose place or
class the source left blank are not watched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import ColumnElement, Date, DateTime, Select, case, cast, func, select, tuple_

from data_access.cases import small
from data_access.cases.engines import days_between, grouped_in_turn, seconds_between
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.schema import cases

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

COLUMNS = ("street", "community", "unit", "category1", "category2", "category3")
PLACES = COLUMNS[:3]
NEW_WEEKS = 8  # a place whose name is younger has no usual: mostly an old one under another name
_CLASS = ("category1", "category2", "category3")
# What is watched, from the widest to the narrowest: the columns that name a series.
LEVELS: tuple[tuple[str, ...], ...] = (
    (), _CLASS[:1], _CLASS[:2], _CLASS,
    ("street",), ("street", *_CLASS[:1]), ("street", *_CLASS[:2]),
    ("street", "community"), ("street", "community", *_CLASS[:1]),
    ("unit",),
)  # fmt: skip


def by_week(reader: Reader, where: CaseFilter, end: datetime) -> pd.DataFrame:
    """Cases by series and week before `end` (a midnight). Grain: one row per series and week with cases.

    Columns: COLUMNS, back (0: the seven days before `end`), cases.
    """
    before = func.floor((days_between(cases.c.created_day, cast(end.date(), Date)) - 1) / 7.0)
    found = _series(reader, where, before.label("back"), {}, cases.c.created_at < end, LEVELS)
    return found.astype({"back": int, "cases": float})


def by_day(
    reader: Reader,
    where: CaseFilter,
    days: Sequence[date],
    clock: timedelta,
    levels: Sequence[tuple[str, ...]] = LEVELS,
) -> pd.DataFrame:
    """Cases by series on these days. Grain: one row per series and day with cases.

    `clock`: a time of day. `levels`: the columns that name a series, each in turn. Columns: those of COLUMNS that name
    any, day, cases, by_now (those that had come in by that time of the day).
    """
    early = seconds_between(cast(cases.c.created_day, DateTime), cases.c.created_at) <= clock.total_seconds()
    marks = {"by_now": case((early, 1), else_=0)}
    found = _series(reader, where, cases.c.created_day.label("day"), marks, cases.c.created_day.in_(days), levels)
    return found.assign(day=pd.to_datetime(found["day"])).astype({"cases": float, "by_now": float})


def _series(
    reader: Reader,
    where: CaseFilter,
    bucket: Any,
    marks: Mapping[str, ColumnElement[Any]],
    when: ColumnElement[bool],
    levels: Sequence[tuple[str, ...]],
) -> pd.DataFrame:
    """`marks`: of a case, to be summed. Bound in an inner statement: GROUP BY takes no parameters."""
    inside = select(*(cases.c[name] for name in COLUMNS), bucket, *(mark.label(name) for name, mark in marks.items()))
    rows = inside.where(*conditions(where, reader.as_of), when).subquery()
    sets = [tuple_(rows.c[bucket.name], *(rows.c[name] for name in level)) for level in levels]
    sums = [func.count().label("cases"), *(func.sum(rows.c[name]).label(name) for name in marks)]
    used = [name for name in COLUMNS if any(name in level for level in levels)]
    statement: Select[Any] = select(*(rows.c[name] for name in (*used, bucket.name)), *sums)
    found = reader.exact.read(grouped_in_turn(statement, sets))
    found = small.rounded(reader, found, ["cases", *marks], "cases", where=where, by=(bucket.name,))
    return found[~(found[used] == "").any(axis=1)].reset_index(drop=True)


def named(row: Any, columns: Sequence[str] = COLUMNS) -> dict[str, tuple[str, ...]]:
    """The conditions of a CaseFilter that a series' names are."""
    return {name: (row[name],) for name in columns if isinstance(row[name], str)}


def new_places(weeks: pd.DataFrame) -> pd.DataFrame:
    """Places that no case named until some weeks ago. Columns: column (of PLACES), name. `weeks`: as `by_week`.

    None where the data is too short to tell a new name from a rare one.
    """
    if weeks.empty or weeks["back"].max() < 2 * NEW_WEEKS:
        return pd.DataFrame({"column": [], "name": []}, dtype=str)
    first = pd.concat({name: weeks.groupby(name)["back"].max() for name in PLACES}, names=["column", "name"])
    return first[first < NEW_WEEKS].reset_index()[["column", "name"]]


def without(frame: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The rows of series that none of these places names."""
    for column, names in places.groupby("column")["name"]:
        frame = frame[~frame[str(column)].isin(names)]
    return frame
