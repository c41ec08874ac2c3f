"""诉求趋势: volume by hour, day, week, month; against last year; the calendar; the category tree."""

import pandas as pd
import streamlit as st

from analysis.series import cut_short, every_bucket, on_one_axis
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import DAY, Period
from ui.choosing.filterbar import choose_measure, controls, filter_bar, one_of
from ui.desk import drawer
from ui.drawing import cards, charts, courses, titles
from ui.drawing.fitting import HALF
from ui.drawing.marks import marked
from ui.drawing.tables import downloads, table
from ui.drawing.vega import Drawing
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown, plain
from ui.style.numbers import name, partial_note, short_day, show, until_now

PAGE = {"title": "诉求趋势", "group": "分析", "order": 10, "icon": "show_chart"}
UNITS = {"day": "按日", "hour": "按小时", "week": "按周", "month": "按月"}
CHOICES = ["volume", "overdue", "on_time_rate", "resolution_rate", "satisfaction_rate", "repeat_share", "median_hours"]
TREE = ["category1", "category2", "category3"]
OF_CLASSES = ["volume", "share", "resolution_rate", "repeat_share"]


def go_down(level: str, value: str) -> None:
    st.session_state[level] = [value]


def _in_time(drawn: Drawing) -> Drawing:
    return drawn if unit == "hour" else marked(drawn, unit, (period,))


def _in_buckets(asked: Reader, stretch: Period) -> pd.DataFrame:
    found = asked.aggregate([chosen], [unit], where.replace(period=stretch))
    return every_bucket(found, unit, chosen, zero=measure.is_count, within=stretch)


reader = open_page("诉求趋势")
where = filter_bar(reader, "last30")
with controls():
    unit = one_of(UNITS, key="unit_of_time", label="时间")
    chosen = choose_measure(reader, CHOICES)
measure = MEASURES[chosen]
period = Period(where.when.start, where.when.until(reader.as_of).end)
level = next((level for level in TREE if not getattr(where, level)), "category3")
reader.ask_together(
    where,
    {(): [chosen], ("day",): [chosen], (unit,): [chosen], (unit, "source"): [chosen], ("weekday", "hour"): ["volume"],
     (level,): OF_CLASSES},
    compared={(): [chosen]},
)  # fmt: skip

total = reader.figure(chosen, where)
busiest = reader.aggregate([chosen], ["day"], where, order_by=chosen, limit=1)
lead = html("{}，{} <b>{}</b>", until_now(where.when, reader.as_of), name(measure), show(total, measure))
lead += f" {measure.unit}" if not measure.unit.is_share and total == total else ""
if measure.is_count and len(busiest) and busiest[chosen].notna().any():
    top = busiest.iloc[0]
    lead += html("，最高的一天是 <b>{}</b>（{}）", short_day(top["day"]), show(top[chosen], measure))
hours = reader.aggregate(["volume"], ["weekday", "hour"], where, order_by="volume")
has_times = bool(hours["hour"].any())
if has_times:
    lead += html("；一天里 <b>{} 时</b>受理最多", hours.groupby("hour")["volume"].sum().idxmax())
lead += "。"
answer(lead if total == total else lead + f"：{measure.unknown}。")

titles.titled(titles.trend(reader.changes([chosen], where)[chosen], "同比"), f"{name(measure)}·热线与网格")
series = reader.aggregate([chosen], [unit, "source"], where)
if series[chosen].notna().any():
    whole = every_bucket(series, unit, chosen, by=["source"], zero=measure.is_count, within=period)
    drawer.chart(reader, _in_time(courses.by_source(whole, unit, measure)), where, key="series")
    note = "" if unit == "hour" else partial_note(whole["partial"], unit, reader.as_of)
    st.caption(plain("　".join(filter(None, [note, cards.young(reader, measure, where)]))))
else:
    st.info(markdown("所选范围没有可画的数：{}。", measure.unknown or "没有案件"))

left, right = st.columns(2, gap="large")
with left:
    st.subheader("与上年同期")
    between = reader.compared_with(where)
    if unit == "hour":
        st.caption("按小时没有同期对比；请选按日、按周或按月。")
    elif between is None:
        st.info("数据没有覆盖上年同期。")
    else:
        asked = reader.seen_at(between.moment or reader.as_of)
        now, then = _in_buckets(reader, period), _in_buckets(asked, between.base)
        beside = (period, between.base)
        both = on_one_axis(now, then, unit, later=between.weeks if unit != "month" else None)
        drawn = marked(courses.two_years(both, unit, measure), "position", beside)
        drawer.chart(reader, drawn, where, key="both", within=beside)
        note = partial_note(both["partial"], unit, reader.as_of)
        st.caption(plain("　".join(filter(None, [note, f"与{cards.basis(between)}"]))))
with right:
    st.subheader("一周中的时刻")
    if has_times:
        drawer.chart(reader, courses.week_hours(hours, MEASURES["volume"]), where, key="hours")
        if -(-(period.end - period.start) // DAY) % 7:
            st.caption("颜色是合计；所选时段里各星期几的天数不同，首句按每天平均")
    else:
        st.info("来源只有日期，没有时刻。" if len(hours) else "所选范围没有案件。")

st.subheader("日历")
days = reader.aggregate(["volume"], ["day"], where.replace(period=None))
days = days[
    ~cut_short(days["day"], "day", Period(reader.span[0], reader.as_of))
]  # a day that is not over would look quiet
shades = (float(days["volume"].quantile(0.02)), float(days["volume"].quantile(0.98)))
for year, frame in sorted(days.groupby(days["day"].dt.year), reverse=True):
    st.caption(f"{year:d}年（全部时段，其余筛选条件不变；未满的一日不画）")
    shown = courses.calendar(frame, MEASURES["volume"], shades)
    drawer.chart(reader, shown, where.replace(period=None), key=f"calendar_{year}", hint="", is_kept=False)
downloads(days, "日历", key="calendar_file")
st.subheader(markdown("分类·{}", DIMENSIONS[level].label))
tree = reader.aggregate(OF_CLASSES, [level], where, order_by="volume", limit=20)
if not tree[level].any():
    lacking = markdown("所选范围的件都没有填写{}，无从分类。", DIMENSIONS[level].label)
    st.info(lacking if len(tree) else "所选范围没有案件。")
    st.stop()
left, right = st.columns(2, gap="large")
with left:
    drawn = charts.bars(tree, level, MEASURES["volume"])
    fields = drawer.chart(reader, drawn, where, key=f"tree_{level}", hint="点选一类，可查看案件或看下一级",
                          is_kept=False)  # fmt: skip
    if fields and level != TREE[-1]:
        value = fields[level]
        st.button(markdown("展开“{}”的下一级", value), on_click=go_down, args=(level, value), key="go_down")
with right:
    kept = tree[[level, *OF_CLASSES]]
    table(kept, key="tree_table", phone=[level, *OF_CLASSES[:2]], room=HALF)
    downloads(kept, f"分类{DIMENSIONS[level].label}", key="tree_file", chart=drawn)
