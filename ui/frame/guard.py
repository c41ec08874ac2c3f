"""What stands before every request, whichever route it asks for: hosts, methods, closed routes, headers.

A foreign page that had its own name pointed at this machine (DNS rebinding) would read everything as its own: only
this machine's names, IP addresses and the names in DASHBOARD_HOSTS are answered. The browser sends the host that stands
in its address bar: an IP address there cannot have been pointed elsewhere, a name can.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import re
import socket
from collections.abc import Iterable

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.frame import login
from ui.style import policy
from ui.watch.limits import Limit
from ui.watch.viewer import ADDRESS

HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"SAMEORIGIN",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
CSP, NO_STORE = b"content-security-policy", b"no-store"
CLOSED = ("/_stcore/component-upload",)
# 探索 takes a table of one's own: a file is held in memory until its page is closed, so each page may bring few.
UPLOAD, UPLOADS = "/_stcore/upload_file/", Limit(20, 3600)
METRICS = "/_stcore/metrics"
STATIC = ("/static/", "/app/static/")
LOGIN = ("/auth/login", "/oauth2callback")
LOGINS = Limit(60, 60)  # a minute, of one address; a whole office may stand behind one
LONGEST_BODY = 1 << 20  # bytes of a request, and of a message on a page's socket: what people type is far less
HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^:\[\]@/]+))(?::\d*)?")  # [::1]:8501, localhost:8501
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@functools.cache
def own_names() -> frozenset[str]:
    """The names by which this machine is known, and those that DASHBOARD_HOSTS adds (with commas between)."""
    name = socket.gethostname().lower()
    added = (part.strip().lower() for part in os.environ.get("DASHBOARD_HOSTS", "").split(","))
    return frozenset({"localhost", name, name.split(".")[0], f"{name.split('.')[0]}.local", *filter(None, added)})


def host_of(header: str) -> str:
    """The host of a Host header, without its port; '' for what is none."""
    parts = HOST.fullmatch(header.lower())
    return (parts["six"] or parts["name"]) if parts else ""


def is_allowed(header: str, names: Iterable[str]) -> bool:
    host = host_of(header).rstrip(".")
    return _is_address(host) or host in names


def _is_own(origin: bytes | None, host: str) -> bool:
    """Whether a page's socket is asked for by a page of this address. Browsers always say; other programs need not."""
    if origin is None:
        return True
    asking = host_of(origin.decode("latin-1").partition("://")[2])
    return bool(asking) and asking == host_of(host)


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = _without_claims(scope)
        refused = refusal(scope)
        if refused is None:
            await self.app(scope, _no_longer_than(scope, receive), _adding(scope, send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "host"})
        else:
            await refused(scope, receive, _adding(scope, send))


def refusal(scope: Scope) -> Response | None:
    """The answer to a request that is not let in; None for one that is."""
    headers = dict(scope["headers"])
    if not is_allowed(headers.get(b"host", b"").decode("latin-1"), own_names()):
        return PlainTextResponse(
            "这个名称不是看板的地址。要用它打开，请管理员把它加入环境变量 DASHBOARD_HOSTS。\n", 421
        )
    if scope["type"] == "websocket" and not _is_own(headers.get(b"origin"), headers[b"host"].decode("latin-1")):
        return PlainTextResponse("不是从看板自己的页面来的。\n", 403)
    path, method = scope["path"], scope.get("method", "GET")
    if path.startswith(CLOSED) or (method in WRITES and not path.startswith("/_stcore/")):
        return PlainTextResponse("看板不接受写入或上传。\n", 405)
    if path.startswith(UPLOAD) and method not in ("PUT", "DELETE", "OPTIONS"):
        return PlainTextResponse("看板不接受写入或上传。\n", 405)
    length = headers.get(b"content-length", b"0").decode("latin-1")
    if b"transfer-encoding" in headers or not length.isdecimal() or int(length) > LONGEST_BODY:
        return PlainTextResponse("请求太长，或没有写明长度。\n", 413)
    if path.startswith(UPLOAD) and method == "PUT" and not UPLOADS.takes(path.removeprefix(UPLOAD).partition("/")[0]):
        return PlainTextResponse("这一页带来的文件太多，请过一会儿再试。\n", 429)
    if path.startswith(LOGIN) and not LOGINS.takes(headers[ADDRESS.encode()].decode("latin-1")):
        return PlainTextResponse("这个地址一分钟内登录的次数太多，请稍后再试。\n", 429, {"Retry-After": "60"})
    if path.startswith(METRICS) and not _may_see_metrics(scope):
        return PlainTextResponse("没有这个页面。\n", 404)
    return None


def _listed(addresses: str) -> list[str]:
    """The addresses in a variable's text, with commas between."""
    return [part.strip() for part in addresses.split(",") if part.strip()]


def _without_claims(scope: Scope) -> Scope:
    """The request without what somebody else than a proxy put into it: who asks (LOGIN_PROXIES), and from where.

    Where it comes from then stands in ADDRESS for everything behind the guard: the connection's other end, or, where
    that is a proxy (DASHBOARD_PROXIES), what the proxy says.
    """
    asker = (scope.get("client") or ("",))[0]
    names = _listed(os.environ.get("LOGIN_PROXIES", ""))
    proxies = _listed(os.environ.get("DASHBOARD_PROXIES", "")) or names
    given = [(name.lower(), value) for name, value in scope["headers"]]
    claimed, address = [name.encode() for name in (login.HEADER, *login.CLAIMS)], ADDRESS.encode()
    told = [value.decode("latin-1").strip() for name, value in given if name == address]
    known = told[-1] if asker in proxies and told and _is_address(told[-1]) else asker
    is_believed = login.way() == "proxy" and asker in names
    kept = [(name, value) for name, value in given if name != address and (name not in claimed or is_believed)]
    return {**scope, "headers": [*kept, (address, known.encode())]}


def _may_see_metrics(scope: Scope) -> bool:
    """From this machine, and from the addresses in METRICS_FROM (with commas between)."""
    asker = dict(scope["headers"])[ADDRESS.encode()].decode("latin-1")
    allowed = _listed(os.environ.get("METRICS_FROM", ""))
    return _is_address(asker) and (ipaddress.ip_address(asker).is_loopback or asker in allowed)


def _no_longer_than(scope: Scope, receive: Receive) -> Receive:
    """Receives on; a message on a socket that is too long ends the connection before anybody reads it."""
    if scope["type"] != "websocket":
        return receive

    async def receiving() -> Message:
        message = await receive()
        length = len(message.get("bytes") or b"") + len(message.get("text") or "")
        return {"type": "websocket.disconnect", "code": 1009} if length > LONGEST_BODY else message

    return receiving


def _adding(scope: Scope, send: Send) -> Send:
    """Sends on, with the headers that every answer carries; figures and downloads are kept by nobody."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if name.lower() not in (*HEADERS, CSP)]
            if not scope["path"].startswith(STATIC):
                kept = [(name, value) for name, value in kept if name.lower() != b"cache-control"]
                kept.append((b"cache-control", NO_STORE))
            kept.append((CSP, policy.header().encode()))
            message = {**message, "headers": [*kept, *HEADERS.items()]}
        await send(message)

    return sending
