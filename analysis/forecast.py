"""Counts ahead: a level that drifts, times what the calendar says of the day, beside the seasonal naive forecast.

The logarithm of the count is a random walk plus noise plus one effect per column of the calendar (Harvey 1989: the
local level model with explanatory variables), fitted with statsmodels. It was chosen over its rivals by its size and
error: statsforecast holds pandas below 3; fixed levels, AR(1) errors and one or two yearly waves were worse in the
back-test or no better (docs/methods.md).

What a model says of its own errors is a promise; so both forecasts are made for past days whose counts are known, and
their intervals are stretched until they would have held (split conformal prediction: Vovk 2005, Lei 2018).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEVELS = {80: 1.2816, 95: 1.9600}  # percent -> half an interval, in standard deviations
LEAST_RUNS = 2  # stretches in which something must have been so before its effect is told
HALF = 0.5  # added before the logarithm, so that a day without a case has one
Method = Literal["calendar", "naive"]
MODEL: Method = "calendar"
NAIVE: Method = "naive"
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Outlook:
    """A forecast and how good it would have been.

    `ahead`: one row per step, in the history's index continued: expected (the median), low80, high80, low95, high95,
    naive. `back`: one row per past origin and step: origin, time, step, actual, expected, naive, in80, in95 (whether
    the interval held, stretched by what all other origins say). `method`: which of the two is in `ahead`.
    `mase`, `mase_naive`: mean absolute error ÷ that of the naive one-step forecast within the history (Hyndman,
    Koehler 2006); below 1 is better than that.
    """

    ahead: pd.DataFrame
    back: pd.DataFrame
    method: Method
    mase: float
    mase_naive: float

    @property
    def gain(self) -> float:
        """By which share the model's error is smaller than the naive forecast's; negative where it is larger."""
        return 1 - self.mase / self.mase_naive

    def covered(self, percent: int) -> float:
        """The share of past counts that lay within the interval of so many percent."""
        return float(self.back[f"in{percent}"].mean())


def outlook(history: pd.Series, calendar: pd.DataFrame, season: int, origins: int) -> Outlook:
    """The counts of the steps that the calendar goes beyond the history.

    `history`: counts, one per step, regular. `calendar`: its rows are the history's steps and those ahead, in the same
    order; columns are what is known beforehand (0..1). `season`: steps after which the naive forecast repeats.
    `origins`: from how many past moments the same is tried, a forecast's length apart.

    Raises ValueError where the history is shorter than a season and the tries need.
    """
    steps = len(calendar) - len(history)
    if steps < 1 or len(history) < season + (origins + 1) * steps:
        raise ValueError(f"历史太短：{len(history)} 期不够向前 {steps} 期的预测和 {origins} 次回测")
    starts = [len(history) - steps * ago for ago in range(origins, 0, -1)]
    # The two variances are told by what was known at the first origin, so that no try knows its own future.
    settings = _variances(history.iloc[: starts[0]], calendar)
    tries = _forecasts(history, calendar, starts, steps, season, settings)
    back = pd.concat([_tried(history, start, told) for start, told in tries.items()], ignore_index=True)
    scale = float(history.diff(season).abs().mean()) or math.nan
    errors = {method: (back["actual"] - _median(back[f"{method}_centre"])).abs() for method in (MODEL, NAIVE)}
    method: Method = MODEL if errors[MODEL].mean() < errors[NAIVE].mean() else NAIVE
    now = len(history)
    found = _forecasts(history, calendar, [now], steps, season, _variances(history, calendar, settings))[now]
    centre, spread = found[f"{method}_centre"], found[f"{method}_spread"]
    away = (np.log(back["actual"] + HALF) - back[f"{method}_centre"]).abs() / back[f"{method}_spread"]
    ahead = pd.DataFrame({"expected": _median(centre), "naive": _median(found[f"{NAIVE}_centre"])})
    told = back[["origin", "time", "step", "actual"]].assign(
        expected=_median(back[f"{method}_centre"]), naive=_median(back[f"{NAIVE}_centre"])
    )
    for percent in LEVELS:
        half = _quantile(away, percent)
        ahead[f"low{percent}"], ahead[f"high{percent}"] = (
            _median(centre - half * spread),
            _median(centre + half * spread),
        )
        others = back["origin"].map({origin: _quantile(away[back["origin"] != origin], percent)
                                     for origin in back["origin"].unique()})  # fmt: skip
        told[f"in{percent}"] = away <= others
    return Outlook(ahead, told, method, float(errors[MODEL].mean() / scale), float(errors[NAIVE].mean() / scale))


def _median(centre: pd.Series) -> pd.Series:
    return (np.exp(centre) - HALF).clip(lower=0)


def _quantile(away: pd.Series, percent: int) -> float:
    """The half width within which so many percent of past errors lay, and the promise where there is none to go by."""
    rank = math.ceil((len(away) + 1) * percent / 100)
    return float(np.sort(away)[min(rank, len(away)) - 1]) if len(away) else LEVELS[percent]


def _learnable(calendar: pd.DataFrame, length: int) -> pd.DataFrame:
    """The columns whose effect the first `length` rows can tell: they were on in several stretches, and off between."""
    seen = calendar.iloc[:length]
    runs = ((seen > 0) & ~(seen.shift(fill_value=0) > 0)).sum()
    return calendar.loc[:, (runs >= LEAST_RUNS) & (seen.min() < seen.max())]


def _model(counts: pd.Series, features: pd.DataFrame) -> object:
    # Imported when first used: it takes two seconds, and most pages forecast nothing.
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    known = features.to_numpy() if features.shape[1] else None
    # The effects are part of the state, so that only two variances have to be searched for: five times as fast.
    return UnobservedComponents(np.log(counts.to_numpy() + HALF), level="local level", exog=known, mle_regression=False)


def _variances(counts: pd.Series, calendar: pd.DataFrame, near: Numbers | None = None) -> Numbers:
    """How much the level drifts and how much single steps scatter (maximum likelihood). `near`: where to begin the
    search, which is most of a forecast's time."""
    model = _model(counts, _learnable(calendar, len(counts)).iloc[: len(counts)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a level that does not drift at all lies at the edge, where the search says so
        fitted = model.fit(near, disp=0, maxiter=100, cov_type="none")  # type: ignore[attr-defined]
    return np.asarray(fitted.params, dtype=float)


def _forecasts(
    counts: pd.Series, calendar: pd.DataFrame, starts: Sequence[int], steps: int, season: int, variances: Numbers
) -> dict[int, pd.DataFrame]:
    """Both forecasts of the calendar's steps from each start on, by what was known before it: centre and spread of the
    logarithm. All starts by which the calendar tells the same are read off one pass through the counts."""
    learnable = {start: _learnable(calendar, start) for start in starts}
    found = {}
    for names in dict.fromkeys(tuple(features) for features in learnable.values()):
        alike = [start for start in starts if tuple(learnable[start]) == names]
        features = learnable[alike[-1]]
        passed = _model(counts.iloc[: max(alike)], features.iloc[: max(alike)]).filter(variances)  # type: ignore[attr-defined]
        for start in alike:
            centre, spread = _ahead(passed, start, features.iloc[start : start + steps])
            rounds = np.arange(steps) // season + 1
            found[start] = pd.DataFrame(
                {
                    f"{MODEL}_centre": centre,
                    f"{MODEL}_spread": spread,
                    f"{NAIVE}_centre": np.resize(np.log(counts.to_numpy()[start - season : start] + HALF), steps),
                    # A seasonal random walk; its size comes from the tries.
                    f"{NAIVE}_spread": np.sqrt(rounds.astype(float)),
                },
                index=features.index[start : start + steps],
            )
    return {start: found[start] for start in starts}


def _ahead(passed: Any, start: int, calendar: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """Centre and spread of the steps after `start`, from the state in which the steps before it left the model: the
    level, whose variance grows with every step, and the effects, which stay."""
    told = passed.filter_results
    state, error = told.filtered_state[:, start - 1], told.filtered_state_cov[:, :, start - 1]
    design = np.column_stack([np.ones(len(calendar)), calendar.to_numpy(dtype=float)])
    drift, scatter = float(told.state_cov[0, 0, 0]), float(told.obs_cov[0, 0, 0])
    variance = np.einsum("ij,jk,ik->i", design, error, design) + drift * np.arange(1, len(calendar) + 1) + scatter
    return design @ state, np.sqrt(variance)


def _tried(history: pd.Series, start: int, told: pd.DataFrame) -> pd.DataFrame:
    """What would have been said before step `start`, beside what came."""
    steps = len(told)
    return told.assign(
        origin=history.index[start],
        time=history.index[start : start + steps],
        step=np.arange(1, steps + 1),
        actual=history.to_numpy(dtype=float)[start : start + steps],
    )
