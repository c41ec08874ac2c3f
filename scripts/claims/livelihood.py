"""七有五性: worlds like the demo's months, half of whose cells rest on fewer than 53 callbacks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import index
from data_access.district.profile import current_profile
from data_access.district.vocabulary import DIMENSIONS_75
from questions.livelihood import defined_by, scored
from questions.livelihood_scores import DISTRICT, LivelihoodIndex
from scripts.claims import Claim

# Cases of a street in a month by dimension, and how large the streets are beside each other.
VOLUMES = np.array([22, 39, 47, 94, 11, 146, 17, 194, 233, 56, 204, 189], dtype=float)
SIZES = np.array([0.28, 0.62, 0.73, 0.74, 0.76, 0.76, 0.82, 0.86, 0.94, 1.0, 1.02, 1.02, 1.12, 1.24, 1.31, 1.85, 1.94])
MONTHS = pd.date_range("2021-01-01", "2022-06-01", freq="MS")  # the base year, and half a year
NOW = MONTHS[-1]
DISPERSION = 2.0  # variance of a month's volume by its mean
CALLED_BACK, SOLVED, REPEATED = 0.82, 0.945, 0.135
SATISFIED = (0.985, 0.35)  # of the solved, of the others: the two answers correlate 0.67
WITH_RESIDENTS = 7  # streets whose population is known


@dataclass(frozen=True)
class World:
    """What is true, street x dimension: solved and repeated shares, and volume ÷ the base year's."""

    solved: NDArray[np.float64]
    repeated: NDArray[np.float64]
    growth: NDArray[np.float64]

    @property
    def satisfied(self) -> NDArray[np.float64]:
        return self.solved * SATISFIED[0] + (1 - self.solved) * SATISFIED[1]


def _alike(_: np.random.Generator) -> World:
    """Nothing differs, between streets, dimensions or months."""
    cells = np.ones((len(SIZES), len(VOLUMES)))
    return World(SOLVED * cells, REPEATED * cells, cells)


def _unlike(random: np.random.Generator) -> World:
    """Streets differ by about a point in what they solve, cells a little more, as in the demo."""
    shape = (len(SIZES), len(VOLUMES))
    solved = SOLVED + random.normal(0, 0.009, (shape[0], 1)) + random.normal(0, 0.007, shape)
    repeated = REPEATED + random.normal(0, 0.005, shape)
    return World(solved.clip(0.8, 0.995), repeated.clip(0.01), np.exp(random.normal(0, 0.05, shape)))


def _one_worse(_: np.random.Generator) -> World:
    """One middling street solves six points less than the others, in every dimension."""
    world = _alike(_)
    world.solved[9] -= 0.06
    return world


def _panel(world: World, random: np.random.Generator) -> pd.DataFrame:
    """The index's inputs as `questions.livelihood.panel` makes them, with the district's rows."""
    later = (MONTHS.year > MONTHS[0].year)[:, None, None]
    mean = VOLUMES * SIZES[:, None] * np.where(later, world.growth, 1.0)
    volume = random.poisson(random.gamma(mean / (DISPERSION - 1), DISPERSION - 1)).astype(float)
    called = random.binomial(volume.astype(int), CALLED_BACK)
    solved = random.binomial(called, np.broadcast_to(world.solved, called.shape))
    satisfied = random.binomial(solved, SATISFIED[0]) + random.binomial(called - solved, SATISFIED[1])
    repeated = random.binomial(volume.astype(int), np.broadcast_to(world.repeated, volume.shape))
    base = volume[np.asarray(MONTHS.month) - 1]
    residents = np.where(np.arange(len(SIZES)) < WITH_RESIDENTS, SIZES * 4, np.nan)[:, None] + np.zeros(volume.shape)
    rows = [
        _rows("change", "ratio", volume, base), _rows("load", "count", volume, residents),
        _rows("repeat", "share", repeated, volume), _rows("resolution", "share", solved, called),
        _rows("satisfaction", "share", satisfied, called),
    ]  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _rows(indicator: str, law: str, counted: NDArray[Any], among: NDArray[Any]) -> pd.DataFrame:
    """One indicator's cells, months x streets x dimensions, and the district's."""
    counted, among = (np.concatenate([part, part.sum(axis=1, keepdims=True)], axis=1) for part in (counted, among))
    streets = [*(f"{nth:02d}" for nth in range(len(SIZES))), DISTRICT]
    labels = pd.MultiIndex.from_product([MONTHS, streets, DIMENSIONS_75], names=["month", "street", "dimension"])
    frame = pd.DataFrame({"counted": counted.ravel(), "among": among.ravel()}, index=labels, dtype=float).reset_index()
    cases = frame["counted"] if law == "count" else frame["among"]
    value = frame["counted"] / frame["among"].where(frame["among"] > 0) - (law == "ratio")
    fixed = (frame["month"].dt.year == MONTHS[0].year) & (law == "ratio")
    value = value.where(cases >= current_profile().index[0].min_cases)
    return frame.assign(indicator=indicator, value=value, cases=cases, law=np.where(fixed, "", law))


