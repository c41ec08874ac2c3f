"""What case stores on a server have in common: the rows carry the versions in which they hold, and a writer works in a
workshop of its own, from which only what differs goes back.

Each stored row says from which version on it holds (`since`) and from which on no more (`until`); a version is a set of
views that show the rows of its number under the tables' own names. Whoever reads a version sees those views and nothing
else, so that any statement, an analyst's own as well, sees that version whole.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
from sqlalchemy import Table, make_url

from data_access.cases.errors import NothingNew, StoreError
from data_access.cases.expunging import Due, Progress
from data_access.cases.format import came_in, lay_out
from data_access.cases.history import History, Keeping, Version, history_of, name_of, number_of, surplus
from data_access.cases.schema import (
    cases,
    import_batches,
    objective_values,
    rejected_rows,
    store_info,
    unread_words,
)
from data_access.cases.versions import Store
from data_access.cases.workshop import forget_what_was_brought, lines_of, take_in, workshop
from data_access.district.periods import beijing_now

NOTHING_YET = "还没有数据：先运行 python -m data_access demo 或 python -m data_access import 文件"
ALWAYS_BROUGHT = (store_info, import_batches, objective_values)  # small, and every import looks at them


class ServerStore(Store):
    """A case store in a database. `folder`: where secrets and workshops are kept, on this machine."""

    computes_elsewhere = True

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self._afresh = False  # whether everything stored is replaced by what is being written

    @property
    def address(self) -> str:
        return make_url(self.url).render_as_string(hide_password=True)

    @property
    def version(self) -> str:
        """The current version's name, '' while nothing was ever published; raises `StoreError`."""
        return self._head("current") or ""

    @contextmanager
    def writing(
        self, *, wait_seconds: float = 30, keeping: Keeping | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """As `Store.writing`."""
        with self._alone(wait_seconds), workshop(self.folder) as con:
            self._lay_out()
            history = self._history() or History()
            self._forget_undone(number_of(history.current) if history.current else 0)
            for table in ALWAYS_BROUGHT:
                take_in(con, table, self._stored(table))
            lay_out(con, history.last_batch)
            self._afresh = False
            try:
                yield con
            except NothingNew:
                return
            con.execute("COMMIT")
            self._publish(con, history)
            names = [info.name for info in surplus(self.versions(), keeping or Keeping(), beijing_now())]
            if names:
                self._forget_old(names)

    def bring(self, con: duckdb.DuckDBPyConnection, stage: str) -> None:
        """As `Store.bring`."""
        numbers = f"SELECT DISTINCT case_id FROM {stage}"
        self._bring(con, cases, "case_id", numbers)
        self._bring(con, unread_words, "case_id", numbers)
        callers = f"SELECT caller_key FROM {cases.name}"
        if "caller_key" in {row[0] for row in con.execute(f"DESCRIBE {stage}").fetchall()}:
            callers += f" UNION SELECT caller_key FROM {stage}"
        self._bring(con, cases, "caller_key", f"SELECT DISTINCT caller_key FROM ({callers}) WHERE caller_key <> ''")

    def bring_refused(self, con: duckdb.DuckDBPyConnection, stage: str) -> None:
        """As `Store.bring_refused`."""
        self._bring(con, rejected_rows, "file_name", f"SELECT DISTINCT file_name FROM {stage}")

    def _bring(self, con: duckdb.DuckDBPyConnection, table: Table, column: str, values: str) -> None:
        take_in(con, table, self._stored_where(table, column, lines_of(con, values)))

    def forget_everything(self, con: duckdb.DuckDBPyConnection) -> None:
        """As `Store.forget_everything`; what was not brought goes as well."""
        super().forget_everything(con)
        forget_what_was_brought(con)
        self._afresh = True

    def expunge(self, due: Due, progress: Progress) -> int:
        """As `Store.expunge`: the rows of all versions are the same few tables; a version more tells readers."""
        if not self.version:
            return 0
        with self._alone():
            self._forget_undone(number_of(self.version))
            self._overwrite(due, progress)
        with self.writing() as con:
            con.execute("DELETE FROM store_info WHERE key = 'expunged_at'").fetchall()
            con.execute("INSERT INTO store_info VALUES ('expunged_at', ?)", [beijing_now().isoformat()])
        return 1

    def lay_out(self) -> None:
        """As `Store.lay_out`."""
        with self._alone():
            self._lay_out()

    def repair(self, to: str = "") -> str:
        """Nothing can be lost here but by hand: makes `to`, or the newest version, current."""
        with self._alone():
            names = sorted(self._names(), reverse=True)
            for name in [to] if to else names:
                if name in names:
                    self._point_to(name)
                    return name
            raise StoreError(f"{self.address} 里没有能读的版本：请从备份恢复")

    def _publish(self, con: duckdb.DuckDBPyConnection, history: History) -> None:
        """Write what the workshop changed as the next version."""
        number = max(history.last, *map(number_of, self._names()), 0) + 1
        what, last_batch, kind = came_in(con, history.last_batch)
        name, at = name_of(number), beijing_now().isoformat(timespec="seconds")
        new = history.with_version(Version(name, history.current, at, what, kind), last_batch)
        self._write(con, number, replace(new, current=name))

    def _history(self) -> History | None:
        kept = self._head("history")
        return history_of(kept) if kept else None

    def _point_to(self, name: str) -> None:
        self._keep_history(replace(self._history() or History(), current=name))

    def _published_at(self, name: str) -> datetime:
        raise StoreError(f"不知道版本 {name} 是何时发布的")

    @abstractmethod
    def _lay_out(self) -> None:
        """Make the tables, or bring them up to date; only while alone. So are all below but `_head`."""

    @abstractmethod
    def _head(self, column: str) -> str | None:
        """What the store's own row says, None where there is none yet; raises `StoreError`."""

    @abstractmethod
    def _stored(self, table: Table) -> Iterable[bytes | memoryview]:
        """The newest stored rows as CSV."""

    @abstractmethod
    def _stored_where(self, table: Table, column: str, values: Iterator[memoryview]) -> Iterable[bytes | memoryview]:
        """As `_stored`, those whose column holds one of the values (CSV as well)."""

    @abstractmethod
    def _write(self, con: duckdb.DuckDBPyConnection, number: int, history: History) -> None:
        """Write what the workshop changed under the number, and then the history that makes it the current version."""

    @abstractmethod
    def _overwrite(self, due: Due, progress: Progress) -> None:
        """Change the stored rows themselves, and have nothing of what they were stay on the server's disk."""

    @abstractmethod
    def _forget_undone(self, now: int) -> None:
        """What was rolled back goes for good before anything else is written. `now`: the current version's number."""

    @abstractmethod
    def _forget_old(self, names: list[str]) -> None:
        """Drop the versions that need not stay, and the rows that no kept one shows; else the next writer tries."""
