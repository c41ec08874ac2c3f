"""Forms of the ledger: opening a matter, the next step of one, one step for many, and taking a step back.

What the rules refuse is said in the rules' words; nothing is written then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from data_access import machine
from data_access.filters import CaseFilter
from data_access.ledger import Ledger, decision_time
from data_access.machine import Actor, Refused, steps
from data_access.periods import beijing_now
from data_access.profile import current_profile
from data_access.programmes import FieldRule, Move, Programme
from data_access.query import options
from data_access.worktime import is_estimated
from ui.identity import actor

NOBODY = "请先在左侧“办理身份”选择姓名。"
UNDOABLE, SEEN, TURNS = "steps_that_may_be_undone", "rows_as_seen", "forms_sent"
LONG = 100  # hours: a deadline beyond is asked as a day


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


def names_of(kind: str) -> list[str]:
    """The district's units or streets; what the cases name where the profile lists none."""
    profile = current_profile()
    listed = [one.name for one in (profile.units if kind == "unit" else profile.streets)]
    return listed or [one for one in options(kind) if one]


def ask_field(rule: FieldRule, value: str, *, key: str) -> str:
    """A widget for one field of a matter; a secret one is given, and never shown."""
    if rule.kind == "secret":
        return value
    value = value or rule.default
    choices = list(rule.options) or (names_of(rule.kind) if rule.kind in ("unit", "street") else [])
    if choices:
        at = choices.index(value) if value in choices else None
        return st.selectbox(rule.label, choices, at, key=key, placeholder="请选择", help=rule.help or None) or ""
    if rule.kind == "score":
        marks = [f"{mark:g}" for mark in range(int(rule.low or 0), int(rule.high or 0) + 1)]
        at = marks.index(value) if value in marks else None
        return st.radio(f"{rule.label}（{rule.high:g} 分最好）", marks, at, key=key, horizontal=True) or ""
    if rule.kind == "number":
        given = st.number_input(
            rule.label, rule.low, rule.high, float(value) if value else None, key=key, placeholder="请填数字"
        )
        return "" if given is None else f"{given:g}"
    if rule.kind == "day":
        day = st.date_input(rule.label, date.fromisoformat(value) if value else None, key=key, format="YYYY-MM-DD")
        return day.isoformat() if isinstance(day, date) else ""
    return st.text_area(rule.label, value, key=key, height=80, help=rule.help or None)


def ask_deadline(programme: Programme, *, key: str) -> datetime:
    """A widget for the deadline: hours, or a day where it lies far off."""
    office, now = current_profile().programmes.office, decision_time()
    if programme.due_hours <= LONG:
        counted = "工作小时" if programme.working_time else "小时"
        hours = st.number_input(f"几{counted}内完成", 1, 720, int(programme.due_hours), key=key)
        return machine.deadline(programme, now, float(hours), office)
    offered = machine.deadline(programme, now, programme.due_hours, office).date()
    if is_estimated(offered.year):
        st.caption(f"{offered.year} 年的放假安排尚未公布，暂按周末和法定节日推算")
    day = st.date_input("截止日期", offered, key=key, format="YYYY-MM-DD")
    last = office.spans[-1][1]
    return datetime.combine(day if isinstance(day, date) else offered, time()) + timedelta(hours=last)


