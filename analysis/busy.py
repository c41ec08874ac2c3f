"""Which hours of which weekday bring more than the same hours of other working days, beyond chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

LEAST_DAYS = 4  # of a weekday: fewer do not tell how much they scatter
LEAST_CASES = 30  # of a weekday's band in all
FALSE = 0.05  # the chance that of all that is looked through anything is named by chance


@dataclass(frozen=True)
class Busy:
    """`weekday`: 0 = Monday; `band`: its first hour; `more`: share above the other working days' mean, with its 95 %
    interval `low` to `high` (before the many that are looked through)."""

    weekday: int
    band: int
    more: float
    low: float
    high: float


def busy_bands(days: pd.DataFrame) -> list[Busy]:
    """The busiest first. `days`: cases; one row per working day (dates as index), one column per band.

    Null: every working day brings as many in the band, give or take its scatter. A ratio of means with quasi-Poisson
    variance and Student's quantile, Bonferroni over all weekdays and bands (so 5 % of quiet districts name any).
    Assumes days independent. Source: McCullagh, Nelder 1989, 6.2.
    """
    weekday = pd.DatetimeIndex(days.index).day_of_week.to_numpy()
    tested = [(day, band) for day in range(5) for band in days.columns if (weekday == day).sum() >= LEAST_DAYS]
    found = []
    for day, band in tested:
        mine, others = (
            days[band].to_numpy(dtype=float)[weekday == day],
            days[band].to_numpy(dtype=float)[weekday != day],
        )
        if mine.sum() < LEAST_CASES or others.sum() < LEAST_CASES:
            continue
        free = len(mine) + len(others) - 2
        scatter = sum(((part - part.mean()) ** 2).sum() / part.mean() for part in (mine, others)) / free
        spread = np.sqrt(max(scatter, 1.0) * (1 / mine.sum() + 1 / others.sum()))
        centre = np.log(mine.mean() / others.mean())
        if centre > spread * stdtrit(free, 1 - FALSE / len(tested)):
            half = spread * stdtrit(free, 0.975)
            found.append(Busy(day, int(band), *(float(np.expm1(centre + shift)) for shift in (0.0, -half, half))))
    return sorted(found, key=lambda busy: -busy.more)
