"""Would the grid have been first anyway? Each hotline order beside itself at other times, for analysis/coincidence.py.

Where grid cases are many, most orders find one within the week before them, call or no call. How many would is told by
the same matching as in fusion.py, asked of the same places some weeks earlier and later.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import CTE, ColumnElement, and_, case, func, or_, select

from data_access.cases.cache import cached
from data_access.cases.engines import bucket, days_between
from data_access.cases.filters import CaseFilter
from data_access.cases.fusion import JUDGED, _can_match, _outcomes, _unprompted
from data_access.cases.reader import Reader

LEVELS = ("first_now", "first_usual", "seen_now", "seen_usual")
COMPARED = (
    "family", "street", "h3_cell", "first", "later", "is_over", "references", "first_hits", "seen_hits",
    *LEVELS,
)  # fmt: skip


def references(window_days: int) -> tuple[int, ...]:
    """Days by which the reference moments of an order lie before and after it: whole weeks, windows that do not meet.

    Three on each side, and no more: a building site that comes and goes within months is then still compared with
    itself. Chosen by measured error, see docs/methods.md.
    """
    step = 7 * -(-window_days // 7)
    return tuple(sign * step * times for sign in (-1, 1) for times in (2, 3, 4))


def comparisons(reader: Reader, where: CaseFilter) -> pd.DataFrame:
    """Each judged order beside itself at other times. Grain: one row per order whose outcome counts in first_rate.

    Columns: family, street, h3_cell, first and later (0/1, what became of it), is_over (0/1: later is known),
    references (how many of `references` the grid's data cover), first_hits and seen_hits (at how many of them the grid
    would have been first; would have been first or later), first_now and seen_now (grid cases of the family in the
    whole district within the window before the order, and on both its sides, by whole days), first_usual and seen_usual
    (the same on average at the references; NaN without any).
    """
    return _comparisons(reader, where)


@cached
def _comparisons(reader: Reader, where: CaseFilter) -> pd.DataFrame:
    if not _can_match(reader):
        return pd.DataFrame(columns=list(COMPARED))
    shifts = (0, *references(reader.profile.settings.fusion.window_days))
    outcomes = _outcomes(reader, where, shifts)
    levels = _levels(reader, outcomes)
    own, out = outcomes.c.shift == 0, outcomes.c.outcome
    usable = and_(~own, _is_usable(outcomes))
    keys = [outcomes.c[name] for name in ("case_id", "family", "street", "h3_cell", "day")]
    rows = (
        select(
            *keys,
            _count(and_(own, out == "first")).label("first"),
            _count(and_(own, out == "later")).label("later"),
            _count(and_(own, outcomes.c.is_over)).label("is_over"),
            _count(usable).label("references"),
            _count(and_(usable, out == "first")).label("first_hits"),
            _count(and_(usable, out.in_(("first", "later")))).label("seen_hits"),
        )
        .group_by(*keys)
        .having(_count(and_(own, out.in_(JUDGED))) == 1)
        .cte("rows")
    )
    same_day = and_(levels.c.family == rows.c.family, levels.c.day == rows.c.day)
    chosen = [(rows if name in rows.c else levels).c[name] for name in COMPARED]
    statement = select(*chosen).join_from(rows, levels, same_day, isouter=True).order_by(rows.c.case_id)
    # Order by order, for sums over many of them: questions/coincidence.py withholds the small ones.
    return reader.exact.read(statement).astype(dict.fromkeys(COMPARED[3:], "float64"))


def _levels(reader: Reader, outcomes: CTE) -> CTE:
    """How busy the grid was over the whole district. Grain: one row per family and day that has orders.

    Columns family, day and LEVELS, see `comparisons`.
    """
    window = reader.profile.settings.fusion.window_days
    looks = _unprompted(reader, None).subquery()
    on = bucket("day", looks.c.created_at)
    daily = (
        select(looks.c.family, on.label("day"), func.count().label("looks")).group_by(looks.c.family, on).cte("daily")
    )
    asked = (
        select(outcomes.c.family, outcomes.c.day, outcomes.c.shift)
        .where(or_(outcomes.c.shift == 0, _is_usable(outcomes)))
        .distinct()
        .cte("asked")
    )
    gap = days_between(asked.c.day, daily.c.day) - asked.c.shift
    each = (
        select(
            *asked.c,
            func.sum(case((gap <= 0, daily.c.looks), else_=0)).label("first"),
            func.coalesce(func.sum(daily.c.looks), 0).label("seen"),
        )
        .outerjoin_from(asked, daily, and_(daily.c.family == asked.c.family, gap.between(-window, window)))
        .group_by(*asked.c)
        .cte("each_level")
    )
    now, key = each.c.shift == 0, (each.c.family, each.c.day)
    levels = select(
        *key,
        func.max(case((now, each.c.first))).label("first_now"),
        func.avg(case((~now, each.c.first))).label("first_usual"),
        func.max(case((now, each.c.seen))).label("seen_now"),
        func.avg(case((~now, each.c.seen))).label("seen_usual"),
    )
    return levels.group_by(*key).cte("levels")


def _is_usable(outcomes: CTE) -> ColumnElement[bool]:
    """Whether the grid's data cover a moment's windows."""
    return and_(outcomes.c.is_over, outcomes.c.outcome.not_in(("uncovered", "no_place")))


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))
