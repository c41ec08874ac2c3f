"""What shows whose hands something went through: the words in files and on paper, and a mark on screens with cases."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import streamlit as st

from data_access.district.periods import beijing_now
from ui.style.markup import html
from ui.watch.viewer import MARKED, Viewer, viewer

NOBODY = "未登录"
# Laid over the whole screen; a grey that is as faint on white as on the dark ground.
TILE = (Path(__file__).parent / "mark.svg").read_text(encoding="utf-8").strip()


def made_by(who: Viewer, now: datetime | None = None) -> str:
    """Who, when and from where, in one line. `now`: Beijing time."""
    told = "，".join(filter(None, (who.role, who.unit)))
    name = (who.name or NOBODY) + (f"（{told}）" if told else "")
    place = f"　{who.address}" if who.address else ""
    return f"{name}　{now or beijing_now():%Y-%m-%d %H:%M}{place}　内部资料，请勿外传"


def on_paper(who: Viewer) -> None:
    """From now on every sheet that is printed of the page says at its foot who printed it, and when they saw it."""
    said = _css(made_by(who))
    st.html(html('<style>@page {{@bottom-left {{content: "{}"; font-size: 8pt; color: #4a5866}}}}</style>', said))


def _css(words: str) -> str:
    """The words for a string of CSS, in which no sign of theirs means anything."""
    return "".join(sign if sign.isalnum() else f"\\{ord(sign):x} " for sign in words)


def mark_screen() -> None:
    """The screen of this run shows cases: who looks, and when, stands faintly over all of it."""
    who = viewer()
    if st.session_state.get(MARKED) or (who.reader and not who.reader.profile.settings.audit.watermark):
        return
    st.session_state[MARKED] = True
    tile = TILE.replace("@NAME@", html("{}", who.name or NOBODY)).replace("@TIME@", f"{beijing_now():%Y-%m-%d %H:%M}")
    # Clicks go through it; it is the last layer, so that no table or map covers it, and stands on every printed sheet.
    st.html(
        html(
            '<style>.stApp::after {{content: ""; position: fixed; inset: 0; z-index: 999; pointer-events: none; '
            'background-image: url("data:image/svg+xml,{}"); print-color-adjust: exact}}</style>',
            quote(tile),
        )
    )
