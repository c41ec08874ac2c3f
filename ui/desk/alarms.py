"""Alarms as people act on them: what, where, against what is usual, whose, since when, and the ways on."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from markupsafe import Markup

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from questions import alarm_words as words
from questions.lookout import is_current, standing
from questions.warning import Alarm, Watched
from ui.desk.aside import follow
from ui.style.links import cases_address, page_address
from ui.style.markup import html, markdown, plain
from ui.style.numbers import moment
from ui.style.theme import is_phone
from ui.style.ways import go_to

PAGE, ASKED, ACT = Path(__file__).resolve().parents[2] / "pages" / "warning.py", "alarm", "act"
MOST, EVERY = 3, 3  # alarms above a page; seconds between looks while they are being computed
ACTIONS = {"supervision": "督办", "whistle": "吹哨"}


def alerts(reader: Reader) -> None:
    """The strongest alarms, above everything else on a page; 今日无异常 where there is none."""
    found = standing(reader)
    if not is_current(reader):
        wait(reader)
    if found is None:
        return
    if not found.windows:
        st.caption("数据还不足以判断有无异常：要有五个可比的日子，或三个月的历史。")
    elif not found.alarms:
        st.html(html('<div class="alarm"><strong>{}</strong>　看了 {:,} 个地点与分类的组合，没有一处超出平常。</div>',
                     words.NONE, found.series))  # fmt: skip
    shown = found.alarms[:MOST]
    for place, alarm in enumerate(shown[:1] if is_phone() else shown):
        _draw(reader, found, alarm, place)
    if is_phone() and len(shown) > 1:  # three would fill the first screen
        with st.expander(plain(f"另有 {len(shown) - 1} 条紧要的")):
            for place, alarm in enumerate(shown[1:], 1):
                _draw(reader, found, alarm, place)
    if more := len(found.alarms[MOST:]):
        st.markdown(markdown("[另有 {:,} 条预警]({})", more, page_address(PAGE.stem, CaseFilter())))


def _draw(reader: Reader, found: Watched, alarm: Alarm, place: int) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"alarm_{place}"):
        st.html(card(reader, found, alarm))
        with st.container(horizontal=True, width="content"):  # the buttons stay together
            ways_on(reader, alarm, key=f"alarm_{place}")


@st.fragment(run_every=EVERY)
def wait(reader: Reader) -> None:
    """A line that goes once the alarms are there."""
    if is_current(reader):
        st.rerun()
    st.caption(words.COMPUTING)


def ways_on(reader: Reader, alarm: Alarm, *, key: str) -> None:
    """Buttons that go to the alarm's own view, and there to the form of a matter with everything known filled in."""
    kinds = {"": "为什么"} | {kind: label for kind, label in ACTIONS.items() if reader.profile.has_programme(kind)}
    for kind, label in kinds.items():
        if st.button(plain(label), key=f"{key}_{kind}", width="content"):
            chosen = {ASKED: alarm.key} | ({ACT: kind} if kind else {})
            follow(ACT)()  # its form is what was asked for last
            # A switch of pages keeps who sits there; a link would begin a new session.
            go_to(PAGE.stem, chosen)


def card(reader: Reader, found: Watched, alarm: Alarm) -> Markup:
    """One alarm as HTML, with the way to its cases."""
    late = "" if found.moment == reader.as_of else f"　截至 {moment(found.moment)}"
    return html(
        '<div class="alarm {}"><span class="mark">{}</span><strong>{}</strong>　'
        '<a href="{}" target="_self">看案件</a><br>'
        "<strong>{}</strong>，{}　{}　承办最多：{}{}</div>",
        "sure" if alarm.is_sure else "watch", words.SURE[alarm.is_sure], words.headline(alarm),
        cases_address(alarm.where), words.counted(alarm, found.moment), words.usual(alarm),
        words.since(alarm, found.moment), words.owner(alarm), late,
    )  # fmt: skip
