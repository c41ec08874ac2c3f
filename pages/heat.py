"""街道热力: any measure by street on the district's map; where cases gather within the streets."""

from html import escape

import streamlit as st

from analysis.classes import breaks, class_of, coarser
from data_access.measures import MEASURES
from data_access.profile import current_profile
from data_access.query import aggregate, as_of
from ui import charts, drill, maps
from ui.filterbar import filter_bar, one_of
from ui.frame import answer, open_page
from ui.numbers import name, show, until_now
from ui.tables import downloads

PAGE = {"title": "街道热力", "group": "分析", "order": 30}
CHOICES = [
    "volume",
    "per_10k",
    "overdue",
    "on_time_rate",
    "resolution_rate",
    "satisfaction_rate",
    "composite",
    "repeat_share",
    "median_hours",
]
LAYERS = {"streets": "按街道", "cells": "按网格单元"}
CLASSES = 5
CELL_RESOLUTION = 9  # about 350 m across

open_page("街道热力")
where = filter_bar("last30")
with st.container(horizontal=True, vertical_alignment="bottom"):
    layer = one_of(LAYERS, key="layer", label="图层")
    chosen = st.selectbox(
        "指标",
        CHOICES if layer == "streets" else ["volume"],
        format_func=lambda key: name(MEASURES[key]),
        key="measure",
        bind="query-params",
        filter_mode=None,
        width=240,
    )
profile, measure = current_profile(), MEASURES[chosen]
note = profile.settings.geography.boundaries_note
streets = aggregate([chosen], ["street"], where, order_by=chosen)
known = streets.dropna(subset=[chosen])
if known.empty:
    answer(f"{until_now(where.period, as_of())}，{name(measure)}没有可显示的数：{measure.unknown or '没有案件'}。")
    st.stop()
top, last = known.iloc[0], known.iloc[-1]
lead = f"{until_now(where.period, as_of())}，{name(measure)}最高的是<b>{escape(top['street'] or '未填写街道')}</b>"
lead += f"（<b>{show(top[chosen], measure)}</b>），最低的是<b>{escape(last['street'] or '未填写街道')}</b>"
lead += f"（<b>{show(last[chosen], measure)}</b>）。"
answer(lead)
if len(known) < len(streets):
    st.caption(f"{len(streets) - len(known)} 个街道没有这个数（灰色）：{measure.unknown}。")

left, right = st.columns([3, 2], gap="large")
with left:
    if not maps.features(profile):
        st.info(f"{note or '本区没有提供街道边界'}，只列出右侧的排名。")
    elif layer == "streets":
        limits = breaks(streets[chosen], CLASSES)
        deck = maps.choropleth(profile, streets, measure, class_of(streets[chosen], limits))
        state = st.pydeck_chart(deck, height=maps.HEIGHT, on_select="rerun", key="street_map")
        maps.legend(limits, measure)
        st.caption(f"{note}　按分位数分五档　点选街道可查看案件")
        if hit := maps.clicked(state, maps.STREETS):
            drill.cases_link(where.replace(street=(hit["name"],)), hit["name"])
    else:
        cells = aggregate(["volume"], ["h3_cell"], where)
        least = profile.settings.geography.min_cell_count
        shown, hidden = coarser(cells, "h3_cell", "volume", CELL_RESOLUTION, least)
        limits = breaks(shown["volume"], CLASSES)
        deck = maps.hexagons(profile, shown, measure, class_of(shown["volume"], limits))
        st.pydeck_chart(deck, height=maps.HEIGHT, key="cell_map")
        maps.legend(limits, measure)
        st.caption(f"{note}　不足 {least} 件的单元和没有坐标的件不显示，共 {hidden:,.0f} 件")
        downloads(shown, "网格单元受理量", key="cells_file")
with right:
    st.subheader(f"各街道{name(measure)}")
    drill.chart(charts.bars(known, "street", measure), where, key="streets")
    downloads(streets, f"各街道{measure.label}", key="streets_file")
