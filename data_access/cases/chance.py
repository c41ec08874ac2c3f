"""How far a figure moves by chance alone. Pure: frames in, frames out.

Counts vary more than a Poisson count does and rates more, or less, than a binomial one: by a factor that is measured on
the days of the past (quasi-Poisson; McCullagh & Nelder 1989), from what each day differs from the same weekday a week
before, so that neither weekdays nor a slow rise count as chance. A figure is then judged by its error and the normal
distribution, with Student's wider tails for the days that there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
WEEK = 7
LEAST_DAYS = 21  # of which 14 have a day a week before
CONFIDENCE = 0.95


def limit(days: int, rows: int = 1) -> float:
    """How many errors a change may be off by chance: 95 % for so many rows together (Bonferroni 1936).

    Student's quantile for the pairs of days, by Cornish & Fisher's expansion.
    """
    normal = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / max(rows, 1))
    # Each day stands in two pairs: they tell about two thirds of what as many pairs of their own would.
    freedom = max(2 * (days - WEEK) / 3, 4.0)
    wider = normal + (normal**3 + normal) / (4 * freedom)
    return wider + (5 * normal**5 + 16 * normal**3 + 3 * normal) / (96 * freedom**2)


def excess_of_counts(days: Numbers) -> Numbers:
    """Variance ÷ mean of daily counts, by group, at least 1; NaN where the days are too few. `days`: days × groups."""
    if len(days) < LEAST_DAYS:
        return np.full(days.shape[1], np.nan)
    apart, both = days[WEEK:] - days[:-WEEK], days[WEEK:] + days[:-WEEK]
    whole = _ratio((apart**2).sum(), both.sum(), 1.0)
    # A group of few cases tells little of its own: at least what all tell together.
    own = _ratio((apart**2).sum(axis=0), both.sum(axis=0), 1.0)
    return np.maximum(np.maximum(own, whole if days.shape[1] > 1 else 1.0), 1.0)


def excess_of_rates(numerators: Numbers, denominators: Numbers) -> Numbers:
    """Variance of a rate ÷ the binomial one, by group, at least 1; NaN where the days are too few.

    Both: days × groups. Answers that count in part vary less than a yes or a no; their interval is on the safe side.
    """
    if len(numerators) < LEAST_DAYS:
        return np.full(numerators.shape[1], np.nan)
    rates = _ratio(numerators.sum(axis=0), denominators.sum(axis=0), 0.5)
    beyond = numerators - rates * denominators
    apart, both = beyond[WEEK:] - beyond[:-WEEK], denominators[WEEK:] + denominators[:-WEEK]
    binomial = rates * (1 - rates) * both.sum(axis=0)
    whole = _ratio((apart**2).sum(), binomial.sum(), 1.0)
    return np.maximum(np.maximum(_ratio((apart**2).sum(axis=0), binomial, whole), whole), 1.0)


def between_days(numerators: Numbers, denominators: Numbers, scale: float = 1.0) -> float:
    """The share of a rate's variance that is between the days it is made of, 0..1: the old days' rate is another.

    So much of it moves as the number of cases does, not as their answers do.
    """
    total = denominators.sum()
    if not total:
        return 0.0
    rates = _ratio(numerators / scale, denominators, 0.0)
    rate = float((numerators / scale).sum() / total)
    between = float((denominators * (rates - rate) ** 2).sum() / total)
    by_chance = float((rates * (1 - rates)).sum() / total)  # days of few cases differ by themselves
    return float(np.clip((between - by_chance) / (rate * (1 - rate)), 0.0, 1.0)) if 0 < rate < 1 else 0.0


def _ratio(numerator: Numbers, denominator: Numbers, otherwise: Numbers | float) -> Numbers:
    return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), otherwise)


def error_of_ratio(now: Numbers, then: Numbers, excess: Numbers, told: Numbers | float = 0.0) -> Numbers:
    """The error of the logarithm of now ÷ then, of counts. `told`, here and below: the mean square by which a count
    may be off because it is told in steps (data_access/cases/small.py)."""
    now, then = now + 0.5, then + 0.5
    return np.sqrt(excess * (1 / now + 1 / then) + told * (1 / now**2 + 1 / then**2))


def error_of_count(now: Numbers, then: Numbers, length: float, excess: Numbers, told: Numbers | float = 0.0) -> Numbers:
    """The error of now − length × then, of counts as they came in."""
    return np.sqrt(excess * (now + length**2 * then + 1) + told * (1 + length**2))


def error_of_rate(numerator: Numbers, denominator: Numbers, excess: Numbers, told: Numbers | float = 0.0) -> Numbers:
    """The error of a rate 0..1. One yes and one no more, or a rate of 100 % would have none (Agresti & Coull 1998)."""
    rate, of = (numerator + 1) / (denominator + 2), np.where(denominator > 0, denominator, np.nan)
    rate = np.minimum(rate, 1.0)  # told in steps, a part may be as large as its whole
    return np.sqrt(excess * rate * (1 - rate) / of + told * (1 + rate**2) / of**2)


def error_between(now: Sequence[Numbers], daily: Sequence[Numbers]) -> float:
    """The error of one figure less another's, each as chancy as its own days are. NaN where the days are too few.

    `now`: the two counts, or of two rates 0..1 the numerators and the denominators; `daily`: the same, days × 2. Counts
    are the first's share of both: what makes a day large for both (weather, a holiday) sets them no further apart.
    """
    if len(daily) > 1:
        return float(np.hypot(*error_of_rate(now[0], now[1], excess_of_rates(*daily))))
    excess = excess_of_rates(daily[0][:, :1], daily[0].sum(axis=1, keepdims=True))
    return float(error_of_count(now[0][:1], now[0][1:], 1.0, excess)[0])


def by_day(frame: pd.DataFrame, day: str, by: str, value: str, days: pd.DatetimeIndex, groups: pd.Index) -> Numbers:
    """Days × groups of a column; 0 where there was no case. `groups`: the values of `by` that are asked for."""
    wide = np.zeros((len(days), len(groups)))
    (when, times), (whose, names) = (pd.factorize(frame[name], use_na_sentinel=False) for name in (day, by))
    rows, columns = days.get_indexer(pd.Index(times))[when], groups.get_indexer(pd.Index(names))[whose]
    asked = (rows >= 0) & (columns >= 0)
    np.add.at(wide, (rows[asked], columns[asked]), np.nan_to_num(frame[value].to_numpy(float)[asked]))
    return wide
