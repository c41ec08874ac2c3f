"""What cases are in at a moment: 昨天逾期未办结 asks how they stood then, whenever they came in."""

from __future__ import annotations

import re
from datetime import datetime

from data_access.cases.filters import BOTH, CaseFilter
from data_access.district.models import Clock
from data_access.district.periods import DAY, Period, day_of, preset
from questions.asking.cutting import Found
from questions.asking.words import RECEIVED, STATES

OVERDUE = re.compile(r"\boverdue\b")


def parts_of(where: CaseFilter) -> set[str]:
    """The states that are named, apart or together."""
    return {part for status in where.status for part in status.split(BOTH)}


def asks_a_state(where: CaseFilter, found: Found, compare: str) -> bool:
    """Whether the cases are asked for that stood so at a moment, whenever they came in: 昨天逾期未办结.

    What came in yesterday is not due yet: of those none could be overdue. A longer stretch, or a word for coming in,
    means the cases of that stretch.
    """
    if compare or not parts_of(where) & STATES or any(word in RECEIVED for word, _ in found.meanings):
        return False
    return not found.periods or found.periods[0][1].end - found.periods[0][1].start <= DAY


def as_a_state(
    where: CaseFilter, periods: list[tuple[str, Period]], now: datetime, first: datetime, clock: Clock
) -> tuple[CaseFilter, datetime | None, str]:
    """All cases in the state, the moment (None for now), and how the question was taken."""
    at = periods[0][1].end if periods and periods[0][1].end <= now else None
    if at is not None:
        where = where.replace(status=tuple(OVERDUE.sub("overdue_open", one) for one in where.status))
        day = at - DAY
        told = f"按{day.month}月{day.day}日 24 时的状态，不论哪天受理：当天受理的多半还没到期"
        return where.replace(period=Period(day_of(first), at)), at, told
    every = preset("all", now, clock, first)
    return where.replace(period=every), None, "按现在的状态，不论哪天受理"
