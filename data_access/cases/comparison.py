"""A period beside its comparison period (同比, 环比, 较上一考核期): as a whole, and group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data_access.cases.aggregation import result_columns
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES, Measure
from data_access.district.periods import aligned

if TYPE_CHECKING:
    from data_access.cases.reader import Reader


@dataclass(frozen=True)
class Change:
    """A measure now (`current`) and in the comparison period (`base`).

    `change`: relative for counts, a difference for rates, scores and hours. `reason`: why there is none, '' when there
    is. Unknown is NaN.
    """

    measure: str
    current: float
    base: float
    change: float
    reason: str

    @property
    def is_known(self) -> bool:
        return not np.isnan(self.change)


def changes(reader: Reader, measures: Sequence[str], where: CaseFilter, kind: str) -> dict[str, Change]:
    """As `Reader.changes`."""
    if not reader.has_data or where.period is None:
        now = _values(reader, measures, where)
        return {name: _change(MEASURES[name], now.get(name, np.nan), np.nan, "没有时段可比") for name in measures}
    current, base = aligned(where.period, kind, reader.as_of)
    reason = "" if reader.covers(base) else "数据没有覆盖比较期"
    now = _values(reader, measures, where.replace(period=current))
    then = _values(reader, measures, where.replace(period=base))
    return {name: _change(MEASURES[name], now[name], then[name], reason) for name in measures}


def _values(reader: Reader, measures: Sequence[str], where: CaseFilter) -> dict[str, float]:
    sums = reader.aggregate(measures, (), where)
    return {name: float(sums[name].iloc[0]) for name in measures} if len(sums) else {}


def _change(measure: Measure, current: float, base: float, reason: str) -> Change:
    if measure.is_snapshot:
        reason = reason or "按当前状态统计，比较期已无当时的状态"
    elif np.isnan(current):
        reason = measure.unknown or reason
    elif np.isnan(base):
        reason = reason or f"比较期：{measure.unknown}"
    elif base == 0 and not measure.changes_absolutely:
        reason = reason or "比较期为 0 件"
    change = np.nan if reason else (current - base if measure.changes_absolutely else current / base - 1)
    return Change(measure.name, current, np.nan if reason else base, change, reason)


def beside_base(
    reader: Reader, measures: Sequence[str], by: Sequence[str], where: CaseFilter, kind: str
) -> pd.DataFrame:
    """As `Reader.with_base`."""
    columns = [*result_columns(measures), *(f"{name}_base" for name in measures)]
    current, base = aligned(where.period, kind, reader.as_of) if reader.has_data and where.period else (None, None)
    if base is None or not reader.covers(base):
        return pd.DataFrame(columns=[*by, *columns])
    now = reader.aggregate(measures, by, where.replace(period=current))
    then = reader.aggregate(measures, by, where.replace(period=base))[[*by, *measures]]
    joined = now.merge(then.rename(columns={name: f"{name}_base" for name in measures}), on=list(by), how="outer")
    counts = [name for name in measures if MEASURES[name].is_count]
    return joined.fillna({column: 0.0 for name in counts for column in (name, f"{name}_base")})


def moved(reader: Reader, measure: str, by: str, where: CaseFilter, kind: str) -> pd.DataFrame:
    """As `Reader.compare_groups`."""
    groups = beside_base(reader, [measure], [by], where, kind)
    groups = groups.rename(columns={measure: "current", f"{measure}_base": "base"})
    groups["change"] = groups["current"] - groups["base"]
    return groups.sort_values(["change", by], ascending=[False, True], ignore_index=True)[
        [by, "current", "base", "change"]
    ]
