"""The newest days of a few figures beside their usual range: what a card's small line shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pandas as pd

from analysis.usual import PAST, WEEK, WEEKS, Numbers, usual_range
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.units import POINTS
from data_access.district.periods import Period, day_of

SHOWN = 28  # days
TOLD = 0.9  # of the cases that usually count on a day; a day of which fewer do is too young for its rate


def bears_days(name: str) -> bool:
    """Whether a measure has a figure a day: not the state of now, nor a quantile or a share of all."""
    measure = MEASURES[name]
    return not (measure.is_snapshot or measure.quantile or measure.of_total or measure.population)


@cached
def courses_beside_usual(reader: Reader, names: tuple[str, ...], where: CaseFilter) -> dict[str, pd.DataFrame]:
    """Measure -> its last SHOWN days that are over and told, as analysis.usual.usual_range gives them.

    The days before the end of the filter's period, whatever its beginning. A rate's days end where its cases are called
    back, due or closed as usual: the first answers of a young day are no sample of it. No entry for what has no figure
    a day, and none without any day.
    """
    asked = tuple(name for name in names if bears_days(name))
    end = min(day_of(where.when.end), day_of(reader.as_of))
    start = max(day_of(reader.span[0]), end - timedelta(days=PAST + 2 * SHOWN + WEEK * WEEKS))
    if start >= end or not asked:
        return {}
    told = list(dict.fromkeys([*asked, "volume"]))
    found = reader.aggregate(told, ["day"], where.replace(period=Period(start, end)))
    if found.empty:
        return {}
    days = pd.date_range(start, end, freq="D", inclusive="left")
    rows = days.get_indexer(pd.Index(found["day"]))
    columns = {str(name): np.full(len(days), np.nan) for name in found if name != "day"}
    for name, column in columns.items():
        column[rows] = found[name].to_numpy(float)
    return {name: course for name in asked if len(course := _course(days, columns, name))}


def _course(days: pd.DatetimeIndex, columns: Mapping[str, Numbers], name: str) -> pd.DataFrame:
    measure = MEASURES[name]
    if not measure.is_ratio:
        return usual_range(pd.Series(np.nan_to_num(columns[name]), days), None, SHOWN)
    among, volume = np.nan_to_num(columns[f"{name}__den"]), columns["volume"]
    told = np.divide(among, volume, out=np.full(len(days), np.nan), where=volume > 0)
    before = told[: -2 * SHOWN]
    usual = np.median(known) if len(known := before[~np.isnan(before)]) else np.inf
    (whole,) = np.nonzero(told >= TOLD * usual)
    if not len(whole):
        return pd.DataFrame()
    upto = int(whole[-1]) + 1
    course = usual_range(pd.Series(columns[name][:upto], days[:upto]), pd.Series(among[:upto], days[:upto]), SHOWN)
    most = 100.0 if measure.unit == POINTS else 1.0
    return course.assign(high=np.minimum(course["high"], most))
