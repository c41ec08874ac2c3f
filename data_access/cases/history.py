"""Where each version of a case store came from. Kept in one small file beside the versions, replaced as a whole.

CURRENT says which version is read; this says which one each was made from, what came in with it, and which numbers were
ever given out. A version file that is not named here was never published: its writer died first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

FILE = "HISTORY"
DEMO, REAL = "demo", "real"


@dataclass(frozen=True)
class Version:
    """`parent`: the version it was made from, '' for the first. `what`: what came in, in words."""

    name: str
    parent: str
    published_at: str  # ISO, Beijing time
    what: str
    kind: str  # DEMO or REAL
    log: int = 0  # bytes of the log beside its file (data_access/cases/draft.py)

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.published_at)


@dataclass(frozen=True)
class History:
    """`last`: the highest version number ever given out; `last_batch`: the highest import number.

    `current`: the version that was last made current, should CURRENT be lost. `kind`: whose decisions belong to the
    store, those on demo data or the district's; set by who replaces the data, never by what a version says of itself.
    """

    last: int = 0
    last_batch: int = 0
    kind: str = ""
    current: str = ""
    versions: dict[str, Version] = field(default_factory=dict)

    def ancestors(self, name: str) -> list[str]:
        """The versions that a version was made from, the nearest first."""
        line: list[str] = []
        while name in self.versions and (name := self.versions[name].parent) and name not in line:
            line.append(name)
        return line

    def with_version(self, version: Version, last_batch: int) -> History:
        """The history after one more version is published."""
        return replace(
            self,
            last=number_of(version.name),
            last_batch=max(self.last_batch, last_batch),
            kind=version.kind,
            versions={**self.versions, version.name: version},
        )


def name_of(number: int) -> str:
    return f"v{number:06d}"


def number_of(name: str) -> int:
    return int(name[1:])


def read_history(folder: Path) -> History | None:
    """The history of a store; None for a store older than this file. Raises ValueError where it is damaged."""
    try:
        return history_of((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def history_of(text: str) -> History:
    """The history that `as_text` wrote; raises ValueError, TypeError or KeyError where it is damaged."""
    kept = json.loads(text)
    versions = {row["name"]: Version(**row) for row in kept.pop("versions")}
    return History(**kept, versions=versions)


def as_text(history: History) -> str:
    kept = asdict(history) | {"versions": [asdict(version) for version in history.versions.values()]}
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True)
class Keeping:
    """Which versions stay: the newest `versions`, and the last of each of `days` days, within `gigabytes` in all."""

    versions: int = 4
    days: int = 7
    gigabytes: float = 20.0


@dataclass(frozen=True)
class VersionInfo:
    """A version that can be read. `state`: CURRENT, BEFORE (the current one was made from it) or ASIDE (it was not)."""

    name: str
    parent: str
    published_at: datetime
    size_bytes: int
    state: str
    what: str
    kind: str

    @property
    def is_current(self) -> bool:
        return self.state == CURRENT


CURRENT, BEFORE, ASIDE = "当前", "可退回", "已退回"


def surplus(infos: Sequence[VersionInfo], keeping: Keeping, now: datetime) -> list[VersionInfo]:
    """The versions that need not stay. `infos`: newest first."""
    by_day: dict[date, VersionInfo] = {}
    for info in infos:
        if (now.date() - info.published_at.date()).days < keeping.days:
            by_day.setdefault(info.published_at.date(), info)
    wanted = {info.name for info in (*infos[: keeping.versions], *by_day.values())}
    kept = [info for info in infos if info.name in wanted or info.is_current]
    # The oldest go first where all together are too large; the current one and the one before it always stay.
    size = sum(info.size_bytes for info in kept)
    for info in reversed(kept[:]):
        if size > keeping.gigabytes * 1e9 and not info.is_current and len(kept) > 2:
            kept.remove(info)
            size -= info.size_bytes
    return [info for info in infos if info not in kept]
