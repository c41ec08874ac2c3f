"""So many a day: a figure by the whole days, weeks or months of a stretch that are over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from data_access.cases.dimensions import kind_of
from data_access.cases.filters import CaseFilter, left_out
from data_access.district.periods import DAY, Period, after, day_of

TIMES = ("hour", "weekday", "day", "week", "month", "quarter", "half", "year")  # groups in the order of time
NAMES = {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "half": "个半年", "year": "年"}
EACH = {"day": "日均", "week": "周均", "month": "月均", "quarter": "季均", "half": "半年均", "year": "年均"}


@dataclass(frozen=True)
class Per:
    """`many` whole units (a key of NAMES), and the stretch that they make up. `kinds`: of the days how
    many are of each kind, of which `many` counts those that are asked for."""

    unit: str
    many: int
    period: Period
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """日均, 月均."""
        return EACH[self.unit]

    @property
    def written(self) -> str:
        """31 天."""
        return f"{self.many} {NAMES[self.unit]}"

    def many_of(self, by: str, groups: pd.Series) -> pd.Series | int:
        """What each group's figure is divided by: a kind of day by its own days."""
        return groups.map(self.kinds) if self.unit == "day" and by == "kind_of_day" else self.many


def per_of(unit: str, where: CaseFilter, span: tuple[datetime, datetime]) -> Per | None:
    """The whole units from the stretch's begin on that lie within the data; its last day is not over and is left out.
    Where only some kinds of days are asked for, so many days as there are of these.

    `span`: the data's oldest and newest time. None where there is no whole unit.
    """
    period = where.when
    if unit not in NAMES:
        return None
    begin, last = max(period.start, day_of(span[0])), min(period.end, day_of(span[1]))
    many = 0
    while after(begin, unit, many + 1) <= last:
        many += 1
    whole = Period(begin, after(begin, unit, many))
    kinds = Counter(kind_of((begin + nth * DAY).date()) for nth in range((whole.end - begin).days))
    if unit == "day":
        out = {one.kind_of_day[0] for one in left_out(where) if one.kind_of_day}
        many = sum(days for kind, days in kinds.items() if kind in (where.kind_of_day or kinds) and kind not in out)
    return Per(unit, many, whole, dict(kinds)) if many else None
