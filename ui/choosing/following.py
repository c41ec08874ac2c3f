"""What was chosen in the filter bar follows whoever opens another page by the menu.

The menu's links have no conditions, and Streamlit by itself takes the choices over a page too late: the one after next
had them again. So the page that is opened asks for itself once more, with them in its address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.style.links import END, FIELDS, START
from ui.style.ways import AT, go_to

SAID = {*FIELDS, START, END, "period", "days"}  # what an address may say of the cases that it is about
HELD = "filter_held"  # in the session: where a bar stood last, and at what


def hold(chosen: Mapping[str, Sequence[str]]) -> None:
    """The running page's bar stands at this: address parameters."""
    st.session_state[HELD] = (st.session_state.get(AT), dict(chosen))


def follow() -> None:
    """Go on with what the bar of another page stood at, unless the address says what it is about, or somebody went
    back to it: what stood there then counts."""
    here, context = st.session_state.get(AT), get_script_run_ctx()
    there, chosen = st.session_state.get(HELD, (here, {}))
    if there == here or not chosen or SAID & set(st.query_params):
        return
    if context is None or context.is_history_navigation:
        return
    hold(chosen)  # whatever becomes of the address, it is asked for once
    go_to(str(here), {**st.query_params.to_dict(), **chosen})
