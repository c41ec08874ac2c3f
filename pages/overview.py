"""区情总览: how is the district today, what rises, what is late."""

import streamlit as st

from analysis.series import every_bucket
from data_access.cases.measures import MEASURES
from data_access.district.periods import SHIFT_LABELS
from ui.choosing import drill
from ui.choosing.filterbar import filter_bar, one_of
from ui.drawing import cards, charts
from ui.drawing.marks import marked
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown, plain
from ui.style.numbers import last_day_note, moment, show, until_now

PAGE = {"title": "区情总览", "group": "总览", "order": 10}
VOLUME, RESOLUTION = MEASURES["volume"], MEASURES["resolution_rate"]
FIRST_ROW = ["volume", "open", "overdue_open", "on_time_rate"]
SECOND_ROW = ["response_rate", "resolution_rate", "satisfaction_rate", "composite"]
FIGURES = [*FIRST_ROW, *SECOND_ROW, cards.CALLED_BACK]  # all that the page shows, asked for at once
MOVED = {"category2": "二级分类", "current": "本期", "base": "对比期", "change": "增减（件）",
         "is_sure": "判断"}  # fmt: skip
MOST = 10


def say_how_it_stands() -> None:
    now = reader.changes(FIGURES, where, kind)
    lead = html("{}共受理 <b>{}</b> 件", until_now(where.when, reader.as_of), show(now["volume"].current, VOLUME))
    lead += cards.changed(now["volume"], kind)
    standing = [show(now[name].current, MEASURES[name]) for name in ("open", "overdue_open")]
    lead += html("；这些里未办结 <b>{}</b> 件，其中逾期 <b>{}</b> 件", *standing)
    lead += html("；解决率 <b>{}</b>（不含剔除）。", show(now["resolution_rate"].current, RESOLUTION))
    risen = moved[(moved["change"] > 0) & moved["is_sure"]]
    if len(risen):
        top = risen.iloc[0]
        words = (top["category2"] or "未分类", top["change"])
        lead += html("能确定上升的分类里，件数增加最多的是<b>{}</b>，增加 <b>{:,.0f}</b> 件。", *words)
    elif len(moved):
        lead += "没有能确定上升的分类。"
    answer(lead)
    if not now["volume"].current:
        st.info(markdown("所选范围没有受理的案件。全区最新一件受理于 {}；可以把时段换成近30天或全部，或放宽筛选。",
                         moment(reader.span[1])))  # fmt: skip


def show_days() -> None:
    daily = reader.aggregate(["volume"], ["day", "source"], where)
    whole = every_bucket(daily, "day", "volume", by=["source"], zero=True)
    drill.chart(reader, marked(charts.by_source(whole, "day", VOLUME), "day", (where.when,)), where, key="daily")
    st.caption(last_day_note(where.when, reader.as_of))
    downloads(daily, "每日受理量", key="daily_file")


def show_streets() -> None:
    streets = reader.aggregate(["volume"], ["street"], where, order_by="volume")
    drill.chart(reader, charts.bars(streets, "street", VOLUME), where, key="streets")
    downloads(streets, "各街道受理量", key="streets_file")


def show_rising() -> None:
    if moved.empty:
        st.info("数据没有覆盖对比期，无法比较。可换一种对比方式或缩短时段。")
        return
    rising = moved[moved["change"] > 0].head(MOST)
    rising = rising.assign(is_sure=rising["is_sure"].map({True: "上升", False: "不能确定"}))
    if chosen := table(rising, key="rising", labels=MOVED, selectable=True):
        category = str(rising["category2"].iloc[chosen[0]])
        drill.cases_link(reader, where.replace(category2=(category,)), category)
    downloads(rising, "件数增加的分类", key="rising_file", labels=MOVED)


def show_late_units() -> None:
    late = reader.aggregate(["overdue_open", "open"], ["unit"], where, order_by="overdue_open", limit=MOST)
    if len(late) and late["overdue_open"].isna().all():
        st.info(plain(MEASURES["overdue_open"].unknown + "。"))
        return
    late = late[late["overdue_open"] > 0]
    if late.empty:
        st.success("所选范围内没有逾期未办结的案件。")
        return
    if chosen := table(late, key="late", selectable=True):
        unit = str(late["unit"].iloc[chosen[0]])
        theirs = where.replace(unit=(unit,), status=("overdue_open",))
        drill.cases_link(reader, theirs, unit or "未填写单位")
    downloads(late, "逾期未办结最多的单位", key="late_file")


reader = open_page("区情总览")
where = filter_bar(reader)
kind = one_of(SHIFT_LABELS, key="compare")
moved = reader.compare_groups("volume", "category2", where, kind)

say_how_it_stands()
cards.figures(reader, FIRST_ROW, where, kind)
cards.figures(reader, SECOND_ROW, where, kind)
cards.say_what_is_compared(reader, where, kind)
left, right = st.columns([3, 2], gap="large")
with left:
    st.subheader("每日受理量")
    show_days()
with right:
    st.subheader("各街道受理量")
    show_streets()
left, right = st.columns(2, gap="large")
with left:
    st.subheader(f"件数增加的分类（{SHIFT_LABELS[kind]}）")
    show_rising()
with right:
    st.subheader("有逾期未办结的单位")
    show_late_units()
