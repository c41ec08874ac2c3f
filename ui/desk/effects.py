"""The measured effect (成效) of a matter, or of several: fell, rose, or 不能确定, beside the same demands elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from analysis.effects import FELL, ROSE, UNCERTAIN
from analysis.league import wilson
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Course
from data_access.district.programmes import Programme
from questions.effect import course_of, effect, measured, watched
from ui.choosing.drill import cases_link
from ui.drawing.effect_words import (
    COMPARED,
    DONE,
    FORMATS,
    GOING,
    change_words,
    compared,
    interval_words,
    sentence,
    value_words,
)
from ui.drawing.tables import downloads, table
from ui.frame.page import answer
from ui.style.links import written
from ui.style.markup import html, joined, markdown, plain
from ui.style.numbers import UNKNOWN, stretch

HEADS = ("指标", "办前", "办后", "对照的变化", "净变化（95% 区间）", "判断")
CHANCE = "什么也没做时，每个判断约有 5% 的机会也说成下降或上升（见“指标口径”）"
ORDER = {FELL: 0, UNCERTAIN: 1, ROSE: 2}


def show_effect(
    reader: Reader, programme: Programme, where: CaseFilter, opened: datetime, ended: datetime | None
) -> None:
    """Draw a matter's effect. `where`: its cases. `ended`: None while the matter is going on."""
    seen = watched(reader, where, programme.effect_by)
    days = course_of(reader, programme, opened, ended)
    if days is None:
        st.info("办后还没有完整的一天，成效要等数据。")
        return
    figures = effect(reader, seen, days, programme.effect_settled)
    answer(sentence(figures.iloc[0].to_dict(), going=ended is None))
    st.html(_table(figures))
    st.caption(plain(_about(programme, where, seen, days, figures["control"].iloc[0])))
    cases_link(reader, seen.replace(period=days.history), "办前")
    cases_link(reader, seen.replace(period=days.after), "办后")


def show_effects(reader: Reader, programme: Programme, rows: pd.DataFrame) -> None:
    """The effects of several matters beside each other, those that fell first."""
    with st.spinner("正在按案件衡量成效 …"):
        effects = measured(reader, programme, rows)
    changes = compared(effects).merge(rows[["matter_id", "title", "stage"]], on="matter_id")
    over = changes["stage"].map(programme.is_over).astype(bool)
    changes["what"] = over.map({True: DONE, False: GOING})
    for what in (DONE, GOING):
        known = changes[(changes["reason"] == "") & (changes["what"] == what)]
        if known.empty:
            continue
        counts = [len(known), what, *((known["verdict"] == verdict).sum() for verdict in ORDER)]
        st.markdown(markdown("可比的 {} 项的{}：下降 **{}** 项、不能确定 **{}** 项、上升 **{}** 项。", *counts))
    order = changes["verdict"].map(ORDER).astype(float).fillna(len(ORDER))
    listed = changes.assign(order=order).sort_values(["order", "value"], ignore_index=True)[[*COMPARED]]
    key = f"effects_{programme.kind}"
    table(listed, key=key, labels=COMPARED, formats=FORMATS, phone=["title", "verdict", "value"], menu=key)
    downloads(listed, f"{programme.title}成效", key=f"{key}_file", labels=COMPARED)
    st.caption(
        f"办前＝发起前 {programme.effect_gap:d} 天为止的全部历史（正是近期多才会立项，那一段不算）；"
        f"办后＝办结后（在办的为发起后）至多 {programme.effect_days:d} 天；净变化＝比对照多变的部分。"
        f"还没办结的只是{GOING}，不是成效。{CHANCE}。同时发生的其他原因分不开。"
    )


def _about(programme: Programme, where: CaseFilter, seen: CaseFilter, days: Course, control: str) -> str:
    before, after = (stretch(span.start, span.end) for span in (days.history, days.after))
    said = f"办前 {before}，办后 {after}。办前不含发起前的 {programme.effect_gap} 天："
    said += "正是那时多才会立项，什么也不做也会回落。"
    if where.case_id and programme.effect_by:
        kinds = "、".join(
            f"{DIMENSIONS[name].label} {'、'.join(written(name, value) for value in getattr(seen, name)[:3])}"
            for name in programme.effect_by
        )
        said += f"单件不会重来，看的是同样的诉求：{kinds}。"
    said += f"对照＝{control}；净变化＝比对照多变的部分。"
    return said + f"{CHANCE}；同时发生的其他原因分不开。"


def _counted(row: Mapping[Any, Any], when: str) -> str:
    """What stands behind a figure: the cases, or numerator and denominator with the rate's interval."""
    if row["measure"] == "volume":
        return f"{row[f'{when}__num']:,.0f} 件"
    numerator, trials = row[f"{when}__num"], row[f"{when}__den"]
    if not trials:
        return MEASURES[row["measure"]].unknown
    low, high = (bound.iloc[0] for bound in wilson(pd.Series([numerator]), pd.Series([trials])))
    return f"{numerator:,.1f}/{trials:,.0f}，{low:.0%}–{high:.0%}"


def _table(figures: pd.DataFrame) -> Markup:
    lines = []
    for row in figures.to_dict("records"):
        name = str(row["measure"])
        measure = MEASURES[name]
        net = row["reason"] or html("{}<small>{}</small>", change_words(name, row["value"]), interval_words(row))
        cells = [
            "日均受理" if name == "volume" else measure.label,
            *(
                html("{}<small>{}</small>", value_words(name, row[when]), _counted(row, when))
                for when in ("before", "after")
            ),
            change_words(name, row["control_change"]),
            net,
            UNKNOWN if row["reason"] else row["verdict"],
        ]
        lines.append(html("<tr>{}</tr>", joined("", (html("<td>{}</td>", cell) for cell in cells))))
    heads = joined("", (html("<th>{}</th>", head) for head in HEADS))
    return html('<div class="wide"><table class="figures"><tr>{}</tr>{}</table></div>', heads, joined("", lines))
