"""A case store on DuckDB: a version is a file, and publishing is renaming.

A writer copies the current version, changes the copy in one transaction, and publishes it by
replacing the small CURRENT pointer; after a small import a version is the old file and a log (data_access/cases/
draft.py). Readers keep a read-only connection to the version CURRENT
names, or to the one they began with while its file is kept. So no reader waits or sees half an import, in this
process or another; a crash at any point leaves the last version current; the version's name is part of every cache key.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from data_access.cases.apart import Apart
from data_access.cases.disks import refusal, shared
from data_access.cases.draft import PRIVATE, WORTH_A_LOG, Draft, clone, log_of, sync
from data_access.cases.errors import GONE, NothingNew, StoreBusy, StoreDamaged, StoreError, VersionGone
from data_access.cases.expunging import Due, Progress
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
from data_access.cases.memory import share
from data_access.cases.versions import Store
from data_access.district.periods import BEIJING, beijing_now

POINTER = "CURRENT"
NAME = re.compile(r"v\d{6,}")
UNREADABLE = "（读不懂的内容）"
KEPT_VERSIONS = Keeping().versions
OPEN_VERSIONS = 2  # engines held open: the newest, and the one that page runs may still be reading

# Readers serve analysts' own SQL: it may ask the version, not the machine's other files.
CONFINED = {**OFFLINE, "enable_external_access": "false", "lock_configuration": "true"}


class FileStore(Store):
    """A folder of version files."""

    def __init__(self, folder: Path, memory: int = 0) -> None:
        """`memory`: bytes that all readers of a version may use together, 0 for a quarter of the machine's."""
        self.folder, self.url = folder, f"duckdb:///{folder}"
        self._memory = memory or share(0.25)
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._apart = Apart(self._memory // 4)
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
    def reading_apart(self, version: str) -> Iterator[Connection]:
        """As `Store.reading_apart`: on a DuckDB of its own."""
        file = self._file(version)
        with self._connect_to(version), self._there(version, lambda: self._apart.connected(file)) as connection:
            yield connection

    def ending(self, connection: Connection, seconds: float) -> Callable[[], None]:
        """As `Store.ending`; the engine itself counts no seconds."""
        driver: Any = connection.connection.driver_connection
        return driver.interrupt

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
            is_read = parent in self._engines
            try:
                brought = yield from self._fill(self._staged(name), parent, history.last_batch)
            except NothingNew:
                return
            finally:
                if not is_read:  # but by the writer, who is done
                    self._let_go(parent)
            self._publish(name, parent, history, brought, keeping or Keeping())

    def bring(self, con: duckdb.DuckDBPyConnection, stage: str) -> None:
        """As `Store.bring`: the copy has every case."""

    def bring_refused(self, con: duckdb.DuckDBPyConnection, stage: str) -> None:
        """As `Store.bring_refused`: the copy has every refused row."""

    def expunge(self, due: Due, progress: Progress) -> int:
        """As `Store.expunge`."""
        from data_access.cases.rewriting import expunge_files  # it knows this class

        return expunge_files(self, due, progress)

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
                if self._file(name).exists() and self._is_whole(name) and can_be_read(self._file(name)):
                    self._point_to(name)
                    return name
            raise StoreError(f"{self.folder} 里没有能读的版本：请从备份恢复")

    def _pointed_to(self) -> str:
        try:
            name = (self.folder / POINTER).read_bytes().decode("ascii", "replace").strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            why = refusal(error) or error.strerror
            raise StoreDamaged(
                f"读不了 {self.folder / POINTER}（{why}）：请从备份放回这个文件，或移开它再运行 repair"
            ) from error
        return name if NAME.fullmatch(name) else name and UNREADABLE

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.duckdb"

    def _staged(self, name: str) -> Path:
        return self.folder / f"{name}.writing"

    def _size_of(self, name: str) -> int:
        """Its share of a base that several versions have, and its log."""
        base, log = self._file(name).stat(), log_of(self._file(name))
        return base.st_size // base.st_nlink + (log.stat().st_size if log.exists() else 0)

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
            raise StoreError(f"写不进 {self.folder}：{refusal(error) or error}。没有改动任何数据") from error

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
            except DBAPIError as error:
                # Between reading CURRENT and opening the file it can have been superseded and cleaned away.
                if self.version == version:
                    raise self._broken(version, error) from error
        raise StoreError(f"{self.folder} 的版本变化太快，请重试")

    def _connect_to(self, version: str) -> Connection:
        return self._there(version, lambda: self._engine(version).connect())

    def _there(self, version: str, connect: Callable[[], Connection]) -> Connection:
        try:
            return connect()
        except DBAPIError as error:
            if self._file(version).exists():
                raise self._broken(version, error) from error
            raise VersionGone(GONE) from error

    def _broken(self, version: str, error: Exception) -> StoreDamaged:
        why = refusal(error) or "文件可能损坏"
        return StoreDamaged(
            f"打不开版本 {version}（{why}）；没有改动任何数据。请运行 python -m data_access versions 看还有哪些版，用 "
            "rollback --to 换一版，或从备份放回这个文件"
        )

    def _engine(self, version: str) -> Engine:
        with self._guard:
            if version not in self._engines:
                self._check_log(version)
                url = f"duckdb:///{self._file(version)}"
                self._engines[version] = create_engine(
                    url,
                    connect_args={"read_only": True, "config": self._confined()},
                    pool_size=8,
                    isolation_level="AUTOCOMMIT",  # a version's file never changes: every statement sees the same
                    pool_reset_on_return=None,
                    hide_parameters=True,  # what somebody searched for has no place in a log
                )
            self._engines.move_to_end(version)
            while len(self._engines) > OPEN_VERSIONS:
                self._engines.popitem(last=False)[1].dispose()
            return self._engines[version]

    def _let_go(self, version: str) -> None:
        """Close what this process holds open of a version."""
        with self._guard:
            if engine := self._engines.pop(version, None):
                engine.dispose()
        self._apart.let_go(self._file(version))

    def _confined(self) -> dict[str, str]:
        # What does not fit goes to the disk, so much of it that imports still find room.
        memory, on_disk = f"{self._memory >> 20}MiB", f"{self._memory >> 19}MiB"
        return {**CONFINED, "memory_limit": memory, "max_temp_directory_size": on_disk}

    def _is_worth_a_log(self, name: str) -> bool:
        base = self._file(name)
        return base.stat().st_size >= WORTH_A_LOG or log_of(base).exists()

    def _is_whole(self, name: str) -> bool:
        """Whether a version has its log: without it, it would be an older one under its name."""
        known, log = (self._history() or History()).versions.get(name), log_of(self._file(name))
        return known is None or known.log == (log.stat().st_size if log.exists() else 0)

    def _check_log(self, name: str) -> None:
        if not self._is_whole(name) and self._file(name).exists():
            raise StoreDamaged(
                f"{name} 的 {log_of(self._file(name)).name} 不在或不完整，读不全：请从备份放回它，或用 rollback --to "
                "换一版。没有改动任何数据"
            )

    def _fill(
        self, staged: Path, parent: str, last_batch: int
    ) -> Generator[duckdb.DuckDBPyConnection, None, tuple[str, int, str]]:
        """Let the writer work on a copy of `parent`; what it leaves becomes `staged`, and its log beside it."""
        draft, base = Draft(self.folder), self._file(parent)
        if kept := bool(parent) and self._is_worth_a_log(parent):
            self._check_log(parent)
            draft.take_up(base)
        elif parent:
            clone(base, staged)
        work = draft.file if kept else staged
        connection = self._opened(work, parent)
        os.chmod(work, PRIVATE)
        try:
            connection.execute("SET preserve_insertion_order = false")
            if kept:  # the log must stay one; without this a large commit goes straight into the file
                connection.execute("PRAGMA disable_checkpoint_on_shutdown")
                connection.execute("SET wal_autocheckpoint = '1TB'")
            connection.execute("BEGIN")
            lay_out(connection, last_batch)
            yield connection
            connection.execute("COMMIT")
            brought = came_in(connection, last_batch)
            if not (kept and draft.says_all_in_its_log and shared(base, staged)):
                draft.give_up_note()
                connection.execute("CHECKPOINT")
        except BaseException:
            connection.close()
            staged.unlink(missing_ok=True)
            raise
        connection.close()
        if not kept:
            return brought
        if staged.exists():
            if log_of(work).exists():
                clone(log_of(work), log_of(staged))
        else:
            os.replace(work, staged)
        return brought

    def _opened(self, work: Path, parent: str) -> duckdb.DuckDBPyConnection:
        """The copy of a version, open for writing; raises `StoreDamaged` where that version cannot be read."""
        try:
            return duckdb.connect(str(work), config=dict(OFFLINE))
        except duckdb.Error as error:
            if not parent or refusal(error):
                raise
            raise self._broken(parent, error) from error

    def _publish(
        self, name: str, parent: str, history: History, brought: tuple[str, int, str], keeping: Keeping
    ) -> None:
        staged, (what, last_batch, kind) = self._staged(name), brought
        length = log_of(staged).stat().st_size if log_of(staged).exists() else 0
        if length:
            sync(log_of(staged))
            os.replace(log_of(staged), log_of(self._file(name)))
        sync(staged)
        os.replace(staged, self._file(name))
        at = beijing_now().isoformat(timespec="seconds")
        # In the history before CURRENT names it: a writer that dies in between leaves a version that is known.
        self._keep_history(history.with_version(Version(name, parent, at, what, kind, length), last_batch))
        self._point_to(name)
        if self._is_worth_a_log(name) and not length:  # a new base: copied now, when nobody waits for it
            Draft(self.folder).follow(self._file(name))
        for info in surplus(self.versions(), keeping, beijing_now()):
            # Its log goes with the next writer: somebody may be about to open the version.
            self._file(info.name).unlink(missing_ok=True)

    def _point_to(self, name: str) -> None:
        if history := self._history():
            self._keep_history(replace(history, current=name))
        self._replace_file(POINTER, name)

    def _replace_file(self, name: str, text: str) -> None:
        new = self.folder / f"{name}.new"
        new.write_text(text, encoding="utf-8")
        os.chmod(new, PRIVATE)
        sync(new)
        os.replace(new, self.folder / name)
        sync(self.folder)

    def _clean_up(self) -> None:
        """Remove what a writer that died left behind; only ever called under the lock."""
        for pattern in ("*.writing", "*.writing.*", "*.new", "draft.duckdb.tmp"):
            for leftover in self.folder.glob(pattern):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
        if history := self._history():
            for name in set(self._names()) - set(history.versions) - {self._pointed_to()}:
                if number_of(name) > min(map(number_of, history.versions), default=0):  # older: from before the history
                    self._file(name).unlink(missing_ok=True)
        for log in self.folder.glob("v*.duckdb.wal"):
            if not log.with_suffix("").exists():
                log.unlink()
