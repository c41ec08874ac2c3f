"""Matters on a page: the board by light, one matter with its time line, and the steps its viewer may take."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from data_access.ledger import Actor, Ledger, Refused, steps
from data_access.profile import current_profile
from data_access.query import options
from data_access.rules import FieldRule, Move, Programme
from ui.numbers import moment
from ui.tables import downloads, table

LIGHTS = {"红": "🔴 已过期", "橙": "🟠 将到期", "黄": "🟡 不足一日", "绿": "🟢", "": ""}
ORDER = list(LIGHTS)
COLUMNS = {"light": "灯", "matter_id": "编号", "title": "事项", "stage": "阶段", "due_at": "截止", "opened_at": "发起"}


def board(ledger: Ledger, programme: Programme, found: pd.DataFrame) -> str | None:
    """The matters by light, the most pressing first; returns the number of the one that was picked."""
    order = found["light"].map(ORDER.index)
    ranked = found.assign(order=order).sort_values(["order", "due_at"], kind="stable", ignore_index=True)
    fields = {one.name: one.label for one in programme.fields}
    shown = ranked[["light", "matter_id", "title", *fields, "stage", "due_at", "opened_at"]]
    shown = shown.assign(light=shown["light"].map(LIGHTS))
    labels = {**COLUMNS, **fields}
    chosen = table(shown, key=f"board_{programme.kind}", labels=labels, selectable=True,
                   phone=["light", "title", "stage", "due_at"])  # fmt: skip
    downloads(shown, programme.title, key=f"board_{programme.kind}_file", labels=labels)
    return str(ranked["matter_id"].iloc[chosen[0]]) if chosen else None


def time_line(ledger: Ledger, programme: Programme, matter_id: str) -> None:
    """Every step there ever was: who, when, what, in what words."""
    labels = {one.name: one.label for one in programme.moves} | {"open": "发起"}
    lines = []
    for row in ledger.events(matter_id).to_dict("records"):
        words = f"：{escape(row['text'])}" if row["text"] else ""
        lines.append(
            f"<div><b>{escape(moment(row['at']))}</b>　{escape(row['who'])}（{escape(row['role'])}）"
            f"{escape(labels.get(row['move'], row['move']))}{words}　→ {escape(row['stage'])}</div>"
        )
    st.html(f'<div class="lifeline">{"".join(lines)}</div>')


def ask_field(rule: FieldRule, value: str, *, key: str) -> str:
    """A widget for one field of a matter."""
    choices = list(rule.options) or (options(rule.kind) if rule.kind in ("unit", "street") else [])
    if not choices:
        return st.text_area(rule.label, value, key=key, height=80)
    at = choices.index(value) if value in choices else None
    return st.selectbox(rule.label, choices, index=at, key=key, placeholder="请选择") or ""


def take_a_step(ledger: Ledger, programme: Programme, row: pd.Series, who: Actor | None) -> None:
    """The steps the viewer may take now; what the rules refuse is said in the rules' words."""
    possible = steps(programme, row["stage"])
    if not possible:
        st.success(f"已{row['stage']}，没有可走的下一步。")
        return
    if who is None:
        st.info("要办理，请先在左侧“办理身份”填写姓名和角色。")
        return
    allowed = [one for one in possible if who.role in one.roles]
    if not allowed:
        named = "；".join(f"{one.label}由{'、'.join(one.roles)}" for one in possible)
        st.info(f"您的身份是{who.role}，这一阶段没有您的操作（{named}）。")
        return
    words = {one.label: one for one in allowed}
    step = words[st.radio("下一步", list(words), horizontal=True, key=f"step_{row['matter_id']}_{row['events']}")]
    with st.form(f"step_form_{row['matter_id']}_{row['events']}_{step.name}"):
        rules = {one.name: one for one in programme.fields}
        fields = {name: ask_field(rules[name], row[name], key=f"{row['matter_id']}_{row['events']}_{name}")
                  for name in step.requires}  # fmt: skip
        text = st.text_area("说明" + ("（必填）" if step.needs_text else ""), height=80)
        if st.form_submit_button(step.label, type="primary"):
            _submit(ledger, row, step, who, text, fields)


def _submit(ledger: Ledger, row: pd.Series, step: Move, who: Actor, text: str, fields: dict[str, str]) -> None:
    profile, seen = current_profile(), int(row["events"])
    try:
        ledger.move(profile, row["matter_id"], step.name, who, seen=seen, text=text, fields=fields)
    except Refused as refusal:
        st.error(str(refusal))
    else:
        st.rerun()
