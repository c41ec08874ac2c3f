"""Filters kept under a name on a page: a click opens one; kept, renamed, taken away and put back by whoever's they are.

One is a link to the page under its conditions: a choice of the filter bar stands in the address and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import Reader
from data_access.ledger.opening import trail_of
from data_access.trail.kept import FILTER, Row, forget, keep, kept, rename, restore
from data_access.trail.schema import TrailProblem
from data_access.trail.trail import Trail
from ui.style.links import TEXT
from ui.style.markup import html, joined, plain
from ui.watch.viewer import NUMBERS, harmless, viewer

GONE, SAID = "saved_gone", "saved_said"  # in the session: the filter that was taken away last; what went wrong
NAMELESS = "要存筛选，先在左侧选择姓名或登录。"


def saved(reader: Reader, page: str) -> None:
    """The viewer's filters of this page, and what may be done with them. Drawn after the page's own widgets."""
    who = viewer().name
    try:
        trail = trail_of(reader)
        mine = kept(trail, page, who) if trail and who else []
    except (DatabaseError, StoreError):
        return  # the ledger's own pages say what is wrong
    if trail is None:
        return
    query = urlencode({name: st.query_params.get_all(name) for name in sorted(st.query_params) if name not in NUMBERS},
                      doseq=True)  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", key="saved", width="content"):
        if mine:
            st.html(html("{}", _links(page, mine, query)), width="content")
        with st.popover("存筛选" if not mine else "存筛选、改名、删去"):
            _keep(trail, who, page, query)
            for row in mine:
                _change(trail, who, row)
    if said := st.session_state.pop(SAID, ""):
        st.error(plain(f"{said}。"))
    if gone := st.session_state.get(GONE):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(plain(f"已删去“{gone['title']}”"), width="content")
            st.button("撤销", key="saved_undo", type="tertiary", on_click=_restore, args=(trail,))


def _links(page: str, mine: list[Row], query: str) -> Markup:
    chips = (
        html('<a class="chip{}" href="/{}?{}" target="_self">{}</a>', " here" if row["text"] == query else "", page,
             row["text"], row["title"])
        for row in mine
    )  # fmt: skip
    return html('<span class="chips">我的筛选　{}</span>', joined("", chips))


def _keep(trail: Trail, who: str, page: str, query: str) -> None:
    if not who:
        st.caption(NAMELESS)
        return
    if harmless(words := " ".join(st.query_params.get_all(TEXT))) != words:
        st.caption("查找的字里有号码，不能存下：号码会认出人来。")
        return
    st.text_input("给现在的条件起个名称", key="saved_title", max_chars=FILTER.title)
    st.button("存下现在的条件", key="saved_keep", on_click=_told, args=(_put, trail, who, page, query))
    st.caption("只有自己看得到；同名的换成现在的条件。时段写“近30天”的，以后打开是那时的近30天。")


def _put(trail: Trail, who: str, page: str, query: str) -> None:
    keep(trail, who, page, st.session_state.get("saved_title", ""), query)
    st.session_state["saved_title"] = ""


def _change(trail: Trail, who: str, row: Row) -> None:
    key = f"saved_{row['id']}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(plain(f"“{row['title']}”改名为"), row["title"], key=key, max_chars=FILTER.title)
        st.button("改名", key=f"{key}_rename", on_click=_told, args=(_rename, trail, who, row["id"], key))
        st.button("删去", key=f"{key}_drop", on_click=_told, args=(_drop, trail, who, row["id"]))


def _rename(trail: Trail, who: str, number: str, key: str) -> None:
    rename(trail, who, number, st.session_state[key])


def _drop(trail: Trail, who: str, number: str) -> None:
    st.session_state[GONE] = forget(trail, who, number)


def _restore(trail: Trail) -> None:
    if gone := st.session_state.pop(GONE, None):
        restore(trail, gone)


def _told(act: Callable[..., None], *given: object) -> None:
    """Act, and say on the page what went wrong."""
    try:
        act(*given)
    except (TrailProblem, DatabaseError) as problem:
        st.session_state[SAID] = str(getattr(problem, "orig", None) or problem)
