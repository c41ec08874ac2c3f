"""ClickHouse's SQL where it is not everybody's: types as the case store needs them, and how a session reads.

Built on clickhouse-connect's dialect. Its name is `clickhousedb`, by which data_access.cases.engines tells it.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import Any

from clickhouse_connect.cc_sqlalchemy.dialect import ClickHouseDialect
from clickhouse_connect.cc_sqlalchemy.sql.compiler import ChStatementCompiler
from sqlalchemy import ColumnElement, DateTime, TableClause, func, literal_column
from sqlalchemy.dialects import registry
from sqlalchemy.sql.compiler import GenericTypeCompiler

NAME = "clickhousedb"
DRIVER = "clickhouse+cases"  # how an address names this dialect
# Whoever reads. Nulls, casts and names as everybody else has them; statements may be as long as the lists in them.
READING = {
    "readonly": 2,
    "join_use_nulls": 1,
    "aggregate_functions_null_for_empty": 1,
    "cast_keep_nullable": 1,
    "prefer_column_name_to_alias": 1,
    "enable_extended_results_for_datetime_functions": 1,
    "session_timezone": "UTC",  # times are Beijing's, and naive: none may be moved
    "max_query_size": 1 << 28,
    "max_ast_elements": 10_000_000,
    "max_expanded_ast_elements": 10_000_000,
}


class _Types(GenericTypeCompiler):
    """To the microsecond and back to 1900, as DuckDB has them; whole numbers and fractions as wide as they say."""

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:
        return "Float64"

    visit_DOUBLE = visit_DOUBLE_PRECISION = visit_REAL = visit_NUMERIC = visit_FLOAT

    def visit_BIGINT(self, type_: Any, **kw: Any) -> str:
        return "Int64"

    def visit_INTEGER(self, type_: Any, **kw: Any) -> str:
        return "Int32"

    def visit_SMALLINT(self, type_: Any, **kw: Any) -> str:
        return "Int16"

    def visit_DATE(self, type_: Any, **kw: Any) -> str:
        return "Date32"

    def visit_DATETIME(self, type_: Any, **kw: Any) -> str:
        return "DateTime64(6, 'UTC')"

    visit_TIMESTAMP = visit_DATETIME

    def visit_VARCHAR(self, type_: Any, **kw: Any) -> str:
        return "String"

    visit_TEXT = visit_VARCHAR

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:
        return f"Array({self.process(type_.item_type, **kw)})"


class _Moment(DateTime):
    """A moment that is given from outside is one, not a text: it is compared, subtracted and chosen like a column."""

    def bind_processor(self, dialect: Any) -> Callable[[Any], Any]:
        """As a text: the driver would leave out everything below a second, and with it the newest case."""
        return lambda moment: f"{moment:%Y-%m-%d %H:%M:%S.%f}" if isinstance(moment, datetime) else moment

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        return func.toDateTime64(bindvalue, 6, literal_column("'UTC'"), type_=self)


class _Statements(ChStatementCompiler):
    def visit_alias(self, alias: Any, *given: Any, **kw: Any) -> Any:
        """A table under another name answers to its own no more, or a subquery that compares both compares nothing."""
        text = super().visit_alias(alias, *given, **kw)
        table, named, name = text.partition(" AS ")
        return f"(SELECT * FROM {table}) AS {name}" if named and isinstance(alias.element, TableClause) else text


class CaseDialect(ClickHouseDialect):
    """As clickhouse-connect's, for the statements of the case store."""

    supports_statement_cache = True
    statement_compiler = _Statements
    type_compiler_cls = _Types
    div_is_floordiv = False  # a quotient is a fraction
    colspecs: MutableMapping[Any, Any] = {**ClickHouseDialect.colspecs, DateTime: _Moment}  # noqa: RUF012 - the base's


registry.register(DRIVER.replace("+", "."), __name__, CaseDialect.__name__)
