"""The ledger's tables. Events form one chain: each carries the hash of the one before, of whatever matter.

With a key the hash is an HMAC: whoever can write to the database and does not have the key can make no event that fits.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text

GENESIS = "0" * 64
# The moves every programme has; the key in an opening's fields that holds what is no field (JSON: title, cases, …).
OPEN, UNDO, NOTHING = "open", "undo", ""
metadata = MetaData()
# One row per 督办单, whistle, hard case …; what stands here is what the events add up to.
matters = Table(
    "matters",
    metadata,
    Column("matter_id", String, primary_key=True),
    Column("kind", String, nullable=False, index=True),
    Column("title", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("fields", Text, nullable=False),  # JSON: name -> value
    Column("parent", String, nullable=False, server_default="", index=True),  # the matter it belongs to
    Column("cases", Text, nullable=False),  # JSON of a CaseFilter
    Column("due_at", DateTime),
    Column("opened_at", DateTime, nullable=False),
    Column("changed_at", DateTime, nullable=False),
    Column("events", Integer, nullable=False),  # how many; whoever moves it must have seen them all
)
# Append only. One row per step of a matter.
matter_events = Table(
    "matter_events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("matter_id", String, nullable=False, index=True),
    Column("at", DateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("role", String, nullable=False),
    Column("move", String, nullable=False),
    Column("stage", String, nullable=False),  # after the step
    Column("text", Text, nullable=False),
    Column("fields", Text, nullable=False),  # JSON: what the step set
    Column("before", String, nullable=False),  # the hash of the event before, of whatever matter
    Column("hash", String, nullable=False),
)
# One row: the newest event. Locked by every writer, so that the chain has no forks.
ledger_head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", String, nullable=False),
    Column("identity", String, nullable=False, server_default=""),  # of this ledger; a copy of it has the same
    Column("format", Integer, nullable=False, server_default="1"),
    Column("sealed", String, nullable=False, server_default=""),  # how the chain is made: '' SHA-256, else HMAC
)
FORMAT = 2  # 1 had no identity and no key
HMAC = "hmac-sha256"
HASHED = ("seq", "matter_id", "at", "who", "role", "move", "stage", "text", "fields", "before")


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(row: Mapping[str, Any], key: bytes) -> str:
    """An event's hash; with b'' for a key a plain one, which anybody can make."""
    said = [row[name].isoformat() if isinstance(row[name], datetime) else row[name] for name in HASHED]
    text = as_json(said).encode()
    return hmac.digest(key, text, "sha256").hex() if key else hashlib.sha256(text).hexdigest()
