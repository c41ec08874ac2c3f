"""What differs between database engines: each construct here is written once and used by its name elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Integer,
    Numeric,
    Select,
    String,
    Subquery,
    case,
    cast,
    extract,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

Found = TypeVar("Found")
How = Callable[[Connection, Select[Any], Mapping[str, Any]], Found]  # `fetch`, or another of these
CLICKHOUSE = "clickhousedb"  # its dialect's name
TIME = "datetime64[us]"
# Types by PostgreSQL's numbers, by ClickHouse's names, by what was asked for -> what DuckDB's own frames have for them.
_BY_NUMBER = {
    **dict.fromkeys((1082, 1114), TIME), **dict.fromkeys((25, 1043), "str"), **dict.fromkeys((701, 1700), "float64"),
    21: "int16", 23: "int32", 20: "int64",
}  # fmt: skip
_BY_NAME = {"Date32": TIME, "DateTime64": TIME, "String": "str", "Decimal": "float64"}
_BY_TYPE = {Boolean: "bool", String: "str", Integer: "int64", Numeric: "float64", DateTime: TIME, Date: TIME}


def fetch(connection: Connection, statement: Select[Any], known: Mapping[str, Any]) -> pd.DataFrame:
    """The statement's rows as a frame, whose columns have the same types from every engine. `known`: its parameters."""
    result = connection.execute(statement, known)
    if connection.dialect.name == "duckdb":
        # Whole columns at once: row by row a wide grouping takes four times as long.
        frame: pd.DataFrame = result.cursor.fetchdf()
        result.close()
        return frame
    kinds = [
        _kind(column[1], asked) for column, asked in zip(_described(result), statement.selected_columns, strict=True)
    ]
    rows = result.fetchall()
    columns = zip(*rows, strict=True) if rows else ([] for _ in kinds)
    return pd.DataFrame(
        {name: _column(values, kind) for name, values, kind in zip(result.keys(), columns, kinds, strict=True)}
    )


def fetch_columns(connection: Connection, statement: Select[Any], known: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """As `fetch`, each column by itself: numbers as floats, texts as objects, None or NaN where there is none.

    A frame of the same takes DuckDB's client longer than the whole statement may."""
    if connection.dialect.name != "duckdb":
        frame = fetch(connection, statement, known)
        return {str(name): _plain(column.to_numpy()) for name, column in frame.items()}
    result = connection.execute(statement, known)
    columns = result.cursor.fetchnumpy()
    result.close()
    return {name: _plain(column) for name, column in columns.items()}


def _plain(column: np.ndarray) -> np.ndarray:
    """A column without a mask; of numbers as floats."""
    if column.dtype.kind in "biuf":
        column = column.astype("float64")
    nothing: Any = {"f": np.nan, "M": np.datetime64("NaT")}.get(column.dtype.kind)
    return column.filled(nothing) if isinstance(column, np.ma.MaskedArray) else column


def fetch_parts(connection: Connection, statement: Select[Any], at_once: int) -> Iterator[pa.Table]:
    """The statement's rows, at most `at_once` at a time: of more rows than memory should hold together."""
    result = connection.execution_options(stream_results=True).execute(statement)
    names = list(result.keys())
    for rows in result.partitions(at_once):
        yield pa.table([pa.array(values) for values in zip(*rows, strict=True)], names=names)


def fetch_rows(connection: Connection, statement: Select[Any], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As `fetch`, row by row in Python's own types."""
    return [dict(row) for row in connection.execute(statement, known).mappings()]


def _described(result: Any) -> Sequence[Any]:
    """What the driver says of each column: its name, its type's number or name."""
    return result.cursor.description


def _kind(told: Any, asked: ColumnElement[Any]) -> str | None:
    """The type that DuckDB's own frames have for a column; None for a type that has none of its own."""
    if isinstance(told, int):
        return _BY_NUMBER.get(told)
    if told is None or isinstance(asked.type, Boolean):  # of no rows; and a condition is a number there
        return next((kind for type_, kind in _BY_TYPE.items() if isinstance(asked.type, type_)), None)
    name = str(told).removeprefix("LowCardinality(").removeprefix("Nullable(").split("(")[0].rstrip(")")
    return _BY_NAME.get(name, name.lower().removeprefix("u"))


def _column(values: Sequence[Any], kind: str | None) -> pd.Series:
    if kind == TIME:
        return pd.Series(np.array(values, dtype=TIME))
    # A number that can be null comes as a float.
    return pd.Series(values, dtype="float64" if kind and "int" in kind and None in values else kind)


class _Either(FunctionElement[Any]):
    """The same value, written in one way for ClickHouse, if need be for PostgreSQL, and in the other for everybody."""

    name, inherit_cache = "either", True

    def __init__(
        self, usual: ColumnElement[Any], clickhouse: ColumnElement[Any], postgres: ColumnElement[Any] | None = None
    ) -> None:
        super().__init__(usual, clickhouse, usual if postgres is None else postgres)
        self.type = usual.type


@compiles(_Either)
def _usual(element: _Either, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses.clauses[0], **options)})"


