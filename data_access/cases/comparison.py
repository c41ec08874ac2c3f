"""A period beside its comparison period (同比, 环比, 较上一考核期, 按春节对齐): as a whole, and group by group.

Both are of as many days, or counts are compared per day; the cases of the earlier one are taken as they stood when they
were as old as those of the later one are now. A change comes with what chance alone would do.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import and_, case, func, select

from data_access.cases import chance, misspelt, small
from data_access.cases.aggregation import result_columns
from data_access.cases.cache import cached, cached_each
from data_access.cases.durations import Z, quantiles
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.measures import NOT_REACHED, Measure
from data_access.cases.own import measures_of
from data_access.cases.schema import cases
from data_access.cases.units import POINTS
from data_access.district.names import as_names
from data_access.district.periods import Comparison, Period, comparison, day_of

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

NONE_BEFORE = "比较期为 0 件"
EVERYTHING = CaseFilter()
NO_PERIOD, NOT_COVERED = "没有时段可比", "数据没有覆盖比较期"
# Events without a time cannot be taken back: with more than this share of them an earlier state is not known.
UNDATED_AT_MOST = 0.01
DATED = {"closed_at": "办结时间", "callback_at": "回访时间", "due_at": "截止时间", "": "返工时间"}
REFERENCE, REST = timedelta(days=84), timedelta(days=28)  # days that tell what is chance, and how old they are at least


@dataclass(frozen=True)
class Change:
    """A measure now (`current`) and in the comparison period (`base`).

    `change`: relative for counts, a difference for rates, scores and hours; `low`, `high`: its 95 % interval. `base`:
    of a count, for as many days as now. `reason`: why there is none, '' when there is. Unknown is NaN; hours not
    reached yet are infinite. `by_weekdays`: the change of a count that the weekdays of both stretches make by
    themselves; the interval reaches as far as it takes to be beyond that too.
    """

    measure: str
    current: float
    base: float
    change: float
    reason: str
    low: float = np.nan
    high: float = np.nan
    by_weekdays: float = 0.0

    @property
    def is_known(self) -> bool:
        return not np.isnan(self.change)

    @property
    def is_sure(self) -> bool:
        """Whether the change is beyond chance: its interval does not hold zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Sides:
    """Both stretches with who reads each: `then` sees the earlier one's cases at the later one's age."""

    between: Comparison
    now: Reader
    then: Reader
    current: CaseFilter
    base: CaseFilter

    @property
    def measures(self) -> Mapping[str, Measure]:
        return measures_of(self.now.profile)

    @functools.cached_property
    def _undated(self) -> dict[str, float]:
        return undated(self.now, self.current.replace(period=_around(self.between)))

    def why_not(self, measure: Measure) -> str:
        """Why a measure's earlier state is not known; '' where it is."""
        if measure.is_snapshot:
            return "按当前状态统计，比较期已无当时的状态"
        if self.between.moment is None or (not measure.dated_by and measure.dated_by is not None):
            return ""
        lacking = [name for name in measure.dated_by or ("",) if self._undated.get(name, 1.0) > UNDATED_AT_MOST]
        return f"来源缺少{DATED[lacking[0]]}，无法还原比较期同龄时的状态" if lacking else ""


def _around(between: Comparison) -> Period:
    return Period(min(between.base.start, between.current.start), max(between.base.end, between.current.end))


@cached
def undated(reader: Reader, where: CaseFilter) -> dict[str, float]:
    """Column -> the share of what is closed, called back or has a deadline that has no time in it, 0..1."""
    # Where none of all cases lacks a time, none of these does: asked once per version.
    if where != EVERYTHING and not any((everywhere := undated(reader, EVERYTHING)).values()):
        return everywhere
    happened = {
        "closed_at": cases.c.is_closed == 1,
        "callback_at": cases.c.is_valid_callback == 1,
        "due_at": cases.c.has_deadline == 1,
    }
    lacking = {name: func.sum(case((and_(event, cases.c[name].is_(None)), 1.0))) for name, event in happened.items()}
    shares: list[Any] = [(count / func.sum(case((happened[name], 1.0)))).label(name) for name, count in lacking.items()]
    row = reader.exact.rows(select(*shares).where(*conditions(where, reader.as_of)))[0]
    return {"dispatched_at": 0.0} | {name: float(share or 0.0) for name, share in row.items()}


def compared_with(reader: Reader, where: CaseFilter, kind: str) -> Comparison | None:
    """As `Reader.compared_with`."""
    if not reader.has_data or where.period is None:
        return None
    between = comparison(where.period, kind, reader.as_of, reader.profile.settings.clock)
    return between if reader.covers(between.base) else None


