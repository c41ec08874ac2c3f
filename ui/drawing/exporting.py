"""Files of cases that are too many to hold at a time: made in parts, each sent before the next is asked for.

The address says which cases, in the words of every other address. What it does not understand it refuses: a file must
never hold more than was asked for.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, quote

import anyio
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data_access.cases.errors import StoreError
from data_access.cases.reader import open_reader
from data_access.district.profile import ProfileError
from ui.drawing.columns import CASE_COLUMNS, CASE_LABELS
from ui.drawing.exports import csv_parts
from ui.style.links import EXPORT, filter_of, not_understood

AT_ONCE = 2  # parts made at a time, of all files together; who waits is sent nothing meanwhile
LOG = logging.getLogger(__name__)


class Exports:
    """ASGI middleware that answers for files of cases and lets everything else pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._turns: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != EXPORT:
            await self.app(scope, receive, send)
            return
        self._turns = self._turns or anyio.CapacityLimiter(AT_ONCE)
        answer = await anyio.to_thread.run_sync(_respond, scope, self._turns, limiter=self._turns)
        await answer(scope, receive, send)


def _respond(scope: Scope, turns: anyio.CapacityLimiter) -> Response:
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if scope["method"] not in ("GET", "HEAD"):
        return PlainTextResponse("文件只能下载。\n", 405)
    if strange := not_understood(query):
        return PlainTextResponse(f"链接里的条件不认识：{'、'.join(strange)}。没有生成文件。\n", 400)
    try:
        reader = open_reader()
        count, version = reader.count(filter_of(query)), reader.version
    except (StoreError, ProfileError) as error:
        LOG.error("%s", error)
        return PlainTextResponse("现在读不到案件库，请稍后再试。\n", 503)
    if not count:
        return PlainTextResponse("没有符合条件的案件。\n", 404)
    name = quote(f"案件清单-{version}.csv")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    if scope["method"] == "HEAD":
        return Response(headers=headers, media_type="text/csv")
    frames = (part[CASE_COLUMNS] for part in reader.every_case(filter_of(query)))
    return StreamingResponse(_taking_turns(csv_parts(frames, CASE_LABELS), turns), 200, headers, "text/csv")


async def _taking_turns(parts: Iterator[bytes], turns: anyio.CapacityLimiter) -> AsyncIterator[bytes]:
    """Parts as they are made. A failure cuts the connection: no browser takes what came for the whole."""
    while (part := await anyio.to_thread.run_sync(next, parts, None, limiter=turns)) is not None:
        yield part
