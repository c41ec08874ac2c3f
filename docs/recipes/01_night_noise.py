"""夜间噪声: where and when it is loud at night. The shortest page: a filter, an answer, a chart, a table, a file."""

import streamlit as st

from data_access import MEASURES
from ui.choosing.filterbar import filter_bar
from ui.desk import drawer
from ui.drawing import charts
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html

PAGE = {"title": "夜间噪声", "group": "分析", "order": 901}

reader = open_page("夜间噪声")
where = filter_bar(reader, "last30").replace(text="噪声", hour=(22, 23, 0, 1, 2, 3, 4, 5))

streets = reader.aggregate(["volume", "resolution_rate", "repeat_share"], "street", where, order_by="volume")
answer(html("夜间（22 时至次日 6 时）噪声诉求 <b>{:,}</b> 件。", reader.count(where)))
if len(streets):
    drawer.chart(reader, charts.bars(streets, "street", MEASURES["volume"]), where, key="night_streets")
    table(streets, key="night_table")
    downloads(streets, "夜间噪声", key="night_file")
else:
    st.info("所选范围内没有夜间噪声诉求。")
