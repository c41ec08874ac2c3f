"""The 七有五性 index by the pipeline of composite indicators: treat, normalise, weight, aggregate, vary.

Steps and names follow the OECD/JRC Handbook on Constructing Composite Indicators (2008) and the R package COINr
(Becker et al. 2022). `parts`: rows are units (a street in a month), columns (dimension, indicator); scores run 0..100.
A missing score is not filled in: its weight goes to the known ones. Where those have less than `min_known` of the
weight, the mean is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FLOOR = 1.0  # a geometric mean needs values above zero: scores below this count as this
MAX_SKEW, MAX_KURTOSIS = 2.0, 3.5  # COINr's check_SkewKurt: values are treated where both are exceeded
NOISE = 0.25  # weights are drawn up to a quarter above or below
DRAWS = 1000


@dataclass(frozen=True)
class Weights:
    """Weights within each dimension and of the dimensions, and how the parts are put together."""

    indicators: pd.Series  # index (dimension, indicator)
    dimensions: pd.Series  # index dimension
    geometric: bool = False
    min_known: float = 0.5

    @property
    def can_score(self) -> bool:
        """Every dimension has an indicator that counts, and some dimension counts."""
        return bool(self.indicators.groupby(level=0).sum().gt(0).all() and self.dimensions.sum() > 0)

    def differ_from(self, others: Weights) -> bool:
        same = np.allclose(self.indicators, others.indicators) and np.allclose(self.dimensions, others.dimensions)
        return not same or self.geometric != others.geometric


def weights_of(
    definitions: pd.DataFrame,
    dimensions: Mapping[str, float],
    *,
    geometric: bool,
    min_known: float,
    tried: Mapping[str, float] | None = None,
) -> Weights:
    """Weights from the indicators' definitions (dimension, indicator, weight); `tried`: others by name, for a trial."""
    tried = tried or {}
    inner = definitions.set_index(["dimension", "indicator"])["weight"]
    asked = definitions["indicator"].map(tried).fillna(definitions["weight"]).to_numpy()
    outer = pd.Series({name: tried.get(name, weight) for name, weight in dimensions.items()}, dtype=float)
    return Weights(pd.Series(asked, inner.index, dtype=float), outer, geometric, min_known)


def winsorised(values: pd.Series, at_most: int) -> pd.Series:
    """COINr's winsorisation: while |skew| > 2 and kurtosis > 3.5, the outermost values take the next one's place.

    At most `at_most` values in all: the highest on right skew, the lowest on left skew.
    """
    treated = values.astype(float).copy()
    for _ in range(at_most):
        skew, kurtosis = (float(statistic) for statistic in (treated.skew(), treated.kurt()))  # type: ignore[arg-type]
        if not (abs(skew) > MAX_SKEW and kurtosis > MAX_KURTOSIS):
            break
        ordered = treated.dropna().unique()
        ordered.sort()
        outer, inner = (ordered[-1], ordered[-2]) if skew > 0 else (ordered[0], ordered[1])
        treated = treated.mask(treated == outer, inner)
    return treated


def normalised(
    values: pd.Series, low: pd.Series | float, high: pd.Series | float, better: pd.Series | str
) -> pd.Series:
    """0..100 between fixed goalposts (COINr n_goalposts); `better` down reverses the scale; NaN without goalposts."""
    share = ((values - low) / (high - low)).clip(0, 1)
    return 100 * share.where(pd.Series(better == "up", index=values.index), 1 - share)


def parts_of(panel: pd.DataFrame, definitions: pd.DataFrame, *, winsorise_at_most: int = 0) -> pd.DataFrame:
    """The panel's values as scores, wide. Rows (month, street), columns (dimension, indicator).

    `panel`: month, street, dimension, indicator, value. `definitions`: dimension, indicator, low, high, better.
    """
    known = panel.merge(definitions[["dimension", "indicator", "low", "high", "better"]], on=["dimension", "indicator"])
    if winsorise_at_most:
        groups = known.groupby(["dimension", "indicator"])["value"]
        known["value"] = groups.transform(lambda values: winsorised(values, winsorise_at_most))
    known["score"] = normalised(known["value"], known["low"], known["high"], known["better"])
    wide = known.pivot(index=["month", "street"], columns=["dimension", "indicator"], values="score")
    whole = pd.MultiIndex.from_frame(definitions[["dimension", "indicator"]])
    return wide.reindex(columns=whole)


def _shared(known: pd.DataFrame, weights: pd.Series, min_known: float) -> pd.DataFrame:
    """Each row's weights over what is known, summing to 1; NaN where too little is known."""
    spread = known * weights.reindex(known.columns)
    total = spread.sum(axis=1)
    return spread.div(total.where(total >= min_known * weights.reindex(known.columns).sum() - 1e-12), axis=0)


def combine(parts: pd.DataFrame, weights: pd.Series, *, geometric: bool, min_known: float) -> pd.Series:
    """The weighted mean of each row's known parts (handbook, step 6): arithmetic, or geometric."""
    shared = _shared(parts.notna(), weights, min_known)
    if geometric:
        return np.exp((shared * np.log(parts.clip(lower=FLOOR))).sum(axis=1, min_count=1))
    return (shared * parts).sum(axis=1, min_count=1)


