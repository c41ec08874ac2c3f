"""What the calendar says of a day beforehand."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest
from pydantic import ValidationError

from data_access.district.calendar import course_of, day_features, days_off, is_in, seasons_on
from data_access.district.models import Season

HEATING = Season(name="供暖季", first="11-15", last="03-15")
RAIN = Season(name="汛期", first="06-01", last="09-15")


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2022, 11, 14), ()),
        (date(2022, 11, 15), ("供暖季",)),
        (date(2023, 1, 1), ("供暖季",)),
        (date(2023, 3, 15), ("供暖季",)),
        (date(2023, 3, 16), ()),
        (date(2023, 6, 1), ("汛期",)),
    ],
)
def test_a_season_may_run_over_the_turn_of_the_year(day: date, names: tuple[str, ...]) -> None:
    assert seasons_on((HEATING, RAIN), day) == names
    assert is_in(HEATING, day) == ("供暖季" in names)


def test_every_day_is_one_kind_of_day() -> None:
    days = day_features(pd.date_range("2022-01-01", "2022-12-31"), (HEATING,))
    kinds = days[["周二", "周三", "周四", "周五", "周六", "周日", "假日", "调休上班"]].sum(axis=1)
    assert set(kinds) == {0.0, 1.0}  # a working Monday is none of them
    assert days.loc["2022-01-31", ["假日", "春节前", "春节", "供暖季"]].tolist() == [1, 1, 0, 1]
    assert days.loc["2022-02-01", ["假日", "春节前", "春节"]].tolist() == [1, 0, 1]
    assert days.loc["2022-01-29", "调休上班"] == 1  # a Saturday that was worked
    assert days.loc["2022-02-07", ["春节", "假日"]].tolist() == [1, 0]
    assert days["春节"].sum() == 7


@pytest.mark.parametrize(
    ("festival", "year", "first", "last"),
    [
        ("国庆节", 2022, date(2022, 10, 1), date(2022, 10, 7)),
        ("元旦", 2023, date(2022, 12, 31), date(2023, 1, 2)),  # over the turn of the year
        ("春节", 2022, date(2022, 1, 31), date(2022, 2, 6)),
        ("中秋节", 2020, date(2020, 10, 1), date(2020, 10, 8)),  # in one row with another
    ],
)
def test_a_festival_is_its_days_off_in_a_row(festival: str, year: int, first: date, last: date) -> None:
    """As the State Council announced them."""
    found = days_off(festival, year)
    assert found and (found[0].date(), found[1].date()) == (first, last + pd.Timedelta(days=1))
    assert days_off("没有这个节", year) is None


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="first"):
        Season(name="供暖季", first="13-01", last="03-15")


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2022, 11, 15), datetime(2022, 11, 15), datetime(2023, 3, 16)),
        (date(2023, 3, 15), datetime(2022, 11, 15), datetime(2023, 3, 16)),
        (date(2023, 12, 31), datetime(2023, 11, 15), datetime(2024, 3, 16)),
    ],
)
def test_a_seasons_course_begins_in_the_year_before_where_it_runs_over(
    day: date, start: datetime, end: datetime
) -> None:
    assert course_of(HEATING, day) == (start, end)
