"""Periods of the data's clock: assessment months and days, what a period is compared with."""

from datetime import datetime, timedelta

import pytest

from data_access.district.models import Clock
from data_access.district.periods import (
    PRESETS,
    Period,
    aligned,
    assessment_day,
    assessment_month,
    preset,
    previous,
    same_period_last_year,
)

CLOCK = Clock(assessment_month_start=19, assessment_day_start=12, stale_after_hours=24, repeat_window_days=30)


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        (datetime(2022, 12, 18, 23, 59), datetime(2022, 11, 19), datetime(2022, 12, 19)),
        (datetime(2022, 12, 19), datetime(2022, 12, 19), datetime(2023, 1, 19)),
        (datetime(2023, 1, 10, 10, 42), datetime(2022, 12, 19), datetime(2023, 1, 19)),
        (datetime(2022, 3, 1), datetime(2022, 2, 19), datetime(2022, 3, 19)),
    ],
)
def test_assessment_month_runs_from_the_19th_to_the_18th(moment: datetime, start: datetime, end: datetime) -> None:
    assert assessment_month(moment, CLOCK) == Period(start, end)


def test_assessment_day_turns_at_noon() -> None:
    noon = datetime(2022, 5, 4, 12)
    assert assessment_day(noon, CLOCK).start == noon
    assert assessment_day(noon - timedelta(seconds=1), CLOCK).end == noon


def test_previous_keeps_calendar_lengths() -> None:
    march = Period(datetime(2022, 3, 1), datetime(2022, 4, 1))
    assert previous(march) == Period(datetime(2022, 2, 1), datetime(2022, 3, 1))
    week = Period(datetime(2022, 3, 5), datetime(2022, 3, 12))
    assert previous(week) == Period(datetime(2022, 2, 26), datetime(2022, 3, 5))


def test_leap_day_has_a_year_before() -> None:
    day = Period(datetime(2024, 2, 29), datetime(2024, 3, 1))
    assert same_period_last_year(day).start == datetime(2023, 2, 28)


@pytest.mark.parametrize("kind", ["yoy", "previous", "assessment"])
@pytest.mark.parametrize("name", PRESETS)
def test_comparison_has_equal_elapsed_time(name: str, kind: str) -> None:
    as_of = datetime(2023, 1, 10, 10, 42)
    period = preset(name, as_of, CLOCK, datetime(2021, 1, 1))
    current, base = aligned(period, kind, as_of)
    if current.end < period.end:
        assert base.end - base.start == current.end - current.start
    assert base.start < current.start


def test_a_whole_month_is_compared_with_a_whole_month() -> None:
    february = Period(datetime(2022, 2, 1), datetime(2022, 3, 1))
    _, base = aligned(february, "previous", datetime(2022, 12, 31))
    assert base == Period(datetime(2022, 1, 1), datetime(2022, 2, 1))


def test_the_end_of_a_long_month_never_reaches_into_the_next_period() -> None:
    march = Period(datetime(2022, 3, 1), datetime(2022, 4, 1))
    _, base = aligned(march, "previous", datetime(2022, 3, 30, 12))
    assert base.end == datetime(2022, 3, 1)
