"""单位画像: one unit's demands, their course, what it is good and bad at, and the cases that took longest."""

import pandas as pd
import streamlit as st

from analysis.series import every_bucket, on_one_axis
from data_access.cases.filters import references
from data_access.cases.measures import MEASURES
from data_access.district.periods import SHIFT_LABELS, YEAR_OF_WEEKS, Period, same_period_last_year
from questions.league import ANSWERS, rate_intervals
from questions.portrait import MEASURES as OF_CLASSES
from questions.portrait import classes_of
from questions.usual import courses_beside_usual
from ui.choosing.filterbar import filter_bar, one_of
from ui.desk import drawer
from ui.desk.why import why
from ui.drawing import cards, charts, courses
from ui.drawing.fitting import HALF
from ui.drawing.marks import marked
from ui.drawing.tables import LINK, downloads, table
from ui.frame.page import answer, computing, open_page
from ui.style.links import case_address
from ui.style.markup import html
from ui.style.numbers import UNKNOWN, name, partial_note, show, until_now

PAGE = {"title": "单位画像", "group": "分析", "order": 25, "icon": "apartment"}
VOLUME = MEASURES["volume"]
FIRST_ROW = ["volume", "open", "overdue_open", "median_hours"]
RATE = "resolution_rate"
SECOND_ROW = ["response_rate", RATE, "satisfaction_rate", "composite"]
LABELS = {"case_id": "编号", "created_at": "受理时间", "closed_at": "办结时间", "due_at": "截止时间",
          "interval": "区间（95%）", "theirs": "各单位解决率（不含剔除）", LINK: "案件"}  # fmt: skip


def show_list(cases: pd.DataFrame, columns: list[str], key: str, title: str) -> None:
    if cases.empty:
        st.success("没有。")
        return
    listed = cases[columns].assign(**{LINK: references(cases).map(case_address)})
    seen = [*(column for column in columns if column != "case_id"), LINK]  # which leads to it
    table(listed, key=key, labels=LABELS, phone=["created_at", "category3", LINK], seen=seen, room=HALF)
    downloads(listed, title, key=f"{key}_file", labels=LABELS)


reader = open_page("单位画像")
where = filter_bar(reader, "last90")
reader.ask_together(where, {("unit",): ["volume"], (): [RATE], ("category2",): [RATE]})
known = [unit for unit in reader.options("unit", where) if unit]
if not known:
    none = "的件都没有填写承办单位" if reader.count(where) else "没有符合所选条件的件"
    answer(f"{until_now(where.when, reader.as_of)}{none}。")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    unit = st.selectbox("单位", known, key="who", bind="query-params", width=280)
    kind = one_of(SHIFT_LABELS, key="compare")
everyone, where = where.replace(unit=()), where.replace(unit=(unit,))

with computing():
    reader.ask_together(
        where,
        {
            ("week",): ["volume"],
            ("category2",): OF_CLASSES,
            ("category2", *ANSWERS): [RATE],
            ("unit", *ANSWERS): [RATE],
        },
        compared={(): [*FIRST_ROW, *SECOND_ROW, cards.CALLED_BACK]},
        kind=kind,
    )
    now, resolution = reader.changes(["volume", RATE], where, kind), MEASURES[RATE]
lead = html("<b>{}</b>，{}承办", unit, until_now(where.when, reader.as_of))
lead += html(" <b>{}</b> 件", show(now["volume"].current, VOLUME))
lead += cards.changed(now["volume"], kind)
rate = now[RATE].current
if rate == rate:
    whole = reader.figure(RATE, everyone)
    ends = rate_intervals(reader, RATE, "unit", where)
    said = [show(figure, resolution) for figure in (rate, ends["low"][unit], ends["high"][unit], whole)]
    lead += html("；热线解决率 <b>{}</b>（95% 区间 {}–{}），同样筛选下各单位合计 <b>{}</b>（不含剔除）", *said)
answer(lead + "。")
lines = courses_beside_usual(reader, (*FIRST_ROW, *SECOND_ROW), where)
cards.figures(reader, FIRST_ROW, where, kind, "本单位", lines=lines)
cards.figures(reader, SECOND_ROW, where, kind, "本单位", lines=lines)
cards.say_what_is_compared(reader, where, kind)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("每周承办量与上年同期")
    period = Period(where.when.start, where.when.until(reader.as_of).end)
    before = same_period_last_year(period, reader.profile.settings.clock)
    stretches = [period] + ([before] if reader.covers(before) else [])
    weeks = [reader.aggregate(["volume"], ["week"], where.replace(period=stretch)) for stretch in stretches]
    weeks = [every_bucket(frame, "week", "volume", zero=True, within=stretch)
             for frame, stretch in zip(weeks, stretches, strict=True)]  # fmt: skip
    # Weeks stand on weeks: a year of dates would put a Monday on a Sunday.
    both = on_one_axis(weeks[0], weeks[1] if len(weeks) > 1 else weeks[0].head(0), "week", later=YEAR_OF_WEEKS)
    drawn = marked(courses.two_years(both, "week", VOLUME), "position", stretches)
    drawer.chart(reader, drawn, where, key="weeks", within=tuple(stretches))
    st.caption(partial_note(both["partial"], "week", reader.as_of))
with right:
    st.subheader("办的是什么")
    mix = reader.aggregate(["volume"], ["category2"], where, order_by="volume", limit=12)
    drawer.chart(reader, charts.bars(mix, "category2", VOLUME), where, key="mix")

why(reader, where, ["category2", "category1", "street"], kind)
st.subheader("各类办得怎样")
classes = classes_of(reader, where, everyone)
pairs = zip(classes["low"], classes["high"], strict=True)
classes.insert(3, "interval", [f"{low:.1%}–{high:.1%}" if pd.notna(low) else UNKNOWN for low, high in pairs])
classes = classes.drop(columns=["low", "high"]).assign(theirs=100 * classes["theirs"])
chosen = table(classes, key="classes", labels=LABELS, selectable=True, formats={"theirs": "%.1f%%"},
               phone=["category2", "volume", "resolution_rate"], on_pick=drawer.follow("classes"))  # fmt: skip
if chosen:
    picked = classes["category2"].iloc[chosen[0]]
    drawer.show(reader, where.replace(category2=(picked,)), picked or "未分类", key="classes")
downloads(classes, "各类办得怎样", key="classes_file", labels=LABELS)
st.caption(
    f"{name(resolution)}与各单位合计的同类相比，高低各有原因：区间含合计数的，看不出差别；"
    f"类别多，每 20 类约有一类只因偶然落在区间外。"
)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("办结最慢的")
    slow = reader.list_cases(where.replace(status=("closed",)), sort="handling_seconds", page_size=10)
    show_list(slow, ["case_id", "created_at", "closed_at", "category3"], "slow", "办结最慢的")
with right:
    st.subheader("等得最久的（未办结）")
    waiting = reader.list_cases(where.replace(status=("open",)), sort="created_at", descending=False, page_size=10)
    show_list(waiting, ["case_id", "created_at", "due_at", "category3"], "waiting", "等得最久的")
