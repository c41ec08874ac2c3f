"""Quasi-Poisson regressions of many series at once, each step as R's `glm.fit` takes it.

The design is always the same: a level for each block of the season, and a straight trend. Its weighted least squares
have a closed form (means by block, one slope within them), so that no matrix is solved and thousands of series cost
one pass over an array.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

# R's glm.control: the change of the deviance at which it stops, and how often it tries.
EPSILON, ITERATIONS = 1e-8, 25
START = 0.1  # quasipoisson()$initialize: the first mean is the count and a tenth
LEAST = float(np.finfo(float).eps)  # of a mean; R's log link goes no lower
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """Which block of the season each reference week belongs to, and when it was.

    Weeks are sorted by block; the week to be predicted belongs to the last one. `starts`: the first row of each block.
    `time`: periods since the predicted week (negative), by week.
    """

    starts: NDArray[np.int_]
    time: Floats

    @cached_property
    def sizes(self) -> NDArray[np.int_]:
        return np.diff(self.starts, append=len(self.time))

    def sums(self, values: Floats) -> Floats:
        """By block. Shape: weeks x series -> blocks x series."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=0))

    def spread(self, values: Floats) -> Floats:
        """A block's value at each of its weeks. Shape: blocks x series -> weeks x series."""
        return np.repeat(values, self.sizes, axis=0)

    def whole(self, weight: Floats) -> Floats:
        """The weight of each block; 1 for a block without any, so that what is divided by it stays 0."""
        whole = self.sums(weight)
        return np.where(whole > 0, whole, 1.0)

    def centred(self, weight: Floats, whole: Floats) -> tuple[Floats, Floats]:
        """Each week's time from the mean time of its block, and that of the last block. Weeks x series, series."""
        middle = self.sums(weight * self.time[:, None]) / whole
        return self.time[:, None] - self.spread(middle), middle[-1]


@dataclass(frozen=True)
class Regression:
    """`mean`: the fitted counts; `weight`: those of the last step. Shape: weeks x series. Of series: `level`, the
    logarithm of the count at the predicted week, without offset; `slope`, its change per period; `converged`.
    """

    mean: Floats
    weight: Floats
    level: Floats
    slope: Floats
    converged: Bools


@dataclass(frozen=True)
class Model:
    """Of series. `level`, `se`: the logarithm of the expected count without offset, and its standard error; `phi`: the
    variance in multiples of the mean, at least 1; `slope_p`: the p-value of the trend, NaN without one; `converged`.
    """

    level: Floats
    se: Floats
    phi: Floats
    slope_p: Floats
    converged: Bools


def regress(count: Floats, prior: Floats, offset: Floats, at: Floats, design: Design, *, trend: bool) -> Regression:
    """Iteratively reweighted least squares; what has not converged is given as it stands after the last step.

    `prior`: weights, 0 for a week that is unknown; `offset`: of the logarithm. Shape: weeks x series. `at`: where each
    series' trend is read, in the design's time.
    """
    series = np.arange(count.shape[1])
    level, slope = np.zeros((2, len(series)))
    out = Regression(np.empty_like(count), np.empty_like(count), level, slope, series < 0)
    eta, positive = np.log(count + START), count + (count == 0)  # 0 times any logarithm is 0
    mean = np.exp(eta)
    beyond, before = _deviance(count, positive, mean, prior)
    waiting = np.ones(len(series), dtype=bool)
    for step in range(ITERATIONS):
        weight = prior * mean
        eta -= offset
        eta *= weight
        eta += prior * beyond  # the working response times its weight
        whole = design.whole(weight)
        level = design.sums(eta) / whole
        last, slope = level[-1], np.zeros(len(series))
        if trend:
            away, middle = design.centred(weight, whole)
            slope = _dot(eta, away) / _dot(weight, away**2)
            last = last + slope * (at - middle)
            away *= slope
        eta = design.spread(level) + offset
        if trend:
            eta += away
        mean = np.maximum(np.exp(eta), LEAST)
        beyond, after = _deviance(count, positive, mean, prior)
        done = np.abs(after - before) < EPSILON * (0.1 + np.abs(after))
        before = after
        stop = waiting & (done | (step == ITERATIONS - 1))
        if stop.any():
            ready = series[stop]
            out.mean[:, ready], out.weight[:, ready] = mean[:, stop], weight[:, stop]
            out.level[ready], out.slope[ready], out.converged[ready] = last[stop], slope[stop], done[stop]
            waiting &= ~stop
        if not waiting.any():
            break
        if 2 * waiting.sum() < len(waiting):  # to leave some out costs as much as a step
            series, at, before = series[waiting], at[waiting], before[waiting]
            count, positive, prior, offset, eta, mean, beyond = (
                part[:, waiting] for part in (count, positive, prior, offset, eta, mean, beyond)
            )
            waiting = waiting[waiting]
    return out


