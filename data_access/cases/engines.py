"""What differs between database engines: each construct here is written once and used by its name elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Connection,
    Date,
    Select,
    String,
    Subquery,
    cast,
    func,
    literal,
    literal_column,
    select,
)


def fetch(connection: Connection, statement: Select[Any]) -> pd.DataFrame:
    """The statement's rows as a frame."""
    if connection.dialect.name != "duckdb":
        return pd.read_sql(statement, connection)
    # Whole columns at once: row by row a wide grouping takes four times as long.
    result = connection.execute(statement)
    frame: pd.DataFrame = result.cursor.fetchdf()
    result.close()
    return frame


def not_stored(view: CTE) -> CTE:
    """A WITH that the engine merges into the statement, instead of first computing and keeping all its rows."""
    return view.prefix_with("NOT MATERIALIZED", dialect="duckdb").prefix_with("NOT MATERIALIZED", dialect="postgresql")


def bucket(unit: str, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first day of the moment's day, week (Monday), month …. Without bound parameters, which GROUP BY refuses."""
    return cast(func.date_trunc(literal_column(f"'{unit}'"), moment), Date)


def part(name: str, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """A moment's hour, isodow (1 = Monday), year. Without bound parameters."""
    return func.date_part(literal_column(f"'{name}'"), moment)


def shifted(moment: ColumnElement[Any], by: str) -> ColumnElement[Any]:
    """The moment `by` ("-18 days", "12 hours", "1 month") later. Without bound parameters."""
    return moment + literal_column(f"INTERVAL '{by}'")


def most_frequent(values: ColumnElement[str]) -> ColumnElement[str]:
    """A group's most frequent value, of equally frequent ones the first in order; '' only where it has no other."""
    return func.coalesce(func.mode().within_group(func.nullif(values, "")), "").label(values.name)


def digest(text: ColumnElement[str]) -> ColumnElement[str]:
    """A text's fingerprint, 32 hexadecimal digits."""
    return func.md5(text, type_=String)


def joined_words(words: ColumnElement[str], order: ColumnElement[Any], between: str) -> ColumnElement[str]:
    """A group's words joined into a text, sorted by `order`."""
    return func.aggregate_strings(words, between).aggregate_order_by(order)


def listed(name: str, columns: Mapping[str, Sequence[str]]) -> Subquery:
    """Lists of equal length as a table within the statement: bound parameters, so no table is written to the store."""
    bound = {key: literal(list(values), ARRAY(String)) for key, values in columns.items()}
    return select(*(func.unnest(values, type_=String).label(key) for key, values in bound.items())).subquery(name)
