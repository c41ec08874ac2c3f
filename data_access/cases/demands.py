"""Demands by place, the same person's counted once: ten calls of one person are no gathering."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import case, distinct, func, select

from data_access.cases import small
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.schema import cases

if TYPE_CHECKING:
    from data_access.cases.reader import Reader


@cached
def demands(reader: Reader, where: CaseFilter) -> pd.DataFrame:
    """Grain: one row per stored H3 cell ('' without a place); columns h3_cell, demands.

    A caller counts once per cell and second-level class within the period; a case whose caller is not known by itself.
    """
    if not reader.has_data:
        return pd.DataFrame({"h3_cell": pd.Series(dtype=str), "demands": pd.Series(dtype=float)})
    known = case((cases.c.caller_key != "", cases.c.caller_key + "|" + cases.c.category2))
    single = func.sum(case((cases.c.caller_key == "", 1), else_=0))
    statement = select(cases.c.h3_cell, (func.count(distinct(known)) + single).label("demands"))
    found = reader.exact.read(
        statement.where(*conditions(where, reader.as_of)).group_by(cases.c.h3_cell), slow=bool(where.text)
    )
    found = small.rounded(reader, found, ["demands"], "demands", where=where, by=("h3_cell",))
    return found.astype({"demands": float}).sort_values("h3_cell", ignore_index=True)
