"""What 网格融合 says of 未诉先办率: whether the grid was first more often than chance would have it.

A small district of H3 cells: grid cases and orders come to places of very unequal business, by themselves or linked.
The matching below is the one that data_access/cases/fusion.py asks in SQL; chance and judgement are the product's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.coincidence import MORE, beyond_chance, chance
from data_access.cases.coincidence import references
from scripts.claims import Claim

DAYS, WINDOW, KINDS, STREETS, ORDERS = 400.0, 7, 6, 12, 3000
DENSITY = np.array([0.3, 0.6, 1.8, 3.0, 6.0, 12.0])  # grid cases of each kind per place, on average
SPAN = 10 * DAYS  # keeps the times of one place and kind apart from those of the next
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """`link`: the share of orders, in streets numbered below `linked`, that the grid truly saw in the week before."""

    link: float = 0.0
    linked: int = STREETS
    storms: bool = False  # days that bring both, over the whole district
    sites: bool = False  # each place has its months, when both come
    bursts: bool = False  # a grid case brings others there within days; callers call again


@dataclass(frozen=True)
class Stream:
    """Cases of one source: a kind, a place and a day for each."""

    kind: Ints
    place: Ints
    at: Floats

    def joined(self, kind: Ints, place: Ints, at: Floats) -> Stream:
        return Stream(np.append(self.kind, kind), np.append(self.place, place), np.append(self.at, at))


@functools.cache
def _cells() -> tuple[list[str], Ints, Ints, Ints]:
    """The cells, each one's street, and the cells around each: where its own begin, and all of them."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(39.92, 116.41, 10), 14))
    number = {cell: nth for nth, cell in enumerate(cells)}
    around = [[number[near] for near in h3.grid_disk(cell, 1) if near in number] for cell in cells]
    # Streets of about equal size, each in one piece: rows of the map.
    north = np.array([h3.cell_to_latlng(cell)[0] for cell in cells])
    street = north.argsort().argsort() * STREETS // len(cells)
    starts = np.cumsum([0, *(len(near) for near in around)])
    return cells, street, starts, np.concatenate([np.array(near) for near in around])


def _times(random: np.random.Generator, world: World, kind: Ints, place: Ints, sites: Floats) -> Floats:
    """A day for each case: kinds have their season, storms and sites their times."""
    at, other = random.uniform(0, DAYS, (2, len(kind)))
    season = 1 + 0.5 * np.sin(2 * np.pi * (at / DAYS + kind / KINDS))
    at = np.where(random.random(len(kind)) * 1.5 < season, at, other)
    if world.sites:
        at = np.where(random.random(len(kind)) < 0.8, sites[place, kind] + random.normal(0, 60, len(kind)), at)
    if world.storms:
        storm = np.array([40.0, 95.0, 190.0, 240.0, 330.0])[random.integers(0, 5, len(kind))]
        at = np.where((kind < 2) & (random.random(len(kind)) < 0.15), storm + 2 * random.random(len(kind)), at)
    return at


def _again(random: np.random.Generator, stream: Stream, mean: float, days: float) -> Stream:
    """Each case followed by so many others at its place, days later."""
    more = np.repeat(np.arange(len(stream.at)), random.poisson(mean, len(stream.at)))
    return stream.joined(stream.kind[more], stream.place[more], stream.at[more] + random.exponential(days, len(more)))


def _streams(random: np.random.Generator, world: World) -> tuple[Stream, Stream]:
    """The orders and the grid's cases of a world."""
    _, street, _, _ = _cells()
    busy = random.lognormal(0, 1.2, (len(street), KINDS))
    calling = 0.5 * busy + 0.5 * random.lognormal(0, 1.2, busy.shape)  # alike, but not the same
    sites = random.uniform(0, DAYS, busy.shape)
    counts = random.poisson(busy * DENSITY / busy.mean(axis=0))
    place, kind = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(busy.shape))
    grid = Stream(kind, place, _times(random, world, kind, place, sites))
    chosen = random.choice(busy.size, ORDERS, p=(calling / calling.sum()).ravel())
    place, kind = np.divmod(chosen, KINDS)
    orders = Stream(kind, place, _times(random, world, kind, place, sites))
    if world.bursts:
        grid, orders = _again(random, grid, 1.0, 4.0), _again(random, orders, 0.15, 10.0)
    true = np.flatnonzero((random.random(len(orders.at)) < world.link) & (street[orders.place] < world.linked))
    seen = orders.at[true] - random.uniform(0, WINDOW, len(true))
    return orders, grid.joined(orders.kind[true], orders.place[true], seen)


def _counts(keys: Floats, base: Ints, at: Floats) -> Ints:
    """How many of the sorted keys lie within the window before `at`."""
    upper = base * SPAN + at + DAYS
    return np.searchsorted(keys, upper) - np.searchsorted(keys, upper - WINDOW)