@compiles(_Either, "postgresql")
def _postgres(element: _Either, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses.clauses[2], **options)})"


@compiles(_Either, CLICKHOUSE)
def _own(element: _Either, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses.clauses[1], **options)})"


def not_stored(view: CTE) -> CTE:
    """A WITH that the engine merges into the statement, instead of first computing and keeping all its rows."""
    return view.prefix_with("NOT MATERIALIZED", dialect="duckdb").prefix_with("NOT MATERIALIZED", dialect="postgresql")


def once(view: CTE) -> CTE:
    """A WITH that is computed once, where the engine might compute it again for each row it is joined to."""
    return view.prefix_with("MATERIALIZED", dialect="postgresql")


_STARTS = {
    "day": "toDate32", "week": "toMonday", "month": "toStartOfMonth", "quarter": "toStartOfQuarter",
    "year": "toStartOfYear",
}  # fmt: skip
_PARTS = {"hour": "toHour", "isodow": "toDayOfWeek", "month": "toMonth", "year": "toYear"}


def bucket(unit: str, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first day of the moment's day, week (Monday), month …. Without bound parameters, which GROUP BY refuses."""
    usual = cast(func.date_trunc(literal_column(f"'{unit}'"), moment), Date)
    return _Either(usual, getattr(func, _STARTS[unit])(moment))


def part(name: str, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """A moment's hour, isodow (1 = Monday), month, year. Without bound parameters."""
    return _Either(func.date_part(literal_column(f"'{name}'"), moment), getattr(func, _PARTS[name])(moment))


def among_days(day: ColumnElement[Any], days: Sequence[date]) -> ColumnElement[bool]:
    """Whether a day is one of these. Without bound parameters."""
    usual, own = (", ".join(form.format(one) for one in days) for form in ("DATE '{}'", "toDate32('{}')"))
    among = day.op("IN", is_comparison=True)
    return _Either(among(literal_column(f"({usual})")), among(literal_column(f"({own})")))


def quoted(text: str) -> str:
    """A text of the profile's as it stands in a statement; for where GROUP BY refuses a bound one."""
    if "\\" in text:
        raise ValueError(text)
    return "'" + text.replace("'", "''") + "'"


def looked_up(text: ColumnElement[str], words: Mapping[str, str]) -> ColumnElement[str]:
    """What stands beside a text in a table of the profile's, '' beside any other. Without bound parameters.

    Each engine in the way that it does not go through the table for every row; a CASE takes four times as long.
    """
    known = words or {"": ""}
    keys: list[ColumnElement[str]] = [literal_column(quoted(word)) for word in known]
    values: list[ColumnElement[str]] = [literal_column(quoted(word)) for word in known.values()]
    listed = func.map(func.list_value(*keys), func.list_value(*values))
    written = json.dumps(dict(known), ensure_ascii=False).replace("'", "''")
    table = cast(literal_column(f"'{written}'"), JSONB)
    nothing: ColumnElement[str] = literal_column("''")
    usual, postgres = func.map_extract_value(listed, text, type_=String), table.op("->>", return_type=String())(text)
    return _Either(
        func.coalesce(usual, nothing),
        func.transform(text, func.array(*keys), func.array(*values), nothing),
        func.coalesce(postgres, nothing),
    )


def days_of(
    moment: ColumnElement[Any], day: ColumnElement[Any], *conditions: ColumnElement[bool]
) -> ColumnElement[int]:
    """On how many days there is such a moment, of the rows that meet the conditions. `day`: the moment's.

    PostgreSQL goes from day to day along the moment's index: to tell all the days apart it would read every row.
    """
    usual = select(func.count(day.distinct())).where(*conditions)
    first = select(func.min(moment).label("at")).where(*conditions).cte("days", recursive=True)
    after = select(func.min(moment)).where(moment >= shifted(bucket("day", first.c.at), "1 day"), *conditions)
    days = first.union_all(select(after.correlate(first).scalar_subquery()).where(first.c.at.is_not(None)))
    each = (usual, usual, select(func.count(days.c.at)))
    return _Either(*(one.scalar_subquery() for one in each))


def may_be_later(moments: Sequence[ColumnElement[Any]], than: datetime) -> ColumnElement[bool]:
    """Holds where any of a row's moments is later, wherever an index finds such rows; elsewhere of all rows."""
    return _Either(true(), true(), func.greatest(*moments) > than)


def seconds_between(earlier: Any, later: Any) -> ColumnElement[Any]:
    """The seconds from one moment to another, at least one of which is a column; whole ones at least."""
    micro = func.dateDiff(literal_column("'microsecond'"), earlier, later)
    return _Either(extract("epoch", later - earlier), func.toInt64(func.floor(micro / literal_column("1000000"))))


def days_between(earlier: ColumnElement[Any], later: ColumnElement[Any]) -> ColumnElement[Any]:
    """The days from one date to another, as a number."""
    return _Either(later - earlier, func.dateDiff(literal_column("'day'"), earlier, later))


class _Folding(FunctionElement[str]):
    """A text whose capital and small letters are told by Unicode, not by the bytes that it is sorted by."""

    type, name, inherit_cache = String(), "folding", True


@compiles(_Folding)
def _as_it_is(element: _Folding, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Folding, "postgresql")
def _by_unicode(element: _Folding, compiler: Any, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "und-x-icu")'


def contains(text: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether the letters of `word` stand in the text as they are."""
    return _Either(text.contains(word, autoescape=True), func.position(text, word) > 0)


def has_word(text: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether the letters of `word` stand in the text, capital or small; a word without either is simply looked for."""
    if word.lower() == word.upper():
        return contains(text, word)
    usual = _Folding(text).icontains(word, autoescape=True)
    return _Either(usual, func.positionCaseInsensitiveUTF8(text, word) > 0)


def shifted(moment: ColumnElement[Any], by: str) -> ColumnElement[Any]:
    """The moment `by` ("-18 days", "12 hours", "1 month") later. Without bound parameters."""
    number, unit = by.split()
    added = getattr(func, f"add{unit.rstrip('s').capitalize()}s")(moment, literal_column(number))
    return _Either(moment + literal_column(f"INTERVAL '{by}'"), added)


def days_later(moment: ColumnElement[Any], days: ColumnElement[int]) -> ColumnElement[Any]:
    """The moment so many days later as a column says."""
    return _Either(moment + days * literal_column("INTERVAL '1 day'"), func.addDays(moment, days))


def most_frequent(values: ColumnElement[str]) -> ColumnElement[str]:
    """A group's most frequent value, of equally frequent ones the first in order; '' only where it has no other."""
    # All of them in order, and the how manieth of its kind each is: where that is greatest for the first time.
    ordered = func.arraySort(func.groupArrayIf(values, values != literal_column("''")))
    place = func.arrayEnumerateUniq(ordered)
    first = func.arrayElement(ordered, func.indexOf(place, func.arrayMax(place)))
    return _Either(func.coalesce(func.mode().within_group(func.nullif(values, "")), ""), first).label(values.name)


def grouped_in_turn(statement: Select[Any], groupings: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """The statement's sums for each of the groupings; what a row is not grouped by is null in it."""
    # ClickHouse does so only when told, and does not know GROUPING(…) then.
    told = {"group_by_use_nulls": 1}
    return statement.group_by(func.grouping_sets(*groupings)).execution_options(settings=told)


def percentile(values: ColumnElement[float], share: float) -> ColumnElement[float]:
    """The value below which a share of a group's values lies, between two of them in proportion."""
    usual = func.percentile_cont(literal_column(str(share))).within_group(values)
    ordered = func.arraySort(func.groupArray(values))
    number = func.length(ordered)
    place = 1 + (number - 1) * share
    whole = func.toInt64(func.floor(place))
    below, above = func.arrayElement(ordered, whole), func.arrayElement(ordered, func.least(whole + 1, number))
    return _Either(usual, case((number > 0, below + (place - whole) * (above - below))))


def digest(text: ColumnElement[str]) -> ColumnElement[str]:
    """A text's fingerprint, 32 hexadecimal digits."""
    return _Either(func.md5(text, type_=String), func.lower(func.hex(func.MD5(text))))


def joined_words(words: ColumnElement[str], order: ColumnElement[Any], between: str) -> ColumnElement[str]:
    """A group's words joined into a text, sorted by `order`."""
    pairs = func.arraySort(func.groupArray(func.tuple(order, words)))
    sorted_words = func.tupleElement(pairs, literal_column("2"))
    usual = func.aggregate_strings(words, between).aggregate_order_by(order)
    return _Either(usual, func.arrayStringConcat(sorted_words, between))


def listed(name: str, columns: Mapping[str, Sequence[str]]) -> Subquery:
    """Lists of equal length as a table within the statement: bound parameters, so no table is written to the store."""
    bound = {key: cast(literal(list(values), ARRAY(String)), ARRAY(String)) for key, values in columns.items()}
    places = func.arrayJoin(func.range(literal_column("1"), func.length(next(iter(bound.values()))) + 1))
    each = {
        key: _Either(func.unnest(values, type_=String), func.arrayElement(values, places))
        for key, values in bound.items()
    }
    return select(*(values.label(key) for key, values in each.items())).subquery(name)