def _deviance(count: Floats, positive: Floats, mean: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """The counts less their means, and the deviance of each series."""
    beyond = count - mean
    gain = np.log(positive / mean)
    gain *= count
    gain -= beyond
    return beyond, 2 * _dot(prior, gain)


def _dot(left: Floats, right: Floats) -> Floats:
    """The sum of the products. Shape: weeks x series -> series."""
    return np.asarray(np.einsum("ij,ij->j", left, right))


def _anscombe(count: Floats, found: Regression, phi: Floats, known: Floats, design: Design, trend: bool) -> Floats:
    """Standardised residuals. A week that the model fits by itself alone has none: R divides by zero there."""
    whole = design.whole(found.weight)
    leverage = 1 / design.spread(whole)
    if trend:
        away, _ = design.centred(found.weight, whole)
        leverage = leverage + away**2 / _dot(found.weight, away**2)
    free = known - found.weight * leverage
    alone = free <= 10 * LEAST
    raw = 1.5 * (np.cbrt(count) ** 2 * found.mean ** (-1 / 6) - np.sqrt(found.mean))
    return np.where(alone, 0.0, raw / np.sqrt(phi * np.where(alone, 1.0, free)))


def model(
    count: Floats,
    known: Floats,
    offset: Floats,
    at: Floats,
    design: Design,
    *,
    trend: bool,
    reweight: bool,
    weightsThreshold: float,
) -> Model:
    """algo.farrington.fitGLM.flexible with the prediction: fitted, past outbreaks weighed down, fitted again.

    `known`: 1, or 0 for a week without a count. The standard error and the p-value use R's dispersion of the final
    model, whose working weights R has by then replaced with those against outbreaks.
    """
    weeks = known.sum(axis=0)
    blocks = design.sums(known) > 0
    free = weeks - blocks.sum(axis=0) - trend
    # R stops where nothing is left to tell the scatter from, or the predicted week's block is unknown or the only one.
    sound = (free > 0) & blocks[-1] & (blocks.sum(axis=0) >= min(len(design.starts), 2))
    free = np.where(sound, free, np.nan)
    found = regress(count, known, offset, at, design, trend=trend)
    converged, shown = found.converged, found.weight
    phi = np.maximum(_scatter(count, found, shown) / free, 1.0)
    if reweight:
        away = _anscombe(count, found, phi, known, design, trend)
        far = away > weightsThreshold
        worth = known * np.where(far, 1 / np.where(far, away, 1.0) ** 2, 1.0)
        shown = worth * weeks / worth.sum(axis=0)
        found = regress(count, shown, offset, at, design, trend=trend)
        phi = np.maximum(_scatter(count, found, found.weight) / free, 1.0)
    whole = design.whole(found.weight)
    variance, slope_p = 1 / whole[-1], np.full_like(free, np.nan)
    scale = _scatter(count, found, shown) / free
    if trend:
        from scipy.special import stdtr

        moved, middle = design.centred(found.weight, whole)
        spread = _dot(found.weight, moved**2)
        variance = variance + (at - middle) ** 2 / spread
        slope_p = 2 * stdtr(free, -np.abs(found.slope) / np.sqrt(scale / spread))
    return Model(found.level, np.sqrt(scale * variance), phi, slope_p, converged)


def _scatter(count: Floats, found: Regression, weight: Floats) -> Floats:
    """The weighted squares of the working residuals: Pearson's statistic, with the weights of the last step."""
    return _dot(weight, ((count - found.mean) / found.mean) ** 2)
