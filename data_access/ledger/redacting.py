"""What the ledger took over of cases whose texts or callers are removed: blanked there too, and the chain made anew.

A matter keeps its steps, who took them and when. Only what is word for word a removed text, and the keys of callers of
whom no other case is left, are replaced; then every hash from the first changed step on is another. The head before and
after stands in the trail; heads kept elsewhere from before fit no more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from data_access.cases.expunging import REMOVED
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.ledger.audit import judge
from data_access.ledger.engine import engine_at
from data_access.ledger.opening import Place
from data_access.ledger.pen import cases_of
from data_access.ledger.schema import HMAC, NOTHING, as_json, hash_of, ledger_head, matter_events, matters
from data_access.ledger.witness import LedgerProblem, head_of

LEAST_WORDS = 4  # signs of a text that is looked for in matters; shorter ones stand anywhere by chance


@dataclass(frozen=True)
class References:
    """`cases`: matter -> the cases that it names, as `filters.references` does; `keys`: callers in secret fields."""

    cases: Mapping[str, tuple[str, ...]]
    keys: frozenset[str]


@dataclass(frozen=True)
class Redaction:
    """How many matters and steps were changed, and the newest hash before and after."""

    matters: int = 0
    steps: int = 0
    before: str = ""
    after: str = ""


def references_in(engine: Engine, profile: Profile) -> References:
    """Which cases and callers the ledger's matters name."""
    secret = {one.kind: [field.name for field in one.fields if field.kind == "secret"]
              for one in profile.programmes.programmes}  # fmt: skip
    named: dict[str, tuple[str, ...]] = {}
    keys: set[str] = set()
    with engine.connect() as connection:
        for row in connection.execute(select(matters)).mappings():
            where, fields = cases_of(row), json.loads(row["fields"])
            if where and where.case_id:
                named[row["matter_id"]] = where.case_id
            keys |= {fields[name] for name in secret.get(row["kind"], ()) if fields.get(name)}
    return References(named, frozenset(keys))


def redact(place: Place, words: Mapping[str, Sequence[str]], tokens: Mapping[str, str]) -> Redaction:
    """Replace texts and callers' keys, in one transaction. `words`: matter -> texts; `tokens`: key -> what replaces it.

    Raises `LedgerProblem` for a ledger that is not whole before: what was changed by others is not sealed anew.
    """
    engine = engine_at(place.url)
    try:
        with engine.execution_options(writing=True).begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            head = connection.execute(select(ledger_head).with_for_update()).one()
            key = place.key() if head.sealed == HMAC else b""
            verdict = judge(connection, key)
            if verdict.broken:
                raise LedgerProblem(f"台账不完整：{verdict.broken}，{verdict.reason}；没有改动任何记录")
            touched, steps = _replace(connection, words, tokens)
            after = _sealed_from(connection, min(steps), key) if steps else head.hash
        if steps:
            place.witness.remember(head_of(engine, beijing_now().isoformat(timespec="seconds")), whatever=True)
            _leave_nothing(engine)
        return Redaction(len(touched), len(steps), head.hash, after)
    finally:
        engine.dispose()


def _replace(
    connection: Connection, words: Mapping[str, Sequence[str]], tokens: Mapping[str, str]
) -> tuple[set[str], list[int]]:
    touched: set[str] = set()
    steps: list[int] = []
    for row in connection.execute(select(matters)).mappings().all():
        said = sorted({word for word in words.get(row["matter_id"], ()) if len(word) >= LEAST_WORDS}, key=len)[::-1]
        fields = as_json(_without(json.loads(row["fields"]), said, tokens))
        title = _without(row["title"], said, {})
        if (fields, title) != (row["fields"], row["title"]):
            changed = update(matters).where(matters.c.matter_id == row["matter_id"])
            connection.execute(changed.values(fields=fields, title=title))
            touched.add(row["matter_id"])
        events = select(matter_events).where(matter_events.c.matter_id == row["matter_id"])
        for event in connection.execute(events).mappings().all() if said or tokens else ():
            after = {"text": _without(event["text"], said, {}),
                     "fields": as_json(_without(json.loads(event["fields"]), said, tokens))}  # fmt: skip
            if any(after[name] != event[name] for name in after):
                connection.execute(update(matter_events).where(matter_events.c.seq == event["seq"]).values(after))
                touched.add(row["matter_id"])
                steps.append(event["seq"])
    return touched, steps


def _without(value: Any, words: Sequence[str], tokens: Mapping[str, str]) -> Any:
    """The value, in which every one of the texts is replaced, and a value that is a caller's key by its token."""
    if isinstance(value, dict):
        return {name: _opening(one, words) if name == NOTHING else _without(one, words, tokens)
                for name, one in value.items()}  # fmt: skip
    if not isinstance(value, str):
        return value
    if value in tokens:
        return tokens[value]
    for word in words:
        value = value.replace(word, REMOVED)
    return value


def _opening(told: str, words: Sequence[str]) -> str:
    """What an opening says beside fields (JSON in its own right): its title alone is somebody's words."""
    opening = json.loads(told)
    return as_json({**opening, "title": _without(opening["title"], words, {})})


def _sealed_from(connection: Connection, first: int, key: bytes) -> str:
    """Make the chain anew from a step on; returns the newest hash."""
    rows = connection.execute(select(matter_events).where(matter_events.c.seq >= first).order_by(matter_events.c.seq))
    before = None
    for event in rows.mappings().all():
        before = event["before"] if before is None else before
        sealed = hash_of({**event, "before": before}, key)
        changed = update(matter_events).where(matter_events.c.seq == event["seq"])
        connection.execute(changed.values(before=before, hash=sealed))
        before = sealed
    connection.execute(update(ledger_head).values(hash=before))
    return str(before)


def _leave_nothing(engine: Engine) -> None:
    """What the rows were stays in the database's files until they are written anew."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if engine.dialect.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.execute("VACUUM")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in (matters, matter_events):
                connection.exec_driver_sql(f"VACUUM FULL {table.name}")