def _judged(orders: Stream, grid: Stream) -> pd.DataFrame:
    """As data_access/cases/coincidence.py: one row per order whose window lies within the data."""
    cells, street, starts, near = _cells()
    many = np.diff(starts)[orders.place]
    row = np.repeat(np.arange(len(many)), many)
    other = near[np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(starts[orders.place], many)]
    keys = np.sort((grid.place * KINDS + grid.kind) * SPAN + grid.at + DAYS)
    kinds = np.sort(grid.kind * SPAN + grid.at + DAYS)

    def first(at: Floats) -> NDArray[np.bool_]:
        counts = _counts(keys, other * KINDS + orders.kind[row], at[row])
        return np.bincount(row, weights=counts, minlength=len(at)) > 0

    hits, known, level = (np.zeros(len(many)) for _ in range(3))
    for shift in references(WINDOW):
        at = orders.at + shift
        inside = (at >= WINDOW) & (at <= DAYS - WINDOW)
        hits, known, level = (
            hits + (inside & first(at)),
            known + inside,
            level + inside * _counts(kinds, orders.kind, at),
        )
    now, usual = _counts(kinds, orders.kind, orders.at), level / np.where(known > 0, known, np.nan)
    by_chance = chance(*(pd.Series(values) for values in (hits, known, now, usual)))
    frame = pd.DataFrame({"street": street[orders.place], "family": orders.kind, "chance": by_chance})
    frame = frame.assign(h3_cell=np.array(cells)[orders.place], found=first(orders.at) * 1)
    return frame[(orders.at >= WINDOW) & (orders.at <= DAYS)]


def _names_a_street(world: World) -> Callable[[np.random.Generator], float]:
    """How often any street is said to be beyond chance."""

    def trial(random: np.random.Generator) -> float:
        return float((beyond_chance(_judged(*_streams(random, world)), ["street"])["verdict"] == MORE).any())

    return trial


def _finds_streets(world: World) -> Callable[[np.random.Generator], float]:
    """The share of linked streets that are found."""

    def trial(random: np.random.Generator) -> float:
        found = beyond_chance(_judged(*_streams(random, world)), ["street"])
        return float((found.loc[found["street"] < world.linked, "verdict"] == MORE).mean())

    return trial


def _finds_the_district(world: World) -> Callable[[np.random.Generator], float]:
    def trial(random: np.random.Generator) -> float:
        return float(beyond_chance(_judged(*_streams(random, world)), [])["verdict"].iloc[0] == MORE)

    return trial


def _covers(world: World) -> Callable[[np.random.Generator], float]:
    def trial(random: np.random.Generator) -> float:
        found = beyond_chance(_judged(*_streams(random, world)), []).iloc[0]
        return float(found["low"] <= world.link <= found["high"])

    return trial


def _agrees_with_shuffling(random: np.random.Generator) -> float:
    """Whether chance is what comes of shuffling the grid's times within family and street, to 1.5 points."""
    _, street, _, _ = _cells()
    orders, grid = _streams(random, World(storms=True))
    judged, group = _judged(orders, grid), grid.kind * STREETS + street[grid.place]
    shuffled = []
    for _ in range(4):
        at = grid.at.copy()
        at[np.argsort(group, kind="stable")] = grid.at[np.lexsort((random.random(len(at)), group))]
        shuffled.append(_judged(orders, Stream(grid.kind, grid.place, at))["found"].mean())
    return float(abs(judged["chance"].mean() - np.mean(shuffled)) < 0.015)


METHOD, CALM = "未诉先办", World()
ROUGH = World(storms=True, sites=True, bursts=True)
MUCH = "暴雨、工地、成串案件、重复来电"
CLAIMS = [
    Claim(METHOD, "互不相干，有季节", "12 个街道中有街道“多于偶然”", 0.0, 0.05, _names_a_street(CALM), 30, 1000),
    Claim(METHOD, f"互不相干，{MUCH}", "12 个街道中有街道“多于偶然”", 0.0, 0.05, _names_a_street(ROUGH), 30, 1000),
    Claim(METHOD, "互不相干，有季节", "全区区间含 0", 0.93, 0.97, _covers(CALM), 30, 1000),
    Claim(METHOD, "真先看到 15%，有季节", "全区区间含真值", 0.93, 0.97, _covers(World(link=0.15)), 30, 1000),
    Claim(METHOD, "全区 3,000 件，真先看到 5%", "全区“多于偶然”", 0.80, 1.0,
          _finds_the_district(World(0.05)), 30, 1000),
    Claim(METHOD, "4 个街道各约 250 件，真先看到 30%", "这些街道“多于偶然”", 0.80, 1.0,
          _finds_streets(World(0.3, linked=4)), 30, 1000),
    Claim(METHOD, "互不相干，有暴雨", "偶然率与打乱网格时间差不到 1.5 点", 0.95, 1.0, _agrees_with_shuffling, 15, 60),
]  # fmt: skip
