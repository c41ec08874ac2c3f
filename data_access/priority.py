"""Which cases are important (重要案件优先): points by the profile's signs, each case with the signs it shows.

A case is looked at while it is open, and for some days after a bad callback. All points are the profile's
([[priority]] in programmes.toml); no official scheme is public.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select

from data_access.cache import cached
from data_access.filters import DISSATISFIED, CaseFilter, conditions, is_overdue_open
from data_access.ledger import Ledger, cases_of
from data_access.profile import current_profile
from data_access.programmes import Points
from data_access.query import LIST_COLUMNS, as_of, read_frame
from data_access.schema import cases
from data_access.store import Store, store_for

Condition = Callable[[Points, datetime], ColumnElement[bool]]
BAD_CALLBACK = and_(
    cases.c.is_valid_callback == 1, or_(cases.c.satisfaction.in_(DISSATISFIED), cases.c.resolution == "no")
)


def _due_within(rule: Points, now: datetime) -> ColumnElement[bool]:
    return and_(cases.c.is_closed == 0, cases.c.due_at >= now, cases.c.due_at <= now + timedelta(hours=rule.hours))


def _says(rule: Points, now: datetime) -> ColumnElement[bool]:
    said = (cases.c.category3, cases.c.title, cases.c.content)
    return or_(false(), *(column.contains(word, autoescape=True) for word in rule.words for column in said))


def _calls_again(rule: Points, now: datetime) -> ColumnElement[bool]:
    """The caller has brought the same kind of matter so many times within the profile's window for repeats."""
    since = now - timedelta(days=current_profile().settings.clock.repeat_window_days)
    other = cases.alias("other")
    often = (
        select(func.concat(other.c.caller_key, literal("|"), other.c.category2))
        .where(other.c.caller_key != "", other.c.is_void == 0, other.c.created_at >= since)
        .group_by(other.c.caller_key, other.c.category2)
        .having(func.count() >= rule.least)
    )
    return func.concat(cases.c.caller_key, literal("|"), cases.c.category2).in_(often)


RULES: dict[str, Condition] = {
    "overdue": lambda rule, now: is_overdue_open(now),
    "due_within": _due_within,
    "urgency": lambda rule, now: cases.c.urgency.in_(rule.values),
    "words": _says,
    "crowd": lambda rule, now: cases.c.crowd.in_(rule.values),
    "group": lambda rule, now: cases.c.is_group == 1,
    "repeats": _calls_again,
    "dissatisfied": lambda rule, now: and_(cases.c.is_valid_callback == 1, cases.c.satisfaction.in_(DISSATISFIED)),
    "unresolved": lambda rule, now: and_(cases.c.is_valid_callback == 1, cases.c.resolution == "no"),
    "returned": lambda rule, now: cases.c.rework_count > 0,
}
Noted = dict[str, tuple[CaseFilter, ...]]


def noted_in(ledger: Ledger) -> Noted:
    """The cases of the signs that the ledger knows: of open hard cases, and those a leader's order is about."""
    profile, found = current_profile(), Noted()
    for rule in profile.programmes.priority:
        kind = {"hard_case": "hard_case", "leader_note": "supervision"}.get(rule.rule)
        if kind and any(one.kind == kind for one in profile.programmes.programmes):
            rows = ledger.matters(kind)
            rows = rows[~rows["over"]]
            rows = rows[rows["reason"].isin(rule.values)] if kind == "supervision" else rows
            found[rule.rule] = tuple(where for row in rows.to_dict("records") if (where := cases_of(row)))
    return found


def important(
    where: CaseFilter,
    *,
    noted: Noted | None = None,
    signs: Sequence[str] = (),
    limit: int = 100,
    store: Store | None = None,
) -> pd.DataFrame:
    """The most important cases. Grain: one row per case, most points first, then the nearest deadline.

    Columns: LIST_COLUMNS, points, why (the signs in words). `noted`: as `noted_in` gives it. `signs`: only cases that
    show one of these.
    """
    return _important(store or store_for(), where, tuple((noted or {}).items()), tuple(signs), limit)


@cached
def _important(
    store: Store, where: CaseFilter, noted: tuple[Any, ...], signs: tuple[str, ...], limit: int
) -> pd.DataFrame:
    now, programmes = as_of(store), current_profile().programmes
    rules = programmes.priority
    if now is None or not rules:
        return pd.DataFrame(columns=[*LIST_COLUMNS, "points", "why"])
    shows = {one.rule: _shows(one, now, dict(noted)) for one in rules}
    # Once per case: a sign costs a scan of the text, and it is asked for twice.
    flags = [case((shows[one.rule], 1), else_=0).label(f"sign_{one.rule}") for one in rules]
    recent = cases.c.callback_at >= now - timedelta(days=programmes.priority_days)
    looked_at = or_(cases.c.is_closed == 0, and_(BAD_CALLBACK, recent))
    inner = (
        select(*(cases.c[name] for name in LIST_COLUMNS), *flags).where(*conditions(where, now), looked_at).subquery()
    )
    points = sum((inner.c[f"sign_{one.rule}"] * one.points for one in rules), literal(0.0)).label("points")
    wanted = [inner.c[f"sign_{name}"] == 1 for name in signs if name in shows]
    statement = (
        select(inner, points)
        .where(or_(*wanted) if wanted else points > 0)
        .order_by(points.desc(), inner.c.due_at.asc().nulls_last(), inner.c.case_id)
        .limit(limit)
    )
    found = read_frame(store, statement)
    said = [[one.label for one in rules if row[f"sign_{one.rule}"]] for row in found.to_dict("records")]
    found["why"] = ["、".join(labels) for labels in said]
    for name in ("due_at", "closed_at"):
        found[name] = pd.to_datetime(found[name])
    return found[[*LIST_COLUMNS, "points", "why"]]


def _shows(rule: Points, now: datetime, noted: Noted) -> ColumnElement[bool]:
    if rule.rule in RULES:
        return RULES[rule.rule](rule, now)
    return or_(false(), *(and_(*conditions(where, now)) for where in noted.get(rule.rule, ())))
