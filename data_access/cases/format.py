"""What a store's file holds: its tables as of today's format, its notes, and what a new version brings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import duckdb
from duckdb_sqlalchemy import Dialect
from sqlalchemy.schema import CreateColumn, CreateTable

from data_access.cases.errors import StoreError
from data_access.cases.history import DEMO, REAL
from data_access.cases.schema import metadata

# Of a case store. 1 had no history and noted no format; 2 kept no words that are not known, 3 without their source.
FORMAT = 4
UNREAD_WORDS_SINCE = 4
MOST_TOLD = 5  # imports that a version's words name
FORMAT_KEY, LAST_BATCH = "format", "last_batch"
# Extensions would be fetched from the internet, which an intranet does not have.
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def lay_out(connection: duckdb.DuckDBPyConnection, last_batch: int) -> None:
    """Bring a store's tables and notes to today's format; raises `StoreError` for the store of a newer program.

    `last_batch`: the highest import number ever given out, also where its version was rolled back.
    """
    for table in metadata.sorted_tables:  # an older store gets the tables and columns that it lacks
        connection.execute(str(CreateTable(table, if_not_exists=True).compile(dialect=Dialect())))
        have = {row[0] for row in connection.execute(f"DESCRIBE {table.name}").fetchall()}
        for column in table.columns:
            if column.name not in have:
                words = CreateColumn(column).compile(dialect=Dialect())
                connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {str(words).replace(' NOT NULL', '')}")
    noted = dict(connection.execute("SELECT key, value FROM store_info").fetchall())
    check_format(noted)
    # Before format 4 a number was one case's only.
    connection.execute(
        """UPDATE unread_words SET source = cases.source FROM cases
           WHERE unread_words.source IS NULL AND cases.case_id = unread_words.case_id"""
    ).fetchall()
    last = max(last_batch, int(noted.get(LAST_BATCH, 0)), *_highest_batch(connection))
    connection.execute("DELETE FROM store_info WHERE key IN (?, ?)", [FORMAT_KEY, LAST_BATCH]).fetchall()
    connection.executemany("INSERT INTO store_info VALUES (?, ?)", [[FORMAT_KEY, str(FORMAT)], [LAST_BATCH, str(last)]])


def check_format(noted: Mapping[str, str]) -> None:
    """Whether this program knows the store's format. `noted`: its store_info."""
    if int(noted.get(FORMAT_KEY, 1)) > FORMAT:
        raise StoreError(
            f"这个库是更新版本的程序建的（格式 {noted[FORMAT_KEY]}，本程序认识到 {FORMAT}）：请升级程序。"
            "没有改动任何数据"
        )


def _highest_batch(connection: duckdb.DuckDBPyConnection) -> list[int]:
    return [int(connection.execute("SELECT coalesce(max(batch_id), 0) FROM import_batches").fetchall()[0][0])]


def came_in(connection: duckdb.DuckDBPyConnection, last_batch: int) -> tuple[str, int, str]:
    """What a new version brings in words, the highest import number in it, and whether it is demo data."""
    batches = connection.execute(
        "SELECT batch_id, file_name, inserted, updated FROM import_batches WHERE batch_id > ? ORDER BY 1",
        [last_batch],
    ).fetchall()
    noted = dict(connection.execute("SELECT key, value FROM store_info").fetchall())
    words = [
        f"批次 {number} {file}：新增 {new:,}，更新 {changed:,}" for number, file, new, changed in batches[:MOST_TOLD]
    ]
    words += [f"另有 {len(batches) - MOST_TOLD:,} 批"] if len(batches) > MOST_TOLD else []
    return (
        "；".join(words),
        max([last_batch, *(row[0] for row in batches)]),
        DEMO if noted.get("synthetic") == "1" else REAL,
    )


def can_be_read(path: Path) -> bool:
    try:
        with closing(duckdb.connect(str(path), read_only=True, config=dict(OFFLINE))) as connection:
            connection.execute("SELECT count(*) FROM cases").fetchall()
    except duckdb.ConnectionException:  # this process reads it already, with a reader's settings
        return True
    except duckdb.Error:
        return False
    return True
