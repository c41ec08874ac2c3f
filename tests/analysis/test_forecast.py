"""Forecasts on made series: what is known beforehand is used, intervals hold as often as they say, the better one wins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analysis.busy import busy_bands
from analysis.forecast import LEVELS, MODEL, NAIVE, _forecasts, _learnable, outlook
from data_access.district.calendar import day_features

DAYS = pd.date_range("2021-01-01", periods=500)
STEPS, WEEK, TRIES = 28, 7, 6


def made(seed: int, *, weekend: float = 0.5, drift: float = 0.03) -> pd.Series:
    """Counts around a drifting level, fewer on days off, over-dispersed."""
    rng = np.random.default_rng(seed)
    off = day_features(DAYS)[["周六", "周日", "假日"]].sum(axis=1).to_numpy()
    level = np.log(60) + np.cumsum(rng.normal(0, drift, len(DAYS)))
    mean = np.exp(level + np.log(weekend) * off) * rng.gamma(50, 1 / 50, len(DAYS))
    return pd.Series(rng.poisson(mean).astype(float), index=DAYS)


@pytest.mark.slow
def test_intervals_hold_as_often_as_they_say_and_days_off_are_known() -> None:
    """The days that are forecast were never seen: coverage of 15 series' last four weeks, 420 days."""
    held, gains = dict.fromkeys(LEVELS, 0.0), []
    for seed in range(15):
        counts = made(seed)
        told = outlook(counts[:-STEPS], day_features(DAYS), WEEK, TRIES)
        assert told.method == MODEL
        truth = counts[-STEPS:]
        for percent in LEVELS:
            held[percent] += truth.between(told.ahead[f"low{percent}"], told.ahead[f"high{percent}"]).mean() / 15
        gains.append((truth - told.ahead["naive"]).abs().mean() / (truth - told.ahead["expected"]).abs().mean())
    # Days of one series err together, so the share scatters: about 6 points for 80 %.
    assert 0.68 <= held[80] <= 0.92
    assert 0.88 <= held[95] <= 1.0
    assert np.mean(gains) > 1.2


@pytest.mark.parametrize("calendar", [day_features(DAYS), day_features(DAYS).iloc[:, :0]], ids=["days off", "nothing"])
def test_what_is_read_off_one_pass_is_what_each_start_would_have_said(calendar: pd.DataFrame) -> None:
    counts, variances = made(5), np.array([0.02, 0.0004])
    told = _forecasts(counts, calendar, [200, 333, 450], STEPS, WEEK, variances)
    for start, found in told.items():
        known = _learnable(calendar, start)
        model = UnobservedComponents(np.log(counts[:start].to_numpy() + 0.5), level="local level", mle_regression=False,
                                     exog=known[:start].to_numpy() if known.shape[1] else None)  # fmt: skip
        ahead = known[start : start + STEPS].to_numpy() if known.shape[1] else None
        own = model.filter(variances).get_forecast(STEPS, exog=ahead)
        assert list(found.index) == list(DAYS[start : start + STEPS])
        assert found[f"{MODEL}_centre"].to_numpy() == pytest.approx(own.predicted_mean, rel=1e-9)
        assert found[f"{MODEL}_spread"].to_numpy() == pytest.approx(np.sqrt(own.var_pred_mean), rel=1e-7)


def test_where_the_naive_forecast_is_better_it_is_the_one_shown() -> None:
    """A pattern over the week that no calendar knows repeats, give or take chance."""
    own_week = np.array([5, 90, 10, 70, 20, 60, 30])
    counts = pd.Series(np.random.default_rng(1).poisson(np.resize(own_week, len(DAYS))).astype(float), index=DAYS)
    told = outlook(counts[:-STEPS], pd.DataFrame({"nothing": 0.0}, index=DAYS), WEEK, TRIES)
    assert told.method == NAIVE
    assert told.gain < 0
    assert told.ahead["expected"].to_numpy() == pytest.approx(np.resize(counts[-STEPS - WEEK : -STEPS], STEPS))


@pytest.mark.slow
def test_an_effect_seen_only_once_is_not_told() -> None:
    """One odd stretch is no season: the second time is not forecast to be the same."""
    counts = made(3)
    season = pd.Series(0.0, index=DAYS)
    season["2021-06-01":"2021-07-01"] = season[-STEPS:] = 1.0
    counts["2021-06-01":"2021-07-01"] *= 4
    calendar = day_features(DAYS)
    with_season = outlook(counts[:-STEPS], calendar.assign(once=season), WEEK, TRIES)
    without = outlook(counts[:-STEPS], calendar, WEEK, TRIES)
    pd.testing.assert_frame_equal(with_season.ahead, without.ahead)


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(ValueError, match="历史太短"):
        outlook(made(1)[:100], day_features(DAYS[:128]), WEEK, TRIES)


def _weeks(seed: int, monday: float) -> pd.DataFrame:
    """Eight weeks of working days by bands of two hours; Mondays at eight have `monday` times as many."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2022-09-05", periods=40)
    means = np.tile([2.0, 20, 30, 25, 15, 8], (40, 1)) * rng.gamma(30, 1 / 30, (40, 1))
    means[days.day_of_week == 0, 1] *= monday
    return pd.DataFrame(rng.poisson(means), index=days, columns=[6, 8, 10, 12, 14, 16])


@pytest.mark.slow
def test_busy_hours_are_named_where_there_are_some_and_seldom_by_chance() -> None:
    by_chance = sum(bool(busy_bands(_weeks(seed, 1.0))) for seed in range(100))
    assert by_chance <= 10  # 5 of 100 are promised
    found = [busy_bands(_weeks(seed, 1.6))[:1] for seed in range(20)]
    right = [busy for some in found for busy in some if (busy.weekday, busy.band) == (0, 8)]
    assert len(right) >= 18
    assert np.median([busy.more for busy in right]) == pytest.approx(0.6, abs=0.15)
