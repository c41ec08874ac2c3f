"""What the district decides, kept step by step (全留痕).

A matter is one row; every step is an event that carries the hash of the one before, and what stands in `matters` must
be what its events add up to: whoever edits single rows or bytes is found out (audit.py). Whoever owns the database
file can still write the whole chain anew; only a copy of the newest hash, kept elsewhere, tells. One state machine
(machine.py) serves every programme; stages, moves and who may take them are the profile's (programmes.toml). Writers
take turns on the row `ledger_head`.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, bindparam, func, insert, make_url, select, update

from data_access.cases.filters import CaseFilter, filter_as_data, filter_from_data
from data_access.cases.reader import Reader
from data_access.cases.store import ROOT
from data_access.district.people import Actor, Refused
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.district.programmes import VOID, Programme
from data_access.ledger import machine
from data_access.ledger.engine import engine_at, lay_out
from data_access.ledger.machine import Overtaken
from data_access.ledger.schema import NOTHING, OPEN, UNDO, as_json, hash_of, ledger_head, matter_events, matters


class Pen:
    """A turn at writing: everything written with it stands or falls together. Made by `Ledger.writing`."""

    def __init__(self, connection: Connection, profile: Profile, now: Callable[[], datetime]) -> None:
        self.connection, self.profile, self.now = connection, profile, now
        row = connection.execute(select(ledger_head).with_for_update()).one()
        self.seq, self.hash = row.seq, row.hash
        self._rows: dict[str, dict[str, Any]] = {}
        self._new: list[str] = []
        self._events: list[dict[str, Any]] = []

    def open(
        self,
        programme: Programme,
        actor: Actor,
        title: str,
        *,
        fields: Mapping[str, str],
        where: CaseFilter | None = None,
        due_at: datetime | None = None,
        text: str = "",
        parent: str = "",
        at: datetime | None = None,
    ) -> str:
        """Open a matter; returns its number. Raises `Refused`."""
        rules, at = self.profile.programmes, at or self.now()
        said = machine.with_copies(programme, {name: str(value).strip() for name, value in fields.items()})
        machine.check_words(title, text, *said.values())
        machine.check_opening(rules, programme, actor, title, said)
        self._check_parent(programme, parent)
        number = f"{programme.prefix}{at.year}-{self.seq + 1:06d}"
        cases = filter_as_data(where) if where else {}
        self._rows[number] = {
            "matter_id": number, "kind": programme.kind, "title": title.strip(), "stage": programme.stages[0],
            "fields": as_json(said), "parent": parent, "cases": as_json(cases), "due_at": due_at, "opened_at": at,
            "changed_at": at, "events": 1,
        }  # fmt: skip
        self._new.append(number)
        opening = {
            "kind": programme.kind,
            "title": title.strip(),
            "cases": cases,
            "due_at": due_at.isoformat() if due_at else "",
        }
        opening |= {"parent": parent} if parent else {}
        self._append(number, actor, OPEN, programme.stages[0], text, {**said, NOTHING: as_json(opening)}, at)
        return number

    def move(
        self,
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
        row, at = self._row(matter_id), at or self.now()
        programme, rules = self.profile.programme(row["kind"]), self.profile.programmes
        _check_seen(row, seen)  # first: what the actor saw is what they mean
        step = machine.allowed(rules, programme, row["stage"], name, actor)
        before = json.loads(row["fields"])
        machine.check_own(rules, step.own, before, actor, step.label)
        if step.needs_text and not text.strip():
            raise Refused(f"“{step.label}”要写明情况")
        said = {name: str(value).strip() for name, value in (fields or {}).items()}
        machine.check_words(text, *said.values())
        machine.check_fields(programme, said, step.requires, before)
        said |= {step.stamps: at.isoformat(timespec="minutes")} if step.stamps else {}
        if step.children_over:
            self._check_parts_are_over(matter_id)
        stage = step.to or row["stage"]
        self._change(row, stage, {**before, **said}, at)
        self._append(matter_id, actor, name, stage, text, said, at)

    def undo(self, matter_id: str, actor: Actor, *, seen: int, at: datetime | None = None) -> None:
        """Take back one's own last step, soon after it; what was undone stays told. Raises `Refused`."""
        row, at = self._row(matter_id), at or self.now()
        machine.check_sight(self.profile.programmes, self.profile.programme(row["kind"]), actor)
        _check_seen(row, seen)
        told = self.connection.execute(
            select(matter_events).where(matter_events.c.matter_id == matter_id).order_by(matter_events.c.seq)
        )
        *earlier, last = told.mappings().all()
        minutes = self.profile.programmes.undo_minutes
        if last["who"] != actor.name or last["move"] == UNDO:
            raise Refused("只能撤销自己刚走的一步")
        if at - last["at"] > timedelta(minutes=minutes):
            raise Refused(f"已过 {minutes:g} 分钟，不能撤销；请用正常的步骤更正")
        kept = json.loads(row["fields"])
        then = _added_up(earlier)
        restored = {name: then.get(name, "") for name, value in kept.items() if then.get(name, "") != value}
        stage = earlier[-1]["stage"] if earlier else VOID
        self._change(row, stage, {**kept, **restored}, at)
        self._append(matter_id, actor, UNDO, stage, "", restored, at)

    def close(self) -> None:
        """Write what was said; called by `Ledger.writing`."""
        new = set(self._new)
        if self._new:
            self.connection.execute(insert(matters), [self._rows[number] for number in self._new])
        changed = ("stage", "fields", "changed_at", "events")
        if touched := [row for number, row in self._rows.items() if number not in new]:
            statement = update(matters).where(matters.c.matter_id == bindparam("which"))
            self.connection.execute(
                statement.values({name: bindparam(f"new_{name}") for name in changed}),
                [{"which": row["matter_id"], **{f"new_{name}": row[name] for name in changed}} for row in touched],
            )
        if self._events:
            self.connection.execute(insert(matter_events), self._events)
            self.connection.execute(update(ledger_head).values(seq=self.seq, hash=self.hash))

    def _row(self, matter_id: str) -> dict[str, Any]:
        if matter_id not in self._rows:
            found = self.connection.execute(select(matters).where(matters.c.matter_id == matter_id)).mappings().first()
            if found is None:
                raise Refused(f"没有编号为 {matter_id} 的事项")
            self._rows[matter_id] = dict(found)
        return self._rows[matter_id]

    def _check_parent(self, programme: Programme, parent: str) -> None:
        if bool(programme.parent) != bool(parent):
            raise Refused(f"{programme.title}{'要写明属于哪件事项' if programme.parent else '不属于其他事项'}")
        if parent and self._row(parent)["kind"] != programme.parent:
            raise Refused(f"{programme.title}属于{self.profile.programme(programme.parent).title}，{parent} 不是")
        if parent and self.profile.programme(programme.parent).is_over(self._row(parent)["stage"]):
            raise Refused(f"{parent} 已经结束，不能再添加{programme.title}")

    def _check_parts_are_over(self, matter_id: str) -> None:
        stored = self.connection.execute(select(matters).where(matters.c.parent == matter_id)).mappings()
        parts = {row["matter_id"]: row for row in stored}
        parts |= {number: row for number, row in self._rows.items() if row["parent"] == matter_id}  # type: ignore[misc]
        going = [n for n, row in parts.items() if not self.profile.programme(row["kind"]).is_over(row["stage"])]
        if going:
            raise Refused(f"还有 {len(going)} 项没有结束：{'、'.join(sorted(going)[:5])}")

    def _change(self, row: dict[str, Any], stage: str, fields: Mapping[str, str], at: datetime) -> None:
        row |= {"stage": stage, "fields": as_json(dict(fields)), "changed_at": at, "events": row["events"] + 1}

    def _append(
        self, number: str, actor: Actor, move: str, stage: str, text: str, fields: Mapping[str, str], at: datetime
    ) -> None:
        row = {
            "seq": self.seq + 1, "matter_id": number, "at": at, "who": actor.name, "role": actor.role, "move": move,
            "stage": stage, "text": text.strip(), "fields": as_json(dict(fields)), "before": self.hash,
        }  # fmt: skip
        row["hash"] = hash_of(row)
        self._events.append(row)
        self.seq, self.hash = row["seq"], row["hash"]


