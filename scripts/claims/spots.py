"""Hot spots and candidates for weak spots, on maps and in lists where all that differs is chance, and others."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.hotspots import hot_spots
from analysis.weakness import candidates, weak_spots
from scripts.claims import Claim

HOT_SPOTS, WEAK_SPOTS = "聚集热点", "薄弱环节候选"
CASES = 700  # a cell's mean number of all cases
DRAWS = 199  # maps drawn for a test: fewer than on the page, which costs some power and no error
LEAST = {"least_signs": 2, "least_volume": 30}
Numbers = NDArray[np.float64]


@cache
def _cells() -> tuple[list[str], Numbers, Numbers]:
    """A district of 631 cells of about 350 metres, and how far north and east each lies (0..1)."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(39.93, 116.41, 9), 14))
    north, east = np.array([h3.cell_to_latlng(cell) for cell in cells]).T
    return cells, (north - north.min()) / np.ptp(north), (east - east.min()) / np.ptp(east)


def _calls(random: np.random.Generator, callers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The calls of so many callers, a fifth of whom call again: on average three times more."""
    again = random.binomial(callers, 0.2)
    more = random.negative_binomial(np.maximum(again, 1), 1 / 3) + again
    return np.asarray(callers + np.where(again > 0, more, 0))


def _sizes(random: np.random.Generator, unequal: bool) -> NDArray[np.int64]:
    if not unequal:
        return np.full(len(_cells()[0]), CASES)
    sizes = random.lognormal(0, 1, len(_cells()[0]))
    return np.asarray(np.maximum(sizes / sizes.mean() * CASES, 5).astype(int))


def _map(random: np.random.Generator, of: NDArray[np.int64], share: Numbers, repeat: bool = False) -> pd.DataFrame:
    """`repeat`: people call again, and the source does not say who called: nothing can be counted once."""
    cases = random.binomial(of, np.minimum(share, 0.95))
    if repeat:
        mine = _calls(random, cases)
        of, cases = mine + _calls(random, of - cases), mine
    return pd.DataFrame({"h3_cell": _cells()[0], "cases": cases.astype(float), "of": of.astype(float)})


def _slope(steepness: float) -> Numbers:
    """Shares that change smoothly over the district, by up to `steepness` up and down."""
    _, north, east = _cells()
    return (1 + steepness * np.sin(np.pi * (north - 0.5))) * (1 + steepness / 2 * np.sin(2 * np.pi * east))


def _nothing(
    world: str, share: float, *, unequal: bool = False, repeat: bool = False, slope: float = 0.0, differ: float = 0.0
) -> Claim:
    """`differ`: by what share of itself a cell's share differs from others by itself, as a standard deviation."""

    def trial(random: np.random.Generator) -> float:
        of, shares = _sizes(random, unequal), share * _slope(slope)
        if differ:
            shares = shares * random.gamma(differ**-2, differ**2, len(shares))
        return float((hot_spots(_map(random, of, shares, repeat), draws=DRAWS)["spot"] != "").any())

    return Claim(HOT_SPOTS, world, "比周边多（或少）：有任何一处", 0.0, 0.05, trial, few=30, many=200)


def _same_as_before(world: str, mean: float, *, growth: float, unequal: bool = True, repeat: bool = False) -> Claim:
    """A period and the one before it, in which every place has `growth` times as many."""

    def trial(random: np.random.Generator) -> float:
        usual = _sizes(random, unequal) / CASES * mean
        before, now = (random.poisson(usual * times) for times in (1.0, growth))
        if repeat:
            before, now = _calls(random, before), _calls(random, now)
        both = pd.DataFrame({"h3_cell": _cells()[0], "cases": now.astype(float), "of": (before + now).astype(float)})
        return float((hot_spots(both, surroundings=False, draws=DRAWS)["spot"] != "").any())

    return Claim(HOT_SPOTS, world, "比自己的过去多（或少）：有任何一处", 0.0, 0.05, trial, few=30, many=200)


def _planted(world: str, share: float, rings: int, times: float) -> Claim:
    """A cell, with so many rings around it, has `times` the share."""

    def trial(random: np.random.Generator) -> float:
        of, cells = _sizes(random, unequal=False), np.array(_cells()[0])
        there = np.isin(cells, h3.grid_disk(str(random.choice(cells)), rings))
        found = hot_spots(_map(random, of, share * np.where(there, times, 1.0)), draws=DRAWS)
        return float((found["spot"] == "热点").to_numpy()[there].any())

    return Claim(HOT_SPOTS, world, "比周边多：找到", 0.8, 1.0, trial, few=20, many=60)


def _leapt(world: str, mean: float, times: float) -> Claim:
    def trial(random: np.random.Generator) -> float:
        place = int(random.integers(len(_cells()[0])))
        before, now = (random.poisson(mean, len(_cells()[0])) for _ in range(2))
        now[place] = random.poisson(mean * times)
        both = pd.DataFrame({"h3_cell": _cells()[0], "cases": now.astype(float), "of": (before + now).astype(float)})
        return float(hot_spots(both, surroundings=False, draws=DRAWS)["spot"][lambda spots: spots == "热点"].index
                     .isin([place]).any())  # fmt: skip

    return Claim(HOT_SPOTS, world, "比自己的过去多：找到", 0.8, 1.0, trial, few=20, many=60)


def _groups(
    random: np.random.Generator, count: int, calls: float = 1.0, first: tuple[int, float] | None = None
) -> pd.DataFrame:
    """Groups of very different size whose callers are solved at 94 % and come again at 14 %, now as before.

    `calls`: a person's calls, geometric; all of them get one answer. `first`: the first group's cases and rate.
    """
    usual, rate = np.maximum(random.lognormal(0, 1.2, count) * 100, 1), np.full(count, 0.94)
    if first:
        usual[0], rate[0] = first
    columns: dict[str, Numbers] = {}
    for suffix in ("", "_base"):
        volume = random.poisson(usual)
        asked = random.binomial(volume, 0.8)
        unsolved = random.binomial(np.round(asked / calls).astype(int), 1 - rate)
        if calls > 1:
            more = random.negative_binomial(np.maximum(unsolved, 1), 1 / calls)
            unsolved = np.minimum(unsolved + np.where(unsolved > 0, more, 0), asked)
        columns |= {
            f"volume{suffix}": volume.astype(float),
            f"resolution_rate{suffix}": np.where(asked > 0, 1 - unsolved / np.maximum(asked, 1), np.nan),
        }
        if not suffix:
            columns |= {
                "resolution_rate__num": (asked - unsolved).astype(float),
                "resolution_rate__den": asked.astype(float),
                "repeat_share__num": random.binomial(volume, 0.14).astype(float),
                "repeat_share__den": volume.astype(float),
            }
    return pd.DataFrame({"group": np.arange(count), **columns})


def _named(frame: pd.DataFrame, calls: float = 1.0) -> pd.DataFrame:
    spots = weak_spots(frame, least_volume=LEAST["least_volume"], alike=2 * calls - 1)
    return candidates(spots, **LEAST)


def _list_of_nothing(world: str, count: int, calls: float = 1.0) -> Claim:
    def trial(random: np.random.Generator) -> float:
        return float(len(_named(_groups(random, count, calls), calls)) > 0)

    return Claim(WEAK_SPOTS, world, "有任何一个候选", 0.0, 0.05, trial, few=60, many=2000)


def _weak(world: str, said: str, low: float, high: float, tell: Callable[[pd.DataFrame], float | None]) -> Claim:
    """One group of 300 cases, 83 % of which are solved, among 400 groups."""

    def trial(random: np.random.Generator) -> float:
        told = None
        while told is None:
            told = tell(_named(_groups(random, 400, first=(300, 0.83))))
        return told

    return Claim(WEAK_SPOTS, world, said, low, high, trial, few=60, many=2000)


def _is_bounded(named: pd.DataFrame) -> float | None:
    """Whether the true number beyond the whole's, of callbacks made, is at least what is said; None if not named."""
    mine = named[named["group"] == 0]
    if mine.empty:
        return None
    return float(mine["at_least"].iloc[0] <= 0.14 * mine["resolution_rate__den"].iloc[0])


def _sign(world: str, said: str, goal: tuple[float, float], tell: Callable[[pd.DataFrame], float],
          change: Callable[[np.random.Generator, pd.DataFrame], None]) -> Claim:  # fmt: skip
    """One of the signs in a list of 400 groups, the first of which `change` may have made another."""

    def trial(random: np.random.Generator) -> float:
        frame = _groups(random, 400, first=(300, 0.94))
        change(random, frame)
        return tell(weak_spots(frame, least_volume=LEAST["least_volume"]))

    return Claim(WEAK_SPOTS, world, said, *goal, trial, few=60, many=2000)


def _as_before(random: np.random.Generator, frame: pd.DataFrame) -> None:
    """Volumes waver beyond chance, by 15 %; nothing else happens."""
    frame["volume"] = np.round(frame["volume"] * random.lognormal(0, 0.15, len(frame)))


def _first(frame: pd.DataFrame, column: str, value: float) -> None:
    """Give the first group another value."""
    values = frame[column].to_numpy(float).copy()
    values[0] = value
    frame[column] = values


def _come_again(random: np.random.Generator, frame: pd.DataFrame) -> None:
    cases = int(frame["repeat_share__den"].to_numpy()[0])
    _first(frame, "repeat_share__num", float(random.binomial(cases, 0.28)))


def _doubled(random: np.random.Generator, frame: pd.DataFrame) -> None:
    _as_before(random, frame)
    _first(frame, "volume", 2 * float(frame["volume_base"].to_numpy()[0]))
    _first(frame, "resolution_rate", float(frame["resolution_rate_base"].to_numpy()[0]) - 0.05)


def _any_with(sign: str) -> Callable[[pd.DataFrame], float]:
    return lambda spots: float(spots[sign].any())


def _first_has(sign: str) -> Callable[[pd.DataFrame], float]:
    return lambda spots: float(spots.loc[spots["group"] == 0, sign].iloc[0])


ALIKE, AS_MANY = "400 个组，重复率都是 14%", "400 个组，件数与比较期一样，各组参差一成半"
NEVER, MOSTLY = (0.0, 0.05), (0.8, 1.0)
ONE_WEAK = "400 个事项，一个 300 件、解决率 83%，其余 94%"
CLAIMS = [
    _nothing("各处占比都是 20%，单元一样大", 0.20),
    _nothing("占比 0.5%，单元大小悬殊", 0.005, unequal=True),
    _nothing("占比 3%，同一人反复来电而不知是谁", 0.03, repeat=True),
    _nothing("占比 0.5%，大小悬殊，同一人反复来电而不知是谁", 0.005, unequal=True, repeat=True),
    _nothing("占比 3%，自南向北、自西向东渐变一半", 0.03, unequal=True, slope=0.5),
    _nothing("占比 3%，单元之间本有四分之一的参差", 0.03, unequal=True, differ=0.25),
    _planted("占比 3%，7 个单元 1.7 倍", 0.03, 1, 1.7),
    _planted("占比 3%，1 个单元 2.5 倍", 0.03, 0, 2.5),
    _same_as_before("每单元约 20 件，全区增长三成", 20, growth=1.3),
    _same_as_before("每单元约 5 件，同一人反复来电而不知是谁", 5, growth=1.0, repeat=True),
    _leapt("每单元约 20 件，1 个单元 4 倍", 20, 4.0),
    _list_of_nothing("17 个组，都一样", 17),
    _list_of_nothing("400 个组，都一样", 400),
    _list_of_nothing("400 个组，都一样，每人来电 1.3 次、答复相同", 400, 1.3),
    _weak(ONE_WEAK, "列为候选", 0.8, 1.0, lambda named: float((named["group"] == 0).any())),
    _sign(ALIKE, "有任何一组“重复多”", NEVER, _any_with("again"), lambda random, frame: None),
    _sign(f"{ALIKE}，一组 300 件里 28%", "这一组“重复多”", MOSTLY, _first_has("again"), _come_again),
    _sign(AS_MANY, "有任何一组“在恶化”", NEVER, _any_with("worse"), _as_before),
    _sign(f"{AS_MANY}，一组从 300 件翻一番、解决率低了", "这一组“在恶化”", MOSTLY, _first_has("worse"), _doubled),
    _weak(ONE_WEAK, "列出时，真的多出不少于“至少多出”", 0.95, 1.0, _is_bounded),
]
