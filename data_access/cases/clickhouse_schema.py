"""The case store's tables on ClickHouse: those of data_access.cases.schema, with the versions in which a row holds."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from data_access.cases.clickhouse_dialect import CaseDialect
from data_access.cases.schema import KEYS, cases, metadata, rejected_rows, unread_words
from data_access.cases.server_schema import FOREVER

HEAD = "head"  # the table of one row that says which version is current; the newest row counts
# Words of which there are few: kept once each, which makes grouping and comparing them fast.
FEW_WORDS = {
    "source", "channel", "request_type", "street", "community", "category1", "category2", "category3", "dimension",
    "crowd", "industry", "unit", "unit_type", "status", "urgency", "excluded_reason", "resolution", "satisfaction",
    "field",
}  # fmt: skip
# By time first: every page asks for a stretch of it, and lists show the newest.
ORDER = {
    cases.name: ("created_at", "source", "case_id"),
    rejected_rows.name: ("batch_id", "line"),
    **{name: keys for name, keys in KEYS.items() if name != cases.name},
}
SKIPPING = {cases.name: ("case_id", "caller_key"), unread_words.name: ("case_id",)}  # asked for one by one
TABLES = tuple(metadata.sorted_tables)
VERSIONED = ("`since` Int32", f"`until` Int32 DEFAULT {FOREVER}")


def quoted(value: str) -> str:
    """A text as ClickHouse reads it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _words(column: Column[object]) -> str:
    kind = str(CaseDialect.type_compiler_cls(CaseDialect()).process(column.type))
    if isinstance(column.type, String) and column.name in FEW_WORDS:
        kind = f"LowCardinality({kind})"
    return f"`{column.name}` {f'Nullable({kind})' if column.nullable else kind}"


def columns_of(table: Table) -> dict[str, str]:
    """Column -> its definition, the two of the versions last."""
    return {column.name: _words(column) for column in table.columns} | {
        definition.split("`")[1]: definition for definition in VERSIONED
    }


def tables_of(database: str) -> list[str]:
    """The statements that make what is missing."""
    made = [
        f"CREATE DATABASE IF NOT EXISTS `{database}`",
        f"CREATE TABLE IF NOT EXISTS `{database}`.{HEAD} (id UInt8, step UInt64, layout Int32, current String, "
        "history String) ENGINE = ReplacingMergeTree(step) ORDER BY id",
    ]
    for table in TABLES:
        skipping = [
            *(f"INDEX by_{name} {name} TYPE bloom_filter GRANULARITY 4" for name in SKIPPING.get(table.name, ())),
            *(f"INDEX by_{name} {name} TYPE minmax GRANULARITY 1" for name in ("since", "until")),
        ]
        parts = "PARTITION BY toYYYYMM(created_at) " if table is cases else ""
        made.append(
            f"CREATE TABLE IF NOT EXISTS `{database}`.{table.name} "
            f"({', '.join([*columns_of(table).values(), *skipping])}) ENGINE = MergeTree {parts}"
            f"ORDER BY ({', '.join(ORDER[table.name])})"
        )
    return made


def views_of(database: str, name: str, number: int) -> list[str]:
    """The statements that make a version's views in a database of its own, each under the name of its table."""
    made = [f"CREATE DATABASE `{name}`"]
    for table in TABLES:
        columns = ", ".join(f"`{column.name}`" for column in table.columns)
        shown = f"SELECT {columns} FROM `{database}`.{table.name} WHERE since <= {number} AND until > {number}"
        made.append(f"CREATE VIEW `{name}`.{table.name} AS {shown}")
    return made
