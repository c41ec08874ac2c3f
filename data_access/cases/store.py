"""The case store on disk: a version is a file, and publishing is renaming.

A writer copies the current version, changes the copy in one transaction, and publishes it by
replacing the small CURRENT pointer. Readers keep a read-only connection to the version CURRENT
names, or to the one they began with while its file is kept. So no reader waits or sees half an import, in this
process or another; a crash at any point leaves the last version current; the version's name is part of every cache key.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from duckdb_sqlalchemy import Dialect
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from data_access.cases.schema import metadata
from data_access.district.periods import BEIJING

ROOT = Path(__file__).resolve().parents[2]
KEPT_VERSIONS = 4
OPEN_VERSIONS = 2  # engines held open: the newest, and the one that page runs may still be reading
FICLONE = 0x40049409  # Linux ioctl: share the blocks of a file instead of copying them
# Extensions would be fetched from the internet, which an intranet does not have.
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}

# Readers serve analysts' own SQL: it may ask the version, not the machine's other files.
CONFINED = {**OFFLINE, "enable_external_access": "false"}


DatabaseError = SQLAlchemyError  # whatever a database, of cases or of decisions, refuses


class StoreError(RuntimeError):
    """The store cannot do what was asked; the message says what to do."""


class StoreBusy(StoreError):
    """Another process is writing."""


class VersionGone(StoreError):
    """The version somebody began to read was superseded and cleaned away."""


@dataclass(frozen=True)
class VersionInfo:
    name: str
    published_at: datetime
    size_bytes: int
    is_current: bool


class Store:
    """A folder of version files. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._guard = threading.Lock()

    @property
    def version(self) -> str:
        """The current version's name, '' while nothing was ever published."""
        try:
            return (self.folder / "CURRENT").read_text().strip()
        except FileNotFoundError:
            return ""

    @property
    def exists(self) -> bool:
        return bool(self.version)

    @contextmanager
    def reading(self, version: str = "") -> Iterator[Connection]:
        """A read-only connection to a version, the current one unless named. One cursor per query.

        Raises `VersionGone` where the named version's file is kept no more.
        """
        with self._connect_to(version) if version else self._connect() as connection:
            yield connection

    @contextmanager
    def writing(self, *, wait_seconds: float = 30) -> Iterator[duckdb.DuckDBPyConnection]:
        """An open transaction on a private copy; published on a clean exit, dropped on an error."""
        with self._locked(wait_seconds):
            self._clean_up()
            name = f"v{self._last_number() + 1:06d}"
            copy = self.folder / f"{name}.writing"
            yield from self._fill(copy)
            self._publish(copy, name)

    def versions(self) -> list[VersionInfo]:
        """The versions that can still be read, newest first."""
        current = self.version
        return [
            VersionInfo(path.stem, _published_at(path), path.stat().st_size, path.stem == current)
            for path in sorted(self.folder.glob("v*.duckdb"), reverse=True)
        ]

    def rollback(self) -> str:
        """Make the version before the current one current again; returns its name."""
        with self._locked(30):
            older = [info.name for info in self.versions() if info.name < self.version]
            if not older:
                raise StoreError("没有更早的版本可以退回")
            self._point_to(older[0])
            return older[0]

    @contextmanager
    def _locked(self, wait_seconds: float) -> Iterator[None]:
        """Alone among writers, across processes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "writer.lock")
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            raise StoreBusy(f"另一个导入正在写入 {self.folder}，请稍后再试") from error
        try:
            yield
        finally:
            lock.release()

    def _connect(self) -> Connection:
        for _ in range(3):
            version = self.version
            if not version:
                raise StoreError("还没有数据：先运行 python -m data_access demo 或 python -m data_access import 文件")
            try:
                return self._engine(version).connect()
            except DBAPIError:
                # Between reading CURRENT and opening the file it can have been superseded and cleaned away.
                if self.version == version:
                    raise
        raise StoreError(f"{self.folder} 的版本变化太快，请重试")

    def _connect_to(self, version: str) -> Connection:
        try:
            return self._engine(version).connect()
        except DBAPIError as error:
            if (self.folder / f"{version}.duckdb").exists():
                raise
            raise VersionGone("数据已更新，您看的这一版已不再保留：请刷新页面") from error

    def _engine(self, version: str) -> Engine:
        with self._guard:
            if version not in self._engines:
                url = f"duckdb:///{self.folder / version}.duckdb"
                self._engines[version] = create_engine(
                    url, connect_args={"read_only": True, "config": CONFINED}, pool_size=8
                )
            self._engines.move_to_end(version)
            while len(self._engines) > OPEN_VERSIONS:
                self._engines.popitem(last=False)[1].dispose()
            return self._engines[version]

    def _last_number(self) -> int:
        return max((int(path.stem[1:]) for path in self.folder.glob("v*.duckdb")), default=0)

    def _fill(self, copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        current = self.version
        if current:
            _clone(self.folder / f"{current}.duckdb", copy)
        connection = duckdb.connect(str(copy), config=dict(OFFLINE))
        try:
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("BEGIN")
            for table in metadata.sorted_tables:  # a store from before a table was invented gets it now
                connection.execute(str(CreateTable(table, if_not_exists=True).compile(dialect=Dialect())))
            yield connection
            connection.execute("COMMIT")
            connection.execute("CHECKPOINT")
        except BaseException:
            connection.close()
            copy.unlink(missing_ok=True)
            raise
        connection.close()

    def _publish(self, copy: Path, name: str) -> None:
        _sync(copy)
        os.replace(copy, self.folder / f"{name}.duckdb")
        self._point_to(name)
        for info in self.versions()[KEPT_VERSIONS:]:
            if not info.is_current:
                (self.folder / f"{info.name}.duckdb").unlink(missing_ok=True)

    def _point_to(self, name: str) -> None:
        pointer = self.folder / "CURRENT.new"
        pointer.write_text(name)
        _sync(pointer)
        os.replace(pointer, self.folder / "CURRENT")
        _sync(self.folder)

    def _clean_up(self) -> None:
        """Remove what a writer that died left behind; only ever called under the lock."""
        for leftover in (*self.folder.glob("*.writing"), *self.folder.glob("*.writing.*"), *self.folder.glob("*.new")):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)


def _published_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, BEIJING).replace(tzinfo=None)


def _clone(source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        try:
            fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
        except OSError:  # the file system cannot share blocks
            shutil.copyfileobj(old, new, 16 << 20)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@functools.cache
def _store_at(folder: Path) -> Store:
    return Store(folder)


def store_for(url: str | None = None, *, profile: str = "") -> Store:
    """The store at `url`, at CASES_URL, or at duckdb:///data/<profile>: one object per folder."""
    parsed = make_url(url or os.environ.get("CASES_URL") or f"duckdb:///data/{profile}")
    if parsed.get_backend_name() != "duckdb" or not parsed.database:
        raise StoreError(f"CASES_URL 暂只支持 duckdb:///文件夹，收到 {parsed.render_as_string(hide_password=True)}")
    return _store_at((ROOT / parsed.database).resolve())