def scores(parts: pd.DataFrame, weights: Weights, groups: Mapping[str, list[str]]) -> pd.DataFrame:
    """Scores of each dimension, then of each of `groups` (name -> dimensions). Rows as `parts`."""
    dimensions = list(dict.fromkeys(parts.columns.get_level_values(0)))

    def mean(over: pd.DataFrame, shares: pd.Series) -> pd.Series:
        return combine(over, shares, geometric=weights.geometric, min_known=weights.min_known)

    scored = pd.DataFrame(
        {dimension: mean(parts[dimension], weights.indicators[dimension]) for dimension in dimensions},
        index=parts.index,
    )
    for name, members in groups.items():
        scored[name] = mean(scored[members], weights.dimensions[members])
    return scored


def _leaf_weights(parts: pd.DataFrame, weights: Weights, members: list[str]) -> pd.DataFrame:
    """What each leaf weighs in the mean over `members`, row by row, summing to 1."""
    inner = {
        dimension: _shared(pd.DataFrame(parts[dimension]).notna(), weights.indicators[dimension], weights.min_known)
        for dimension in members
    }
    known = pd.DataFrame({dimension: frame.sum(axis=1) for dimension, frame in inner.items()}).gt(0)
    outer = _shared(known, weights.dimensions[members], weights.min_known)
    return pd.concat(
        {dimension: frame.mul(outer[dimension], axis=0) for dimension, frame in inner.items()}, axis=1
    ).fillna(0.0)


def decomposition(before: pd.Series, after: pd.Series, weights: Weights, members: list[str]) -> pd.Series:
    """What moved the score over `members` from one row of parts to another. Index (dimension, indicator), points.

    Exact: the contributions add up to the change, also where a part came or went or the mean is geometric (on
    the log scale, brought back by the logarithmic mean: LMDI, Ang 2005). NaN where either score is unknown.
    """
    rows = pd.DataFrame([before, after])[members]
    shares = _leaf_weights(rows, weights, members)
    level: pd.DataFrame = np.log(rows.clip(lower=FLOOR)) if weights.geometric else rows  # type: ignore[assignment]
    level = level.fillna(0.0)
    totals = (shares * level).sum(axis=1)
    # Measured from the middle of the two scores, so that weight that moves between parts moves no points by itself.
    moved = shares.iloc[1] * (level.iloc[1] - totals.mean()) - shares.iloc[0] * (level.iloc[0] - totals.mean())
    if weights.geometric:
        change = totals.iloc[1] - totals.iloc[0]
        moved *= float(np.exp(totals).diff().iloc[1] / change) if abs(change) > 1e-12 else float(np.exp(totals.iloc[0]))
    return moved if (shares.sum(axis=1) > 0).all() else moved * np.nan


def rank_bands(parts: pd.DataFrame, weights: Weights, *, seed: int = 1, draws: int = DRAWS) -> pd.DataFrame:
    """The places each row (a street of one month) takes when the method is varied. Columns: place, best, worst.

    Drawn at random: every weight within a quarter of its value, the mean's kind, and the normalisation
    (goalposts, z-scores, percentile ranks), as in the handbook's step 7; best and worst are the middle 90 %.
    """
    nominal = combine_all(parts, weights)
    rows = parts[nominal.notna()]
    draw = np.random.default_rng(seed)
    scales = (parts, 50 + (parts - parts.mean()) / parts.std() * (50 / 3), 100 * parts.rank(pct=True))
    values = [scale.loc[rows.index].clip(0, 100).to_numpy() for scale in scales]
    drawn = np.concatenate(
        [
            _drawn_scores(value, rows.columns, weights, geometric, draw, -(-draws // (2 * len(values))))
            for value in values
            for geometric in (False, True)
        ]
    )
    places = (-np.nan_to_num(drawn, nan=-1.0)).argsort(axis=1).argsort(axis=1) + 1
    best, worst = np.quantile(places, [0.05, 0.95], axis=0, method="nearest") if len(rows) else ([], [])
    bands = pd.DataFrame({"place": nominal.rank(ascending=False, method="min")}, index=parts.index)
    bands.loc[rows.index, "best"], bands.loc[rows.index, "worst"] = best, worst
    return bands.reindex(columns=["place", "best", "worst"]).astype("Int64")


def combine_all(parts: pd.DataFrame, weights: Weights) -> pd.Series:
    """The total: the mean over every dimension."""
    return scores(parts, weights, {"total": list(weights.dimensions.index)})["total"]


def _noisy(weights: pd.Series, draw: np.random.Generator, draws: int) -> NDArray[np.float64]:
    return weights.to_numpy(dtype=float) * draw.uniform(1 - NOISE, 1 + NOISE, (draws, len(weights)))


def _drawn_scores(
    values: NDArray[np.float64],
    columns: pd.Index,
    weights: Weights,
    geometric: bool,
    draw: np.random.Generator,
    draws: int,
) -> NDArray[np.float64]:
    """Totals under drawn weights: draws x rows."""
    level = np.log(np.clip(values, FLOOR, None)) if geometric else values
    known = ~np.isnan(values)
    level = np.where(known, level, 0.0)
    drawn, dimensions = _noisy(weights.indicators.reindex(columns), draw, draws), weights.dimensions.index
    parts = []
    for dimension in dimensions:
        at = columns.get_level_values(0) == dimension
        weight = drawn[:, at] @ known[:, at].T
        inner = weights.indicators[dimension]
        enough = known[:, at] @ inner.to_numpy() >= weights.min_known * inner.sum()
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append(np.where(enough, (drawn[:, at] @ level[:, at].T) / weight, np.nan))
    outer, stacked = _noisy(weights.dimensions, draw, draws), np.stack(parts, axis=2)  # draws x rows x dimensions
    share = outer[:, None, :] * ~np.isnan(stacked)
    total = (share * np.nan_to_num(stacked)).sum(axis=2) / share.sum(axis=2)
    return np.asarray(np.exp(total) if geometric else total)
