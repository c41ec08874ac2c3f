"""The effect of a matter (成效) where nothing was done, and where cases truly fell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.effects import (
    BLOCK,
    FELL,
    UNCERTAIN,
    Estimate,
    difference_of_rates,
    ratio,
    ratio_of_ratios,
    ratio_of_sums,
    standardised,
)  # fmt: skip
from scripts.claims import Claim

PLACES, DAYS, GAP, AFTER, RECENT = 40, 728, 90, 60, 60
SEASONS = np.array([0.0, 0.3, 0.8, 1.5])  # of the classes: how far a year's wave goes, on the log scale
STAYS = 0.8  # of a drift, from one week to the next
CALM, LIVELY = (0.01, 0.0), (0.10, 0.05)  # how much a place's weeks waver, and drift, beside chance
Pick = Callable[[np.ndarray, np.ndarray, np.random.Generator], int]


def _counts(random: np.random.Generator, cases: float, life: tuple[float, float]) -> np.ndarray:
    """Cases by place, class and day: places of different size and mix, whose weeks waver and drift by themselves.

    `cases`: of a place in AFTER days, on average.
    """
    weeks, (noise, drifts) = DAYS // 7, life
    drift = np.zeros((PLACES, weeks))
    drift[:, 0] = random.normal(0, drifts, PLACES)
    for week in range(1, weeks):
        drift[:, week] = STAYS * drift[:, week - 1] + random.normal(0, drifts * (1 - STAYS**2) ** 0.5, PLACES)
    wavering = np.repeat(random.gamma(noise**-2, noise**2, (PLACES, weeks)) * np.exp(drift), 7, axis=1)
    season = np.exp(SEASONS[:, None] * np.cos(2 * np.pi * (np.arange(DAYS) - random.integers(365)) / 365))
    mix = random.dirichlet(np.ones(len(SEASONS)), PLACES)
    size = cases / AFTER * random.gamma(4, 0.25, PLACES)
    expected = size[:, None, None] * mix[:, :, None] * (season / season.mean(axis=1, keepdims=True))[None]
    return random.poisson(expected * wavering[:, None, :])


def _any(recent: np.ndarray, before: np.ndarray, random: np.random.Generator) -> int:
    return int(random.integers(PLACES))


def _of_200(recent: np.ndarray, before: np.ndarray, random: np.random.Generator) -> int:
    return int(np.argmin(np.abs(before - 200)))


def _most_risen(recent: np.ndarray, before: np.ndarray, random: np.random.Generator) -> int:
    return int(np.argmax((recent - before) / np.sqrt(recent + before + 1)))


def _highest(recent: np.ndarray, before: np.ndarray, random: np.random.Generator) -> int:
    return int(np.argmax(recent))


def _estimate(
    random: np.random.Generator,
    pick: Pick,
    cases: float,
    left: float = 1.0,
    life: tuple[float, float] = LIVELY,
    in_season: bool = False,
) -> Estimate:
    """A matter's effect in such a world. `left`: of its cases after the end, the share that still comes. `in_season`:
    it is opened when the class with the strongest season is at its height, and picked by that class alone."""
    counts = _counts(random, cases, life)
    first, last = 420, DAYS - AFTER - 60
    chosen, opened = counts.sum(axis=1), int(random.integers(first, last))
    if in_season:
        chosen = counts[:, -1]
        height = np.convolve(chosen.sum(axis=0), np.ones(RECENT), "full")[:DAYS]  # of the days up to each
        opened = first + int(np.argmax(height[first:last]))
    ended = opened + int(random.integers(14, 60))
    recent, before = (chosen[:, end - RECENT : end].sum(axis=1) for end in (opened, opened - RECENT))
    place = pick(recent, before, random)
    mine = counts[place].astype(float)
    mine[:, ended:] = random.binomial(counts[place][:, ended:], left)
    others = counts.sum(axis=0) - counts[place]
    number = (opened - GAP) // BLOCK
    parts = []
    for daily in (mine, others):
        history = daily[:, opened - GAP - number * BLOCK : opened - GAP].reshape(len(SEASONS), number, BLOCK)
        parts.append(np.column_stack([history.sum(axis=2), daily[:, ended : ended + AFTER].sum(axis=1)]))
    control = standardised(parts[0], parts[1], number)
    counted = parts[0].sum(axis=0)
    return ratio_of_ratios(counted[:-1], control[:-1], counted[-1], control[-1])


def _rates(random: np.random.Generator, change: float) -> Estimate:
    """Of 20 blocks of 60 callbacks and 130 after, in a place whose rate wavers by 2 points from block to block."""
    called = random.poisson(60, 20).astype(float)
    solved = random.binomial(called.astype(int), np.clip(random.normal(0.9, 0.02, 20), 0, 1)).astype(float)
    after = int(random.poisson(130))
    now = float(random.binomial(after, np.clip(random.normal(0.9 + change, 0.014), 0, 1)))
    control = tuple((float(random.binomial(many, 0.92)), float(many)) for many in (20_000, 2_000))
    return difference_of_rates(solved, called, (now, float(after)), control)


def _said(world: str, pick: Pick, cases: float, in_season: bool = False) -> Claim:
    def trial(random: np.random.Generator) -> float:
        return _estimate(random, pick, cases, in_season=in_season).verdict != UNCERTAIN

    return Claim("成效", f"什么也没做，{world}", "说下降或上升", 0.0, 0.05, trial, 60, 2000)


def _covered(world: str, pick: Pick, cases: float, left: float) -> Claim:
    def trial(random: np.random.Generator) -> float:
        estimate = _estimate(random, pick, cases, left)
        return estimate.low <= left <= estimate.high

    return Claim("成效", world, "95% 区间含真值", 0.93, 0.97, trial, 60, 2000)


def _care(random: np.random.Generator, left: float = 1.0) -> Estimate:
    """Callers of very different habits; who calls six times in half a year is picked, and some of them get a plan."""
    habits = random.gamma(0.4, 2.5, 4000)
    before, after = random.poisson(habits), random.poisson(habits)
    picked = np.flatnonzero(before >= 6)
    planned = random.random(len(picked)) < 0.3
    others = picked[~planned]
    as_others = before[picked[planned]] * (after[others].sum() / before[others].sum())
    return ratio_of_sums(random.binomial(after[picked[planned]], left).astype(float), as_others, len(others))


def _year(random: np.random.Generator, left: float = 1.0, cases: float = 100) -> Estimate:
    """A topic's eleven months of two years, which waver by a tenth from month to month; both years' seasons are one."""
    season = np.exp(0.5 * np.cos(2 * np.pi * (np.arange(11) - random.integers(12)) / 12))
    lively = random.gamma(100, 0.01, (2, 11)) * season * cases
    return ratio(random.poisson(lively[0] * left).astype(float), random.poisson(lively[1]).astype(float))


def _rate_covered(random: np.random.Generator) -> float:
    estimate = _rates(random, 0.0)
    return estimate.low <= 0 <= estimate.high


CLAIMS = [
    _said("随便选的", _any, 100),
    _said("选近两个月升得最多的", _most_risen, 100),
    _said("选近两个月件数最多的", _highest, 100),
    _said("选件数最多的，件数大", _highest, 1000),
    _said("当季最旺时选当季那一类最多的", _highest, 100, in_season=True),
    _covered("什么也没做，两个月约 100 件", _any, 100, 1.0),
    _covered("真的少了三成，两个月约 200 件", _of_200, 200, 0.7),
    Claim("成效", "真的少了三成，两个月约 200 件，各周只有偶然的起伏", "说下降", 0.8, 1.0,
          lambda random: _estimate(random, _of_200, 200, 0.7, CALM).verdict == FELL, 60, 2000),
    Claim("成效", "真的少了三成，两个月约 500 件", "说下降", 0.8, 1.0,
          lambda random: _estimate(random, _any, 500, 0.7).verdict == FELL, 60, 2000),
    Claim("成效", "解决率没有变", "说下降或上升", 0.0, 0.05, lambda random: _rates(random, 0.0).verdict != UNCERTAIN),
    Claim("成效", "每月一题：与上年一样", "说下降或上升", 0.0, 0.05, lambda random: _year(random).verdict != UNCERTAIN),
    Claim("成效", "每月一题：比上年少两成，每月约 100 件", "说下降", 0.8, 1.0,
          lambda random: _year(random, 0.8).verdict == FELL),
    Claim("成效", "一网情深：计划没有用", "说下降或上升", 0.0, 0.05, lambda random: _care(random).verdict != UNCERTAIN),
    Claim("成效", "一网情深：来电少了三成，约 50 份计划", "说下降", 0.8, 1.0,
          lambda random: _care(random, 0.7).verdict == FELL),
    Claim("成效", "解决率没有变", "95% 区间含真值", 0.93, 0.97, _rate_covered),
]  # fmt: skip
