"""Many alarms of one event made one: the place and class that tell it best, and the day since which it lasts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.surveillance.distribution import tail

Floats = NDArray[np.float64]
MOST = 400  # alarms that are sorted into events; of more the strongest


def strength(observed: Floats, expected: Floats, phi: Floats) -> Floats:
    """How much likelier the count is with a surge than without (log likelihood ratio ÷ scatter); 0 where none is.

    Source: Kulldorff 1997, whose scan takes the place with the largest one. A surge's own series has more than the
    wider ones (which thin it out) and than the narrower ones (which hold a part).
    """
    expected = np.maximum(expected, 0.05)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(observed > expected, observed * np.log(observed / expected) - (observed - expected), 0.0)
    return np.asarray(ratio / phi)


def merged(signs: pd.DataFrame, names: Sequence[str]) -> list[list[int]]:
    """Which alarms are of one event. `signs`: one row per series and window, with `names` (the columns that name a
    series, None where it is summed over), window, series, observed, expected, phi, p, limit and alarm (bool).

    Gives for each event the rows of its alarms (positions), the one that tells it best first; the strongest event
    first. Another alarm belongs to an event if its series could share cases with it, and it is none any more once what
    the event has beyond the usual is taken out.
    """
    force = strength(*(signs[name].to_numpy(float) for name in ("observed", "expected", "phi")))
    waiting = np.flatnonzero(signs["alarm"].to_numpy(bool))
    waiting = waiting[np.argsort(-force[waiting], kind="stable")][:MOST]
    codes = np.stack([pd.factorize(signs[name])[0] for name in names], axis=1)  # -1: summed over
    beyond = (signs["observed"] - signs["expected"]).to_numpy(float)
    extra = dict(zip(zip(signs["series"], signs["window"], strict=True), beyond, strict=True))
    events = []
    while len(waiting):
        core, rest = waiting[0], waiting[1:]
        mine, others = codes[core], codes[rest]
        shares_cases = ((others == mine) | (others < 0) | (mine < 0)).all(axis=1)
        within = ((others == mine) | (mine < 0)).all(axis=1)
        inside = signs.iloc[rest]
        taken = np.array(
            [max(extra.get((signs["series"].iloc[core], window), 0.0), 0.0) for window in inside["window"]]
        )
        left = np.maximum(inside["observed"].to_numpy(float) - taken, 0)
        still = tail(left, inside["expected"].to_numpy(float), inside["phi"].to_numpy(float))
        joins = shares_cases & (within | (still > inside["limit"].to_numpy(float)))
        events.append([int(core), *map(int, rest[joins])])
        waiting = rest[~joins]
    return events


def begun(counts: Floats, expected: Floats) -> int:
    """The day since which there is more: where the strongest stretch up to now begins. By day, oldest first."""
    total, usual = np.cumsum(counts[::-1])[::-1], np.cumsum(expected[::-1])[::-1]
    return int(np.argmax(strength(total, usual, np.ones_like(total))))


def narrowest(
    observed: pd.DataFrame, usual: pd.DataFrame, expected: float, phi: float, choices: Sequence[tuple[str, ...]]
) -> tuple[dict[str, str], float]:
    """The part of an event that tells it better than the whole, {} where none does; and its usual share, 0..1.

    `observed`, `usual`: its cases now and in the past, by the columns of `choices` (volume); `expected`, `phi`: of the
    whole now. `choices`: the columns by which it may be narrowed.
    """
    whole = float(observed["volume"].sum())
    best: tuple[float, dict[str, str], float] = (_force(whole, expected, phi), {}, 1.0)
    for columns in choices:
        now, before = (frame.groupby(list(columns))["volume"].sum() for frame in (observed, usual))
        before = before.reindex(now.index, fill_value=0.0)
        share = (before + 0.5) / (before.sum() + 0.5 * max(len(now), 2))
        for key, count in zip(now.index, now.to_numpy(float), strict=True):
            names = dict(zip(columns, key if isinstance(key, tuple) else (key,), strict=True))
            part = float(share.loc[key])
            force = _force(float(count), expected * part, 1 + (phi - 1) * part)
            if force >= best[0] and all(names.values()):  # of equals the narrower
                best = (force, names, part)
    return best[1], best[2]


def _force(observed: float, expected: float, phi: float) -> float:
    return float(strength(np.array(observed), np.array(expected), np.array(phi)))
