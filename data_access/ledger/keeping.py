"""Keeping a ledger safe: a copy, putting a copy back, taking on another one, today's format, heads kept elsewhere.

A copy is one file of lines of JSON, the same from SQLite and PostgreSQL, and may be put back into either.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO
from uuid import uuid4

from sqlalchemy import Connection, DateTime, Engine, Table, delete, insert, inspect, select, update

from data_access.cases.errors import DatabaseError
from data_access.cases.versions import check_may_write
from data_access.district.periods import beijing_now
from data_access.ledger.audit import judge, verify
from data_access.ledger.engine import engine_at, is_laid_out, lay_out
from data_access.ledger.opening import Place
from data_access.ledger.schema import FORMAT, GENESIS, HMAC, hash_of, ledger_head, matter_events, matters
from data_access.ledger.witness import PRIVATE, Anchor, LedgerProblem, head_of
from data_access.trail import schema as trail

TABLES = (ledger_head, matters, matter_events, *trail.TABLES)
AT_ONCE = 1000  # rows in one statement
FIRST_LINE = {"what": "办理台账备份", "format": FORMAT}


def _now() -> str:
    return beijing_now().isoformat(timespec="seconds")


@contextmanager
def _reading(path: Path) -> Iterator[TextIO]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield file


def back_up(place: Place, path: Path) -> Anchor:
    """Write a copy while the ledger is in use; returns the head that it reaches. `path`: .gz is packed."""
    at, new = _now(), path.with_name(path.name + ".new")
    with _existing(place) as engine:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as raw:
                packed = gzip.GzipFile(fileobj=raw, mode="wb") if path.suffix == ".gz" else raw
                _copy(engine, packed, at)
                if packed is not raw:
                    packed.close()
                raw.flush()
                os.fsync(raw.fileno())
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)
    copied = _read(path)[ledger_head.name][0]
    return Anchor(copied.get("identity", ""), copied["seq"], copied["hash"], at)


def _copy(engine: Engine, file: gzip.GzipFile | BinaryIO, at: str) -> None:
    """Every row as a line, all tables as of one moment, whoever writes meanwhile."""
    file.write((json.dumps(FIRST_LINE | {"at": at}, ensure_ascii=False) + "\n").encode())
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.execution_options(**level).connect() as connection:
        for table in TABLES:
            if not inspect(connection).has_table(table.name):  # a ledger in which nobody's doings were recorded yet
                continue
            # As it stands: a ledger of an older format has fewer columns, and is copied before it is upgraded.
            for row in connection.exec_driver_sql(f"SELECT * FROM {table.name}").mappings():
                file.write((json.dumps({table.name: _plain(row)}, ensure_ascii=False) + "\n").encode())


def _plain(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def restore(place: Place, path: Path, *, older: bool = False) -> Anchor:
    """Put a copy back as the ledger of the place; returns its head. What stood there is set aside, not deleted.

    Raises `LedgerProblem`, and then everything is as before: for a copy that is not whole, and, without `older`, for
    one that ends before the last step that is known.
    """
    check_may_write()
    rows = _read(path)
    rows |= _trail_that_stays(place, rows)
    head = rows[ledger_head.name][0]
    known = place.witness.read()
    if known and known.identity == head.get("identity", "") and head["seq"] < known.seq and not older:
        raise LedgerProblem(
            f"备份只到第 {head['seq']} 条，台账上次到第 {known.seq} 条：恢复会少 {known.seq - head['seq']} 条。"
            "有更新的备份请用更新的；确要恢复这一份，加 --older"
        )
    is_sealed = head.get("sealed") == HMAC
    key = place.key() if is_sealed else b""
    if is_sealed and not key:
        raise LedgerProblem("这份备份的链带密钥，而密钥 ledger.key 不在：请先放回密钥文件（或设 LEDGER_KEY）")
    _put_back(place, rows, key)
    with _engine(place.url) as engine:
        anchor = head_of(engine, _now())
    place.witness.remember(anchor, whatever=True)
    return anchor


def _read(path: Path) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
    try:
        with _reading(path) as file:
            first = json.loads(file.readline())
            if first.get("what") != FIRST_LINE["what"] or first["format"] > FORMAT:
                raise LedgerProblem(f"{path} 不是本程序能读的台账备份")
            for line in file:
                for name, row in json.loads(line).items():
                    rows[name].append(row)
    except (OSError, EOFError, ValueError, KeyError, AttributeError) as error:
        raise LedgerProblem(f"{path} 读不了或不完整：{error}") from error
    if len(rows[ledger_head.name]) != 1 or rows[ledger_head.name][0]["seq"] != len(rows[matter_events.name]):
        raise LedgerProblem(f"{path} 不完整：记录数与末条对不上")
    return rows


def _put_back(place: Place, rows: dict[str, list[dict[str, Any]]], key: bytes) -> None:
    """Fill the place's database with the copy, verified before anything stands in the ledger's place."""
    if place.file is None:
        with _engine(place.url) as engine:
            _take_in(engine, rows, key)
        return
    new = place.file.with_name(f"{place.file.stem}.restoring.db")
    _remove(new)
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _engine(f"sqlite:///{new}") as engine:
            _take_in(engine, rows, key)
            with engine.connect() as connection:  # everything from its log into the file, which is then moved alone
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        set_aside(place.file)
        os.replace(new, place.file)
        place.file.chmod(PRIVATE)
    finally:
        _remove(new)


def _trail_that_stays(place: Place, copied: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The place's own trail, where it goes further than the copy's: what was done since is not forgotten with it."""
    name = trail.trail_head.name
    try:
        with _engine(place.url) as engine:
            if not is_laid_out(engine) or not inspect(engine).has_table(name):
                return {}
            with engine.connect() as connection:
                own = {table.name: [_plain(row) for row in connection.execute(select(table)).mappings()]
                       if inspect(engine).has_table(table.name) else [] for table in trail.TABLES}  # fmt: skip
    except DatabaseError:
        return {}
    mine, theirs = own[name][0], (copied[name] or [{}])[0]
    return {} if mine["identity"] == theirs.get("identity") and mine["seq"] < theirs["seq"] else own


