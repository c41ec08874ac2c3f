"""Gaps are shown, sums are kept, years meet on their dates."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from analysis.series import busiest_hour, every_bucket, on_one_axis


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


def test_more_mondays_are_no_busier_mondays() -> None:
    hours = pd.DataFrame({"weekday": [1, 2], "hour": [9, 10], "volume": [50, 44]})
    start = datetime(2022, 12, 12)  # a Monday: of 30 days five are Mondays, five Tuesdays
    assert busiest_hour(hours, start, start + timedelta(days=30)) == (1, 9)
    assert busiest_hour(hours, start, start + timedelta(days=29)) == (2, 10)  # four Tuesdays
