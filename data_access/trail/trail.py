"""Writing the trail: whoever writes takes turns on the row `trail_head`, so that several processes make one chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, func, insert, inspect, select, update
from sqlalchemy.schema import CreateColumn

from data_access.cases.errors import DatabaseError
from data_access.cases.versions import check_may_write
from data_access.district.periods import beijing_now
from data_access.trail.schema import (
    FORMAT,
    GENESIS,
    HMAC,
    Record,
    TrailProblem,
    hash_of,
    metadata,
    seal_of,
    trail_head,
    trail_logins,
    trail_records,
)

LEAST_DAYS = 180  # what the law asks for: records are kept for six months at least


@dataclass(frozen=True)
class Trail:
    """The trail in a ledger's database. Safe to share between threads. `key`: of the chain, b'' for one without."""

    engine: Engine
    key: bytes = b""
    now: Callable[[], datetime] = beijing_now

    @classmethod
    def at(cls, engine: Engine, key: bytes = b"", now: Callable[[], datetime] = beijing_now) -> Trail:
        """The trail of a database; begun, or brought to today's format, where that is needed. Raises `TrailProblem`."""
        try:
            head = _head_of(engine)
            if head is None:
                lay_out(engine, key)
                head = _head_of(engine)
        except DatabaseError as error:
            raise TrailProblem(f"审计读不了：{getattr(error, 'orig', None) or error}") from error
        if head is None or head["format"] > FORMAT:
            raise TrailProblem("审计是更新版本的程序建的：请升级程序；没有改动任何记录")
        if head["sealed"] == HMAC and not key:
            raise TrailProblem("审计的链带密钥，而密钥 ledger.key 不见了：请从备份放回密钥文件（或设 LEDGER_KEY）")
        return cls(engine, key if head["sealed"] == HMAC else b"", now)

    def write(self, *records: Record) -> None:
        """Keep records, in order; all or none. Raises `DatabaseError`."""
        with self.engine.execution_options(writing=True).begin() as connection:
            self.append(connection, records)

    def append(self, connection: Connection, records: Sequence[Record]) -> None:
        """As `write`, within somebody else's writing transaction: what it keeps is kept together with theirs."""
        head = connection.execute(select(trail_head).with_for_update()).one()
        newest = connection.execute(select(trail_records.c.at).where(trail_records.c.seq == head.seq)).scalar()
        # Never before the newest record, whatever the server's clock is set to.
        at = max(self.now(), newest) if newest else self.now()
        rows: list[dict[str, Any]] = []
        seq, before = head.seq, head.hash
        for record in records:
            seq += 1
            row = {"seq": seq, "at": at, **record.as_row(), "before": before}
            row["hash"] = before = hash_of(row, self.key)
            rows.append(row)
        if rows:
            connection.execute(insert(trail_records), rows)
            seal = seal_of(head.identity, seq, before, self.key)
            connection.execute(update(trail_head).values(seq=seq, hash=before, seal=seal))

    def prune(self, days: int, record: Record) -> int:
        """Take away records older than so many days; returns how many. `record`: who does so; what was cut off is
        written into it, so that the rest can still be verified. Raises `TrailProblem` for fewer days than the least.
        """
        check_may_write()
        if days < LEAST_DAYS:
            raise TrailProblem(f"审计至少保留 {LEAST_DAYS} 天，不能只留 {days} 天")
        table, limit = trail_records.c, self.now() - timedelta(days=days)
        with self.engine.execution_options(writing=True).begin() as connection:
            connection.execute(select(trail_head).with_for_update()).one()
            through = connection.execute(select(func.max(table.seq)).where(table.at < limit)).scalar()
            if through is None:
                return 0
            last = connection.execute(select(table.hash).where(table.seq == through)).scalar()
            count = connection.execute(select(func.count()).where(table.seq <= through)).scalar() or 0
            cut = {"through": through, "hash": last, "records": count, "older_than": limit.isoformat()}
            written = Record(record.kind, record.who, record.role, record.unit, record.address, record.what, cut)
            self.append(connection, [written])
            connection.execute(delete(trail_records).where(table.seq <= through))
            connection.execute(delete(trail_logins).where(trail_logins.c.ended_at < limit))
        return int(count)


def _head_of(engine: Engine) -> Any:
    """The head's row; None where the tables, or columns of them, are missing."""
    known = inspect(engine)
    for table in metadata.sorted_tables:
        if not known.has_table(table.name):
            return None
        if {column.name for column in table.columns} - {column["name"] for column in known.get_columns(table.name)}:
            return None
    with engine.connect() as connection:
        return connection.execute(select(trail_head)).mappings().first()


def lay_out(engine: Engine, key: bytes) -> None:
    """Make what is missing: tables, a column that an older trail lacks, the chain's beginning."""
    with engine.execution_options(writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":  # two processes may start at once; SQLite's writers take turns anyway
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(2)")
        metadata.create_all(connection)
        for table in metadata.sorted_tables:
            have = {column["name"] for column in inspect(connection).get_columns(table.name)}
            for column in table.columns:
                if column.name not in have:
                    words = CreateColumn(column).compile(dialect=engine.dialect)
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {words}")
        if connection.execute(select(trail_head)).first() is None:
            identity = uuid4().hex
            beginning = {"id": 1, "seq": 0, "hash": GENESIS, "seal": seal_of(identity, 0, GENESIS, key),
                         "identity": identity, "format": FORMAT, "sealed": HMAC if key else ""}  # fmt: skip
            connection.execute(insert(trail_head).values(beginning))