def open_form(
    ledger: Ledger,
    programme: Programme,
    who: Actor | None,
    *,
    key: str,
    given: Mapping[str, str] | None = None,
    where: CaseFilter | None = None,
    parent: str = "",
    title: str = "",
    parts: Programme | None = None,
    each: Mapping[str, CaseFilter] | None = None,
) -> str | None:
    """The form of a new matter; returns its number once it is opened.

    `given`: values to start with. `parts`: a kind of which one is opened for each unit that is chosen, in the same
    step (the departments a whistle calls). `each`: unit -> its cases; one matter is opened for each, all in one step,
    and the number of the first is returned.
    """
    if who is None:
        st.info(f"要发起{programme.title}，{NOBODY}")
        return None
    if who.role not in programme.opens:
        st.info(f"{programme.title}由{'、'.join(programme.opens)}发起，您的身份是{who.role}。")
        return None
    # A field that must be the actor's own unit is theirs already.
    given = {**({programme.own: who.unit} if programme.own else {}), **(given or {})}
    turn = f"{key}_{turns(key)}"
    with st.form(turn):
        named = st.text_input("事项", title, max_chars=60, key=f"{turn}_title")
        asked = [programme.field(name) for name in (*programme.requires, *programme.asks) if not each or name != "unit"]
        fields = {one.name: ask_field(one, given.get(one.name, ""), key=f"{turn}_{one.name}") for one in asked}
        units = _ask_units(parts, key=f"{turn}_parts") if parts else []
        due = ask_deadline(programme, key=f"{turn}_due")
        text = st.text_area("要求", height=80, key=f"{turn}_text")
        if not st.form_submit_button(f"发起{programme.title}", type="primary", key=f"{key}_send"):
            return None
    if parts and not units:
        st.error(f"还缺：{parts.field('unit').label}")
        return None
    wanted = [({**fields, "unit": unit}, cases) for unit, cases in each.items()] if each else [(fields, where)]
    said: dict[str, Any] = {"due_at": due, "text": text, "parent": parent}
    opened: list[str] = []
    try:
        with ledger.writing() as pen:
            opened += [pen.open(programme, who, named, fields=one, where=cases, **said) for one, cases in wanted]
            if parts:
                shared = {one.name: fields[one.name] for one in parts.fields if one.name in fields}
                called: dict[str, Any] = {"due_at": due, "parent": opened[0]}
                opened += [pen.open(parts, who, named, fields={**shared, "unit": unit}, **called) for unit in units]
    except Refused as refusal:
        st.error(str(refusal))
        return None
    st.session_state[TURNS][key] = turns(key) + 1
    remember([(one, 1) for one in opened], f"已发起{programme.title} {'、'.join(opened[: len(each or ()) or 1])}")
    return opened[0]


def _ask_units(parts: Programme, *, key: str) -> list[str]:
    label = parts.field("unit").label
    return st.multiselect(label, names_of("unit"), key=key, placeholder="请选择", select_all=False)


def next_step(ledger: Ledger, programme: Programme, now: Mapping[str, Any], who: Actor | None) -> None:
    """The steps the viewer may take now; what the rules refuse is said in the rules' words. `now`: the matter's row."""
    form = f"step_{now['matter_id']}"
    row = as_seen(form, dict(now))
    possible = steps(programme, row["stage"])
    if not possible:
        st.success(f"已{row['stage']}，没有可走的下一步。")
        return
    if who is None:
        st.info(f"要办理，{NOBODY}")
        return
    allowed = [one for one in possible if may_take(programme, one, row, who)]
    if not allowed:
        named = "；".join(f"{one.label}由{'、'.join(one.roles)}{_whose(one, row)}" for one in possible)
        st.info(f"您是{who.unit}{who.role}，这一阶段没有您的操作（{named}）。")
        return
    words = {one.label: one for one in allowed}
    key = f"{form}_{row['events']}"
    step = words[st.radio("下一步", list(words), horizontal=True, key=key, label_visibility="collapsed")]
    with st.form(f"{key}_{step.name}"):
        fields, text = _ask_step(programme, step, row, key=key)
        sent = st.form_submit_button(step.label, type="primary", key=f"{form}_send")
    if sent:
        take(ledger, programme, [row], step, who, text, fields)


def may_take(programme: Programme, step: Move, row: Mapping[str, Any], who: Actor) -> bool:
    """Whether the rules let the actor take the step on this matter."""
    rules = current_profile().programmes
    try:
        machine.allowed(rules, programme, row["stage"], step.name, who)
        machine.check_own(rules, step.own, {step.own: row[step.own]} if step.own else {}, who, step.label)
    except Refused:
        return False
    return True


def _whose(step: Move, row: Mapping[str, Any]) -> str:
    return f"（{row[step.own]}）" if step.own and row[step.own] else ""


