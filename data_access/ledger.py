"""What the district decides, kept step by step for ever (全留痕).

A matter is one row; every step is an event that nobody can change unnoticed: each carries the hash of the one before,
and what stands in `matters` must be what its events add up to. One state machine serves every programme; stages,
moves and who may take them are the profile's (programmes.toml). Writers take turns on the row `ledger_head`.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, update

from data_access.filters import CaseFilter
from data_access.ledger_schema import (
    GENESIS,
    NOTHING,
    OPEN,
    as_json,
    hash_of,
    ledger_head,
    matter_events,
    matters,
    metadata,
)
from data_access.periods import Period, beijing_now
from data_access.profile import Profile, current_profile
from data_access.rules import Move, Programme
from data_access.store import ROOT, store_for


class Refused(ValueError):
    """The rules do not allow the step; the message says why."""


class Overtaken(Refused):
    """Somebody else moved the matter first; nothing was written."""


@dataclass(frozen=True)
class Actor:
    """Who acts, by the session's identity; never anonymous."""

    name: str
    role: str
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise Refused("请先说明您是谁，再操作")


class Ledger:
    """The ledger at a database address. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        metadata.create_all(self.engine)
        with self._writing() as connection:
            if connection.execute(select(ledger_head)).first() is None:
                connection.execute(insert(ledger_head).values(id=1, seq=0, hash=GENESIS))

    def _writing(self) -> Any:
        return self.engine.execution_options(writing=True).begin()

    def open_matter(
        self,
        programme: Programme,
        actor: Actor,
        title: str,
        *,
        fields: Mapping[str, str],
        case_ids: Sequence[str] = (),
        where: CaseFilter | None = None,
        due_at: datetime | None = None,
        text: str = "",
        at: datetime | None = None,
    ) -> str:
        """Open a matter; returns its number. Raises `Refused`."""
        if actor.role not in programme.opens:
            raise Refused(f"{programme.title}由{'、'.join(programme.opens)}发起，您的身份是{actor.role}")
        if not title.strip():
            raise Refused("请写标题")
        _check_fields(programme, fields, programme.requires)
        at = at or beijing_now()
        cases = {"ids": list(case_ids)} if where is None else {"filter": filter_as_data(where)}
        with self._writing() as connection:
            seq, _ = self._head(connection)
            number = f"{programme.prefix}{at.year}-{seq + 1:06d}"
            connection.execute(
                insert(matters).values(
                    matter_id=number, kind=programme.kind, title=title.strip(), stage=programme.stages[0],
                    fields=as_json(dict(fields)), cases=as_json(cases), due_at=due_at, opened_at=at, changed_at=at,
                    events=1,
                )
            )  # fmt: skip
            opening = {"title": title.strip(), "cases": cases, "due_at": due_at.isoformat() if due_at else ""}
            said = {**dict(fields), NOTHING: as_json(opening)}
            self._append(connection, number, actor, OPEN, programme.stages[0], text, said, at)
        return number

    def move(
        self,
        profile: Profile,
        matter_id: str,
        name: str,
        actor: Actor,
        *,
        seen: int,
        text: str = "",
        fields: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Take a step. `seen`: how many events the actor has seen; more of them, and it is `Overtaken`."""
        fields, at = dict(fields or {}), at or beijing_now()
        with self._writing() as connection:
            self._head(connection)  # the lock
            row = connection.execute(select(matters).where(matters.c.matter_id == matter_id)).mappings().first()
            if row is None:
                raise Refused(f"没有编号为 {matter_id} 的事项")
            programme = profile.programme(row["kind"])
            step = _allowed(programme, row["stage"], name, actor)
            if row["events"] != seen:
                raise Overtaken("别人刚刚动过这件事，请刷新看过之后再操作；您的这一步没有写入")
            if step.needs_text and not text.strip():
                raise Refused(f"“{step.label}”要写明情况")
            together = {**json.loads(row["fields"]), **fields}
            _check_fields(programme, together, step.requires)
            stage = step.to or row["stage"]
            connection.execute(
                update(matters).where(matters.c.matter_id == matter_id)
                .values(stage=stage, fields=as_json(together), changed_at=at, events=row["events"] + 1)
            )  # fmt: skip
            self._append(connection, matter_id, actor, name, stage, text, fields, at)

    def _head(self, connection: Connection) -> tuple[int, str]:
        row = connection.execute(select(ledger_head).with_for_update()).one()
        return row.seq, row.hash

    def _append(
        self,
        connection: Connection,
        matter_id: str,
        actor: Actor,
        move: str,
        stage: str,
        text: str,
        fields: Mapping[str, str],
        at: datetime,
    ) -> None:
        seq, before = self._head(connection)
        row = {
            "seq": seq + 1, "matter_id": matter_id, "at": at, "who": actor.name, "role": actor.role, "move": move,
            "stage": stage, "text": text.strip(), "fields": as_json(dict(fields)), "before": before,
        }  # fmt: skip
        row["hash"] = hash_of(row)
        connection.execute(insert(matter_events).values(**row))
        connection.execute(update(ledger_head).values(seq=seq + 1, hash=row["hash"]))

    def matters(self, kind: str, now: datetime | None = None) -> pd.DataFrame:
        """Matters of a kind, newest first. Grain: one row per matter; its fields are columns, beside `light`."""
        with self.engine.connect() as connection:
            found = pd.read_sql(
                select(matters).where(matters.c.kind == kind).order_by(matters.c.opened_at.desc()), connection
            )
        programme = current_profile().programme(kind)
        for field in programme.fields:
            found[field.name] = [json.loads(one).get(field.name, "") for one in found["fields"]]
        now = now or beijing_now()
        found["due_at"] = pd.to_datetime(found["due_at"])
        pairs = zip(found["stage"], found["due_at"], strict=True)
        found["light"] = [light(programme, stage, None if pd.isna(due) else due, now) for stage, due in pairs]
        return found

    def events(self, matter_id: str) -> pd.DataFrame:
        """A matter's time line, oldest first. Grain: one row per event."""
        statement = select(matter_events).where(matter_events.c.matter_id == matter_id).order_by(matter_events.c.seq)
        with self.engine.connect() as connection:
            return pd.read_sql(statement, connection)