def cases_of(row: Mapping[Any, Any]) -> CaseFilter | None:
    """Which cases a matter is about; None where it names none. `row`: of `matters`."""
    held = json.loads(row["cases"])
    if "ids" in held or "filter" in held:  # as the first ledgers wrote it
        held = {"case_id": held["ids"]} if "ids" in held else held["filter"]
    return filter_from_data(held) if held else None


def _check_seen(row: Mapping[str, Any], seen: int) -> None:
    if row["events"] != seen:
        raise Overtaken("别人刚刚动过这件事，请刷新看过之后再操作；您的这一步没有写入")


def _added_up(events: Sequence[Any]) -> dict[str, str]:
    """The fields after these events of one matter."""
    fields: dict[str, str] = {}
    for row in events:
        fields |= {name: value for name, value in json.loads(row["fields"]).items() if name != NOTHING}
    return fields


@dataclass(frozen=True)
class Ledger:
    """A database of decisions under one district's rules. Safe to share between threads.

    `now`: the moment of a step that is taken now, naive Beijing time.
    """

    engine: Engine
    profile: Profile
    now: Callable[[], datetime] = beijing_now

    @classmethod
    def at(cls, url: str, profile: Profile, now: Callable[[], datetime] = beijing_now) -> Ledger:
        """The ledger at a database address; what is missing there is made."""
        return cls(_laid_out(url), profile, now)

    @contextmanager
    def writing(self) -> Iterator[Pen]:
        """Alone among writers: all steps taken with the pen are kept, or, on an error, none."""
        with self.engine.execution_options(writing=True).begin() as connection:
            pen = Pen(connection, self.profile, self.now)
            yield pen
            pen.close()

    def open_matter(self, programme: Programme, actor: Actor, title: str, **said: Any) -> str:
        """`Pen.open` by itself."""
        with self.writing() as pen:
            return pen.open(programme, actor, title, **said)

    def move(self, matter_id: str, name: str, actor: Actor, **said: Any) -> None:
        """`Pen.move` by itself."""
        with self.writing() as pen:
            pen.move(matter_id, name, actor, **said)

    def matters(
        self, kind: str, now: datetime | None = None, *, viewer: Actor | None = None, number: str = "", parent: str = ""
    ) -> pd.DataFrame:
        """Matters of a kind, newest first. Grain: one row per matter; its fields are columns.

        Beside them: over (bool), light, reminder ('' when none), score (of the sheet, NaN while incomplete). `number`,
        `parent`: only that one, only its parts. Raises `Refused` where the viewer may not see such matters.
        """
        profile, now = self.profile, now or self.now()
        programme, office = profile.programme(kind), profile.programmes.office
        machine.check_sight(profile.programmes, programme, viewer)
        statement = select(matters).where(matters.c.kind == kind)
        statement = statement.where(matters.c.matter_id == number) if number else statement
        statement = statement.where(matters.c.parent == parent) if parent else statement
        with self.engine.connect() as connection:
            found = pd.read_sql(statement.order_by(matters.c.opened_at.desc(), matters.c.matter_id.desc()), connection)
        said = [json.loads(one) for one in found["fields"]]
        for field in programme.fields:
            found[field.name] = pd.Series([one.get(field.name, "") for one in said], dtype=object)
        for name in ("due_at", "opened_at", "changed_at"):
            found[name] = pd.to_datetime(found[name])
        found["over"] = found["stage"].map(programme.is_over).astype(bool)
        due = [None if pd.isna(one) else one for one in found["due_at"]]
        found["light"] = [machine.light(programme, stage, when, now, office)
                          for stage, when in zip(found["stage"], due, strict=True)]  # fmt: skip
        found["reminder"] = [machine.reminder(programme, stage, since, now, office)
                             for stage, since in zip(found["stage"], found["changed_at"], strict=True)]  # fmt: skip
        found["score"] = pd.Series([programme.score(one) for one in said], dtype="float64")
        return found

    def kind_of(self, matter_id: str) -> str:
        """The kind of the matter of that number, '' when there is none."""
        with self.engine.connect() as connection:
            return connection.execute(select(matters.c.kind).where(matters.c.matter_id == matter_id)).scalar() or ""

    def events(self, matter_id: str, *, viewer: Actor | None = None) -> pd.DataFrame:
        """A matter's time line, oldest first. Grain: one row per event. Raises `Refused` as `matters` does."""
        profile = self.profile
        if kind := self.kind_of(matter_id):
            machine.check_sight(profile.programmes, profile.programme(kind), viewer)
        statement = select(matter_events).where(matter_events.c.matter_id == matter_id).order_by(matter_events.c.seq)
        with self.engine.connect() as connection:
            return pd.read_sql(statement, connection)

    def events_of(self, kind: str, *, viewer: Actor | None = None) -> pd.DataFrame:
        """The time lines of all matters of a kind, oldest first. Grain: one row per event. Raises `Refused`."""
        profile = self.profile
        machine.check_sight(profile.programmes, profile.programme(kind), viewer)
        told = select(matter_events).join(matters, matters.c.matter_id == matter_events.c.matter_id)
        with self.engine.connect() as connection:
            return pd.read_sql(told.where(matters.c.kind == kind).order_by(matter_events.c.seq), connection)

    def touched_by(self, who: str) -> set[str]:
        """The numbers of the matters in which somebody took a step."""
        with self.engine.connect() as connection:
            return set(
                connection.execute(select(matter_events.c.matter_id).where(matter_events.c.who == who)).scalars()
            )

    def times(self, kind: str, *, viewer: Actor | None = None) -> pd.DataFrame:
        """How often each step was taken, by matter_id and move (columns, beside times). Refuses as `matters`."""
        profile = self.profile
        machine.check_sight(profile.programmes, profile.programme(kind), viewer)
        counted = select(matter_events.c.matter_id, matter_events.c.move, func.count().label("times"))
        counted = counted.join_from(matter_events, matters, matters.c.matter_id == matter_events.c.matter_id)
        counted = counted.where(matters.c.kind == kind).group_by(matter_events.c.matter_id, matter_events.c.move)
        with self.engine.connect() as connection:
            return pd.read_sql(counted, connection)

    @property
    def is_empty(self) -> bool:
        with self.engine.connect() as connection:
            return connection.execute(select(ledger_head.c.seq)).scalar() == 0


