"""The cases as they stood at an earlier moment, told from the times in the store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, case, null, or_

from data_access.cases.schema import cases

# What a case shows only from the time in that column on.
SINCE = {
    "dispatched_at": ("dispatched_at",),
    "closed_at": ("closed_at", "handling_seconds", "is_closed", "is_late"),
    "callback_at": ("callback_at", "is_valid_callback", "is_contacted", "resolution", "satisfaction"),
}


def known_at(moment: datetime) -> list[ColumnElement[Any]]:
    """The columns of `cases` as of `moment`: an event that came later is taken back.

    An event without a time stands as it is now; `undated_at_most` of data_access.cases.comparison says how many may.
    """
    since = {name: column for column, names in SINCE.items() for name in names}
    return [_known(name, since[name], moment) if name in since else cases.c[name] for name in cases.c.keys()]  # noqa: SIM118


def _known(name: str, since: str, moment: datetime) -> ColumnElement[Any]:
    column, happened = cases.c[name], or_(cases.c[since].is_(None), cases.c[since] <= moment)
    nothing: Any = null() if column.nullable else "" if isinstance(column.type, String) else 0
    return case((happened, column), else_=nothing).label(name)
