"""The nginx that docs/operations.md shows, run as it stands there: who says who somebody is, and who may open a socket."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import beijing_now
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import trail_of
from data_access.trail import sessions
from data_access.trail.reading import search
from tests.browser.proxying import nginx
from tests.browser.serving import ROOT, free_port, serving
from tests.browser.test_logins import LEADER, STREET, profiles  # noqa: F401 -- a fixture
from tests.loops import run

FORGED = {"X-Remote-User": LEADER}


class Verify(BaseHTTPRequestHandler):
    """The district's identity service: a login is a cookie that holds the account."""

    def do_GET(self) -> None:
        account = re.search(r"login=([^;]+)", self.headers.get("Cookie", ""))
        self.send_response(200 if account else 401)
        self.send_header("X-Account", account[1] if account else "")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def site(port: int, dashboard: int, verify: int) -> str:
    """The documented server, on this machine's ports and without its certificate."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- nginx -->\n```nginx\n(.*?)```", text, re.S)
    assert found
    shown = re.sub(r"(?m)^\s*ssl_.*\n", "", found[1]).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    assert "127.0.0.1:8501" in shown and "127.0.0.1:9000" in shown
    # The proxy speaks from an address of its own, so that it is told apart from other programs of this machine.
    shown = shown.replace(
        "proxy_pass http://127.0.0.1:8501;", "proxy_pass http://127.0.0.1:8501; proxy_bind 127.0.0.2;"
    )
    return shown.replace("127.0.0.1:8501", f"127.0.0.1:{dashboard}").replace("127.0.0.1:9000", f"127.0.0.1:{verify}")


@contextmanager
def front(folder: Path, dashboard: int) -> Iterator[str]:
    """The documented nginx in front of a dashboard; its address."""
    port, service = free_port(), ThreadingHTTPServer(("127.0.0.1", 0), Verify)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{port}"
    try:
        with nginx(folder, site(port, dashboard, service.server_port), f"{address}/wall/today/today"):
            yield address
    finally:
        service.shutdown()


@pytest.fixture(scope="module")
def places(
    demo_store: Store,
    profiles: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
    ledger: Ledger,
    artefacts: Path,
) -> Iterator[tuple[str, str]]:
    """The address of nginx, and the dashboard's own behind it."""
    with ExitStack() as running:
        told = {"DASHBOARD_LOGIN": "proxy", "LOGIN_PROXIES": "127.0.0.2", "DISTRICT_PROFILES": str(profiles)}
        behind = running.enter_context(serving(demo_store, artefacts / "behind.log", **told))
        yield running.enter_context(front(tmp_path_factory.mktemp("nginx"), int(behind.rsplit(":", 1)[1]))), behind


def status(url: str, **headers: str) -> int:
    try:
        with urlopen(Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()}), timeout=60) as answer:  # fmt: skip
            return int(answer.status)
    except HTTPError as error:
        return error.code


async def _told(address: str, headers: dict[str, str], runs: int, between: object) -> list[bytes]:
    uri = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(uri, subprotocols=[Subprotocol("streamlit")], additional_headers=headers, max_size=64 << 20,
                       proxy=None, origin=headers.pop("Origin", None)) as socket:  # type: ignore[arg-type]  # fmt: skip
        answers = []
        for number in range(runs):
            if number and callable(between):
                between()
            asking = BackMsg()
            asking.rerun_script.page_name = "overview"
            asking.rerun_script.context_info.url = f"{address}/overview"
            await socket.send(asking.SerializeToString())
            heard = b""
            async for data in socket:
                assert isinstance(data, bytes)
                heard += data
                message = ForwardMsg.FromString(data)
                if message.HasField("script_finished") and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    break
            answers.append(heard)
        return answers


def told(address: str, runs: int = 1, between: object = None, **headers: str) -> list[bytes]:
    """What the server sends to a page for each of its runs. `between`: is called before every run but the first."""
    return run(_told, address, {name.replace("_", "-"): value for name, value in headers.items()}, runs, between)  # type: ignore[no-any-return]


@pytest.mark.slow
def test_nobody_says_for_himself_who_he_is(places: tuple[str, str]) -> None:
    before, behind = places
    assert status(f"{before}/overview") == 401 == status(f"{before}/overview", **FORGED)
    assert status(f"{before}/overview", Cookie=f"login={STREET}") == 200
    # The name that the identity service knows counts, whatever the browser sends.
    heard = told(before, Cookie=f"login={STREET}", X_Remote_User=LEADER, X_Real_IP="10.9.9.9")[0]
    assert "东华门街道联络员".encode() in heard and "区领导甲".encode() not in heard
    # Past nginx nobody is believed, not even from this machine.
    heard = told(behind, X_Remote_User=LEADER)[0]
    assert "没有收到您的身份".encode() in heard and "区领导甲".encode() not in heard


@pytest.mark.slow
def test_another_sites_page_is_told_nothing(places: tuple[str, str]) -> None:
    before, _ = places
    own = before.replace("http://", "")
    assert told(before, Cookie=f"login={LEADER}", Origin=f"http://{own}")[0]
    with pytest.raises((InvalidStatus, WebSocketException)):
        told(before, Cookie=f"login={LEADER}", Origin="http://evil.example")
    assert status(f"{before}/overview", Cookie=f"login={LEADER}", Host="evil.example") == 421


@pytest.mark.slow
def test_an_account_that_is_withdrawn_stops_at_its_next_step(places: tuple[str, str], reader: Reader) -> None:
    trail = trail_of(reader)
    assert trail
    try:
        was, now = told(places[0], 2, lambda: sessions.withdraw(trail, LEADER), Cookie=f"login={LEADER}")
    finally:
        sessions.give_back(trail, LEADER)
    assert "区领导甲".encode() in was and "区情总览".encode() in was
    assert "您的登录已结束或被撤销".encode() in now


@pytest.mark.slow
def test_the_trail_says_from_where(places: tuple[str, str], reader: Reader) -> None:
    """By nginx's word, not by the browser's."""
    trail, began = trail_of(reader), beijing_now()  # the trail is one for all tests of this process
    assert trail
    told(places[0], Cookie=f"login={STREET}", X_Real_IP="10.9.9.9", X_Forwarded_For="10.9.9.8")
    until = began + timedelta(hours=1)
    while (found := search(trail, began, until, kinds=["page"], who="东华门街道联络员")).empty:
        pass  # the server's thread writes it a little later
    assert set(found["address"]) == {"127.0.0.1"}
    # A login is recorded once for the account's day, under its account.
    logins = set(search(trail, began - timedelta(days=1), until, kinds=["login"], who=STREET)["address"])
    assert "127.0.0.1" in logins and not logins & {"10.9.9.9", "10.9.9.8"}


@pytest.mark.slow
def test_walls_are_answered_without_a_login(places: tuple[str, str]) -> None:
    assert status(f"{places[0]}/wall/today/today") == 200  # synthetic data needs no token
    assert status(f"{places[0]}/?wall=today") == 401
