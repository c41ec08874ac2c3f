"""League tables of the three rates (三率): scores, intervals, rank bands, and what would lift a unit.

`counts`: a row is a unit with its counts of valid callbacks: valid, contacted, resolved, partly, satisfied, basically;
and, where not every answer's word is known, how many callbacks have each of ANSWERED.
`tally`: a row is a unit, a column what a callback with all its answers is worth, a value how many such callbacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.kept import kept

COUNTS = ("valid", "contacted", "resolved", "partly", "satisfied", "basically")
# Callbacks whose answer counts; without the column it is every valid one.
ANSWERED = ("answered_response", "answered_resolution", "answered_satisfaction")
FEW = "样本少，未排名"  # said of a unit with too few callbacks for a place
DRAWS = 2000
JEFFREYS = 0.5
# How alike two callbacks of one unit may be (intraclass correlation, as its root): from all units equal to all apart.
ALIKE = np.linspace(0.002, 0.95, 400)
BORROWED = 200  # callbacks; a unit with fewer takes the spread of its answers more from all units than from its own
EXACT = 9  # decimals; scores that differ by less were summed in another order

Numbers = NDArray[np.float64]


class Scoring(Protocol):
    """How three rates make a score, and scores an order. The caller gives the rules; none is known to be official.

    `decimals`: those to which scores are rounded before they are compared; None: not rounded. `ties`: among equal
    scores the larger volume comes first ("volume"), or all share the place ("shared"). `small_sample`: a unit with
    fewer callbacks has no place, and counts in nobody's.
    """

    partly_resolved: float
    small_sample: int
    decimals: int | None
    ties: Any

    @property
    def basically_satisfied(self) -> float: ...

    def composite(self, response: Any, resolution: Any, satisfaction: Any) -> Any: ...


def answered(counts: pd.DataFrame) -> list[pd.Series]:
    """The callbacks behind each of the three rates."""
    return [counts[name] if name in counts else counts["valid"] for name in ANSWERED]


def scores(counts: pd.DataFrame, scoring: Scoring) -> pd.Series:
    """Composite score per row of `counts`; NaN where nobody was called back, or no answer of a kind is known."""
    called, solved, content = (number.where(number > 0) for number in answered(counts))
    resolution = (counts["resolved"] + scoring.partly_resolved * counts["partly"]) / solved
    satisfaction = (counts["satisfied"] + scoring.basically_satisfied * counts["basically"]) / content
    score: pd.Series = scoring.composite(counts["contacted"] / called, resolution, satisfaction)
    return score


def wilson(successes: pd.Series, total: pd.Series, z: float = 1.96) -> tuple[pd.Series, pd.Series]:
    """Wilson's 95 % interval of a rate (Wilson 1927; Brown, Cai, DasGupta 2001); NaN without trials."""
    n = total.where(total > 0).astype(float)
    p = successes / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return (middle - half).clip(0, 1), (middle + half).clip(0, 1)


@kept
def tallied(answers: pd.DataFrame, unit: str, worth: str, cases: str) -> pd.DataFrame:
    """The tally of combinations of answers. Grain of `answers`: a unit and a combination; `worth`: of one callback."""
    known = answers[answers[cases] > 0]
    return known.assign(worth=known[worth].round(EXACT)).pivot_table(
        index=unit, columns="worth", values=cases, aggfunc="sum", fill_value=0.0
    )


