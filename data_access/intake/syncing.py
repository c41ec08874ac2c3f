"""A live source comes in by increments: what changed since the mark, again and again, through the importer's one door.

The mark (up to which change the source has been read) is a note of the store, written in the transaction that brings
the rows: a process that dies leaves both or neither, and what was rolled back is read again. Each round reads a little
from before the mark once more, since a source may write late; rows are told by their key, so none counts twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
from filelock import FileLock, Timeout
from sqlalchemy import select

from data_access.cases.errors import StoreBusy
from data_access.cases.schema import store_info
from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.intake.contact import place_of
from data_access.intake.importing import Delivery, ImportResult, take_in
from data_access.intake.live import LiveSource, Moment, Stretch, ahead, earlier, read_back, written

AT_ONCE = 200_000  # rows that become one version


@dataclass(frozen=True)
class Mark:
    """`at`: changes up to it are in. `to`: where the round that is under way ends, None between rounds."""

    at: Moment
    to: Moment | None = None

    @property
    def note(self) -> str:
        return json.dumps({"at": written(self.at), "to": None if self.to is None else written(self.to)})


@dataclass(frozen=True)
class Sync:
    """A source and the store that follows it."""

    source: LiveSource
    mapping_name: str
    profile: Profile
    store: Store
    replace_demo: bool = False
    at_once: int = AT_ONCE

    @property
    def key(self) -> str:
        """The mark's name among the store's notes."""
        return f"sync {self.source.name} {self.mapping_name}"

    @property
    def mark(self) -> Mark | None:
        """How far the current version knows the source."""
        if not self.store.exists:
            return None
        with self.store.reading() as connection:
            kept = connection.execute(select(store_info.c.value).where(store_info.c.key == self.key)).scalar()
        noted = json.loads(kept) if kept else None
        return noted and Mark(read_back(noted["at"]), None if noted["to"] is None else read_back(noted["to"]))

    def alone(self) -> FileLock:
        """The lock of who follows this source into this store; raises `StoreBusy`."""
        self.store.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(place_of(self.store, self.key).with_suffix(".lock"))
        try:
            return lock.acquire(timeout=0).lock
        except Timeout as error:
            raise StoreBusy(f"已有一个同步在读 {self.source.name}：请先停下那一个") from error

    def round(self) -> Iterator[ImportResult]:
        """Bring in what changed since the last round; a result for each version, or for what brought nothing new.

        Raises `SourceLost`, `SourceUnusable`, `ImportFailed`, `StoreError`; what was given before is in.
        """
        if not self.source.told_by:
            yield self._take(Stretch(), None)
            return
        mark, horizon = self.mark, ahead(self.source.sample)
        at = mark.at if mark else None
        if at is not None and mark and mark.to is None:
            at = earlier(at, self.source.live.overlap_minutes)
        # Settled before anything is read: what is written while the round goes on belongs to the next one, which
        # begins an overlap before this end.
        to = mark.to if mark and mark.to is not None else self.source.newest(Stretch(at, horizon))
        if to is not None:
            yield from self._pages(Stretch(at, to), marked=True)
        undated = Stretch(to=horizon, undated=True)
        if self.source.count(undated):
            yield self._take(undated, None)

    def again(self, since: Moment | None, until: Moment | None) -> Iterator[ImportResult]:
        """Read a stretch once more, both ends included; the mark stays. Raises as `round`."""
        stretch = Stretch(since, until, closed=True)
        newest = self.source.newest(stretch)
        if newest is not None:
            yield from self._pages(Stretch(since, newest, closed=True), marked=False)

    def _pages(self, stretch: Stretch, *, marked: bool) -> Iterator[ImportResult]:
        """A stretch in parts of about `at_once` rows; rows of one moment stay together."""
        while True:
            end = self.source.end_of(stretch, self.at_once)
            to = stretch.to if end is None or end == stretch.to else end
            part = Stretch(stretch.after, to, stretch.closed)
            assert to is not None
            yield self._take(part, Mark(to, None if to == stretch.to else stretch.to) if marked else None)
            if to == stretch.to:
                return
            stretch = Stretch(to, stretch.to)

    def _take(self, stretch: Stretch, mark: Mark | None) -> ImportResult:
        def note(con: duckdb.DuckDBPyConnection) -> None:
            if mark:
                con.execute("DELETE FROM store_info WHERE key = ?", [self.key]).fetchall()
                con.execute("INSERT INTO store_info VALUES (?, ?)", [self.key, mark.note]).fetchall()

        delivery = Delivery(
            self.source.rows(stretch),
            self.source.name,
            self.source.digest(stretch),
            self.mapping_name,
            self.source.mapping,
            again=True,
            note=note,
        )
        return take_in(delivery, profile=self.profile, store=self.store, replace_demo=self.replace_demo)
