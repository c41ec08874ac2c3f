"""A case store on DuckDB: a version is a file, and publishing is renaming.

A writer copies the current version, changes the copy in one transaction, and publishes it by
replacing the small CURRENT pointer. Readers keep a read-only connection to the version CURRENT
names, or to the one they began with while its file is kept. So no reader waits or sees half an import, in this
process or another; a crash at any point leaves the last version current; the version's name is part of every cache key.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from data_access.cases.errors import NothingNew, StoreBusy, StoreDamaged, StoreError, VersionGone
from data_access.cases.format import OFFLINE, came_in, can_be_read, lay_out
from data_access.cases.history import FILE as HISTORY_FILE
from data_access.cases.history import (
    History,
    Keeping,
    Version,
    as_text,
    name_of,
    number_of,
    read_history,
    surplus,
)
from data_access.cases.versions import Store
from data_access.district.periods import BEIJING, beijing_now

POINTER = "CURRENT"
PRIVATE = 0o600
DISK = {
    "No space left": "磁盘已满",
    "Permission denied": "没有写入权限",
    "Read-only file system": "这个位置是只读的",
    "File too large": "超过了文件大小的限制",
}
KEPT_VERSIONS = Keeping().versions
OPEN_VERSIONS = 2  # engines held open: the newest, and the one that page runs may still be reading
FICLONE = 0x40049409  # Linux ioctl: share the blocks of a file instead of copying them

# Readers serve analysts' own SQL: it may ask the version, not the machine's other files.
CONFINED = {**OFFLINE, "enable_external_access": "false"}


class FileStore(Store):
    """A folder of version files."""

    brings_all = True

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"duckdb:///{folder}"
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._guard = threading.Lock()

    @property
    def address(self) -> str:
        return str(self.folder)

    @property
    def version(self) -> str:
        """The current version's name, '' while nothing was ever published; raises `StoreDamaged`."""
        for _ in range(3):  # between reading the name and looking for its file another may have been published
            name = self._pointed_to()
            if name and self._file(name).exists():
                return name
        if name or any(self.folder.glob("v*.duckdb")):
            said = f"CURRENT 指向的 {name} 不在" if name else "CURRENT 不见了或是空的"
            raise StoreDamaged(
                f"{self.folder} 里有数据，但 {said}，不知道该读哪一版；没有改动任何数据。"
                "请运行 python -m data_access repair（会说明选了哪一版），或从备份放回 CURRENT"
            )
        return ""

    @contextmanager
    def reading(self, version: str = "") -> Iterator[Connection]:
        """A read-only connection to a version, the current one unless named. One cursor per query.

        Raises `VersionGone` where the named version's file is kept no more.
        """
        with self._connect_to(version) if version else self._connect() as connection:
            yield connection

    @contextmanager
    def writing(
        self, *, wait_seconds: float = 30, keeping: Keeping | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """An open transaction on a private copy; published on a clean exit, dropped on an error.

        `NothingNew`, raised within, drops it without an error: nothing changed, so no good version is pushed out.
        """
        with self._alone(wait_seconds):
            self._clean_up()
            history, parent = self._history() or History(), self.version
            name = name_of(max(history.last, *map(number_of, self._names()), 0) + 1)
            copy = self.folder / f"{name}.writing"
            try:
                yield from self._fill(copy, history.last_batch)
            except NothingNew:
                return
            self._publish(copy, name, parent, history, keeping or Keeping())

    def bring(self, con: duckdb.DuckDBPyConnection, stage: str) -> None:
        """As `Store.bring`: the copy has every case."""

    def lay_out(self) -> None:
        """As `Store.lay_out`: every version that is written is in today's format."""

    def repair(self, to: str = "") -> str:
        """Point to a version again where it is not known which one is read; returns its name.

        The one that was current last, else the newest published, unless one is named; each is opened first.
        """
        with self._alone():
            history = self._history()
            names = sorted(history.versions if history else self._names(), reverse=True)
            names = [history.current, *names] if history and history.current else names
            for name in [to] if to else names:
                if self._file(name).exists() and can_be_read(self._file(name)):
                    self._point_to(name)
                    return name
            raise StoreError(f"{self.folder} 里没有能读的版本：请从备份恢复")

    def _pointed_to(self) -> str:
        try:
            return (self.folder / POINTER).read_text().strip()
        except FileNotFoundError:
            return ""

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.duckdb"

    def _size_of(self, name: str) -> int:
        return self._file(name).stat().st_size

    def _published_at(self, name: str) -> datetime:
        return datetime.fromtimestamp(self._file(name).stat().st_mtime, BEIJING).replace(tzinfo=None)

    def _names(self) -> list[str]:
        return [path.stem for path in self.folder.glob("v*.duckdb")]

    def _history(self) -> History | None:
        try:
            return read_history(self.folder)
        except (ValueError, TypeError, KeyError) as error:
            raise StoreDamaged(f"{self.folder / HISTORY_FILE} 读不懂：请从备份放回这个文件") from error

    def _keep_history(self, history: History) -> None:
        self._replace_file(HISTORY_FILE, as_text(history))

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """A disk's error becomes a `StoreError` that says so in words; nothing that readers see was changed then."""
        try:
            yield
        except (OSError, duckdb.IOException) as error:
            reason = next((words for sign, words in DISK.items() if sign in str(error)), str(error))
            raise StoreError(f"写不进 {self.folder}：{reason}。没有改动任何数据") from error

    @contextmanager
    def _locked(self, wait_seconds: float) -> Iterator[None]:
        """Alone among writers, across processes."""
        with self._in_words():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
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
            if self._file(version).exists():
                raise
            raise VersionGone("数据已更新，您看的这一版已不再保留：请刷新页面") from error

    def _engine(self, version: str) -> Engine:
        with self._guard:
            if version not in self._engines:
                url = f"duckdb:///{self._file(version)}"
                self._engines[version] = create_engine(
                    url,
                    connect_args={"read_only": True, "config": CONFINED},
                    pool_size=8,
                    hide_parameters=True,  # what somebody searched for has no place in a log
                )
            self._engines.move_to_end(version)
            while len(self._engines) > OPEN_VERSIONS:
                self._engines.popitem(last=False)[1].dispose()
            return self._engines[version]

    def _fill(self, copy: Path, last_batch: int) -> Iterator[duckdb.DuckDBPyConnection]:
        if current := self.version:
            _clone(self._file(current), copy)
        connection = duckdb.connect(str(copy), config=dict(OFFLINE))
        os.chmod(copy, PRIVATE)
        try:
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("BEGIN")
            lay_out(connection, last_batch)
            yield connection
            connection.execute("COMMIT")
            connection.execute("CHECKPOINT")
        except BaseException:
            connection.close()
            copy.unlink(missing_ok=True)
            raise
        connection.close()

    def _publish(self, copy: Path, name: str, parent: str, history: History, keeping: Keeping) -> None:
        with closing(duckdb.connect(str(copy), read_only=True, config=dict(OFFLINE))) as connection:
            what, last_batch, kind = came_in(connection, history.last_batch)
        _sync(copy)
        os.replace(copy, self._file(name))
        at = beijing_now().isoformat(timespec="seconds")
        # In the history before CURRENT names it: a writer that dies in between leaves a version that is known.
        self._keep_history(history.with_version(Version(name, parent, at, what, kind), last_batch))
        self._point_to(name)
        for info in surplus(self.versions(), keeping, beijing_now()):
            self._file(info.name).unlink(missing_ok=True)

    def _point_to(self, name: str) -> None:
        if history := self._history():
            self._keep_history(replace(history, current=name))
        self._replace_file(POINTER, name)

    def _replace_file(self, name: str, text: str) -> None:
        new = self.folder / f"{name}.new"
        new.write_text(text, encoding="utf-8")
        os.chmod(new, PRIVATE)
        _sync(new)
        os.replace(new, self.folder / name)
        _sync(self.folder)

    def _clean_up(self) -> None:
        """Remove what a writer that died left behind; only ever called under the lock."""
        for leftover in (*self.folder.glob("*.writing"), *self.folder.glob("*.writing.*"), *self.folder.glob("*.new")):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
        if history := self._history():
            for name in set(self._names()) - set(history.versions) - {self._pointed_to()}:
                if number_of(name) > min(map(number_of, history.versions), default=0):  # older: from before the history
                    self._file(name).unlink(missing_ok=True)


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
