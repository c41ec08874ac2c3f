"""24小时办结: the district's own measure (measures.toml) by street, against the same days of last year."""

import streamlit as st

from data_access import MEASURES
from ui.choosing.filterbar import filter_bar
from ui.desk import drawer
from ui.drawing import cards, charts
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html, plain
from ui.style.numbers import name, show

PAGE = {"title": "24小时办结", "group": "分析", "order": 904}
RATE = "closed_24h_rate"  # defined in profiles/…/measures.toml

reader = open_page("24小时办结")
where = filter_bar(reader, "last30")
measure = MEASURES[RATE]
change = reader.changes(RATE, where, "yoy")[RATE]
lead = html("{} <b>{}</b>", name(measure), show(change.current, measure))
answer(lead + (cards.changed(change, "yoy") or html("（{}）", change.reason)) + "。")
st.caption(plain(measure.definition))

streets = reader.aggregate([RATE, "volume", "median_hours"], "street", where, order_by=RATE)
known = streets.dropna(subset=[RATE])
if known.empty:
    st.info("所选范围没有受理满 24 小时的件。")
    st.stop()
drawer.chart(reader, charts.bars(known, "street", measure), where, key="soon_streets")
moved = reader.compare_groups(RATE, "street", where, "yoy")
sure = moved[moved["is_sure"]] if len(moved) else moved
st.caption(f"与上年同期比，变化超出偶然的街道有 {len(sure)} 个" if len(moved) else "数据没有覆盖上年同期")
table(streets, key="soon_table")
downloads(streets, "24小时办结", key="soon_file")
