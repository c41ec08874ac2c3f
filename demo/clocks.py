"""When people work: closings and callbacks wait for a working day and for the hours at which they are made."""

from __future__ import annotations

import datetime as dt

import numpy as np

from data_access.district.worktime import is_working_day
from demo.arrivals import DAY, EPOCH
from demo.draw import Bools, Draw, Ints, pick_one
from demo.settings import Work

HOUR = 3600
LONGEST_BREAK = 15  # days: no run of days off is longer
EVENING, MORNING = 22, 7  # between these hours it is night
MORNING_HOURS = 3  # what waited for the morning ends within so many hours


def _days_off(first: int, last: int) -> Bools:
    """Whether each day from `first` to `last` (days since 1970) is a day off."""
    start = EPOCH.date()
    return np.array([not is_working_day(start + dt.timedelta(days=day)) for day in range(first, last + 1)])


def in_working_time(draw: Draw, work: Work, moment: Ints, earliest: Ints, latest: Ints) -> Ints:
    """Moments (seconds since 1970) at hours with little work are moved to others, on days off mostly to a working day.

    What would come too late is done on the working day before `latest`; where that is too early, it stays as it was.
    """
    if not len(moment):
        return moment
    first = int(moment.min()) // DAY - LONGEST_BREAK
    off = _days_off(first, int(moment.max()) // DAY + LONGEST_BREAK)
    numbers = np.arange(len(off))
    # The nearest working day from each day on, and up to each day.
    coming = np.minimum.accumulate(np.where(off, len(off) - 1, numbers)[::-1])[::-1]
    gone = np.maximum.accumulate(np.where(off, 0, numbers))
    day = moment // DAY - first
    waits = off[day] & (draw.random(len(day)) >= work.day_off)
    hours = np.array(work.hours) / max(work.hours)
    fits = ~waits & (draw.random(len(day)) < hours[moment % DAY // HOUR]) & (moment >= earliest) & (moment <= latest)
    clock = pick_one(draw, work.hours, len(day)) * HOUR + draw.integers(0, HOUR, len(day))
    moved = (np.where(waits, coming[day], day) + first) * DAY + clock
    moved = np.where(moved < earliest, (coming[np.minimum(day + 1, len(off) - 1)] + first) * DAY + clock, moved)
    before = (gone[np.clip(latest // DAY - first - 1, 0, len(off) - 1)] + first) * DAY + clock
    moved = np.where(moved > latest, before, moved)
    return np.where(fits | (moved < earliest) | (moved > latest), moment, moved)


def in_daylight(draw: Draw, at_night: float, moment: Ints, latest: Ints) -> Ints:
    """Moments in the night put off to the morning, but for the part `at_night` and what must not wait."""
    hour = moment % DAY // HOUR
    asleep = ((hour >= EVENING) | (hour < MORNING)) & (draw.random(len(moment)) >= at_night)
    midnight = moment - moment % DAY + np.where(hour >= EVENING, DAY, 0)
    morning = midnight + MORNING * HOUR + draw.integers(0, MORNING_HOURS * HOUR, len(moment))
    return np.where(asleep & (morning <= latest), morning, moment)
