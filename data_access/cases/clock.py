"""The data's clock: up to when the source's export knows what happened. The one definition of "now".

Whoever imports may say it (`--as-of`, or `as_of` in the mapping). Else it is the newest case, or the newest later event
that is no slip of the pen: none after the import itself, and none beyond a silence in which nothing at all happened,
QUIET times as long as the usual one between days with cases (QUIET_DAYS where there are too few days to tell). A
closing in 2025 among the cases of 2022 moves no clock; closings that go on for weeks after the last case do.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import ScalarSelect, Select, func, or_, select, union_all

from data_access.cases.cache import cached
from data_access.cases.engines import bucket, days_of, may_be_later
from data_access.cases.schema import EVENTS, cases, import_batches

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

QUIET, QUIET_DAYS, FEW = 7, 31, 30
AS_OF, SAID_BY = "as_of", "as_of_batch"  # notes of the store: the moment said, and the import that said it


@cached
def stretch(reader: Reader) -> tuple[datetime, datetime] | None:
    """The times of the oldest and newest case, None without a case. `reader`: of the whole district."""
    first, last = func.min(cases.c.created_at).label("first"), func.max(cases.c.created_at).label("last")
    row = reader.read(select(first, last)).iloc[0]
    if pd.isna(row["last"]):
        return None
    return pd.Timestamp(row["first"]).to_pydatetime(), pd.Timestamp(row["last"]).to_pydatetime()


@cached
def tells_ends(reader: Reader) -> bool:
    """As `Reader.tells_ends`. `reader`: of the whole district."""
    told = select(cases.c.case_id).where(or_(cases.c.is_closed != 0, cases.c.status != "")).limit(1)
    return bool(reader.rows(told))


@cached
def newest_known(reader: Reader) -> datetime | None:
    """The data's "now" (naive Beijing time), None without a case. `reader`: of the whole district."""
    said = reader.note(AS_OF)
    # What a later import brings may be later than what an earlier one said.
    later = [cases.c.batch_id > int(reader.note(SAID_BY) or 0)] if said else []
    created = cases.c.created_at
    # One by one, so that an index answers each where there is one.
    asked: dict[str, Select[Any]] = {
        "newest": select(func.max(created)).where(created <= _imported(), *later),
        "any": select(func.max(created)).where(*later),
        "first": select(func.min(created)).where(*later),
    }
    parts = {name: part.scalar_subquery() for name, part in asked.items()} | {
        "days": days_of(created, cases.c.created_day, *later)
    }
    stand = reader.read(select(*(part.label(name) for name, part in parts.items()))).iloc[0]
    newest = stand["newest"] if pd.notna(stand["newest"]) else stand["any"]
    if pd.isna(newest):
        return datetime.fromisoformat(said) if said else None
    start = max(pd.Timestamp(newest), pd.Timestamp(said)) if said else pd.Timestamp(newest)
    silence = timedelta(days=QUIET_DAYS)
    if stand["days"] >= FEW:
        silence = max(QUIET * (pd.Timestamp(newest) - stand["first"]) / stand["days"], timedelta(days=QUIET))
    each = [
        select(func.max(event).label("last"))
        .where(may_be_later(EVENTS, start), event > start, event <= _imported(), *later)
        .group_by(bucket("day", event))
        for event in EVENTS
    ]
    now = start
    for moment in reader.read(select(union_all(*each).subquery())).sort_values("last")["last"]:
        if moment - now > silence:
            break
        now = moment
    return pd.Timestamp(now).to_pydatetime()


def _imported() -> ScalarSelect[Any]:
    """When the last import was done: nothing later can be known."""
    return select(func.coalesce(func.max(import_batches.c.finished_at), datetime(9999, 1, 1))).scalar_subquery()
