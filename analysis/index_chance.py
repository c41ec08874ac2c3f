"""How far chance alone moves the scores and places of the 七有五性 index: what is drawn, and what may be said then.

A value's `law` says how it came about: 'share' (`counted` of `among` cases: binomial), 'count' (`counted` cases over a
fixed `among`, residents or months: Poisson), 'ratio' (`counted` cases against `among` of the base year: both Poisson),
'' (not known: such a value is not varied). Variances are scaled by the dispersion that the months show, and the
indicators of one cell are drawn together: a callback that says "unresolved" seldom says "satisfied".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.index import LAWS, Weights, ahead, combine_all, comparable, leaf_weights, rescaled

LEAST_FREEDOM = 20  # fewer degrees of freedom tell nothing of dispersion
DRAWS = 500
SURE = 0.95
CELL = ["dimension", "month", "street"]
LEAF = ["dimension", "indicator"]


@dataclass(frozen=True)
class Noise:
    """`dispersion`: by (dimension, indicator), how many times the law's variance, ≥ 1; `together`: the correlation of
    the indicators within a cell, square by indicator."""

    dispersion: pd.Series
    together: pd.DataFrame


def _expected(rows: pd.DataFrame) -> pd.DataFrame:
    """Columns expected (of `counted`) and variance under the law, by leaf, from the margins."""
    exposure = rows["among"].where(rows["law"] == "share", 1.0)
    both = rows[[*LEAF, "street", "month", "counted"]].assign(exposure=exposure)

    def rate(*by: str) -> pd.Series:
        groups = both.groupby([*LEAF, *by], observed=True)
        return groups["counted"].transform("sum") / groups["exposure"].transform("sum")

    share = rate("street") * rate("month") / rate()
    expected = exposure * share
    left = (1 - share.clip(upper=1)).where(rows["law"] == "share", 1.0)
    return pd.DataFrame({"expected": expected, "variance": expected * left})


def noise_of(panel: pd.DataFrame) -> Noise:
    """The dispersion and the correlations that the streets' single months show (Pearson residuals, two-way margins).

    What a street does in one month alone, beside its own level and the month's, counts as chance: rather too wide than
    too narrow. `panel`: month, street, dimension, indicator, counted, among, law, value.
    """
    rows = panel[panel["law"].ne("") & panel["value"].notna()].reset_index(drop=True)
    model = _expected(rows)
    rows["residual"] = (rows["counted"] - model["expected"]) / np.sqrt(model["variance"].where(model["variance"] > 0))
    leaves = rows.dropna(subset=["residual"]).groupby(LEAF)
    free = leaves.size() - leaves["street"].nunique() - leaves["month"].nunique() + 1
    squares = leaves["residual"].apply(lambda residual: float((residual**2).sum()))
    dispersion = (squares / free.where(free >= LEAST_FREEDOM)).fillna(1.0).clip(lower=1.0)
    together = rows.pivot_table(index=CELL, columns="indicator", values="residual").corr()
    return Noise(dispersion.astype(float), together.fillna(0.0))


def _mixing(together: NDArray[np.float64]) -> NDArray[np.float64]:
    """A square root of a correlation matrix; where pairs were measured apart, of the nearest that is one."""
    values, vectors = np.linalg.eigh(together)
    root = vectors * np.sqrt(values.clip(min=0))
    return np.asarray(root / np.sqrt((root**2).sum(axis=1, keepdims=True)))


def _shares(
    random: np.random.Generator, rate: NDArray[np.float64], cases: NDArray[np.float64], draws: int
) -> NDArray[np.float64]:
    """Rates of so many cases: the beta distribution with the binomial's mean and variance. rows... x draws."""
    whole = np.maximum(cases - 1, 1.0)[..., None]
    rate = rate[..., None]
    return random.beta(rate * whole, (1 - rate) * whole, (*cases.shape, draws))


def _counts(
    random: np.random.Generator, mean: NDArray[np.float64], dispersion: NDArray[np.float64], draws: int
) -> NDArray[np.float64]:
    """Numbers of cases with variance dispersion x mean (gamma: negative binomial without the steps)."""
    spread = np.broadcast_to(dispersion, mean.shape)[..., None]
    return random.gamma(mean[..., None] / spread, spread, (*mean.shape, draws))


