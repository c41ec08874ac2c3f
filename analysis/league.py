"""League tables of the three rates (三率): scores, intervals, rank bands, and what would lift a unit.

A row is a unit with its counts of valid callbacks: valid, contacted, resolved, partly, satisfied,
basically.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COUNTS = ("valid", "contacted", "resolved", "partly", "satisfied", "basically")
DRAWS = 2000
JEFFREYS = 0.5


class Scoring(Protocol):
    """How three rates make a score. Weights and grade values are given by the caller; none is known to be official."""

    partly_resolved: float

    @property
    def basically_satisfied(self) -> float: ...

    def composite(self, response: Any, resolution: Any, satisfaction: Any) -> Any: ...


def scores(counts: pd.DataFrame, scoring: Scoring) -> pd.Series:
    """Composite score per row of `counts`; NaN where nobody was called back."""
    valid = counts["valid"].where(counts["valid"] > 0)
    resolution = (counts["resolved"] + scoring.partly_resolved * counts["partly"]) / valid
    satisfaction = (counts["satisfied"] + scoring.basically_satisfied * counts["basically"]) / valid
    score: pd.Series = scoring.composite(counts["contacted"] / valid, resolution, satisfaction)
    return score


def wilson(successes: pd.Series, total: pd.Series, z: float = 1.96) -> tuple[pd.Series, pd.Series]:
    """Wilson's 95 % interval of a rate (Wilson 1927; Brown, Cai, DasGupta 2001); NaN without trials."""
    n = total.where(total > 0).astype(float)
    p = successes / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return (middle - half).clip(0, 1), (middle + half).clip(0, 1)


def ranks(score: pd.Series, volume: pd.Series, *, shared: bool = False) -> pd.Series:
    """Places from 1 by falling score; equal scores share a place, or the larger volume comes first.

    Units without a score have no place.
    """
    order = pd.DataFrame({"score": score, "volume": volume}).dropna(subset=["score"])
    if shared:
        places = order["score"].rank(ascending=False, method="min").astype("Int64")
    else:
        order = order.sort_values(["score", "volume"], ascending=False, kind="stable")
        places = pd.Series(range(1, len(order) + 1), index=order.index, dtype="Int64")
    return places.reindex(score.index)


def _shares(draw: np.random.Generator, first: pd.Series, second: pd.Series, valid: pd.Series) -> NDArray[np.float64]:
    """Draws of (first, second, rest) shares under a Jeffreys prior: draws x units x 3."""
    rest = (valid - first - second).clip(lower=0)
    alpha = np.stack([first, second, rest], axis=1).astype(float) + JEFFREYS
    gamma = draw.standard_gamma(alpha, size=(DRAWS, *alpha.shape))
    return np.asarray(gamma / gamma.sum(axis=2, keepdims=True))


def rank_bands(counts: pd.DataFrame, scoring: Scoring, *, seed: int = 1) -> pd.DataFrame:
    """The places a unit could as well have by chance. Columns: best, worst (90 % of the draws), same index.

    Each unit's shares are drawn from the distribution that its callbacks allow; units without callbacks
    are left out of the drawing and have no band.
    """
    known = counts[counts["valid"] > 0]
    bands = pd.DataFrame(index=counts.index, columns=["best", "worst"], dtype="Int64")
    if known.empty:
        return bands
    draw, none = np.random.default_rng(seed), known["valid"] * 0
    response = _shares(draw, known["contacted"], none, known["valid"])[..., 0]
    solved = _shares(draw, known["resolved"], known["partly"], known["valid"])
    content = _shares(draw, known["satisfied"], known["basically"], known["valid"])
    drawn = scoring.composite(
        response,
        solved[..., 0] + scoring.partly_resolved * solved[..., 1],
        content[..., 0] + scoring.basically_satisfied * content[..., 1],
    )
    places = (-drawn).argsort(axis=1).argsort(axis=1) + 1
    best, worst = np.quantile(places, [0.05, 0.95], axis=0, method="nearest")
    bands.loc[known.index, "best"], bands.loc[known.index, "worst"] = best, worst
    return bands


def resolved_to_pass(counts: pd.DataFrame, scoring: Scoring, unit: str) -> tuple[str, int] | None:
    """The unit one place above, and how many unresolved callbacks would have to be resolved to pass it.

    Exact: every other answer stays as it is. None when the unit leads or has no score; a number above
    the unit's unresolved callbacks means that resolving alone cannot do it.
    """
    score = scores(counts, scoring)
    place = ranks(score, counts["valid"])
    if pd.isna(place[unit]) or place[unit] == 1:
        return None
    above = str(place[place == place[unit] - 1].index[0])
    # Points for one callback that turns from "no" to "yes".
    step = float(scoring.composite(0.0, 1.0, 0.0)) / float(counts["valid"][unit])
    needed = int(np.floor((score[above] - score[unit]) / step + 1e-9)) + 1
    return above, needed


def running_ranks(daily: pd.DataFrame, time: str, unit: str, numerator: str, denominator: str) -> pd.DataFrame:
    """The league day by day through a period. Grain: one row per day and unit; columns time, unit, score, place.

    Scores are cumulative: the sums of `numerator` over the sums of `denominator` since the first day.
    """
    index = pd.MultiIndex.from_product([sorted(daily[time].unique()), sorted(daily[unit].unique())], names=[time, unit])
    whole = daily.set_index([time, unit])[[numerator, denominator]].reindex(index, fill_value=0.0)
    summed = whole.groupby(level=unit).cumsum().reset_index()
    summed["score"] = summed[numerator] / summed[denominator].where(summed[denominator] > 0)
    summed["place"] = summed.groupby(time)["score"].rank(ascending=False, method="min").astype("Int64")
    return summed[[time, unit, "score", "place"]]
