"""Cases row by row: a page of a list, a case with all its fields; and the stored rows of objective indicators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, inspect, not_, or_, select

from data_access.cases import misspelt
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter, chosen_streets, conditions, restrictions, until_now
from data_access.cases.schema import cases, objective_values
from data_access.district.names import UnknownName, nearest

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

AT_ONCE = 20_000  # cases of a file held in memory at a time
LIST_COLUMNS = (
    "case_id", "source", "created_at", "street", "community", "category1", "category2", "category3", "title",
    "unit", "status", "due_at", "closed_at", "is_closed", "is_late", "resolution", "satisfaction", "is_repeat",
)  # fmt: skip
# Orders of the list: words, the column, whether falling, and of which status alone they speak.
SORTS = {
    "created_at": ("最新受理", "created_at", True, ""), "soonest": ("截止最早", "due_at", False, "due_later"),
    "latest": ("逾期最久", "due_at", False, "overdue_open"), "closed_at": ("最近办结", "closed_at", True, ""),
    "oldest": ("最早受理", "created_at", False, ""), "slowest": ("办理最久", "handling_seconds", True, "closed"),
    "fastest": ("办理最快", "handling_seconds", False, "closed"), "street": ("街道", "street", False, ""),
    "category1": ("分类", "category1", False, ""),
}  # fmt: skip


@misspelt.telling
@cached
def listed_cases(
    reader: Reader, where: CaseFilter, sort: str, descending: bool, page: int, page_size: int
) -> pd.DataFrame:
    """As `Reader.list_cases`."""
    if sort not in cases.c:
        raise UnknownName("字段", sort, nearest(sort, dict.fromkeys(cases.c.keys(), "")))
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


@cached
def texts(reader: Reader, where: CaseFilter, most: int) -> pd.DataFrame:
    """What the newest cases say, of those that may be seen one by one. Grain: one row per case; columns case_id,
    title, content, address, caller (a number that cases of one caller share, within this answer alone)."""
    columns = ("case_id", "caller_key", "title", "content", "address")
    if not reader.has_data:
        return pd.DataFrame(columns=["case_id", "title", "content", "address", "caller"])
    asked = until_now(where, reader.as_of)
    statement = select(*(cases.c[name] for name in columns)).where(*conditions(asked, reader.as_of))
    found = reader.singly.read(statement.order_by(cases.c.created_at.desc(), cases.c.case_id).limit(most))
    keys = found.pop("caller_key")
    return found.assign(caller=pd.factorize(keys.where(keys != "", found["case_id"]))[0])


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
def same_caller(reader: Reader, name: str, most: int) -> pd.DataFrame:
    """The newest other cases of the caller of one, as `listed_cases`; none where callers may not be seen."""
    # Who may not see callers is given digests in their place, which tell apart and would link as well.
    case = one_case(reader.singly, name) if reader.sight.callers else None
    if case is None or not case["caller_key"]:
        return pd.DataFrame(columns=list(LIST_COLUMNS))
    own = and_(cases.c.case_id == case["case_id"], cases.c.source == case["source"])
    statement = select(*(cases.c[column] for column in LIST_COLUMNS)).where(
        *conditions(CaseFilter(), reader.as_of), cases.c.caller_key == case["caller_key"], not_(own)
    )
    found = reader.singly.read(statement.order_by(cases.c.created_at.desc(), cases.c.case_id).limit(most))
    return found if len(found) else pd.DataFrame(columns=list(LIST_COLUMNS))


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
        scope = reader.scope
        whole = scope == CaseFilter(street=scope.street, district=scope.district)
        streets = ((chosen_streets(scope, reader.profile) if whole else None) or set()) - {""}
        statement = statement.where(objective_values.c.street.in_(streets))
    sheet = reader.read(statement)
    return sheet.assign(month=pd.to_datetime(sheet["month"]))
