"""What is to be expected: cases by day for four weeks and by week for a quarter, and at which hours they come."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.busy import Busy, busy_bands
from analysis.forecast import Outlook, outlook
from analysis.series import every_bucket
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.calendar import day_features
from data_access.district.periods import Period, day_of

# Fields that say what a case is from its first hour on; by the others (status …) young cases cannot be counted yet.
KNOWN_AT_ONCE = ("source", "district", "street", "community", "category1", "category2", "category3", "unit",
                 "unit_type", "channel", "request_type", "dimension", "urgency", "crowd", "industry")  # fmt: skip
BAND = 2  # hours
BUSY_WEEKS = 8  # of which the hours are read
DAYS_SHOWN = 7


@dataclass(frozen=True)
class Step:
    """`ahead`, `season`, `origins`: steps of the forecast, of what repeats, and tries on the past; `least`: cases a
    step on average below which nothing is said; `label`: 按日."""

    label: str
    days: int
    ahead: int
    season: int
    origins: int
    least: float


STEPS = {"day": Step("按日", 1, 28, 7, 10, 5), "week": Step("按周", 7, 13, 52, 3, 10)}


@dataclass(frozen=True)
class Ahead:
    """`history`: cases of each finished step, its first day as index. `outlook`: None where nothing can be said, with
    the reason."""

    history: pd.Series
    outlook: Outlook | None = None
    reason: str = ""


def forecastable(where: CaseFilter) -> CaseFilter:
    """The part of a filter by which the future can be counted: without a period, a status, a text."""
    return CaseFilter(**{name: getattr(where, name) for name in KNOWN_AT_ONCE})


def leaves_out(where: CaseFilter) -> bool:
    """Whether the filter has conditions, its period apart, that a forecast does not follow."""
    kept = {"period", *KNOWN_AT_ONCE}
    return any(getattr(where, part.name) for part in fields(where) if part.name not in kept)


@cached
def ahead(reader: Reader, where: CaseFilter, step: str) -> Ahead:
    """The forecast of `where`'s cases (see `forecastable`) from the first step that is not over. `step`: of STEPS."""
    how = STEPS[step]
    history = _history(reader, forecastable(where), step)
    needed = how.season + (how.origins + 1) * how.ahead
    if len(history) < needed:
        unit = "天" if step == "day" else "周"
        return Ahead(
            history, reason=f"预测要用自己过去的误差定区间，需要至少 {needed} {unit}的历史，现有 {len(history)} {unit}"
        )
    mean = float(history.iloc[-needed:].mean())
    if mean < how.least:
        other = "；请改看按周" if step == "day" and mean * 7 >= STEPS["week"].least else ""
        return Ahead(history, reason=f"平均{how.label[1:]}只有 {mean:.1f} 件，太少，说不准{other}")
    known = _calendar(reader, history.index[0], len(history) + how.ahead, how.days)
    return Ahead(history, outlook(history, known, how.season, how.origins))


def _history(reader: Reader, where: CaseFilter, step: str) -> pd.Series:
    """Cases of every step that is over, 0 where none came in."""
    first, now = day_of(reader.span[0]), day_of(reader.as_of)
    if step == "week":
        first, now = first + timedelta(days=-first.weekday() % 7), now - timedelta(days=now.weekday())
    if first >= now:
        return pd.Series(dtype=float)
    counted = reader.aggregate(["volume"], [step], where.replace(period=Period(first, now)))
    steps = pd.date_range(first, now, freq=f"{STEPS[step].days}D", inclusive="left")
    counts = counted.set_index(pd.DatetimeIndex(counted[step]))["volume"]
    return counts.reindex(steps, fill_value=0).astype(float)


def _calendar(reader: Reader, first: pd.Timestamp, steps: int, days: int) -> pd.DataFrame:
    """What the calendar says of each step; of a week, the share of its days."""
    every = pd.date_range(first, periods=steps * days)
    known = day_features(every, reader.profile.settings.seasons)
    if days == 1:
        return known
    # Every week has each weekday once: only what moves is told.
    known = known.drop(columns=[name for name in known.columns.astype(str) if name.startswith("周")])
    return known.groupby(np.arange(len(every)) // days).mean().set_axis(every[::days], axis=0)


@cached
def hours_ahead(reader: Reader, where: CaseFilter) -> tuple[pd.DataFrame, list[Busy]]:
    """The coming week by two hours: what to expect, and which weekday's hours are busier than other working days'.

    Grain: one row per day and band; columns day (a date), band (its first hour), expected (cases: the day's forecast
    by the share that the band had on such weekdays of the last eight weeks). Empty without a forecast or without times.
    """
    told = ahead(reader, where, "day")
    now = day_of(reader.as_of)
    weeks = Period(now - timedelta(weeks=BUSY_WEEKS), now)
    asked = forecastable(where).replace(period=weeks)
    counts = reader.aggregate(["volume"], ["day", "hour"], asked) if told.outlook else pd.DataFrame()
    if told.outlook is None or counts.empty or not counts["hour"].any():
        return pd.DataFrame(columns=["day", "band", "expected"]), []
    counts = every_bucket(counts, "hour", "volume", by=["day"], zero=True)
    bands = counts.assign(band=counts["hour"].astype(int) // BAND * BAND, day=pd.to_datetime(counts["day"]))
    grid = bands.pivot_table(index="day", columns="band", values="volume", aggfunc="sum", fill_value=0)
    dates, coming = pd.DatetimeIndex(grid.index), pd.DatetimeIndex(told.outlook.ahead.index[:DAYS_SHOWN])
    works = ~_is_off(dates)
    rows = []
    for day, is_off, expected in zip(coming, _is_off(coming), told.outlook.ahead["expected"], strict=False):
        alike = grid[~works] if is_off else grid[works & (dates.day_of_week == day.day_of_week)]
        share = alike.sum() / alike.to_numpy().sum() if alike.to_numpy().sum() else grid.sum() / grid.to_numpy().sum()
        rows.append(pd.DataFrame({"day": day, "band": share.index, "expected": share.to_numpy() * expected}))
    return pd.concat(rows, ignore_index=True), busy_bands(grid[works])


def _is_off(days: pd.DatetimeIndex) -> NDArray[np.bool_]:
    return np.asarray(day_features(days)[["周六", "周日", "假日"]].sum(axis=1) > 0)
