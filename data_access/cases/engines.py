"""What differs between database engines: each construct here is written once and used by its name elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
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
    extract,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

# PostgreSQL's types by their numbers -> the column that DuckDB's own frames have for them; a number that can be null
# comes as a float there.
_TIMES, _TEXT = (1082, 1114), (25, 1043)
_NUMBERS = {21: "int16", 23: "int32", 20: "int64", 701: "float64", 1700: "float64"}


def fetch(connection: Connection, statement: Select[Any]) -> pd.DataFrame:
    """The statement's rows as a frame, whose columns have the same types from every engine."""
    result = connection.execute(statement)
    if connection.dialect.name == "duckdb":
        # Whole columns at once: row by row a wide grouping takes four times as long.
        frame: pd.DataFrame = result.cursor.fetchdf()
        result.close()
        return frame
    types = [int(column[1]) for column in result.cursor.description]  # type: ignore[call-overload]
    rows = result.fetchall()
    columns = zip(*rows, strict=True) if rows else ([] for _ in types)
    return pd.DataFrame(
        {name: _column(values, kind) for name, values, kind in zip(result.keys(), columns, types, strict=True)}
    )


def _column(values: Sequence[Any], kind: int) -> pd.Series:
    if kind in _TIMES:
        return pd.Series(np.array(values, dtype="datetime64[us]"))
    if kind in _NUMBERS:
        return pd.Series(values, dtype="float64" if None in values else _NUMBERS[kind])
    return pd.Series(values, dtype="str" if kind in _TEXT else None)


def not_stored(view: CTE) -> CTE:
    """A WITH that the engine merges into the statement, instead of first computing and keeping all its rows."""
    return view.prefix_with("NOT MATERIALIZED", dialect="duckdb").prefix_with("NOT MATERIALIZED", dialect="postgresql")


def once(view: CTE) -> CTE:
    """A WITH that is computed once, where the engine might compute it again for each row it is joined to."""
    return view.prefix_with("MATERIALIZED", dialect="postgresql")


def bucket(unit: str, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first day of the moment's day, week (Monday), month …. Without bound parameters, which GROUP BY refuses."""
    return cast(func.date_trunc(literal_column(f"'{unit}'"), moment), Date)


def part(name: str, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """A moment's hour, isodow (1 = Monday), year. Without bound parameters."""
    return func.date_part(literal_column(f"'{name}'"), moment)


def seconds_between(earlier: Any, later: Any) -> ColumnElement[Any]:
    """The seconds from one moment to another, at least one of which is a column."""
    return extract("epoch", later - earlier)


class _Folding(FunctionElement[str]):
    """A text whose capital and small letters are told by Unicode, not by the bytes that it is sorted by."""

    type, name, inherit_cache = String(), "folding", True


@compiles(_Folding)
def _as_it_is(element: _Folding, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Folding, "postgresql")
def _by_unicode(element: _Folding, compiler: Any, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "und-x-icu")'


def has_word(text: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether the letters of `word` stand in the text, capital or small; a word without either is simply looked for."""
    if word.lower() == word.upper():
        return text.contains(word, autoescape=True)
    return _Folding(text).icontains(word, autoescape=True)


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
