"""Which case store is meant: CASES_URL decides the engine and the place."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import make_url

from data_access.cases.errors import StoreError
from data_access.cases.files import FileStore
from data_access.cases.versions import Store

__all__ = ["ROOT", "Store", "store_for"]

ROOT = Path(__file__).resolve().parents[2]
# How an address begins -> how the store's driver is named.
SERVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "clickhouse": "clickhouse"}


def _kind(driver: str) -> Callable[[str, Path], Store]:
    """The kind of store that a driver reads."""
    # Loaded where it is asked for: every start would be slower, and beside the second DuckDB cannot end quietly.
    if driver != "clickhouse":
        from data_access.cases.postgres import PostgresStore

        return PostgresStore
    from data_access.cases.clickhouse import ClickHouseStore

    return ClickHouseStore


@functools.cache
def _files_in(folder: Path) -> FileStore:
    return FileStore(folder, _memory(os.environ.get("CASES_MEMORY", "")))


def _memory(gigabytes: str) -> int:
    """Bytes; 0 where nothing is said."""
    try:
        return int(float(gigabytes or 0) * (1 << 30))
    except ValueError as error:
        raise StoreError(f"CASES_MEMORY 是读案件库最多用几 GB 内存，写一个数，收到“{gigabytes}”") from error


@functools.cache
def _on_server(url: str, folder: Path) -> Store:
    parsed = make_url(url)
    driver = SERVERS[parsed.get_backend_name()]
    return _kind(driver)(parsed.set(drivername=driver).render_as_string(hide_password=False), folder)


def store_for(url: str | None = None, *, profile: str = "") -> Store:
    """The store at `url`, at CASES_URL, or at duckdb:///data/<profile>: one object per place.

    What is kept beside a store on a server (secrets, the ledger's witness) is in CASES_FOLDER, or in a folder under
    data/ that is named after the server and the database.
    """
    parsed = make_url(url or os.environ.get("CASES_URL") or f"duckdb:///data/{profile}")
    engine = parsed.get_backend_name()
    if engine == "duckdb" and parsed.database:
        return _files_in((ROOT / parsed.database).resolve())
    if engine in SERVERS and parsed.database:
        kept = os.environ.get("CASES_FOLDER") or f"data/{parsed.host or 'localhost'}-{parsed.database}"
        return _on_server(parsed.render_as_string(hide_password=False), (ROOT / kept).resolve())
    raise StoreError(
        "CASES_URL 支持 duckdb:///文件夹、postgresql://用户:密码@主机/数据库 和 "
        "clickhouse://用户:密码@主机/数据库，收到 " + parsed.render_as_string(hide_password=True)
    )
