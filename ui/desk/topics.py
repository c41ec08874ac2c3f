"""每月一题 on a page: the year in a sentence, a topic's plan and lists (一方案三清单), matters for topics without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st
from markupsafe import Markup

from analysis.effects import FELL, ROSE
from data_access.cases.measures import MEASURES
from data_access.district.models import Topic
from data_access.district.people import Refused
from data_access.district.programmes import VOID, Programme
from questions.topics import ALL, cases_of_topic
from ui.desk import matters, steps
from ui.desk.desk import Desk
from ui.drawing.tables import downloads, pick_cell
from ui.style.lights import marked
from ui.style.markup import html, markdown, plain
from ui.style.numbers import show_change

NO_BASE = "数据没有覆盖上年同期，无法比较。"


def percent(value: float) -> str:
    """A published change, in percent as it was published."""
    return f"{value:+g}%".replace("-", "−")


def compared(row: pd.Series) -> str:
    """A row of `topic_changes` in words."""
    change = show_change(row["change"], MEASURES["volume"])
    return f"{change}，{row['volume_base']:,.0f} → {row['volume']:,.0f} 件"


def headline(figures: pd.DataFrame, span: str, least: int) -> Markup:
    """A page's first line. `figures`: as `topic_changes` gives them; topics with fewer cases than `least` a year before
    are not named: their change may be chance."""
    whole, each = figures.iloc[-1], figures[figures["topic"] != ALL]
    said = html("{}，{} 题共受理 <b>{:,.0f}</b> 件", span, len(each), whole["volume"])
    if pd.isna(whole["volume_base"]):
        return said + f"；{NO_BASE}"
    change = show_change(whole["change"], MEASURES["volume"])
    said += html("，上年同期 <b>{:,.0f}</b> 件（<b>{}</b>）", whole["volume_base"], change)
    ranked = each[(each["volume_base"] >= least) & (each["doubt"] == "")].sort_values("change")
    fell, grew = (ranked[ranked["verdict"] == verdict] for verdict in (FELL, ROSE))
    if len(fell):
        said += html("。下降的有 <b>{}</b> 题，最多的是<b>{}</b>（{}）", len(fell), fell["topic"].iloc[0],
                     compared(fell.iloc[0]))  # fmt: skip
    if len(grew):
        top = grew.iloc[-1]
        said += html("；上升的有 <b>{}</b> 题，最多的是<b>{}</b>（{}）", len(grew), top["topic"], compared(top))
    rest = len(each) - len(fell) - len(grew)
    return said + (html("；其余 {} 题不能确定，或件数太少不点名。", rest) if rest else "。")


def matters_of_year(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """The matters of a year's topics. Grain: one row per topic (the index), the newest where there are several.

    `rows`: as Ledger.matters gives them.
    """
    of_year = rows[(rows["year"] == str(year)) & (rows["stage"] != VOID)]
    return of_year.drop_duplicates("topic").set_index("topic")


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
    items = items[~items["stage"].isin([VOID, *part.ends[1:]])].assign(place=items["list"].map(places))
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
    if st.button(f"为这 {len(missing)} 题立项", type="primary", key="open_missing"):
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
