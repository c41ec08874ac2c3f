"""A case store on PostgreSQL, or what speaks its language: a version is a number, and publishing is one transaction.

A version's views are in a schema of its own, which is the search path of whoever reads it. What an import changes is
written in one transaction whose last step moves `current`: no reader waits or sees half an import, and a writer that
dies leaves nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg.types.numeric import FloatLoader
from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from data_access.cases.errors import GONE, StoreBusy, StoreError, VersionGone
from data_access.cases.expunging import Due, Progress, updates
from data_access.cases.history import History, as_text, number_of
from data_access.cases.schema import KEYS
from data_access.cases.server import NOTHING_YET, ServerStore
from data_access.cases.server_schema import FOREVER, SCHEMA, TABLES, lay_out_server, views_of
from data_access.cases.workshop import added, gone, lines_of

LOCK = 0x6A737462  # the number of the writers' lock in this database
# A session that reads. A statement is planned for its own values each time, not compiled, and may sort in memory.
READING = "-c default_transaction_read_only=on -c jit=off -c work_mem=64MB -c plan_cache_mode=force_custom_plan"
READING += " -c enable_nestloop=off"  # estimates of what is joined are far too low where lists are unnested
# Changed rows after which the planner's statistics are taken anew at once, and it is noted on which pages all rows may
# be seen: of those an index alone answers.
LARGE = 10_000


class PostgresStore(ServerStore):
    """A database with the schema case_store. `folder`: where secrets and workshops are kept, on this machine."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self._server: Connection | None = None  # while this process writes

    @functools.cached_property
    def _readers(self) -> Engine:
        engine = create_engine(
            self.url,
            isolation_level="REPEATABLE READ",
            connect_args={"options": READING, "prepare_threshold": 0},  # a prepared statement is a single one
            pool_size=8,
            pool_pre_ping=True,  # the server may have been restarted
            hide_parameters=True,  # what somebody searched for has no place in a log
        )

        @event.listens_for(engine, "connect")
        def _sums_are_floats(connection: psycopg.Connection[Any], _: Any) -> None:
            connection.adapters.register_loader("numeric", FloatLoader)

        return engine

    @functools.cached_property
    def _writers(self) -> Engine:
        return create_engine(self.url, poolclass=NullPool, hide_parameters=True)

    @contextmanager
    def reading(self, version: str = "") -> Iterator[Connection]:
        """As `Store.reading`."""
        name = version or self.version
        if not name:
            raise StoreError(NOTHING_YET)
        chosen = text("SELECT set_config('search_path', nspname, true) FROM pg_namespace WHERE nspname = :name")
        with self._connected() as connection:
            if connection.execute(chosen, {"name": name}).first() is None:
                raise VersionGone(GONE)
            try:
                yield connection
            except DBAPIError as error:
                if isinstance(error.orig, psycopg.errors.UndefinedTable) and name not in self._names():
                    raise VersionGone(GONE) from error
                raise

    def ending(self, connection: Connection, seconds: float) -> Callable[[], None]:
        """As `Store.ending`."""
        # Should this process die meanwhile, the server ends it by itself.
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000) + 1}")
        return functools.partial(_driver(connection).cancel_safe, timeout=5)

    def _lay_out(self) -> None:
        lay_out_server(self._held)

    def _stored(self, table: Table) -> list[bytes | memoryview]:
        with self._held.begin():
            return list(_stored_lines(self._held, table, ""))

    def _stored_where(self, table: Table, column: str, values: Iterator[memoryview]) -> Iterator[bytes | memoryview]:
        server = self._held
        with server.begin():
            server.exec_driver_sql('CREATE TEMP TABLE asked (value TEXT COLLATE "C") ON COMMIT DROP')
            _copy_in(server, "asked (value)", values)
            server.exec_driver_sql("ANALYZE asked")
            yield from _stored_lines(server, table, f"AND {column} IN (SELECT value FROM asked)")

    def _write(self, con: duckdb.DuckDBPyConnection, number: int, history: History) -> None:
        """In one transaction, whose last step moves `current`."""
        server, rows = self._held, 0
        with server.begin():
            for table in TABLES.values():
                _close_rows(server, con, table, number, everything=self._afresh)
                rows += _add_rows(server, con, table, number)
            for statement in views_of(history.current, number):
                server.exec_driver_sql(statement)
            self._write_head(server, history)
        if rows > LARGE:
            with self._writers.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
                for table in TABLES.values():
                    alone.exec_driver_sql(f"VACUUM (ANALYZE) {table}")

    def _overwrite(self, due: Due, progress: Progress) -> None:
        statements = [*updates(due, "postgresql", f"{SCHEMA}.")]
        with self._held.begin():
            for place, statement in enumerate(statements):
                progress(place, len(statements) + 1)
                self._held.exec_driver_sql(statement.replace("%", "%%"))
        self._held.commit()
        alone = self._held.execution_options(isolation_level="AUTOCOMMIT")
        # What the rows were stays in their pages until then, and their commonest values in the planner's statistics. Of
        # an account that does not own the server the last is a warning, and left to autovacuum.
        for table in (
            f"(FULL, ANALYZE) {SCHEMA}.cases",
            f"(FULL, ANALYZE) {SCHEMA}.rejected_rows",
            "FULL pg_statistic",
        ):
            alone.exec_driver_sql(f"VACUUM {table}")
        progress(len(statements) + 1, len(statements) + 1)

    def _forget_undone(self, now: int) -> None:
        undone = [name for name in self._names() if number_of(name) > now]
        if undone:
            again = f"UPDATE {{}} SET until = {FOREVER} WHERE until > {now} AND until < {FOREVER}"
            self._drop(undone, [f"DELETE FROM {{}} WHERE since > {now}", again])

    def _forget_old(self, names: list[str]) -> None:
        kept = ", ".join(str(number_of(name)) for name in set(self._names()) - set(names))
        dead = f"NOT EXISTS (SELECT 1 FROM unnest(ARRAY[{kept}]) v WHERE v >= since AND v < until)"
        with suppress(StoreBusy):
            self._drop(names, [f"DELETE FROM {{}} WHERE until < {FOREVER} AND {dead}"])

    def _drop(self, names: list[str], statements: list[str]) -> None:
        server = self._held
        try:
            with server.begin():
                server.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
                for name in names:
                    server.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
                for statement in statements:
                    for table in TABLES.values():
                        server.exec_driver_sql(statement.format(table))
        except DBAPIError as error:
            if isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise StoreBusy("还有人在读已退回的版本，请稍后再试") from error
            raise

    @property
    def _held(self) -> Connection:
        if self._server is None:
            raise StoreError("没有在写这个库")
        return self._server

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self._readers.connect()
        except DBAPIError as error:
            raise self._unreachable(error) from error
        with connection:
            try:
                yield connection
            except DBAPIError as error:
                if error.connection_invalidated:  # the server went away meanwhile
                    raise self._unreachable(error) from error
                raise

    def _unreachable(self, error: BaseException) -> StoreError:
        return StoreError(f"连不上案件库 {self.address}：{_reason(error)}。请检查服务器和网络后重试")

    @contextmanager
    def _locked(self, wait_seconds: float) -> Iterator[None]:
        """Alone among writers: the lock is the session's, and goes with it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._in_words():
            server = self._writers.connect()
        try:
            with self._in_words(), server.begin():
                server.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, int(wait_seconds * 1000))}")
                try:
                    server.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
                except DBAPIError as error:
                    if isinstance(error.orig, psycopg.errors.LockNotAvailable):
                        raise StoreBusy(f"另一个导入正在写入 {self.address}，请稍后再试") from error
                    raise
            self._server = server
            yield
        finally:
            if self._server is server:
                self._server = None
            server.close()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            raise StoreError(f"写不进 {self.address}：{_reason(error)}。没有改动任何数据") from error

    def _head(self, column: str) -> str | None:
        with self._connected() as connection:
            try:
                found = connection.exec_driver_sql(f"SELECT {column} FROM {SCHEMA}.head").scalar()
                return None if found is None else str(found)
            except DBAPIError as error:
                if isinstance(error.orig, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
                    return None
                raise StoreError(f"读不了案件库 {self.address}：{_reason(error)}") from error

    def _keep_history(self, history: History) -> None:
        with self._held.begin():
            self._write_head(self._held, history)

    def _write_head(self, server: Connection, history: History) -> None:
        given = {"current": history.current, "history": as_text(history)}
        server.execute(text(f"UPDATE {SCHEMA}.head SET current = :current, history = :history"), given)

    def _names(self) -> list[str]:
        with self._connected() as connection:
            found = connection.exec_driver_sql("SELECT nspname FROM pg_namespace WHERE nspname ~ '^v[0-9]{6,}$'")
            return [str(name) for name in found.scalars()]

    def _size_of(self, name: str) -> int:
        """Of the current version all there is; an older one only costs the rows that changed since."""
        if name != self.version:
            return 0
        tables = ", ".join(f"('{table}')" for table in TABLES.values())
        with self._connected() as connection:
            asked = f"SELECT sum(pg_total_relation_size(name::regclass)) FROM (VALUES {tables}) t(name)"
            return int(connection.exec_driver_sql(asked).scalar() or 0)


def _reason(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def _driver(server: Connection) -> Any:
    return server.connection.driver_connection


def _copy_in(server: Connection, place: str, blocks: Iterator[memoryview]) -> int:
    with _driver(server).cursor() as cursor:
        with cursor.copy(f"COPY {place} FROM STDIN (FORMAT csv)") as copy:
            for block in blocks:
                copy.write(block)
        return int(cursor.rowcount)


def _stored_lines(server: Connection, table: Table, further: str) -> Iterator[bytes | memoryview]:
    """The newest stored rows as CSV."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    asked = f"SELECT {columns} FROM {TABLES[table.name]} WHERE until = {FOREVER} {further}"
    with (
        _driver(server).cursor() as cursor,
        cursor.copy(f"COPY ({asked}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)") as copy,
    ):
        yield from copy


