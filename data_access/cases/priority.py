"""Which cases are important (重要案件优先): points by the profile's signs, each case with the signs it shows.

A case is looked at while it is open, and for some days after a bad callback. All points are the profile's
([[priority]] in programmes.toml); no official scheme is public.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select, tuple_

from data_access.cases.cache import cached
from data_access.cases.engines import contains, listed, seconds_between
from data_access.cases.filters import DISSATISFIED, CaseFilter, conditions, is_overdue_open
from data_access.cases.listing import LIST_COLUMNS
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.district.programmes import Points
from data_access.district.segments import says

Condition = Callable[[Points, Reader], ColumnElement[bool]]
DAY = 86400  # seconds
BAD_CALLBACK = and_(
    cases.c.is_valid_callback == 1, or_(cases.c.satisfaction.in_(DISSATISFIED), cases.c.resolution == "no")
)


def _due_within(sign: Points, reader: Reader) -> ColumnElement[bool]:
    now = reader.as_of
    return and_(cases.c.is_closed == 0, cases.c.due_at >= now, cases.c.due_at <= now + timedelta(hours=sign.hours))


def _says(sign: Points, reader: Reader) -> ColumnElement[bool]:
    keys = _cases_that_say(reader, sign.words, sign.apart)
    said = listed("said", {"source": [key[0] for key in keys], "case_id": [key[1] for key in keys]})
    return tuple_(cases.c.source, cases.c.case_id).in_(select(said.c.source, said.c.case_id))


@cached
def _cases_that_say(reader: Reader, words: tuple[str, ...], apart: tuple[str, ...]) -> list[tuple[str, str]]:
    """The keys (source, number) of the cases looked at in which one of the words stands as a word of its own.

    The database finds the letters, and only those texts are cut into words.
    """
    texts = (cases.c.category3, cases.c.title, cases.c.content)
    letters = or_(false(), *(contains(column, word) for word in words for column in texts))
    # As a column, not as a condition: conditions are tried on every case, columns on those looked at.
    key = (cases.c.source, cases.c.case_id)
    found = reader.read(select(*key, *texts, letters.label("letters")).where(_looked_at(reader)), slow=True)
    rows = found[found.pop("letters")].itertuples(index=False, name=None)
    return [(source, number) for source, number, *said in rows if says(reader.profile, said, words, apart)]


def _looked_at(reader: Reader) -> ColumnElement[bool]:
    """Open, or closed with a bad callback not long ago."""
    recent = cases.c.callback_at >= reader.as_of - timedelta(days=reader.profile.programmes.priority_days)
    return or_(cases.c.is_closed == 0, and_(BAD_CALLBACK, recent))


def _points(sign: Points, shown: ColumnElement[int], due: ColumnElement[Any], now: datetime) -> ColumnElement[Any]:
    """What a sign adds: its points where it is shown, and those that grow with the whole days past the deadline."""
    if not sign.grows:
        return shown * sign.points
    days = func.floor(seconds_between(due, literal(now)) / DAY)
    more = func.least(func.coalesce(days, 0) * sign.per_day, sign.per_day_most)
    return shown * (sign.points + more)


def _calls_again(sign: Points, reader: Reader) -> ColumnElement[bool]:
    """The caller has brought the same kind of matter so many times within the profile's window for repeats."""
    since = reader.as_of - timedelta(days=reader.profile.settings.clock.repeat_window_days)
    other = cases.alias("other")
    often = (
        select(func.concat(other.c.caller_key, literal("|"), other.c.category2))
        .where(other.c.caller_key != "", other.c.is_void == 0, other.c.created_at >= since)
        .group_by(other.c.caller_key, other.c.category2)
        .having(func.count() >= sign.least)
    )
    return func.concat(cases.c.caller_key, literal("|"), cases.c.category2).in_(often)


SIGNS: dict[str, Condition] = {
    "overdue": lambda sign, reader: is_overdue_open(reader.as_of),
    "due_within": _due_within,
    "urgency": lambda sign, reader: cases.c.urgency.in_(sign.values),
    "words": _says,
    "crowd": lambda sign, reader: cases.c.crowd.in_(sign.values),
    "group": lambda sign, reader: cases.c.is_group == 1,
    "repeats": _calls_again,
    "dissatisfied": lambda sign, reader: and_(cases.c.is_valid_callback == 1, cases.c.satisfaction.in_(DISSATISFIED)),
    "unresolved": lambda sign, reader: and_(cases.c.is_valid_callback == 1, cases.c.resolution == "no"),
    "returned": lambda sign, reader: cases.c.rework_count > 0,
}
Noted = Mapping[str, tuple[CaseFilter, ...]]  # a sign that only the ledger knows -> the cases that show it


def important(
    reader: Reader,
    where: CaseFilter,
    *,
    noted: Noted | None = None,
    signs: Sequence[str] = (),
    limit: int = 100,
) -> pd.DataFrame:
    """The most important cases. Grain: one row per case, most points first, then the nearest deadline.

    Columns: LIST_COLUMNS, points, why (the signs in words). `signs`: only cases that show one of these.
    """
    return _important(reader.singly, where, tuple((noted or {}).items()), tuple(signs), limit)


@cached
def _important(
    reader: Reader, where: CaseFilter, noted: tuple[Any, ...], signs: tuple[str, ...], limit: int
) -> pd.DataFrame:
    programmes = reader.profile.programmes
    known = programmes.priority
    if not reader.has_data or not known:
        return pd.DataFrame(columns=[*LIST_COLUMNS, "points", "why"])
    shows, now = {sign.rule: _shows(sign, reader, dict(noted)) for sign in known}, reader.as_of
    # Each sign is a column of the inner statement: some search the text of every case, and both the points and the
    # reasons need them.
    flags = [case((shows[sign.rule], 1), else_=0).label(f"sign_{sign.rule}") for sign in known]
    looked_at = and_(*conditions(where, now), _looked_at(reader))
    inner = select(*(cases.c[name] for name in LIST_COLUMNS), *flags).where(looked_at).subquery()
    parts = (_points(sign, inner.c[f"sign_{sign.rule}"], inner.c.due_at, now) for sign in known)
    points = sum(parts, literal(0.0)).label("points")
    wanted = [inner.c[f"sign_{name}"] == 1 for name in signs if name in shows]
    statement = (
        select(inner, points)
        .where(or_(*wanted) if wanted else points > 0)
        .order_by(points.desc(), inner.c.due_at.asc().nulls_last(), inner.c.case_id)
        .limit(limit)
    )
    rows = reader.read(statement, slow=True)
    said = [[sign.label for sign in known if row[f"sign_{sign.rule}"]] for row in rows.to_dict("records")]
    rows["why"] = ["、".join(labels) for labels in said]
    for name in ("due_at", "closed_at"):
        rows[name] = pd.to_datetime(rows[name])
    return rows[[*LIST_COLUMNS, "points", "why"]]


def _shows(sign: Points, reader: Reader, noted: Noted) -> ColumnElement[bool]:
    if sign.rule in SIGNS:
        return SIGNS[sign.rule](sign, reader)
    noted_here = noted.get(sign.rule, ())
    # Matters about single cases are asked for together: each by itself would look its numbers up again.
    single = [where for where in noted_here if where.case_id and where == CaseFilter(case_id=where.case_id)]
    asked = [where for where in noted_here if where not in single]
    if names := tuple(name for where in single for name in where.case_id):
        asked.append(CaseFilter(case_id=names))
    return or_(false(), *(and_(*conditions(where, reader.as_of)) for where in asked))
