"""The style rules, those of paper among them, stand in the served document before anything of the page is drawn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response

from tests.loops import run
from ui.frame.head import SCRIPTS, Head
from ui.style.theme import HEAD, PAPER

DOCUMENT = "<!doctype html><html><head><title>x</title></head><body><script src='a.js'></script></body></html></body>"
BROWSER = [(b"accept", b"text/html,*/*"), (b"accept-encoding", b"gzip"), (b"if-none-match", b'"1"')]


def asked(
    response: Response, headers: list[tuple[bytes, bytes]], method: str = "GET"
) -> tuple[dict[bytes, bytes], bytes, Any]:
    """What a browser gets: headers, body, and the headers that the application was asked with."""
    sent: list[Any] = []
    seen: dict[str, Any] = {}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)
        await response(scope, receive, send)

    async def receive() -> Any:
        await asyncio.Event().wait()  # a browser that stays

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/", "headers": headers}
    run(Head(application), scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return dict(start["headers"]), body, seen["headers"]


def test_the_rules_come_with_the_document_behind_all_else() -> None:
    headers, body, received = asked(HTMLResponse(DOCUMENT), BROWSER)
    text = body.decode()
    assert text == DOCUMENT.replace("</body>", HEAD + SCRIPTS.decode() + "</body>", 1)
    assert PAPER in text
    assert int(headers[b"content-length"]) == len(body)
    # A packed or remembered document would leave nothing to put the rules into.
    assert {name for name, _ in received} == {b"accept"}


def test_a_document_sent_in_parts_gets_them_once(tmp_path: Any) -> None:
    file = tmp_path / "index.html"
    file.write_text(DOCUMENT.replace("<body>", "<body>" + "x" * 200_000))
    _, body, _ = asked(FileResponse(file, media_type="text/html"), BROWSER)
    assert body.count(PAPER.encode()) == 1 and b"x" * 200_000 in body


@pytest.mark.parametrize("response", [JSONResponse({"a": 1}), PlainTextResponse("</body>")])
def test_what_is_no_document_passes_as_it_is(response: Response) -> None:
    headers, body, _ = asked(response, BROWSER)
    assert body == response.body and int(headers[b"content-length"]) == len(body)


def test_what_asks_for_no_document_passes_untouched() -> None:
    _, body, received = asked(HTMLResponse(DOCUMENT), [(b"accept", b"*/*"), (b"accept-encoding", b"gzip")])
    assert body.decode() == DOCUMENT and len(received) == 2
