"""两个街道比一比: the same figures side by side, and whether their rates differ beyond chance."""

import pandas as pd
import streamlit as st

from data_access import MEASURES
from questions.league import rate_intervals
from ui.choosing.filterbar import filter_bar
from ui.drawing import charts
from ui.drawing.tables import downloads, table
from ui.drawing.vega import draw
from ui.frame.page import answer, open_page
from ui.style.markup import html
from ui.style.numbers import name, show

PAGE = {"title": "两个街道比一比", "group": "分析", "order": 903}
FIGURES = ["volume", "on_time_rate", "resolution_rate", "satisfaction_rate", "repeat_share", "median_hours"]
RATE = MEASURES["resolution_rate"]

reader = open_page("两个街道比一比")
where = filter_bar(reader, "last90")
# The two that the filter chooses, or the two with most cases: no name stands in the page.
known = [street for street in where.street or reader.options("street", where) if street]
if len(known) < 2:
    st.info("请在筛选里选两个街道；数据里不到两个街道时无从比较。")
    st.stop()
pair = tuple(known[:2])
both = reader.aggregate(FIGURES, "street", where.replace(street=pair)).set_index("street")
if len(both) < 2:
    st.info("其中一个街道在所选范围里没有案件。")
    st.stop()

bands = rate_intervals(reader, RATE.name, "street", where.replace(street=pair)).reindex(pair)
is_known, apart = bool(bands.notna().all(axis=None)), bands["low"].max() > bands["high"].min()
verdict = "差别超出偶然" if apart else "差别在偶然范围内，不能分高下" if is_known else "回访太少，无从比较"
told = [show(both.loc[street, RATE.name], RATE) for street in pair]
answer(html("{}：<b>{}</b> {}，<b>{}</b> {}；{}。", name(RATE), pair[0], told[0], pair[1], told[1], verdict))

rows = pd.DataFrame(
    {"指标": [name(MEASURES[key]) for key in FIGURES]}
    | {street: [show(both.loc[street, key], MEASURES[key]) for key in FIGURES] for street in pair}
)
table(rows, key="two_table", height="content")
downloads(rows, "两个街道比一比", key="two_file")
if is_known:
    st.subheader(f"{name(RATE)}与 95% 区间")
    drawn = both[[RATE.name]].join(bands).reset_index()
    draw(charts.intervals(drawn, "street", RATE), key="two_bands")
    st.caption("两条线不重叠才算有差别；重叠时不一定没有差别，只是这些件还看不出来")
