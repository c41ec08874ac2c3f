"""Counts whose variance is a multiple of their mean: negative binomial, and Poisson where the multiple is 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
    """The least count that is not exceeded with probability `p`. NaN for an unknown or infinite mean."""
    from scipy import stats

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spread = np.where(phi > 1, mean / (phi - 1), np.nan)
        found = np.where(phi > 1, stats.nbinom.ppf(p, spread, 1 / phi), stats.poisson.ppf(p, mean))
    return np.where(np.isfinite(mean), found, np.nan)
