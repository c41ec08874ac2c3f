"""Who looks and who acts: whoever is logged in; without logins, somebody chosen from the profile's list.

Then demo data is open to everybody, and whoever is chosen sees what they would see. Real data shows sums alone and
takes no step, unless DASHBOARD_OPEN says that everybody who reaches the port may see and do everything.
"""

from __future__ import annotations

import dataclasses
import os

import streamlit as st

from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY, WHOLE, Sight, sight_of
from data_access.district.people import Actor
from data_access.district.profile import Profile
from ui.frame import login
from ui.style.markup import plain

KEY = "actor_name"
KEPT = "actor_before"  # st.switch_page forgets every widget's value, the menu's own links do not
CLOSED = (
    "这是真实数据，还没有配置登录：只显示汇总数字，看不到单件案件和事项，也不能办理。"
    "可信的房间里要全部打开，请管理员设环境变量 DASHBOARD_OPEN=1 后重启（docs/operations.md）"
)

SEEN = {"all": "看全区案件", "own": "看本街道、本单位的案件", "none": "只看汇总", "": ""}  # a grant's `cases` in words


def is_open_room() -> bool:
    """Whether everybody who reaches the port may see and do everything."""
    return os.environ.get("DASHBOARD_OPEN") == "1" and not login.way()


def is_closed(reader: Reader) -> bool:
    """Whether the data is kept from everybody, because nobody can say who they are."""
    return reader.has_data and not reader.is_synthetic and not is_open_room() and not login.way()


def choose_actor(reader: Reader) -> None:
    """The choice, on every page; nothing where the profile lists nobody, or nobody may act."""
    people = {person.name: person for person in reader.profile.people}
    if login.way():
        with st.sidebar:
            _say_who(reader)
        return
    if is_closed(reader):
        with st.sidebar:
            st.caption("未配置登录：只看汇总")
        return
    if not people:
        return
    if KEY not in st.session_state and KEPT in st.session_state:
        st.session_state[KEY] = st.session_state[KEPT]
    with st.sidebar:
        st.session_state[KEPT] = st.selectbox("办理身份", list(people), index=None, key=KEY, placeholder="请选择姓名")
        _say_who(reader)


def _say_who(reader: Reader) -> None:
    if (who := actor(reader.profile)) is None:
        st.caption("办理事项前请选择；每一步都记下姓名")
        return
    told = [who.name if login.way() else "", who.role, who.unit, SEEN[_cases_of(reader, who)]]
    st.caption(plain("　".join(filter(None, told))))


def actor(profile: Profile) -> Actor | None:
    """The session's actor; None while nobody has said who they are."""
    chosen = st.session_state.get(KEY)
    person = next((person for person in profile.people if person.name == chosen), None)
    person = login.person(profile) if login.way() else person
    return Actor(person.name, person.role, person.unit) if person else None


def seen_by(reader: Reader) -> Reader:
    """The reader as the session may use it: of single cases it sees those that whoever is chosen may see."""
    return dataclasses.replace(reader, sight=_sight(reader))


def _sight(reader: Reader) -> Sight:
    if is_closed(reader):
        return NOTHING_SINGLY
    who = actor(reader.profile)
    if who is None or not _are_told_apart(reader):
        return NOTHING_SINGLY if login.way() else WHOLE
    return sight_of(reader.profile, who, reader.as_of.date())


def _are_told_apart(reader: Reader) -> bool:
    """Whether it matters who looks: not in an open room, nor in a district that wrote no rights down."""
    return reader.has_data and bool(reader.profile.access) and not is_open_room()


def _cases_of(reader: Reader, who: Actor) -> str:
    return reader.profile.grant_at(reader.as_of.date(), who.role).cases if _are_told_apart(reader) else ""
