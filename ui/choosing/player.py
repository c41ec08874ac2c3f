"""Frames one after another: a play switch, and a slider while it stands still. Redrawn without the rest of the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from ui.style.markup import plain

SECONDS = 1.2  # that a frame is shown


def play(frames: Sequence[str], draw: Callable[[int], None], *, key: str) -> None:
    """Draw the frame at hand; while playing, the next one follows by itself and the last leads back to the first."""
    place = f"{key}_place"
    playing = st.toggle("播放", key=f"{key}_playing")

    @st.fragment(run_every=SECONDS if playing else None)
    def moving() -> None:
        at = st.session_state.get(place, 0)
        if playing:
            at = (at + 1) % len(frames)
            st.progress((at + 1) / len(frames), text=plain(frames[at]))
        elif len(frames) > 1:
            now = frames[min(at, len(frames) - 1)]
            chosen = st.select_slider("时刻", frames, now, format_func=plain, label_visibility="collapsed")
            at = list(frames).index(chosen)
        st.session_state[place] = at = min(at, len(frames) - 1)
        draw(at)

    moving()
