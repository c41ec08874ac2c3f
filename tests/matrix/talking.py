"""A tab without a browser: asks for a page and speaks on its socket as Streamlit's own frontend does, so that thousands
of doors can be tried. All that the server sends is kept as it came."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from types import TracebackType
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.matrix.world import account_of, within

PATIENCE = 120  # seconds without a word from the server
LARGEST = 256 << 20
HEADERS = {"x-content-type-options": "nosniff", "x-frame-options": "SAMEORIGIN", "referrer-policy": "same-origin",
           "cache-control": "no-store"}  # fmt: skip
CSP = "frame-ancestors 'self'"
SEATS = itertools.count(1)


def seat() -> str:
    """An address in the network for a tab of its own: by it its records are found, and its downloads counted."""
    number = next(SEATS)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Tab:
    """Somebody's tab at a page. `seen`: what came with the last step. `shown`: the elements on the page, by place;
    `menus`: what opens to show more of them."""

    def __init__(self, address: str, who: str, place: str) -> None:
        self.address, self.place, self.seat = address, place, seat()
        self.headers = {"X-Remote-User": account_of(who), "X-Real-IP": self.seat}
        self.http = httpx.Client(headers=self.headers, trust_env=False, verify=False, timeout=PATIENCE)
        self.seen = bytearray()
        self.query = urlsplit(place).query
        self.shown: dict[tuple[int, ...], Element] = {}
        self.menus: set[str] = set()
        self.states: dict[str, WidgetState] = {}
        self.session, self.script = "", ""
        self.fetch(place)
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        self.open = ExitStack()
        self.socket = self.open.enter_context(connect(
            f"{address.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=[Subprotocol("streamlit")],
            additional_headers={**self.headers, "Cookie": cookies}, max_size=LARGEST, proxy=None, open_timeout=PATIENCE,
        ))  # fmt: skip

    def __enter__(self) -> Tab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open.close()
        self.http.close()

    def _note(self, data: bytes) -> None:
        self.seen += within(data) + b"\n"

    def run(self, *chosen: WidgetState) -> None:
        """The page runs, after something in it was chosen or pressed."""
        self.seen.clear()
        self.states |= {one.id: one for one in chosen}
        asking = BackMsg()
        asking.rerun_script.query_string = self.query
        asking.rerun_script.page_script_hash = self.script
        asking.rerun_script.page_name = "" if self.script else self.path
        asking.rerun_script.context_info.url = urljoin(self.address, f"{urlsplit(self.place).path}?{self.query}")
        asking.rerun_script.widget_states.widgets.extend(self.states.values())
        self.socket.send(asking.SerializeToString())
        for name, one in list(self.states.items()):
            if one.HasField("trigger_value"):  # pressed once
                del self.states[name]
        while not self._hears(ForwardMsg.FromString(self._heard())):
            pass

    def _heard(self) -> bytes:
        data = self.socket.recv(PATIENCE)
        assert isinstance(data, bytes)
        self._note(data)
        return data

    def _hears(self, message: ForwardMsg) -> bool:
        """Whether the run is over."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.shown.clear()
            self.menus.clear()
            self.session = message.new_session.initialize.session_id or self.session
            self.script = message.new_session.page_script_hash
        elif kind == "delta":
            place = tuple(message.metadata.delta_path)
            if message.delta.HasField("new_element"):
                self.shown[place] = message.delta.new_element
            if menu := message.delta.add_block.popover.id:
                self.menus.add(menu)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "navigation":
            self.script = message.navigation.page_script_hash
        assert kind != "ref_hash", "the server takes it that this tab has kept something"
        return kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def fetch(self, path: str) -> httpx.Response:
        """What stands at another address for this tab's browser."""
        answer = self.http.get(urljoin(self.address, path))
        self._note(answer.content)
        assert HEADERS.items() <= answer.headers.items() and CSP in answer.headers["content-security-policy"], path
        return answer

    def made(self, file: str) -> httpx.Response:
        """A file that is made when it is asked for."""
        asking = BackMsg()
        asking.backend_operation_request.request_id = file
        asking.backend_operation_request.session_id = self.session
        asking.backend_operation_request.deferred_file.file_id = file
        self.socket.send(asking.SerializeToString())
        while True:
            message = ForwardMsg.FromString(self._heard())
            if message.WhichOneof("type") == "backend_operation_response":
                told = message.backend_operation_response
                assert not told.error_msg, told.error_msg
                return self.fetch(told.deferred_file.url)

    @property
    def path(self) -> str:
        return urlsplit(self.place).path.strip("/")


def to(page: str, query: dict[str, str] | str = "") -> str:
    """A page's address."""
    words = query if isinstance(query, str) else urlencode(query)
    return f"/{page}?{words}" if words else f"/{page}"


def kind_of(place: str) -> tuple[str, ...]:
    """What an address asks, whatever values it names."""
    parts = urlsplit(place)
    return (parts.path.strip("/"), *sorted(parse_qs(parts.query, keep_blank_values=True)))