@dataclass(frozen=True)
class Drawn:
    """Scores that chance could as well have given. `parts`: rows x leaves x draws, NaN where unknown; `rows`,
    `leaves`: their labels, as those of the parts (rows are streets of a month, 0..100)."""

    rows: pd.Index
    leaves: pd.MultiIndex
    parts: NDArray[np.float64]

    def totals(self, parts: pd.DataFrame, weights: Weights, members: list[str]) -> NDArray[np.float64]:
        """Scores over the dimensions `members`: rows x draws. `parts`: which leaves count for which row (not NaN)."""
        if len(members) == 1:  # a dimension by itself has its score, whatever it weighs among the others
            weights = replace(weights, dimensions=pd.Series(1.0, index=members))
        at = self.rows.get_indexer(parts.index)
        shares = leaf_weights(parts, weights, members).reindex(columns=self.leaves, fill_value=0.0).to_numpy()
        level = self.parts[at]
        level = np.nan_to_num(np.log(rescaled(level)) if weights.geometric else level)
        total = np.einsum("rl,rld->rd", shares, level, optimize=True)
        total = np.exp(total) if weights.geometric else total
        return np.where((shares.sum(axis=1) > 0)[:, None], total, np.nan)


def drawn(panel: pd.DataFrame, definitions: pd.DataFrame, noise: Noise, *, seed: int = 1, draws: int = DRAWS) -> Drawn:
    """Draw every value of `panel` anew from the cases that it rests on; columns as in `noise_of`, and `value`."""
    random = np.random.default_rng(seed)
    leaves = pd.MultiIndex.from_frame(definitions[LEAF])
    keys = [panel["month"], panel["street"]]
    places = pd.MultiIndex.from_arrays(keys).unique()
    row, leaf = (
        places.get_indexer(pd.MultiIndex.from_arrays(keys)),
        leaves.get_indexer(pd.MultiIndex.from_frame(panel[LEAF])),
    )
    shape = (len(places), len(leaves))

    def wide(values: pd.Series, otherwise: float) -> NDArray[np.float64]:
        found = np.full(shape, otherwise)
        found[row[leaf >= 0], leaf[leaf >= 0]] = values.to_numpy(dtype=float)[leaf >= 0]
        return found

    law = np.full(shape, "", dtype=object)
    law[row[leaf >= 0], leaf[leaf >= 0]] = panel["law"].to_numpy()[leaf >= 0]
    value = wide(panel["value"], np.nan)
    law[np.isnan(value)] = ""
    counted, among = wide(panel["counted"], 0.0), wide(panel["among"], 1.0)
    dispersion = np.broadcast_to(noise.dispersion.reindex(leaves).fillna(1.0).to_numpy(), shape)
    centre = np.zeros(shape)
    for rows in pd.Series(range(len(places))).groupby(places.get_level_values(0)).indices.values():
        centre[rows] = _centres(law[rows], counted[rows], among[rows], dispersion[rows])
    values = np.repeat(value[..., None], draws, axis=2)
    order = _order(random, shape, definitions, noise, draws)
    for one, at in ((name, law == name) for name in LAWS if name):
        if not at.any():
            continue
        if one == "share":
            found = _shares(random, centre[at].clip(0.001, 0.999), among[at] / dispersion[at], draws)
        else:
            found = _counts(random, (centre * among)[at].clip(min=0.5), dispersion[at], draws)
        found.sort(axis=1)
        np.put_along_axis(found, order[at], found.copy(), axis=1)
        if one == "count":
            found /= among[at][:, None]
        if one == "ratio":
            found = found / _counts(random, among[at], dispersion[at], draws) - 1
        values[at] = found
    low, high, better = (definitions[name].to_numpy()[:, None] for name in ("low", "high", "better"))
    share = ((values - low) / (high - low)).clip(0, 1)
    return Drawn(places, leaves, 100 * np.where(better == "up", share, 1 - share))


