"""How long cases take, those still open counted as well: quantiles of the handling time by Kaplan and Meier.

The quick ones are closed first, so that the median of what is closed is too short while a period is young. Kaplan &
Meier 1958; interval by Brookmeyer & Crowley 1982 with Greenwood's variance; one statement for all groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, Float, Select, case, cast, func, literal, or_, select

from data_access.cases import small
from data_access.cases.cache import cached
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.engines import seconds_between
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.schema import cases

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

# 97 % of the normal distribution: with many cases still open an interval of 95 % was measured to miss 7–8 %.
Z = 2.17
ROUNDING = 1e-9  # of a product of many factors
MINUTE = 60  # seconds; times are told to the minute
NEVER = -1e9  # the logarithm of a share of none


@cached
def quantiles(reader: Reader, shares: tuple[float, ...], by: tuple[str, ...], where: CaseFilter) -> pd.DataFrame:
    """Hours within which a share of the cases is closed. Grain: one row per combination of `by` that has cases.

    Columns: `by`; hours_0, low_0, high_0 for the first share and so on: the quantile with its 95 % interval, NaN where
    it is not reached; cases: how many tell, open ones as well.
    """
    statement = _quantiles(_survival(reader, by, where), shares, by)
    frame = reader.exact.read(statement, slow=bool(where.text))
    numbers = [name for name in frame if name not in by]
    frame = frame.astype(dict.fromkeys(numbers, "float64"))
    frame = small.hours_in_steps(reader, frame, [str(name) for name in numbers if name != "cases"], where=where, by=by)
    return frame.sort_values([*by], ignore_index=True) if by else frame


def _survival(reader: Reader, by: tuple[str, ...], where: CaseFilter) -> Any:
    """Per group and minute: left (the share still open after it) and spread (Greenwood's sum)."""
    waited = seconds_between(cases.c.created_at, literal(reader.as_of))
    seconds = func.coalesce(cases.c.handling_seconds, case((cases.c.is_closed == 0, waited)))
    groups = [DIMENSIONS[name].expression(reader.profile).label(name) for name in by]
    # A case that is closed without a time tells nothing; one closed before it came in took no time.
    known = or_(cases.c.is_closed == 0, cases.c.handling_seconds.is_not(None))
    each = (
        select(
            *groups,
            cast(func.floor(func.greatest(seconds, 0) / MINUTE), BigInteger).label("minute"),
            cases.c.is_closed,
        )
        .where(*conditions(where, reader.as_of), known)
        .subquery("each_case")
    )
    keys = [each.c[name] for name in by]
    counted = (
        select(*keys, each.c.minute, func.sum(each.c.is_closed).label("closed"), func.count().label("left"))
        .group_by(*keys, each.c.minute)
        .subquery("counted")
    )
    keys = [counted.c[name] for name in by]
    waiting = (
        select(
            *keys,
            counted.c.minute,
            cast(counted.c.closed, Float).label("closed"),
            cast(
                func.sum(counted.c.left).over(partition_by=keys or None, order_by=counted.c.minute.desc()), Float
            ).label("waiting"),
        )
    ).subquery("waiting")
    closed, open_before = waiting.c.closed, waiting.c.waiting
    keys = [waiting.c[name] for name in by]
    over: dict[str, Any] = {"partition_by": keys or None, "order_by": waiting.c.minute}
    stays = case((closed < open_before, func.ln(1 - closed / func.nullif(open_before, 0))), else_=NEVER)
    spread = case((closed < open_before, closed / (open_before * (open_before - closed))), else_=0.0)
    return (
        select(
            *keys,
            waiting.c.minute,
            open_before,
            func.exp(func.greatest(func.sum(stays).over(**over), -700.0)).label("left"),
            func.sum(spread).over(**over).label("spread"),
        )
    ).subquery("survival")


def _quantiles(survival: Any, shares: tuple[float, ...], by: tuple[str, ...]) -> Select[Any]:
    left, error = survival.c.left, survival.c.left * func.sqrt(survival.c.spread)

    def first(at_most: ColumnElement[Any], share: float) -> ColumnElement[Any]:
        # The middle of the minute.
        return (func.min(case((at_most <= 1 - share + ROUNDING, survival.c.minute))) + 0.5) * MINUTE / 3600.0

    columns = [
        column
        for place, share in enumerate(shares)
        for column in (
            first(left, share).label(f"hours_{place}"),
            first(left - Z * error, share).label(f"low_{place}"),
            first(left + Z * error, share).label(f"high_{place}"),
        )
    ]
    keys = [survival.c[name] for name in by]
    return select(*keys, *columns, func.max(survival.c.waiting).label("cases")).group_by(*keys)