def _laid_out(url: str) -> Engine:
    engine = engine_at(url)
    lay_out(engine)
    return engine


@functools.lru_cache(maxsize=8)
def _opened(url: str, file: int) -> Engine:
    """`file`: a file that was replaced is another database, whatever its name."""
    return _laid_out(url)


def open_ledger(reader: Reader, url: str | None = None) -> Ledger:
    """The ledger at `url`, at LEDGER_URL, or a file beside the reader's case store.

    Without LEDGER_URL, what is tried out on demo data goes to a file of its own and never mixes with what the district
    decides; a database named there is used as it is. In the demo district, where time stands still, a step's moment is
    the data's; elsewhere it is Beijing's clock.
    """
    name = "demo-ledger.db" if reader.is_synthetic else "ledger.db"
    parsed = make_url(url or os.environ.get("LEDGER_URL") or f"sqlite:///{reader.store.folder / name}")
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        engine = _opened(parsed.render_as_string(hide_password=False), 0)
    else:
        path = (ROOT / parsed.database).resolve()
        Path(path.parent).mkdir(parents=True, exist_ok=True)
        path.touch()
        engine = _opened(str(parsed.set(database=str(path))), path.stat().st_ino)
    stands_still = reader.is_synthetic and reader.has_data
    return Ledger(engine, reader.profile, (lambda: reader.as_of) if stands_still else beijing_now)
