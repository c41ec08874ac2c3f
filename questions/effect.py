"""What a matter changed (成效): its cases after, beside the history before, and beside the same demands elsewhere.

Demands rise and fall with the season and the news, and what is chosen for being high falls by itself: so the history
ends before the stretch that led to the choice, and stands beside the same classes elsewhere; for a matter about a class
of the whole district, which has no elsewhere, beside the same cases a year before. All figures come from
`Reader.aggregate`, by day and class; analysis/effects.py judges them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from analysis.effects import BLOCK, Estimate, difference_of_rates, ratio_of_ratios, standardised
from data_access.cases import small
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Course, course, day_of
from data_access.district.programmes import Programme
from data_access.ledger.pen import cases_of

RATES = ("resolution_rate", "satisfaction_rate")
WATCHED = ("volume", *RATES)
SUMS = ("volume", *(f"{rate}__{part}" for rate in RATES for part in ("num", "den")))
# Without these, a filter means the same elsewhere.
PLACES = ("district", "street", "community", "h3_cell", "unit", "unit_type")
ELSEWHERE, YEAR_BEFORE = "别处同类诉求", "上年同期"
YEAR = 364  # days: whole weeks


def watched(reader: Reader, where: CaseFilter, by: tuple[str, ...]) -> CaseFilter:
    """What to watch where a matter names single cases: all cases that share their values of `by`.

    A single case does not come back: whether a decision helped shows in the cases like it.
    """
    if not by or not where.case_id:
        return where.replace(period=None)
    shared = reader.exact.aggregate(["volume"], list(by), CaseFilter(case_id=where.case_id))
    values = {name: tuple(sorted({value for value in shared[name] if value})) for name in by}
    if not any(values.values()):  # nothing that is shared: every case of the sources would be watched
        return where.replace(period=None)
    return CaseFilter(source=where.source, **values)  # type: ignore[arg-type]


def course_of(
    reader: Reader, programme: Programme, opened: datetime, ended: datetime | None, now: datetime | None = None
) -> Course | None:
    """The days that tell of a matter; None while there are none. `now`: what was known then (the newest data)."""
    if not reader.has_data:
        return None
    span = (reader.span[0], now or reader.as_of)
    return course(opened, ended, programme.effect_days, programme.effect_gap, span)


def effect_of(
    reader: Reader,
    programme: Programme,
    where: CaseFilter,
    opened: datetime,
    ended: datetime | None,
    now: datetime | None = None,
) -> pd.DataFrame | None:
    """The effect of a matter over its programme's days, as `effect` gives it; None while no day has passed."""
    days = course_of(reader, programme, opened, ended, now)
    seen = watched(reader, where, programme.effect_by)
    return effect(reader, seen, days, programme.effect_settled, now) if days else None


def measured(
    reader: Reader, programme: Programme, rows: pd.DataFrame, now: datetime | None = None
) -> dict[str, pd.DataFrame | None]:
    """Number of the matter -> the effect as `effect` gives it; None where nothing can be measured.

    `rows`: matters, with since: when each came into its stage. `now`: as in `course_of`.
    """
    effects: dict[str, pd.DataFrame | None] = {}
    for row in rows.to_dict("records"):
        where, ended = cases_of(row), row["since"] if programme.is_over(row["stage"]) else None
        known = effect_of(reader, programme, where, row["opened_at"], ended, now) if where else None
        effects[row["matter_id"]] = known
    return effects


def effect(
    reader: Reader, where: CaseFilter, days: Course, settled: int = 0, now: datetime | None = None
) -> pd.DataFrame:
    """Before and after. Grain: one row per measure of WATCHED.

    Columns: measure; before, after (cases a day, or the rate 0..1), before__num, before__den, after__num, after__den;
    control (ELSEWHERE or YEAR_BEFORE), control_change; value, low, high (how much more it changed than the control: a
    share of the volume, or a difference of rates, with its 95 % interval), verdict and reason as `Estimate` has them.
    Rates leave out what is younger than `settled` days at `now`.
    """
    first, alike = day_of(reader.span[0]), where.replace(**dict.fromkeys(PLACES, ()))
    begins, ends, over, until = (
        (moment - first).days for moment in (days.history.start, days.history.end, days.after.start, days.after.end)
    )
    exact = reader.exact
    together = exact.aggregate(WATCHED, ["day", "category3"], alike)
    classes = pd.Index(together["category3"].unique())
    everywhere = _daily(reader, together, classes, until)
    if alike != where:
        mine = _daily(reader, exact.aggregate(WATCHED, ["day", "category3"], where), classes, until)
        control, others = ELSEWHERE, {name: whole - mine[name] for name, whole in everywhere.items()}
    else:
        mine = everywhere
        control, others = YEAR_BEFORE, {name: _a_year_later(whole) for name, whole in mine.items()}
        begins = max(begins, YEAR + 1)  # the data's first day is not whole
    old = (day_of(now or reader.as_of) - first).days - settled
    volume = _Spans(begins, ends, over, until)
    rates = _Spans(begins, ends, over, max(min(until, old), over))
    rows = [_volume(mine, others, volume, mixed=control == ELSEWHERE)]
    rows += [_rate(name, mine, others, rates) for name in RATES]
    return _in_steps(reader, where, pd.DataFrame(rows)).assign(control=control)


