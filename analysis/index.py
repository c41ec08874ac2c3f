"""The 七有五性 index by the pipeline of composite indicators: treat, normalise, weight, aggregate, vary.

Steps and names follow the OECD/JRC Handbook on Constructing Composite Indicators (2008) and the R package COINr
(Becker et al. 2022). `parts`: rows are units (a street in a month), columns (dimension, indicator); scores run 0..100.
A missing score is not filled in: its weight goes to the known ones. Where those have less than `min_known` of the
weight, the mean is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LOWEST = 1.0  # a geometric mean needs values above zero: scores run from here to 100 for it
MAX_SKEW, MAX_KURTOSIS = 2.0, 3.5  # COINr's check_SkewKurt: values are treated where both are exceeded
NOISE = 0.25  # weights are drawn up to a quarter above or below
DRAWS = 1000
LAWS = ("", "share", "count", "ratio")  # how a value came about: analysis/index_chance.py
KEYS = ["month", "street", "dimension", "indicator"]


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


def rescaled(parts: Any) -> Any:
    """Scores of 0..100 on 1..100, for geometric means (handbook, step 6): unlike a floor, it keeps every difference."""
    return LOWEST + parts * (1 - LOWEST / 100)


def clipped(parts: pd.DataFrame) -> pd.DataFrame:
    """How many known scores stand at the ends of their scale. Index indicator; columns cells, at_low, at_high (of all).

    Beyond its goalposts a value moves no score: what gets better there is not seen.
    """
    known, within = parts.notna(), parts.columns.get_level_values(1)
    ends = {"cells": known, "at_low": parts <= 0, "at_high": parts >= 100}
    found = pd.DataFrame({name: frame.sum().groupby(within, sort=False).sum() for name, frame in ends.items()})
    cells = found["cells"].where(found["cells"] > 0)
    return found.assign(at_low=found["at_low"] / cells, at_high=found["at_high"] / cells)


def pooled(panel: pd.DataFrame, months: int, *, min_cases: float = 0) -> pd.DataFrame:
    """Every month's values over the `months` that end with it, the cases put together; the first months have none.

    `panel`: month, street, dimension, indicator, value, cases, counted, among, law (analysis/index_chance.py). Values
    without a law are averaged.
    """
    if months <= 1 or panel.empty:
        return panel
    every = pd.date_range(panel["month"].min(), panel["month"].max(), freq="MS")
    cells = panel.drop_duplicates(KEYS[1:])[KEYS[1:]].reset_index(drop=True)
    at = (pd.MultiIndex.from_frame(cells).get_indexer(pd.MultiIndex.from_frame(panel[KEYS[1:]])),
          every.get_indexer(pd.DatetimeIndex(panel["month"])))  # fmt: skip

    def wide(values: pd.Series, otherwise: Any) -> NDArray[Any]:
        found = np.full((len(cells), len(every)), otherwise)
        found[at] = values.to_numpy()
        return found

    def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.lib.stride_tricks.sliding_window_view(np.nan_to_num(values), months, axis=1).sum(axis=2))

    law = wide(panel["law"].map(LAWS.index), LAWS.index(""))
    # A month without cases has no row: it takes its law from the others.
    last = np.where(law == LAWS.index(""), law.max(axis=1, keepdims=True), law)
    last = np.where(wide(panel["law"].eq(""), False), LAWS.index(""), last)[:, months - 1 :]
    counted, among, cases = (wide(panel[name].astype(float), np.nan) for name in ("counted", "among", "cases"))
    fixed = (
        np.nanmax(np.where(np.isnan(among), -np.inf, among), axis=1, keepdims=True) * months
    )  # residents are there in any month
    value = wide(panel["value"].astype(float), np.nan)
    known = summed((~np.isnan(value)).astype(float))
    counted, cases = summed(counted), summed(cases)
    among = np.where(last == LAWS.index("count"), np.where(fixed > 0, fixed, np.nan), summed(among))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known > 0, summed(value) / known, np.nan)
        share = np.where(among > 0, counted / among, np.nan) - (last == LAWS.index("ratio"))
    found = np.where(last == LAWS.index(""), mean, np.where(cases >= min_cases, share, np.nan))
    ends = len(every) - months + 1
    made = cells.loc[cells.index.repeat(ends)].reset_index(drop=True).assign(
        month=np.tile(every[months - 1 :], len(cells)), value=found.ravel(), cases=cases.ravel(),
        counted=counted.ravel(), among=among.ravel(), law=np.array(LAWS, dtype=object)[last.ravel()],
    )  # fmt: skip
    return made[panel.columns]


def comparable(parts: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """The parts of the rows that have a total, without those that one of them lacks: what places may rest on."""
    scored = parts[combine_all(parts, weights).notna()]
    return scored.loc[:, scored.notna().all()].reindex(columns=parts.columns)


def known_to_some(parts: pd.DataFrame, weights: Weights) -> pd.Index:
    """The columns that `comparable` leaves out though some row has them, and that would count."""
    scored = parts[combine_all(parts, weights).notna()]
    missing = scored.notna().any() & ~scored.notna().all() & weights.indicators.reindex(parts.columns).gt(0)
    return parts.columns[missing]


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
    """The weighted mean of each row's known parts (handbook, step 6): arithmetic, or geometric (of values above 0)."""
    shared = _shared(parts.notna(), weights, min_known)
    if geometric:
        return np.exp((shared * np.log(parts)).sum(axis=1, min_count=1))
    return (shared * parts).sum(axis=1, min_count=1)


