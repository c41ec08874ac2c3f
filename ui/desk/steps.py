"""Forms of the ledger: opening a matter, the next step of one, one step for many, and taking a step back.

What the rules refuse is said in the rules' words; nothing is written then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.people import Actor, Refused
from data_access.district.periods import beijing_now
from data_access.district.programmes import FieldRule, Move, Programme
from data_access.district.worktime import is_estimated
from data_access.ledger import machine
from data_access.ledger.machine import steps
from data_access.ledger.pen import Pen
from ui.desk.desk import Desk
from ui.style.markup import markdown, plain

NOBODY = "请先在左侧“办理身份”选择姓名。"
UNDOABLE, SEEN, TURNS = "steps_that_may_be_undone", "rows_as_seen", "forms_sent"
MUST, UNDO_LABEL = "（必填）", "撤销上一步"
LONG = 100  # hours; a longer deadline is asked for as a date


def is_sent(key: str) -> bool:
    """Whether this run answers the sending of the form of that key."""
    return bool(st.session_state.get(f"{key}_send"))


def as_seen(key: str, now: Any) -> Any:
    """What a form is about: as it is now, and on the run that sends the form, as its reader saw it.

    Somebody else's step or a new import between reading and sending must not turn the form to other matters, nor make
    it vanish unanswered: the ledger refuses what was overtaken, and says so.
    """
    held = st.session_state.setdefault(SEEN, {})
    if not is_sent(key) or key not in held:
        held[key] = now
    return held[key]


def turns(key: str) -> int:
    """How often the form of that key was sent with success: part of its widgets' keys, so that it starts empty."""
    return int(st.session_state.setdefault(TURNS, {}).get(key, 0))


def begin_anew(key: str) -> None:
    """From now on the form of that key, and the table whose ticks it is about, are others, and empty."""
    st.session_state[TURNS] = {**st.session_state.get(TURNS, {}), key: turns(key) + 1}


def names_of(reader: Reader, kind: str) -> list[str]:
    """The district's units or streets; what the cases name where the profile lists none."""
    listed = [place.name for place in (reader.profile.units if kind == "unit" else reader.profile.streets)]
    return listed or [name for name in reader.options(kind) if name]


def ask_field(reader: Reader, field: FieldRule, value: str, *, key: str, must: bool = False) -> str:
    """A widget for one field of a matter; a secret one is given, and never shown. `must`: it may not stay empty."""
    if field.kind == "secret":
        return value
    value, label, about = value or field.default, plain(field.label), plain(field.help) or None
    choices = list(field.options) or (names_of(reader, field.kind) if field.kind in ("unit", "street") else [])
    if choices:
        at = choices.index(value) if value in choices else None
        return st.selectbox(label, choices, at, key=key, placeholder=f"请选择{must * MUST}", help=about) or ""
    if field.kind == "score":
        marks = [f"{mark:g}" for mark in range(int(field.low or 0), int(field.high or 0) + 1)]
        at = marks.index(value) if value in marks else None
        best = markdown("{}（{:g} 分最好）", field.label, field.high)
        return st.radio(best, marks, at, key=key, horizontal=True) or ""
    if field.kind == "number":
        given = st.number_input(
            label, field.low, field.high, float(value) if value else None, key=key, placeholder=f"请填数字{must * MUST}"
        )
        return "" if given is None else f"{given:g}"
    if field.kind == "day":
        day = st.date_input(label, date.fromisoformat(value) if value else None, key=key, format="YYYY-MM-DD")
        return day.isoformat() if isinstance(day, date) else ""
    return st.text_area(label, value, key=key, height=80, help=about, placeholder=f"请填写{MUST}" if must else None)


def ask_deadline(desk: Desk, *, key: str) -> datetime:
    """A widget for the deadline: hours, or a day where it lies far off."""
    programme, office, now = desk.programme, desk.profile.programmes.office, desk.ledger.now()
    if programme.due_hours <= LONG:
        counted = "工作小时" if programme.working_time else "小时"
        hours = st.number_input(
            f"几{counted}内完成", 0.5, 720.0, max(float(programme.due_hours), 0.5), 0.5, "%g", key=key
        )
        return machine.deadline(programme, now, float(hours), office)
    offered = machine.deadline(programme, now, programme.due_hours, office).date()
    if is_estimated(offered.year):
        st.caption(f"{offered.year:d} 年的放假安排尚未公布，暂按周末和法定节日推算")
    day = st.date_input("截止日期", offered, key=key, format="YYYY-MM-DD")
    last = office.spans[-1][1]
    return datetime.combine(day if isinstance(day, date) else offered, time()) + timedelta(hours=last)


