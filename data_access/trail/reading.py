"""Reading the trail: whether it is as it was written, and what stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, or_, select

from data_access.trail.schema import GENESIS, hash_of, seal_of, trail_head, trail_records
from data_access.trail.trail import Trail

MOST = 5_000  # records of one search
AT_ONCE = 5_000  # rows held while the chain is walked


@dataclass(frozen=True)
class Verdict:
    """Whether the trail is whole. `broken`: the first record that is not as it was written, '' for none.

    `first`: the oldest record's number; those before it were pruned, and a record says so.
    """

    records: int
    first: int = 1
    broken: str = ""
    reason: str = ""
    head: str = ""


def _as_of_one_moment(engine: Engine) -> Engine:
    """Records written meanwhile would look like a forgery. SQLite reads so anyway."""
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    return engine.execution_options(**level)


def _rows(connection: Connection) -> Iterator[dict[str, Any]]:
    told = connection.execution_options(yield_per=AT_ONCE).execute(select(trail_records).order_by(trail_records.c.seq))
    yield from (dict(row) for row in told.mappings())


def verify(trail: Trail) -> Verdict:
    """Walk the chain from its oldest record; the first thing that is not as it was written is named."""
    with _as_of_one_moment(trail.engine).connect() as connection:
        head = connection.execute(select(trail_head)).one()
        first, begins, before, seq, count = 0, GENESIS, GENESIS, 0, 0
        cuts = {(0, GENESIS)}
        for row in _rows(connection):
            if not first:
                first, begins, seq, before = row["seq"], row["before"], row["seq"] - 1, row["before"]
            count += 1
            if row["seq"] != seq + 1:
                return Verdict(count, first, f"第 {seq + 1} 条", "记录缺失")
            if row["before"] != before or row["hash"] != hash_of(row, trail.key):
                return Verdict(count, first, f"第 {row['seq']} 条", "内容或次序被改动")
            seq, before = row["seq"], row["hash"]
            if row["kind"] == "prune":
                cut = json.loads(row["details"])
                cuts.add((cut.get("through", 0), cut.get("hash", "")))
        if (head.seq, head.hash) != (seq, before):
            return Verdict(count, first, f"第 {seq + 1} 条", "末尾的记录缺失")
        if head.seal != seal_of(head.identity, head.seq, head.hash, trail.key):
            return Verdict(count, first, f"第 {seq + 1} 条", "末尾的记录缺失，或链头被改动")
        if first and (first - 1, begins) not in cuts:
            return Verdict(count, first, f"第 {first - 1} 条", "开头的记录缺失，没有清理的记录")
    return Verdict(count, first or 1, head=before)


def search(
    trail: Trail,
    start: datetime,
    end: datetime,
    *,
    who: str = "",
    kinds: Sequence[str] = (),
    case: str = "",
    most: int = MOST,
) -> pd.DataFrame:
    """Records from `start` until before `end`, the newest first, at most so many. Grain: one row per record.

    `case`: a case's or matter's number. `details` is a dict.
    """
    table = trail_records.c
    asked = select(trail_records).where(table.at >= start, table.at < end)
    asked = asked.where(table.who == who) if who else asked
    asked = asked.where(table.kind.in_(kinds)) if kinds else asked
    named = json.dumps(case, ensure_ascii=False)
    asked = asked.where(or_(table.what == case, table.details.contains(named, autoescape=True))) if case else asked
    with trail.engine.connect() as connection:
        rows = pd.read_sql(asked.order_by(table.seq.desc()).limit(most), connection)
    rows["at"] = pd.to_datetime(rows["at"])
    return rows.assign(details=[json.loads(text) for text in rows["details"]])


def people(trail: Trail, start: datetime, end: datetime) -> list[str]:
    """Who stands in the records of a stretch, in order."""
    table = trail_records.c
    asked = select(table.who).where(table.at >= start, table.at < end, table.who != "").distinct().order_by(table.who)
    with trail.engine.connect() as connection:
        return list(connection.execute(asked).scalars())


def newest(trail: Trail, kind: str) -> dict[str, Any] | None:
    """The details of the newest record of a kind; None where there is none."""
    table = trail_records.c
    asked = select(table.details).where(table.kind == kind).order_by(table.seq.desc()).limit(1)
    with trail.engine.connect() as connection:
        text = connection.execute(asked).scalar()
    return json.loads(text) if text else None
