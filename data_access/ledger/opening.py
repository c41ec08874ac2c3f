"""Which ledger belongs to a case store, how it is begun, and how one other than that last written to is noticed."""

from __future__ import annotations

import functools
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, StaticPool, create_engine, make_url, select
from sqlalchemy.exc import DBAPIError

from data_access.cases.errors import DatabaseError
from data_access.cases.history import DEMO
from data_access.cases.reader import Reader
from data_access.cases.store import ROOT, Store
from data_access.district.periods import beijing_now
from data_access.ledger.engine import disk_in_words, engine_at, is_laid_out, lay_out
from data_access.ledger.ledger import Ledger
from data_access.ledger.schema import HMAC, ledger_head
from data_access.ledger.witness import LedgerMissing, LedgerProblem, Witness, check, head_of
from data_access.trail.trail import Trail


@dataclass(frozen=True)
class Place:
    """Where the ledger of a case store is: the database, and what is kept beside the store about it."""

    url: str
    witness: Witness
    key_file: Path

    @property
    def file(self) -> Path | None:
        """The file of an SQLite ledger."""
        parsed = make_url(self.url)
        return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None

    def key(self, *, make: bool = False) -> bytes:
        """The chain's secret: LEDGER_KEY, or a random one beside the store; b'' where there is none."""
        if given := os.environ.get("LEDGER_KEY"):
            return given.encode()
        if make and not self.key_file.exists():
            self.key_file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
        return self.key_file.read_bytes() if self.key_file.exists() else b""


def place_of(store: Store, *, is_demo: bool, url: str | None = None) -> Place:
    """The ledger's place: at `url`, at LEDGER_URL, or a file beside the case store.

    Without LEDGER_URL, what is tried out on demo data goes to a file of its own and never mixes with what the district
    decides; a database named there is used as it is.
    """
    name = "demo-ledger" if is_demo else "ledger"
    parsed = make_url(url or os.environ.get("LEDGER_URL") or f"sqlite:///{store.folder / name}.db")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        parsed = parsed.set(database=str((ROOT / parsed.database).resolve()))
    elsewhere = bool(url or os.environ.get("LEDGER_URL"))
    witness = Witness(store.folder / f"{name}{'-elsewhere' if elsewhere else ''}.head")
    return Place(parsed.render_as_string(hide_password=False), witness, store.folder / "ledger.key")


MOST_TRAILS = 8
_TRAILS: dict[tuple[Engine, bytes], Trail] = {}  # those whose tables are known to be there


@functools.lru_cache(maxsize=8)
def _opened(url: str, file: int) -> Engine:
    """`file`: its inode, 0 without a file. A file that was replaced has another, and gets a new engine."""
    return engine_at(url)


def _engine_of(place: Place) -> Engine:
    return _opened(place.url, place.file.stat().st_ino if place.file and place.file.exists() else 0)


def is_demo(reader: Reader) -> bool:
    """Whether decisions about these cases are only tried out, on demo data: as the store was set up; where that is not
    known, as the version says."""
    return reader.store.kind == DEMO if reader.store.kind else reader.is_synthetic


def open_ledger(reader: Reader, url: str | None = None) -> Ledger:
    """The ledger of the reader's case store. Raises `LedgerMissing` where none was ever made, `LedgerProblem` where it
    is not the one that was written to last. In it are the matters that the reader may see, with nobody named in them
    where the reader has no right to words.

    In the demo district, where time stands still, a step's moment is the data's; elsewhere it is Beijing's clock.
    """
    place = place_of(reader.store, is_demo=is_demo(reader), url=url)
    engine, known = _engine_of(place), place.witness.read()
    with disk_in_words(engine):
        is_there = is_laid_out(engine)
    if not is_there:
        if known is None:
            raise LedgerMissing("还没有办理台账：运行 python -m data_access ledger init 建立")
        raise LedgerProblem(
            f"办理台账不见了（上次到第 {known.seq} 条，{known.at}）：没有另建新的。"
            "请用 python -m data_access ledger restore 从备份恢复"
        )
    key = place.key()
    try:
        with disk_in_words(engine):
            check(engine, place.witness, key)
    except DatabaseError as error:
        raise LedgerProblem(
            f"台账读不了（{getattr(error, 'orig', None) or error}）：可能是复制文件时留下了旧的 -wal。"
            "请用 python -m data_access ledger restore 从备份恢复，不要直接复制文件"
        ) from error
    seen = reader.sight
    return Ledger(engine, reader.profile, _clock_of(reader), key, place.witness, seen=seen.matters, names=seen.words)


