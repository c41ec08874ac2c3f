"""What a matter changed (成效): its cases before and after, against the rest of the district and the year before.

Demands rise and fall with the season and the news, so a fall after a decision proves nothing by itself: beside it
stands the change of all other cases of the district over the same days, and the change of the same cases over the
same days a year earlier. All figures come from `Reader.aggregate`, by day, and are added up here.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period, Windows, same_period_last_year, windows
from data_access.district.programmes import Programme
from data_access.ledger.pen import cases_of

RATES = ("resolution_rate", "satisfaction_rate")
WATCHED = ("volume", *RATES)


def watched(reader: Reader, where: CaseFilter, by: tuple[str, ...]) -> CaseFilter:
    """What to watch where a matter names single cases: all cases that share their values of `by`.

    A single case does not come back: whether a decision helped shows in the cases like it.
    """
    if not by or not where.case_id:
        return where.replace(period=None)
    shared = reader.aggregate(["volume"], list(by), CaseFilter(case_id=where.case_id))
    values = {name: tuple(sorted({value for value in shared[name] if value})) for name in by}
    if not any(values.values()):  # nothing that is shared: every case of the sources would be watched
        return where.replace(period=None)
    return CaseFilter(source=where.source, **values)  # type: ignore[arg-type]


def effect_of(
    reader: Reader,
    programme: Programme,
    where: CaseFilter,
    opened: datetime,
    ended: datetime | None,
    now: datetime | None = None,
) -> pd.DataFrame | None:
    """The effect of a matter over its programme's days, as `effect` gives it; None while no day has passed.

    `now`: what was known then (the newest data unless given).
    """
    if not reader.has_data:
        return None
    spans = windows(opened, ended, programme.effect_days, now or reader.as_of)
    return effect(reader, watched(reader, where, programme.effect_by), spans) if spans else None


def measured(
    reader: Reader, programme: Programme, rows: pd.DataFrame, now: datetime | None = None
) -> dict[str, pd.DataFrame | None]:
    """Number of the matter -> the effect as `effect` gives it; None where nothing can be measured.

    `rows`: matters, with since: when each came into its stage. `now`: as in `effect_of`.
    """
    effects: dict[str, pd.DataFrame | None] = {}
    for row in rows.to_dict("records"):
        where, ended = cases_of(row), row["since"] if programme.is_over(row["stage"]) else None
        known = effect_of(reader, programme, where, row["opened_at"], ended, now) if where else None
        effects[row["matter_id"]] = known
    return effects


def effect(reader: Reader, where: CaseFilter, spans: Windows) -> pd.DataFrame:
    """Before and after. Grain: one row per measure of WATCHED.

    Columns: measure; before, after, change; rest_before, rest_after, rest_change (all other cases of the same sources);
    net (change less the rest's change); year_before, year_after, year_change (the same cases a year earlier);
    before__num, before__den, after__num, after__den; reason ('' or why nothing can be said). Volume is cases a day and
    its changes are shares; rates are 0..1 and their changes differences.
    """
    mine, district = (_daily(reader, case_filter, spans) for case_filter in (where, CaseFilter(source=where.source)))
    now = [_sums(mine, window) for window in (spans.before, spans.after)]
    rest = [
        _sums(district, window) - mine_sums for window, mine_sums in zip((spans.before, spans.after), now, strict=True)
    ]
    earlier = [_sums(mine, same_period_last_year(window)) for window in (spans.before, spans.after)]
    covered = reader.covers(spans.before)
    a_year_ago = earlier if reader.covers(same_period_last_year(spans.before)) else None
    return pd.DataFrame([_row(name, spans, now, rest, a_year_ago, covered) for name in WATCHED])


def _daily(reader: Reader, where: CaseFilter, spans: Windows) -> pd.DataFrame:
    """Sums by day over both windows and the same windows a year before, in one statement."""
    whole = Period(same_period_last_year(spans.before).start, spans.after.end)
    return reader.aggregate(WATCHED, ["day"], where.replace(period=whole))


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
        before, after = (_value(name, window_sums, days) for window_sums, days in zip(sums, spans.days, strict=True))
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
