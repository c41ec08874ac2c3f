"""区情总览: how is the district today, what rises, what is late."""

import streamlit as st

from analysis.series import every_bucket
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.district.periods import SHIFT_LABELS
from data_access.intake import quality
from questions.landing import FIGURES, FIRST_ROW, SECOND_ROW, landing
from questions.standing import among_all, chosen
from ui.choosing.filterbar import filter_bar, one_of
from ui.desk import drawer
from ui.desk.alarms import alerts
from ui.desk.why import why
from ui.drawing import cards, charts, courses, titles
from ui.drawing.marks import marked
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, computing, further, open_page
from ui.style.markup import html, markdown, plain
from ui.style.numbers import moment, partial_note, show, until_now
from ui.style.theme import is_phone

PAGE = {"title": "区情总览", "group": "总览", "order": 10, "home": True, "icon": "home"}
VOLUME, RESOLUTION = MEASURES["volume"], MEASURES["resolution_rate"]
MOVED = {"category2": "二级分类", "current": "本期", "base": "对比期", "change": "增减（件）",
         "is_sure": "判断"}  # fmt: skip
MOST = 10


def say_how_it_stands() -> None:
    now = reader.changes(FIGURES, where, kind)
    lead = html("{}共受理 <b>{}</b> 件", until_now(where.when, reader.as_of), show(now["volume"].current, VOLUME))
    lead += cards.changed(now["volume"], kind)
    standing = [show(now[name].current, MEASURES[name]) for name in ("open", "overdue_open")]
    lead += html("；这些里未办结 <b>{}</b> 件，其中逾期 <b>{}</b> 件", *standing)
    rate = now["resolution_rate"]
    lead += html("；热线解决率 <b>{}</b>", show(rate.current, RESOLUTION))
    asked = reader.aggregate(["resolution_rate"], [], where)["resolution_rate__den"].iloc[0]
    lead += html("（有效回访 {:,.0f} 件，不含剔除）。", asked) if asked else html("（不含剔除）。")
    answer(lead, here=True)  # below the alarms
    if not now["volume"].current:
        st.info(markdown("所选范围没有受理的案件。全区最新一件受理于 {}；可以把时段换成近30天或全部，或放宽筛选。",
                         moment(reader.span[1])))  # fmt: skip


def show_days() -> None:
    daily = reader.aggregate(["volume"], ["day", "source"], where)
    known = where.when.until(reader.as_of)
    whole = every_bucket(daily, "day", "volume", by=["source"], zero=True, within=known)
    drawer.chart(reader, marked(courses.by_source(whole, "day", VOLUME), "day", (where.when,)), where, key="daily")
    st.caption(partial_note(whole["partial"], "day", reader.as_of))


def show_streets() -> None:
    everywhere = among_all(where, ["street"])
    streets = reader.aggregate(["volume"], ["street"], everywhere, order_by="volume")
    titles.titled(titles.places(streets, VOLUME), "各街道受理量（属地）")
    drawn = charts.bars(streets, "street", VOLUME, chosen=chosen(reader, where, "street"))
    drawer.chart(reader, drawn, everywhere, key="streets")


def show_rising() -> None:
    if moved.empty:
        st.info("数据没有覆盖对比期，无法比较。可换一种对比方式或缩短时段。")
        return
    rising = moved[(moved["change"] > 0) & (moved["category2"] != "")].head(MOST)
    if rising.empty:
        st.info("来源没有分类。" if "二级分类" in quality.absent(reader) else "没有一类的件数增加。")
        return
    rising = rising.assign(is_sure=rising["is_sure"].map({True: "上升", False: "不能确定"}))
    if picked := table(
        rising,
        key="rising",
        labels=MOVED,
        selectable=True,
        on_pick=drawer.follow("rising"),
        phone=["category2", "change", "is_sure"],
    ):
        category = str(rising["category2"].iloc[picked[0]])
        drawer.show(reader, where.replace(category2=(category,)), category, key="rising")
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
    if picked := table(late, key="late", selectable=True, on_pick=drawer.follow("late")):
        unit = str(late["unit"].iloc[picked[0]])
        theirs = where.replace(unit=(unit,), status=("overdue_open",))
        drawer.show(reader, theirs, unit or "未填写单位", key="late")
    downloads(late, "逾期未办结最多的单位", key="late_file")


reader = open_page("区情总览")
alerts(reader)
first = st.container()
where = filter_bar(reader)
kind = one_of(SHIFT_LABELS, key="compare")
if where.replace(period=None) != CaseFilter():
    st.caption("上面的预警看全区，不随这里的筛选。")
with computing():
    moved, lines = landing(reader, where, kind)

with first:
    say_how_it_stands()
# On a phone the cards come first, and what is chosen stands folded below them.
with first if is_phone() else st.container():
    cards.figures(reader, FIRST_ROW, where, kind, lines=lines)
    cards.figures(reader, SECOND_ROW, where, kind, lines=lines)
with further("怎么比，线是什么"):
    cards.say_what_is_compared(reader, where, kind)
with further("受理量：每日、各街道"):
    left, right = st.columns([3, 2], gap="large")
    with left:
        titles.titled(titles.trend(reader.changes(FIGURES, where, kind)["volume"], SHIFT_LABELS[kind]), "每日受理量")
        show_days()
    with right:
        show_streets()
with further("失分在哪里"):
    why(reader, where, ["category1", "unit", "street"], kind)
with further("增加的分类、逾期的单位"):
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(f"件数增加的分类（{SHIFT_LABELS[kind]}）")
        show_rising()
    with right:
        st.subheader("有逾期未办结的单位（本期受理）")
        show_late_units()
