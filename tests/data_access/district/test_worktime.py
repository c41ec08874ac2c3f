"""Office hours by China's holiday calendar; and years it does not know yet."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.district.programmes import Office
from data_access.district.worktime import after_working_hours, is_estimated, is_working_day, working_hours

OFFICE = Office()  # 9-12, 13-18: eight hours


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2022, 4, 24), True),  # a Sunday worked for the May holiday
        (date(2022, 5, 4), False),
        (date(2022, 5, 7), True),  # a Saturday worked
        (date(2022, 10, 3), False),
        (date(2022, 6, 6), True),
        (date(2022, 6, 5), False),
    ],
)
def test_days_are_those_the_state_council_announced(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_a_year_nobody_knows_yet_is_estimated_and_says_so() -> None:
    assert is_estimated(2031) and not is_estimated(2022)
    assert not is_working_day(date(2031, 10, 1)) and not is_working_day(date(2031, 6, 7))
    assert is_working_day(date(2031, 6, 10))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2022-06-06T09:00", "2022-06-06T18:00", 8),
        ("2022-06-06T11:30", "2022-06-06T13:30", 1),
        ("2022-06-10T17:00", "2022-06-13T10:00", 2),  # over a weekend
        ("2022-04-29T17:00", "2022-05-05T10:00", 2),  # over the May holiday
        ("2022-06-06T20:00", "2022-06-07T08:00", 0),
        ("2022-06-06T12:00", "2022-06-06T09:00", -3),
    ],
)
def test_hours_between_by_hand(start: str, end: str, hours: float) -> None:
    assert working_hours(datetime.fromisoformat(start), datetime.fromisoformat(end), OFFICE) == hours


@given(
    st.datetimes(datetime(2021, 12, 1), datetime(2022, 12, 1)),
    st.floats(0.25, 300).map(lambda hours: round(hours * 60) / 60),
)
def test_a_deadline_lies_its_hours_ahead(start: datetime, hours: float) -> None:
    due = after_working_hours(start, hours, OFFICE)
    assert working_hours(start, due, OFFICE) == pytest.approx(hours, abs=1e-6)
    assert due - start >= timedelta(hours=hours) - timedelta(seconds=1)


def test_office_hours_out_of_order_are_named() -> None:
    with pytest.raises(ValueError, match="从早到晚"):
        Office(spans=((13, 18), (9, 12)))
