"""What every case store can do, whichever engine it stands on: be read at a version, be written to, go back.

Reading and writing are two things. Readers get a connection that shows one version, whole. A writer always gets a
DuckDB connection with the tables of data_access.cases.schema, so that cleaning and merging are one code; how what it
leaves there becomes a version is each engine's own: a file that is renamed, or one transaction that moves a row.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
from sqlalchemy import Connection

from data_access.cases.errors import StoreError
from data_access.cases.expunging import Due, Progress
from data_access.cases.format import FORMAT_KEY, LAST_BATCH
from data_access.cases.history import ASIDE, BEFORE, CURRENT, DEMO, REAL, History, Keeping, VersionInfo
from data_access.cases.schema import metadata

ONLY_READS = threading.Event()  # set in a process whose pages could otherwise change everybody's data by accident
CLOSED = "看板里不能改案件库和台账的整体：导入、退回、恢复请用命令行 python -m data_access"


def check_may_write() -> None:
    """Raises `StoreError` in a process that only reads. A guard against accidents, none against whoever means it."""
    if ONLY_READS.is_set():
        raise StoreError(CLOSED)


class Store(ABC):
    """A case store. Safe to share between threads.

    `url`: as CASES_URL names it. `folder`: where its secrets and its ledger are kept.
    """

    url: str
    folder: Path
    computes_elsewhere = False  # whether another process does the work of a statement

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is, for people; without a password."""

    @property
    @abstractmethod
    def version(self) -> str:
        """The current version's name, '' while nothing was ever published; raises `StoreError`."""

    @abstractmethod
    def reading(self, version: str = "") -> AbstractContextManager[Connection]:
        """A read-only connection to a version, the current one unless named. One cursor per query.

        Raises `VersionGone` where the named version is kept no more.
        """

    def reading_apart(self, version: str) -> AbstractContextManager[Connection]:
        """As `reading`, for somebody's own statement: where the store can, it leaves room for everybody else's."""
        return self.reading(version)

    @abstractmethod
    def ending(self, connection: Connection, seconds: float) -> Callable[[], None]:
        """Limit what the connection asks from now on; returns what ends it at once, from any thread."""

    @abstractmethod
    def writing(
        self, *, wait_seconds: float = 30, keeping: Keeping | None = None
    ) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """An open transaction on the stored tables; published on a clean exit, dropped on an error.

        `NothingNew`, raised within, drops it without an error: nothing changed, so no good version is pushed out.
        Cases are sure to be there once `bring` was asked for them.
        """

    @abstractmethod
    def lay_out(self) -> None:
        """Make the tables where they have to be there before the first write, and bring them up to date."""

    @abstractmethod
    def repair(self, to: str = "") -> str:
        """Make a version current again where it is not known which one is read; returns its name."""

    @property
    def exists(self) -> bool:
        return bool(self.version)

    @property
    def kind(self) -> str:
        """Whose decisions belong here, those on demo data or the district's; '' where nobody has said so yet."""
        history = self._history()
        return history.kind if history else ""

    @abstractmethod
    def bring(self, con: duckdb.DuckDBPyConnection, stage: str) -> None:
        """Have the stored cases of the table `stage` at hand, and all cases of their callers; only while writing."""

    @abstractmethod
    def bring_refused(self, con: duckdb.DuckDBPyConnection, stage: str) -> None:
        """Have the quarantined rows at hand whose `file_name` is in the table `stage`; once, only while writing."""

    @abstractmethod
    def expunge(self, due: Due, progress: Progress) -> int:
        """Remove what is due from every kept version; returns how many were written anew. Can be begun again after a
        crash. Whoever reads moves on to what is left."""

    def forget_everything(self, con: duckdb.DuckDBPyConnection) -> None:
        """Delete everything but the store's format and its last import number. The versions before stay."""
        for table in metadata.sorted_tables:
            kept = f" WHERE key NOT IN ('{FORMAT_KEY}', '{LAST_BATCH}')" if table.name == "store_info" else ""
            con.execute(f"DELETE FROM {table.name}{kept}").fetchall()

    def versions(self) -> list[VersionInfo]:
        """The versions that can still be read, newest first."""
        current, history = self.version, self._history() or History()
        before = set(history.ancestors(current))
        return [self._info(name, history, current, before) for name in sorted(self._names(), reverse=True)]

    def _info(self, name: str, history: History, current: str, before: set[str]) -> VersionInfo:
        known = history.versions.get(name)
        # Where the history does not know a version, only its number tells the order.
        is_before = name in before if known and history.versions.get(current) else name < current
        return VersionInfo(
            name,
            known.parent if known else "",
            known.moment if known else self._published_at(name),
            self._size_of(name),
            CURRENT if name == current else BEFORE if is_before else ASIDE,
            known.what if known else "",
            known.kind if known else "",
        )

    def rollback(self, to: str = "", *, with_ledger: bool = False) -> str:
        """Make the version that the current one was made from current again, or the one named; returns its name.

        Both ways: what was undone can be had back by its name. From the district's data to demo data, or back, the
        decisions change as well: refused without `with_ledger`.
        """
        with self._alone():
            known = {info.name: info for info in self.versions()}
            history = self._history() or History()
            if not to:
                kept = [name for name in history.ancestors(self.version) if name in known]
                older = [info.name for info in known.values() if info.state == BEFORE]
                to = next(iter([*kept, *older]), "")
                if not to:
                    raise StoreError("没有更早的版本可以退回")
            if to not in known:
                raise StoreError(f"没有版本 {to}；现有：{'、'.join(known)}")
            kind = known[to].kind
            if kind and history.kind and kind != history.kind:
                if not with_ledger:
                    words = {DEMO: "演示数据", REAL: "真实数据"}
                    raise StoreError(
                        f"{to} 是{words[kind]}，现在是{words[history.kind]}：退回去，办理台账也要换成另一本。"
                        "确要如此请加 --with-ledger"
                    )
                self._keep_history(replace(history, kind=kind))
            self._point_to(to)
            return to

    @contextmanager
    def _alone(self, wait_seconds: float = 30) -> Iterator[None]:
        """Alone among writers, with the engine's errors in words."""
        check_may_write()
        with self._locked(wait_seconds), self._in_words():
            yield

    @abstractmethod
    def _locked(self, wait_seconds: float) -> AbstractContextManager[None]: ...

    @abstractmethod
    def _in_words(self) -> AbstractContextManager[None]: ...

    @abstractmethod
    def _history(self) -> History | None: ...

    @abstractmethod
    def _keep_history(self, history: History) -> None: ...

    @abstractmethod
    def _names(self) -> list[str]: ...

    @abstractmethod
    def _size_of(self, name: str) -> int: ...

    @abstractmethod
    def _published_at(self, name: str) -> datetime: ...

    @abstractmethod
    def _point_to(self, name: str) -> None: ...
