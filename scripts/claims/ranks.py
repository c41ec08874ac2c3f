"""Places in a league of the three rates: their bands, the interval of 满意率, who is called better or worse than half.

The worlds are like the demo's: as many units and callbacks, scores that differ as much (standard deviation 0.6 points
between streets, 1.2 between departments), answers to 解决 and 满意 that go together (correlation 0.69).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from analysis.league import halves, mean_interval, rank_bands, ranks
from data_access.district.models import Scoring
from scripts.claims import Claim

METHOD = "名次区间"
# Valid callbacks of a month, by unit.
STREETS = np.array([143, 316, 325, 420, 430, 442, 455, 468, 501, 508, 585, 592, 599, 604, 642, 838, 1003])
DEPARTMENTS = np.array(
    [17, 20, 22, 41, 45, 46, 48, 54, 56, 59, 66, 93, 101, 118, 124, 154, 163, 171, 182, 186, 252, 265, 284, 298, 309,
     366, 438, 454, 488, 497, 536, 562, 700, 847, 867]
)  # fmt: skip
WEEKS = 4.3  # in a month
SOLVED = 0.936  # share of callbacks
# Shares of satisfied, basically satisfied and dissatisfied among those whose demand was solved, and was not.
IF_SOLVED, IF_NOT = np.array([0.902, 0.093, 0.005]), np.array([0.38, 0.04, 0.58])
CONTACTED = 0.993
NEAR, FAR = 0.14, 0.27  # standard deviation of the units' log odds of a solution: streets, departments
GRADES = np.array([1.0, 0.9, 0.0])

FEW, MANY = 20, 250  # worlds; each has 17 or 35 units

Noise = Callable[[np.random.Generator, int], np.ndarray]


def normal(random: np.random.Generator, units: int) -> np.ndarray:
    return random.standard_normal(units)


def heavy(random: np.random.Generator, units: int) -> np.ndarray:
    """A few units far from the rest, standard deviation 1."""
    return random.standard_t(3, units) / 3**0.5


def rules(decimals: int | None = None) -> Scoring:
    return Scoring(
        valid_from=date(2022, 1, 1), response=0.1, resolution=0.5, satisfaction=0.4, partly_resolved=0.0,
        grades={"满意": 1.0, "基本满意": 0.9}, small_sample=30, decimals=decimals, note="",
    )  # fmt: skip


def world(
    random: np.random.Generator, sizes: np.ndarray, apart: float, noise: Noise = normal
) -> tuple[pd.DataFrame, pd.Series]:
    """The tally of each unit's callbacks by points, and the units' true scores."""
    callbacks = random.poisson(sizes).clip(1)
    odds = SOLVED / (1 - SOLVED) * np.exp(apart * noise(random, len(sizes)))
    solved = (odds / (1 + odds))[:, None]
    shares = np.hstack([solved * IF_SOLVED, (1 - solved) * IF_NOT])
    shares = np.hstack([CONTACTED * shares, (1 - CONTACTED) * shares])
    response, resolution, satisfaction = np.repeat([1, 0], 6), np.tile(np.repeat([1, 0], 3), 2), np.tile(GRADES, 4)
    points = rules().composite(response, resolution, satisfaction)
    tally = pd.DataFrame(random.multinomial(callbacks, shares), columns=points.round(9)).T.groupby(level=0).sum().T
    return tally.astype(float), pd.Series(shares @ points)


def _said(
    world_of: Callable[[np.random.Generator], tuple[pd.DataFrame, pd.Series]], scoring: Scoring
) -> Callable[[np.random.Generator], tuple[pd.DataFrame, pd.Series, pd.Series]]:
    """Of one world: the bands that the league shows, the true places, and the places of the table."""

    def say(random: np.random.Generator) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
        tally, truth = world_of(random)
        volume = tally.sum(axis=1) * 1.4
        score = tally.mul(tally.columns.to_numpy(dtype=float)).sum(axis=1) / tally.sum(axis=1)
        place = ranks(score, volume, scoring)
        return rank_bands(tally, place, volume, scoring), ranks(truth, volume, scoring), place

    return say


def _held(bands: pd.DataFrame, place: pd.Series) -> float:
    return float(((bands["best"] <= place) & (place <= bands["worst"])).mean())


def _of_bands(
    about: str, sizes: np.ndarray, apart: float, noise: Noise = normal, decimals: int | None = None, least: int = 0
) -> Claim:
    """`least`: units with fewer callbacks are not placed, as in the league."""

    def of(random: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
        tally, truth = world(random, sizes, apart, noise)
        enough = tally.sum(axis=1) >= least
        return tally[enough], truth[enough]

    say = _said(of, rules(decimals))

    def trial(random: np.random.Generator) -> float:
        bands, truth, _ = say(random)
        return _held(bands, truth)

    return Claim(METHOD, about, "真实名次在“可能名次”里的单位", 0.87, 0.97, trial, FEW, MANY)


def _of_ends(about: str, sizes: np.ndarray, apart: float) -> Claim:
    say = _said(lambda random: world(random, sizes, apart), rules())

    def trial(random: np.random.Generator) -> float:
        bands, truth, place = say(random)
        ends = place.isin([1, len(place)])
        return _held(bands[ends], truth[ends])

    return Claim(METHOD, about, "表上第一名、末一名的真实名次在其“可能名次”里", 0.87, 1.0, trial, FEW, MANY)


def _of_own(about: str, sizes: np.ndarray, apart: float) -> Claim:
    say = _said(lambda random: world(random, sizes, apart), rules())

    def trial(random: np.random.Generator) -> float:
        bands, _, place = say(random)
        return _held(bands, place)

    return Claim(METHOD, about, "自己的名次在“可能名次”里的单位", 1.0, 1.0, trial, FEW, MANY)


def _of_halves(about: str, apart: float, low: float, high: float, said: str, ends: int) -> Claim:
    """`ends`: so many at either end are looked at; 0: all, and any that stands out counts."""
    say = _said(lambda random: world(random, STREETS, apart), rules())

    def trial(random: np.random.Generator) -> float:
        bands, truth, _ = say(random)
        found, last = halves(bands), len(truth) - ends
        if not ends:
            return float((found != 0).mean())
        return float(np.concatenate([found[truth <= ends] == 1, found[truth > last] == -1]).mean())

    return Claim(METHOD, about, said, low, high, trial, FEW, MANY)


def _of_wrong_halves(about: str, sizes: np.ndarray, apart: float) -> Claim:
    say = _said(lambda random: world(random, sizes, apart), rules())

    def trial(random: np.random.Generator) -> float:
        bands, truth, _ = say(random)
        really = np.where(truth <= len(truth) / 2, 1, -1)
        found = halves(bands)
        return float((found == -really).sum() / max((found != 0).sum(), 1))

    return Claim(METHOD, about, "上色的单位里，真实名次在另一半的", 0.0, 0.05, trial, FEW, MANY)


def _of_satisfaction(callbacks: int, basically: float, grade: float) -> Claim:
    shares, grades = np.array([0.95 - basically, basically, 0.05]), np.array([1.0, grade, 0.0])
    truth = float(shares @ grades)

    def trial(random: np.random.Generator) -> float:
        low, high = mean_interval(
            pd.DataFrame(random.multinomial(callbacks, shares, 200), columns=grades).astype(float)
        )
        return float(((low <= truth) & (truth <= high)).mean())

    about = f"满意率 {truth:.1%}（基本满意占 {basically:.0%}、按 {grade} 计），每单位 {callbacks} 个回访"
    return Claim(METHOD, about, "95% 区间含真值", 0.93, 0.97, trial, few=40)


A_MONTH, DEPARTMENTS_MONTH, DEPARTMENTS_WEEK = "17 个街道一个月", "35 个部门一个月", "35 个部门一周"
CLAIMS = [
    _of_bands(A_MONTH, STREETS, NEAR),
    _of_bands(f"{A_MONTH}，成绩舍入到 0.1 分", STREETS, NEAR, decimals=1),
    _of_bands(DEPARTMENTS_MONTH, DEPARTMENTS, FAR),
    _of_bands(f"{DEPARTMENTS_MONTH}，少数相差很远", DEPARTMENTS, FAR, heavy),
    _of_bands(DEPARTMENTS_WEEK, DEPARTMENTS / WEEKS, FAR),
    _of_bands(f"{DEPARTMENTS_WEEK}，不足 30 个回访的不排", DEPARTMENTS / WEEKS, FAR, least=30),
    _of_ends(DEPARTMENTS_MONTH, DEPARTMENTS, FAR),
    _of_ends(DEPARTMENTS_WEEK, DEPARTMENTS / WEEKS, FAR),
    _of_own(A_MONTH, STREETS, NEAR),
    _of_own(DEPARTMENTS_WEEK, DEPARTMENTS / WEEKS, FAR),
    _of_halves(f"{A_MONTH}，其实没有差别", 0.0, 0.0, 0.05, "大屏上色的单位", 0),
    _of_wrong_halves(DEPARTMENTS_MONTH, DEPARTMENTS, FAR),
    _of_halves(f"{A_MONTH}，差别大四倍（标准差 2.5 分）", 4 * NEAR, 0.8, 1.0, "真正的前三、后三名大屏上色", 3),
    *(_of_satisfaction(callbacks, *of) for callbacks in (300, 50) for of in ((0.09, 0.9), (0.3, 0.6))),
]
