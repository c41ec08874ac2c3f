"""Matters on a page: the list with its lights, and one matter with its parts, cases, effect and time line.

A programme's page begins with `open_desk`, which shows the one matter an address asks for and stops, or hands over
what there is: `desk.matters`, drawn by `board`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, LiteralString

import pandas as pd
import streamlit as st
from markupsafe import Markup

from data_access.cases.privacy import pseudonym
from data_access.cases.reader import Reader
from data_access.district.people import Refused
from data_access.district.programmes import Programme
from data_access.ledger.machine import LIGHTS, light
from data_access.ledger.opening import ledger_or_none_yet
from data_access.ledger.pen import cases_of
from data_access.ledger.schema import OPEN, UNDO
from ui.choosing.drill import cases_here
from ui.choosing.filterbar import one_of
from ui.desk import steps
from ui.desk.aside import aside, follow, is_last
from ui.desk.desk import Desk
from ui.desk.effects import show_effect
from ui.drawing.effect_words import subject_of
from ui.drawing.tables import downloads, pick_cell
from ui.frame.identity import actor, is_closed
from ui.frame.page import answer
from ui.style.lights import marked
from ui.style.markup import bold, html, joined, markdown, plain
from ui.style.numbers import UNKNOWN, moment
from ui.style.theme import light_colour
from ui.watch.doors import watched

GOING, OVER, ALL = "going", "over", "all"
SHOWN = {GOING: "在办", OVER: "已结束", ALL: "全部"}
WHOSE = {ALL: "所有单位", "unit": "我单位的", "mine": "我经手的"}
COLUMNS = {"light": "灯", "matter_id": "编号", "title": "事项", "stage": "阶段", "due_at": "截止", "opened_at": "发起",
           "reminder": "提醒", "score": "评分"}  # fmt: skip
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")  # how a moment is kept
ASKED, HOPS = "matter", "hops_between_matters"  # keys of the address or the session; of the session
# Restricted matters (who is cared for) are shown on screen, to people the profile names: printed, the page is blank.
NOT_ON_PAPER = '<style>@media print {[data-testid="stMain"] {display: none}}</style>'


Beside = Callable[[Desk, pd.Series], None]


def open_desk(reader: Reader, kind: str, *, beside: Beside | None = None) -> Desk:
    """The desk of a programme. Stops the page where the profile has no such programme, where the viewer may not see it,
    and after the one matter that is asked for.

    `beside`: draws what stands beside a restricted matter (a row of `matters`) in place of its cases and their effect.
    """
    who, profile = actor(reader.profile), reader.profile
    if not profile.has_programme(kind):
        st.info("本区配置里没有这类事项（programmes.toml），没有可办理的。")
        st.stop()
    if is_closed(reader):
        st.stop()  # the top of the page says why, and what to do
    programme = profile.programme(kind)
    try:
        ledger = watched(ledger_or_none_yet(reader))
        known = ledger.matters(kind, viewer=who)
    except Refused as refusal:
        st.info(markdown("{}。", str(refusal)))
        st.stop()
    if programme.restricted:
        st.html(NOT_ON_PAPER)
    if ledger.absent:
        st.info(markdown("{}。", ledger.absent))
    if ledger.seen.whose == "own" and not programme.restricted:
        whose = "本区和区内街道" if ledger.seen.unit in profile.several else "您单位"
        st.caption(plain(f"只有写明{whose}的、您走过一步的事项，连同它们的上下级；本页事项的件数也只数这些。"))
    desk = Desk(reader, ledger, programme, who, known)
    steps.offer_undo(desk)
    if number := _asked(programme):
        _show(desk, number, beside)
        st.stop()
    return desk


def _asked(programme: Programme) -> str:
    """The matter asked for; restricted ones never stand in an address."""
    held = st.session_state if programme.restricted else st.query_params
    return str(held.get(ASKED, ""))


def hops() -> int:
    """How often this session went to another matter. Part of the tables' keys: a clicked cell would otherwise stay
    selected, and lead to its matter again on every run."""
    return int(st.session_state.get(HOPS, 0))


def _hop() -> None:
    st.session_state[HOPS] = hops() + 1


def go_to(programme: Programme, number: str) -> None:
    """Show that matter ('' the list)."""
    _hop()
    held = st.session_state if programme.restricted else st.query_params
    if number:
        held[ASKED] = number
    else:
        held.pop(ASKED, None)


def lights(matters: pd.DataFrame) -> Markup:
    """How many matters show 红, 橙 and 黄, in words, for a page's first line."""
    counts = matters["light"].value_counts()
    said = (html("{}{}灯 <b>{:,}</b>", lamp(light), light, counts.get(light, 0)) for light in "红橙黄")
    return joined("、", said)


