"""The program's own scripts and styles, packed: a first visit loads a third of the bytes.

Streamlit sends them as they lie on the disk, since packing anew for every visitor costs more than it saves. Here each
is packed when it is asked for the first time, and kept: they do not change while the program runs.
"""

from __future__ import annotations

import gzip

import anyio
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/static/"
LEVEL = 9
# No documents: under a name that no file has, Streamlit answers with its own, and any name would be kept.
KINDS = ("text/javascript", "application/javascript", "text/css", "application/json", "application/wasm")
# Request headers that are dropped while a file is fetched to be packed: it must come whole, and not packed already.
UNASKED = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}
# Of the file as it lies on the disk; the packed one has none, and being immutable needs none.
OF_THE_FILE = {b"content-length", b"etag", b"last-modified", b"accept-ranges"}


class Packing:
    """ASGI middleware that packs what lies under /static/ and lets everything else pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._packed: dict[str, Response] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _may_be_packed(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._packed:
            answer = await self._fetched(scope, receive)
            if answer is None:
                await self.app(scope, receive, send)
                return
            self._packed[path] = answer
        await self._packed[path](scope, receive, send)

    async def _fetched(self, scope: Scope, receive: Receive) -> Response | None:
        """The file's answer, packed; None for what is not there or would not become smaller."""
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        headers = [(name, value) for name, value in scope["headers"] if name not in UNASKED]
        await self.app({**scope, "headers": headers}, receive, keep)
        kept = {name: value for name, value in start["headers"] if name not in OF_THE_FILE}
        if start["status"] != 200 or not kept.get(b"content-type", b"").decode().startswith(KINDS):
            return None
        packed = await anyio.to_thread.run_sync(gzip.compress, bytes(body), LEVEL)
        kept |= {b"content-encoding": b"gzip", b"vary": b"accept-encoding", b"content-length": b"%d" % len(packed)}
        answer = Response(packed)
        answer.raw_headers = list(kept.items())
        return answer


def _may_be_packed(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PATH):
        return False
    headers = dict(scope["headers"])
    return b"gzip" in headers.get(b"accept-encoding", b"") and b"range" not in headers
