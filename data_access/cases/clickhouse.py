"""A case store on ClickHouse: a version is a number, and the last row written makes it the current one.

There are no transactions. All that is written for a version carries its number, which no reader looks at before the
head says so; rows that end do so as of that number, so that readers of the versions before see them as ever. What a
writer that died left behind is taken back by the next one before it writes anything. Whether all of it arrived, and
each row once, is counted before the head moves.
"""

from __future__ import annotations

import functools
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import clickhouse_connect
import duckdb
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from data_access.cases.clickhouse_dialect import DRIVER, READING
from data_access.cases.clickhouse_schema import HEAD, TABLES, columns_of, quoted, tables_of, views_of
from data_access.cases.errors import GONE, StoreBusy, StoreError, VersionGone
from data_access.cases.expunging import Due, Progress
from data_access.cases.format import FORMAT
from data_access.cases.history import History, as_text, number_of
from data_access.cases.schema import KEYS
from data_access.cases.server import NOTHING_YET, ServerStore
from data_access.cases.server_schema import FOREVER
from data_access.cases.versions import check_may_write
from data_access.cases.workshop import added, gone, lines_of

# What the server says: there is no such table, no such database, there is one already.
NO_TABLE, NO_DATABASE, THERE_IS = 60, 81, 57
# Whoever writes: a null is an unquoted nothing, as in the workshop; a change is done when its statement returns.
WRITING = {
    "format_csv_null_representation": "",
    "input_format_csv_empty_as_default": 0,
    "mutations_sync": 1,
    "lightweight_deletes_sync": 1,
    "max_partitions_per_insert_block": 0,  # a partition is a month, and an import may bring many years
    "session_timezone": "UTC",
    "max_query_size": 1 << 28,
}
OLDEST = "25.8"
TOO_OLD = f"这台 ClickHouse 太旧，要 {OLDEST} 以上"
BEFORE_ITS_TIME = "Unknown identifier: readonly"  # what the driver's first question meets on servers of 2018
CLEARING = 120.0  # seconds that the server may take to delete files
WRITER = "writer"  # the table that is there while somebody writes


