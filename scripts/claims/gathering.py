"""Places where more people than usual report one thing, in weeks where nothing happened and where something did."""

from __future__ import annotations

from functools import cache

import h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.gathering import gathered
from scripts.claims import Claim

METHOD, WEEKS, KINDS = "一事多诉", 26, 12
Numbers = NDArray[np.float64]


@cache
def _ground() -> tuple[list[str], NDArray[np.int64]]:
    """A quarter of 631 cells, and of each the cells of its place: itself and those around it that there are."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(39.93, 116.41, 10), 14))
    at = {cell: number for number, cell in enumerate(cells)}
    around = [[at[other] for other in h3.grid_disk(cell, 1) if other in at] for cell in cells]
    pairs = np.array([(place, cell) for place, inside in enumerate(around) for cell in inside])
    return cells, pairs


def _rates(random: np.random.Generator) -> Numbers:
    """Cases a week of each class in each cell: places differ in size and in what they complain of."""
    size, kinds = random.lognormal(0, 1, len(_ground()[0])), random.lognormal(0, 1.2, KINDS)
    return np.asarray(np.outer(size / size.mean(), kinds / kinds.mean()) * 0.08 * random.gamma(2, 0.5, (631, KINDS)))


def _weeks(random: np.random.Generator, rates: Numbers, season: Numbers, spread: float) -> Numbers:
    """Counts of so many weeks. `season`: weeks x classes, 1 on average; `spread`: variance over mean, 1 for Poisson."""
    mean = rates[None] * season[:, None, :]
    if spread > 1:
        mean = random.gamma(mean / (spread - 1) + 1e-12, spread - 1)
    return random.poisson(mean).astype(float)


def _places(counts: Numbers) -> Numbers:
    """Counts by cell as counts by place; the last two axes are cells and classes."""
    places, cells = _ground()[1].T
    sums = np.zeros_like(counts)
    for week in range(len(counts)):
        np.add.at(sums[week], places, counts[week][cells])
    return sums


def _frame(counts: Numbers) -> pd.DataFrame:
    week, place, kind = np.nonzero(counts)
    return pd.DataFrame({"week": week, "place": place, "kind": kind, "cases": counts[week, place, kind]})


def _trial(random: np.random.Generator, *, spread: float = 1.0, wave: float = 1.0, more: float = 0) -> float:
    """One week. `wave`: how many times its usual every class is everywhere now; `more`: people who report one thing at
    one place. Says whether any place was named, or that place where there is one."""
    season = 1 + 0.4 * np.sin(np.linspace(0, 3, WEEKS + 1)[:, None] + random.uniform(0, 6, KINDS))
    season[-1] *= wave
    counts = _weeks(random, _rates(random), season, spread)
    cell, kind = random.integers(631), random.integers(KINDS)
    counts[-1, cell, kind] += more
    sums = _places(counts)
    found = gathered(_frame(sums[:-1]), _frame(sums[-1:]).drop(columns="week"), WEEKS)
    named = found[found["is_more"]]
    return float(((named["place"] == cell) & (named["kind"] == kind)).any() if more else len(named) > 0)


NOTHING, SAID = "什么也没发生", "有地点“多于平常”"
WORLDS = {"逐周只有偶然，有季节": {}, "逐周起伏大一半": {"spread": 1.5}, "各类在全区都翻了一番": {"wave": 2.0}}
FEW, MANY = 20, 500


def _claim(world: str, said: str, low: float, high: float, **there: float) -> Claim:
    return Claim(METHOD, world, said, low, high, lambda random: _trial(random, **there), FEW, MANY)


CLAIMS = [
    *(_claim(f"{NOTHING}，{world}", SAID, 0, 0.05, **there) for world, there in WORLDS.items()),
    _claim("一处多了 10 人反映一件事", "那一处“多于平常”", 0.8, 1, more=10),
]
