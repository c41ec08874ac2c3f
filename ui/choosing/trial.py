"""Weights tried by slider: they act on this view alone, stand in its address, and change nothing that is kept."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.style.markup import plain

PREFIX = "w_"


def _restore(stored: Mapping[str, tuple[str, float]]) -> None:
    for name, (_, weight) in stored.items():
        st.session_state[PREFIX + name] = float(weight)


def weights(stored: Mapping[str, tuple[str, float]]) -> dict[str, float]:
    """A slider per weight, at the stored value unless moved: name -> weight. `stored`: name -> (words, weight)."""
    with st.popover("试调权重"):
        st.caption("只影响您看的这一页（链接可分享），不改动配置。")
        st.button("恢复配置的权重", on_click=_restore, args=(stored,), key="restore_weights")
        return {
            name: st.slider(
                plain(words), 0.0, max(1.0, 2 * weight), float(weight), 0.05, key=PREFIX + name, bind="query-params"
            )
            for name, (words, weight) in stored.items()
        }
