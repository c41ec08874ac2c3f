"""Who looks and who acts: whoever is logged in; without logins, somebody chosen from the profile's list.

Then demo data is open to everybody, and whoever is chosen sees what they would see. Real data shows sums alone and
takes no step, unless DASHBOARD_OPEN says that everybody who reaches the port may see and do everything.
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import streamlit as st

from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY, WHOLE, Sight, sight_of
from data_access.district.people import Actor
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.ledger.needs import Needs, needs
from data_access.ledger.opening import trail_of
from data_access.trail.rights import note_rights
from ui.frame import login
from ui.style.markup import html, plain
from ui.watch.viewer import Viewer, address, conditions

LOG = logging.getLogger(__name__)
KEY = "actor_name"
KEPT = "actor_before"  # st.switch_page forgets every widget's value, the menu's own links do not
COOKIE = "acting"  # whom another session of this browser had chosen when a link led from it to this one
SCRIPT = (Path(__file__).parent / "acting.js").read_text(encoding="utf-8")
CLOSED = (
    "这是真实数据，还没有配置登录：只显示汇总数字，看不到单件案件和事项，也不能办理。"
    "可信的房间里要全部打开，请管理员设环境变量 DASHBOARD_OPEN=1 后重启（docs/operations.md）"
)

OPEN = frozenset({"sql", "briefs"})  # what is everybody's where no login or rights are set up

# A grant's `cases` in words, where one's unit is a district, and else.
SEEN = {"all": "看全区案件", "own": "看本街道、本单位的案件", "none": "只看汇总", "": ""}
OF_DISTRICT = SEEN | {"own": "看本区的案件"}


def is_open_room() -> bool:
    """Whether everybody who reaches the port may see and do everything."""
    return os.environ.get("DASHBOARD_OPEN") == "1" and not login.way()


def is_closed(reader: Reader) -> bool:
    """Whether the data is kept from everybody, because nobody can say who they are."""
    return reader.has_data and not reader.is_synthetic and not is_open_room() and not login.way()


def recall(profile: Profile) -> None:
    """Before a run: whoever was chosen before a switch of pages, or a link, still is.

    The cookie is no login and needs no seal: it is read only where anybody may choose anybody.
    """
    if KEY in st.session_state or login.way():
        return
    before = st.session_state.get(KEPT) if KEPT in st.session_state else unquote(st.context.cookies.get(COOKIE, ""))
    if before in {person.name for person in profile.people}:
        st.session_state[KEY] = before


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
    with st.sidebar:
        st.session_state[KEPT] = st.selectbox(
            "办理身份", list(people), index=None, key=KEY, placeholder="请选择姓名（角色）",
            format_func=lambda name: f"{name}（{people[name].role}）",
        )  # fmt: skip
        st.html(html('<i data-acting="{}"></i>', st.session_state[KEPT] or ""))
        _say_who(reader)


def _say_who(reader: Reader) -> None:
    if (who := actor(reader.profile)) is None:
        st.caption("办理事项前请选择；每一步都记下姓名")
        return
    words = OF_DISTRICT if who.unit in reader.profile.several else SEEN
    told = [who.name if login.way() else "", who.role, who.unit, words[_cases_of(reader, who)]]
    st.caption(plain("　".join(filter(None, told))))


def actor(profile: Profile) -> Actor | None:
    """The session's actor; None while nobody has said who they are."""
    chosen = st.session_state.get(KEY)
    person = next((person for person in profile.people if person.name == chosen), None)
    person = login.person(profile) if login.way() else person
    return Actor(person.name, person.role, person.unit) if person else None


def viewer_of(reader: Reader) -> Viewer:
    """The session's viewer, as what they do is recorded."""
    seat = Viewer(login.account(), address=address(), reader=reader, filter=conditions())
    who = actor(reader.profile)
    return dataclasses.replace(seat, name=who.name, role=who.role, unit=who.unit) if who else seat


def rights(reader: Reader) -> frozenset[str]:
    """Which of the profile's rights (data_access.district.access.RIGHTS) whoever looks holds: what the role is given.

    Where everybody sees everything (no login, nobody chosen, nothing written), all but those that watch over others.
    """
    who = actor(reader.profile)
    if who is not None and reader.profile.access:
        return reader.profile.grant_at(_day_of(reader), who.role).rights | (OPEN if is_open_room() else frozenset())
    return frozenset() if login.way() or is_closed(reader) else OPEN


def waiting(reader: Reader) -> Mapping[str, Needs]:
    """What needs whoever looks, by kind of matter; nothing while the ledger cannot be asked: its pages say why."""
    if not reader.has_data or is_closed(reader):
        return {}
    try:
        return needs(seen_by(reader), actor(reader.profile))
    except (DatabaseError, StoreError, OSError) as error:
        LOG.error("菜单上的件数：%s", getattr(error, "orig", None) or error)
        return {}


def closed_pages(reader: Reader) -> frozenset[str]:
    """The pages that are not for whoever looks, as they do not see every case: access.toml's `outside`."""
    if not reader.has_data or _sight(reader).tells_each:
        return frozenset()
    return frozenset(reader.profile.outside_at(_day_of(reader)).pages)


def may(reader: Reader, right: str) -> bool:
    """Whether whoever looks holds the right."""
    return right in rights(reader)


_NOTED: dict[str, Profile] = {}  # the profile whose rights were recorded last


def note_new_rights(reader: Reader) -> None:
    """Record that other rights hold from now on: the profile's files are read again when they were changed."""
    profile = reader.profile
    if _NOTED.get(profile.name, profile) is not profile:
        try:
            if trail := trail_of(reader):
                note_rights(trail, profile)
        except (DatabaseError, StoreError, OSError) as error:
            LOG.error("权限的改动没有写进审计：%s", getattr(error, "orig", None) or error)
            return
    _NOTED[profile.name] = profile


def _day_of(reader: Reader) -> date:
    return reader.as_of.date() if reader.has_data else beijing_now().date()


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