def _ask_step(programme: Programme, step: Move, values: Mapping[str, str], *, key: str) -> tuple[dict[str, str], str]:
    fields = {
        name: ask_field(programme.field(name), values.get(name, ""), key=f"{key}_{step.name}_{name}")
        for name in (*step.requires, *step.asks)
    }
    text = st.text_area("说明" + ("（必填）" if step.needs_text else ""), height=80, key=f"{key}_{step.name}_text")
    return fields, text


def many_at_once(ledger: Ledger, programme: Programme, now: Sequence[Mapping[str, Any]], who: Actor | None) -> None:
    """One step for all chosen matters, all or none, with a way back. `now`: their rows."""
    form = bulk_form(programme)
    rows = as_seen(form, list(now))
    if who is None:
        st.info(f"要批量办理，{NOBODY}")
        return
    together = [one for one in programme.moves if one.bulk and all(may_take(programme, one, row, who) for row in rows)]
    if not together:
        st.info(f"选中的 {len(rows)} 件没有您可以一起走的一步；可只选同一阶段的。")
        return
    words = {one.label: one for one in together}
    step = words[st.radio(f"对选中的 {len(rows)} 件", list(words), horizontal=True, key=f"{form}_step")]
    key = f"{form}_{step.name}_{turns(form)}"
    with st.form(key):
        fields, text = _ask_step(programme, step, {}, key=key)
        sent = st.form_submit_button(f"{step.label} {len(rows)} 件", type="primary", key=f"{form}_send")
    if sent:
        take(ledger, programme, rows, step, who, text, fields)


def bulk_form(programme: Programme) -> str:
    """The key of the form for many matters at once."""
    return f"bulk_{programme.kind}"


def take(
    ledger: Ledger,
    programme: Programme,
    rows: Sequence[Mapping[str, Any]],
    step: Move,
    who: Actor,
    text: str,
    fields: Mapping[str, str],
) -> None:
    """The step on all rows or on none; what is unchanged and not asked for is not said again."""
    try:
        with ledger.writing() as pen:
            for row in rows:
                before = json.loads(row["fields"])
                changed = {name for name, value in fields.items() if value != before.get(name, "")}
                said = {name: value for name, value in fields.items() if name in changed | set(step.requires)}
                pen.move(row["matter_id"], step.name, who, seen=row["events"], text=text, fields=said)
    except Refused as refusal:
        st.error(str(refusal))
        return
    many = len(rows) > 1
    if many:
        st.session_state[TURNS][bulk_form(programme)] = turns(bulk_form(programme)) + 1
    what = f"{len(rows)} 件{programme.title}" if many else f"{rows[0]['matter_id']} "
    remember([(row["matter_id"], row["events"] + 1) for row in rows], f"{what}已{step.label}")
    st.rerun()


def remember(taken: list[tuple[str, int]], what: str) -> None:
    """Steps just taken, so that they may be taken back: matter numbers with the events they then had.

    The offer goes by the wall clock, which moves even where the demo's stands still.
    """
    until = beijing_now() + _grace()
    st.session_state[UNDOABLE] = {"taken": taken, "what": what, "until": until, "who": actor()}


def _grace() -> timedelta:
    return timedelta(minutes=current_profile().programmes.undo_minutes)


def offer_undo(ledger: Ledger, who: Actor | None) -> None:
    """What was just done, and a button that takes it back while that is allowed."""
    held = st.session_state.get(UNDOABLE)
    if not held or who is None or who != held["who"] or beijing_now() > held["until"]:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo_bar"):
        st.success(held["what"], width=520)
        if not st.button("撤销", key="undo"):
            return
    try:
        with ledger.writing() as pen:
            for number, seen in reversed(held["taken"]):
                pen.undo(number, who, seen=seen)
    except Refused as refusal:
        st.error(str(refusal))
        return
    del st.session_state[UNDOABLE]
    st.toast("已撤销，记录里留有痕迹")
    st.rerun()