def lamp(light: str) -> Markup:
    """A light's dot in its colour, for a page's first line."""
    return html('<span style="color:{}">●</span>', light_colour(light)) if light else Markup()


def orders_of_cases(going: pd.DataFrame) -> dict[str, str]:
    """Case, as `references` names it -> the number of the matter about it; of matters that name single cases."""
    about = ((row["matter_id"], cases_of(row)) for row in going.to_dict("records"))
    return {name: str(number) for number, where in about if where for name in where.case_id}


def case_light(reader: Reader, case: Mapping[Any, Any]) -> str:
    """The light of an open case's own deadline, by the thresholds of 督办; '' once it is closed or has none."""
    programme, due = reader.profile.programme("supervision"), case["due_at"]
    if case["is_closed"] or pd.isna(due):
        return ""
    return light(programme, programme.stages[0], due, reader.as_of, reader.profile.programmes.office)


def board(
    desk: Desk,
    columns: Sequence[str] = (),
    *,
    empty: LiteralString = "",
    labels: Mapping[str, str] | None = None,
    first: Callable[[pd.DataFrame], pd.Series] | None = None,
    order_said: LiteralString = "",
) -> None:
    """The matters, the most pressing first, with filters, one step for several, and the way to each.

    `columns`: which fields to show (the programme's lead unless given). A cell leads to its matter. `first`: of the
    matters, the smaller the sooner, before light and deadline; `order_said`: what order that is.
    """
    programme = desk.programme
    if desk.matters.empty:
        st.info(empty or markdown("还没有{}。", programme.title))
        return
    kept = _filtered(desk)
    if kept.empty:
        st.info("没有符合条件的，可换上面的条件。")
        return
    order, own = kept["light"].map(LIGHTS.index), first(kept) if first else 0
    ranked = kept.assign(order=order, own_order=own)
    ranked = ranked.sort_values(["own_order", "order", "due_at"], kind="stable", ignore_index=True)
    said = {**COLUMNS, **{field.name: field.label for field in programme.fields}, **(labels or {})}
    # What presses and who must act comes first: a wide table's last columns lie beyond the edge of a common screen.
    shown = ["light", "due_at", "title", *(columns or (programme.lead,))[:1], "stage", "matter_id", *columns[1:]]
    shown += ["reminder"] if ranked["reminder"].any() else []
    frame = ranked[[*dict.fromkeys(column for column in shown if column), "opened_at"]]
    frame = frame.assign(light=frame["light"].map(marked))
    # In a stage in which the deadline does not run (no light), its date would look like a delay.
    frame["due_at"] = frame["due_at"].where((ranked["light"] != "") | ranked["over"])
    key = f"board_{programme.kind}_{hops()}"
    several = any(move.bulk for move in programme.moves)
    rows, cell = pick_cell(frame, key=key, labels=said, several=several, phone=["light", "title", "stage"],
                           records=list(ranked["matter_id"]), on_pick=follow(key),
                           menu=f"{programme.kind}_columns")  # fmt: skip
    st.caption(
        "点任一格打开这件" + ("；勾选行首，可几件一起办" if several else "") + (f"。{order_said}" if order_said else "")
    )
    if not programme.restricted:
        downloads(frame, programme.title, key=f"{key}_file", labels=said)
    if cell is not None:
        go_to(programme, str(ranked["matter_id"].iloc[cell]))
        st.rerun()
    if (rows or steps.is_sent(steps.bulk_form(programme))) and is_last(key):
        with aside("aside", on_close=_hop):  # another table, with nothing ticked
            steps.many_at_once(desk, [dict(ranked.iloc[row]) for row in rows])


