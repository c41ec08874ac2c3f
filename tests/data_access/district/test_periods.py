"""Periods of the data's clock: assessment months and days, what a period is compared with."""

from datetime import date, datetime, timedelta

import pytest

from data_access.district.models import Clock
from data_access.district.periods import (
    PRESETS,
    Comparison,
    Period,
    aligned,
    assessment_day,
    assessment_month,
    comparison,
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


def test_dates_are_the_starts_of_their_days() -> None:
    """As an analyst writes them: the end is left out, as that of every period is."""
    assert Period(date(2022, 3, 1), date(2022, 4, 1)) == Period(datetime(2022, 3, 1), datetime(2022, 4, 1))
    told = Period(date(2023, 1, 1), date(2023, 2, 1)).until(datetime(2023, 1, 10, 10, 42))
    assert told.end.date() == date(2023, 1, 10)


@pytest.mark.parametrize("given", ["2022-03-01", None, 2022])
def test_what_is_no_day_is_refused_at_once_and_in_words(given: object) -> None:
    with pytest.raises(TypeError, match="时段的两端"):
        Period(given, datetime(2022, 4, 1))  # type: ignore[arg-type]


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


def test_thirty_days_that_end_like_a_month_are_no_month() -> None:
    days = preset("last30", datetime(2022, 4, 29, 12), CLOCK)
    assert days == Period(datetime(2022, 3, 31), datetime(2022, 4, 30))
    assert previous(days, CLOCK) == Period(datetime(2022, 3, 1), datetime(2022, 3, 31))


def test_a_running_month_is_never_set_against_fewer_days() -> None:
    as_of = datetime(2022, 4, 18, 9, 36)  # 30.4 days after 19 March; from 19 February there are 28
    found = comparison(assessment_month(as_of, CLOCK), "assessment", as_of, CLOCK)
    assert found.days == (28.0, 28.0) and not found.is_per_day
    assert found.moment == datetime(2022, 3, 19) + (as_of - found.current.end)


def test_days_and_weeks_a_year_ago_are_of_the_same_weekdays() -> None:
    as_of = datetime(2022, 11, 29, 10)
    for name in ("today", "last7", "last30"):
        current, base = aligned(preset(name, as_of, CLOCK), "yoy", as_of, CLOCK)
        assert current.start - base.start == timedelta(days=364)
    by_date = CLOCK.model_copy(update={"yoy": "date"})
    assert aligned(preset("today", as_of, by_date), "yoy", as_of, by_date)[1].start == datetime(2021, 11, 29)
    month = preset("month", as_of, CLOCK)
    assert aligned(month, "yoy", as_of, CLOCK)[1].start == datetime(2021, 11, 1)


def test_stretches_as_far_from_the_new_year() -> None:
    as_of = datetime(2023, 1, 30, 10)
    current, base = aligned(preset("last7", as_of, CLOCK), "lunar", as_of, CLOCK)
    assert current.start - datetime(2023, 1, 22) == base.start - datetime(2022, 2, 1)
    summer = datetime(2022, 7, 5, 10)
    assert aligned(preset("last7", summer, CLOCK), "lunar", summer, CLOCK) == aligned(
        preset("last7", summer, CLOCK), "yoy", summer, CLOCK
    )


def test_weekdays_make_a_difference_of_their_own() -> None:
    weekend = Period(datetime(2022, 8, 27), datetime(2022, 8, 29))
    found = Comparison("previous", Period(datetime(2022, 8, 29), datetime(2022, 8, 31)), weekend, None)
    assert found.by_weekdays([2, 2, 2, 2, 2, 1, 1]) == 2
    assert found.by_weekdays([1] * 7) == 1 and found.by_weekdays([0] * 7) == 1
