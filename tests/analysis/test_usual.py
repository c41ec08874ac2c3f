"""A day's usual range holds what it promises, and says nothing where it cannot."""

import numpy as np
import pandas as pd
import pytest

from analysis.usual import EMPTY, LEAST, WEEK, WEEKS, usual_range

DAYS = pd.date_range("2021-01-01", periods=520, freq="D")
RANDOM = np.random.default_rng(7)
BY_WEEKDAY = np.where(DAYS.day_of_week >= 5, 60.0, 100.0)


def held(course: pd.DataFrame) -> float:
    return float(course["value"].between(course["low"], course["high"]).mean())


def counts() -> pd.Series:
    return pd.Series(RANDOM.negative_binomial(40, 40 / (40 + BY_WEEKDAY)), index=DAYS, dtype=float)


def rates() -> tuple[pd.Series, pd.Series]:
    among = pd.Series(RANDOM.poisson(80, len(DAYS)), index=DAYS, dtype=float)
    return pd.Series(RANDOM.binomial(among.astype(int), 0.94) / among, index=DAYS), among


def test_ninety_five_days_of_a_hundred_are_within_it() -> None:
    of_counts = [held(usual_range(counts(), None, 28)) for _ in range(30)]
    of_rates = [held(usual_range(*rates(), 28)) for _ in range(30)]
    assert np.mean(of_counts) == pytest.approx(0.95, abs=0.025)
    assert np.mean(of_rates) == pytest.approx(0.95, abs=0.025)


def test_weekdays_have_their_own_range() -> None:
    course = usual_range(counts(), None, 28)
    off = course.index.day_of_week >= 5
    assert course.loc[off, "high"].mean() < course.loc[~off, "high"].mean() * 0.8


def test_an_outbreak_is_outside_and_does_not_become_usual() -> None:
    quiet = counts()
    burst = quiet.copy()
    burst.iloc[-20:-17] *= 5
    course = usual_range(burst, None, 28)
    assert (course["value"] > course["high"]).iloc[-20:-17].all()
    assert course["high"].tail(7).mean() < 1.3 * usual_range(quiet, None, 28)["high"].tail(7).mean()


def test_days_of_more_cases_have_narrower_rates() -> None:
    rate, among = rates()
    among.iloc[-1] = 20 * among.iloc[-2]
    course = usual_range(rate, among, 2)
    width = course["high"] - course["low"]
    assert width.iloc[1] < width.iloc[0] / 3


def test_too_few_days_or_cases_tell_no_range() -> None:
    short = counts().tail(WEEKS * WEEK + LEAST + 27)
    assert usual_range(short, None, 28)["low"].isna().all()
    rare = pd.Series(RANDOM.poisson(EMPTY / 10, len(DAYS)), index=DAYS, dtype=float)
    course = usual_range(rare, None, 28)
    assert course["low"].isna().all() and course["value"].notna().all()