def _filtered(desk: Desk) -> pd.DataFrame:
    programme, matters = desk.programme, _pseudonymous(desk.programme, desk.matters)
    key = programme.kind
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_filters"):
        offered = SHOWN if len(desk.going) else {which: SHOWN[which] for which in (OVER, ALL)}
        which = one_of(offered, key=f"{key}_which" + ("" if len(desk.going) else "_over"), label="状态")
        is_district = desk.who is not None and desk.who.unit in desk.profile.several
        ways = WHOSE | ({"unit": "我区的"} if is_district else {})
        whose = one_of(ways, key=f"{key}_whose", label="范围") if desk.who else ALL
        colours = st.multiselect("灯", [light for light in LIGHTS if light], key=f"{key}_lights", placeholder="全部",
                                 bind="query-params", select_all=False, width=190)  # fmt: skip
        words = st.text_input("查找", key=f"{key}_words", placeholder="编号、事项、单位 …", width=220)
    matters = matters if which == ALL else matters[matters["over"] == (which == OVER)]
    if colours:
        matters = matters[matters["light"].isin(colours)]
    if desk.who and whose == "mine":
        matters = matters[matters["matter_id"].isin(desk.ledger.touched_by(desk.who.name))]
    if desk.who and whose == "unit":
        theirs = [field.name for field in programme.fields if field.kind in ("unit", "street")]
        matters = matters[matters[theirs].isin(desk.reader.profile.units_of(desk.who.unit)).any(axis=1)]
    said = matters[["matter_id", "title", *(field.name for field in programme.fields)]]
    for word in (words or "").split():
        matters = matters[said.loc[matters.index].agg(" ".join, axis=1).str.contains(word, regex=False)]
    return matters


def _pseudonymous(programme: Programme, matters: pd.DataFrame) -> pd.DataFrame:
    """The matters as they may be seen: callers' keys stay on the server."""
    secret = [field.name for field in programme.fields if field.kind == "secret"]
    return matters.assign(**{name: matters[name].map(pseudonym) for name in secret})


def _show(desk: Desk, number: str, beside: Beside | None) -> None:
    """One matter of the page's kind, or a part of one."""
    ledger, page, who = desk.ledger, desk.programme, desk.who
    programmes = [page, *desk.profile.parts_of(page.kind)]
    programme = next((programme for programme in programmes if programme.kind == ledger.kind_of(number)), None)
    matters = ledger.matters(programme.kind, viewer=who, number=number) if programme else None
    if programme is None or matters is None or matters.empty:
        st.button("← 返回", on_click=go_to, args=(page, ""), key="back")
        st.warning(markdown("没有编号为 {} 的{}。", number, page.title))
        return
    row = matters.iloc[0]
    st.button("← 返回", on_click=go_to, args=(page, row["parent"]), key="back")
    _head(programme, _pseudonymous(programme, matters).iloc[0])
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("下一步")
        steps.next_step(replace(desk, programme=programme), dict(row))
        for part in desk.profile.parts_of(programme.kind):
            _parts(desk, part, row)
        st.subheader("全留痕")
        time_line(replace(desk, programme=programme), number)
    with right:
        if beside:
            beside(desk, row)
        where = None if programme.restricted else cases_of(dict(row))
        if where:
            st.subheader("涉及的案件")
            cases_here(desk.reader, where, "涉及的案件")
            ended = row["changed_at"] if row["over"] else None
            st.subheader(plain(subject_of(going=not row["over"])))
            show_effect(desk.reader, programme, where, row["opened_at"], ended)


