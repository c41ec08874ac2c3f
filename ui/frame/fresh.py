"""Open pages move on by themselves when a version appears, and when a source is lost or found again.

A script in the served page (fresh.js) asks now and then which version is the newest, a request that opens no session
and runs no page. When it is another than the one shown, and its reader is not in the middle of something, the script
presses a hidden button: the page runs again with every choice as it was. A reader who is busy sees a line instead.
"""

from __future__ import annotations

import time
from pathlib import Path

import anyio.to_thread
import streamlit as st
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import Reader, open_reader
from data_access.cases.store import Store
from data_access.district.profile import ProfileError
from data_access.intake.contact import lost_sources
from ui.style.markup import html

ADDRESS = "/fresh"
PRESSED = "fresh_data"  # the button's key: true in a run that nobody but the script may have asked for
RETRIED = "lost_data"
HELD = 2.0  # seconds for which an answer serves everybody
SCRIPT = (Path(__file__).parent / "fresh.js").read_text(encoding="utf-8")


def watch(reader: Reader) -> None:
    """Let this page be told when there is something newer than what `reader` sees."""
    with st.container(key="frame_fresh"):
        st.html(html('<i data-version="{}"></i>', stand_of(reader.store, reader.version)))
        st.button("有新数据，更新本页", key=PRESSED)


def retry() -> None:
    """Where a page has failed for want of its data: what has it run again, pressed as soon as there is any."""
    with st.container(key="frame_lost"):
        st.button("再试一次", key=RETRIED)
        st.caption("数据恢复以后，本页自己再试。")


def was_pressed() -> bool:
    """Whether this run is a page's own moving on, which tells nothing of its reader's presence."""
    return bool(st.session_state.get(PRESSED) or st.session_state.get(RETRIED))


def stand_of(store: Store, version: str) -> str:
    """What a page shows as its own: the version, and whether a source is lost."""
    return f"{version}{'!' * len(lost_sources(store))}"


class Fresh:
    """ASGI middleware that answers which stand is the newest, and lets everything else pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._known, self._at = "", float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != ADDRESS:
            await self.app(scope, receive, send)
            return
        if time.monotonic() - self._at > HELD:
            await anyio.to_thread.run_sync(self._look)
        await JSONResponse({"stand": self._known})(scope, receive, send)

    def _look(self) -> None:
        try:
            reader = open_reader()
            self._known = stand_of(reader.store, reader.version)
        except (StoreError, ProfileError, DatabaseError):  # the page says so when it runs
            self._known = ""
        self._at = time.monotonic()