def _centres(
    law: NDArray[Any], counted: NDArray[np.float64], among: NDArray[np.float64], dispersion: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What each cell's draws lie around: its own counted ÷ among, drawn to that of all streets in the month.

    The less its cases tell, the more (empirical Bayes by moments: DerSimonian and Laird 1986). Drawn around what chance
    had already pushed to the end of a scale, a score would seem to have little chance in it. rows x leaves, one month.
    """
    top, bottom = np.where(law == "", 0.0, counted), np.where(law == "", 0.0, among)
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = (top.sum(axis=0) + 0.5) / (bottom.sum(axis=0) + 1.0)
        own = top / bottom
        chance = np.where(law == "share", whole * (1 - whole), whole) / bottom
        # Of a ratio the base is left to chance as well.
        chance = dispersion * np.where(law == "ratio", chance + whole**2 / bottom, chance)
        known = (law != "") & (bottom > 0)
        precision = np.where(known, 1 / chance, 0.0)
        total, squares = precision.sum(axis=0), (precision**2).sum(axis=0)
        mean = np.where(known, precision * own, 0.0).sum(axis=0) / total
        spread = np.where(known, precision * (own - mean) ** 2, 0.0).sum(axis=0) - (known.sum(axis=0) - 1)
        real = np.nan_to_num((spread / (total - squares / total)).clip(min=0.0))
        kept = real / (real + chance)
    return np.asarray(np.where(known, whole + kept * (own - whole), 0.0))


def _order(
    random: np.random.Generator, shape: tuple[int, int], definitions: pd.DataFrame, noise: Noise, draws: int
) -> NDArray[np.intp]:
    """Where sorted draws are put so that a cell's indicators go together (Iman and Conover 1982)."""
    normal = random.standard_normal((*shape, draws))
    for _, places in definitions.groupby("dimension").indices.items():
        names = definitions["indicator"].to_numpy()[places]
        together = noise.together.reindex(index=names, columns=names).fillna(0.0).to_numpy(copy=True)
        np.fill_diagonal(together, 1.0)
        normal[:, places] = _mixing(together) @ normal[:, places]
    return normal.argsort(axis=2)


def least_gap(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much two rows must differ for all such statements to be right together in 95 % of cases: rows x rows.

    `drawn`: rows x draws. The largest studentised difference of all pairs (Mogstad, Romano, Shaikh, Wilhelm 2024).
    """
    one, other = np.triu_indices(len(drawn), 1)
    off = drawn - drawn.mean(axis=1, keepdims=True)
    apart = off[one] - off[other]
    error = apart.std(axis=1)
    known = error > 0
    most = np.abs(apart[known] / error[known, None]).max(axis=0, initial=0.0)
    square = np.zeros((len(drawn), len(drawn)))
    square[one, other] = square[other, one] = error
    return square * float(np.quantile(most, SURE))


def beyond_chance(score: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which row is above which by more than chance: rows x rows. `drawn`: rows x draws."""
    return np.asarray(score[:, None] - score[None, :] > least_gap(drawn))


def rank_sets(score: NDArray[np.float64], above: NDArray[np.bool_]) -> pd.DataFrame:
    """The places that rows could have: place, best, worst. `above`: which is certain to stand above which, rows x rows.

    The own place is always among them; all sets hold together as often as `above` does (95 %).
    """
    places = pd.Series(score).rank(ascending=False, method="min")
    found = {"place": places, "best": 1 + above.sum(axis=0), "worst": len(score) - above.sum(axis=1)}
    return pd.DataFrame(found).astype("Int64")


def rank_bands(parts: pd.DataFrame, weights: Weights, chance: Drawn) -> pd.DataFrame:
    """The places of the rows on the indicators that all of them have, with what chance and the method leave open.

    One stands above another where their difference is beyond chance and keeps its sign in 95 % of the varied methods
    (`analysis.index.ahead`). Rows as `parts`; columns score (on those indicators), place, best, worst: unknown where a
    row has no total, or all of them where too little is known of all.
    """
    shared = comparable(parts, weights)
    score = combine_all(shared, weights).dropna()
    bands = pd.DataFrame(index=parts.index, columns=["score", "place", "best", "worst"])
    if len(score):
        drawn = chance.totals(shared, weights, list(weights.dimensions.index))
        above = beyond_chance(score.to_numpy(), drawn)
        if above.any():
            above &= ahead(shared, weights) >= SURE
        bands.loc[score.index, "score"] = score
        bands.loc[score.index, ["place", "best", "worst"]] = rank_sets(score.to_numpy(), above).set_axis(score.index)
    return bands.astype({"score": "float64", "place": "Int64", "best": "Int64", "worst": "Int64"})


def beyond(statements: int = 1) -> float:
    """How many standard errors a change must reach so that of so many changes that are none, 5 % of times one is said
    to be one (Šidák 1967)."""
    each = 1 - SURE ** (1 / statements)
    return NormalDist().inv_cdf(1 - each / 2)
