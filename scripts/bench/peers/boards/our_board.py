"""八问: the same eight questions as the boards of the other dashboards, as an analyst's page. The bench puts it among
the pages of a copy of the dashboard; it is no page of the product."""

import math

import streamlit as st

from analysis.classes import breaks
from data_access import MEASURES
from ui.choosing.filterbar import filter_bar
from ui.drawing import cards, charts, courses, maps
from ui.drawing.columns import CASE_COLUMNS, CASE_LABELS
from ui.drawing.exporting import TICKETS
from ui.drawing.map_pictures import show_streets
from ui.drawing.tables import table
from ui.drawing.vega import draw
from ui.frame.page import answer, open_page
from ui.style.links import export_address
from ui.style.markup import html, markdown
from ui.style.numbers import show
from ui.watch.viewer import viewer

PAGE = {"title": "八问", "group": "分析", "order": 999}
RATES = ["response_rate", "resolution_rate", "satisfaction_rate"]
FIGURES, VOLUME = ["volume", *RATES], MEASURES["volume"]
ROWS = 50

reader = open_page("八问")
where = filter_bar(reader, "last365")
reader.ask_together(
    where,
    {(): FIGURES, ("month", "source"): ["volume"], ("street",): FIGURES, ("category3",): ["volume"]},
    compared={(): FIGURES},
)
count = reader.count(where)
answer(html("共 <b>{:,}</b> 件，{} 页。", count, math.ceil(count / ROWS)))
cards.figures(reader, FIGURES, where, "yoy")
streets = reader.aggregate(FIGURES, "street", where, order_by="volume")
left, right = st.columns(2)
with left:
    trend = reader.aggregate("volume", ["month", "source"], where)
    draw(courses.by_source(trend, "month", VOLUME), key="trend", picks=False)
with right:
    table(streets, key="streets", height=320)
left, right = st.columns(2)
with left:
    colours = maps.shaded(streets["volume"], breaks(streets["volume"], 5, "natural"))
    words = [show(volume, VOLUME) for volume in streets["volume"]]
    show_streets(reader.profile, streets, words, colours, key="map", picks=False)
with right:
    ranked = reader.aggregate("volume", "category3", where, order_by="volume", limit=20)
    draw(charts.bars(ranked, "category3", VOLUME), key="categories", picks=False)
table(reader.list_cases(where, page_size=ROWS)[CASE_COLUMNS], key="cases", labels=CASE_LABELS, height=600)
st.markdown(markdown("[下载]({})", export_address(where, TICKETS.give(reader.sight, viewer()))))
