"""区情总览: how is the district today, what rises, what is late."""

from html import escape

import streamlit as st

from analysis.series import every_bucket
from data_access.measures import MEASURES
from data_access.periods import SHIFT_LABELS
from data_access.query import aggregate, as_of, compare, compare_groups
from ui import cards, charts, drill
from ui.filterbar import filter_bar, one_of
from ui.frame import answer, open_page
from ui.numbers import last_day_note, show, show_change, until_now
from ui.tables import downloads, table

PAGE = {"title": "区情总览", "group": "总览", "order": 10}
VOLUME = MEASURES["volume"]
FIRST_ROW = ["volume", "open", "overdue_open", "on_time_rate"]
SECOND_ROW = ["response_rate", "resolution_rate", "satisfaction_rate", "composite"]
MOVED = {"category2": "二级分类", "current": "本期（件）", "base": "对比期（件）", "change": "增减（件）"}

open_page("区情总览")
where = filter_bar()
kind = one_of(SHIFT_LABELS, key="compare")

now = compare(["volume", "open", "overdue_open", "resolution_rate"], where, kind).set_index("measure")
moved = compare_groups("volume", "category2", where, kind)
lead = f"{until_now(where.period, as_of())}共受理 <b>{show(now.at['volume', 'current'], VOLUME)}</b> 件"
change = now.at["volume", "change"]
lead += f"，{SHIFT_LABELS[kind]} <b>{show_change(change, VOLUME)}</b>" if change == change else ""
lead += (
    f"；未办结 <b>{now.at['open', 'current']:,.0f}</b> 件，其中逾期 <b>{now.at['overdue_open', 'current']:,.0f}</b> 件"
)
lead += f"；解决率 <b>{show(now.at['resolution_rate', 'current'], MEASURES['resolution_rate'])}</b>（不含剔除）。"
if len(moved) and moved["change"].iloc[0] > 0:
    top = moved.iloc[0]
    lead += f"上升最多的是<b>{escape(top['category2'] or '未分类')}</b>，增加 <b>{top['change']:,.0f}</b> 件。"
answer(lead)

cards.figures(FIRST_ROW, where, kind)
cards.figures(SECOND_ROW, where, kind)

left, right = st.columns([3, 2], gap="large")
with left:
    st.subheader("每日受理量")
    daily = aggregate(["volume"], ["day", "source"], where)
    whole = every_bucket(daily, "day", "volume", by=["source"], zero=True)
    drill.chart(charts.by_source(whole, "day", VOLUME), where, key="daily")
    st.caption(last_day_note(where.period, as_of()))
    downloads(daily, "每日受理量", key="daily_file")
with right:
    st.subheader("各街道受理量")
    streets = aggregate(["volume"], ["street"], where, order_by="volume")
    drill.chart(charts.bars(streets, "street", VOLUME), where, key="streets")
    downloads(streets, "各街道受理量", key="streets_file")

left, right = st.columns(2, gap="large")
with left:
    st.subheader(f"上升最多（{SHIFT_LABELS[kind]}）")
    if len(moved):
        rising = moved[moved["change"] > 0].head(10)
        chosen = table(rising, key="rising", labels=MOVED, selectable=True)
        if chosen:
            drill.cases_link(
                where.replace(category2=(rising.iloc[chosen[0]]["category2"],)), rising.iloc[chosen[0]]["category2"]
            )
        downloads(rising, "上升最多的分类", key="rising_file", labels=MOVED)
    else:
        st.info("数据没有覆盖对比期，无法比较。可换一种对比方式或缩短时段。")
with right:
    st.subheader("逾期未办结最多的单位")
    late = aggregate(
        ["overdue_open", "open", "on_time_rate"],
        ["unit"],
        where.replace(status=("open",)),
        order_by="overdue_open",
        limit=10,
    )
    late = late[late["overdue_open"] > 0][["unit", "overdue_open", "open"]]
    if len(late):
        chosen = table(late, key="late", selectable=True)
        if chosen:
            unit = late.iloc[chosen[0]]["unit"]
            drill.cases_link(where.replace(unit=(unit,), status=("overdue_open",)), unit or "未填写单位")
        downloads(late, "逾期未办结最多的单位", key="late_file")
    else:
        st.success("所选范围内没有逾期未办结的案件。")