def sides_of(reader: Reader, where: CaseFilter, kind: str) -> Sides | None:
    """Both stretches of a comparison; None where there is none."""
    between = compared_with(reader, where, kind)
    if between is None:
        return None
    then = reader.seen_at(between.moment) if between.moment else reader
    return Sides(between, reader, then, where.replace(period=between.current), where.replace(period=between.base))


def changes(reader: Reader, measures: Sequence[str] | str, where: CaseFilter, kind: str) -> dict[str, Change]:
    """As `Reader.changes`. What was asked before, also together with others, is not computed again."""
    names = tuple(dict.fromkeys(as_names(measures)))
    misspelt.tell(reader, where)
    return dict(zip(names, _change_of_each(reader, names, where, kind), strict=True)) if names else {}


@cached_each
def _change_of_each(reader: Reader, measures: tuple[str, ...], where: CaseFilter, kind: str) -> list[Change]:
    whole = (
        where if where.period is None or not reader.has_data else where.replace(period=where.when.until(reader.as_of))
    )
    shown, sides = _sums(reader, measures, whole), sides_of(reader, where, kind)
    if sides is None:
        reason = NOT_COVERED if where.period and reader.has_data else NO_PERIOD
        return [_unknown(measures_of(reader.profile)[name], shown.get(name, np.nan), reason) for name in measures]
    now, then = (_sums(*side) for side in ((sides.now, measures, sides.current), (sides.then, measures, sides.base)))
    days = _reference(sides, measures, ())
    hours = _hours_beside(sides, [name for name in measures if sides.measures[name].quantile])
    return [
        hours[name] if name in hours else _change(sides, sides.measures[name], shown[name], now, then, days)
        for name in measures
    ]


def _sums(reader: Reader, measures: Sequence[str], where: CaseFilter) -> dict[str, float]:
    found = reader.aggregate(measures, (), where)
    return {str(column): float(value) for column, value in found.iloc[0].items()} if len(found) else {}


def _unknown(measure: Measure, current: float, reason: str) -> Change:
    if np.isnan(current) and not measure.is_snapshot:
        reason = measure.unknown or reason
    return Change(measure.name, current, np.nan, np.nan, reason)


def _change(
    sides: Sides, measure: Measure, shown: float, now: dict[str, float], then: dict[str, float], days: _Days
) -> Change:
    name, length = measure.name, sides.between.length if measure.is_count else 1.0
    current, base = now[name], then[name] * length
    told = small.error_of(sides.now, sides.current)
    reason = sides.why_not(measure)
    if not reason and np.isnan(current):
        reason = measure.unknown
    elif not reason and np.isnan(base):
        reason = f"比较期：{measure.unknown}"
    elif not reason and base == 0 and not measure.changes_absolutely:
        reason = NONE_BEFORE
    if reason:
        return _unknown(measure, shown, reason)
    if not measure.changes_absolutely:
        excess, usual = days.excess(measure)[0], days.usual(sides.between)
        error = days.limit() * float(chance.error_of_ratio(np.array(current), np.array(then[name]), excess, told))
        # A count of few may be 0: the interval is that of half a case more on either side.
        middle = (current + 0.5) / (base + 0.5 * length)
        low, high = (middle / by * np.exp(sign * error) - 1 for by, sign in ((max(usual, 1), -1), (min(usual, 1), 1)))
        return Change(name, shown, base, current / base - 1, "", float(low), float(high), usual - 1)
    error = days.limit() * float(_error_of(measure, now, then, days, told)[0])
    return Change(name, shown, base, current - base, "", current - base - error, current - base + error)


def _error_of(measure: Measure, now: Any, then: Any, days: _Days, told: Any) -> Any:
    """The error of a difference of rates, scores or figures per resident, one per group. `told`: as in chance.py."""
    name, excess = measure.name, days.excess(measure)
    parts = [
        [np.atleast_1d(np.asarray(side[f"{name}__{part}"], float)) for part in ("num", "den")] for side in (now, then)
    ]
    if measure.population:
        (a, residents), (b, _) = parts
        return chance.error_of_count(a, b, 1.0, excess, told) / residents
    if measure.of_total or not measure.denominator:
        return np.full(len(excess), np.nan)
    scale = _scale(measure)
    errors = [chance.error_of_rate(numerator / scale, denominator, excess, told) for numerator, denominator in parts]
    return scale * np.hypot(*errors)


def _scale(measure: Measure) -> float:
    return 100.0 if measure.unit == POINTS else 1.0