@kept
def mean_interval(tally: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """95 % interval of a rate whose answers count 0, 1 or a part (基本满意): Wilson's, by the answers' own variance.

    An answer that counts in part varies less than one that is all or nothing: the interval is that of as many more
    callbacks. How many more is told by the unit's own answers and, where they are few, by those of all units. For
    answers 0 and 1 it is Wilson's. Measured: docs/methods.md.
    """
    counted = tally.to_numpy(dtype=float)
    total = counted.sum(axis=1)
    if not len(total):
        nothing = pd.Series(dtype=float, index=tally.index)
        return nothing, nothing
    steady = _steadiness(counted.sum(axis=0)[None], tally.columns, 1.0)[0]
    rate = pd.Series(counted @ tally.columns.to_numpy(dtype=float) / total, index=tally.index)
    callbacks = pd.Series(total / _steadiness(counted, tally.columns, steady), index=tally.index)
    return wilson(rate * callbacks, callbacks)


def _steadiness(counted: Numbers, worth: pd.Index, usual: float) -> Numbers:
    """Per row: the variance of the answers ÷ that of answers all or nothing with the same mean, drawn to `usual`."""
    values, total = worth.to_numpy(dtype=float), counted.sum(axis=1)
    mean = counted @ values / total
    nothing_between = mean * (1 - mean)
    own = counted @ values**2 / total - mean**2
    whole = np.where(nothing_between > 0, nothing_between * (total + BORROWED), 1.0)
    found = (own * total + usual * nothing_between * BORROWED) / whole
    return np.where(nothing_between > 1e-12, found, usual).clip(0.01, 1.0)


def _compared(score: Numbers, decimals: int | None) -> Numbers:
    """Scores as they are compared: rounded half up, whatever little the sums lost."""
    return np.floor(score * 10.0 ** (EXACT if decimals is None else decimals) + 0.5 + 1e-6)


def _places(score: Numbers, volume: Numbers, scoring: Scoring) -> NDArray[np.int64]:
    """Places from 1 along the last axis; an unknown score (NaN) comes last."""
    compared = np.nan_to_num(_compared(score, scoring.decimals), nan=-np.inf)
    order = np.lexsort((-np.broadcast_to(volume, compared.shape), -compared), axis=-1)
    place = np.broadcast_to(np.arange(compared.shape[-1]), compared.shape)
    if scoring.ties == "shared":
        falling = np.take_along_axis(compared, order, axis=-1)
        is_first = np.diff(falling, axis=-1, prepend=np.inf) != 0
        place = np.maximum.accumulate(np.where(is_first, place, 0), axis=-1)
    places = np.empty(compared.shape, dtype=np.int64)
    np.put_along_axis(places, order, place + 1, axis=-1)
    return places


def enough(score: pd.Series, valid: pd.Series, scoring: Scoring) -> pd.Series:
    """The scores that may be ranked: NaN where the valid callbacks are too few."""
    return score.where(valid >= scoring.small_sample)


def ranks(score: pd.Series, volume: pd.Series, scoring: Scoring) -> pd.Series:
    """Places from 1 by falling score, compared and ordered among equals as `scoring` says.

    Units without a score have no place.
    """
    places = _places(score.to_numpy(dtype=float), volume.to_numpy(dtype=float), scoring)
    return pd.Series(places, index=score.index, dtype="Int64").where(score.notna())


def rank_bands(
    tally: pd.DataFrame, place: pd.Series, volume: pd.Series, scoring: Scoring, *, seed: int = 1
) -> pd.DataFrame:
    """The places that a unit's true score could take. Columns: best, worst; the index of `place`.

    `tally`: by points of a callback. The band of a unit holds 90 % of the places in draws of all units' true scores,
    and the place it has. Units without a place have no band. What it covers: on average over the units, nine true
    places of ten lie in their unit's band (Klein, Wright, Wieczorek 2020 call these individual); that all of them do
    at a time is not said (Mogstad and others 2024). Measured: docs/methods.md.
    """
    bands = pd.DataFrame(index=place.index, columns=["best", "worst"], dtype="Int64")
    known = place.dropna().index.intersection(tally.index)
    if known.empty:
        return bands
    drawn = true_scores(tally.loc[known], np.random.default_rng(seed))
    places = _places(drawn, volume[known].to_numpy(dtype=float), scoring)
    best, worst = np.quantile(places, [0.05, 0.95], axis=0, method="nearest")
    now = place[known].to_numpy(dtype=float)
    bands.loc[known, "best"], bands.loc[known, "worst"] = np.minimum(best, now), np.maximum(worst, now)
    return bands


def halves(bands: pd.DataFrame) -> pd.Series:
    """1 where a band lies wholly in the better half of the places, -1 in the worse, else 0."""
    middle = bands["best"].notna().sum() / 2
    better, worse = bands["worst"] <= middle, bands["best"] > middle
    return better.fillna(False).astype(int) - worse.fillna(False).astype(int)


def true_scores(tally: pd.DataFrame, random: np.random.Generator) -> Numbers:
    """Draws of the units' true scores after their callbacks: DRAWS x units.

    Each unit has its own shares of the combinations of answers, drawn from a Dirichlet distribution around those of all
    units; its callbacks are a multinomial sample of them. So a unit with few callbacks is drawn to the others, and the
    answers of one callback stay together. How far units differ is taken from the scores' spread beyond chance
    (restricted likelihood on the grid ALIKE, flat prior on the root: Gelman 2006) and drawn too, as it is not known
    exactly.
    """
    points = np.array(sorted({0.0, 100.0, *tally.columns}))
    counted = tally.reindex(columns=points, fill_value=0.0).to_numpy(dtype=float)
    total = counted.sum(axis=1)
    alike = ALIKE[:, None] ** 2
    variance = alike + (1 - alike) / total  # of a unit's mean, in variances of one callback: grid x units
    shares = (counted / total[:, None]).T @ (1 / variance / (1 / variance).sum(axis=1, keepdims=True)).T
    whole = total.sum()
    shares = (shares.T * whole + JEFFREYS) / (whole + JEFFREYS * len(points))  # grid x points
    mean = shares @ points
    variance = variance * (shares @ points**2 - mean**2)[:, None]
    beside = (counted @ points / total - mean[:, None]) ** 2
    likelihood = -0.5 * ((np.log(variance) + beside / variance).sum(axis=1) + np.log((1 / variance).sum(axis=1)))
    weight = np.exp(likelihood - likelihood.max())
    found = random.choice(len(ALIKE), DRAWS, p=weight / weight.sum())
    prior = (1 / ALIKE[found] ** 2 - 1)[:, None] * shares[found]  # draws x points
    gamma = random.standard_gamma(prior[:, None, :] + counted)
    return np.asarray(gamma @ points / gamma.sum(axis=2))


@dataclass(frozen=True)
class Lift:
    """What would lift a unit by one place. `above`: the unit that stands there.

    `needed`: how many callbacks must turn to resolved; None: all of the `unresolved` (partly resolved ones too) would
    not do.
    """

    above: str
    needed: int | None
    unresolved: int


def resolved_to_pass(
    counts: pd.DataFrame, score: pd.Series, volume: pd.Series, scoring: Scoring, unit: str
) -> Lift | None:
    """How many unresolved callbacks would have to be resolved to gain a place. None: the unit leads or has no place.

    Exact, by the table's own order: every other answer stays as it is. Those not resolved at all come first; a partly
    resolved one brings only the rest.
    """
    score = enough(score, counts["valid"], scoring)
    place = ranks(score, volume, scoring)
    higher = place[place < place[unit]] if pd.notna(place[unit]) else place.head(0)
    if higher.empty:
        return None
    resolved, partly = (float(counts[name][unit]) for name in ("resolved", "partly"))
    settled = float(answered(counts)[1][unit])
    unresolved = int(settled - resolved)
    solved = np.arange(unresolved + 1)
    rest = (solved - (unresolved - partly)).clip(0)  # of the partly resolved
    step = float(scoring.composite(0.0, 1.0, 0.0)) / settled
    tried = np.tile(score.to_numpy(dtype=float), (unresolved + 1, 1))
    at = score.index.get_loc(unit)
    tried[:, at] += step * (solved - scoring.partly_resolved * rest)
    gained = np.flatnonzero(_places(tried, volume.to_numpy(dtype=float), scoring)[:, at] < place[unit])
    return Lift(str(higher.idxmax()), int(gained[0]) if len(gained) else None, unresolved)


@kept
def running_ranks(
    daily: pd.DataFrame,
    time: str,
    unit: str,
    numerator: str,
    denominator: str,
    volume: str,
    valid: str,
    scoring: Scoring,
) -> pd.DataFrame:
    """The league day by day through a period. Grain: one row per day and unit; columns time, unit, score, place.

    Scores are cumulative: the sums of `numerator` over the sums of `denominator` since the first day. Places as in the
    table, with the `volume` and the callbacks (`valid`) up to that day: none before they are enough. Several rows of a
    day and unit count together.
    """
    days, units = sorted(daily[time].unique()), sorted(daily[unit].unique())
    index = pd.MultiIndex.from_product([days, units], names=[time, unit])
    parts = list(dict.fromkeys([numerator, denominator, volume, valid]))
    whole = daily.groupby([time, unit])[parts].sum().reindex(index, fill_value=0.0)
    summed = whole.groupby(level=unit).cumsum().reset_index()
    summed["score"] = summed[numerator] / summed[denominator].where(summed[denominator] > 0)
    summed["ranked"] = enough(summed["score"], summed[valid], scoring)
    score, volumes = (summed[name].to_numpy(dtype=float).reshape(len(days), len(units)) for name in ("ranked", volume))
    places = pd.Series(_places(score, volumes, scoring).ravel(), index=summed.index, dtype="Int64")
    summed["place"] = places.where(summed["ranked"].notna())
    return summed[[time, unit, "score", "place"]]