def scores(parts: pd.DataFrame, weights: Weights, groups: Mapping[str, list[str]]) -> pd.DataFrame:
    """Scores of each dimension, then of each of `groups` (name -> dimensions). Rows as `parts`.

    Geometric ones run 1..100.
    """
    parts = rescaled(parts) if weights.geometric else parts
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


def leaf_weights(parts: pd.DataFrame, weights: Weights, members: list[str]) -> pd.DataFrame:
    """What each leaf weighs in the mean over `members`, row by row, summing to 1; 0 where there is no score."""
    known, columns = parts.notna().to_numpy(), parts.columns.get_level_values(0)
    inner = weights.indicators.reindex(parts.columns).to_numpy()
    shares, outer, most = np.zeros(parts.shape), np.zeros((len(parts), 1)), 0.0
    for dimension in members:
        at = columns == dimension
        spread, weight = known[:, at] * inner[at], float(weights.dimensions[dimension])
        total = spread.sum(axis=1, keepdims=True)
        enough = (total >= weights.min_known * inner[at].sum() - 1e-12) & (total > 0)
        shares[:, at] = weight * np.where(enough, spread / np.where(enough, total, 1.0), 0.0)
        outer, most = outer + weight * enough, most + weight
    enough = (outer >= weights.min_known * most - 1e-12) & (outer > 0)
    return pd.DataFrame(np.where(enough, shares / np.where(enough, outer, 1.0), 0.0), parts.index, parts.columns)


def decomposition(before: pd.Series, after: pd.Series, weights: Weights, members: list[str]) -> pd.Series:
    """What moved the score over `members` from one row of parts to another. Index (dimension, indicator), points.

    Exact: the contributions add up to the change, also where a part came or went or the mean is geometric (on
    the log scale, brought back by the logarithmic mean: LMDI, Ang 2005). NaN where either score is unknown.
    """
    rows = pd.DataFrame([before, after], columns=before.index)[members]
    shares = leaf_weights(rows, weights, members)
    level: pd.DataFrame = np.log(rescaled(rows)) if weights.geometric else rows
    level = level.fillna(0.0)
    totals = (shares * level).sum(axis=1)
    # Measured from the middle of the two scores, so that weight that moves between parts moves no points by itself.
    moved = shares.iloc[1] * (level.iloc[1] - totals.mean()) - shares.iloc[0] * (level.iloc[0] - totals.mean())
    if weights.geometric:
        change = totals.iloc[1] - totals.iloc[0]
        moved *= float(np.exp(totals).diff().iloc[1] / change) if abs(change) > 1e-12 else float(np.exp(totals.iloc[0]))
    return moved if (shares.sum(axis=1) > 0).all() else moved * np.nan


def ahead(parts: pd.DataFrame, weights: Weights, *, seed: int = 1, draws: int = DRAWS) -> NDArray[np.float64]:
    """How often each row scores above each other row when the method is varied: rows x rows, 0..1.

    Drawn at random: every weight within a quarter of its value, the mean's kind, and the normalisation
    (goalposts, z-scores, percentile ranks), as in the handbook's step 7. Every row has a total.
    """
    draw = np.random.default_rng(seed)
    scales = (parts, 50 + (parts - parts.mean()) / parts.std() * (50 / 3), 100 * parts.rank(pct=True))
    drawn = np.concatenate(
        [
            _drawn_scores(
                scale.clip(0, 100).to_numpy(), parts.columns, weights, geometric, draw, -(-draws // (2 * len(scales)))
            )
            for scale in scales
            for geometric in (False, True)
        ]
    )
    return np.asarray((drawn[:, :, None] > drawn[:, None, :]).mean(axis=0))


def combine_all(parts: pd.DataFrame, weights: Weights) -> pd.Series:
    """The total: the mean over every dimension."""
    shares = leaf_weights(parts, weights, list(weights.dimensions.index)).to_numpy()
    level = np.nan_to_num(np.log(rescaled(parts.to_numpy())) if weights.geometric else parts.to_numpy())
    total = (shares * level).sum(axis=1)
    total = np.exp(total) if weights.geometric else total
    return pd.Series(np.where(shares.sum(axis=1) > 0, total, np.nan), parts.index)


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
    level = np.log(rescaled(values)) if geometric else values
    known = ~np.isnan(values)
    level = np.where(known, level, 0.0)
    nominal, within = weights.indicators.reindex(columns), columns.get_level_values(0)
    drawn, inner = _noisy(nominal, draw, draws), nominal.to_numpy()
    parts = []
    for dimension in weights.dimensions.index:
        at = within == dimension
        weight = drawn[:, at] @ known[:, at].T
        enough = known[:, at] @ inner[at] >= weights.min_known * inner[at].sum() - 1e-12
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append(np.where(enough, (drawn[:, at] @ level[:, at].T) / weight, np.nan))
    outer, stacked = _noisy(weights.dimensions, draw, draws), np.stack(parts, axis=2)  # draws x rows x dimensions
    share = outer[:, None, :] * ~np.isnan(stacked)
    total = (share * np.nan_to_num(stacked)).sum(axis=2) / share.sum(axis=2)
    return np.asarray(np.exp(total) if geometric else total)
