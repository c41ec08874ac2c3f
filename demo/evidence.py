"""Which cases the demo district's decisions are about: real rows of its store. One statement per question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from data_access.cases.filters import DISSATISFIED
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.district.programmes import Care, Office
from data_access.district.vocabulary import HOTLINE
from data_access.district.worktime import is_working_day

FACTS = ("street", "community", "category1", "category2", "category3", "unit")
COLUMNS = ("case_id", "created_at", "address", *FACTS)
BEFORE_DUE, AFTER = timedelta(hours=6), timedelta(hours=1)
STAYS = timedelta(hours=2)  # a reason must last, or the order would come too late
ASKED_AGAIN = 0.6  # part of the handling time after which a returned case came back


def facts_of(row: Any) -> dict[str, str]:
    """What a matter's words may say of a case. `row`: of COLUMNS."""
    return {**{name: getattr(row, name) for name in FACTS}, "place": row.address or row.community or row.street}


def _hotline(*more: ColumnElement[Any]) -> Select[Any]:
    chosen = select(*(cases.c[name] for name in COLUMNS)).where(cases.c.source == HOTLINE, cases.c.is_void == 0)
    return chosen.where(*more).order_by(cases.c.case_id)


def pressing(reader: Reader, units: set[str], until: datetime, office: Office) -> list[Any]:
    """Cases there was a reason to press for. Grain: one row per case and sign, by sign, unit and moment.

    Columns COLUMNS; sign; moment at which the sign shows (in office hours, not after `until`); lasts (its end).
    """
    times = ("dispatched_at", "due_at", "closed_at", "callback_at")
    flags = (cases.c.rework_count, cases.c.is_repeat, cases.c.is_valid_callback, cases.c.satisfaction)
    pressed = or_(
        cases.c.closed_at.is_(None),
        cases.c.closed_at > cases.c.due_at - BEFORE_DUE,
        cases.c.rework_count > 0,
        cases.c.is_repeat == 1,
        cases.c.satisfaction.in_(DISSATISFIED),
    )
    statement = _hotline(pressed, cases.c.unit.in_(units)).add_columns(*(cases.c[name] for name in times), *flags)
    orders = reader.read(statement).astype(dict.fromkeys(times, "datetime64[us]"))
    ends = orders["closed_at"].fillna(until + timedelta(days=1))
    again = orders["dispatched_at"] + ASKED_AGAIN * (ends - orders["dispatched_at"])
    unhappy = (orders["is_valid_callback"] == 1) & orders["satisfaction"].isin(reader.profile.dissatisfied)
    signs = {
        "due": (orders["due_at"] - BEFORE_DUE, ends.clip(upper=orders["due_at"])),
        "overdue": (orders["due_at"] + AFTER, ends),
        "rework": (again.where(orders["rework_count"] > 0), ends),
        "dissatisfied": (orders["callback_at"].where(unhappy), orders["callback_at"] + timedelta(days=7)),
        "repeat": (orders["dispatched_at"].where(orders["is_repeat"] == 1) + AFTER, ends),
        "any": (orders["dispatched_at"] + AFTER, ends),
    }
    rows = pd.concat([orders.assign(sign=sign, moment=at, lasts=end) for sign, (at, end) in signs.items()])
    rows = rows[(rows["moment"] > rows["dispatched_at"]) & (rows["moment"] <= until)]
    rows = rows[rows["lasts"] > rows["moment"] + STAYS]
    rows = rows[_in_office(rows["moment"], office)]
    rows = rows[[*COLUMNS, "sign", "moment", "lasts"]].sort_values(["sign", "unit", "moment", "case_id"])
    return list(rows.itertuples())


def _in_office(moments: pd.Series, office: Office) -> pd.Series:
    hours, days = moments.dt.hour, moments.dt.normalize()
    works = {day: is_working_day(day.date()) for day in days.unique()}
    return days.map(works).astype(bool) & (hours >= office.spans[0][0]) & (hours < office.spans[-1][1] - 1)


def whistled(reader: Reader, category2: Sequence[str], streets: set[str]) -> list[Any]:
    """Cases of these classes that are marked as whistled. Grain: one row per case, columns COLUMNS, by number."""
    concerned = (cases.c.category2.in_(category2), cases.c.street.in_(streets))
    return list(reader.read(_hotline(cases.c.is_whistled == 1, *concerned)).itertuples())


def latest(reader: Reader, names: Mapping[str, str], before: datetime) -> Any:
    """The newest case with these values (column -> value) before a moment, a row of COLUMNS; None if there is none."""
    concerned = [cases.c[name] == value for name, value in names.items()]
    rows = reader.read(_hotline(cases.c.created_at < before, *concerned))
    return next(rows.sort_values(["created_at", "case_id"]).tail(1).itertuples(), None)


def alike(reader: Reader, case_ids: Sequence[str], days: float) -> dict[str, list[str]]:
    """For each case the cases of the same community and class in the days before it, the newest first."""
    other = cases.alias()
    same = and_(
        other.c.source == HOTLINE,
        other.c.is_void == 0,
        other.c.community == cases.c.community,
        other.c.category2 == cases.c.category2,
        other.c.created_at < cases.c.created_at,
        other.c.created_at > cases.c.created_at - timedelta(days=days),
    )
    statement = (
        select(cases.c.case_id, other.c.case_id.label("other"))
        .join_from(cases, other, same)
        .where(cases.c.case_id.in_(case_ids))
        .order_by(cases.c.case_id, other.c.created_at.desc(), other.c.case_id)
    )
    pairs = reader.read(statement)
    return {str(case_id): rows["other"].tolist() for case_id, rows in pairs.groupby("case_id")}


def complaints(reader: Reader, category1: str, since: datetime, gap_days: float) -> list[list[Any]]:
    """Points with complaints of a class: for each its cases (columns COLUMNS), oldest first.

    A point is one place and second-level class, as long as no more than `gap_days` pass between two cases.
    """
    orders = reader.read(_hotline(cases.c.category1 == category1, cases.c.created_at >= since))
    key = ["street", "address", "category2"]
    orders = orders.sort_values([*key, "created_at", "case_id"], ignore_index=True)
    apart = orders["created_at"].diff() > timedelta(days=gap_days)
    orders["point"] = ((orders[key] != orders[key].shift()).any(axis=1) | apart).cumsum()
    return [list(rows) for _, rows in groupby(orders.itertuples(), key=attrgetter("point"))]


def regulars(reader: Reader, care: Care, before: datetime) -> list[Any]:
    """Who called again and again. Grain: one row per caller, columns caller_key, count, repeats, street; by key."""
    after = before - timedelta(days=care.days)
    statement = (
        select(
            cases.c.caller_key,
            func.count().label("count"),
            func.sum(cases.c.is_repeat).label("repeats"),
            func.min(cases.c.street).label("street"),
        )
        .where(cases.c.source == HOTLINE, cases.c.is_void == 0, cases.c.caller_key != "")
        .where(cases.c.created_at >= after, cases.c.created_at < before)
        .group_by(cases.c.caller_key)
        .having(func.count() >= care.least_cases)
        .order_by(cases.c.caller_key)
    )
    return list(reader.read(statement).itertuples())
