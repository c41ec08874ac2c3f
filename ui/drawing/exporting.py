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
from dataclasses import replace
from urllib.parse import parse_qs, quote

import anyio
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data_access.cases.errors import StoreError
from data_access.cases.reader import open_reader
from data_access.cases.sight import NOTHING_SINGLY, Sight
from data_access.district.profile import ProfileError
from data_access.trail.schema import DoorClosed
from ui.drawing.about import file_name
from ui.drawing.columns import CASE_COLUMNS, CASE_LABELS
from ui.drawing.exports import csv_parts
from ui.style.links import EXPORT, TEXT, TICKET, filter_of, not_understood
from ui.watch.doors import opens_export
from ui.watch.mark import made_by
from ui.watch.viewer import Viewer

AT_ONCE = 2  # parts made at a time, of all files together; who waits is sent nothing meanwhile
LASTS = 600  # seconds that a ticket is good for
MOST_TICKETS = 2_000
NO_TICKET = "下载链接已过期，或不是在这里打开的：请回到案件库，刷新页面后再点下载。\n"
LOG = logging.getLogger(__name__)


class Tickets:
    """What the holder of a ticket may see. Kept by the process that gave it out; of too many the oldest go."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, tuple[float, Sight, Viewer]] = OrderedDict()
        self._guard = threading.Lock()

    def give(self, sight: Sight, who: Viewer | None = None) -> str:
        """A new ticket. `who`: its holder, under whose name the file is recorded."""
        ticket = secrets.token_urlsafe(16)
        with self._guard:
            self._given[ticket] = (time.monotonic() + LASTS, sight, who or Viewer())
            while len(self._given) > MOST_TICKETS:
                self._given.popitem(last=False)
        return ticket

    def held(self, ticket: str) -> tuple[Sight, Viewer] | None:
        """What its holder may see, and who that is; None for one that was never given out, or that has run out."""
        with self._guard:
            until, sight, who = self._given.get(ticket, (0.0, NOTHING_SINGLY, Viewer()))
        return (sight, who) if time.monotonic() < until else None

    def sight_of(self, ticket: str) -> Sight | None:
        """What the holder of a ticket may see; None as in `held`."""
        given = self.held(ticket)
        return given[0] if given else None


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
    held = TICKETS.held(query.get(TICKET, [""])[0])
    if held is None:
        return PlainTextResponse(NO_TICKET, 403)
    sight, who = held
    try:
        reader = open_reader(sight=sight).singly
        count = reader.count(filter_of(query))
    except (StoreError, ProfileError) as error:
        LOG.error("%s", error)
        return PlainTextResponse("现在读不到案件库，请稍后再试。\n", 503)
    if not count:
        return PlainTextResponse("没有符合条件的案件。\n", 404)
    if count > sight.exports:
        return PlainTextResponse(f"共 {count:,} 件，您的身份一个文件最多 {sight.exports:,} 件，请缩小范围。\n", 403)
    name = quote(file_name("案件清单", reader, "csv"))
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    if scope["method"] == "HEAD":
        return Response(headers=headers, media_type="text/csv")
    told = {name: values for name, values in query.items() if name not in (TICKET, TEXT)}
    try:
        columns = [CASE_LABELS.get(name, name) for name in CASE_COLUMNS]
        opens_export(replace(who, filter=told), "案件清单.csv", count, columns, reader=reader)
    except DoorClosed as closed:
        return PlainTextResponse(f"{closed}。\n", 503)
    frames = (part[CASE_COLUMNS] for part in reader.every_case(filter_of(query)))
    return StreamingResponse(
        _taking_turns(csv_parts(frames, CASE_LABELS, made_by(who)), turns), 200, headers, "text/csv"
    )


async def _taking_turns(parts: Iterator[bytes], turns: anyio.CapacityLimiter) -> AsyncIterator[bytes]:
    """Parts as they are made. A failure cuts the connection: no browser takes what came for the whole."""
    while (part := await anyio.to_thread.run_sync(next, parts, None, limiter=turns)) is not None:
        yield part