def _check_fields(programme: Programme, fields: Mapping[str, str], required: tuple[str, ...]) -> None:
    known = {one.name: one for one in programme.fields}
    for name, value in fields.items():
        if name not in known:
            raise Refused(f"{programme.title}没有字段“{name}”")
        if value and known[name].options and value not in known[name].options:
            raise Refused(f"“{known[name].label}”只能是：{'、'.join(known[name].options)}")
    if missing := [known[name].label for name in required if not str(fields.get(name, "")).strip()]:
        raise Refused(f"还缺：{'、'.join(missing)}")


def _allowed(programme: Programme, stage: str, name: str, actor: Actor) -> Move:
    step = next((one for one in programme.moves if one.name == name), None)
    if step is None:
        raise Refused(f"{programme.title}没有“{name}”这一步")
    if step not in steps(programme, stage):
        raise Refused(f"“{stage}”阶段不能“{step.label}”")
    if actor.role not in step.roles:
        raise Refused(f"“{step.label}”由{'、'.join(step.roles)}操作，您的身份是{actor.role}")
    return step


def steps(programme: Programme, stage: str, role: str = "") -> list[Move]:
    """The moves possible from a stage, of those the ones a role may take ('' all)."""
    found = [one for one in programme.moves if (stage in one.from_ if one.from_ else stage not in programme.ends)]
    return [one for one in found if not role or role in one.roles]


def light(programme: Programme, stage: str, due_at: datetime | None, now: datetime) -> str:
    """绿 黄 橙 红 by the time left; '' when the matter is over or has no deadline."""
    if stage in programme.ends or due_at is None:
        return ""
    hours = (due_at - now).total_seconds() / 3600
    if hours < 0:
        return "红"
    return "橙" if hours <= programme.orange_hours else "黄" if hours <= programme.yellow_hours else "绿"


def filter_as_data(where: CaseFilter) -> dict[str, Any]:
    """A filter as JSON can hold it; `filter_from_data` gives it back."""
    held = {name: value for name, value in dataclasses.asdict(where).items() if value}
    if where.period:
        held["period"] = [where.period.start.isoformat(), where.period.end.isoformat()]
    return held


def filter_from_data(held: Mapping[str, Any]) -> CaseFilter:
    parts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in held.items()}
    if period := parts.pop("period", None):
        parts["period"] = Period(*map(datetime.fromisoformat, period))
    return CaseFilter(**parts)


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _: Any) -> None:
            connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
            connection.execute("PRAGMA busy_timeout=30000")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            writing = connection.get_execution_options().get("writing")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


@functools.cache
def _ledger_at(url: str) -> Ledger:
    return Ledger(url)


def ledger_for(url: str | None = None) -> Ledger:
    """The ledger at `url`, at LEDGER_URL, or ledger.db beside the case store: one object per address."""
    default = f"sqlite:///{store_for().folder / 'ledger.db'}"
    parsed = make_url(url or os.environ.get("LEDGER_URL") or default)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        path = (ROOT / parsed.database).resolve()
        Path(path.parent).mkdir(parents=True, exist_ok=True)
        parsed = parsed.set(database=str(path))
    return _ledger_at(parsed.render_as_string(hide_password=False))
