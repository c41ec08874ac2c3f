"""Counts whose variance is a multiple of their mean: negative binomial, and Poisson where the multiple is 1."""

from __future__ import annotations

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
    # The answer lies above `low` and not above `high`; steps double until both are known, then halve.
    enough = _reaches(p, start, mean, phi)
    low, high = np.where(enough, -1.0, start), np.where(enough, start, np.inf)
    step = np.maximum(np.floor(start / 1e6), 1.0)
    while (wide := (high - low > 1) & (low < high * (1 - PRECISION))).any():
        gap = high[wide] - low[wide]
        up = np.isinf(gap)
        probe = np.where(up, low[wide] + step[wide], high[wide] - np.minimum(step[wide], np.ceil(gap / 2)))
        enough = _reaches(p, probe, mean[wide], phi[wide])
        high[wide], low[wide] = np.where(enough, probe, high[wide]), np.where(enough, low[wide], probe)
        step[wide] *= 2
    found[known] = high
    return found


def _reaches(p: float, count: Floats, mean: Floats, phi: Floats) -> Bools:
    return np.asarray(tail(count + 1, mean, phi) <= 1 - p * (1 - ROUNDING))
