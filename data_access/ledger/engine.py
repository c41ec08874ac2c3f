"""Where a ledger's database is: how it is opened, and what is made when it is missing. SQLite (WAL) or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateColumn

from data_access.cases.disks import refusal
from data_access.ledger.schema import FORMAT, GENESIS, ledger_head, matters, metadata
from data_access.ledger.witness import LedgerProblem


@contextmanager
def disk_in_words(engine: Engine) -> Iterator[None]:
    """What the disk refuses becomes a `LedgerProblem` that says what to do; nothing was written then."""
    folder = Path(engine.url.database or "").parent if engine.dialect.name == "sqlite" else None
    try:
        yield
    except (OSError, DBAPIError) as error:
        if why := refusal(error, folder):
            raise LedgerProblem(f"台账用不了，{why}。没有改动任何记录") from error
        raise


def is_laid_out(engine: Engine) -> bool:
    """Whether there is a ledger in the database; makes nothing."""
    if engine.dialect.name == "sqlite" and not _has_content(engine.url.database):
        return False  # asking would make an empty file
    return inspect(engine).has_table(ledger_head.name)


def _has_content(database: str | None) -> bool:
    path = Path(database or "")
    return path.is_file() and path.stat().st_size > 0


def lay_out(engine: Engine, *, sealed: str = "") -> None:
    """Make what is missing: tables, a column that an older ledger lacks, the chain's beginning.

    `sealed`: how a ledger that begins now hashes its events ('' SHA-256, or HMAC).
    """
    with engine.execution_options(writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":  # two processes may start at once; SQLite's writers take turns anyway
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
        metadata.create_all(connection)
        for table in (matters, ledger_head):
            have = {column["name"] for column in inspect(connection).get_columns(table.name)}
            for column in table.columns:
                if column.name not in have:
                    words = CreateColumn(column).compile(dialect=engine.dialect)
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {words}")
        for index in matters.indexes:
            index.create(connection, checkfirst=True)
        if connection.execute(select(ledger_head)).first() is None:
            beginning = {
                "id": 1,
                "seq": 0,
                "hash": GENESIS,
                "identity": uuid4().hex,
                "format": FORMAT,
                "sealed": sealed,
            }
            connection.execute(insert(ledger_head).values(beginning))


def engine_at(url: str) -> Engine:
    """The ledger's engine; what its errors say, and so the log, holds no words that somebody wrote."""
    if make_url(url).get_backend_name() == "postgresql":
        # A writer that waited for the head must then see what the writer before it wrote (READ COMMITTED); a connection
        # is tried before it is used, since the server may have been restarted (pre_ping).
        return create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _: Any) -> None:
            connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
            with FileLock(f"{engine.url.database}.lock"):  # SQLite does not wait here: the second of two fails
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
            connection.execute("PRAGMA busy_timeout=30000")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            writing = connection.get_execution_options().get("writing")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
