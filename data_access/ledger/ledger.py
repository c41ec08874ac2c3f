"""What the district decides, kept step by step (全留痕).

A matter is one row; every step is an event that carries the hash of the one before, and what stands in `matters` must
be what its events add up to: whoever edits rows or bytes is found out (audit.py). Whoever has the key as well as the
database can still write the whole chain anew; only a head kept elsewhere tells (witness.py). One state machine
(machine.py) serves every programme; stages, moves and who may take them are the profile's (programmes.toml). Writers
take turns on the row `ledger_head`.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, false, func, or_, select

from data_access.cases.sight import ALL_MATTERS, Matters
from data_access.district.people import Actor, Refused, may_care
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.district.programmes import VOID, Programme
from data_access.ledger import machine
from data_access.ledger.engine import disk_in_words, engine_at, lay_out
from data_access.ledger.naming import nameless
from data_access.ledger.pen import Pen, note_taken
from data_access.ledger.schema import HMAC, ledger_head, matter_events, matters
from data_access.ledger.sight import visible
from data_access.ledger.witness import Anchor, Witness


class Watch(Protocol):
    """Who is told of every turn at writing, and may refuse it."""

    def taken(self, connection: Connection, events: Sequence[Mapping[str, Any]]) -> None:
        """The steps of a turn (rows of matter_events), before they are committed in this transaction; none is taken
        where this raises `Refused`."""

    def refused(self, why: str) -> None:
        """A turn in which nothing was written, because the rules refused it."""


LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ledger:
    """A database of decisions under one district's rules. Safe to share between threads.

    `now`: the moment of a step that is taken now, naive Beijing time. `absent`: why there is no ledger yet; this one
    then stands for it, has no matters and takes none. `seen`: which matters there are for whoever asks and writes here;
    the others are as if there were none. `names`: whether what people wrote is told as it is, with whom it names.
    `watch`: is told of all that is written, and of refusals.
    """

    engine: Engine
    profile: Profile
    now: Callable[[], datetime] = beijing_now
    key: bytes = b""
    witness: Witness | None = None
    absent: str = ""
    seen: Matters = ALL_MATTERS
    names: bool = True
    watch: Watch | None = None

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
        try:
            with disk_in_words(self.engine), self.engine.execution_options(writing=True).begin() as connection:
                pen = Pen(connection, self.profile, self.now, self.key, self.seen, names=self.names)
                before = pen.seq
                yield pen
                pen.close()
                if self.watch:
                    self.watch.taken(connection, pen.events)
        except Refused as refusal:
            if self.watch:
                self.watch.refused(str(refusal))
            raise
        if pen.seq == before:
            return
        for seq in range(before + 1, pen.seq + 1):
            note_taken(pen.identity, seq)
        if self.witness:
            head = Anchor(pen.identity, pen.seq, pen.hash, beijing_now().isoformat(timespec="seconds"))
            try:
                self.witness.remember(head)
            except OSError as error:  # the step is in; an older head that is known contradicts nothing
                LOG.error("%s: %s", self.witness.path, error)

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
        rows = self._as_written(kind, number, parent).copy(deep=False)
        due = [None if pd.isna(when) else when for when in rows["due_at"]]
        rows["light"] = [machine.light(programme, stage, when, now, office)
                         for stage, when in zip(rows["stage"], due, strict=True)]  # fmt: skip
        rows["reminder"] = [machine.reminder(programme, stage, since, now, office)
                            for stage, since in zip(rows["stage"], rows["changed_at"], strict=True)]  # fmt: skip
        return rows

    def going(self, *, viewer: Actor | None = None) -> pd.DataFrame:
        """The matters of all kinds that are not over, without telling which they are. Grain: one row per matter.

        Columns: kind, stage, light, reminder. Kinds that the viewer may not see are left out.
        """
        rules, now = self.profile.programmes, self.now()
        shown = {one.kind: one for one in rules.programmes if not one.restricted or may_care(rules, viewer)}
        open_yet = [and_(matters.c.kind == one.kind, matters.c.stage.not_in([VOID, *one.ends]))
                    for one in shown.values()]  # fmt: skip
        asked = select(matters.c.kind, matters.c.stage, matters.c.due_at, matters.c.changed_at)
        with self.engine.connect() as connection:
            rows = connection.execute(asked.where(or_(false(), *open_yet), self._visible)).all()
        told = [
            (row.kind, row.stage, machine.light(shown[row.kind], row.stage, row.due_at, now, rules.office),
             machine.reminder(shown[row.kind], row.stage, row.changed_at, now, rules.office))
            for row in rows
        ]  # fmt: skip
        return pd.DataFrame(told, columns=["kind", "stage", "light", "reminder"])

    def kind_of(self, matter_id: str) -> str:
        """The kind of the matter of that number, '' when there is none."""
        with self.engine.connect() as connection:
            named = select(matters.c.kind).where(matters.c.matter_id == matter_id, self._visible)
            return connection.execute(named).scalar() or ""

    def events(self, matter_id: str, *, viewer: Actor | None = None) -> pd.DataFrame:
        """A matter's time line, oldest first. Grain: one row per event. Raises `Refused` as `matters` does."""
        profile, kind = self.profile, self.kind_of(matter_id)
        if kind:
            machine.check_sight(profile.programmes, profile.programme(kind), viewer)
        told = self._told(matter_events).where(matters.c.matter_id == matter_id)
        with self.engine.connect() as connection:
            rows = pd.read_sql(told.order_by(matter_events.c.seq), connection)
        return rows if self.names or not kind else nameless(profile.programme(kind), rows)

    def events_of(self, kind: str, *, viewer: Actor | None = None) -> pd.DataFrame:
        """The time lines of all matters of a kind, oldest first. Grain: one row per event. Raises `Refused`."""
        profile = self.profile
        machine.check_sight(profile.programmes, profile.programme(kind), viewer)
        told = self._told(matter_events).where(matters.c.kind == kind)
        with self.engine.connect() as connection:
            rows = pd.read_sql(told.order_by(matter_events.c.seq), connection)
        return rows if self.names else nameless(profile.programme(kind), rows)

    def touched_by(self, who: str) -> set[str]:
        """The numbers of the matters in which somebody took a step."""
        with self.engine.connect() as connection:
            told = self._told(matter_events.c.matter_id).where(matter_events.c.who == who)
            return set(connection.execute(told).scalars())

    def times(self, kind: str, *, since: datetime | None = None, viewer: Actor | None = None) -> pd.DataFrame:
        """How often each step was taken, of late or ever. Columns: matter_id, move, times. Raises `Refused` as
        `matters` does."""
        profile = self.profile
        machine.check_sight(profile.programmes, profile.programme(kind), viewer)
        counted = self._told(matter_events.c.matter_id, matter_events.c.move, func.count().label("times"))
        counted = counted.where(matter_events.c.at >= since) if since else counted
        counted = counted.where(matters.c.kind == kind).group_by(matter_events.c.matter_id, matter_events.c.move)
        with self.engine.connect() as connection:
            return pd.read_sql(counted, connection)

    def _as_written(self, kind: str, number: str, parent: str) -> pd.DataFrame:
        return _as_written(self.engine, self.profile, self.seen, self.names, self.last, kind, number, parent)

    @property
    def of_all(self) -> Ledger:
        """The same ledger with every matter in it: for sums over the district, which are everybody's."""
        return replace(self, seen=ALL_MATTERS)

    @property
    def _visible(self) -> ColumnElement[bool]:
        return visible(self.profile, self.seen)

    def _told(self, *columns: Any) -> Select[Any]:
        """Columns of the steps of the matters that may be seen."""
        joined = select(*columns).join_from(matter_events, matters, matters.c.matter_id == matter_events.c.matter_id)
        return joined.where(self._visible)

    @property
    def last(self) -> str:
        """The seal of the last step: another one once anything was written, and in any other ledger."""
        with self.engine.connect() as connection:
            return connection.execute(select(ledger_head.c.hash)).scalar() or ""

    @property
    def is_empty(self) -> bool:
        with self.engine.connect() as connection:
            return connection.execute(select(ledger_head.c.seq)).scalar() == 0


