"""简报: the office's papers from the same figures as the pages: read, downloaded, kept, set side by side."""

from datetime import date

import streamlit as st

from briefs.asked import NoBrief
from briefs.content import KINDS, MEETINGS, Brief, brief_of, period_of
from data_access.cases.filters import CaseFilter
from ui.choosing.filterbar import one_of
from ui.desk import papers
from ui.frame.identity import actor, may
from ui.frame.page import answer, open_page
from ui.style.markup import plain
from ui.style.numbers import until_now

PAGE = {"title": "简报", "group": "报告", "order": 10, "needs": "briefs", "icon": "description"}
VIEWS = {"write": "写一份", "kept": "已写的"}
DAYS = {"free": "起日", "portrait": "到哪一天为止的 90 天", "hard_case": "哪一天所在的月",
        "topic": "年初到哪一天所在的月"}  # fmt: skip


def choose() -> Brief | None:
    """The brief that was asked for; None, with the reason on the page, where there is none."""
    kind = one_of(KINDS, key="kind")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        newest, oldest = reader.as_of.date(), reader.span[0].date()
        asked = plain(DAYS.get(kind, "哪一天所在的时段"))
        on = st.date_input(asked, newest, min_value=oldest, max_value=newest, key="on", bind="query-params",
                           format="YYYY-MM-DD", width=200)  # fmt: skip
        last = None
        if kind == "free":
            last = st.date_input("止日", newest, min_value=oldest, max_value=newest, key="last", bind="query-params",
                                 format="YYYY-MM-DD", width=200)  # fmt: skip
        where = CaseFilter() if kind in MEETINGS else choose_whose()
    try:
        period = period_of(reader, kind, on or newest, last if isinstance(last, date) else None)
        with st.spinner("正在写 …"):
            return brief_of(reader, kind, period, where=where, viewer=who)
    except NoBrief as nothing:
        st.info(plain(str(nothing)))
        return None


def choose_whose() -> CaseFilter:
    """A street or a unit, or the whole district."""
    streets = [street.name for street in reader.profile.streets]
    units = [unit for unit in reader.options("unit") if unit and unit not in streets]
    chosen = {
        name: st.selectbox(plain(f"只写一个{words}的"), known, index=None, key=name, bind="query-params",
                           placeholder="全区", width=220)
        for name, words, known in (("street", "街道", streets), ("unit", "承办单位", units))
    }  # fmt: skip
    return CaseFilter().replace(**{name: (value,) for name, value in chosen.items() if value})


reader = open_page("简报")
who = actor(reader.profile)
if not may(reader, "briefs"):
    st.info("您的角色没有写简报的权限。")
elif one_of(VIEWS, key="view") == "kept":
    papers.show_kept(reader, who)
elif brief := choose():
    answer(f"{brief.title}（{until_now(brief.where.when, brief.as_of)}）")
    papers.offer(reader, brief, who)
    for place, part in enumerate(brief.parts):
        papers.show_part(part, f"part{place}")
    st.caption(plain("　".join(brief.notes)))
