"""Files of cases that are too many to hold at a time: made in parts, each sent before the next is asked for.

The address says which cases, in the words of every other address. What it does not understand it refuses: a file must
never hold more than was asked for. It needs a ticket, which a page gives to whoever looks at it: the file holds what
that session may see, and a link that is passed on is worth nothing after a while.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, quote

import anyio
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data_access.cases.errors import StoreError
from data_access.cases.reader import open_reader
from data_access.cases.sight import Sight
from data_access.district.profile import ProfileError
from ui.drawing.columns import CASE_COLUMNS, CASE_LABELS
from ui.drawing.exports import csv_parts
from ui.style.links import EXPORT, TICKET, filter_of, not_understood

AT_ONCE = 2  # parts made at a time, of all files together; who waits is sent nothing meanwhile
LASTS = 600  # seconds that a ticket is good for
MOST_TICKETS = 2_000
NO_TICKET = "下载链接已过期，或不是在这里打开的：请回到案件库，刷新页面后再点下载。\n"
LOG = logging.getLogger(__name__)


class Tickets:
    """What the holder of a ticket may see. Kept by the process that gave it out; of too many the oldest go."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, tuple[float, Sight]] = OrderedDict()
        self._guard = threading.Lock()

    def give(self, sight: Sight) -> str:
        ticket = secrets.token_urlsafe(16)
        with self._guard:
            self._given[ticket] = (time.monotonic() + LASTS, sight)
            while len(self._given) > MOST_TICKETS:
                self._given.popitem(last=False)
        return ticket

    def sight_of(self, ticket: str) -> Sight | None:
        """None for a ticket that was never given out, or that has run out."""
        with self._guard:
            until, sight = self._given.get(ticket, (0.0, None))
        return sight if time.monotonic() < until else None


TICKETS = Tickets()


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
    sight = TICKETS.sight_of(query.get(TICKET, [""])[0])
    if sight is None:
        return PlainTextResponse(NO_TICKET, 403)
    try:
        reader = open_reader(sight=sight).singly
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
