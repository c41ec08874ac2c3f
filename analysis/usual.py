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

from analysis.kept import kept

WEEK, WEEKS = 7, 8
PAST = 364  # days that tell how far one may be off
LEAST = 90  # of them; of fewer no 95 of 100 is told
HELD = 0.95
EMPTY = 5.0  # cases a day below which a count's range says nothing


@kept
def usual_range(value: pd.Series, among: pd.Series | None, shown: int) -> pd.DataFrame:
    """The last `shown` days beside their range. Columns: value, low, high (NaN: cannot be told); index: the days.

    `value`: one figure a day without gaps, NaN where unknown. `among`: of a rate (0..1 or 0..100), how many cases each
    day's is made of; None for a count.
    """
    expected, chance = _of_count(value) if among is None else _of_rate(value, among)
    off = ((value - expected).abs() / chance).iloc[:-shown].tail(PAST).dropna()
    half = chance * _reach(off)
    low, high = expected - half, expected + half
    bounded = pd.DataFrame({"value": value, "low": low.clip(lower=0.0), "high": high})
    return bounded.tail(shown)


def _of_count(value: pd.Series) -> tuple[pd.Series, pd.Series]:
    weeks = pd.concat([value.shift(WEEK * ago) for ago in range(1, WEEKS + 1)], axis=1)
    expected = weeks.median(axis=1).where(weeks.notna().all(axis=1))
    return expected, np.sqrt(expected.where(expected >= EMPTY))


def _of_rate(value: pd.Series, among: pd.Series) -> tuple[pd.Series, pd.Series]:
    days = WEEK * WEEKS
    whole = (value * among).fillna(0.0).shift(1).rolling(days).sum()
    cases = among.where(value.notna(), 0.0).shift(1).rolling(days).sum()
    return whole / cases.where(cases > 0), 1 / np.sqrt(among.where(among > 0))


def _reach(off: pd.Series) -> float:
    """The distance within which so many of the past days were; NaN where they are too few."""
    rank = math.ceil((len(off) + 1) * HELD)
    return float(np.sort(off)[rank - 1]) if len(off) >= LEAST else math.nan