def _true_parts(seen: LivelihoodIndex, world: World) -> pd.DataFrame:
    """The streets' parts of the month without chance, of the indicators that are known in it."""
    truths = {"change": world.growth - 1, "repeat": world.repeated, "resolution": world.solved,
              "satisfaction": world.satisfied, "load": VOLUMES * world.growth / 4}  # fmt: skip
    streets = [f"{nth:02d}" for nth in range(len(SIZES))]
    labels = pd.MultiIndex.from_product([[NOW], streets, DIMENSIONS_75], names=["month", "street", "dimension"])
    frames = [pd.DataFrame({"value": truth.ravel()}, index=labels).reset_index().assign(indicator=name)
              for name, truth in truths.items()]  # fmt: skip
    parts = index.parts_of(pd.concat(frames, ignore_index=True), seen.definitions)
    return parts.where(seen.parts.reindex(parts.index).notna())


@dataclass(frozen=True)
class Told:
    """What the page says of one world."""

    seen: LivelihoodIndex
    world: World

    @property
    def apart(self) -> bool:
        """Whether some street is said to be ahead of some other."""
        return bool(self.seen.bands["best"].max() > 1)

    @property
    def holds(self) -> bool:
        """Whether every street's places hold its true one; streets that are truly equal have several."""
        shared = index.comparable(_true_parts(self.seen, self.world), self.seen.weights)
        true, bands = index.combine_all(shared, self.seen.weights).droplevel("month").round(9), self.seen.bands
        best, worst = (true.rank(ascending=False, method=how).reindex(bands.index) for how in ("min", "max"))
        return bool(((best <= bands["worst"]) & (worst >= bands["best"])).all())

    @property
    def covered(self) -> float:
        """How many of four streets, from the smallest to the largest, have their true 总分 within score ± off."""
        true = index.combine_all(_true_parts(self.seen, self.world), self.seen.weights).droplevel("month")
        streets = true.index[[0, 5, 10, 16]]
        told = {street: self.seen.sureness(str(street)).T["总分"] for street in streets}
        return float(np.mean([abs(told[one]["score"] - true[one]) <= told[one]["off"] for one in streets]))

    @property
    def behind(self) -> bool:
        """Whether the worse street is certain to stand in the lower half."""
        return bool((self.seen.bands["best"] > 9)["09"])

    @property
    def changed(self) -> bool:
        """Whether any of the district's fifteen scores is said to have changed."""
        return bool(self.seen.sureness(DISTRICT)["verdict"].isin(["上升", "下降"]).any())


@functools.lru_cache(maxsize=512)
def _told(make: Callable[[np.random.Generator], World], months: int, seed: int) -> Told:
    """Claims about the same worlds share them."""
    random = np.random.default_rng(seed)
    world, rules = make(random), current_profile().index[0]
    panel = _panel(world, random)
    return Told(scored(panel, rules, defined_by(rules, panel), NOW, months=months), world)


def _claim(
    make: Callable[[np.random.Generator], World], months: int, said: str, goal: tuple[float, float],
    told: Callable[[Told], float],
) -> Claim:  # fmt: skip
    def trial(random: np.random.Generator) -> float:
        return float(told(_told(make, months, int(random.integers(2**32)))))

    world = f"{WORLDS[make]}，{'一个月' if months == 1 else '三个月合看'}"
    return Claim("七有五性", world, said, *goal, trial, few=4, many=24)


WORLDS = {
    _alike: "各街道、各维度、各月完全一样",
    _unlike: "街道之间相差如演示区",
    _one_worse: "一个中等街道解决率低 6 个百分点",
}
SELDOM, MOSTLY = (0.0, 0.05), (0.92, 1.0)
CLAIMS = [
    *(
        _claim(_alike, months, said, SELDOM, told)
        for months in (1, 3)
        for said, told in (
            ("有街道排在另一街道之前", lambda told: told.apart),
            ("有街道的名次变了", lambda told: len(told.seen.rank_changes) > 0),
            ("全区十五个得分中有的变了", lambda told: told.changed),
            ("只有一个维度最弱", lambda told: len(told.seen.weakest(DISTRICT)) == 1),
        )
    ),
    _claim(_alike, 1, "变化里一半以上是偶然", (0.9, 1.0), lambda told: told.seen.noise_share > 0.5),
    _claim(_unlike, 1, "全部街道的真名次都在范围内（名义 95%）", MOSTLY, lambda told: told.holds),
    _claim(_unlike, 1, "总分 ± 偶然范围含真值（名义 95%）", (0.92, 0.98), lambda told: told.covered),
    *(
        _claim(_one_worse, months, "这个街道确定在后一半", (least, 1.0), lambda told: told.behind)
        for months, least in ((1, 0.5), (3, 0.9))
    ),
]
