"""按人口看: demands per 10,000 residents, by street; where residents are not known there is no figure."""

import streamlit as st

from data_access import MEASURES
from ui.choosing.filterbar import filter_bar
from ui.desk import drawer
from ui.drawing import charts
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown
from ui.style.numbers import name, show

PAGE = {"title": "按人口看", "group": "分析", "order": 906}
PER_10K = MEASURES["per_10k"]

reader = open_page("按人口看")
where = filter_bar(reader, "last365")
streets = reader.aggregate(["per_10k", "grid_per_10k", "volume"], "street", where, order_by="per_10k")
people = {street.name: street.population for street in reader.profile.streets}
shown = streets.assign(people=streets["street"].map(people))[["street", "people", "per_10k", "grid_per_10k", "volume"]]
known = streets.dropna(subset=["per_10k"])

answer(html("全区{} <b>{}</b>。", name(PER_10K), show(reader.figure("per_10k", where), PER_10K)))
if len(known):
    drawer.chart(reader, charts.bars(known, "street", PER_10K), where, key="people_streets")
    lacking = len(streets) - len(known)
    st.caption(markdown("{:,} 个街道没有公布的常住人口，没有这个数；不折算成全年，时段越长数越大", lacking))
else:
    st.info("没有一个街道有常住人口（profiles/…/streets.csv 的 population），或所选范围没有热线诉求。")
table(shown, key="people_table", labels={"people": "常住人口"})
downloads(shown, "按人口看", key="people_file", labels={"people": "常住人口"})