def open_form(
    desk: Desk,
    *,
    key: str,
    given: Mapping[str, str] | None = None,
    where: CaseFilter | None = None,
    parent: str = "",
    title: str = "",
    text: str = "",
    parts: Programme | None = None,
) -> str | None:
    """The form of a new matter of the desk's programme; returns its number once it is opened.

    `given`, `title`, `text`: values to start with; `parts`: a kind of which one is opened for each unit that is chosen,
    in the same step (the departments a whistle calls), a given unit being chosen already.
    """
    if not may_open(desk):
        return None
    if not (said := _ask_opening(desk, key=key, given=given or {}, title=title, text=text, parts=parts)):
        return None
    if parts and not said.units:
        st.error(markdown("还缺：{}", parts.field("unit").label))
        return None

    def write(pen: Pen, who: Actor) -> list[str]:
        about: dict[str, Any] = {"due_at": said.due_at, "text": said.text, "parent": parent}
        whole = pen.open(desk.programme, who, said.title, fields=said.fields, where=where, **about)
        return [whole, *_open_parts(pen, who, parts, said, whole)]

    return _opened(desk, key, write, named=1)


def open_for_each(desk: Desk, each: Mapping[str, CaseFilter], *, key: str) -> str | None:
    """The form of new matters, one for each unit about its cases, all in one step; returns the first one's number."""
    if not may_open(desk):
        return None
    if not (said := _ask_opening(desk, key=key, given={}, title="", left_out=("unit",))):
        return None

    def write(pen: Pen, who: Actor) -> list[str]:
        about: dict[str, Any] = {"due_at": said.due_at, "text": said.text}
        return [
            pen.open(desk.programme, who, said.title, fields={**said.fields, "unit": unit}, where=cases, **about)
            for unit, cases in each.items()
        ]

    return _opened(desk, key, write, named=len(each))


def may_open(desk: Desk) -> bool:
    """Whether whoever sits at the desk may open such a matter; says why not."""
    programme, who = desk.programme, desk.who
    if who is None:
        st.info(markdown("要发起{}，", programme.title) + NOBODY)
        return False
    if who.role not in programme.opens:
        roles = "、".join(programme.opens)
        st.info(markdown("{}由{}发起，您的身份是{}。", programme.title, roles, who.role))
        return False
    return True


@dataclass(frozen=True)
class _Opening:
    """What was said in the form of a new matter. `units`: a part of it is opened for each."""

    title: str
    fields: dict[str, str]
    units: list[str]
    due_at: datetime
    text: str


def _ask_opening(
    desk: Desk,
    *,
    key: str,
    given: Mapping[str, str],
    title: str,
    text: str = "",
    parts: Programme | None = None,
    left_out: Sequence[str] = (),
) -> _Opening | None:
    """The form; what was said once it is sent. `left_out`: fields that are not asked for."""
    programme, turn = desk.programme, f"{key}_{turns(key)}"
    # The field that must name the actor's own unit is filled in.
    given = {**({programme.own: desk.who.unit} if programme.own and desk.who else {}), **given}
    with st.form(turn):
        named = st.text_input("事项", title, max_chars=60, key=f"{turn}_title")
        asked = [programme.field(name) for name in (*programme.requires, *programme.asks) if name not in left_out]
        fields = {
            field.name: ask_field(desk.reader, field, given.get(field.name, ""), key=f"{turn}_{field.name}",
                                  must=field.name in programme.requires)
            for field in asked
        }  # fmt: skip
        units = _ask_units(desk.reader, parts, given.get("unit", ""), key=f"{turn}_parts") if parts else []
        due = ask_deadline(desk, key=f"{turn}_due")
        text = st.text_area("要求", text, height=80, key=f"{turn}_text")
        sent = st.form_submit_button(markdown("发起{}", programme.title), key=f"{key}_send")
    return _Opening(named, fields, units, due, text) if sent else None


