"""Scripts and styles come packed and say the same; what is no such file is never kept."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from tests.loops import run
from ui.frame.packing import Packing

SCRIPT = "let answer = 42;\n" * 1_000


class Files:
    """An application that counts how often it was asked, and with which headers."""

    def __init__(self, answer: Response) -> None:
        self.answer, self.asked = answer, list[list[tuple[bytes, bytes]]]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["headers"])
        await self.answer(scope, receive, send)


def ask(
    packing: Packing, *headers: tuple[bytes, bytes], path: str = "/static/a.js"
) -> tuple[dict[bytes, bytes], bytes]:
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    run(packing, {"type": "http", "method": "GET", "path": path, "headers": [*headers]}, receive, send)
    return dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


ACCEPTS = (b"accept-encoding", b"gzip, deflate, br")


def script() -> Response:
    return Response(SCRIPT, media_type="text/javascript", headers={"etag": '"1"', "cache-control": "immutable"})


def test_a_script_is_packed_once_and_says_the_same() -> None:
    files = Files(script())
    packing = Packing(files)
    for _ in range(3):
        headers, body = ask(packing, ACCEPTS)
        assert gzip.decompress(body).decode() == SCRIPT and len(body) < len(SCRIPT) / 10
        assert int(headers[b"content-length"]) == len(body)
        assert headers[b"content-encoding"] == b"gzip" and headers[b"vary"] == b"accept-encoding"
        assert headers[b"cache-control"] == b"immutable" and b"etag" not in headers
    assert len(files.asked) == 1


@pytest.mark.parametrize("headers", [[], [ACCEPTS, (b"range", b"bytes=0-9")], [(b"accept-encoding", b"br")]])
def test_who_cannot_unpack_or_wants_a_part_gets_it_as_it_is(headers: list[tuple[bytes, bytes]]) -> None:
    files = Files(script())
    found, body = ask(Packing(files), *headers)
    assert body.decode() == SCRIPT and b"content-encoding" not in found and files.asked == [headers]


@pytest.mark.parametrize(
    "answer", [HTMLResponse(SCRIPT), Response(SCRIPT, media_type="font/woff2"), PlainTextResponse("no", 404)]
)
def test_what_is_no_script_passes_and_is_not_kept(answer: Response) -> None:
    """Under a name that no file has, Streamlit answers with its document: any name would be kept."""
    files = Files(answer)
    packing = Packing(files)
    for number in range(3):
        headers, body = ask(packing, ACCEPTS, path=f"/static/{number}")
        assert body == answer.body and b"content-encoding" not in headers
    assert not packing._packed


def test_other_addresses_are_left_alone() -> None:
    files = Files(script())
    _, body = ask(Packing(files), ACCEPTS, path="/overview")
    assert body.decode() == SCRIPT and files.asked == [[ACCEPTS]]
