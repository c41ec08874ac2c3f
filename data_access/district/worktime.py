"""Working time: hours of office on working days, by China's holiday calendar.

Days off and worked weekends come from chinesecalendar as announced by the State Council. For years that it does
not know yet, weekends and the statutory holidays of the package holidays are used, and `is_estimated` is true.
"""

from __future__ import annotations

import functools
from datetime import date, datetime, time, timedelta

import chinese_calendar
import holidays

from data_access.district.programmes import Office

FIRST_YEAR, LAST_YEAR = 2010, 2035  # of cases that are told by the kind of their day


@functools.cache
def is_estimated(year: int) -> bool:
    """Whether the year's worked weekends and shifted holidays are not known yet."""
    try:
        chinese_calendar.is_workday(date(year, 7, 1))
    except NotImplementedError:
        return True
    return False


@functools.cache
def _statutory(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CN", years=year))


@functools.lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    if is_estimated(day.year):
        return day.weekday() < 5 and day not in _statutory(day.year)
    return bool(chinese_calendar.is_workday(day))


@functools.cache
def shifts(first: int, last: int) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """The days of these years that are not what their weekday says: weekends that are worked, weekdays that are off."""
    days = (date(first, 1, 1) + timedelta(days=nth) for nth in range((date(last + 1, 1, 1) - date(first, 1, 1)).days))
    other = [day for day in days if is_working_day(day) != (day.weekday() < 5)]
    return tuple(day for day in other if day.weekday() >= 5), tuple(day for day in other if day.weekday() < 5)


def _at(day: date, hour: float) -> datetime:
    return datetime.combine(day, time()) + timedelta(hours=hour)


def working_hours(start: datetime, end: datetime, office: Office) -> float:
    """Office hours from `start` to `end`; negative when `end` comes first."""
    if end < start:
        return -working_hours(end, start, office)
    first, last = start.date(), end.date()
    between = [first + timedelta(days=nth) for nth in range(1, (last - first).days)]  # these count whole
    total = sum(map(is_working_day, between)) * sum(closes - opens for opens, closes in office.spans)
    for day in {first, last}:
        for opens, closes in office.spans if is_working_day(day) else ():
            inside = min(end, _at(day, closes)) - max(start, _at(day, opens))
            total += max(inside.total_seconds(), 0.0) / 3600
    return total


def after_working_hours(start: datetime, hours: float, office: Office) -> datetime:
    """The moment at which so many office hours after `start` have passed."""
    day, left = start.date(), hours
    while True:
        for opens, closes in office.spans if is_working_day(day) else ():
            begins, ends = max(start, _at(day, opens)), _at(day, closes)
            room = (ends - begins).total_seconds() / 3600
            if room >= left:
                return begins + timedelta(hours=left)
            left -= max(room, 0.0)
        day += timedelta(days=1)
