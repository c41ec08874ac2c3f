"""Patrol points on a page: those the grid has not looked at, and sending a patrol to them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from data_access.cases.fusion import orders_at
from data_access.cases.measures import MEASURES
from data_access.district.people import Refused
from data_access.intake import quality
from data_access.ledger import machine
from data_access.ledger.pen import cases_of
from ui.desk import steps
from ui.desk.desk import Desk
from ui.drawing.tables import downloads, table
from ui.style.markup import markdown, plain
from ui.style.numbers import UNKNOWN, show

MOST = 200
LABELS = {"street": "街道", "community": "社区", "address": "点位", "family": "类别", "orders": "诉求",
          "solved": "未解决", "newest": "最近受理", "last_seen": "网格上次到"}  # fmt: skip
FORM = "patrol_points"


def offer(desk: Desk, points: pd.DataFrame) -> None:
    """The patrol list, the most pressing first; what was chosen is sent out in one step, with a way back.

    `points`: as fusion.unseen_points gives them. Points that a patrol is on its way to are left out.
    """
    going = {(*where.h3_cell, row["family"]) for row in desk.going.to_dict("records") if (where := cases_of(row))}
    fresh = [key not in going for key in zip(points["h3_cell"], points["family"], strict=True)]
    left = points[pd.Series(fresh, index=points.index, dtype=bool)].head(MOST).reset_index(drop=True)
    needed = [name for name in ("坐标", "二级分类") if name in quality.absent(desk.reader)]
    if needed:
        st.info(plain(f"来源没有{'、'.join(needed)}，分不出哪些点位网格没看到。"))
        return
    if left.empty:
        st.success("所选范围内没有需要派人去看的点位。")
        return
    rate = MEASURES["resolution_rate"]
    solved = zip(left["unresolved_rate"], left["unresolved_rate__num"], left["unresolved_rate__den"], strict=True)
    said = [
        f"{show(value, rate)}（{num:,.0f}/{den:,.0f}）" if value == value else UNKNOWN for value, num, den in solved
    ]
    shown = left.assign(solved=said)[list(LABELS)]
    chosen = table(shown, key=f"unseen_{steps.turns(FORM)}", labels=LABELS, several=True,
                   phone=["address", "family", "orders"],
                   records=list(left["h3_cell"] + left["family"]))  # fmt: skip
    waiting = len(points) - len(left)
    st.caption(
        f"共 {len(points):,} 处，列出 {len(left):,} 处"
        + ("（其余已派人或排在后面）" if waiting else "")
        + "；勾选后派监督员核实。"
    )
    downloads(shown, "网格没看到的点位", key="unseen_file", labels=LABELS)
    if chosen or steps.is_sent(FORM):
        _send_out(desk, steps.as_seen(FORM, left.iloc[chosen].to_dict("records")))


def _place_of(row: Mapping[str, object]) -> str:
    return str(row["address"]) or "地址未填写"


def _name_of(row: Mapping[str, object]) -> str:
    """A point as the form names it and the matter is called."""
    return f"{_place_of(row)}　{row['family']}"


def _send_out(desk: Desk, rows: list[dict[str, object]]) -> None:
    if desk.who is None:
        st.info("要派巡查，" + steps.NOBODY)
        return
    st.markdown(markdown("派监督员核实：{}", "；".join(map(_name_of, rows))))
    if not st.button(f"派往这 {len(rows)} 处", key=f"{FORM}_send"):
        return
    programme, now = desk.programme, desk.ledger.now()
    due = machine.deadline(programme, now, programme.due_hours, desk.profile.programmes.office)
    try:
        with desk.ledger.writing() as pen:
            opened = []
            for row in rows:
                fields = {name: str(row[name]) for name in ("street", "community", "family")}
                place = _place_of(row)
                about = orders_at(desk.profile, str(row["h3_cell"]), str(row["family"]))
                fields |= {"place": place}
                opened.append(pen.open(programme, desk.who, _name_of(row), fields=fields, where=about, due_at=due))
    except Refused as refusal:
        st.error(plain(str(refusal)))
        return
    st.session_state[steps.TURNS][FORM] = steps.turns(FORM) + 1
    steps.remember(desk, [(number, 1) for number in opened], f"已派监督员核实 {len(opened)} 处")
    st.rerun()
