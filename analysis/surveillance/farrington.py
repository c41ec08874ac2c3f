"""Weekly surges by quasi-Poisson regression on the same weeks of past years (Farrington 1996, Noufaily 2013)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.surveillance.distribution import quantile, tail
from analysis.surveillance.fitting import LEAST, Bools, Floats, Model, model
from analysis.surveillance.reference import STEPS, Seasons, Window
from analysis.surveillance.series import Counts, flags, long_frame, matrix, periods

FIT_FUN = "algo.farrington.fitGLM.flexible"
POWERS = {"2/3": 2 / 3, "1/2": 1 / 2, "none": 1.0}
METHODS = ("delta", "nbPlugin", "muan")
TREND_YEARS = 3  # a trend of fewer is not told from a good and a bad year
# What is unknown or has no fit divides by nothing, and stays NaN.
NOTHING: Any = {"over": "ignore", "divide": "ignore", "invalid": "ignore"}
AT_ONCE = 24_000  # cells of weeks x series: what a processor's own memory holds


@dataclass(frozen=True)
class Control:
    """R's control list, by its names; `farrington_flexible` says what they mean."""

    b: int = 5
    w: int = 3
    reweight: bool = True
    weightsThreshold: float = 2.58
    alpha: float = 0.05
    trend: bool = True
    pThresholdTrend: float = 0.05
    limit54: tuple[int, int] = (5, 4)
    powertrans: str = "2/3"
    fitFun: str = FIT_FUN
    populationOffset: bool = False
    noPeriods: int = 1
    pastWeeksNotIncluded: int | None = None
    thresholdMethod: str = "delta"
    verbose: bool = False
    glmWarnings: bool = False

    def __post_init__(self) -> None:
        choices = {
            "thresholdMethod": (self.thresholdMethod, METHODS),
            "powertrans": (self.powertrans, tuple(POWERS)),
            "fitFun": (self.fitFun, (FIT_FUN,)),
        }
        for name, (value, allowed) in choices.items():
            if value not in allowed:
                raise ValueError(f"{name} 应为 {'、'.join(allowed)} 之一，现为 {value}")
        cases, past = self.limit54
        bounds = {
            "b 至少为 1": self.b >= 1,
            "w 不能为负": self.w >= 0,
            "noPeriods 至少为 1": self.noPeriods >= 1,
            "alpha 应在 0 与 1 之间": 0 < self.alpha < 1,
            "weightsThreshold 应大于 0": self.weightsThreshold > 0,
            "pastWeeksNotIncluded 不能为负": (self.pastWeeksNotIncluded or 0) >= 0,
            "limit54 应为（件数 ≥ 0，期数 > 0）": cases >= 0 and past > 0,
        }
        broken = [rule for rule, holds in bounds.items() if not holds]
        if broken:
            raise ValueError("；".join(broken))