def _open_parts(pen: Pen, who: Actor, parts: Programme | None, said: _Opening, whole: str) -> list[str]:
    """One part of the new matter for each unit that was chosen, with the fields they share."""
    if not parts:
        return []
    shared = {field.name: said.fields[field.name] for field in parts.fields if field.name in said.fields}
    about: dict[str, Any] = {"due_at": said.due_at, "parent": whole}
    return [pen.open(parts, who, said.title, fields={**shared, "unit": unit}, **about) for unit in said.units]


def _opened(desk: Desk, key: str, write: Callable[[Pen, Actor], list[str]], *, named: int) -> str | None:
    """Write all or none; returns the first number. `named`: how many of the new matters to tell the numbers of."""
    if desk.who is None:
        return None
    try:
        with desk.ledger.writing() as pen:
            opened = write(pen, desk.who)
    except Refused as refusal:
        st.error(plain(str(refusal)))
        return None
    begin_anew(key)
    remember(desk, [(number, 1) for number in opened], f"已发起{desk.programme.title} {'、'.join(opened[:named])}")
    return opened[0]


def _ask_units(reader: Reader, parts: Programme, first: str, *, key: str) -> list[str]:
    label, known = plain(parts.field("unit").label), names_of(reader, "unit")
    return st.multiselect(
        label, known, [first] if first in known else [], key=key, placeholder="请选择", select_all=False
    )


def next_step(desk: Desk, now: Mapping[str, Any]) -> None:
    """The steps the viewer may take now; what the rules refuse is said in the rules' words. `now`: the matter's row."""
    form = f"step_{now['matter_id']}"
    row, who = as_seen(form, dict(now)), desk.who
    possible = steps(desk.programme, row["stage"])
    if not possible:
        st.success(markdown("已{}，没有可走的下一步。", row["stage"]))
        return
    if who is None:
        st.info("要办理，" + NOBODY)
        return
    allowed = [step for step in possible if may_take(desk, step, row)]
    if not allowed:
        named = "；".join(f"{step.label}由{'、'.join(step.roles)}{_whose(step, row)}" for step in possible)
        st.info(markdown("您是{}{}，这一阶段没有您的操作（{}）。", who.unit, who.role, named))
        return
    words = {step.label: step for step in allowed}
    key, names = f"{form}_{row['events']}", list(words)
    step = words[st.radio("下一步", names, format_func=plain, horizontal=True, key=key, label_visibility="collapsed")]
    with st.form(f"{key}_{step.name}"):
        fields, text = _ask_step(desk, step, row, key=key)
        sent = st.form_submit_button(plain(step.label), key=f"{form}_send")
    if sent:
        take(desk, [row], step, text, fields)


def may_take(desk: Desk, step: Move, row: Mapping[str, Any]) -> bool:
    """Whether the rules let whoever sits at the desk take the step on this matter."""
    programmes, who = desk.profile.programmes, desk.who
    if who is None:
        return False
    try:
        machine.allowed(programmes, desk.programme, row["stage"], step.name, who)
        machine.check_own(programmes, step.own, {step.own: row[step.own]} if step.own else {}, who, step.label)
    except Refused:
        return False
    return True


def _whose(step: Move, row: Mapping[str, Any]) -> str:
    return f"（{row[step.own]}）" if step.own and row[step.own] else ""


def _ask_step(desk: Desk, step: Move, values: Mapping[str, str], *, key: str) -> tuple[dict[str, str], str]:
    fields = {
        name: ask_field(desk.reader, desk.programme.field(name), values.get(name, ""), key=f"{key}_{step.name}_{name}",
                        must=name in step.requires)
        for name in (*step.requires, *step.asks)
    }  # fmt: skip
    if step.to in desk.programme.came_to_nothing:
        st.caption(
            markdown("“{}”：整件到此为止，不再办，也不计入统计。只是走错一步的，用“{}”。", step.label, UNDO_LABEL)
        )
    text = st.text_area("说明" + (MUST if step.needs_text else ""), height=80, key=f"{key}_{step.name}_text")
    return fields, text