def _in_steps(reader: Reader, where: CaseFilter, found: pd.DataFrame) -> pd.DataFrame:
    """The sums before and after, for whom small ones are withheld; a volume's denominator is days, not cases."""
    if not small.least_of(reader, where):
        return found
    days = {name: found[name].where(found["measure"] == "volume") for name in ("before__den", "after__den")}
    counts = [f"{when}__{part}" for when in ("before", "after") for part in ("num", "den")]
    found = small.rounded(reader, found, counts, "after__num", where=where, by=()).assign(
        **{name: lambda rows, name=name, kept=kept: kept.fillna(rows[name]) for name, kept in days.items()}
    )
    for when in ("before", "after"):
        whole = found[f"{when}__den"]
        found[when] = found[f"{when}__num"] / whole.where(whole > 0, np.nan)
    return found


@dataclass(frozen=True)
class _Spans:
    """Days since the data's first: the history's first and end, those after."""

    begins: int
    ends: int
    over: int
    until: int

    @property
    def count(self) -> int:
        """Blocks of the history; its oldest days, which fill no block, are left out."""
        return max((self.ends - self.begins) // BLOCK, 0)

    def summed(self, daily: np.ndarray) -> np.ndarray:
        """By class: the history's blocks, then all days after."""
        history = daily[:, self.ends - self.count * BLOCK : self.ends].reshape(len(daily), self.count, BLOCK)
        after = daily[:, self.over : self.until].sum(axis=1, keepdims=True)
        return np.hstack([history.sum(axis=2), after])


def _daily(reader: Reader, daily: pd.DataFrame, classes: pd.Index[Any], until: int) -> dict[str, np.ndarray]:
    """Sums by class and day since the data's first, by name of SUMS."""
    at = (daily["day"] - day_of(reader.span[0])).dt.days.to_numpy()
    place, known = classes.get_indexer(pd.Index(daily["category3"])), at < until
    sums = {name: np.zeros((len(classes), until)) for name in SUMS}
    for name, whole in sums.items():
        np.add.at(whole, (place[known], at[known]), daily[name].to_numpy(dtype=float)[known])
    return sums


def _a_year_later(daily: np.ndarray) -> np.ndarray:
    return np.pad(daily, ((0, 0), (YEAR, 0)))[:, : daily.shape[1]]


def _row(name: str, before: tuple[float, float], after: tuple[float, float], judged: Estimate) -> dict[str, object]:
    """`before`, `after`: numerator and denominator."""
    values = (numerator / whole if whole else np.nan for numerator, whole in (before, after))
    return {
        "measure": name, **dict(zip(("before", "after"), values, strict=True)),
        "before__num": before[0], "before__den": before[1], "after__num": after[0], "after__den": after[1],
        "value": judged.value, "low": judged.low, "high": judged.high, "verdict": judged.verdict,
        "reason": judged.reason,
    }  # fmt: skip


def _volume(
    mine: dict[str, np.ndarray], others: dict[str, np.ndarray], spans: _Spans, *, mixed: bool
) -> dict[str, object]:
    """`mixed`: the others have classes in other proportions, which are made alike."""
    own, whole = (spans.summed(daily["volume"]) for daily in (mine, others))
    control = standardised(own, whole, spans.count) if mixed else whole.sum(axis=0)
    counts, stretch = own.sum(axis=0), (spans.count * BLOCK, spans.until - spans.over)
    ratio = ratio_of_ratios(counts[:-1], control[:-1], counts[-1], control[-1])
    before, after = ((float(part.sum()), days) for part, days in zip((counts[:-1], counts[-1:]), stretch, strict=True))
    usual = control[:-1].sum() / stretch[0] if stretch[0] else 0.0
    change = (control[-1] / stretch[1]) / usual - 1 if usual else np.nan
    less_one = Estimate(ratio.value - 1, ratio.low - 1, ratio.high - 1, ratio.verdict, ratio.reason)
    return _row("volume", before, after, less_one) | {"control_change": change}


def _rate(name: str, mine: dict[str, np.ndarray], others: dict[str, np.ndarray], spans: _Spans) -> dict[str, object]:
    parts = [spans.summed(daily[f"{name}__{part}"]).sum(axis=0) for daily in (mine, others) for part in ("num", "den")]
    solved, called, others_solved, others_called = parts
    control = ((others_solved[:-1].sum(), others_called[:-1].sum()), (others_solved[-1], others_called[-1]))
    judged = difference_of_rates(solved[:-1], called[:-1], (solved[-1], called[-1]), control)
    rates = [numerator / whole if whole else np.nan for numerator, whole in control]
    before, after = (solved[:-1].sum(), called[:-1].sum()), (solved[-1], called[-1])
    return _row(name, before, after, judged) | {"control_change": rates[1] - rates[0]}
