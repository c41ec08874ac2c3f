"""Heads of the trail that are kept elsewhere: whoever has the key as well as the database can write the chain anew, but
not what was copied out of their reach."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, select

from data_access.trail.schema import TrailProblem, trail_head, trail_records
from data_access.trail.trail import Trail


@dataclass(frozen=True)
class Head:
    """The newest record at a moment. `at`: ISO, Beijing time."""

    identity: str
    seq: int
    hash: str
    at: str


def anchor(trail: Trail, path: Path) -> Head:
    """Add the trail's head as a line to a file, which should lie where this machine's accounts cannot change it."""
    with trail.engine.connect() as connection:
        row = connection.execute(select(trail_head)).one()
    head = Head(row.identity, row.seq, row.hash, trail.now().isoformat(timespec="seconds"))
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(head), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return head


def heads_in(path: Path) -> list[Head]:
    """The heads kept in a file, the oldest first. Raises `TrailProblem`."""
    try:
        return [Head(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise TrailProblem(f"{path} 读不了：{error}") from error


def contradiction(trail: Trail, heads: Sequence[Head]) -> str:
    """What is not as one of the heads says, '' for nothing. Records that were pruned contradict nothing."""
    with trail.engine.connect() as connection:
        now = connection.execute(select(trail_head)).one()
        oldest = connection.execute(select(func.min(trail_records.c.seq))).scalar() or 0
        for head in heads:
            if head.identity != now.identity:
                return f"{head.at} 另存的是另一条链的头：审计被换过"
            if head.seq > now.seq:
                return f"{head.at} 时已到第 {head.seq:,} 条，现在只到第 {now.seq:,} 条：末尾被删去"
            asked = select(trail_records.c.hash).where(trail_records.c.seq == head.seq)
            if head.seq >= oldest > 0 and connection.execute(asked).scalar() != head.hash:
                return f"第 {head.seq:,} 条与 {head.at} 另存的散列不同：链被整条重写过"
    return ""
