"""Who brought one kind of matter again and again: callers told apart, none of them named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import select

from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.schema import cases
from data_access.district.periods import Period

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

TOLD = ("street", "community", "category2", "unit")
COLUMNS = [*TOLD, "cases", "within", "open", "first", "newest"]


@cached
def repeated(reader: Reader, where: CaseFilter, least: int, days: int) -> pd.DataFrame:
    """Callers with `least` or more cases of one second class in the `days` up to the end of the filter's period, one of
    them at least within it. Of cases that may be seen one by one.

    Grain: one row per caller and class, the most cases first; columns COLUMNS: the street, community and unit named
    most often; cases, those within the period, those that are open; when the first and the newest came in.
    """
    if not reader.has_data:
        return pd.DataFrame(columns=COLUMNS)
    period = where.when.until(reader.as_of)
    asked = where.replace(period=Period(min(period.end - timedelta(days=days), period.start), period.end))
    statement = select(cases.c.caller_key, cases.c.created_at, cases.c.is_closed, *(cases.c[name] for name in TOLD))
    known = (*conditions(asked, reader.as_of), cases.c.caller_key != "", cases.c.category2 != "")
    found = reader.singly.read(statement.where(*known))
    found = found.assign(is_within=found["created_at"] >= period.start)
    keys = [found.pop("caller_key"), found["category2"]]
    groups = found.groupby(keys, sort=False)
    counts = groups.agg(cases=("created_at", "size"), within=("is_within", "sum"), first=("created_at", "min"),
                        newest=("created_at", "max"), closed=("is_closed", "sum"))  # fmt: skip
    counts = counts[(counts["cases"] >= least) & (counts["within"] > 0)]
    again = [groups.get_group(key) for key in counts.index]
    most = {name: [_most(rows[name]) for rows in again] for name in TOLD}
    told = counts.reset_index(drop=True).assign(**most)
    told["open"] = told["cases"] - told["closed"]
    order = ["cases", "newest", *TOLD, "first"]
    return told.sort_values(order, ascending=[False, False, *(True for _ in order[2:])], ignore_index=True)[COLUMNS]


def _most(values: pd.Series) -> str:
    named = values[values != ""]
    return str(named.mode().iloc[0]) if len(named) else ""
