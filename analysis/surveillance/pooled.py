"""Counts of many series with a short history: the season from the class, the level from the series' own recent past.

Two years give a street's class two weeks to tell the season from, too few for `farrington_flexible` (b = 1). Pooled
over the streets they are enough: `seasonal` fits every class of the whole district by a regression on the calendar, and
`recent` carries a part of it (a street, a community) along that curve from the level of its last weeks. Chosen against
others by measured error, docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS, TOLERANCE = 25, 1e-8
FAR = 2.58  # Anscombe residual beyond which a week is an outbreak of the past and weighs less (Noufaily 2013)
ROUNDS = 2  # of weighing them down
FLOOR = 1e-3  # of an expected count: an empty class expects nothing, and no logarithm of it is taken
PRIOR_SD = 1.0  # of a calendar effect's logarithm: a week of holidays does not make calls a thousandfold
MIDDLE = 0.455  # of a squared standard normal: half of them are smaller
SHARED = 10.0  # degrees of freedom that the other series' common scatter counts for beside a series' own


@dataclass(frozen=True)
class Curve:
    """What was expected. `mean`: periods x series; `doubt`: relative variance of the last period's expectation, and
    `phi`: variance ÷ mean of the counts, at least 1; both by series.
    """

    mean: Floats
    doubt: Floats
    phi: Floats


def seasonal(counts: Floats, calendar: Floats, *, gap: int, year: float = 0.0) -> Curve:
    """Quasi-Poisson regression of each series on the calendar; all series at once.

    `counts`: periods x series, the last period is the one to be judged. `calendar`: periods x whatever counts (days
    off, heating season, new year): centred here. `year`: periods a year; with it and a year of history two harmonics
    join, with two years a trend. `gap`: so many last periods tell nothing of what is usual. Effects other than the
    level are drawn to 0 by a normal prior, so that two columns that move together do no harm. Source: McCullagh, Nelder
    1989, 9.2; weights against past outbreaks as in Noufaily et al. 2013.
    """
    design = _design(calendar, len(counts), year)
    known = np.ones_like(counts)
    known[len(counts) - gap :] = 0
    weight = known
    for _ in range(ROUNDS + 1):
        mean, spread = _fit(counts, weight, design)
        phi = _scatter(counts, mean, weight, design.shape[1])
        weight = known * weighed(counts, mean, known)
    doubt = phi * np.einsum("p,spq,q->s", design[-1], spread, design[-1])
    return Curve(mean, doubt, phi)


def recent(counts: Floats, curve: Floats, doubt: Floats, *, gap: int, back: int) -> Curve:
    """Each series at its own level of the last `back` periods (before the gap), along a curve.

    `curve`: expected counts of what it is a part of, periods x series; `doubt`: relative variance of its last period.
    """
    stretch = slice(max(len(counts) - gap - back, 0), len(counts) - gap)
    mine, base = counts[stretch], np.maximum(curve[stretch], FLOOR)
    weight = np.ones_like(mine)
    for _ in range(ROUNDS + 1):
        level = (weight * mine).sum(axis=0) / np.maximum((weight * base).sum(axis=0), FLOOR)
        phi = _scatter(mine, np.maximum(level * base, FLOOR), weight, 1)
        weight = weighed(mine, np.maximum(level * base, FLOOR), np.ones_like(mine))
    mean = np.maximum(level * curve, FLOOR)
    total = np.maximum((weight * base).sum(axis=0) * level, 0.5)
    return Curve(mean, phi / total + doubt, phi)


def weighed(counts: Floats, mean: Floats, known: Floats) -> Floats:
    """1, and less for a period that had an outbreak: s⁻² where the Anscombe residual s is beyond FAR.

    The scatter is told by the middle one of the squared residuals, which an outbreak does not move.
    """
    squares = np.where(known > 0, (counts - mean) ** 2 / mean, np.nan)
    phi = np.maximum(np.nanmedian(squares, axis=0) / MIDDLE, 1.0)
    s = 1.5 * (counts ** (2 / 3) - mean ** (2 / 3)) / mean ** (1 / 6) / np.sqrt(phi)
    return np.where(s > FAR, 1 / np.maximum(s, FAR) ** 2, 1.0)


def _design(calendar: Floats, periods: int, year: float) -> Floats:
    """Level, calendar, harmonics, trend. The trend stands still at the last known period: it is not carried on."""
    time = np.arange(periods) - (periods - 1)
    columns = [np.ones(periods), *(calendar - calendar.mean(axis=0)).T]
    if year and periods >= year:
        turns = 2 * np.pi * time / year
        columns += [wave(order * turns) for order in (1, 2) for wave in (np.sin, np.cos)]
    if year and periods >= 2 * year - 2:
        columns.append(time / year)
    return np.stack(columns, axis=1)


def _fit(counts: Floats, weight: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Iteratively reweighted least squares with a normal prior. Means (periods x series), inverse information."""
    effects = design.shape[1]
    level = np.log(np.maximum((weight * counts).sum(axis=0) / weight.sum(axis=0), FLOOR))
    beta = np.zeros((counts.shape[1], effects))
    beta[:, 0] = level
    prior = np.diag([1e-6, *[1 / PRIOR_SD**2] * (effects - 1)])
    squares = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    for _ in range(STEPS):
        mean = np.exp(np.clip(beta @ design.T, -20, 20)).T
        worked = weight * mean
        information = (worked.T @ squares).reshape(-1, effects, effects) + prior
        slope = (weight * (counts - mean)).T @ design - beta @ prior
        step = np.linalg.solve(information, slope[:, :, None])[:, :, 0]
        beta += np.clip(step, -2, 2)
        if np.abs(step).max(initial=0.0) < TOLERANCE:
            break
    mean = np.exp(np.clip(beta @ design.T, -20, 20)).T
    information = ((weight * mean).T @ squares).reshape(-1, effects, effects) + prior
    return np.maximum(mean, FLOOR), np.asarray(np.linalg.inv(information))


def _scatter(counts: Floats, mean: Floats, weight: Floats, effects: int) -> Floats:
    """Variance ÷ mean of each series, drawn to what all series of its kind have in common; at least 1."""
    free = np.maximum((weight > 0).sum(axis=0) - effects, 1)
    own = (weight * (counts - mean) ** 2 / mean).sum(axis=0) / free
    usual = np.median(own[own > 0]) if (own > 0).any() else 1.0
    return np.maximum((free * own + SHARED * usual) / (free + SHARED), 1.0)
