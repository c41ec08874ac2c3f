"""What is removed of cases whose time is up, or of those of somebody who asked for it, in every version of a store.

The row stays, and with it every count and rate: texts become a word that says they were removed, coordinates are
rounded, a caller's key becomes a token that leads to nobody. Cases of one caller that are removed together keep one
token, so that repeats among them still count; to later cases the caller is new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from data_access.cases.errors import StoreError
from data_access.district.vocabulary import SOURCES

REMOVED = "（已清除）"  # in place of a text; an import that brings the text again leaves it (`stay_removed`)
TOKEN = "-"  # a token begins with it, no key does
TEXTS = ("title", "content", "excluded_reason")
HASH = {
    "duckdb": "sha256({})",
    "postgresql": "encode(sha256(convert_to({}, 'UTF8')), 'hex')",
    "clickhouse": "lower(hex(SHA256({})))",
}


def token_of(key: str, secret: str) -> str:
    """What stands in place of a caller's key; nobody finds the key from it once the secret is thrown away."""
    return TOKEN + hashlib.sha256(f"{secret}{key}".encode()).hexdigest()[:15]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Due:
    """What is to be removed: of cases that came in before a moment (None: of none), or all of the cases `named`
    (source, number). `batches`: the imports whose refused rows are too old. `secret`: what tokens are made with."""

    secret: str
    texts: datetime | None = None
    addresses: datetime | None = None
    callers: datetime | None = None
    named: tuple[tuple[str, str], ...] = ()
    batches: tuple[int, ...] = ()

    def cases(self, what: str) -> str:
        """The condition for the cases of which texts, addresses or callers are to go."""
        moment = getattr(self, what)
        parts = [f"created_at < '{moment:%Y-%m-%d %H:%M:%S}'"] if moment else []
        for source in SOURCES:
            if numbers := ", ".join(_quoted(number) for one, number in self.named if one == source):
                parts.append(f"(source = '{source}' AND case_id IN ({numbers}))")
        return f"({' OR '.join(parts)})" if parts else "1 = 0"

    def left(self) -> dict[str, str]:
        """What is to go -> the condition for the cases in which it still stands."""
        texts = " OR ".join(f"{name} NOT IN ('', '{REMOVED}')" for name in TEXTS)
        return {
            "texts": f"{self.cases('texts')} AND ({texts})",
            "addresses": f"{self.cases('addresses')} AND (address NOT IN ('', '{REMOVED}') OR lon <> {_near('lon')} "
            f"OR lat <> {_near('lat')})",
            "callers": f"{self.cases('callers')} AND caller_key <> '' AND substring(caller_key, 1, 1) <> '{TOKEN}'",
        }

    def refused(self) -> str:
        """The condition for the refused rows whose text still stands; of a case that is named, those that name it."""
        parts = [f"batch_id IN ({', '.join(map(str, self.batches))})"] if self.batches else []
        parts += [f"position({_quoted(number)} IN raw) > 0" for _, number in self.named]
        return f"({' OR '.join(parts) or '1 = 0'}) AND raw <> '{REMOVED}'"

    def edits(self, engine: str) -> list[tuple[str, dict[str, str], str]]:
        """Table, column -> its new value, condition: in the engine's SQL."""
        left = self.left()
        blank = {name: f"CASE WHEN {name} = '' THEN '' ELSE '{REMOVED}' END" for name in TEXTS}
        place = {name: _near(name) for name in ("lon", "lat")}
        place["address"] = f"CASE WHEN address = '' THEN '' ELSE '{REMOVED}' END"
        hashed = HASH[engine].format(f"concat({_quoted(self.secret)}, caller_key)")
        token = {"caller_key": f"concat('{TOKEN}', substring({hashed}, 1, 15))"}
        return [
            ("cases", blank, left["texts"]),
            ("cases", place, left["addresses"]),
            ("cases", token, left["callers"]),
            ("rejected_rows", {"raw": f"'{REMOVED}'"}, self.refused()),
        ]


def _near(column: str) -> str:
    return f"floor({column} * 500 + 0.5) / 500"


def counts(connection: Connection, due: Due) -> dict[str, int]:
    """How many cases of a version still hold what is to go, and how many refused rows."""
    asked = {name: f"SELECT count(*) FROM cases WHERE {where}" for name, where in due.left().items()}
    asked["refused"] = f"SELECT count(*) FROM rejected_rows WHERE {due.refused()}"
    return {name: int(connection.exec_driver_sql(one).scalar() or 0) for name, one in asked.items()}


def updates(due: Due, engine: str, place: str = "") -> Iterable[str]:
    """The statements of an engine that has UPDATE. `place`: before a table's name."""
    for table, values, where in due.edits(engine):
        changed = ", ".join(f"{name} = {value}" for name, value in values.items())
        yield f"UPDATE {place}{table} SET {changed} WHERE {where}"


def stay_removed(stored: Sequence[str], source: str) -> list[str]:
    """The statements after which what is coming in brings back nothing that was removed. `stored`: its columns."""
    said = f"FROM cases c WHERE c.source = '{source}' AND c.case_id = incoming.case_id AND"
    groups = {
        f"(c.title = '{REMOVED}' OR c.content = '{REMOVED}')": TEXTS,
        f"c.address = '{REMOVED}'": ("address", "lon", "lat"),
        f"substring(c.caller_key, 1, 1) = '{TOKEN}'": ("caller_key",),
    }
    return [
        f"UPDATE incoming SET {', '.join(f'{name} = c.{name}' for name in names)} {said} {condition}"
        for condition, group in groups.items()
        if (names := [name for name in group if name in stored])
    ]


Progress = Callable[[int, int], None]


def checked(due: Due) -> Due:
    """What is to go, if its words can stand in a statement; raises `StoreError`."""
    if strange := [number for _, number in due.named if "\\" in number or "\0" in number]:
        raise StoreError(f"编号不对：{strange[0]}")
    return due
