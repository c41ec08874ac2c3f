"""Cases row by row: a page of a list, a case with all its fields; and the stored rows of objective indicators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, inspect, or_, select

from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter, conditions, restrictions, until_now
from data_access.cases.schema import cases, objective_values

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

AT_ONCE = 20_000  # cases of a file held in memory at a time
LIST_COLUMNS = (
    "case_id", "source", "created_at", "street", "community", "category1", "category2", "category3", "title",
    "unit", "status", "due_at", "closed_at", "is_closed", "is_late", "resolution", "satisfaction", "is_repeat",
)  # fmt: skip


@cached
def listed_cases(
    reader: Reader, where: CaseFilter, sort: str, descending: bool, page: int, page_size: int
) -> pd.DataFrame:
    """As `Reader.list_cases`."""
    if not reader.has_data:
        return pd.DataFrame(columns=list(LIST_COLUMNS))
    order = cases.c[sort].desc() if descending else cases.c[sort].asc()
    statement = (
        select(*(cases.c[name] for name in LIST_COLUMNS))
        .where(*conditions(until_now(where, reader.as_of), reader.as_of))
        .order_by(order.nulls_last(), cases.c.case_id, cases.c.source)
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    frame = reader.read(statement, slow=bool(where.text))
    for name in ("due_at", "closed_at"):  # where no row of the page has a time, the column comes back untyped
        frame[name] = pd.to_datetime(frame[name])
    return frame


def every_case(reader: Reader, where: CaseFilter) -> Iterator[pd.DataFrame]:
    """As `Reader.every_case`: each part is asked for by itself, after the last case of the one before."""
    after: list[ColumnElement[bool]] = []
    while reader.has_data:
        statement = (
            select(*(cases.c[name] for name in LIST_COLUMNS))
            .where(*conditions(until_now(where, reader.as_of), reader.as_of), *after)
            .order_by(cases.c.created_at.desc(), cases.c.case_id, cases.c.source)
            .limit(AT_ONCE)
        )
        part = reader.read(statement, slow=bool(where.text))
        yield part
        if len(part) < AT_ONCE:
            return
        last = part.iloc[-1]
        moment, number = pd.Timestamp(last["created_at"]).to_pydatetime(), str(last["case_id"])
        beyond = or_(cases.c.case_id > number, and_(cases.c.case_id == number, cases.c.source > str(last["source"])))
        after = [or_(cases.c.created_at < moment, and_(cases.c.created_at == moment, beyond))]


def one_case(reader: Reader, name: str) -> dict[str, Any] | None:
    """As `Reader.get_case`."""
    named = restrictions(CaseFilter(case_id=(name,)), reader.as_of) if reader.has_data else []
    rows = reader.rows(select(cases).where(*named)) if named else []
    return rows[0] if rows else None


@cached
def objective_sheet(reader: Reader) -> pd.DataFrame:
    """As `Reader.objective`."""
    columns = [column.name for column in objective_values.columns]
    if not reader.version:
        return pd.DataFrame(columns=columns)
    with reader.store.reading(reader.version) as connection:
        if not inspect(connection).has_table(objective_values.name):  # a store may be older than the table
            return pd.DataFrame(columns=columns)
    table = objective_values.c
    statement = select(objective_values).order_by(table.month, table.street, table.dimension, table.indicator)
    if reader.is_scoped:
        # These figures are not counted from cases, so the scope cannot cut them: a reader of whole streets sees those
        # streets' figures, and any other scope sees none.
        streets = reader.scope.street if reader.scope == CaseFilter(street=reader.scope.street) else ()
        statement = statement.where(objective_values.c.street.in_(streets))
    sheet = reader.read(statement)
    return sheet.assign(month=pd.to_datetime(sheet["month"]))
