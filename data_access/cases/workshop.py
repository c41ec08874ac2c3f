"""A DuckDB database that lives as long as one import, for stores that stand on a server.

What an import may touch is brought here from the server, changed by the same code that changes a store of files, and
only what differs afterwards goes back. Rows travel as CSV, whole blocks at a time: both engines read and write it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.csv as pc
from duckdb_sqlalchemy import Dialect
from sqlalchemy import Table
from sqlalchemy.schema import CreateTable

from data_access.cases.format import OFFLINE
from data_access.cases.schema import KEYS, metadata

BROUGHT = "brought"  # the schema in which the rows stay as they came
AT_ONCE = 100_000  # rows of a block


@contextmanager
def workshop(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection within a transaction, with the stored tables, still empty; nothing of it stays."""
    with TemporaryDirectory(prefix="workshop-", dir=folder) as inner:
        con = duckdb.connect(f"{inner}/workshop.duckdb", config=dict(OFFLINE))
        os.chmod(f"{inner}/workshop.duckdb", 0o600)
        try:
            con.execute("SET preserve_insertion_order = false")
            con.execute(f"CREATE SCHEMA {BROUGHT}")
            for table in metadata.sorted_tables:
                con.execute(str(CreateTable(table).compile(dialect=Dialect())))
                con.execute(f"CREATE TABLE {BROUGHT}.{table.name} AS FROM {table.name}")
            con.execute("BEGIN")
            yield con
        finally:
            con.close()


def take_in(con: duckdb.DuckDBPyConnection, table: Table, text: Iterable[bytes | memoryview]) -> None:
    """Put stored rows, all columns of `table` as CSV, into the workshop; those that are there already only once.

    What has no key (schema.KEYS) is not told from what is there: bring it once.
    """
    lines = io.BytesIO()
    for block in text:
        lines.write(block)
    if not lines.tell():
        return
    lines.seek(0)
    names = [column.name for column in table.columns]
    described = con.execute(f"DESCRIBE {table.name}").fetchall()
    arrived = pc.read_csv(
        lines,
        pc.ReadOptions(column_names=names, block_size=16 << 20),
        pc.ParseOptions(newlines_in_values=True),
        pc.ConvertOptions(
            # DuckDB turns the text into the columns' types: it knows each of them.
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    typed = ", ".join(f'CAST("{name}" AS {row[1]}) AS "{name}"' for name, row in zip(names, described, strict=True))
    con.register("arrived", arrived)
    keys = KEYS.get(table.name)
    known = f" ANTI JOIN {BROUGHT}.{table.name} USING ({', '.join(keys)})" if keys else ""
    con.execute(f"CREATE OR REPLACE TEMP TABLE new_here AS FROM (SELECT {typed} FROM arrived){known}")
    con.unregister("arrived")
    for place in (table.name, f"{BROUGHT}.{table.name}"):
        con.execute(f"INSERT INTO {place} FROM new_here").fetchall()
    con.execute("DROP TABLE new_here")


def lines_of(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[memoryview]:
    """A query's rows as CSV without a header, block by block: text is quoted, null is an unquoted nothing."""
    for batch in con.sql(query).to_arrow_reader(AT_ONCE):
        block = pa.BufferOutputStream()
        pc.write_csv(batch, block, pc.WriteOptions(include_header=False, quoting_style="needed"))
        yield memoryview(block.getvalue())


def added(table: Table) -> str:
    """The query for the rows that were not there, or not like this."""
    order = " ORDER BY created_at" if "created_at" in table.c else ""
    return f"SELECT * FROM (FROM {table.name} EXCEPT ALL FROM {BROUGHT}.{table.name}){order}"


def gone(table: Table) -> str:
    """The query for the keys of the rows that are there no more, or no more like this."""
    keys = ", ".join(KEYS[table.name])
    return f"SELECT {keys} FROM (FROM {BROUGHT}.{table.name} EXCEPT ALL FROM {table.name})"


def forget_what_was_brought(con: duckdb.DuckDBPyConnection) -> None:
    """From here on every row counts as added."""
    for table in metadata.sorted_tables:
        con.execute(f"DELETE FROM {BROUGHT}.{table.name}").fetchall()
