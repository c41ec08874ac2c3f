"""The days behind a card's line are the days of the page's own figures."""

from datetime import datetime, timedelta

import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period, day_of
from questions.usual import SHOWN, courses_beside_usual

NAMES = ("volume", "open", "median_hours", "resolution_rate", "composite")


def asked(reader: Reader) -> CaseFilter:
    return CaseFilter(period=Period(day_of(reader.as_of) - timedelta(days=3), reader.as_of + timedelta(days=2)))


@pytest.mark.slow
def test_a_day_of_the_line_is_that_days_figure(reader: Reader) -> None:
    courses = courses_beside_usual(reader, NAMES, asked(reader))
    for name, course in courses.items():
        assert len(course) == SHOWN
        day = course["value"].last_valid_index().to_pydatetime()
        alone = reader.figure(name, CaseFilter(period=Period(day, day + timedelta(days=1))))
        assert course["value"][day] == pytest.approx(alone)


def test_only_what_has_a_figure_a_day_has_a_line(reader: Reader) -> None:
    assert set(courses_beside_usual(reader, NAMES, asked(reader))) == {"volume", "resolution_rate", "composite"}


def test_the_line_ends_before_the_day_that_still_runs(reader: Reader) -> None:
    volume = courses_beside_usual(reader, NAMES, asked(reader))["volume"]
    assert volume.index[-1] == day_of(reader.as_of) - timedelta(days=1)


def test_rates_end_before_the_days_whose_callbacks_are_still_to_come(reader: Reader) -> None:
    courses = courses_beside_usual(reader, NAMES, asked(reader))
    assert courses["resolution_rate"].index[-1] < courses["volume"].index[-1]


def test_a_period_before_the_data_has_no_line(reader: Reader) -> None:
    before = CaseFilter(period=Period(datetime(2010, 1, 1), datetime(2010, 2, 1)))
    assert courses_beside_usual(reader, NAMES, before) == {}