def farrington_flexible(
    observed: Counts,
    *,
    range: Sequence[int] | None = None,
    freq: int = 52,
    epoch: Sequence[Any] | NDArray[Any] | pd.Series | pd.DatetimeIndex | None = None,
    population: Sequence[float] | NDArray[Any] | pd.Series | pd.DataFrame | None = None,
    **control: Any,
) -> pd.DataFrame:
    """Which weeks have more than the same weeks of past years bear: R's surveillance::farringtonFlexible.

    `observed`: counts by period, NaN for unknown; a table has a column for each series, and all are judged together.
    `range`: the periods to judge, from 1; all with `b` years and `w` periods before them unless given. `freq`: periods
    a year. `epoch`: the date of each period: with it, the same week a year before is found by date (nearest same
    weekday; freq 52, 12 or 365), as in R where epochs are dates; without it, `freq` periods before. `population`: of
    each period (and series), for populationOffset.

    `control`, by R's names and with R's defaults (see `Control`): b years back, of each 2 w + 1 periods; noPeriods > 1
    takes the rest of the year as well, in so many blocks with levels of their own; pastWeeksNotIncluded periods before
    the one judged are left out (w unless given). trend: fitted, and kept with b ≥ 3, p < pThresholdTrend, and an
    expectation no higher than all reference counts. reweight: weeks whose Anscombe residual s exceeds weightsThreshold
    weigh s⁻². thresholdMethod: delta (normal after powertrans), nbPlugin (negative binomial quantile), muan (the same
    at the upper end of the expectation's interval), each at 1 - alpha. limit54: no alarm, and neither expected nor
    upperbound shown, with fewer than 5 cases in 4 periods.

    Gives k, observed, expected, upperbound (cases per period), alarm (unknown where no fit converged), score, pvalue
    (of a count so high), trend (kept or not), mu0 and phi (variance ÷ mean); series stands before k for a table.
    R gives an error for the whole run where one fit has nothing to tell a scatter from; here it is that week's alarm
    that is unknown. Raises ValueError for a history that is too short and for a control outside its bounds.

    The null: counts with variance phi x mean around a level that returns every year, with a straight trend of its
    logarithm; weeks independent. Source: Farrington et al. 1996; Noufaily et al. 2013; Salmon et al. 2016.
    """
    how = Control(**control)
    counts, names = matrix(observed)
    seasons = _seasons(how, len(counts), freq, epoch)
    ks = periods(range, freq * how.b + how.w + 1, len(counts)) - 1
    if ks[0] + 1 < how.limit54[1] - 1:
        raise ValueError(f"第 {ks[0] + 1} 期之前不足 limit54 的 {how.limit54[1]} 期")
    offset = _log_population(population, counts.shape) if how.populationOffset else np.zeros_like(counts)
    fits = {name: np.full((len(ks), counts.shape[1]), np.nan) for name in ("level", "se", "phi", "trend")}
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # numpy lets go of the lock where it computes
        jobs = [
            threads.submit(_fit, counts, offset, window, part, how, ks, fits)
            for window in seasons.windows(ks)
            for part in _parts(window, counts.shape[1])
        ]
        for job in jobs:
            job.result()
    return _judged(counts, offset, ks, names, how, fits)


def _seasons(how: Control, length: int, freq: int, epoch: Any) -> Seasons:
    skipped = how.w if how.pastWeeksNotIncluded is None else how.pastWeeksNotIncluded
    dates = None
    if epoch is not None:
        dates = pd.DatetimeIndex(epoch).to_numpy(dtype="datetime64[D]")
        if freq not in STEPS:
            raise ValueError(f"按日期找同期，freq 应为 52（周）、12（月）或 365（日），现为 {freq}")
        if len(dates) != length or length < 2 or (np.diff(dates).astype(int) <= 0).any():
            raise ValueError("epoch 应与 observed 一样长，从早到晚，不重复")
    return Seasons(length, how.b, how.w, how.noPeriods, skipped, freq, dates)


def _log_population(population: Any, shape: tuple[int, ...]) -> Floats:
    """Its logarithm, periods x series; 0 where none is given, as for equal shares."""
    if population is None:
        return np.zeros(shape)
    people, _ = matrix(population)
    if (people <= 0).any() or len(people) != shape[0] or people.shape[1] not in (1, shape[1]):
        raise ValueError("population 应与 observed 一样大，且都大于 0")
    return np.broadcast_to(np.log(people), shape)


