"""What must be there before anything is drawn, put into the page that Streamlit serves: the style rules, and the
scripts by which pages move on (fresh.js), are stopped (ending.js) and keep who was chosen (acting.js).

Sent with the page's elements they could come late: a page printed under load once held the menu and the buttons. They
stand at the end of the body, since Streamlit adds its own to the head, and of equal rules the last one holds.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.frame import ending, fresh, identity
from ui.style import policy
from ui.style.theme import HEAD

END = b"</body>"
SCRIPTS = b"".join(b"<script>" + one.encode() + b"</script>" for one in (fresh.SCRIPT, ending.SCRIPT, identity.SCRIPT))
# Request headers that are dropped: the document must come whole and unpacked for the rules to be put into it.
UNASKED = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}


class Head:
    """ASGI middleware that adds the rules to HTML documents and lets everything else pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _may_be_a_document(scope):
            await self.app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in UNASKED]
        await self.app({**scope, "headers": headers}, receive, _Adding(send))


def _may_be_a_document(scope: Scope) -> bool:
    accepts = dict(scope.get("headers", ())).get(b"accept", b"")
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and b"text/html" in accepts


class _Adding:
    """Passes a response on; an HTML document with the rules in it."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self.start = message
        elif message["type"] == "http.response.body" and self.start is not None:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self.start)
        else:
            await self.send(message)

    async def _finish(self, start: Message) -> None:
        body = self.body.replace(END, HEAD.encode() + SCRIPTS + END, 1)
        policy.allow_scripts_of(body)
        kept = [(name, value) for name, value in start["headers"] if name.lower() not in (b"content-length", b"etag")]
        # The answer to HEAD has no body; its length is left unsaid.
        kept += [(b"content-length", str(len(body)).encode())] if body else []
        await self.send({**start, "headers": kept})
        await self.send({"type": "http.response.body", "body": body})


def _is_html(message: Message) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])
