"""Each street's cases today beside what such days bring by this hour: where it is unlike other days."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import DAY, Period, day_of
from questions.streets_now import FEWER, MORE, TOGETHER, USUAL, streets_now
from ui.desk import drawer
from ui.drawing import maps
from ui.drawing.map_pictures import show_streets
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, computing
from ui.style.markup import html, markdown, plain
from ui.style.theme import palette

LABELS = {
    "street": "街道",
    "observed": "今日（件）",
    "expected": "平常（件）",
    "between": "平常的范围",
    "verdict": "判断",
}


def usual_map(reader: Reader, where: CaseFilter) -> None:
    """The map and the list. `where`: which cases; its period does not count, for it is about today."""
    where = where.replace(period=None)
    with computing():
        found = streets_now(reader, where)
    told = found[found["verdict"] != ""].sort_values("observed", ascending=False).reset_index()
    if told.empty:
        answer("今日与平常无从比较：同类的日子还不足五个，或来源没有街道。")
        return
    by_now = f"到 {reader.as_of:%H:%M}" if reader.as_of != day_of(reader.as_of) else ""  # a source of days has no hours
    answer(html("今日{}，{}。", by_now, said(told)))
    st.caption(plain(
        "平常：同类的日子（工作日、休息日、供暖季分开）到这个钟点的件数；不随时段筛选。"
        f"{len(told)} 个街道一并看，都照旧的日子里有任何一个越出范围的不到 {TOGETHER:.0%}。"
    ))  # fmt: skip
    less, *_, more = scale = palette().diverging
    colours = {FEWER: less, USUAL: scale[len(scale) // 2], MORE: more}
    wide = maps.share(reader.profile)
    left, right = st.columns([wide, 1 - wide], gap="large")
    if maps.features(reader.profile):
        with left:
            pairs = zip(told["observed"], told["expected"].map(_usual), strict=True)
            words = [f"{observed:,.0f}（{expected}）" for observed, expected in pairs]
            shades, follow = told["verdict"].map(colours), drawer.follow("usual")
            if street := show_streets(reader.profile, told, words, shades, key="usual", on_pick=follow):
                today = Period(day_of(reader.as_of), day_of(reader.as_of) + DAY)
                drawer.show(reader, where.replace(street=(street,), period=today), street, key="usual")
            maps.legend(list(colours), list(colours.values()))
            note = reader.profile.settings.geography.boundaries_note
            st.caption(markdown("括号里是平常的件数。{}　点选街道可查看案件", note))
    with right:
        ends = zip(told["low"], told["high"], strict=True)
        listed = told.assign(
            expected=told["expected"].round(1), between=[f"{low:.0f}–{high:.0f}" for low, high in ends]
        )
        table(listed[list(LABELS)], key="usual_table", labels=LABELS, height="content",
              phone=["street", "observed", "expected", "verdict"])  # fmt: skip
        downloads(listed[list(LABELS)], "各街道今日比平常", key="usual_file", labels=LABELS)


def said(told: pd.DataFrame) -> str:
    """Which streets are beyond, with their figures."""
    parts = []
    for verdict in (MORE, FEWER):
        rows = told[told["verdict"] == verdict]
        each = zip(rows["street"], rows["observed"], rows["expected"].map(_usual), strict=True)
        named = "、".join(f"{street}（{observed:,.0f} 件，平常 {usual}）" for street, observed, usual in each)
        parts += [f"{verdict}的街道：{named}"] if named else []
    return "；".join(parts) or f"{len(told)} 个街道都在平常之内"


def _usual(cases: float) -> str:
    return f"{cases:,.1f}" if cases < 10 else f"{cases:,.0f}"
