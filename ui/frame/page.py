"""The top of every page: its title, how old the data is, and whose data it is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import LiteralString

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.cases.reader import Reader, open_reader
from data_access.district.periods import beijing_now
from data_access.intake import quality
from data_access.intake.contact import lost_sources
from ui.frame import identity
from ui.frame.fresh import watch
from ui.style.markup import html, markdown
from ui.style.numbers import lasted, moment
from ui.style.theme import is_phone
from ui.watch.mark import on_paper
from ui.watch.viewer import note

UNNAMED = (
    "您看到的案件文字遮去了姓名、车牌、号码和门牌，地址只到胡同或小区，坐标约到二百米；不能按文字查找。"
    "遮蔽由程序做，会有漏的，请勿转发。"
)


PLACE = "place_of_the_answer"  # in the session, from a page's top to its first answer


def computing() -> AbstractContextManager[object]:
    """The shape of what comes, for as long as a page's first figures are being computed."""
    return st.skeleton(height=360)


def further(title: LiteralString) -> DeltaGenerator:
    """Where a page goes on behind its answer: on a phone folded under this title, so that two screens hold the rest."""
    return st.expander(title) if is_phone() else st.container()


def open_page(title: LiteralString) -> Reader:
    """Draw the top of a page; returns the reader that answers this run's questions, all as of one version of the data.

    Where there is no data, say how it comes in, and stop.
    """
    st.title(title)
    whole = open_reader()
    reader = identity.seen_by(whole)
    watch(whole)
    who = identity.viewer_of(reader)
    note(who)
    on_paper(who)
    district = reader.profile.settings.district.name
    if not reader.has_data:
        st.info(markdown(
            "{}还没有数据。\n\n导入自己的案件：`python -m data_access import 文件`　"
            "先看演示数据：`python -m data_access demo`\n\n完成后刷新本页即可，不必重启。", district
        ))  # fmt: skip
        st.stop()
    kind = "　**演示数据**（合成，非真实案件）" if reader.is_synthetic else ""
    st.caption(markdown("{}　数据截至 {}", district, moment(reader.as_of)) + kind)
    _warn_if_stale(reader)
    for sentence in lost_sources(reader.store):
        st.warning(markdown("{}。", sentence))
    if identity.is_closed(reader):
        st.caption(identity.CLOSED)
    if reader.least:
        st.caption(markdown(
            "您不能一件一件查看的案件，各数都是**约数**：取 {0:d} 的倍数，不足 {0:d} 件的写 0 或 {0:d}，或不列出；"
            "率由约数算出，件数少时差得多。您可看的案件是准确数。", reader.least
        ))  # fmt: skip
    if reader.sight.unnamed:
        st.caption(UNNAMED)
    if absent := quality.absent(whole):
        st.caption(markdown("来源没有{}：要用到它们的数写“—”，要用到它们的图和清单说明原因。", "、".join(absent)))
    st.session_state[PLACE] = st.container()
    return reader


def _warn_if_stale(reader: Reader) -> None:
    """Demo data stands still on purpose; real data that does must be noticed."""
    limit = reader.profile.settings.clock.stale_after_hours
    behind = (beijing_now() - reader.as_of).total_seconds() / 3600
    if behind <= limit or reader.is_synthetic:
        return
    st.warning(markdown(
        "数据已落后当前时间 {}（超过 {:g} 小时的限度）：页面上的“今天”是数据的最新时间，请检查导入。",
        lasted(behind * 3600), limit,
    ))  # fmt: skip


def answer(text: str, *, here: bool = False) -> None:
    """What the page has found out: its first line, above the choices that led to it, wherever the page calls this
    first; a further one stands where it is called. HTML (`Markup`) is drawn as such, any other text as it is.

    `here`: where it is called in any case, as a part must that runs again by itself.
    """
    place = None if here else st.session_state.pop(PLACE, None)
    with place or st.container():
        st.html(html('<div class="answer">{}</div>', text))