def _head(programme: Programme, row: pd.Series) -> None:
    st.subheader(markdown("{}　{}", row["matter_id"], row["title"]))
    due = f"，截止 {moment(row['due_at'])}" if row["due_at"] == row["due_at"] else ""
    said = [bold(row["stage"]) + due, lamp(row["light"]) + marked(row["light"]).removeprefix("●")]
    if programme.lead:
        said.append(html("{} <b>{}</b>", programme.field(programme.lead).label, row[programme.lead] or UNKNOWN))
    answer(joined("　", [*said, row["reminder"]]))
    facts = [
        (field.label, _in_words(row[field.name]))
        for field in programme.fields
        if row[field.name] and field.name != programme.lead
    ]
    if row["score"] == row["score"]:
        facts.append((COLUMNS["score"], f"{row['score']:.1f} 分"))
    if facts:
        drawn = (html('<span class="fact"><i>{}</i>{}</span>', name, value) for name, value in facts)
        st.html(joined("", drawn))


def _in_words(value: str) -> str:
    """A field's value; a moment as people write it, not as it is kept."""
    return moment(datetime.fromisoformat(value)) if STAMP.match(value) else value


def _parts(desk: Desk, part: Programme, row: pd.Series) -> None:
    """The matter's parts of one kind in a table whose cells lead to them, and the form of another part."""
    parts = desk.ledger.matters(part.kind, viewer=desk.who, parent=row["matter_id"]).sort_values(
        "matter_id", ignore_index=True
    )
    st.subheader(plain(part.title))
    said = {**COLUMNS, **{field.name: field.label for field in part.fields}}
    if len(parts):
        facts = [field.name for field in part.fields if field.kind in ("unit", "moment") or field.options]
        shown = parts[["light", "title", *facts, *(["score"] if part.sheet else []), "stage", "due_at"]]
        stamps = {field.name: pd.to_datetime(shown[field.name]) for field in part.fields if field.kind == "moment"}
        shown = shown.assign(light=shown["light"].map(marked), **stamps)
        _, cell = pick_cell(shown, key=f"parts_{part.kind}_{hops()}", labels=said, phone=["title", *facts[:1], "stage"],
                            records=list(parts["matter_id"]))  # fmt: skip
        if cell is not None:
            go_to(desk.programme, str(parts["matter_id"].iloc[cell]))
            st.rerun()
    else:
        st.caption(markdown("还没有{}。", part.title))
    if desk.who and desk.who.role in part.opens and not desk.profile.programme(row["kind"]).is_over(row["stage"]):
        with st.expander(markdown("添加{}", part.title)):
            shared = {
                field.name: row[field.name] for field in part.fields if field.name in row and field.name != "unit"
            }
            new = replace(desk, programme=part)
            if steps.open_form(new, key=f"new_{part.kind}", given=shared, parent=row["matter_id"]):
                st.rerun()


def time_line(desk: Desk, matter_id: str) -> None:
    """Every step there ever was: who, when, what, in what words."""
    labels = {move.name: move.label for move in desk.programme.moves} | {OPEN: "发起", UNDO: steps.UNDO_LABEL}
    lines: list[Markup] = []
    for row in desk.ledger.events(matter_id, viewer=desk.who).to_dict("records"):
        words = f"：{row['text']}" if row["text"] else ""
        done = labels.get(row["move"], row["move"]) + words
        told = (len(lines) + 1, moment(row["at"]), row["who"], row["role"], done, row["stage"])
        lines.append(html("<div>{}. <b>{}</b>　{}（{}）{}　→ {}</div>", *told))
    st.html(html('<div class="lifeline">{}</div>', joined("", lines)))
