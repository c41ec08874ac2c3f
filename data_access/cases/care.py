"""一网情深: who calls again and again, known by their keyed hash alone, and whether care changed it.

Every public function first asks whether the profile names the viewer ([care] in programmes.toml, off by
default): before anything is computed, and before an answer is taken from the cache. Keys stay on the server; what
people see is `privacy.pseudonym`.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Select, and_, case, func, or_, select

from data_access.cases.cache import cached
from data_access.cases.engines import joined_words, most_frequent
from data_access.cases.filters import STATUSES, CaseFilter, conditions, references
from data_access.cases.privacy import pseudonym
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.district.people import Actor, Refused, may_care
from data_access.district.periods import Period, Windows, windows
from data_access.district.programmes import Care

CALLER_COLUMNS = ("caller", "shown", "cases", "first", "last", "open", "categories", "street", "crowd", "unresolved",
                  "dissatisfied", "why")  # fmt: skip
USUAL = 3  # second-level categories listed of each caller


def _allowed(reader: Reader, viewer: Actor | None) -> Care:
    """The profile's rules of care, if it names the viewer; raises `Refused` for everybody else."""
    programmes = reader.profile.programmes
    if not may_care(programmes, viewer):
        raise Refused("谁在反复反映，只对配置里列出姓名的人开放")
    return programmes.care


def callers(reader: Reader, viewer: Actor | None, *, limit: int | None = None) -> pd.DataFrame:
    """Who meets the rules on the data's day. Grain: one row per caller, most cases first. Raises `Refused`.

    Columns CALLER_COLUMNS: caller (the key), shown (the pseudonym), why (the rule in words); of the rules' days: cases,
    how many are open, unresolved, dissatisfied, the first's and the last's time, the most frequent categories (of the
    second level), street and crowd ('' where none is named; one of the rules' crowds goes before any other).
    """
    return _callers(reader, _allowed(reader, viewer), limit)


@cached
def _callers(reader: Reader, care: Care, limit: int | None) -> pd.DataFrame:
    if not reader.has_data:
        return pd.DataFrame(columns=list(CALLER_COLUMNS))
    people = reader.exact.read(_statement(care, reader.as_of).limit(limit))
    people["shown"] = people["caller"].map(pseudonym)
    people["why"] = [_why(care, row) for row in people.to_dict("records")]
    counts = ["cases", "open", "unresolved", "dissatisfied"]
    return people.astype(dict.fromkeys(counts, "int64"))[list(CALLER_COLUMNS)]


def _why(care: Care, row: dict[Any, Any]) -> str:
    many = row["cases"] >= care.least_cases
    said = f"{care.days} 天内 {row['cases']} 件（满 {care.least_cases if many else (care.least_cases + 1) // 2} 件）"
    return said if many else f"{row['crowd']}，{said}"


def _recent(care: Care, now: datetime) -> list[ColumnElement[bool]]:
    """Conditions: cases with a caller's key, within the rules' days up to `now`."""
    came = cases.c.created_at
    within = (came > now - timedelta(days=care.days), came <= now)
    return [*conditions(CaseFilter(), now), cases.c.caller_key != "", *within]


def _meeting(care: Care, now: datetime, *columns: ColumnElement[Any]) -> Select[Any]:
    """Who met the rules at a moment. Grain: one row per caller; columns caller and `columns`."""
    many, named = func.count(), func.max(case((cases.c.crowd.in_(care.crowds), 1), else_=0))
    meets = or_(many >= care.least_cases, and_(named == 1, 2 * many >= care.least_cases))
    chosen = select(cases.c.caller_key.label("caller"), *columns).where(*_recent(care, now))
    return chosen.group_by(cases.c.caller_key).having(meets)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _statement(care: Care, now: datetime) -> Select[Any]:
    theirs = case((cases.c.crowd.in_(care.crowds), cases.c.crowd), else_="").label("crowd")
    listed = _meeting(
        care,
        now,
        func.count().label("cases"),
        func.min(cases.c.created_at).label("first"),
        func.max(cases.c.created_at).label("last"),
        *(_count(STATUSES[name][1](now)).label(name) for name in ("open", "unresolved", "dissatisfied")),
        most_frequent(cases.c.street).label("street"),
        func.coalesce(func.nullif(most_frequent(theirs), ""), most_frequent(cases.c.crowd)).label("crowd"),
    ).cte("listed")
    usual = _usual(care, now)
    return (
        select(listed, func.coalesce(usual.c.categories, "").label("categories"))
        .outerjoin_from(listed, usual, usual.c.caller == listed.c.caller)
        .order_by(listed.c.cases.desc(), listed.c.last.desc(), listed.c.caller)
    )


