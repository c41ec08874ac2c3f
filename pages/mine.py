"""我的街道与单位: where the viewer's own street or department stands, what lifts it, and what waits for it."""

import streamlit as st

from analysis.league import FEW
from data_access.cases.filters import CaseFilter
from data_access.district.periods import preset
from data_access.ledger.opening import ledger_if_any
from questions import mine
from questions.league import DISTRICT, STREET, league_of
from ui.choosing import drill
from ui.desk.promises import promises
from ui.desk.why import why_in_league
from ui.drawing import cards, score_words
from ui.frame import identity
from ui.frame.page import answer, computing, open_page
from ui.style.links import cases_address, page_address
from ui.style.markup import Markup, html, plain
from ui.style.numbers import band, until_now

PAGE = {"title": "我的街道与单位", "group": "总览", "order": 15, "icon": "badge"}
PAGES = {"supervision": "supervision", "whistle": "whistles", "whistle_call": "whistles"}


def choose_unit() -> str:
    """Whoever answers for a unit sees that one; others choose."""
    units = [*reader.profile.several, *(unit.name for unit in reader.profile.units)]
    who = identity.actor(reader.profile)
    if who and who.unit in units:
        return who.unit
    if not units:
        st.info("本区配置里没有单位（units.csv），没有可看的。")
        st.stop()
    st.caption("左侧选了街道或单位的人，这里就是他自己的；别的身份可选一个看。")
    return str(st.selectbox("看谁的", units, key="who", bind="query-params", width=280))


def say_where_it_stands() -> None:
    lead = html("<b>{}</b>，{}综合成绩", unit, stretch)
    if own.place is None:
        answer(lead + html("{}（有效回访不足 {} 件）。", FEW, ranks.scoring.small_sample))
        return
    lead += html(" <b>{:.2f}</b> 分，表上第 <b>{}</b> 名（共 {}，可能名次 {}）。", own.score, own.place, own.among,
                 band(own.best, own.worst))  # fmt: skip
    answer(lead + beside("离前一名", own.above, "差") + beside("后一名", own.below, "落后"))


def beside(whom: str, other: mine.Neighbour | None, how: str) -> Markup:
    return html("{}{}{} <b>{:.2f}</b> 分。", whom, other.unit, how, other.gap) if other else Markup()


def show_what_waits() -> None:
    cases = [
        (status, f"{'区内' if kind == DISTRICT else '承办'}的{words}", reader.count(where), "", cases_address(where))
        for words, where in mine.pressing(reader.profile, unit).items()
        for status in where.status
    ]
    ledger = None if identity.is_closed(reader) else ledger_if_any(reader)
    waiting = mine.waiting(ledger, unit) if ledger else []
    matters = [
        (row.kind, f"等我办的{row.title}", row.going, f"已过期 {row.red:,}" if row.red else "",
         page_address(PAGES[row.kind], CaseFilter()))
        for row in waiting
    ]  # fmt: skip
    cards.counts([*cases, *matters])


def say_what_lifts() -> None:
    st.subheader("再解决几件，能升一位")
    if own.lift is None:
        st.success("已在表上居首。" if own.place == 1 else "还没有名次，先有回访才说得出。")
        return
    st.info(score_words.lift_words(own.lift, ranks.scoring))
    drill.cases_here(reader, mine.candidates(ranks, unit), "就是这些未解决的")


reader = open_page("我的街道与单位")
unit = choose_unit()
kind = next((one.unit_type for one in reader.profile.units if one.name == unit), DISTRICT)
period = preset("assessment", reader.as_of, reader.profile.settings.clock, reader.span[0])
stretch = until_now(period, reader.as_of)
with computing():
    ranks = league_of(reader, mine.cases_of(reader.profile, unit).replace(period=period), kind)
own = mine.standing_of(ranks, unit)
say_where_it_stands()
show_what_waits()
notes = [f"名次在{kind}里比", ranks.scoring.note, *(["等着办的连同写明区内街道的"] if kind == DISTRICT else [])]
st.caption(plain("，".join(notes)))
say_what_lifts()
if unit in ranks.units.index:
    why_in_league(ranks)
if kind == STREET:
    promises(reader, unit)
