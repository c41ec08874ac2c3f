"""A case store on PostgreSQL, or what speaks its language: a version is a number, and publishing is one transaction.

Each stored row says from which version on it holds (`since`) and from which on no more (`until`); a version is a schema
of views that show the rows of its number under the tables' own names. Whoever reads a version has its schema as search
path and nothing else, so that any statement, an analyst's own as well, sees that version whole. What an import changes
is written in one transaction whose last step moves `current`: no reader waits or sees half an import, and a writer that
dies leaves nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg.types.numeric import FloatLoader
from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from data_access.cases.errors import NothingNew, StoreBusy, StoreError, VersionGone
from data_access.cases.format import came_in, lay_out
from data_access.cases.history import History, Keeping, Version, as_text, history_of, name_of, number_of, surplus
from data_access.cases.schema import KEYS, cases, import_batches, objective_values, store_info, unread_words
from data_access.cases.server_schema import FOREVER, SCHEMA, TABLES, lay_out_server, views_of
from data_access.cases.versions import Store
from data_access.cases.workshop import added, forget_what_was_brought, gone, lines_of, take_in, workshop
from data_access.district.periods import beijing_now

LOCK = 0x6A737462  # the number of the writers' lock in this database
NOTHING_YET = "还没有数据：先运行 python -m data_access demo 或 python -m data_access import 文件"
# A session that reads. A statement is planned for its own values each time, not compiled, and may sort in memory.
READING = "-c default_transaction_read_only=on -c jit=off -c work_mem=64MB -c plan_cache_mode=force_custom_plan"
READING += " -c enable_nestloop=off"  # estimates of what is joined are far too low where lists are unnested
LARGE = 10_000  # changed rows after which the planner's statistics are taken anew at once
ALWAYS_BROUGHT = (store_info, import_batches, objective_values)  # small, and every import looks at them


class PostgresStore(Store):
    """A database with the schema case_store. `folder`: where secrets and workshops are kept, on this machine."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self._server: Connection | None = None  # while this process writes
        self._afresh = False

    @property
    def address(self) -> str:
        return make_url(self.url).render_as_string(hide_password=True)

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

    @property
    def version(self) -> str:
        """The current version's name, '' while nothing was ever published; raises `StoreError`."""
        found = self._head("current")
        return str(found) if found else ""

    @contextmanager
    def reading(self, version: str = "") -> Iterator[Connection]:
        """As `Store.reading`."""
        name = version or self.version
        if not name:
            raise StoreError(NOTHING_YET)
        chosen = text("SELECT set_config('search_path', nspname, true) FROM pg_namespace WHERE nspname = :name")
        with self._connected() as connection:
            if connection.execute(chosen, {"name": name}).first() is None:
                raise VersionGone("数据已更新，您看的这一版已不再保留：请刷新页面")
            try:
                yield connection
            except DBAPIError as error:
                if isinstance(error.orig, psycopg.errors.UndefinedTable) and name not in self._names():
                    raise VersionGone("数据已更新，您看的这一版已不再保留：请刷新页面") from error
                raise

    @contextmanager
    def writing(
        self, *, wait_seconds: float = 30, keeping: Keeping | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """As `Store.writing`."""
        with self._alone(wait_seconds), workshop(self.folder) as con:
            server = self._held
            lay_out_server(server)
            history = self._history() or History()
            self._forget_undone(server, history)
            for table in ALWAYS_BROUGHT:
                take_in(con, table, self._stored(server, table))
            lay_out(con, history.last_batch)
            self._afresh = False
            try:
                yield con
            except NothingNew:
                return
            con.execute("COMMIT")
            changed = self._publish(server, con, history)
            if changed > LARGE:
                with server.begin():
                    for table in TABLES.values():
                        server.exec_driver_sql(f"ANALYZE {table}")
            self._prune(server, keeping or Keeping())

    def bring(self, con: duckdb.DuckDBPyConnection, stage: str) -> None:
        """As `Store.bring`."""
        numbers = f"SELECT DISTINCT case_id FROM {stage}"
        self._bring(con, cases, "case_id", numbers)
        self._bring(con, unread_words, "case_id", numbers)
        callers = f"SELECT caller_key FROM {cases.name}"
        if "caller_key" in {row[0] for row in con.execute(f"DESCRIBE {stage}").fetchall()}:
            callers += f" UNION SELECT caller_key FROM {stage}"
        self._bring(con, cases, "caller_key", f"SELECT DISTINCT caller_key FROM ({callers}) WHERE caller_key <> ''")

    def _bring(self, con: duckdb.DuckDBPyConnection, table: Table, column: str, values: str) -> None:
        server = self._held
        with server.begin():
            server.exec_driver_sql('CREATE TEMP TABLE asked (value TEXT COLLATE "C") ON COMMIT DROP')
            _copy_in(server, "asked (value)", lines_of(con, values))
            server.exec_driver_sql("ANALYZE asked")
            take_in(con, table, _stored_lines(server, table, f"AND {column} IN (SELECT value FROM asked)"))

    def forget_everything(self, con: duckdb.DuckDBPyConnection) -> None:
        """As `Store.forget_everything`; what was not brought goes as well."""
        super().forget_everything(con)
        forget_what_was_brought(con)
        self._afresh = True

    def lay_out(self) -> None:
        """As `Store.lay_out`."""
        with self._alone():
            lay_out_server(self._held)

    def repair(self, to: str = "") -> str:
        """Nothing can be lost here but by hand: makes `to`, or the newest version, current."""
        with self._alone():
            names = sorted(self._names(), reverse=True)
            for name in [to] if to else names:
                if name in names:
                    self._point_to(name)
                    return name
            raise StoreError(f"{self.address} 里没有能读的版本：请从备份恢复")

    def _publish(self, server: Connection, con: duckdb.DuckDBPyConnection, history: History) -> int:
        """Write what the workshop changed as the next version, in one transaction; returns how many rows were added."""
        number = max(history.last, *map(number_of, self._names()), 0) + 1
        what, last_batch, kind = came_in(con, history.last_batch)
        name, at = name_of(number), beijing_now().isoformat(timespec="seconds")
        new = Version(name, history.current, at, what, kind)
        rows = 0
        with server.begin():
            for table in TABLES.values():
                _close_rows(server, con, table, number, everything=self._afresh)
                rows += _add_rows(server, con, table, number)
            for statement in views_of(name, number):
                server.exec_driver_sql(statement)
            self._write_head(server, replace(history.with_version(new, last_batch), current=name))
        return rows

    def _forget_undone(self, server: Connection, history: History) -> None:
        """What was rolled back goes for good before anything else is written."""
        now = number_of(history.current) if history.current else 0
        undone = [name for name in self._names() if number_of(name) > now]
        if undone:
            again = f"UPDATE {{}} SET until = {FOREVER} WHERE until > {now} AND until < {FOREVER}"
            self._drop(server, undone, [f"DELETE FROM {{}} WHERE since > {now}", again])

    def _prune(self, server: Connection, keeping: Keeping) -> None:
        """Drop the versions that need not stay, and the rows that no kept one shows. The next writer tries again."""
        surplus_names = [info.name for info in surplus(self.versions(), keeping, beijing_now())]
        kept = ", ".join(str(number_of(name)) for name in set(self._names()) - set(surplus_names))
        dead = f"NOT EXISTS (SELECT 1 FROM unnest(ARRAY[{kept}]) v WHERE v >= since AND v < until)"
        if surplus_names:
            try:
                self._drop(server, surplus_names, [f"DELETE FROM {{}} WHERE until < {FOREVER} AND {dead}"])
            except StoreBusy:
                return

    def _drop(self, server: Connection, names: list[str], statements: list[str]) -> None:
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
            raise StoreError(f"连不上案件库 {self.address}：{_reason(error)}。请检查服务器和网络后重试") from error
        with connection:
            yield connection

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

    def _head(self, column: str) -> Any:
        with self._connected() as connection:
            try:
                return connection.exec_driver_sql(f"SELECT {column} FROM {SCHEMA}.head").scalar()
            except DBAPIError as error:
                if isinstance(error.orig, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
                    return None
                raise StoreError(f"读不了案件库 {self.address}：{_reason(error)}") from error

    def _history(self) -> History | None:
        kept = self._head("history")
        return history_of(str(kept)) if kept else None

    def _keep_history(self, history: History) -> None:
        with self._held.begin():
            self._write_head(self._held, history)

    def _write_head(self, server: Connection, history: History) -> None:
        given = {"current": history.current, "history": as_text(history)}
        server.execute(text(f"UPDATE {SCHEMA}.head SET current = :current, history = :history"), given)

    def _point_to(self, name: str) -> None:
        self._keep_history(replace(self._history() or History(), current=name))

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

    def _published_at(self, name: str) -> datetime:
        raise StoreError(f"不知道版本 {name} 是何时发布的")

    def _stored(self, server: Connection, table: Table) -> list[bytes | memoryview]:
        with server.begin():
            return list(_stored_lines(server, table, ""))


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
