"""Today's count by this hour against the same hours of comparable days, and what is left when many are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.surveillance.distribution import Floats, least_count, tail
from analysis.surveillance.series import Counts, flags, matrix

LEAST_DAYS = 5  # fewer do not tell how much the days scatter


def against_comparable_days(
    counts: Counts, observed: float | Sequence[float] | NDArray[Any] | pd.Series, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Whether so many cases by this hour are more, or fewer, than comparable days bear.

    `counts`: cases by the same hour of each comparable day (working days with working days, heating season with heating
    season: the caller's choice), NaN for unknown; a table has a column for each series. `observed`: today's, one for
    each series.

    Under the null today is one more such day. Were cases Poisson, today's part of the total would be binomial with
    chance 1 ÷ (days + 1): exact whatever their mean. Days scatter more than that: a negative binomial tail with
    Pearson's dispersion, times 1 + 1 ÷ days for a mean that so few tell, and Student's in place of the normal scale for
    the dispersion. The larger p-value counts.

    Gives days (known ones), observed, expected (their mean), low and high (the counts that today's lies between with
    `confidence`), p (of so many or more, one-sided), alarm (more than high; unknown with fewer than 5 days, as all
    else); series stands first for a table. Assumes days independent and alike: a trend or a weekday among them is
    scatter, and makes the interval wide. Below about one case a day, bursts that the few days happen not to show make
    p-values below 0.001 several times too frequent. Raises ValueError for another number of `observed` than of series.
    Source: Krishnamoorthy, Peng 2011 (a count given the total); McCullagh, Nelder 1989, 6.2 (dispersion).
    """
    past, names = matrix(counts)
    now = np.atleast_1d(np.asarray(observed, dtype=float))
    if now.shape != past.shape[1:]:
        raise ValueError(f"observed 应每个序列一个数：应有 {past.shape[1]} 个，现有 {now.size} 个")
    days = (~np.isnan(past)).sum(axis=0)
    total = np.nansum(past, axis=0)
    mean = np.divide(total, days, out=np.full(len(total), np.nan), where=days >= LEAST_DAYS)
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = np.nansum((past - mean) ** 2, axis=0) / mean / (days - 1)
    phi = np.where(total > 0, phi, 0.0)
    enough, rare = days >= LEAST_DAYS, (1 - confidence) / 2
    low, high, p = np.full((3, len(now)), np.nan)
    history = np.stack([total, days, phi])[:, enough]
    guess = np.round(mean[enough])
    high[enough] = least_count(lambda count, at: _tail(count, *history[:, at], upper=True) <= rare, guess) - 1
    low[enough] = least_count(lambda count, at: _tail(count, *history[:, at], upper=False) > rare, guess)
    known = enough & ~np.isnan(now)
    p[known] = _tail(now[known], total[known], days[known], phi[known], upper=True)
    frame = pd.DataFrame({} if names is None else {"series": names})
    frame = frame.assign(days=days, observed=now, expected=mean, low=low, high=high, p=p)
    return frame.assign(alarm=flags(now > high, known))


def _tail(count: Floats, total: Floats, days: Floats, phi: Floats, *, upper: bool) -> Floats:
    """The chance of so many or more today (or so few or fewer), given the cases of all days together."""
    from scipy.special import betainc, ndtri, stdtr

    share = 1 / (days + 1)
    if upper:
        exact = np.where(count > 0, betainc(count, total + 1, share), 1.0)
        scattered = tail(count, total / days, np.maximum(phi * (1 + 1 / days), 1.0))
    else:
        exact = np.where(total > 0, betainc(total, count + 1, 1 - share), 1.0)
        scattered = 1 - tail(count + 1, total / days, np.maximum(phi * (1 + 1 / days), 1.0))
    return np.where(phi > 0, np.maximum(exact, stdtr(days - 1, ndtri(scattered))), exact)


# The tails of sparse series are about a third too frequent: asked for this share, one in twenty worlds without anything
# has any (docs/methods.md).
FALSE = 0.035


def among_many(p: pd.Series, false_discoveries: float = FALSE) -> pd.DataFrame:
    """What is left of so many p-values that were looked at together; unknown ones stay unknown.

    Gives, in the index of `p`: by_chance (how many of them would be so small if nothing had happened anywhere), q (the
    share of false ones among those at most so large: Benjamini, Hochberg 1995) and kept (q at most `false_discoveries`:
    on average that share of what is kept is false). Holds for series that are independent or rise together.
    """
    from scipy.stats import false_discovery_control

    known = p.dropna()
    q = pd.Series(false_discovery_control(known) if len(known) else [], index=known.index, dtype=float)
    return pd.DataFrame(
        {"by_chance": p * len(known), "q": q.reindex(p.index), "kept": q.reindex(p.index) <= false_discoveries}
    )