def trail_of(reader: Reader) -> Trail | None:
    """The trail (who did what), which stands in the ledger's database; None where there is no ledger yet.

    Raises `LedgerProblem` where the ledger is gone, `TrailProblem` where its trail cannot be used. A ledger that is not
    the one last written to still keeps a trail: what is done meanwhile must be known too.
    """
    place = place_of(reader.store, is_demo=is_demo(reader))
    engine = _engine_of(place)
    key = place.key()
    if (engine, key) in _TRAILS:
        return _TRAILS[engine, key]
    if not is_laid_out(engine):
        if place.witness.read() is None:
            return None
        raise LedgerProblem("办理台账不见了，审计也在其中：请用 python -m data_access ledger restore 从备份恢复")
    if len(_TRAILS) >= MOST_TRAILS:
        _TRAILS.clear()
    return _TRAILS.setdefault((engine, key), Trail.at(engine, key))


def state_of(reader: Reader) -> str:
    """The seal of the last step in the ledger, by one statement; '' where there is no ledger that could be asked."""
    place = place_of(reader.store, is_demo=is_demo(reader))
    if place.file and not place.file.exists():  # asking would make an empty file
        return ""
    try:
        with _engine_of(place).connect() as connection:
            return connection.execute(select(ledger_head.c.hash)).scalar() or ""
    except DBAPIError:
        return ""


def ledger_if_any(reader: Reader) -> Ledger | None:
    """The ledger; None where the district has not begun one."""
    try:
        return open_ledger(reader)
    except LedgerMissing:
        return None


def ledger_or_none_yet(reader: Reader) -> Ledger:
    """The ledger; where the district has not begun one, one without matters that says so (`Ledger.absent`)."""
    try:
        return open_ledger(reader)
    except LedgerMissing as missing:
        return Ledger(_nothing(), reader.profile, _clock_of(reader), absent=str(missing))


@functools.lru_cache(maxsize=1)
def _nothing() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    lay_out(engine)
    return engine


def begin_ledger(reader: Reader, url: str | None = None) -> Ledger:
    """Make the ledger of a case store that has none: the one way in which one comes to be. Raises `LedgerProblem`."""
    place = place_of(reader.store, is_demo=is_demo(reader), url=url)
    if known := place.witness.read():
        raise LedgerProblem(f"这个库已有台账（到第 {known.seq} 条，{known.at}）：不见了请用 ledger restore 恢复")
    engine = engine_at(place.url)
    with disk_in_words(engine):
        if place.file:
            place.file.parent.mkdir(parents=True, exist_ok=True)
        if is_laid_out(engine):
            raise LedgerProblem("那里已有一本台账：要用它，运行 python -m data_access ledger adopt")
        key = place.key(make=True)
        lay_out(engine, sealed=HMAC)
        if place.file:
            place.file.chmod(0o600)
        place.witness.remember(head_of(engine, beijing_now().isoformat(timespec="seconds")))
    return Ledger(engine, reader.profile, _clock_of(reader), key, place.witness)


def _clock_of(reader: Reader) -> Callable[[], datetime]:
    stands_still = is_demo(reader) and reader.is_synthetic and reader.has_data
    return (lambda: reader.as_of) if stands_still else beijing_now
