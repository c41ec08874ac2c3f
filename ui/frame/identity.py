"""Who acts: somebody the profile lists, chosen once per session, until there are logins. Nobody acts without."""

from __future__ import annotations

import streamlit as st

from data_access.district.people import Actor
from data_access.district.profile import Profile
from ui.style.markup import markdown

KEY = "actor_name"
KEPT = "actor_before"  # st.switch_page forgets every widget's value, the menu's own links do not


def choose_actor(profile: Profile) -> None:
    """The choice, on every page; nothing where the profile lists nobody."""
    people = {person.name: person for person in profile.people}
    if not people:
        return
    if KEY not in st.session_state and KEPT in st.session_state:
        st.session_state[KEY] = st.session_state[KEPT]
    with st.sidebar:
        chosen = st.selectbox("办理身份", list(people), index=None, key=KEY, placeholder="请选择姓名")
        st.session_state[KEPT] = chosen
        about = people.get(chosen or "")
        st.caption(markdown("{}　{}", about.role, about.unit) if about else "办理事项前请选择；每一步都记下姓名")


def actor(profile: Profile) -> Actor | None:
    """The session's actor; None while nobody has said who they are."""
    chosen = st.session_state.get(KEY)
    person = next((person for person in profile.people if person.name == chosen), None)
    return Actor(person.name, person.role, person.unit) if person else None
