"""What the district decides, kept step by step (全留痕).

A matter is one row; every step is an event that carries the hash of the one before, and what stands in `matters` must
be what its events add up to: whoever edits rows or bytes is found out (audit.py). Whoever has the key as well as the
database can still write the whole chain anew; only a head kept elsewhere tells (witness.py). One state machine
(machine.py) serves every programme; stages, moves and who may take them are the profile's (programmes.toml). Writers
take turns on the row `ledger_head`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine, func, select

from data_access.district.people import Actor, Refused
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.district.programmes import Programme
from data_access.ledger import machine
from data_access.ledger.engine import engine_at, lay_out
from data_access.ledger.pen import Pen, note_taken
from data_access.ledger.schema import HMAC, ledger_head, matter_events, matters
from data_access.ledger.witness import Anchor, Witness


@dataclass(frozen=True)
class Ledger:
    """A database of decisions under one district's rules. Safe to share between threads.

    `now`: the moment of a step that is taken now, naive Beijing time. `absent`: why there is no ledger yet; this one
    then stands for it, has no matters and takes none.
    """

    engine: Engine
    profile: Profile
    now: Callable[[], datetime] = beijing_now
    key: bytes = b""
    witness: Witness | None = None
    absent: str = ""

    @classmethod
    def at(cls, url: str, profile: Profile, now: Callable[[], datetime] = beijing_now, *, key: bytes = b"") -> Ledger:
        """The ledger at a database address; one is made where there is none. `key`: of its chain."""
        engine = engine_at(url)
        lay_out(engine, sealed=HMAC if key else "")
        return cls(engine, profile, now, key)

    @contextmanager
    def writing(self) -> Iterator[Pen]:
        """Alone among writers: all steps taken with the pen are kept, or, on an error, none."""
        if self.absent:
            raise Refused(self.absent)
        with self.engine.execution_options(writing=True).begin() as connection:
            pen = Pen(connection, self.profile, self.now, self.key)
            before = pen.seq
            yield pen
            pen.close()
        if pen.seq == before:
            return
        for seq in range(before + 1, pen.seq + 1):
            note_taken(pen.identity, seq)
        if self.witness:
            self.witness.remember(Anchor(pen.identity, pen.seq, pen.hash, beijing_now().isoformat(timespec="seconds")))

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
            rows = pd.read_sql(statement.order_by(matters.c.opened_at.desc(), matters.c.matter_id.desc()), connection)
        said = [json.loads(text) for text in rows["fields"]]
        for field in programme.fields:
            rows[field.name] = pd.Series([fields.get(field.name, "") for fields in said], dtype=object)
        for name in ("due_at", "opened_at", "changed_at"):
            rows[name] = pd.to_datetime(rows[name])
        rows["over"] = rows["stage"].map(programme.is_over).astype(bool)
        due = [None if pd.isna(when) else when for when in rows["due_at"]]
        rows["light"] = [machine.light(programme, stage, when, now, office)
                         for stage, when in zip(rows["stage"], due, strict=True)]  # fmt: skip
        rows["reminder"] = [machine.reminder(programme, stage, since, now, office)
                            for stage, since in zip(rows["stage"], rows["changed_at"], strict=True)]  # fmt: skip
        rows["score"] = pd.Series([programme.score(fields) for fields in said], dtype="float64")
        return rows

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
        """How often each step was taken. Columns: matter_id, move, times. Raises `Refused` as `matters` does."""
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
