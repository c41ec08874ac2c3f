"""Viewers without a browser: they speak Streamlit's protocol over the websocket, and count what comes over the wire.

What a browser would keep they keep: messages that the server need not send again, and what was chosen.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

LARGEST = 64 << 20  # bytes of one message, as .streamlit/config.toml allows
KEPT = 2  # runs for which a browser keeps a message that was not used again


class _Counting(ClientConnection):
    """A connection that knows how many bytes came in, packed as they came."""

    received = 0

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)


@dataclass(frozen=True)
class Run:
    """One run of a page's script, as its viewer sees it: from the asking to its end."""

    seconds: float
    bytes: int
    messages: int


@dataclass
class Viewer:
    """Somebody who looks at one page; opened by `viewing`."""

    socket: _Counting
    address: str
    page: str
    widgets: dict[str, str] = field(default_factory=dict)  # what a widget is called in the address -> its id
    chosen: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)  # hash of a message -> the run in which it was last used
    hash: str = ""
    runs: int = 0
    exception: str = ""

    async def choose(self, **chosen: Sequence[str]) -> Run:
        """Choose values by the names that the address has for them, which changes the page."""
        self.chosen.update({name: list(values) for name, values in chosen.items()})
        return await self.run()

    async def run(self) -> Run:
        """Ask for a run and wait for its end."""
        before, start = self.socket.received, time.perf_counter()
        await self.socket.send(self._asking().SerializeToString())
        messages, self.runs = 0, self.runs + 1
        async for data in self.socket:
            message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
            messages += 1
            self._note(message)
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY and message.HasField("script_finished"):
                break
        self.kept = {name: last for name, last in self.kept.items() if self.runs - last < KEPT}
        if self.exception:
            raise RuntimeError(f"{self.page}：{self.exception}")
        return Run(time.perf_counter() - start, self.socket.received - before, messages)

    def _asking(self) -> BackMsg:
        asking = BackMsg()
        state = asking.rerun_script
        state.query_string = urlencode(self.chosen, doseq=True)
        state.page_script_hash, state.page_name = self.hash, "" if self.hash else self.page
        state.context_info.url = f"{self.address}/{self.page}"
        state.context_info.timezone, state.context_info.locale = "Asia/Shanghai", "zh-CN"
        state.cached_message_hashes.extend(self.kept)
        for name, values in self.chosen.items():
            if name in self.widgets:
                widget = state.widget_states.widgets.add(id=self.widgets[name])
                widget.string_array_value.data.extend(values)
        return asking

    def _note(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.hash = message.navigation.page_script_hash
        if name := message.ref_hash or (message.hash if message.metadata.cacheable else ""):
            self.kept[name] = self.runs
        if kind == "delta" and message.delta.HasField("new_element"):
            element = message.delta.new_element
            if element.HasField("multiselect"):
                self.widgets[element.multiselect.query_param_key] = element.multiselect.id
            if element.HasField("exception"):
                self.exception = element.exception.message
        if kind == "delta" and "page_failed" in message.delta.add_block.id:
            self.exception = "看板显示出错"


@asynccontextmanager
async def viewing(address: str, page: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Viewer]:
    """A viewer at the page's address who has not asked for anything yet. `headers`: sent with the opening."""
    options: dict[str, Any] = {"max_size": LARGEST, "proxy": None, "create_connection": _Counting}
    uri = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(
        uri, subprotocols=[Subprotocol("streamlit")], additional_headers=headers or {}, **options
    ) as socket:
        assert isinstance(socket, _Counting)
        yield Viewer(socket, address, page)
