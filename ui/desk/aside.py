"""The side of the page, where every click is answered in view, wherever the page is scrolled to.

What was clicked last is shown, once, whatever else is still picked or ticked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import streamlit as st

from ui.style.markup import html
from ui.style.theme import palette

LAST = "picked_last"  # in the session: whose mark was picked last; '' once the side was closed


def follow(key: str) -> Callable[[], None]:
    """What a chart, a map or a table calls when something in it is picked."""
    return partial(_follow, key)


def _follow(key: str, and_then: Callable[[], Any] | None = None) -> None:
    st.session_state[LAST] = key
    if and_then:
        and_then()


def is_last(key: str) -> bool:
    """Whether nothing else was picked since."""
    return bool(st.session_state.setdefault(LAST, key) == key)


def aside(key: Literal["drawer", "aside"], on_close: Callable[[], Any] | None = None) -> Any:
    """The side's container, to be filled. `key`: of what stands behind one mark, or of a form, which on a phone stays
    where it is drawn: below what is ticked. `on_close`: lets go of the ticks."""
    with (side := st.container(key=key)):
        st.html(html("<style>.st-key-{} {{background: {}}}</style>", key, palette().ground))
        st.button("关闭 ✕", key=f"{key}_close", type="tertiary", on_click=_follow, args=("", on_close))
    return side
