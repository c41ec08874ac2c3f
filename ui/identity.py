"""Who acts: a name and a role given once per session, until there are logins. Nobody acts without."""

from __future__ import annotations

import streamlit as st

from data_access.ledger import Actor
from data_access.profile import current_profile


def actor() -> Actor | None:
    """The session's actor, from a small form in the sidebar; None while nobody has said who they are."""
    roles = current_profile().programmes.roles
    with st.sidebar:
        st.subheader("办理身份")
        name = st.text_input("姓名", key="actor_name", max_chars=20)
        role = st.selectbox("角色", roles, key="actor_role", filter_mode=None)
        st.caption("写入每一步的记录，不能匿名")
    return Actor(name.strip(), role) if name.strip() and role else None
