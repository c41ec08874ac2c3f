"""Whether the ledger is as it was written, in itself: python -m data_access ledger verify."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from data_access.ledger.schema import GENESIS, NOTHING, OPEN, as_json, hash_of, ledger_head, matter_events, matters
from data_access.ledger.witness import Anchor


@dataclass(frozen=True)
class Verdict:
    """Whether the ledger is whole: `broken` is the first event (or matter) that is not as it was written.

    `head`: the newest event's hash, which a copy kept elsewhere can be compared with.
    """

    events: int
    broken: str = ""
    reason: str = ""
    head: str = ""


def verify(engine: Engine, key: bytes = b"", anchors: Sequence[Anchor] = ()) -> Verdict:
    """Walk the chain from its beginning; the first thing that is not as it was written is named.

    `key`: of the chain, b'' for one without. `anchors`: heads that were kept elsewhere; each must stand in the chain.
    """
    # All is read as of one moment, or a step taken meanwhile would look like a forgery. SQLite does so anyway.
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.execution_options(**level).connect() as connection:
        return judge(connection, key, anchors)


def judge(connection: Connection, key: bytes = b"", anchors: Sequence[Anchor] = ()) -> Verdict:
    """As `verify`, within the transaction of a connection."""
    rows = connection.execute(select(matter_events).order_by(matter_events.c.seq)).mappings().all()
    head = connection.execute(select(ledger_head)).one()
    kept = {row["matter_id"]: row for row in connection.execute(select(matters)).mappings()}
    before, added_up = GENESIS, dict[str, dict[str, Any]]()
    for nth, row in enumerate(rows, start=1):
        if row["seq"] != nth:
            return Verdict(len(rows), f"第 {nth} 条", "记录缺失")
        if row["before"] != before or row["hash"] != hash_of(dict(row), key):
            return Verdict(len(rows), f"第 {nth} 条（{row['matter_id']}）", "内容或次序被改动")
        before = row["hash"]
        _add_up(added_up, dict(row))
    if (head.seq, head.hash) != (len(rows), before):
        return Verdict(len(rows), f"第 {len(rows) + 1} 条", "末尾的记录缺失")
    for anchor in anchors:
        known = rows[anchor.seq - 1]["hash"] if 0 < anchor.seq <= len(rows) else GENESIS if not anchor.seq else ""
        if anchor.identity == head.identity and anchor.hash != known:
            return Verdict(len(rows), f"第 {anchor.seq} 条", f"与 {anchor.at} 另存的散列不同：链被整条重写过")
    return Verdict(len(rows), *_first_difference(kept, added_up), head=before)


def _add_up(state: dict[str, dict[str, Any]], row: Mapping[str, Any]) -> None:
    """Apply an event to the matters. `state`: number -> the matter as the events before made it. `row`: the event."""
    fields = json.loads(row["fields"])
    if row["move"] == OPEN:
        opening = json.loads(fields.pop(NOTHING))
        due = datetime.fromisoformat(opening["due_at"]) if opening["due_at"] else None
        state[row["matter_id"]] = {"title": opening["title"], "cases": as_json(opening["cases"]), "due_at": due,
                                   "parent": opening.get("parent", ""),
                                   "opened_at": row["at"], "fields": {}, "events": 0}  # fmt: skip
        # The first ledgers did not say the kind in the opening.
        state[row["matter_id"]] |= {"kind": opening["kind"]} if "kind" in opening else {}
    matter = state[row["matter_id"]]
    matter["fields"] = {**matter["fields"], **fields}
    matter |= {"stage": row["stage"], "changed_at": row["at"], "events": matter["events"] + 1}


def _first_difference(kept: Mapping[str, Any], added_up: Mapping[str, Any]) -> tuple[str, str]:
    for number in sorted({*kept, *added_up}):
        if number not in kept or number not in added_up:
            return number, "事项与记录对不上：缺少其一"
        wanted = {**added_up[number], "fields": as_json(added_up[number]["fields"])}
        changed = [name for name, value in wanted.items() if kept[number][name] != value]
        if changed:
            return number, f"事项与记录对不上：{'、'.join(changed)}"
    return "", ""
