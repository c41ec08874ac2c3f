"""The trail's tables, which stand in the ledger's database, and what a record says.

Records form a chain of their own: each carries the hash of the one before. With a key the hash is an HMAC, and so is
the seal of the head: whoever can write to the database and does not have the key can neither make a record that fits
nor cut off the end.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text

from data_access.cases.errors import StoreError
from data_access.district.people import Refused

# What happened -> in words. A page is recorded when its conditions differ from what the session saw before.
KINDS = {
    "login": "登录", "logout": "退出登录", "refusal": "拒绝", "page": "看页面", "case": "打开案件", "export": "导出",
    "act": "办理", "wall": "大屏设备", "sql": "查询", "rights": "权限变动", "import": "导入", "rollback": "退回版本",
    "prune": "清理审计", "gap": "漏记", "retain": "清除到期个人信息", "forget": "按申请清除个人信息",
}  # fmt: skip
DONE, REFUSED, FAILED = "成功", "拒绝", "失败"
GENESIS = "0" * 64
FORMAT = 1
HMAC = "hmac-sha256"
metadata = MetaData()
# Append only. One row per record; `prune` takes away the oldest and says so in a record.
trail_records = Table(
    "trail_records",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("who", String, nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("address", String, nullable=False),  # the network address it was asked from
    Column("what", String, nullable=False, index=True),  # the page, case, matter or file
    Column("details", Text, nullable=False),  # JSON: filter, rows, columns …
    Column("result", String, nullable=False),
    Column("before", String, nullable=False),  # the hash of the record before
    Column("hash", String, nullable=False),
)
# One row: the newest record. Locked by every writer, so that the chain has no forks.
trail_head = Table(
    "trail_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", String, nullable=False),
    Column("seal", String, nullable=False, server_default=""),
    Column("identity", String, nullable=False, server_default=""),
    Column("format", Integer, nullable=False, server_default="1"),
    Column("sealed", String, nullable=False, server_default=""),  # how the chain is made: '' SHA-256, else HMAC
)
# One row per login that began or was ended, and per account that was withdrawn (sessions.py).
trail_logins = Table(
    "trail_logins",
    metadata,
    Column("key", String, primary_key=True),
    Column("began_at", DateTime, nullable=False),
    Column("ended_at", DateTime),
)
# One row per wall screen that may ask for figures (devices.py). `token`: its SHA-256.
trail_devices = Table(
    "trail_devices",
    metadata,
    Column("name", String, primary_key=True),
    Column("token", String, nullable=False, index=True),
    Column("address", String, nullable=False),
    Column("made_at", DateTime, nullable=False),
)
# One row per filter or statement that somebody kept under a name (kept.py). `page`: where. `text`: the page's address
# after the question mark, or the statement.
trail_kept = Table(
    "trail_kept",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("owner", String, nullable=False, index=True),
    Column("page", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", DateTime, nullable=False),
)
TABLES = (trail_head, trail_records, trail_logins, trail_devices, trail_kept)
CHAINED = ("seq", "at", "kind", "who", "role", "unit", "address", "what", "details", "result", "before")
LONGEST = 200  # characters of a text in a record's columns
LONGEST_DETAILS = 4_000


class TrailProblem(StoreError):
    """The trail cannot be read or written; the message says why."""


class DoorClosed(Refused):
    """What may only be done when it is recorded cannot be recorded: it was not done. The message says so."""


@dataclass(frozen=True)
class Record:
    """One thing that somebody did. Holds no resident's data: cases stand by their numbers, searches by their length.

    `details`: what is kept beside, as JSON. `result`: DONE, or why not.
    """

    kind: str
    who: str = ""
    role: str = ""
    unit: str = ""
    address: str = ""
    what: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    result: str = DONE

    def as_row(self) -> dict[str, str]:
        """The record's columns, cut to what they may hold."""
        texts = {name: getattr(self, name) for name in ("kind", "who", "role", "unit", "address", "what", "result")}
        row = {name: text.replace("\x00", "")[:LONGEST] for name, text in texts.items()}
        details = as_json(self.details).replace("\\u0000", "")
        if len(details) > LONGEST_DETAILS:  # half of a JSON text is none
            details = as_json({"cut": details[: LONGEST_DETAILS // 4], "length": len(details)})
        return {**row, "details": details}


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(values: Sequence[Any], key: bytes) -> str:
    """The hash of some values; with b'' for a key a plain one, which anybody can make."""
    said = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    text = as_json(said).encode()
    return hmac.digest(key, text, "sha256").hex() if key else hashlib.sha256(text).hexdigest()


def hash_of(row: Mapping[str, Any], key: bytes) -> str:
    """A record's hash."""
    return chained([row[name] for name in CHAINED], key)


def seal_of(identity: str, seq: int, head: str, key: bytes) -> str:
    """What the head carries, by which one is known that somebody without the key put there."""
    return chained([identity, seq, head], key)
