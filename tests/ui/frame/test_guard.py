"""Who asks by another's name, who writes where nobody writes, who looks at the inside: refused; all else has its headers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import HTMLResponse
from starlette.types import Message

from tests.loops import run
from ui.frame import guard
from ui.frame.guard import Guard
from ui.style import policy
from ui.watch.limits import Limit


@pytest.fixture(autouse=True)
def _fresh_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(guard.socket, "gethostname", lambda: "Screen-7.dongcheng.example")
    monkeypatch.delenv("DASHBOARD_HOSTS", raising=False)
    monkeypatch.delenv("METRICS_FROM", raising=False)
    guard.own_names.cache_clear()
    yield
    guard.own_names.cache_clear()


def asked(
    host: str | None,
    path: str = "/",
    method: str = "GET",
    client: str = "10.0.0.9",
    kind: str = "http",
    **more: str,
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body; status 0 for a socket that was let in, -1 for one that was closed at once."""
    sent: list[Message] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = {"Cache-Control": "public", "X-Frame-Options": "ALLOWALL"}
            await HTMLResponse("inside", headers=headers)(scope, receive, send)
        else:
            sent.append({"type": "let in"})

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    scope = {"type": kind, "path": path, "headers": headers, "client": (client, 50000)}
    run(Guard(application), {**scope, "method": method} if kind == "http" else scope, receive, send)
    if kind == "websocket":
        return (0 if sent[0]["type"] == "let in" else -1), {}, b""
    body = b"".join(message.get("body", b"") for message in sent[1:])
    names = [name for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names)), "a header twice"
    return sent[0]["status"], dict(sent[0]["headers"]), body


OURS = ("localhost", "localhost:8501", "10.3.4.5:8501", "[::1]:8501", "[fe80::1]", "screen-7", "SCREEN-7:8501",
        "screen-7.dongcheng.example", "screen-7.local:80", "127.0.0.1")  # fmt: skip
OTHERS = ("evil.example", "evil.example:8501", "localhost.evil.example", "10.3.4.5.evil.example", "", None,
          "screen-7.evil.example", "a@localhost:1:2", "[::1].evil.example")  # fmt: skip


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_only_the_machines_names_are_answered(kind: str) -> None:
    for host in OURS:
        assert asked(host, kind=kind)[0] == (200 if kind == "http" else 0), host
    for host in OTHERS:
        status, _, body = asked(host, kind=kind)
        assert status == (421 if kind == "http" else -1) and b"inside" not in body, host


def test_a_name_can_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "DASHBOARD_HOSTS" in asked("kanban.dongcheng.example")[2].decode()
    guard.own_names.cache_clear()
    monkeypatch.setenv("DASHBOARD_HOSTS", " Kanban.dongcheng.example , ")
    assert asked("kanban.dongcheng.example:80")[0] == 200 and asked("")[0] == 421


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/overview", 200),
        ("HEAD", "/", 200),
        ("POST", "/", 405),
        ("DELETE", "/static/js/index.js", 405),
        ("GET", "/_stcore/upload_file/session/file", 405),
        ("POST", "/_stcore/upload_file/session/file", 405),
        ("POST", "/_stcore/component-upload", 405),
        ("GET", "/_stcore/health", 200),
    ],
)
def test_nobody_writes_here(method: str, path: str, status: int) -> None:
    assert asked("localhost", path, method)[0] == status


def test_a_page_brings_few_files() -> None:
    for nth in range(guard.UPLOADS.most):
        assert asked("localhost", f"{guard.UPLOAD}one/{nth}", "PUT")[0] == 200
    assert asked("localhost", f"{guard.UPLOAD}one/more", "PUT")[0] == 429
    assert asked("localhost", f"{guard.UPLOAD}other/1", "PUT")[0] == 200


def test_the_inside_is_told_to_this_machine_and_to_whom_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(client: str) -> bool:
        return asked("localhost", guard.METRICS, client=client)[0] == 200

    assert told("127.0.0.1") and told("::1") and not told("10.0.0.9") and not told("")
    monkeypatch.setenv("METRICS_FROM", "10.0.0.9, 10.0.0.10")
    assert told("10.0.0.9") and not told("10.0.0.8")


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_every_answer_carries_the_headers(host: str) -> None:
    headers = asked(host)[1]
    assert headers[b"x-frame-options"] == b"SAMEORIGIN" and headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"cache-control"] == b"no-store" and b"content-security-policy" in headers
    assert asked("localhost", "/static/js/index.js")[1][b"cache-control"] == b"public"