def _hours_beside(sides: Sides, measures: Sequence[str]) -> dict[str, Change]:
    """The quantiles of the handling time and their changes."""
    if not measures:
        return {}
    shares = tuple(sides.measures[name].quantile or 0.0 for name in measures)
    rows = [quantiles(*side) for side in ((sides.now, shares, (), sides.current), (sides.then, shares, (), sides.base))]
    found = {}
    for place, name in enumerate(measures):
        (now, low, high), (then, least, most) = (
            [float(row[f"{part}_{place}"].iloc[0]) if len(row) else np.nan for part in ("hours", "low", "high")]
            for row in rows
        )
        measure, reason = sides.measures[name], sides.why_not(sides.measures[name])
        told = [float(row["cases"].iloc[0]) if len(row) else 0.0 for row in rows]
        shown = np.inf if np.isnan(now) and told[0] else now
        if reason or np.isnan(now):
            found[name] = Change(name, shown, np.nan, np.nan, reason or measure.unknown)
        elif np.isnan(then):
            found[name] = Change(name, shown, np.nan, np.nan, f"比较期{NOT_REACHED}" if told[1] else measure.unknown)
        else:
            # Newcombe 1998: the interval of a difference from those of both; open where one is not reached.
            down = np.hypot(now - low, (np.inf if np.isnan(most) else most) - then)
            up = np.hypot((np.inf if np.isnan(high) else high) - now, then - least)
            found[name] = Change(name, now, then, now - then, "", now - then - down, now - then + up)
    return found


@dataclass(frozen=True)
class _Days:
    """Days of the past, that tell what is chance. `groups`: the rows that are judged. `now`: the days compared."""

    frame: pd.DataFrame
    now: pd.DataFrame
    by: tuple[str, ...]
    days: pd.DatetimeIndex
    groups: pd.Index
    count: str = "volume"

    def limit(self, rows: int = 1) -> float:
        return chance.limit(len(self.days), rows)

    def excess(self, measure: Measure) -> Any:
        """How much more than plain chance each group varies; NaN where the days are too few."""
        name = measure.name
        if measure.is_snapshot or measure.of_total:
            return np.full(max(len(self.groups), 1), np.nan)
        if measure.denominator and not measure.population:
            numerators, denominators = (self._of(f"{name}__{part}") for part in ("num", "den"))
            plain = chance.excess_of_rates(numerators / _scale(measure), denominators)
            young, of = (self.now[f"{name}__{part}"].to_numpy(float) for part in ("num", "den"))
            share = chance.between_days(young, of, _scale(measure))
            return plain * (1 - share) + chance.excess_of_counts(denominators) * share
        return chance.excess_of_counts(self._of(f"{name}__num" if measure.population else name))

    def usual(self, between: Comparison) -> float:
        """How many times as many cases the weekdays of the current stretch bring as those of the base."""
        found, weekday = self._whole(self.count), self.days.day_of_week.to_numpy()
        means = [float(found[weekday == number].mean()) if (weekday == number).any() else 0.0 for number in range(7)]
        return between.by_weekdays(means) if len(self.days) >= chance.LEAST_DAYS else 1.0

    def _whole(self, column: str) -> Any:
        """The days of all groups together, those without a case too."""
        rows = self.days.get_indexer(pd.Index(self.frame["day"]))
        return np.bincount(rows, np.nan_to_num(self.frame[column].to_numpy(float)), len(self.days))

    def _of(self, column: str) -> Any:
        if not self.by:
            return self._whole(column).reshape(-1, 1)
        return chance.by_day(self.frame, "day", self.by[0], column, self.days, self.groups)


def counted(known: Mapping[str, Measure], measures: Sequence[str]) -> list[str]:
    """The measures whose days tell what is chance, and the volume that the weekdays are told by."""
    told = [name for name in measures if not known[name].is_snapshot and not known[name].quantile]
    return list(dict.fromkeys([*told, "volume"]))


def reference(sides: Sides) -> CaseFilter:
    """The days before the compared ones' end that are old enough to stand still, or the last ones there are."""
    reader = sides.now
    first, last = day_of(reader.span[0]), day_of(reader.as_of)
    end = min(day_of(sides.between.current.end), last - REST)
    if end - first < REFERENCE / 2:
        end = min(first + REFERENCE, last)
    return sides.current.replace(period=Period(max(first, end - REFERENCE), end))


def _reference(sides: Sides, measures: Sequence[str], by: tuple[str, ...], groups: pd.Index | None = None) -> _Days:
    where, names = reference(sides), counted(sides.measures, measures)
    frame = sides.now.exact.aggregate(names, ("day", *by), where)
    now = sides.now.exact.aggregate(names, ("day",), sides.current)
    days = pd.date_range(where.when.start, where.when.end, freq="D", inclusive="left")
    return _Days(frame, now, by, days, pd.Index([]) if groups is None else groups)


