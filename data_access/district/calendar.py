"""What the calendar says of a day before anything has happened on it: working or not, holidays, the district's seasons.

Days off and worked weekends as in worktime; the lunar new year as in festivals; seasons from the profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from data_access.district.festivals import HOLIDAY_DAYS, festival_days, new_years
from data_access.district.models import Season
from data_access.district.worktime import is_working_day

BEFORE_NEW_YEAR = 10  # days in which people already leave, and less is asked
WORKDAYS = ("周二", "周三", "周四", "周五")  # each beside Monday, which is where all other columns are 0


def is_in(season: Season, day: date) -> bool:
    """Whether the day lies in the season, which may run over the turn of the year."""
    first, last, at = season.first_day, season.last_day, (day.month, day.day)
    return first <= at <= last if first <= last else at >= first or at <= last


def course_of(season: Season, day: date) -> tuple[datetime, datetime]:
    """The course of the season that a day within it belongs to: its first moment, and the one after its last."""
    begun = day.year if (day.month, day.day) >= season.first_day else day.year - 1
    ends = begun if season.first_day <= season.last_day else begun + 1
    return datetime(begun, *season.first_day), datetime(ends, *season.last_day) + timedelta(days=1)


def days_off(festival: str, year: int) -> tuple[datetime, datetime] | None:
    """The days off in a row around a festival of the year, from the first's first moment to the one after the last's;
    None where the calendar does not know it. Two festivals that meet have one row of days."""
    days = festival_days(festival, year)
    if not days:
        return None
    first, last, one = days[0], days[-1], timedelta(days=1)
    while not is_working_day(first - one):
        first -= one
    while not is_working_day(last + one):
        last += one
    return datetime.combine(first, datetime.min.time()), datetime.combine(last + one, datetime.min.time())


def seasons_on(seasons: Sequence[Season], day: date) -> tuple[str, ...]:
    """The names of the seasons that the day lies in."""
    return tuple(season.name for season in seasons if is_in(season, day))


def day_features(days: pd.DatetimeIndex, seasons: Sequence[Season] = ()) -> pd.DataFrame:
    """What is known of each day beforehand, as columns of 0 and 1, one row per day, in the index `days`.

    Columns: 周二 … 周五 (working days of that weekday), 周六, 周日 (off), 假日 (off on a weekday), 调休上班 (worked on
    a weekend), 春节前, 春节, and one per season. A working Monday is 0 in the first eight.
    """
    work = np.array([is_working_day(day.date()) for day in days], dtype=bool)
    weekday = days.day_of_week.to_numpy()
    columns = {name: work & (weekday == number) for number, name in enumerate(WORKDAYS, start=1)}
    columns |= {"周六": ~work & (weekday == 5), "周日": ~work & (weekday == 6)}
    columns |= {"假日": ~work & (weekday < 5), "调休上班": work & (weekday >= 5)}
    before, during = np.zeros(len(days), dtype=bool), np.zeros(len(days), dtype=bool)
    for first in new_years(days[0].year - 1, days[-1].year + 1) if len(days) else ():
        away = (days - pd.Timestamp(first)).days.to_numpy()
        before |= (away >= -BEFORE_NEW_YEAR) & (away < 0)
        during |= (away >= 0) & (away < HOLIDAY_DAYS)
    columns |= {"春节前": before, "春节": during}
    columns |= {season.name: np.array([is_in(season, day.date()) for day in days], dtype=bool) for season in seasons}
    return pd.DataFrame(columns, index=days).astype(float)
