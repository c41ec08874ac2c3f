"""The lunar new year and other days that make two stretches of equal dates unequal.

The day of the new year comes from the package holidays, which carries the lunar calendar from 1901 to 2099.
"""

from __future__ import annotations

import functools
from datetime import date, datetime, timedelta
from typing import Protocol

import holidays

NEW_YEAR, LEAP_DAY = "春节", "2月29日"
HOLIDAY_DAYS = 7  # of the new year, from its first day on
NEAR = 45  # days around the new year within which it sways what comes in


class Stretch(Protocol):
    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


@functools.cache
def festival_days(name: str, year: int) -> tuple[date, ...]:
    """The statutory days of a festival (春节, 国庆节, 中秋节 …) in a year; none where the calendar does not reach."""
    named = holidays.country_holidays("CN", years=year, language="zh_CN")
    return tuple(sorted(day for day, label in named.items() if name in label.split("; ")))


def lunar_new_year(year: int) -> date | None:
    """The first day of the lunar year that begins in this year; None where the calendar does not reach."""
    return min(festival_days(NEW_YEAR, year), default=None)


def new_years(first: int, last: int) -> list[date]:
    """The lunar new years from one year to another."""
    return [day for year in range(first, last + 1) if (day := lunar_new_year(year))]


def new_year_near(stretch: Stretch) -> date | None:
    """The new year that lies in the stretch or within NEAR days of it, the nearest; None where there is none."""
    middle = (stretch.start + (stretch.end - stretch.start) / 2).date()
    around = new_years(middle.year - 1, middle.year + 1)
    day, near = min(around, key=lambda day: abs(day - middle), default=None), timedelta(days=NEAR)
    return day if day and stretch.start.date() - near <= day <= stretch.end.date() + near else None


def marked_days(start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """The new years and leap days from `start` until before `end`: what a time axis marks."""
    found = [(datetime.combine(day, datetime.min.time()), NEW_YEAR) for day in new_years(start.year, end.year)]
    for year in range(start.year, end.year + 1):
        if year % 4 == 0 and (year % 100 or year % 400 == 0):
            found.append((datetime(year, 2, 29), LEAP_DAY))
    return sorted((day, label) for day, label in found if start <= day < end)


def _days_of_new_year(stretch: Stretch) -> int:
    """How many days of the new year's holiday lie in the stretch."""
    days = 0
    for day in new_years(stretch.start.year, stretch.end.year):
        first = datetime.combine(day, datetime.min.time())
        last = first + timedelta(days=HOLIDAY_DAYS)
        inside = min(stretch.end, last) - max(stretch.start, first)
        days += max(-(-inside // timedelta(days=1)), 0)
    return days


def unequal_days(current: Stretch, base: Stretch) -> list[str]:
    """What of the calendar lies in one of two stretches and not as much in the other, in words."""
    words, holiday = [], (_days_of_new_year(current), _days_of_new_year(base))
    if holiday[0] != holiday[1]:
        words.append(f"春节假期本期 {holiday[0]} 天、比较期 {holiday[1]} 天")
    leap = [any(label == LEAP_DAY for _, label in marked_days(one.start, one.end)) for one in (current, base)]
    if leap[0] != leap[1]:
        words.append(f"{'本期' if leap[0] else '比较期'}含 {LEAP_DAY}")
    return words
