"""What rose at this time in past years, so that it can be seen to before anybody calls; and whether it came true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import numpy as np
import pandas as pd

from analysis.effects import FELL, ROSE, Estimate, ratio
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period, day_of, same_days_from_new_year
from data_access.district.vocabulary import HOTLINE

WEEKS = 4
WINDOW = timedelta(weeks=WEEKS)
CONFIDENCE = 0.99  # of each class's interval, since many are looked through
CAME_TRUE = 0.95  # of the interval of what then came
LEAST = 20  # cases in past years' windows
RISE = 1.2  # a smaller rise is nothing to prepare for
LOOKED_BACK = 12  # earlier moments at which the same list would have been made
NAMED = 3  # streets
CLASS = ["category1", "category2"]  # finer ones have too few cases to tell a season from chance in one year


@dataclass(frozen=True)
class Seasons:
    """`window`: the coming four weeks. `years`: the same weeks of past years, the newest first.

    `items`: one row per class that rose in past years, most cases first: category1, category2, change (share by which
    the window of past years was above the four weeks before it), low, high (99 % interval), recent (cases of the last
    four weeks), expected (recent × (1 + change)), past (cases in last year's window), streets (those with most then).
    `looked_at`: classes with enough cases; how many of them are named by chance stands in docs/methods.md.
    `record`: one row per class named by the same rule at an earlier moment: start (of its window), category1,
    category2, change (what then came), verdict.
    """

    window: Period
    years: tuple[Period, ...]
    items: pd.DataFrame
    looked_at: int
    record: pd.DataFrame


@cached
def seasons_ahead(reader: Reader, where: CaseFilter) -> Seasons:
    """The hotline's classes that rose in past years within the coming four weeks, set against the four weeks before.

    Weeks are laid on the same weekdays of past years, near the lunar new year as far from it. `where`: a period in it
    does not matter.
    """
    asked = where.replace(period=None, source=(HOTLINE,))
    counts = reader.aggregate(["volume"], ["day", *CLASS], asked)
    daily = counts.assign(day=pd.to_datetime(counts["day"])).pivot_table(
        index="day", columns=CLASS, values="volume", aggfunc="sum", fill_value=0
    )
    window = _from(reader, 0)
    years = _years(reader, window)
    found = _risen(daily, years)
    items = [(*name, rise) for name, rise in found.items() if _is_named(rise)]
    last = _days(daily, Period(window.start - WINDOW, window.start)).sum()
    then = _days(daily, years[0]).sum() if years else last * np.nan
    rows = []
    for first, second, rise in items:
        recent = last[first, second]
        most = _most(reader, asked.replace(period=years[0], category1=(first,), category2=(second,)))
        change = (rise.value - 1, rise.low - 1, rise.high - 1)
        rows.append((first, second, *change, recent, recent * rise.value, then[first, second], most))
    columns = [*CLASS, "change", "low", "high", "recent", "expected", "past", "streets"]
    frame = pd.DataFrame(rows, columns=columns).sort_values("expected", ascending=False, ignore_index=True)
    return Seasons(window, years, frame, len(found), _record(reader, daily))


def _from(reader: Reader, ago: int) -> Period:
    """The four weeks from the data's today, or from so many times four weeks before it."""
    start = day_of(reader.as_of) - ago * WINDOW
    return Period(start, start + WINDOW)


def _years(reader: Reader, window: Period) -> tuple[Period, ...]:
    """The same weeks of past years that the data covers together with the four weeks before them."""
    years: list[Period] = []
    while len(years) < 10:
        window = same_days_from_new_year(window, reader.profile.settings.clock)
        if not reader.covers(Period(window.start - WINDOW, window.end)):
            break
        years.append(window)
    return tuple(years)


def _days(daily: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Cases by day of the period, a row each."""
    return daily.reindex(pd.date_range(period.start, period.end, inclusive="left"), fill_value=0)


def _risen(
    daily: pd.DataFrame, years: tuple[Period, ...], confidence: float = CONFIDENCE
) -> dict[tuple[str, str], Estimate]:
    """By how much each class rose, all those years together; classes with too few cases are left out."""
    if not years:
        return {}
    now = pd.concat([_days(daily, year) for year in years])
    before = pd.concat([_days(daily, Period(year.start - WINDOW, year.start)) for year in years])
    names = cast(list[tuple[str, str]], daily.columns.to_list())
    enough = [name for name in names if now[name].sum() >= LEAST]
    return {name: ratio(now[name].to_numpy(float), before[name].to_numpy(float), confidence) for name in enough}


def _is_named(rise: Estimate) -> bool:
    return rise.verdict == ROSE and rise.value >= RISE


def _most(reader: Reader, where: CaseFilter) -> str:
    streets = reader.aggregate(["volume"], ["street"], where, order_by="volume", limit=NAMED)
    named = streets[streets["street"] != ""]
    return "、".join(f"{street} {volume:,.0f}" for street, volume in zip(named["street"], named["volume"], strict=True))


def _record(reader: Reader, daily: pd.DataFrame) -> pd.DataFrame:
    """What the same rule named at earlier moments, and what then came in those four weeks."""
    rows = []
    for ago in range(LOOKED_BACK, 0, -1):
        window = _from(reader, ago)
        named = [name for name, rise in _risen(daily, _years(reader, window)).items() if _is_named(rise)]
        came = _risen(daily[named], (window,), CAME_TRUE) if named else {}
        for name in named:
            then = came.get(name, Estimate())
            rows.append((window.start, *name, then.value - 1, then.verdict))
    return pd.DataFrame(rows, columns=["start", *CLASS, "change", "verdict"])


def kept(record: pd.DataFrame) -> tuple[int, int, int]:
    """How many of the classes named before rose, how many fell, and of how many nothing can be said."""
    rose, fell = (int((record["verdict"] == verdict).sum()) for verdict in (ROSE, FELL))
    return rose, fell, len(record) - rose - fell