def _parts(window: Window, series: int) -> Iterator[NDArray[np.int_]]:
    """All pairs of a period and a series of a window, numbered period by period, in parts that a cache holds."""
    pairs = np.arange(len(window.ks) * series)
    yield from np.array_split(pairs, -(-len(pairs) * len(window.before) // AT_ONCE))


@np.errstate(**NOTHING)
def _fit(
    counts: Floats,
    offset: Floats,
    window: Window,
    part: NDArray[np.int_],
    how: Control,
    ks: NDArray[np.int_],
    fits: dict[str, Floats],
) -> None:
    """Writes level, se, phi and trend of these pairs; NaN stays where R has no fit."""
    now, series = window.ks[part // counts.shape[1]], part % counts.shape[1]
    rows = window.before[:, None] + now
    past, moved = counts[rows, series], offset[rows, series]
    there = ~np.isnan(past)
    known = there & ~np.isnan(moved)
    at, most = window.read_at(there), np.where(there, past, -np.inf).max(axis=0)
    past, moved = np.where(known, past, 0.0), np.where(known, moved, 0.0)

    def fitted(some: Bools, trend: bool) -> Model:
        return model(
            past[:, some],
            known[:, some].astype(float),
            moved[:, some],
            at[some],
            window.design,
            trend=trend,
            reweight=how.reweight,
            weightsThreshold=how.weightsThreshold,
        )

    def write(some: Bools, found: Model, trend: float) -> None:
        where = np.searchsorted(ks, now[some]), series[some]
        for name, values in (("se", found.se), ("phi", found.phi), ("trend", trend)):
            fits[name][where] = np.where(found.converged, values, np.nan)
        level = np.where(found.converged, found.level, -np.inf)  # an expectation of 0, as R leaves it
        fits["level"][where] = np.where(np.isnan(found.phi), np.nan, level)

    plain = every = np.ones(len(part), dtype=bool)
    if how.trend and how.b >= TREND_YEARS:
        found = fitted(every, True)
        expected = np.exp(found.level + offset[now, series])
        # A p-value of 1 is a matter of rounding: a threshold of 1 keeps every trend.
        straight = (found.slope_p < how.pThresholdTrend) | (how.pThresholdTrend >= 1)
        plain = ~(found.converged & straight & (expected <= most))
        write(every, found, 1.0)
    if plain.any():
        write(plain, fitted(plain, False), 0.0)


@np.errstate(**NOTHING)
def _judged(
    counts: Floats,
    offset: Floats,
    ks: NDArray[np.int_],
    names: list[Any] | None,
    how: Control,
    fits: dict[str, Floats],
) -> pd.DataFrame:
    now, eta = counts[ks], fits["level"] + offset[ks]
    cases, past = how.limit54
    recent = sum(np.where((ks >= back)[:, None], counts[np.maximum(ks - back, 0)], 0.0) for back in np.arange(past))
    enough = recent >= cases
    threshold, least = (_delta, LEAST) if how.thresholdMethod == "delta" else (_negative_binomial, 0.0)
    upper, pvalue, score, mu0 = threshold(now, eta, fits["se"], fits["phi"], how)
    shown, failed = enough & ~np.isnan(upper), eta == -np.inf
    columns = {
        "observed": now,
        "expected": np.where(failed, 0.0, np.where(shown, np.maximum(np.exp(eta), least), np.nan)),
        "upperbound": np.where(shown, upper, np.nan),
    }
    frame = long_frame(ks + 1, names, columns)
    frame["alarm"] = flags((score > 1) & enough & (now != 0), np.isfinite(eta))
    frame["score"], frame["pvalue"] = score.ravel(order="F"), pvalue.ravel(order="F")
    frame["trend"] = flags(fits["trend"] == 1, np.isfinite(eta))
    return frame.assign(mu0=mu0.ravel(order="F"), phi=fits["phi"].ravel(order="F"))


def _delta(now: Floats, eta: Floats, se: Floats, phi: Floats, how: Control) -> tuple[Floats, Floats, Floats, Floats]:
    """Upperbound, p-value, score and R's mu0, from a normal distribution of the count to a power."""
    from scipy.special import ndtr, ndtri

    mean, power, z = np.maximum(np.exp(eta), LEAST), POWERS[how.powertrans], ndtri(1 - how.alpha)
    error = se * mean
    sd = power * np.sqrt(mean ** (2 * power - 1) * (phi + error**2 / mean))
    upper = np.fmax((mean**power + z * sd) ** (1 / power), (mean**power - z * sd) ** (1 / power))
    pvalue = ndtr((mean**power - now**power) / sd)
    return upper, pvalue, (now - mean) / (upper - mean), np.exp(mean + z * error)


def _negative_binomial(
    now: Floats, eta: Floats, se: Floats, phi: Floats, how: Control
) -> tuple[Floats, Floats, Floats, Floats]:
    """Upperbound, p-value, score and mu0, from a count whose variance is phi times its mean; Poisson where phi is 1.

    The score is R's: its expectation is on the log scale, which is above 1 exactly where the count is over the bound.
    """
    from scipy.special import ndtri

    mu0 = np.exp(eta + (0 if how.thresholdMethod == "nbPlugin" else ndtri(1 - how.alpha)) * se)
    upper = quantile(1 - how.alpha, mu0, phi)
    return upper, tail(now, mu0, phi), (now - eta) / (upper - eta), mu0