def _usual(care: Care, now: datetime) -> CTE:
    """What a caller mostly calls about. Grain: one row per caller; columns caller, categories (the first USUAL)."""
    key, kind = cases.c.caller_key, cases.c.category2
    place = func.row_number().over(partition_by=key, order_by=(func.count().desc(), kind)).label("place")
    ranked = select(key.label("caller"), kind, place).where(*_recent(care, now), kind != "").group_by(key, kind)
    named = ranked.cte("named")
    words = joined_words(named.c.category2, named.c.place, "、").label("categories")
    return select(named.c.caller, words).where(named.c.place <= USUAL).group_by(named.c.caller).cte("usual")


def calls(reader: Reader, viewer: Actor | None, key: str) -> pd.DataFrame:
    """All cases of a caller. Grain: one row per month from their first to the data's newest. Raises `Refused`.

    Columns: month (its first day), cases, case_ids (a tuple of `references`, newest first).
    """
    _allowed(reader, viewer)
    return _calls(reader, key)


@cached
def _calls(reader: Reader, key: str) -> pd.DataFrame:
    if not reader.has_data or not key:
        return pd.DataFrame(columns=["month", "cases", "case_ids"])
    now = reader.as_of
    theirs = select(cases.c.source, cases.c.case_id, cases.c.created_at).where(
        *conditions(CaseFilter(), now), cases.c.caller_key == key
    )
    listed = reader.exact.read(theirs.order_by(cases.c.created_at.desc(), cases.c.case_id))
    by_month = references(listed).groupby(listed["created_at"].dt.to_period("M")).agg(tuple)
    first = by_month.index.min() if len(by_month) else pd.Period(now, "M") + 1
    months = pd.period_range(first, pd.Period(now, "M"), freq="M")
    ids = [by_month.get(month, ()) for month in months]
    return pd.DataFrame({"month": months.to_timestamp(), "cases": [len(case_ids) for case_ids in ids], "case_ids": ids})


@dataclass(frozen=True)
class Change:
    """A caller's cases before and after care, beside those who met the same rules on the same day and have no plan.

    A caller chosen for calling often will call less later in any case; a fall counts only as far as it exceeds that of
    others chosen by the same rules.
    `reason`: why nothing can be said, '' when something can.
    """

    spans: Windows | None
    before: int = 0
    after: int = 0
    others: int = 0  # how many callers
    others_before: int = 0
    others_after: int = 0
    reason: str = ""

    @property
    def expected(self) -> float:
        """Cases after, had they come as often as before."""
        return self.before * self._longer

    @property
    def expected_as_others(self) -> float:
        """Cases after, had they changed as the others' did; NaN without others."""
        return self.expected * (1 + self.others_change)

    @property
    def change(self) -> float:
        """How much the cases a day rose or fell, as a share of what they were; NaN where unknown."""
        return self.after / self.expected - 1 if not self.reason else math.nan

    @property
    def others_change(self) -> float:
        return self.others_after / (self.others_before * self._longer) - 1 if self.others_before else math.nan

    @property
    def _longer(self) -> float:
        """The days after as a multiple of the days before."""
        if not self.spans:
            return math.nan
        before, after = self.spans.days
        return after / before


def before_after(
    reader: Reader,
    viewer: Actor | None,
    key: str,
    opened_at: datetime,
    ended_at: datetime | None,
    days: int,
    *,
    planned: Collection[str] = (),
) -> Change:
    """A caller's cases in `days` before the opening and after the end (of the opening, while it goes on).

    `planned`: the keys of all who have a plan; they are no yardstick for one another. Raises `Refused`.
    """
    care = _allowed(reader, viewer)
    spans = windows(opened_at, ended_at, days, reader.as_of) if reader.has_data else None
    if spans is None:
        return Change(None, reason="办后还没有完整的一天")
    if not reader.covers(spans.before):
        return Change(spans, reason="数据没有覆盖办前的时段")
    return _change(reader, care, key, spans, tuple(sorted({key, *planned})))


@cached
def _change(reader: Reader, care: Care, key: str, spans: Windows, planned: tuple[str, ...]) -> Change:
    opening = spans.before.end
    alike = _meeting(care, opening).where(cases.c.caller_key.not_in(planned)).cte("alike")
    their_own = cases.c.caller_key == key
    counts: list[ColumnElement[Any]] = []
    for when, window in (("before", spans.before), ("after", spans.after)):
        within = and_(cases.c.created_at >= window.start, cases.c.created_at < window.end)
        counts += [
            _count(and_(within, their_own)).label(when),
            _count(and_(within, ~their_own)).label(f"others_{when}"),
        ]
    others = select(func.count()).select_from(alike).scalar_subquery().label("others")
    looked_at = CaseFilter(period=Period(spans.before.start, spans.after.end))
    either = or_(their_own, cases.c.caller_key.in_(select(alike.c.caller)))
    sums = reader.exact.read(select(*counts).add_columns(others).where(*conditions(looked_at, opening), either))
    counted = {name: int(value) for name, value in sums.iloc[0].items()}
    return Change(spans, **counted, reason="" if counted["before"] else "办前没有件，无从比较")  # type: ignore[arg-type]
