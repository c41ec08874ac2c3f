"""What is known of a ledger outside it: which one it is, and its newest event when last written to.

Kept beside the case store, so that a ledger that was deleted, replaced by another or put back from an older copy is
noticed before anything is written to it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Engine, select

from data_access.cases.errors import StoreError
from data_access.ledger.schema import FORMAT, GENESIS, HMAC, ledger_head, matter_events

PRIVATE = 0o600


class LedgerProblem(StoreError):
    """The ledger is not the one that was written to last; the message says what to do. Nothing was written."""


class LedgerMissing(LedgerProblem):
    """There is no ledger yet."""


@dataclass(frozen=True)
class Anchor:
    """The head of a ledger at a moment. `at`: ISO, Beijing time."""

    identity: str
    seq: int
    hash: str
    at: str


@dataclass(frozen=True)
class Witness:
    """The file that remembers a ledger's head."""

    path: Path

    def read(self) -> Anchor | None:
        """What was known last; None where there never was a ledger. Raises `LedgerProblem`."""
        try:
            return Anchor(**json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise LedgerProblem(
                f"{self.path} 读不懂：请从备份放回，或运行 python -m data_access ledger adopt"
            ) from error

    def remember(self, anchor: Anchor, *, whatever: bool = False) -> None:
        """Keep a head. An older one of the same ledger changes nothing. `whatever`: replace what was known even so."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock"):
            known = None if whatever else self.read()
            if known and known.identity == anchor.identity and known.seq >= anchor.seq:
                return
            new = self.path.with_name(self.path.name + ".new")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(asdict(anchor), ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self.path)


def head_of(engine: Engine, at: str) -> Anchor:
    """The ledger's head now."""
    with engine.connect() as connection:
        row = connection.execute(select(ledger_head)).one()
    return Anchor(row.identity, row.seq, row.hash, at)


def check(engine: Engine, witness: Witness, key: bytes) -> None:
    """Whether this is the ledger that was written to last, in today's format and made with this key.

    Raises `LedgerProblem`.
    """
    known = witness.read()
    with engine.connect() as connection:
        columns = {column.name for column in ledger_head.columns}
        head = connection.exec_driver_sql(f"SELECT * FROM {ledger_head.name}").mappings().one()
        if not columns <= set(head) or head["format"] < FORMAT:
            raise LedgerProblem("台账是旧格式：请先备份，再运行 python -m data_access ledger upgrade")
        if head["format"] > FORMAT:
            raise LedgerProblem(f"台账是更新版本的程序建的（格式 {head['format']}）：请升级程序；没有改动任何记录")
        if head["sealed"] == HMAC and not key:
            raise LedgerProblem("台账的链带密钥，而密钥 ledger.key 不见了：请从备份放回密钥文件（或设 LEDGER_KEY）")
        if known is None or known.identity != head["identity"]:
            was = "没有记下用的是哪一本" if known is None else "不是上次用的那一本"
            raise LedgerProblem(f"这本台账{was}：确认无误后运行 python -m data_access ledger adopt")
        seen = select(matter_events.c.hash).where(matter_events.c.seq == known.seq)
        hash_then = connection.execute(seen).scalar() if known.seq else GENESIS
    if head["seq"] < known.seq:
        lost = known.seq - head["seq"]
        raise LedgerProblem(
            f"台账比上次少了 {lost} 条记录（上次到第 {known.seq} 条）：可能放回了旧备份。"
            "请恢复较新的备份；确认要用这一份，运行 python -m data_access ledger adopt"
        )
    if hash_then != known.hash:
        raise LedgerProblem(f"台账第 {known.seq} 条与上次记下的不同：链被改写过。请运行 ledger verify，从备份恢复")