class ClickHouseStore(ServerStore):
    """A database, and beside it one for each version. `folder`: where secrets and workshops are, on this machine."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self._database = make_url(url).database or ""
        self._client: Client | None = None  # while this process writes

    @functools.cached_property
    def _readers(self) -> Engine:
        engine = create_engine(
            make_url(self.url).set(drivername=DRIVER, database="default"),
            connect_args={**READING, "autogenerate_session_id": False, "autogenerate_query_id": False},
            pool_size=8,
            hide_parameters=True,  # what somebody searched for has no place in a log
        )
        event.listen(engine, "connect", lambda connection, _: _new_enough(connection.client))
        return engine

    @contextmanager
    def reading(self, version: str = "") -> Iterator[Connection]:
        """As `Store.reading`."""
        name = version or self.version
        if not name:
            raise StoreError(NOTHING_YET)
        with self._connected(self._of(name)) as connection:
            try:
                yield connection
            except DBAPIError as error:
                if _code(error) in (NO_TABLE, NO_DATABASE) and name not in self._names():
                    raise VersionGone(GONE) from error
                raise

    def ending(self, connection: Connection, seconds: float) -> Callable[[], None]:
        """As `Store.ending`."""
        name = f"{self._database}-reader-{uuid.uuid4().hex}"
        connection.execution_options(settings={"query_id": name, "max_execution_time": seconds})

        def end() -> None:
            client = self._connect()
            client.command(f"KILL QUERY WHERE query_id = {quoted(name)} ASYNC")
            client.close()

        return end

    def repair(self, to: str = "") -> str:
        """As `Store.repair`; also where a writer died on another machine and is still noted as writing."""
        check_may_write()
        with self._in_words():
            client = self._connect()
            client.command(f"DROP TABLE IF EXISTS `{self._database}`.{WRITER}")
            client.close()
        return super().repair(to)

    def _of(self, name: str) -> str:
        """The database of a version's views."""
        return f"{self._database}_{name}"

    @contextmanager
    def _connected(self, database: str) -> Iterator[Connection]:
        try:
            connection = self._readers.connect()
        except DBAPIError as error:
            raise self._unreachable(error) from error
        with connection:
            driver: Any = connection.connection.driver_connection
            driver.client.database = database
            try:
                yield connection
            except DBAPIError as error:
                if _code(error) is None:  # the server said nothing
                    raise self._unreachable(error) from error
                raise

    def _unreachable(self, error: BaseException) -> StoreError:
        return StoreError(f"连不上案件库 {self.address}：{_reason(error)}。请检查服务器和网络后重试")

    @contextmanager
    def _locked(self, wait_seconds: float) -> Iterator[None]:
        """Alone among writers: on this machine by a file, among machines by a table that only one can make."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        until = time.monotonic() + wait_seconds
        try:
            lock = FileLock(self.folder / "writer.lock")
            lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            raise StoreBusy(f"另一个导入正在写入 {self.address}，请稍后再试") from error
        try:
            with self._in_words():
                self._client = self._connect()
                self._enter(until)
            try:
                yield
            finally:
                with suppress(Error):  # what is left is known by its owner's name as this machine's
                    self._run(f"DROP TABLE IF EXISTS `{self._database}`.{WRITER}")
        finally:
            if self._client:
                self._client.close()
            self._client = None
            lock.release()

    def _enter(self, until: float) -> None:
        mine = quoted(f"{socket.gethostname()}:{self.folder.resolve()}")
        table = f"`{self._database}`.{WRITER} (owner String DEFAULT {mine})"
        self._run(f"CREATE DATABASE IF NOT EXISTS `{self._database}`")
        while True:
            try:
                self._run(f"CREATE TABLE {table} ENGINE = Memory")
                return
            except Error as error:
                if error.code != THERE_IS:
                    raise
                columns = f"database = {quoted(self._database)} AND table = '{WRITER}'"
                owner = self._rows(f"SELECT default_expression FROM system.columns WHERE {columns}")
                if owner == [(mine,)]:
                    return  # this machine's writer before, which died
                if time.monotonic() > until:
                    raise StoreBusy(
                        f"另一个导入（{owner[0][0] if owner else '刚刚结束'}）正在写入 {self.address}，请稍后再试；"
                        "若它已经中断，在那台机器上再导入一次，或运行 python -m data_access repair"
                    ) from error
                time.sleep(0.2)

    def _connect(self) -> Client:
        parsed = make_url(self.url)
        client = clickhouse_connect.get_client(
            host=parsed.host or "localhost",
            port=parsed.port,
            username=parsed.username,
            password=parsed.password or "",
            secure=parsed.query.get("secure", "") == "true",
            database="default",
            settings=WRITING,
            autogenerate_session_id=False,
        )
        _new_enough(client)
        return client

    @property
    def _held(self) -> Client:
        if self._client is None:
            raise StoreError("没有在写这个库")
        return self._client

    def _named(self) -> dict[str, str]:
        """A name for a statement, by which another writer ends it should this one die."""
        return {"query_id": f"{self._database}-{WRITER}-{uuid.uuid4().hex}"}

    def _run(self, statement: str) -> None:
        self._held.command(statement, settings=self._named())

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._held.query(query).result_rows]

    def _number(self, query: str) -> int:
        return int(self._rows(query)[0][0])

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, Error) as error:
            raise StoreError(f"写不进 {self.address}：{_reason(error)}。现有数据没有变") from error

    def _lay_out(self) -> None:
        database = self._database
        for statement in tables_of(database):
            self._run(statement)
        laid_out = self._rows(f"SELECT layout FROM `{database}`.{HEAD} ORDER BY step DESC LIMIT 1")
        if laid_out and laid_out[0][0] > FORMAT:
            raise StoreError(
                f"这个库是更新版本的程序建的（格式 {laid_out[0][0]}，本程序认识到 {FORMAT}）：请升级程序。"
                "没有改动任何数据"
            )
        for table in TABLES:
            asked = f"SELECT name FROM system.columns WHERE database = {quoted(database)} AND table = '{table.name}'"
            have = {row[0] for row in self._rows(asked)}
            for name, words in columns_of(table).items():
                if name not in have:
                    self._run(f"ALTER TABLE `{database}`.{table.name} ADD COLUMN {words}")

    def _head(self, column: str) -> str | None:
        with self._connected("default") as connection:
            try:
                asked = f"SELECT {column} FROM `{self._database}`.{HEAD} ORDER BY step DESC LIMIT 1"
                found = connection.exec_driver_sql(asked).scalar()
            except DBAPIError as error:
                if _code(error) in (NO_TABLE, NO_DATABASE):
                    return None
                if _code(error) is None:
                    raise
                raise StoreError(f"读不了案件库 {self.address}：{_reason(error)}") from error
        return None if found is None else str(found)

    def _keep_history(self, history: History) -> None:
        """One row more, seen whole or not at all; older ones go when parts are merged."""
        table = f"`{self._database}`.{HEAD}"
        step = self._number(f"SELECT max(step) + 1 FROM {table}")
        values = f"(1, {step}, {FORMAT}, {quoted(history.current)}, {quoted(as_text(history))})"
        self._run(f"INSERT INTO {table} VALUES {values}")

    def _names(self) -> list[str]:
        history = self._history() or History()
        with self._connected("default") as connection:
            found = connection.exec_driver_sql("SELECT name FROM system.databases").scalars()
            there = set(found)
        return [name for name in history.versions if self._of(name) in there]

    def _size_of(self, name: str) -> int:
        """Of the current version all there is; an older one only costs the rows that changed since."""
        if name != self.version:
            return 0
        with self._connected("default") as connection:
            asked = f"SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = {quoted(self._database)}"
            return int(connection.exec_driver_sql(asked).scalar() or 0)

    def _stored(self, table: Table) -> Iterable[bytes]:
        return [self._csv(table, "")]

    def _stored_where(self, table: Table, column: str, values: Iterator[memoryview]) -> Iterable[bytes]:
        self._filled("asked", "value String", values)
        return [self._csv(table, f"AND {column} IN (SELECT value FROM `{self._database}`.asked)")]

    def _csv(self, table: Table, further: str) -> bytes:
        columns = ", ".join(f"`{column.name}`" for column in table.columns)
        asked = f"SELECT {columns} FROM `{self._database}`.{table.name} WHERE until = {FOREVER} {further}"
        return self._held.raw_query(asked, fmt="CSV")

    def _filled(self, name: str, columns: str, blocks: Iterator[memoryview]) -> int:
        """Put rows into a table of the writer's own, made anew; returns how many there are."""
        place = f"`{self._database}`.{name}"
        self._run(f"CREATE OR REPLACE TABLE {place} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        self._insert(place, [column.split()[0] for column in columns.split(", ")], blocks)
        return self._number(f"SELECT count() FROM {place}")

    def _insert(self, place: str, columns: list[str], blocks: Iterator[memoryview]) -> None:
        for block in blocks:
            self._held.raw_insert(place, columns, bytes(block), settings=self._named(), fmt="CSV")

    def _write(self, con: duckdb.DuckDBPyConnection, number: int, history: History) -> None:
        for table in TABLES:
            self._close_rows(con, table, number)
            self._add_rows(con, table, number)
        name = self._of(history.current)
        self._run(f"DROP DATABASE IF EXISTS `{name}`")
        for statement in views_of(self._database, name, number):
            self._run(statement)
        self._keep_history(history)

    def _close_rows(self, con: duckdb.DuckDBPyConnection, table: Table, number: int) -> None:
        """The rows that hold no more end with the version before."""
        place, keys = f"`{self._database}`.{table.name}", KEYS.get(table.name)
        if self._afresh:
            self._run(f"ALTER TABLE {place} UPDATE until = {number} WHERE until = {FOREVER}")
        elif keys and _count(con, gone(table)):
            typed = ", ".join(columns_of(table)[key].replace("`", "") for key in keys)
            ended = self._filled("ended", typed, lines_of(con, gone(table)))
            same = f"({', '.join(keys)}) IN (SELECT {', '.join(keys)} FROM `{self._database}`.ended)"
            self._run(f"ALTER TABLE {place} UPDATE until = {number} WHERE until = {FOREVER} AND {same}")
            self._expect(table, ended, f"SELECT count() FROM {place} WHERE until = {number}")

    def _add_rows(self, con: duckdb.DuckDBPyConnection, table: Table, number: int) -> None:
        place, columns = f"`{self._database}`.{table.name}", [column.name for column in table.columns]
        self._insert(place, [*columns, "since"], lines_of(con, f"SELECT *, {number} FROM ({added(table)})"))
        self._expect(table, _count(con, added(table)), f"SELECT count() FROM {place} WHERE since = {number}")

    def _expect(self, table: Table, rows: int, asked: str) -> None:
        """An insert that was lost, or sent twice, must not become a version."""
        if (there := self._number(asked)) != rows:
            raise StoreError(f"写入 {table.name} 应有 {rows} 行，服务器上是 {there} 行：没有发布，请重试")

    def _overwrite(self, due: Due, progress: Progress) -> None:
        steps = dict[str, list[str]]()  # of each table, which is written anew once
        for table, values, where in due.edits("clickhouse"):
            changed = ", ".join(f"`{name}` = {value}" for name, value in values.items())
            steps.setdefault(table, []).append(f"UPDATE {changed} WHERE {where}")
        for done, (table, edits) in enumerate(steps.items(), 1):
            self._run(f"ALTER TABLE `{self._database}`.{table} {', '.join(edits)}")
            self._let_go(table)
            progress(done, len(steps))

    def _let_go(self, table: str) -> None:
        """Until the files of rows that were rewritten are gone, which the server would keep for minutes."""
        place, until = f"`{self._database}`.{table}", time.monotonic() + CLEARING
        left = f"database = {quoted(self._database)} AND table = {quoted(table)} AND NOT active"
        self._run(f"ALTER TABLE {place} MODIFY SETTING old_parts_lifetime = 1")
        while self._number(f"SELECT count() FROM system.parts WHERE {left}"):
            if time.monotonic() > until:
                raise StoreError("清除以前的数据块还在服务器的磁盘上，请稍后再运行一次")
            self._run(f"ALTER TABLE {place} DROP PARTITION ID 'none'")  # there is none, but old files are looked for
            time.sleep(0.2)
        self._run(f"ALTER TABLE {place} RESET SETTING old_parts_lifetime")

    def _forget_undone(self, now: int) -> None:
        """Also what a writer that died had begun, on the server as well."""
        begun = f"startsWith(query_id, {quoted(f'{self._database}-{WRITER}-')}) AND query_id != queryID()"
        self._run(f"KILL QUERY WHERE {begun} SYNC")
        self._run(f"KILL MUTATION WHERE database = {quoted(self._database)} SYNC")
        begins = self._of("v")  # of the databases of versions, published or not
        for (name,) in self._rows(f"SELECT name FROM system.databases WHERE startsWith(name, {quoted(begins)})"):
            if (number := name.removeprefix(begins)).isdigit() and int(number) > now:
                self._run(f"DROP DATABASE IF EXISTS `{name}`")
        for table in TABLES:
            place = f"`{self._database}`.{table.name}"
            if self._number(f"SELECT count() FROM {place} WHERE until > {now} AND until < {FOREVER}"):
                again = f"UPDATE until = {FOREVER} WHERE until > {now} AND until < {FOREVER}"
                self._run(f"ALTER TABLE {place} {again}")
            if self._number(f"SELECT count() FROM {place} WHERE since > {now}"):
                self._run(f"DELETE FROM {place} WHERE since > {now}")

    def _forget_old(self, names: list[str]) -> None:
        for name in names:
            self._run(f"DROP DATABASE IF EXISTS `{self._of(name)}`")
        kept = ", ".join(str(number_of(name)) for name in self._names())
        dead = f"until < {FOREVER} AND NOT arrayExists(v -> v >= since AND v < until, [{kept}])"
        for table in TABLES:
            if self._number(f"SELECT count() FROM `{self._database}`.{table.name} WHERE {dead}"):
                self._run(f"DELETE FROM `{self._database}`.{table.name} WHERE {dead}")


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0])


def _new_enough(client: Client) -> None:
    if not client.min_version(OLDEST):
        raise StoreError(f"{TOO_OLD}（现在是 {client.server_version}）")


def _code(error: DBAPIError) -> int | None:
    """The server's number of an error; None where it did not answer at all."""
    return getattr(error.orig, "code", None)


def _reason(error: BaseException) -> str:
    if (said := getattr(error, "orig", None) or error) and getattr(said, "code", None) is None:
        while below := said.__cause__ or said.__context__:  # why there was no answer
            said = below
    return TOO_OLD if BEFORE_ITS_TIME in str(said) else str(said).strip().splitlines()[0]
