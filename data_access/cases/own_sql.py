"""An analyst's own statement, asked under the reader's rights: what it may name stands before it as a WITH.

The connection reads only, and opens neither files nor the network (data_access/cases/files.py, postgres.py,
clickhouse_dialect.py); the statement was read and written anew (statements.py); and all its tables are made here from
what the reader sees. Any of the three alone would keep it from the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import Connection, DateTime, Double, Select, String, cast, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from data_access.cases.columns import MEANINGS
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.engines import listed, not_stored
from data_access.cases.errors import QueryFailed
from data_access.cases.filters import of_district
from data_access.cases.schema import cases, metadata
from data_access.cases.sight import open_columns, told_apart
from data_access.district.names import nearest

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

Params = Mapping[str, Any] | None
Frames = Mapping[str, pd.DataFrame] | None
MOST_ROWS = 1_000_000
MOST_FRAME = (20_000, 40)  # rows and columns of a table that somebody brings along
NAME = re.compile(r"[^\W\d]\w{0,40}")
# As DuckDB, PostgreSQL and ClickHouse say it.
NO_COLUMN = re.compile(
    r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"|column (\S+) does not exist'
    r"|[Uu]nknown (?:expression )?identifier [`']([^`']+)|Identifier '([^']+)' cannot be resolved"
)


def answer(
    reader: Reader, statement: str, params: Mapping[str, Any], frames: Mapping[str, pd.DataFrame], most: int
) -> pd.DataFrame:
    """As `Reader.sql`."""
    # Loaded here: who asks no question of their own need not wait for what reads it.
    from data_access.cases.statements import SEEN, bound, names_in, rewritten

    if not (reader.sight.sql and reader.sight.cases):
        raise QueryFailed("您的身份不能自己写查询：要这项权限，请管理员在 access.toml 写 sql = true")
    stored = tables_of(reader)
    brought = {_named(name, stored): frame for name, frame in frames.items()}
    asked = names_in(statement)
    with reader.reading(apart=True) as connection:
        dialect = connection.dialect.name
        words, signs = rewritten(statement, {*stored, *brought}, dialect)
        whole = text(bound(f"SELECT * FROM ({words}) AS answer LIMIT {most + 1}", signs)).columns()
        for name in sorted(asked & stored.keys()):
            whole = whole.add_cte(not_stored(stored[name].cte(SEEN + name)))
        for name in sorted(asked & brought.keys()):
            whole = whole.add_cte(_as_table(name, brought[name]).cte(SEEN + name))
        given = {"as_of": reader.as_of, **params}
        try:
            whole = whole.bindparams(**{sign: given[name] for sign, name in signs.items()})
        except KeyError as missing:
            raise QueryFailed(f"没有给出参数 :{missing.args[0]}") from missing
        try:
            found = _fetched(connection, whole, of_district(reader.profile))
        except SQLAlchemyError as error:
            known = [str(column.key) for name in asked & stored.keys() for column in stored[name].selected_columns]
            known += [str(column) for name in asked & brought.keys() for column in brought[name].columns]
            raise QueryFailed(_plain(str(getattr(error, "orig", None) or error), known)) from error
    kept = found.iloc[:most]
    kept.attrs["is_cut"] = len(found) > most
    return kept


def tables_of(reader: Reader) -> dict[str, Select[Any]]:
    """What a statement may ask, by name: what is kept from the reader is not in it, neither row nor column."""
    seen, open_ = reader.singly.seen(), {column.key for column in open_columns(reader.sight)}
    # A caller is told from others, but by a word that does not last: the key itself leaves the store for no browser.
    told = (told_apart(one) if one.key == cases.c.caller_key.key else one for one in seen.selected_columns)
    columns = [one for one in told if one.key in open_]
    if reader.profile.several:
        columns.append(DIMENSIONS["district"].expression(reader.profile).label("district"))
    tables = {cases.name: seen.with_only_columns(*columns)}
    others = [table for table in metadata.sorted_tables if table is not cases] if reader.sees_all else []
    return tables | {table.name: select(table) for table in others}


def _named(name: str, stored: Mapping[str, Any]) -> str:
    if not NAME.fullmatch(name) or name.lower() in stored:
        raise QueryFailed(f"自带的表不能叫“{name}”：以字母或汉字开头，不能与已有的表同名")
    return name.lower()


def _as_table(name: str, frame: pd.DataFrame) -> Any:
    """The frame as a SELECT of bound lists: numbers, times (naive) and, of all else, texts."""
    if len(frame) > MOST_FRAME[0] or not 0 < len(frame.columns) <= MOST_FRAME[1]:
        raise QueryFailed(f"自带的表“{name}”至多 {MOST_FRAME[0]:,} 行、{MOST_FRAME[1]} 列，至少一列")
    lists = {str(column): _texts(frame[column]) for column in frame.columns}
    rows = listed(f"brought_{name}", lists)
    return select(*(_typed(rows.c[str(column)], frame[column]).label(str(column)) for column in frame.columns))


def _texts(values: pd.Series) -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in values]


def _typed(column: Any, values: pd.Series) -> Any:
    if pd.api.types.is_numeric_dtype(values):
        return cast(func.nullif(column, ""), Double)
    return (
        cast(func.nullif(column, ""), DateTime)
        if pd.api.types.is_datetime64_any_dtype(values)
        else cast(column, String)
    )


def _plain(told: str, known: Sequence[str]) -> str:
    """What the engine said, without the names that tables have within; of an unknown column which of the `known` are
    most like it."""
    if unknown := NO_COLUMN.search(told):
        name = next(part for part in unknown.groups() if part).rpartition(".")[2].strip('"`')
        labels = {column: MEANINGS.get(column, "") for column in known}
        return f"没有列“{name}”；最接近的：{'、'.join(nearest(name, labels))}"
    return re.sub(r'"?\b(?:seen|own)_(\w+)"?', r"\1", told.strip())


def _fetched(connection: Connection, statement: Any, known: Mapping[str, Any]) -> pd.DataFrame:
    result = connection.execute(statement, known)
    if connection.dialect.name == "duckdb":
        kinds = [column[1] for column in result.cursor.description]
        found = result.cursor.fetchdf()
        result.close()
        found.columns = pd.Index(_told_apart([str(name) for name in found.columns]))
        # A sum of whole numbers is one, though the driver gives it as a float.
        sums = [name for name, kind in zip(found.columns, kinds, strict=True) if str(kind) == "HUGEINT"]
        found = found.astype({name: "Int64" for name in sums if not (found[name].abs() > 2.0**53).any()})
    else:
        found = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
        exact = [
            place for place, name in enumerate(found) if any(isinstance(one, Decimal) for one in found.iloc[:, place])
        ]
        found = found.astype({found.columns[place]: float for place in exact})
    found.columns = _told_apart([str(name) for name in found.columns])
    return found


def _told_apart(names: list[str]) -> list[str]:
    """Names of columns, of which no two are the same."""
    return [name if name not in names[:place] else f"{name}_{place + 1}" for place, name in enumerate(names)]
