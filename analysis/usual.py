"""The usual range of a day's figure: what the same days before it had, give or take what such days were off by.

A count is expected to be the median of the eight same weekdays before it, so that one outbreak does not lift what is
usual; a rate is expected to be that of the 56 days before it. How far a day may be off is not assumed but counted: 95
of 100 days of the past year were no further off, in units of the figure's own chance (split conformal prediction: Vovk
2005, Lei 2018). Holidays and storms of that year widen the range; what it holds of days to come is measured in
docs/methods.md.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.kept import kept

WEEK, WEEKS = 7, 8
PAST = 364  # days that tell how far one may be off
LEAST = 90  # of them; of fewer no 95 of 100 is told
HELD = 0.95
Numbers = NDArray[np.float64]
EMPTY = 5.0  # cases a day below which a count's range says nothing


@kept
def usual_range(value: pd.Series, among: pd.Series | None, shown: int) -> pd.DataFrame:
    """The last `shown` days beside their range. Columns: value, low, high (NaN: cannot be told); index: the days.

    `value`: one figure a day without gaps, NaN where unknown. `among`: of a rate (0..1 or 0..100), how many cases each
    day's is made of; None for a count.
    """
    figures = value.to_numpy(float)
    expected, chance = _of_count(figures) if among is None else _of_rate(figures, among.to_numpy(float))
    off = (np.abs(figures - expected) / chance)[:-shown][-PAST:]
    half = chance * _reach(off[~np.isnan(off)])
    bounded = {"value": figures, "low": np.maximum(expected - half, 0.0), "high": expected + half}
    return pd.DataFrame({name: column[-shown:] for name, column in bounded.items()}, index=value.index[-shown:])


def _of_count(value: Numbers) -> tuple[Numbers, Numbers]:
    weeks = np.full((WEEKS, len(value)), np.nan)
    for ago in range(1, WEEKS + 1):
        weeks[ago - 1, WEEK * ago :] = value[: -WEEK * ago]
    expected = np.median(weeks, axis=0)
    return expected, np.sqrt(np.where(expected >= EMPTY, expected, np.nan))


def _of_rate(value: Numbers, among: Numbers) -> tuple[Numbers, Numbers]:
    known = ~np.isnan(value)
    whole, cases = (_before(np.where(known, of, 0.0)) for of in (value * among, among))
    return whole / np.where(cases > 0, cases, np.nan), 1 / np.sqrt(np.where(among > 0, among, np.nan))


def _before(days: Numbers) -> Numbers:
    """By day the sum of the days before it; NaN where there are not as many."""
    upto, span = np.concatenate([[0.0], np.cumsum(days)]), WEEK * WEEKS
    return np.concatenate([np.full(min(span, len(days)), np.nan), upto[span:-1] - upto[: -span - 1]])


def _reach(off: Numbers) -> float:
    """The distance within which so many of the past days were; NaN where they are too few."""
    rank = math.ceil((len(off) + 1) * HELD)
    return float(np.sort(off)[rank - 1]) if len(off) >= LEAST else math.nan
