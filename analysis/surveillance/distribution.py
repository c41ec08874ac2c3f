"""Counts whose variance is a multiple of their mean: negative binomial, and Poisson where the multiple is 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ROUNDING = 64 * float(np.finfo(float).eps)  # by which R lets a probability fall short
PRECISION = 1e-15  # of a quantile too large to be counted in ones


def tail(count: Floats, mean: Floats, phi: Floats) -> Floats:
    """The chance of so many or more. `phi`: variance ÷ mean, at least 1. NaN for an unknown or infinite mean."""
    from scipy.special import betainc, gammainc

    count, mean, phi = np.broadcast_arrays(np.floor(count + 1e-7), mean, phi)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(phi > 1, mean / (phi - 1), np.nan)
        over = np.where(phi > 1, betainc(count, spread, 1 - 1 / phi), gammainc(count, mean))
    over = np.where(count <= 0, 1.0, np.where(mean == 0, 0.0, over))
    return np.where(np.isfinite(mean) & ~np.isnan(count) & ~np.isnan(phi), over, np.nan)


def quantile(p: float, mean: Floats, phi: Floats) -> Floats:
    """The least count that is not exceeded with probability `p`. NaN for an unknown or infinite mean.

    Searched from the Cornish-Fisher approximation, as in R: scipy's nbinom.ppf ends the process at some large means.
    """
    from scipy.special import ndtri

    known = np.isfinite(mean) & ~np.isnan(phi)
    found = np.full(mean.shape, np.nan)
    mean, phi = mean[known], phi[known]
    sd, z = np.sqrt(mean * phi), ndtri(p)
    skew = np.divide(2 * phi - 1, sd, out=np.zeros_like(sd), where=sd > 0)
    start = np.maximum(np.floor(mean + sd * (z + skew * (z**2 - 1) / 6)), 0)
    most = 1 - p * (1 - ROUNDING)
    found[known] = least_count(lambda count, at: tail(count + 1, mean[at], phi[at]) <= most, start)
    return found


def least_count(enough: Callable[[Floats, Bools], Bools], start: Floats) -> Floats:
    """The least whole number from 0 that is enough, for each element; `start`: a guess.

    `enough`: of numbers and of the elements (a mask) that they are for; once a number is, all larger ones are.
    """
    # The answer lies above `low` and not above `high`; steps double until both are known, then halve.
    reached = enough(start, np.ones(start.shape, dtype=bool))
    low, high = np.where(reached, -1.0, start), np.where(reached, start, np.inf)
    step = np.maximum(np.floor(start / 1e6), 1.0)
    while (wide := (high - low > 1) & (low < high * (1 - PRECISION))).any():
        down = np.minimum(step[wide], np.ceil((high[wide] - low[wide]) / 2))
        probe = np.where(np.isinf(high[wide]), low[wide] + step[wide], high[wide] - down)
        reached = enough(probe, wide)
        high[wide], low[wide] = np.where(reached, probe, high[wide]), np.where(reached, low[wide], probe)
        step[wide] *= 2
    return high
