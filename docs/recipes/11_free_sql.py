"""在办最久的: a question that no measure asks, in SQL, under the rights of whoever looks."""

import streamlit as st

from data_access import QueryFailed
from data_access.cases.units import CASES, Figure
from ui.drawing import charts
from ui.drawing.tables import downloads, table
from ui.drawing.vega import draw
from ui.frame.page import answer, open_page
from ui.style.markup import html, plain

PAGE = {"title": "在办最久的", "group": "分析", "order": 911}
DAYS = 7
LATE = Figure(f"在办超过{DAYS}天", CASES, f"受理满 {DAYS} 天尚未办结的件数（只算看得到的件）", column="late")
ASKED = """
    SELECT unit, count(*) AS late, max(date_diff('day', created_at, :as_of)) AS longest
    FROM cases
    WHERE is_void = 0 AND is_closed = 0 AND date_diff('day', created_at, :as_of) > :days AND unit <> ''
    GROUP BY unit ORDER BY late DESC, unit LIMIT 20
"""

reader = open_page("在办最久的")
try:
    units = reader.sql(ASKED, {"days": DAYS})
except QueryFailed as refused:  # who sees sums alone may not ask in SQL
    st.info(plain(str(refused)))
    st.stop()
if units.empty:
    answer(html("没有受理满 {} 天还在办的件。", DAYS))
    st.stop()
top = units.iloc[0]
answer(
    html(
        "<b>{}</b> 在办超过 {} 天的最多：<b>{:,}</b> 件，最久 {:,} 天。", top["unit"], DAYS, top["late"], top["longest"]
    )
)
draw(charts.bars(units, "unit", LATE), key="late_chart", picks=False)
table(units, key="late_table", labels={"longest": "最久（天）"}, figures=[LATE])
downloads(units, "在办最久的", key="late_file", labels={"longest": "最久（天）"}, figures=[LATE])