@misspelt.telling
@cached
def beside_base(
    reader: Reader, measures: tuple[str, ...], by: tuple[str, ...], where: CaseFilter, kind: str
) -> pd.DataFrame:
    """As `Reader.with_base`."""
    sides = sides_of(reader, where, kind)
    if sides is None:
        columns = [*result_columns(measures_of(reader.profile), measures), *(f"{name}_base" for name in measures)]
        return pd.DataFrame(columns=[*by, *columns])
    joined = _joined(sides, measures, by)
    return joined.drop(
        columns=[_of_base(f"{name}__{part}") for name in measures for part in ("num", "den")], errors="ignore"
    )


def _joined(sides: Sides, measures: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    """As `beside_base`, with __num and __den of the earlier stretch as well."""
    now = sides.now.aggregate(measures, by, sides.current)
    then = sides.then.aggregate(measures, by, sides.base)
    for name in measures:
        if sides.why_not(sides.measures[name]):
            then[name] = np.nan
        elif sides.measures[name].is_count:
            then[name] *= sides.between.length
    renamed = {column: _of_base(column) for column in result_columns(sides.measures, measures)}
    joined = now.merge(then.rename(columns=renamed), on=list(by), how="outer")
    counts = [name for name in measures if sides.measures[name].is_count]
    bases = [name for name in counts if not sides.why_not(sides.measures[name])]
    return joined.fillna({**dict.fromkeys(counts, 0.0), **dict.fromkeys((f"{name}_base" for name in bases), 0.0)})


def _of_base(column: str) -> str:
    name, mark, part = column.partition("__")
    return f"{name}_base{mark}{part}"


@misspelt.telling
@cached
def moved(reader: Reader, measure: str, by: str, where: CaseFilter, kind: str) -> pd.DataFrame:
    """As `Reader.compare_groups`."""
    columns = [by, "current", "base", "change", "is_sure"]
    sides = sides_of(reader, where, kind)
    if sides is None:
        return pd.DataFrame(columns=columns)
    groups = _joined(sides, [measure], [by])
    groups = groups.assign(
        current=groups[measure], base=groups[f"{measure}_base"], change=groups[measure] - groups[f"{measure}_base"]
    )
    groups["is_sure"] = _are_sure(sides, sides.measures[measure], by, groups)
    return groups.sort_values(["change", by], ascending=[False, True], ignore_index=True)[columns]


def _are_sure(sides: Sides, measure: Measure, by: str, groups: pd.DataFrame) -> Any:
    """Per row whether its change is beyond chance, at 5 % for all rows together."""
    known = groups["change"].notna().sum()
    if groups.empty or measure.is_snapshot:
        return np.full(len(groups), False)
    if measure.quantile:
        return _hours_are_sure(sides, measure, by, groups, int(known))
    days = _reference(sides, [measure.name], (by,), pd.Index(groups[by]))
    told = small.errors_of(sides.now, sides.current, by, groups[by])
    if measure.is_ratio:
        now, then = (
            {f"{measure.name}__{part}": groups[f"{measure.name}{side}__{part}"].fillna(0.0) for part in ("num", "den")}
            for side in ("", "_base")
        )
        error = _error_of(measure, now, then, days, told)
    else:
        length = sides.between.length
        counts = (groups["current"].to_numpy(float), groups["base"].to_numpy(float) / length)
        error = chance.error_of_count(*counts, length, days.excess(measure), told)
    change, usual = groups["change"].to_numpy(float), days.usual(sides.between) if not measure.is_ratio else 1.0
    beyond = change - (usual - 1) * groups["base"].to_numpy(float)  # what the weekdays do not make by themselves
    return (np.minimum(abs(change), abs(beyond)) > days.limit(int(known)) * error) & (change * beyond > 0)


def _hours_are_sure(sides: Sides, measure: Measure, by: str, groups: pd.DataFrame, rows: int) -> Any:
    """As `_are_sure`, of quantiles of the handling time: their intervals are widened for so many rows."""
    shares, error = (measure.quantile or 0.0,), pd.Series(0.0, index=groups[by])
    for reader, where in ((sides.now, sides.current), (sides.then, sides.base)):
        found = quantiles(reader, shares, (by,), where).set_index(by).reindex(groups[by])
        half = np.maximum(found["high_0"] - found["hours_0"], found["hours_0"] - found["low_0"]) / Z
        error = error + half**2
    return groups["change"].abs().to_numpy(float) > chance.limit(10**6, rows) * np.sqrt(error.to_numpy(float))
