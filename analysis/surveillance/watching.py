"""Thousands of series looked at together: each against what it is usually, and how many would stand out by chance.

A series is a class at a place; `parent` says of which wider series it is a part. Classes and streets have a season of
their own, all else follows its parent's (analysis/surveillance/pooled.py).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.surveillance.distribution import quantile, tail
from analysis.surveillance.pooled import Curve, recent, seasonal
from analysis.surveillance.today import LEAST_DAYS, against_comparable_days

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
Bools = NDArray[np.bool_]
WEEK = 365.25 / 7  # periods a year
GAP, BACK = 3, 26  # weeks that may belong to the surge, and weeks before them that tell a part's level
LEAST_WEEKS = 10  # before the gap; fewer do not tell how much weeks scatter
WINDOWS = {"week": 1, "fortnight": 2}
RISEN = 0.01  # p of a wider series below which its parts are set against its present level
QUIET_DAYS = 7  # the last days are no comparable days: a surge must not be its own reference
FAR = 4.0  # times the scatter by which a comparable day is an outbreak of the past, and left out
# Of the false alarms that are allowed: what part each window has, and how often a week it is looked at afresh (windows
# that overlap from day to day tell nearly the same). Set by the measured number of false events, docs/methods.md: the
# parts make 0.8, with which there were 2.1 false events a week where 2 are allowed (84 weeks); with 1.0 2.4.
SHARES = {"fortnight": 0.36, "week": 0.28, "day": 0.08, "hour": 0.08}
LOOKS = {"fortnight": 1.0, "week": 2.0, "day": 7.0, "hour": 14.0}


def weekly(counts: Floats, calendar: Floats, parent: Ints, local: Bools) -> pd.DataFrame:
    """The last one and two weeks of every series. Grain: one row per window and series.

    `counts`: weeks x series, the last one being judged. `calendar`: weeks x what makes weeks differ. `parent`: the
    position of the series whose season a series follows, -1 for its own. `local`: it is a place of its parent's, and
    is set against the parent's present level where that has risen. Columns window, series (position), observed,
    expected, phi (variance ÷ mean, with the doubt of the expectation), p (of so many or more, one-sided). Empty with
    too few weeks.
    """
    if len(counts) < GAP + LEAST_WEEKS:
        return pd.DataFrame(columns=["window", "series", "observed", "expected", "phi", "p"])
    own, part = np.flatnonzero(parent < 0), np.flatnonzero(parent >= 0)
    mean, doubt, phi = np.empty_like(counts), np.empty(len(parent)), np.empty(len(parent))

    def keep(at: Ints, curve: Curve) -> None:
        mean[:, at], doubt[at], phi[at] = curve.mean, curve.doubt, curve.phi

    keep(own, seasonal(counts[:, own], calendar, gap=GAP, year=WEEK))
    # A part of a part comes after what it is a part of.
    for depth in (parent[part] < len(own), parent[part] >= len(own)):
        at = part[depth]
        keep(at, recent(counts[:, at], mean[:, parent[at]], doubt[parent[at]], gap=GAP, back=BACK))
    frames = []
    for window, weeks in WINDOWS.items():
        observed, expected = counts[-weeks:].sum(axis=0), mean[-weeks:].sum(axis=0)
        expected = expected * _risen(observed, expected, phi + doubt * expected, parent, local)
        told = {"observed": observed, "expected": expected, "phi": phi + doubt * expected}
        p = tail(observed, expected, told["phi"])
        frames.append(pd.DataFrame({"window": window, "series": np.arange(len(parent)), **told, "p": p}))
    return pd.concat(frames, ignore_index=True)


def _risen(observed: Floats, expected: Floats, phi: Floats, parent: Ints, local: Bools) -> Floats:
    """By how much the rest of its parent is above its usual level, for a place whose parent is; 1 for all else."""
    above = np.maximum(parent, 0)
    rest = (observed[above] - observed, np.maximum(expected[above] - expected, 0.5))
    risen = local & (parent >= 0) & (tail(observed, expected, phi)[above] <= RISEN)
    return np.where(risen, np.maximum(rest[0] / rest[1], 1.0), 1.0)


def daily(now: Floats, past: Floats, least: int) -> pd.DataFrame:
    """A day's counts against comparable days. Grain: one row per series with at least `least` cases.

    `now`: by series; `past`: comparable days x series. Columns series, observed, expected, phi, p. Empty with too few
    days.
    """
    at = np.flatnonzero(now >= least)
    if len(past) < LEAST_DAYS or not len(at):
        return pd.DataFrame(columns=["series", "observed", "expected", "phi", "p"])
    usual = without_outbreaks(past[:, at])
    found = against_comparable_days(usual, now[at])
    mean = found["expected"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = np.nanvar(usual, axis=0, ddof=1) / mean
    phi = np.where(mean > 0, np.maximum(phi, 1.0), 1.0)
    return found[["observed", "expected", "p"]].assign(series=at, phi=phi)


def without_outbreaks(past: Floats) -> Floats:
    """Days x series, unknown where a day had so many more than the middle of them that something must have happened."""
    middle = np.nanmedian(past, axis=0)
    limit = middle + FAR * np.sqrt(np.maximum(middle, 1.0)) + 2
    # Only a few: a series that is often so busy is like that.
    far = (past > limit) & ((past > limit).mean(axis=0) <= 0.2)
    return np.where(far, np.nan, past)


def bounds(expected: Floats, phi: Floats, chance: float) -> Floats:
    """The least count that has at most that chance to be exceeded."""
    return quantile(1 - chance, np.maximum(expected, 1e-9), np.maximum(phi, 1.0))


def limits(windows: pd.Series, groups: pd.Series, sizes: dict[str, int], shares: dict[str, float], a_week: float
           ) -> Floats:  # fmt: skip
    """The p at which each series and window is an alarm, so that `a_week` false ones are to be expected at most.

    `groups`: of series; `shares`: what part of the false alarms each group has; `sizes`: how many series are in it.
    Within a group and window every series has the same limit. Source: weighted testing, Genovese, Roeder, Wasserman
    2006.
    """
    by_window = windows.map({name: SHARES[name] / LOOKS[name] for name in SHARES}).to_numpy(float)
    by_group = groups.map({name: shares[name] / max(sizes.get(name, 1), 1) for name in shares}).to_numpy(float)
    return np.asarray(a_week * by_window * by_group)