def _close_rows(
    server: Connection, con: duckdb.DuckDBPyConnection, table: Table, number: int, *, everything: bool
) -> None:
    """The rows that hold no more end with the version before."""
    if everything:
        server.exec_driver_sql(f"UPDATE {table} SET until = {number} WHERE until = {FOREVER}")
        return
    keys = KEYS.get(table.name)
    if not keys or not con.execute(f"SELECT count(*) FROM ({gone(table)})").fetchall()[0][0]:
        return
    named = ", ".join(keys)
    server.exec_driver_sql(f"CREATE TEMP TABLE ended ON COMMIT DROP AS SELECT {named} FROM {table} LIMIT 0")
    _copy_in(server, f"ended ({named})", lines_of(con, gone(table)))
    same = " AND ".join(f"stored.{key} = ended.{key}" for key in keys)
    server.exec_driver_sql(
        f"UPDATE {table} AS stored SET until = {number} FROM ended WHERE stored.until = {FOREVER} AND {same}"
    )
    server.exec_driver_sql("DROP TABLE ended")


def _add_rows(server: Connection, con: duckdb.DuckDBPyConnection, table: Table, number: int) -> int:
    columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name not in ("since", "until"))
    return _copy_in(server, f"{table} ({columns}, since)", lines_of(con, f"SELECT *, {number} FROM ({added(table)})"))
