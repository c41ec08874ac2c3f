"""Quasi-Poisson regressions of many series at once, each step as R's `glm.fit` takes it.

The design is always the same: a level for each block of the season, and a straight trend. Its weighted least squares
have a closed form (means by block, one slope within them), so that no matrix is solved and thousands of series cost
one pass over an array.
"""

from __future__ import annotations

from dataclasses import dataclass

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

    def sums(self, values: Floats) -> Floats:
        """By block. Shape: weeks x series -> blocks x series."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=0))

    def spread(self, values: Floats) -> Floats:
        """A block's value at each of its weeks. Shape: blocks x series -> weeks x series."""
        return np.repeat(values, np.diff(self.starts, append=len(self.time)), axis=0)

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
    out = Regression(np.empty_like(count), np.empty_like(count), *np.zeros((2, len(series))), series < 0)
    eta = np.log(count + START)
    mean = np.exp(eta)
    positive = count + (count == 0)  # 0 times any logarithm is 0
    before = _deviance(count, positive, mean, prior)
    for step in range(ITERATIONS):
        weight = prior * mean
        weighted = weight * (eta - offset + count / mean - 1)
        whole = design.whole(weight)
        level = design.sums(weighted) / whole
        eta, last, slope = design.spread(level), level[-1], np.zeros(len(series))
        if trend:
            away, middle = design.centred(weight, whole)
            slope = (weighted * away).sum(axis=0) / (weight * away * away).sum(axis=0)
            eta, last = eta + slope * away, last + slope * (at - middle)
        eta = eta + offset
        mean = np.maximum(np.exp(eta), LEAST)
        after = _deviance(count, positive, mean, prior)
        done = np.abs(after - before) < EPSILON * (0.1 + np.abs(after))
        stop = done | (step == ITERATIONS - 1)
        before = after
        if stop.any():
            ready = series[stop]
            out.mean[:, ready], out.weight[:, ready] = mean[:, stop], weight[:, stop]
            out.level[ready], out.slope[ready], out.converged[ready] = last[stop], slope[stop], done[stop]
            go = ~stop
            series, at, before = series[go], at[go], before[go]
            count, positive, prior, offset, eta, mean = (
                part[:, go] for part in (count, positive, prior, offset, eta, mean)
            )
            if not len(series):
                break
    return out


def _deviance(count: Floats, positive: Floats, mean: Floats, prior: Floats) -> Floats:
    return np.asarray(2 * (prior * (count * np.log(positive / mean) - (count - mean))).sum(axis=0))


def _anscombe(count: Floats, found: Regression, phi: Floats, known: Floats, design: Design, trend: bool) -> Floats:
    """Standardised residuals. A week that the model fits by itself alone has none: R divides by zero there."""
    whole = design.whole(found.weight)
    leverage = 1 / design.spread(whole)
    if trend:
        away, _ = design.centred(found.weight, whole)
        leverage = leverage + away**2 / (found.weight * away**2).sum(axis=0)
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
    phi = _dispersion(count, found, shown, free)
    if reweight:
        away = _anscombe(count, found, phi, known, design, trend)
        far = away > weightsThreshold
        worth = known * np.where(far, 1 / np.where(far, away, 1.0) ** 2, 1.0)
        shown = worth * weeks / worth.sum(axis=0)
        found = regress(count, shown, offset, at, design, trend=trend)
        phi = _dispersion(count, found, found.weight, free)
    whole = design.whole(found.weight)
    variance, slope_p = 1 / whole[-1], np.full_like(free, np.nan)
    scale = (shown * ((count - found.mean) / found.mean) ** 2).sum(axis=0) / free
    if trend:
        from scipy.special import stdtr

        moved, middle = design.centred(found.weight, whole)
        spread = (found.weight * moved**2).sum(axis=0)
        variance = variance + (at - middle) ** 2 / spread
        slope_p = 2 * stdtr(free, -np.abs(found.slope) / np.sqrt(scale / spread))
    return Model(found.level, np.sqrt(scale * variance), phi, slope_p, converged)


def _dispersion(count: Floats, found: Regression, weight: Floats, free: Floats) -> Floats:
    """Pearson's, with the working weights of the last step; at least 1. NaN where no degree of freedom is left."""
    return np.maximum((weight * ((count - found.mean) / found.mean) ** 2).sum(axis=0) / free, 1.0)
