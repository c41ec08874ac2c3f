"""Files that a page offers are handed to the browser that was offered them, and to no other.

Streamlit serves them at addresses made from their content, to whoever asks. Here each browser gets a word of its own
(a cookie no script can read); a file is given to the browsers whose sessions it was made for. To others, also those
who know the address, it is as if there were none.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from typing import Any

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

PATH, COOKIE = "/media/", "seat"
LASTS = 365 * 24 * 3600  # seconds; a browser that opens several tabs at once keeps the one it has
WORD = re.compile(r"[\w-]{20,60}")
MOST = 20_000  # sessions and files that are remembered; of more the oldest go


class Holders:
    """Which browser each session is in, and which browsers each file was made for."""

    def __init__(self) -> None:
        self._seats: OrderedDict[str, str] = OrderedDict()  # session -> its browser's word
        self._files: OrderedDict[str, set[str]] = OrderedDict()  # a file's name in its address -> browsers
        self._guard = threading.Lock()

    def sits(self, session: str, seat: str) -> None:
        """The session is in that browser."""
        with self._guard:
            self._seats[session] = seat
            self._seats.move_to_end(session)
            while len(self._seats) > MOST:
                self._seats.popitem(last=False)

    def gets(self, session: str, address: str) -> None:
        """A file was made for the session."""
        name = address.rsplit("/", 1)[-1]
        with self._guard:
            if seat := self._seats.get(session):
                self._files.setdefault(name, set()).add(seat)
                self._files.move_to_end(name)
            while len(self._files) > MOST:
                self._files.popitem(last=False)

    def may_have(self, seat: str, name: str) -> bool:
        """Whether the file was made for a session of that browser."""
        with self._guard:
            return bool(seat) and seat in self._files.get(name, ())


HOLDERS = Holders()


def take_seat() -> None:
    """At the top of every run: whose browser the session is in, and that files are noted as theirs."""
    context = get_script_run_ctx()
    if context is None or not Runtime.exists():
        return
    HOLDERS.sits(context.session_id, st.context.cookies.get(COOKIE, ""))
    manager: Any = Runtime.instance().media_file_mgr
    if hasattr(manager, "seated"):
        return
    manager.seated = True
    add, execute = manager.add, manager.execute_deferred

    def added(*args: Any, **named: Any) -> str:
        address = str(add(*args, **named))
        if (who := get_script_run_ctx()) is not None:
            HOLDERS.gets(who.session_id, address)
        return address

    def executed(file_id: str) -> str:
        session = str(manager._deferred_callables.get(file_id, {}).get("session_id", ""))
        address = str(execute(file_id))
        HOLDERS.gets(session, address)
        return address

    manager.add, manager.execute_deferred = added, executed


class Media:
    """ASGI middleware: gives browsers their word, and files to those they were made for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seat = _seat_of(scope)
        if scope["path"].startswith(PATH) and not HOLDERS.may_have(seat, scope["path"].rsplit("/", 1)[-1]):
            await PlainTextResponse("没有这个文件，或不是给您的：请回到页面再点一次下载。\n", 404)(scope, receive, send)
            return
        await self.app(scope, receive, send if seat else _giving(scope, send))


def _seat_of(scope: Scope) -> str:
    told = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    seat = cookie_parser(told).get(COOKIE, "")
    return seat if WORD.fullmatch(seat) else ""


def _giving(scope: Scope, send: Send) -> Send:
    """Sends on; with a page the browser is given its word."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                told = dict(scope["headers"]).get(b"x-forwarded-proto", b"").decode("latin-1")
                secure = "; Secure" if told == "https" or scope.get("scheme") == "https" else ""
                word = f"{COOKIE}={secrets.token_urlsafe(24)}"
                headers.append("set-cookie", f"{word}; Path=/; Max-Age={LASTS}; HttpOnly; SameSite=Lax{secure}")
        await send(message)

    return sending
