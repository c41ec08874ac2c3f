"""夜间占比: a measure of one's own, written as data (07_own_measure.toml), used like every other."""

import streamlit as st

from data_access import MEASURES
from ui.choosing.filterbar import filter_bar, one_of
from ui.desk import drawer
from ui.drawing import cards, charts
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html
from ui.style.numbers import name, show

PAGE = {"title": "夜间占比", "group": "分析", "order": 907}
BY = {"street": "街道", "category1": "一级分类", "weekday": "星期"}

reader = open_page("夜间占比")
where = filter_bar(reader, "last90")
by = one_of(BY, key="by", label="按什么看")
measure = MEASURES["night_share"]

answer(html("{} <b>{}</b>。", name(measure), show(reader.figure(measure.name, where), measure)))
cards.figures(reader, [measure.name, "volume"], where, "previous")
groups = reader.aggregate([measure.name, "volume"], by, where, order_by=measure.name).dropna(subset=[measure.name])
if groups.empty:
    st.info("所选范围没有热线诉求。")
    st.stop()
drawer.chart(reader, charts.bars(groups, by, measure), where, key=f"night_{by}")
table(groups, key=f"night_table_{by}")
downloads(groups, "夜间占比", key="night_share_file")
