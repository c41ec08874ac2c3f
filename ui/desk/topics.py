"""每月一题 on a page: the year in a sentence, a topic's plan and lists (一方案三清单), matters for topics without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from data_access.district.models import Topic
from data_access.district.people import Refused
from data_access.district.programmes import Programme
from questions.topics import cases_of_topic
from ui.desk import matters, steps
from ui.desk.desk import Desk
from ui.drawing.tables import downloads, pick_cell
from ui.style.lights import marked
from ui.style.markup import markdown, plain


def show_plan(desk: Desk, row: pd.Series) -> None:
    """The plan, and each list with its owners, deadlines and lights. `row`: the topic's matter."""
    st.markdown(markdown("**方案**　{}", row["plan"] or "还没有印发"))
    for part in desk.profile.parts_of(desk.programme.kind):
        _show_lists(desk, part, row)
    go = (desk.programme, row["matter_id"])
    st.button("打开这一题，写进展、加清单", on_click=matters.go_to, args=go, key="open_topic")


def _show_lists(desk: Desk, part: Programme, row: pd.Series) -> None:
    items = desk.ledger.matters(part.kind, viewer=desk.who, parent=row["matter_id"])
    places = {name: place for place, name in enumerate(part.field("list").options)}
    items = items[~items["stage"].isin(part.came_to_nothing)].assign(place=items["list"].map(places))
    items = items.sort_values(["place", "due_at"], ignore_index=True)
    if items.empty:
        st.caption(markdown("还没有{}。", part.title))
        return
    done = items["stage"] == part.ends[0]
    counts = [(name, items["list"] == name) for name in places]
    st.markdown("　".join(
        markdown("{} **{}/{}** 完成", name, (done & listed).sum(), listed.sum()) for name, listed in counts
    ))  # fmt: skip
    said = {**matters.COLUMNS, **{field.name: field.label for field in part.fields}}
    shown = items.assign(light=items["light"].map(marked))[["list", "title", "unit", "light", "stage", "due_at"]]
    _, cell = pick_cell(shown, key=f"lists_{row['matter_id']}", labels=said, phone=["list", "title", "stage"])
    st.caption("点任一格打开这一项；取消的不计")
    downloads(shown, f"{row['title']}清单", key="lists_file", labels=said)
    if cell is not None:
        matters.go_to(desk.programme, str(items["matter_id"].iloc[cell]))
        st.rerun()


def offer_missing(desk: Desk, missing: Sequence[Topic]) -> None:
    """One click opens a matter for each of these topics, all or none."""
    if not missing:
        return
    names = "、".join(topic.topic for topic in missing)
    st.markdown(markdown("{}年有 {} 题还没有立项：{}", missing[0].year, len(missing), names))
    if desk.who is None:
        st.info("要立项，" + steps.NOBODY)
        return
    due = steps.ask_deadline(desk, key="missing_due")
    if st.button(f"为这 {len(missing)} 题立项", key="open_missing"):
        _open(desk, missing, due)


def _open(desk: Desk, missing: Sequence[Topic], due: datetime) -> None:
    opened = []
    try:
        with desk.ledger.writing() as pen:
            for topic in missing:
                said = {"year": str(topic.year), "topic": topic.topic, "unit": topic.lead_unit, "target": topic.target}
                where = cases_of_topic(topic)
                opened.append(pen.open(desk.programme, desk.who, topic.topic, fields=said, where=where, due_at=due))  # type: ignore[arg-type]
    except Refused as refusal:
        st.error(plain(str(refusal)))
        return
    steps.remember(desk, [(number, 1) for number in opened], f"已为 {len(opened)} 题立项")
    st.rerun()