def test_no_script_runs_but_those_the_program_wrote() -> None:
    script = b"let x = 1 // test_guard"
    policy.allow_scripts_of(b"<script src='a.js'></script><script type='module'>" + script + b"</script>")
    said = dict(part.split(" ", 1) for part in policy.header().split("; "))
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" in said["script-src"]
    assert "'unsafe-inline'" not in said["script-src"] and said["object-src"] == "'none'"
    for name, sources in said.items():
        assert not [source for source in sources.split() if "//" in source or source in ("*", "https:", "http:")], name


def test_where_somebody_comes_from_is_the_connections_other_end_or_what_a_proxy_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[list[bytes]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        told.append([value for name, value in scope["headers"] if name == b"x-real-ip"])

    async def nothing(*_: Any) -> Any:
        return {"type": "http.request"}

    def known(client: str, *claimed: str) -> list[bytes]:
        headers = [(b"host", b"localhost"), *((b"X-Real-IP", one.encode()) for one in claimed)]
        scope = {"type": "http", "path": "/", "method": "GET", "client": (client, 1), "headers": headers}
        run(Guard(application), scope, nothing, nothing)
        return told[-1]

    assert known("10.0.0.9", "10.9.9.9") == [b"10.0.0.9"] == known("10.0.0.9")
    monkeypatch.setenv("DASHBOARD_PROXIES", "127.0.0.1, 10.0.0.2")
    assert known("10.0.0.2", "10.0.0.9") == [b"10.0.0.9"] == known("127.0.0.1", "10.9.9.9", "10.0.0.9")
    assert known("10.0.0.9", "10.9.9.9") == [b"10.0.0.9"]
    assert known("127.0.0.1", "nobody") == [b"127.0.0.1"] == known("127.0.0.1")


def test_what_a_proxy_asks_for_another_is_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_PROXIES", "127.0.0.1")
    assert asked("localhost", guard.METRICS, client="127.0.0.1", x_real_ip="10.0.0.9")[0] == 404
    assert asked("localhost", guard.METRICS, client="127.0.0.1")[0] == 200


def test_what_is_too_long_or_too_often_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for length, status in (("0", 200), (str(1 << 20), 200), (str((1 << 20) + 1), 413), ("-1", 413), ("1e9", 413)):
        assert asked("localhost", content_length=length)[0] == status, length
    assert asked("localhost", transfer_encoding="chunked")[0] == 413
    monkeypatch.setattr(guard, "LOGINS", Limit(2, 60))
    answers = [asked("localhost", "/auth/login", client="10.0.0.9")[0] for _ in range(3)]
    assert answers == [200, 200, 429] and asked("localhost", "/auth/login", client="10.0.0.8")[0] == 200
    assert asked("localhost", "/overview")[0] == 200


@pytest.mark.parametrize(("length", "heard"), [(100, "websocket.receive"), ((1 << 20) + 1, "websocket.disconnect")])
def test_a_message_that_is_too_long_ends_the_connection(length: int, heard: str) -> None:
    told: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        told.append(await receive())

    async def receive() -> Any:
        return {"type": "websocket.receive", "bytes": b"x" * length}

    async def send(_: Any) -> None:
        pass

    run(Guard(application), {"type": "websocket", "path": "/", "client": ("10.0.0.9", 1),
                             "headers": [(b"host", b"localhost")]}, receive, send)  # fmt: skip
    assert told[0]["type"] == heard


def test_another_sites_page_gets_no_socket() -> None:
    for origin, status in (("http://localhost:8501", 0), ("https://localhost", 0), ("http://evil.example", -1),
                           ("http://localhost.evil.example", -1), ("null", -1), ("http://10.3.4.5", -1), ("", -1)):  # fmt: skip
        assert asked("localhost:8501", kind="websocket", origin=origin)[0] == status, origin
