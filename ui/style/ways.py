"""From page to page within a session: whoever sits there stays, where a link would begin a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

AT = "page_at"  # in the session: the address of the page that runs


def arrive(address: str) -> None:
    """This page runs."""
    st.session_state[AT] = address


def go_to(address: str, chosen: Mapping[str, str | Sequence[str]]) -> None:
    """Go to a page by its address, with these parameters: the menu's pages are no files to Streamlit, which finds them
    by their address."""
    st.switch_page(st.Page(lambda: None, title=address, url_path=address), query_params=chosen)
