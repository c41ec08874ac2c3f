"""Gaps are shown, sums are kept, years meet on their dates."""

from datetime import datetime

import pandas as pd
import pytest

from analysis.series import every_bucket, on_one_axis
from data_access.district.periods import Period


def frame(*days: str) -> pd.DataFrame:
    return pd.DataFrame({"day": pd.to_datetime(list(days)), "source": "hotline", "volume": range(1, len(days) + 1)})


def test_a_day_without_cases_is_zero_and_the_sum_stays() -> None:
    filled = every_bucket(frame("2022-01-01", "2022-01-04"), "day", "volume", by=["source"], zero=True)
    assert filled["volume"].tolist() == [1, 0, 0, 2]
    assert filled["day"].dt.day.tolist() == [1, 2, 3, 4]


def test_a_rate_without_cases_is_unknown() -> None:
    filled = every_bucket(frame("2022-01-01", "2022-01-03"), "day", "volume", zero=False)
    assert filled["volume"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("time", "values", "buckets"),
    [("week", ["2022-01-03", "2022-01-24"], 4), ("month", ["2022-01-01", "2022-05-01"], 5)],
)
def test_weeks_and_months_step_as_they_do(time: str, values: list[str], buckets: int) -> None:
    given = pd.DataFrame({time: pd.to_datetime(values), "volume": [1.0, 2.0]})
    filled = every_bucket(given, time, "volume", zero=True)
    assert len(filled) == buckets and filled["volume"].sum() == 3


def test_hours_are_always_twenty_four() -> None:
    filled = every_bucket(pd.DataFrame({"hour": [3, 9], "volume": [1.0, 1.0]}), "hour", "volume", zero=True)
    assert filled["hour"].tolist() == list(range(24))


def test_nothing_stays_nothing() -> None:
    assert every_bucket(frame(), "day", "volume", zero=True).empty


def test_years_meet_on_their_dates() -> None:
    both = on_one_axis(frame("2022-03-01"), frame("2021-03-01", "2021-03-02"), "day")
    assert both.groupby("year")["volume"].sum().to_dict() == {"本期": 1, "上年同期": 3}
    assert set(both.loc[both["volume"] == 1, "position"]) == {pd.Timestamp("2022-03-01")}


@pytest.mark.parametrize(
    ("time", "starts", "cut"),
    [
        ("day", ["2022-03-09", "2022-03-10", "2022-03-11"], [False, False, True]),
        ("week", ["2022-02-28", "2022-03-07"], [True, True]),
        ("month", ["2022-02-01", "2022-03-01"], [True, True]),
    ],
)
def test_a_bucket_that_the_stretch_cuts_short_is_partial(time: str, starts: list[str], cut: list[bool]) -> None:
    within = Period(datetime(2022, 3, 2), datetime(2022, 3, 11, 10, 46))
    given = pd.DataFrame({time: pd.to_datetime(starts), "volume": 1.0})
    assert every_bucket(given, time, "volume", zero=True, within=within)["partial"].tolist() == cut
    whole = Period(datetime(2022, 2, 1), datetime(2022, 4, 1))
    assert not every_bucket(given, time, "volume", zero=True, within=whole)["partial"].any()
