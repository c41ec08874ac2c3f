"""老年人口与诉求: a table of one's own beside the page (12_own_table.csv), joined by street, as a scatter."""

import streamlit as st

from data_access import MEASURES
from data_access.cases.units import SHARE, Figure
from ui.choosing.beside import join_table, open_table
from ui.choosing.filterbar import filter_bar
from ui.drawing import charts
from ui.drawing.tables import downloads, table
from ui.drawing.vega import draw
from ui.frame.page import answer, open_page
from ui.style.markup import html

PAGE = {"title": "老年人口与诉求", "group": "分析", "order": 912}
ELDERLY = Figure("老年人口占比", SHARE, "60 岁及以上 ÷ 常住人口，见另表", column="elderly_share")

reader = open_page("老年人口与诉求")
where = filter_bar(reader, "last365").replace(source="hotline")
streets = reader.aggregate(["volume", "resolution_rate"], "street", where)
joined = join_table(streets, open_table("12_own_table.csv"), "street", reader.profile)
joined = joined.assign(elderly_share=joined["elderly"] / joined["population"])
known = joined.dropna(subset=["elderly_share", "resolution_rate"])
answer(html("有老年人口数的街道 <b>{:,}</b> 个，共 {:,} 个。", len(known), len(joined)))
if len(known) < 3:
    st.info("能对上的街道不到 3 个，看不出关系。")
    st.stop()
draw(charts.scatter(known, "street", ELDERLY, MEASURES["resolution_rate"], chosen=known["street"]), key="elderly_chart")
st.caption("几个点排成一线也可能是碰巧，更不说明因果")
shown = known[["street", "volume", "resolution_rate", "elderly_share"]]
table(shown, key="elderly_table", figures=[ELDERLY])
downloads(shown, "老年人口与诉求", key="elderly_file", figures=[ELDERLY])
