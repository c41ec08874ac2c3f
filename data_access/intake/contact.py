"""When a live source was last read: a small file beside the store, so that a quiet night is not taken for a lost one.

It is no part of any version, since a look that finds nothing new publishes none.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from data_access.cases.store import Store
from data_access.district.periods import beijing_now

LATE = 3  # intervals after which a source counts as lost
PREFIX, SUFFIX = "sync-", ".json"


@dataclass(frozen=True)
class Contact:
    """`source`: as people call it. `read_at`: when it was last read to its end (naive Beijing time, ISO, '' = never).

    `every_minutes`: how often it is to be read, 0 where nobody said. `problem`: why the last try failed, '' = it did
    not; it may name machines, so it is for the log and the command line.
    """

    source: str
    read_at: str = ""
    every_minutes: float = 0
    problem: str = ""

    def overdue(self, now: datetime) -> str:
        """What readers must know, in a sentence without machines' names; '' while all is well."""
        read = datetime.fromisoformat(self.read_at) if self.read_at else None
        behind = (now - read).total_seconds() / 60 if read else 0.0
        if read and not (behind > LATE * self.every_minutes if self.every_minutes else self.problem):
            return ""
        if not read and not self.problem:
            return ""
        since = f"已 {_ago(behind)}没有读到" if read else "还没有读到过"
        agreed = f"（约定每 {self.every_minutes:g} 分钟）" if self.every_minutes else ""
        until = f"，页面上是 {read:%m月%d日 %H:%M} 以前的数据" if read else ""
        return f"来源“{self.source}”{since}{agreed}{until}"


def _ago(minutes: float) -> str:
    return f"{minutes / 1440:,.0f} 天" if minutes >= 2880 else f"{minutes / 60:,.0f} 小时" if minutes >= 120 else (
        f"{minutes:,.0f} 分钟"
    )  # fmt: skip


def place_of(store: Store, name: str) -> Path:
    """The file about the source that is called `name`."""
    return store.folder / f"{PREFIX}{hashlib.sha256(name.encode()).hexdigest()[:12]}{SUFFIX}"


def keep_contact(store: Store, name: str, contact: Contact) -> None:
    """Write it; where the disk does not take it nothing is said: whoever reads sees it grow old."""
    place = place_of(store, name)
    new = place.with_suffix(".part")
    try:
        new.write_text(json.dumps(asdict(contact), ensure_ascii=False), encoding="utf-8")
        os.replace(new, place)
    except OSError:
        new.unlink(missing_ok=True)


def contact_with(store: Store, name: str) -> Contact | None:
    """What is known about a source; None before its first reading."""
    return _read(place_of(store, name))


def _read(place: Path) -> Contact | None:
    try:
        return Contact(**json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def lost_sources(store: Store, now: datetime | None = None) -> list[str]:
    """A sentence for each live source that is not read as it should be."""
    found = (_read(place) for place in sorted(store.folder.glob(f"{PREFIX}*{SUFFIX}")))
    said = (contact.overdue(now or beijing_now()) for contact in found if contact)
    return [sentence for sentence in said if sentence]