def _take_in(engine: Engine, rows: dict[str, list[dict[str, Any]]], key: bytes) -> None:
    lay_out(engine)
    with engine.execution_options(writing=True).begin() as connection:
        if rows[trail.trail_head.name]:
            trail.metadata.create_all(connection)
        for table in TABLES:
            if not rows[table.name] and not inspect(connection).has_table(table.name):
                continue
            connection.execute(delete(table))
            kept = [_typed(table, row) for row in rows[table.name]]
            for start in range(0, len(kept), AT_ONCE):
                connection.execute(insert(table), kept[start : start + AT_ONCE])
        _check(connection, key)


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    moments = {column.name for column in table.columns if isinstance(column.type, DateTime)}
    return {name: datetime.fromisoformat(value) if name in moments and value else value for name, value in row.items()}


def _check(connection: Connection, key: bytes) -> None:
    verdict = judge(connection, key)
    if verdict.broken:
        raise LedgerProblem(f"备份不完整：{verdict.broken}，{verdict.reason}；没有恢复")


def set_aside(file: Path) -> None:
    """Move a ledger's files out of the way, its log with it: a log left behind would be played into another file."""
    stamp = f"{beijing_now():%Y%m%d-%H%M%S}-{uuid4().hex[:4]}"
    for ending in ("", "-wal", "-shm"):
        path = file.with_name(file.name + ending)
        if path.exists():
            os.replace(path, file.with_name(f"{file.name}.replaced-{stamp}{ending}"))


def _remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm", ".lock"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def adopt(place: Place) -> Anchor:
    """Take the ledger that stands in the place for the one to go on with; returns its head. Raises `LedgerProblem`."""
    check_may_write()
    with _existing(place) as engine:
        _check_format(engine)
        head = head_of(engine, _now())
        verdict = verify(engine, _key_of(engine, place))
    if verdict.broken:
        raise LedgerProblem(f"这本台账不完整：{verdict.broken}，{verdict.reason}；没有采用")
    place.witness.remember(head, whatever=True)
    return head


def upgrade(place: Place) -> Anchor | None:
    """Bring an older ledger to today's format: an identity, and a chain made with a key. Returns its head.

    None where it is in today's format already. The chain is verified as it was before it is made anew, in the same
    transaction; the head that the witness knew is replaced, since its hash is no longer in the chain.
    """
    check_may_write()
    with _existing(place) as engine:
        lay_out(engine)
        with engine.execution_options(writing=True).begin() as connection:
            if not _sealed_anew(connection, place):
                return None
        anchor = head_of(engine, _now())
    place.witness.remember(anchor, whatever=True)
    return anchor


def _sealed_anew(connection: Connection, place: Place) -> bool:
    """Make the whole chain anew with a key; False where it has one."""
    head = connection.execute(select(ledger_head)).one()
    if head.format >= FORMAT and head.sealed == HMAC:
        return False
    verdict = judge(connection)
    if verdict.broken:
        raise LedgerProblem(f"台账不完整：{verdict.broken}，{verdict.reason}；没有升级")
    key, before = place.key(make=True), GENESIS
    for event in connection.execute(select(matter_events).order_by(matter_events.c.seq)).mappings().all():
        sealed = hash_of({**event, "before": before}, key)
        changed = update(matter_events).where(matter_events.c.seq == event["seq"])
        connection.execute(changed.values(before=before, hash=sealed))
        before = sealed
    identity = head.identity or uuid4().hex
    connection.execute(update(ledger_head).values(hash=before, identity=identity, format=FORMAT, sealed=HMAC))
    return True


def anchor(place: Place, path: Path) -> Anchor:
    """Add the ledger's head as a line to a file, which should lie where this machine's accounts cannot change it."""
    with _existing(place) as engine:
        _check_format(engine)
        head = head_of(engine, _now())
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(head), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return head


def anchors_in(path: Path) -> list[Anchor]:
    """The heads kept in a file, the oldest first. Raises `LedgerProblem`."""
    try:
        return [Anchor(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise LedgerProblem(f"{path} 读不了：{error}") from error


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = engine_at(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _existing(place: Place) -> Iterator[Engine]:
    with _engine(place.url) as engine:
        if not is_laid_out(engine):
            raise LedgerProblem(
                "没有办理台账：运行 python -m data_access ledger init 建立，或 ledger restore 从备份恢复"
            )
        yield engine


def _check_format(engine: Engine) -> None:
    columns = {column["name"] for column in inspect(engine).get_columns(ledger_head.name)}
    if "format" not in columns:
        raise LedgerProblem("台账是旧格式：请先备份，再运行 python -m data_access ledger upgrade")


def _key_of(engine: Engine, place: Place) -> bytes:
    with engine.connect() as connection:
        return place.key() if connection.execute(select(ledger_head.c.sealed)).scalar() == HMAC else b""