@functools.lru_cache(maxsize=64)
def _as_written(
    engine: Engine, profile: Profile, seen: Matters, names: bool, last: str, kind: str, number: str, parent: str
) -> pd.DataFrame:
    """What of `Ledger.matters` no clock changes, kept until something is written: `last` is the seal of the last step.

    Belongs to everybody who asks; nobody may change it.
    """
    programme = profile.programme(kind)
    statement = select(matters).where(matters.c.kind == kind, visible(profile, seen))
    statement = statement.where(matters.c.matter_id == number) if number else statement
    statement = statement.where(matters.c.parent == parent) if parent else statement
    with engine.connect() as connection:
        rows = pd.read_sql(statement.order_by(matters.c.opened_at.desc(), matters.c.matter_id.desc()), connection)
    rows = rows if names else nameless(programme, rows)
    said = [json.loads(text) for text in rows["fields"]]
    for field in programme.fields:
        rows[field.name] = pd.Series([fields.get(field.name, "") for fields in said], dtype=object)
    for name in ("due_at", "opened_at", "changed_at"):
        rows[name] = pd.to_datetime(rows[name])
    rows["over"] = rows["stage"].map(programme.is_over).astype(bool)
    rows["score"] = pd.Series([programme.score(fields) for fields in said], dtype="float64")
    return rows