def many_at_once(desk: Desk, now: Sequence[Mapping[str, Any]]) -> None:
    """One step for all chosen matters, all or none, with a way back. `now`: their rows."""
    form = bulk_form(desk.programme)
    rows = as_seen(form, list(now))
    if desk.who is None:
        st.info("要批量办理，" + NOBODY)
        return
    together = [step for step in desk.programme.moves if step.bulk and all(may_take(desk, step, row) for row in rows)]
    if not together:
        st.info(f"选中的 {len(rows)} 件没有您可以一起走的一步；可只选同一阶段的。")
        return
    st.markdown(markdown("要办的：{}", "；".join(f"{row['matter_id']} {row['title']}" for row in rows)))
    words = {step.label: step for step in together}
    label = f"对这 {len(rows)} 件"
    step = words[st.radio(label, list(words), format_func=plain, horizontal=True, key=f"{form}_step")]
    key = f"{form}_{step.name}_{turns(form)}"
    with st.form(key):
        fields, text = _ask_step(desk, step, {}, key=key)
        named = markdown("{} {}", step.label, _numbers(rows))
        sent = st.form_submit_button(named, key=f"{form}_send")
    if sent:
        take(desk, rows, step, text, fields)


NAMED = 3  # matter numbers written out on a button


def _numbers(rows: Sequence[Mapping[str, Any]]) -> str:
    """The matters' numbers; of many the first ones and how many there are."""
    numbers = "、".join(str(row["matter_id"]) for row in rows[:NAMED])
    return numbers if len(rows) <= NAMED else f"{numbers} 等 {len(rows)} 件"


def bulk_form(programme: Programme) -> str:
    """The key of the form for many matters at once."""
    return f"bulk_{programme.kind}"


def take(desk: Desk, rows: Sequence[Mapping[str, Any]], step: Move, text: str, fields: Mapping[str, str]) -> None:
    """Take the step on all rows or on none. A field that is unchanged and not required stays out of the event."""
    who, programme = desk.who, desk.programme
    if who is None:
        return
    try:
        with desk.ledger.writing() as pen:
            for row in rows:
                before = json.loads(row["fields"])
                changed = {name for name, value in fields.items() if value != before.get(name, "")}
                said = {name: value for name, value in fields.items() if name in changed | set(step.requires)}
                pen.move(row["matter_id"], step.name, who, seen=row["events"], text=text, fields=said)
    except Refused as refusal:
        st.error(plain(str(refusal)))
        return
    many = len(rows) > 1
    if many:
        begin_anew(bulk_form(programme))
    what = f"{len(rows)} 件{programme.title}" if many else f"{rows[0]['matter_id']} "
    remember(desk, [(row["matter_id"], row["events"] + 1) for row in rows], f"{what}已{step.label}")
    st.rerun()


def remember(desk: Desk, taken: list[tuple[str, int]], what: str) -> None:
    """Steps just taken, so that they may be taken back. `taken`: matter numbers with the count of their events then.

    The offer ends by the wall clock, which moves on even where the demo district's time stands still.
    """
    until = beijing_now() + timedelta(minutes=desk.profile.programmes.undo_minutes)
    st.session_state[UNDOABLE] = {"taken": taken, "what": what, "until": until, "who": desk.who}


def offer_undo(desk: Desk) -> None:
    """What was just done, and a button that takes it back while that is allowed."""
    held, who = st.session_state.get(UNDOABLE), desk.who
    if not held or who is None or who != held["who"] or beijing_now() > held["until"]:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo_bar"):
        st.success(plain(held["what"]), width=520)
        minutes = desk.profile.programmes.undo_minutes
        if not st.button(UNDO_LABEL, key="undo", help=f"{minutes:g} 分钟内可收回自己刚走的这一步，记录里留有痕迹"):
            return
    try:
        with desk.ledger.writing() as pen:
            for number, seen in reversed(held["taken"]):
                pen.undo(number, who, seen=seen)
    except Refused as refusal:
        st.error(plain(str(refusal)))
        return
    del st.session_state[UNDOABLE]
    st.toast("已撤销，记录里留有痕迹")
    st.rerun()
