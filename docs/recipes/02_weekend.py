"""周末与工作日: whether weekends bring more or fewer cases a day, or is it chance. Days are compared (Welch)."""

import streamlit as st
from scipy import stats

from data_access import MEASURES
from ui.choosing.filterbar import filter_bar
from ui.desk import drawer
from ui.drawing import charts
from ui.drawing.tables import downloads
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown
from ui.style.numbers import show_difference

PAGE = {"title": "周末与工作日", "group": "分析", "order": 902}
VOLUME = MEASURES["volume"]
LEAST = 8  # days of either kind; fewer tell nothing

reader = open_page("周末与工作日")
where = filter_bar(reader, "last90")

# One row per day with cases; the day that is not over would look quiet. Who works on a weekend (调休) works.
days = reader.aggregate("volume", ["day", "kind_of_day"], where)
days = days[days["day"].dt.date < reader.as_of.date()]
works = days["kind_of_day"] == "工作日"
weekend, workday = days[~works]["volume"], days[works]["volume"]

if min(len(weekend), len(workday)) < LEAST:
    st.info(f"完整的休息日和工作日各要 {LEAST} 天以上才好比，请把时段选长一些。")
    st.stop()

found = stats.ttest_ind(weekend, workday, equal_var=False)
low, high = found.confidence_interval(0.95)
verdict = "不能确定有差别" if low <= 0 <= high else "休息日确实多" if low > 0 else "休息日确实少"
lead = html("休息日（周末和节假日）每天 <b>{:,.0f}</b> 件，", weekend.mean())
answer(lead + html("工作日每天 <b>{:,.0f}</b> 件：{}。", workday.mean(), verdict))
apart, least, most = (show_difference(days, VOLUME) for days in (weekend.mean() - workday.mean(), low, high))
st.caption(markdown("差 {} 件，95% 区间 {} 至 {}；休息日 {:d} 天、工作日 {:d} 天，调休上班的算工作日",
                    apart, least, most, len(weekend), len(workday)))  # fmt: skip

by_weekday = reader.aggregate("volume", "weekday", where)
st.subheader("一周各天合计")
drawer.chart(reader, charts.bars(by_weekday, "weekday", VOLUME), where, key="weekdays")
downloads(days, "每日受理量", key="weekend_days")
