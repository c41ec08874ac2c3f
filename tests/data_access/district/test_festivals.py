"""The lunar new year and leap days."""

from datetime import date, datetime

import chinese_calendar
import pytest

from data_access.district.festivals import lunar_new_year, marked_days, new_year_near, unequal_days
from data_access.district.periods import Period


@pytest.mark.parametrize("year", range(2010, 2027))
def test_the_new_year_is_a_day_off_named_so(year: int) -> None:
    is_off, label = chinese_calendar.get_holiday_detail(lunar_new_year(year))
    assert is_off and label == "Spring Festival"


def test_known_new_years() -> None:
    assert [lunar_new_year(year) for year in (2022, 2023, 2024)] == [
        date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10)]  # fmt: skip


def test_what_an_axis_marks() -> None:
    days = marked_days(datetime(2023, 12, 1), datetime(2024, 4, 1))
    assert days == [(datetime(2024, 2, 10), "春节"), (datetime(2024, 2, 29), "2月29日")]
    assert marked_days(datetime(2023, 3, 1), datetime(2024, 2, 1)) == []


def test_what_two_stretches_do_not_share() -> None:
    january = Period(datetime(2023, 1, 12), datetime(2023, 2, 11))
    year_ago = Period(datetime(2022, 1, 12), datetime(2022, 2, 3))
    assert unequal_days(january, year_ago) == ["春节假期本期 7 天、比较期 2 天"]
    leap = Period(datetime(2024, 2, 20), datetime(2024, 3, 5)), Period(datetime(2023, 2, 20), datetime(2023, 3, 5))
    assert unequal_days(*leap) == ["本期含 2月29日"]
    assert unequal_days(january, january) == []


def test_far_from_the_new_year_there_is_none() -> None:
    assert new_year_near(Period(datetime(2022, 7, 1), datetime(2022, 7, 8))) is None
    assert new_year_near(Period(datetime(2022, 12, 25), datetime(2023, 1, 10))) == date(2023, 1, 22)
