"""A turn at writing in the ledger: opening matters, taking steps, taking a step back."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from data_access.cases.filters import CaseFilter, filter_as_data, filter_from_data
from data_access.cases.sight import ALL_MATTERS, Matters
from data_access.district.people import Actor, Refused
from data_access.district.profile import Profile
from data_access.district.programmes import VOID, Programme
from data_access.ledger import machine
from data_access.ledger.machine import Overtaken
from data_access.ledger.naming import as_written
from data_access.ledger.schema import NOTHING, OPEN, UNDO, as_json, hash_of, ledger_head, matter_events, matters
from data_access.ledger.sight import visible


class Pen:
    """A turn at writing: everything written with it stands or falls together. Made by `Ledger.writing`."""

    def __init__(
        self,
        connection: Connection,
        profile: Profile,
        clock: Callable[[], datetime],
        key: bytes = b"",
        seen: Matters = ALL_MATTERS,
        *,
        names: bool = True,
    ) -> None:
        self.connection, self.profile, self.key, self._seen, self._names = connection, profile, key, seen, names
        row = connection.execute(select(ledger_head).with_for_update()).one()
        self.seq, self.hash, self.identity = row.seq, row.hash, row.identity
        newest = connection.execute(select(matter_events.c.at).where(matter_events.c.seq == row.seq)).scalar()
        self._clock, self._newest = clock, newest
        self._rows: dict[str, dict[str, Any]] = {}
        self._new: list[str] = []
        self.events: list[dict[str, Any]] = []

    def now(self) -> datetime:
        """The moment of a step taken now: never before the newest one, whatever the server's clock is set to."""
        return max(self._clock(), self._newest) if self._newest else self._clock()

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
        programmes, at = self.profile.programmes, at or self.now()
        said = machine.with_copies(programme, {name: str(value).strip() for name, value in fields.items()})
        machine.check_words(title, text, *said.values())
        machine.check_opening(programmes, programme, actor, title, said)
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
        """Take a step. `seen`: how many events the actor has seen; raises `Overtaken` where there are others."""
        row, at = self._row(matter_id), at or self.now()
        programme, programmes = self.profile.programme(row["kind"]), self.profile.programmes
        _check_seen(row, seen)  # before the rules: the actor meant the state they saw
        step = machine.allowed(programmes, programme, row["stage"], name, actor)
        before = json.loads(row["fields"])
        machine.check_own(programmes, step.own, before, actor, step.label)
        if step.needs_text and not text.strip():
            raise Refused(f"“{step.label}”要写明情况")
        said = {name: str(value).strip() for name, value in (fields or {}).items()}
        said = said if self._names else as_written(programme, said, before)
        machine.check_words("", text, *said.values())
        machine.check_fields(programme, said, step.requires, before)
        said |= {step.stamps: at.isoformat(timespec="minutes")} if step.stamps else {}
        if step.children_over:
            self._check_parts_are_over(matter_id)
        stage = step.to or row["stage"]
        self._change(row, stage, {**before, **said}, at)
        self._append(matter_id, actor, name, stage, text, said, at)

    def undo(self, matter_id: str, actor: Actor, *, seen: int, at: datetime | None = None) -> None:
        """Take back one's own last step, soon after it; the undone step stays in the time line. Raises `Refused`."""
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
        if _elapsed(self.identity, last["seq"], at - last["at"]) > timedelta(minutes=minutes):
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
        if self.events:
            self.connection.execute(insert(matter_events), self.events)
            self.connection.execute(update(ledger_head).values(seq=self.seq, hash=self.hash))

    def _row(self, matter_id: str) -> dict[str, Any]:
        if matter_id not in self._rows:
            named = select(matters).where(matters.c.matter_id == matter_id, visible(self.profile, self._seen))
            row = self.connection.execute(named).mappings().first()
            if row is None:
                raise Refused(f"没有编号为 {matter_id} 的事项")
            self._rows[matter_id] = dict(row)
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
        row["hash"] = hash_of(row, self.key)
        self.events.append(row)
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


TAKEN: OrderedDict[tuple[str, int], float] = OrderedDict()  # (ledger, seq) written by this process -> time.monotonic()
MOST_TAKEN = 10_000


def note_taken(identity: str, seq: int) -> None:
    TAKEN[identity, seq] = time.monotonic()
    while len(TAKEN) > MOST_TAKEN:
        TAKEN.popitem(last=False)


def _elapsed(identity: str, seq: int, by_the_clock: timedelta) -> timedelta:
    """How long ago a step was taken: by a clock nobody can set where this process wrote it, else `by_the_clock`."""
    taken = TAKEN.get((identity, seq))
    return by_the_clock if taken is None else timedelta(seconds=time.monotonic() - taken)
