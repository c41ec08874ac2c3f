"""What a matter changed (成效): its cases before and after, against the rest of the district and the year before.

Demands rise and fall with the season and the news, so a fall after a decision proves nothing by itself: beside it
stands the change of all other cases of the district over the same days, and the change of the same cases over the
same days a year earlier. All figures come from `query.aggregate`, by day, and are added up here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from data_access.filters import CaseFilter
from data_access.measures import MEASURES
from data_access.periods import Period, same_period_last_year
from data_access.query import aggregate, span
from data_access.store import Store, store_for

RATES = ("resolution_rate", "satisfaction_rate")
WATCHED = ("volume", *RATES)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Windows:
    """Whole days before the opening and after the end; `after` may be cut where the data ends."""

    before: Period
    after: Period

    @property
    def days(self) -> tuple[int, int]:
        return tuple((one.end - one.start).days for one in (self.before, self.after))  # type: ignore[return-value]


def windows(opened_at: datetime, ended_at: datetime | None, days: int, last: datetime) -> Windows | None:
    """The `days` before the opening day and after the day of the end (of the opening, while it goes on).

    `last`: the data's newest time; its day is not over and is left out. None while no whole day has passed.
    """
    opening, today = _midnight(opened_at), _midnight(last)
    after = _midnight(ended_at or opened_at) + DAY
    end = min(after + days * DAY, today)
    if end <= after:
        return None
    return Windows(Period(opening - days * DAY, opening), Period(after, end))


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def watched(where: CaseFilter, by: tuple[str, ...], *, store: Store | None = None) -> CaseFilter:
    """What to watch where a matter names single cases: all cases that share their values of `by`.

    A single case does not come back: whether a decision helped shows in the cases like it.
    """
    if not by or not where.case_id:
        return where.replace(period=None)
    found = aggregate(["volume"], list(by), CaseFilter(case_id=where.case_id), store=store)
    values = {name: tuple(sorted({value for value in found[name] if value})) for name in by}
    return CaseFilter(source=where.source, **values)  # type: ignore[arg-type]


def effect(where: CaseFilter, spans: Windows, *, store: Store | None = None) -> pd.DataFrame:
    """Before and after. Grain: one row per measure of WATCHED.

    Columns: measure; before, after, change; rest_before, rest_after, rest_change (all other cases of the same sources);
    net (change less the rest's change); year_before, year_after, year_change (the same cases a year earlier);
    before__num, before__den, after__num, after__den; reason ('' or why nothing can be said). Volume is cases a day and
    its changes are shares; rates are 0..1 and their changes differences.
    """
    store = store or store_for()
    mine, district = (_daily(one, spans, store) for one in (where, CaseFilter(source=where.source)))
    now = [_sums(mine, one) for one in (spans.before, spans.after)]
    rest = [_sums(district, one) - mine_sums for one, mine_sums in zip((spans.before, spans.after), now, strict=True)]
    earlier = [_sums(mine, same_period_last_year(one)) for one in (spans.before, spans.after)]
    first = span(store)
    covered = first is not None and spans.before.start >= _midnight(first[0])
    a_year_ago = first is not None and same_period_last_year(spans.before).start >= _midnight(first[0])
    return pd.DataFrame([_row(name, spans, now, rest, earlier if a_year_ago else None, covered) for name in WATCHED])


def _daily(where: CaseFilter, spans: Windows, store: Store) -> pd.DataFrame:
    """Sums by day over both windows and the same windows a year before, in one statement."""
    whole = Period(same_period_last_year(spans.before).start, spans.after.end)
    return aggregate(WATCHED, ["day"], where.replace(period=whole), store=store)


def _sums(daily: pd.DataFrame, within: Period) -> pd.Series:
    chosen = daily[(daily["day"] >= within.start) & (daily["day"] < within.end)]
    return chosen[["volume", *(f"{rate}__{part}" for rate in RATES for part in ("num", "den"))]].sum()


def _value(name: str, sums: pd.Series, days: int) -> float:
    if name == "volume":
        return float(sums["volume"]) / days
    return float(sums[f"{name}__num"] / sums[f"{name}__den"]) if sums[f"{name}__den"] > 0 else np.nan


def _changed(name: str, before: float, after: float) -> float:
    if name != "volume":
        return after - before
    return after / before - 1 if before > 0 else np.nan


def _row(
    name: str,
    spans: Windows,
    now: list[pd.Series],
    rest: list[pd.Series],
    earlier: list[pd.Series] | None,
    covered: bool,
) -> dict[str, object]:
    def pair(sums: list[pd.Series]) -> tuple[float, float, float]:
        before, after = (_value(name, one, days) for one, days in zip(sums, spans.days, strict=True))
        return before, after, _changed(name, before, after)

    unknown = (np.nan, np.nan, np.nan)
    mine, others = (pair(now), pair(rest)) if covered else (unknown, unknown)
    before_year = pair(earlier) if earlier else unknown
    parts = {f"{when}__{part}": float(sums[f"{name}__{part}"]) if name != "volume" else float(sums["volume"])
             for when, sums in zip(("before", "after"), now, strict=True) for part in ("num", "den")}  # fmt: skip
    reason = "" if covered else "数据没有覆盖办前的时段"
    if covered and np.isnan(mine[2]):
        reason = "办前没有件，无从比较" if name == "volume" else MEASURES[name].unknown
    return {
        "measure": name, "before": mine[0], "after": mine[1], "change": mine[2],
        "rest_before": others[0], "rest_after": others[1], "rest_change": others[2], "net": mine[2] - others[2],
        "year_before": before_year[0], "year_after": before_year[1], "year_change": before_year[2], **parts,
        "reason": reason,
    }  # fmt: skip
