"""Drawing many values at once, always from a given generator: same seed, same district."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Draw = np.random.Generator

_HEX = np.array([f"{value:02x}" for value in range(256)], dtype="S2")


def pick(draw: Draw, weights: ArrayLike, rows: Ints) -> Ints:
    """For every entry of `rows`, a column of that row of the weight matrix, by weight."""
    table = np.atleast_2d(np.asarray(weights, dtype=float))
    cumulative = np.cumsum(table, axis=1)
    cumulative /= cumulative[:, -1:]
    # Row i occupies [i, i+1): one sorted search serves all rows.
    flat = (cumulative + np.arange(len(table))[:, None]).ravel()
    position = np.searchsorted(flat, rows + draw.random(len(rows)), side="right")
    return np.minimum(position - rows * table.shape[1], table.shape[1] - 1)


def pick_one(draw: Draw, weights: ArrayLike, size: int) -> Ints:
    """`size` indexes by weight."""
    return pick(draw, weights, np.zeros(size, dtype=np.int64))


def scaled_to(chances: Floats, mean: float) -> Floats:
    """`chances` multiplied so that their mean is `mean`, none above 1."""
    # Capping a chance at 1 lowers the mean, so the rest is scaled again; eight rounds bring it within a thousandth.
    for _ in range(8):
        total = chances.mean() if len(chances) else 0.0
        if total <= 0:
            return chances
        chances = np.minimum(chances * (mean / total), 1.0)
    return chances


def systematic(draw: Draw, chances: Floats) -> Bools:
    """True with each row's chance, the number of Trues within one of their sum: a rate is met, not left to chance."""
    order = draw.permutation(len(chances))
    steps = np.floor(np.cumsum(chances[order]) + draw.random())
    hit = np.zeros(len(chances), dtype=bool)
    hit[order] = np.diff(steps, prepend=0.0) > 0
    return hit


def split_total(draw: Draw, total: int, expected: Floats) -> Ints:
    """Whole numbers shaped like `expected` that add up to `total` exactly."""
    share = expected.ravel() / max(float(expected.sum()), 1e-12)
    return np.asarray(draw.multinomial(total, share), dtype=np.int64).reshape(expected.shape)


def mixed(numbers: Ints, seed: int) -> NDArray[np.uint64]:
    """A random-looking 64-bit number for each number (splitmix64): the same one every time."""
    with np.errstate(over="ignore"):
        value = (numbers.astype(np.uint64) + np.uint64(seed * 1_000_003 + 1)) * np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value ^= value >> np.uint64(31)
    return value


def hex_keys(numbers: Ints, seed: int) -> NDArray[np.bytes_]:
    """A random-looking key per number: the same caller keeps one key over all months."""
    return np.ascontiguousarray(_HEX[mixed(numbers, seed).view(np.uint8).reshape(-1, 8)]).view("S16").ravel()
