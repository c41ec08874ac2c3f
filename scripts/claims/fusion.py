"""What 网格融合 says of 未诉先办率: whether the grid was first more often than chance would have it.

A small district of H3 cells: grid cases and orders come at places of very unequal business, by themselves or linked.
The matching below is the same question that data_access/cases/fusion.py asks in SQL; the judgement is the product's.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.coincidence import MORE, beyond_chance, chance
from scripts.claims import Claim

DAYS, WINDOW, KINDS, STREETS = 400.0, 7.0, 6, 12
REFERENCES = [*range(-4, -1), *range(2, 5)]  # weeks
ORDERS = 3000
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """`link`: the share of orders, in streets numbered below `linked`, that the grid truly saw within the week before."""

    link: float = 0.0
    linked: int = 0
    storms: bool = False  # days that bring both, over the whole district
    sites: bool = False  # places where both come for some months, and before and after hardly
    bursts: bool = False  # a grid case brings others there within days; a caller calls again


@functools.cache
def _cells() -> tuple[list[str], Ints, Ints, Ints]:
    """The cells, each one's street, and all pairs of near cells: of whom (sorted), whom."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(39.92, 116.41, 10), 14))
    number = {cell: nth for nth, cell in enumerate(cells)}
    parents = {parent: nth for nth, parent in enumerate(sorted({h3.cell_to_parent(cell, 8) for cell in cells}))}
    street = np.array([parents[h3.cell_to_parent(cell, 8)] * STREETS // len(parents) for cell in cells])
    pairs = np.array(
        [(one, number[cell]) for cell, one in number.items() for cell in h3.grid_disk(cell, 1) if cell in number]
    )
    return cells, street, pairs[:, 0], pairs[:, 1]


def _times(random: np.random.Generator, world: World, kind: Ints, place: Ints, sites: Floats) -> Floats:
    """A day for each case: kinds have their season, storms and sites theirs."""
    at = random.uniform(0, DAYS, 3 * len(kind)).reshape(3, -1)
    season = 1 + 0.5 * np.sin(2 * np.pi * (at[0] / DAYS + kind / KINDS))
    at[0] = np.where(random.random(len(kind)) * 1.5 < season, at[0], at[1])
    if world.sites:  # some six months around the site's own middle
        at[0] = np.where(random.random(len(kind)) < 0.8, sites[place, kind] + random.normal(0, 60, len(kind)), at[0])
    if world.storms:  # two kinds, five storms of two days
        storm = np.array([40.0, 95.0, 190.0, 240.0, 330.0])[random.integers(0, 5, len(kind))]
        at[0] = np.where((kind < 2) & (random.random(len(kind)) < 0.15), storm + 2 * random.random(len(kind)), at[0])
    return at[0]


def _near(kind: Ints, place: Ints, at: Floats, grid: tuple[Ints, Ints, Floats]) -> Ints:
    """How many grid cases of the kind lay near each order within the window before `at`."""
    _, _, of, other = _cells()
    starts = np.searchsorted(of, np.arange(of.max() + 2))
    many = starts[place + 1] - starts[place]
    row = np.repeat(np.arange(len(place)), many)
    pair = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(starts[place], many)
    span = 10 * DAYS
    key = np.sort((grid[1] * KINDS + grid[0]) * span + grid[2] + DAYS)
    base = (other[pair] * KINDS + kind[row]) * span + DAYS
    counts = np.searchsorted(key, base + at[row]) - np.searchsorted(key, base + at[row] - WINDOW)
    return np.bincount(row, weights=counts, minlength=len(place)).astype(np.int64)


def _level(kind: Ints, at: Floats, grid: tuple[Ints, Ints, Floats]) -> Floats:
    key, span = np.sort(grid[0] * 10 * DAYS + grid[2] + DAYS), kind * 10 * DAYS + DAYS
    return (np.searchsorted(key, span + at) - np.searchsorted(key, span + at - WINDOW)).astype(float)


def _orders(random: np.random.Generator, world: World) -> pd.DataFrame:
    cells, street, _, _ = _cells()
    busy = random.lognormal(0, 1.2, (len(cells), KINDS))
    mixed = 0.5 * busy + 0.5 * random.lognormal(0, 1.2, busy.shape)
    dense = np.array([0.05, 0.1, 0.3, 0.5, 1.0, 2.0]) * 6 / busy.mean(axis=0)  # per place and 400 days
    sites = random.uniform(0, DAYS, busy.shape)
    counts = random.poisson(busy * dense)
    place, kind = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(busy.shape))
    at = _times(random, world, kind, place, sites)
    if world.bursts:
        more = np.repeat(np.arange(len(at)), random.poisson(1.0, len(at)))
        place, kind = np.append(place, place[more]), np.append(kind, kind[more])
        at = np.append(at, at[more] + random.exponential(4.0, len(more)))
    chosen = random.choice(busy.size, ORDERS, p=(mixed / mixed.sum()).ravel())
    where, what = chosen // KINDS, chosen % KINDS
    when = _times(random, world, what, where, sites)
    if world.bursts:
        again = random.integers(0, ORDERS, ORDERS // 6)
        where, what = np.append(where, where[again]), np.append(what, what[again])
        when = np.append(when, when[again] + random.exponential(10.0, len(again)))
    true = (random.random(len(when)) < world.link) & (street[where] < world.linked)
    grid = (np.append(kind, what[true]), np.append(place, where[true]),
            np.append(at, when[true] - random.uniform(0, WINDOW, true.sum())))  # fmt: skip
    return _judged(cells, street, (what, where, when), grid)


def _judged(
    cells: list[str], street: Ints, orders: tuple[Ints, Ints, Floats], grid: tuple[Ints, Ints, Floats]
) -> pd.DataFrame:
    kind, place, at = orders
    hits, references, around = np.zeros(len(at)), np.zeros(len(at)), np.zeros(len(at))
    for week in REFERENCES:
        then = at + 7 * week
        inside = (then >= WINDOW) & (then <= DAYS)
        hits += inside & (_near(kind, place, then, grid) > 0)
        around += inside * _level(kind, then, grid)
        references += inside
    level = _level(kind, at, grid) * references / np.where(around > 0, around, np.nan)
    frame = pd.DataFrame({"street": street[place], "family": kind, "found": (_near(kind, place, at, grid) > 0) * 1})
    parts = (pd.Series(part) for part in (hits, references, level))
    frame = frame.assign(h3_cell=np.array(cells)[place], chance=chance(*parts))
    return frame[(at >= WINDOW) & (at <= DAYS)]
