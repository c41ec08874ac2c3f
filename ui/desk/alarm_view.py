"""One alarm: its sentence, its course, what drives it, its cases, and the matter that it becomes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from questions import alarm_words as words
from questions import drivers
from questions.warning import COLUMNS, Alarm, Watched
from ui.choosing import drill
from ui.desk import begin, drawer
from ui.desk.alarms import ACT
from ui.desk.aside import aside, is_last
from ui.drawing.alarm_chart import course
from ui.drawing.tables import downloads, table
from ui.frame.page import answer
from ui.style.links import written
from ui.style.markup import html, markdown, plain

LABELS = {"volume": "现在", "usual": "平常", "beyond": "多出", "word": "词", "cases": "说到的件数", "of_now": "占现在%",
          "of_usual": "占平常%"}  # fmt: skip
MOST = 8


def show(reader: Reader, found: Watched, alarm: Alarm) -> None:
    """Draw the alarm."""
    st.subheader(plain(words.headline(alarm)))
    answer(html("{}，{}，{}；{}。", words.counted(alarm, found.moment), words.usual(alarm),
                words.since(alarm, found.moment), words.compared_with(reader, alarm)))  # fmt: skip
    st.caption(plain(words.how_sure(found, alarm) + words.called_again(drivers.again(reader, alarm))))
    act(reader, found, alarm)
    shown = drivers.course(reader, alarm)
    within = alarm.series.replace(period=alarm.whole.when)
    drawn = course(shown, pd.Timestamp(alarm.since))
    drawer.chart(reader, drawn, within.replace(period=None), key="alarm_course", is_kept=False)
    st.caption(
        "柱为每日件数，橙柱自预警开始之日起；蓝线和蓝带为同类日子平常的件数与 95% 范围；橙虚线以上，单独一天也会报警。"
    )
    downloads(shown, "预警的每日件数", key="alarm_course_file", labels={"expected": "平常", "low": "95%下端",
              "high": "95%上端", "threshold": "报警线"}, chart=drawn)  # fmt: skip
    _drivers(reader, alarm)
    st.subheader("涉及的案件")
    drill.cases_here(reader, alarm.where, words.counted(alarm, found.moment))
    if alarm.whole.when.start < alarm.where.when.start:
        drill.cases_link(reader, alarm.whole, words.since(alarm, found.moment))


def _drivers(reader: Reader, alarm: Alarm) -> None:
    """Side by side: each dimension that is open, and what the texts say."""
    st.subheader("集中在哪里")
    names = drivers.open_dimensions(alarm)
    columns = st.columns(len(names) + 1, gap="medium")
    for column, name in zip(columns, names, strict=False):
        with column:
            st.markdown(markdown("**{}**", DIMENSIONS[name].label))
            rows = drivers.drivers(reader, alarm, name).head(MOST)
            formats = {"volume": "%d", "usual": "%.1f", "beyond": "%.1f"}
            key = f"driver_{name}"
            picked = table(rows, key=key, labels=LABELS, formats=formats, height="content", selectable=True,
                           on_pick=drawer.follow(key))  # fmt: skip
            if picked:
                value = str(rows[name].iloc[picked[0]])
                drawer.show(reader, alarm.where.replace(**{name: (value,)}), written(name, value), key=key)
    with columns[-1]:
        _words(reader, alarm)


def _words(reader: Reader, alarm: Alarm) -> None:
    """What the texts say more often than before; where they say it is told apart."""
    st.markdown("**文字里多出来的词**")
    told = drivers.said(reader, alarm)
    shown = pd.DataFrame({"word": told["word"], "cases": told["cases"], "of_now": 100 * told["share"],
                          "of_usual": 100 * told["usual"]})  # fmt: skip
    places = told["is_place"].astype(bool)
    if places.all():
        st.caption("除地名外，没有哪个词比从前多得明显，或您的身份看不到文字。")
    else:
        formats = {"cases": "%d", "of_now": "%.0f", "of_usual": "%.0f"}
        table(shown[~places].head(MOST), key="alarm_words", labels=LABELS, formats=formats, height="content")
    if places.any():
        few = zip(shown[places]["word"].head(MOST), shown[places]["cases"], strict=False)
        st.caption(plain("地点的词（地名和案件地址里的）：" + "、".join(f"{word} {cases:,} 件" for word, cases in few)))


def act(reader: Reader, found: Watched, alarm: Alarm) -> None:
    """Forms of the matters that the alarm may become, filled in; what it became already."""
    given = {"unit": alarm.unit, "street": "".join(alarm.where.street), "place": alarm.place or "全区"}
    # Whoever came by one of an alarm's buttons finds its form at the side, not below the fold.
    is_asked = ACT in st.query_params and is_last(ACT)
    with aside("aside") if is_asked else st.container():
        begin.offer(reader, alarm.whole, key="alarm", given=given, title=words.title(alarm),
                    text=words.sentence(alarm, found.moment), is_about=lambda where: is_about(where, alarm),
                    reasons=reader.profile.settings.watch.reasons)  # fmt: skip


def is_about(where: CaseFilter | None, alarm: Alarm) -> bool:
    """Whether a matter's cases are the alarm's: of the same place and class, and of its days."""
    if where is None or where.period is None:
        return False
    same = all(getattr(where, name) == getattr(alarm.where, name) for name in COLUMNS)
    return same and where.period.end > alarm.since
