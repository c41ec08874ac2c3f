"""What kind of day a day is: worked or not, within the new year's holiday, within a season of the profile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from data_access.district.calendar import is_in
from data_access.district.festivals import HOLIDAY_DAYS, new_years
from data_access.district.models import Season
from data_access.district.worktime import is_working_day


def is_new_year(day: date) -> bool:
    """Whether the day lies in the seven days of the lunar new year."""
    return any(first <= day < first + timedelta(days=HOLIDAY_DAYS) for first in new_years(day.year, day.year))


def kind_of(day: date, seasons: Iterable[Season]) -> tuple[bool, ...]:
    """What makes days comparable: two days of the same kind are."""
    return (is_working_day(day), is_new_year(day), *(is_in(season, day) for season in seasons))


def kind_in_words(day: date, seasons: Iterable[Season]) -> str:
    """The kind of a day as people say it: 供暖季的工作日."""
    named = "".join(f"{season.name}的" for season in seasons if is_in(season, day))
    return named + ("春节假日" if is_new_year(day) else "工作日" if is_working_day(day) else "休息日")


def calendar(days: Iterable[date], seasons: tuple[Season, ...]) -> pd.DataFrame:
    """Grain: one row per day, in its index; columns off, new_year and each season's name, 0 or 1."""
    rows = {day: kind_of(day, seasons) for day in days}
    names = ["off", "new_year", *(season.name for season in seasons)]
    told = pd.DataFrame.from_dict(rows, orient="index", columns=names).astype(float)
    return told.assign(off=1 - told["off"])
