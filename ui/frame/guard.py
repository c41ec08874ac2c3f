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

HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"SAMEORIGIN",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
CSP, NO_STORE = b"content-security-policy", b"no-store"
# No page of the product takes uploads: the route would only be a place to fill the memory from.
CLOSED = ("/_stcore/upload_file", "/_stcore/component-upload")
METRICS = "/_stcore/metrics"
STATIC = ("/static/", "/app/static/")
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


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = refusal(scope)
        scope = _without_claims(scope)
        if refused is None:
            await self.app(scope, receive, _adding(scope, send))
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
    path, method = scope["path"], scope.get("method", "GET")
    if path.startswith(CLOSED) or (method in WRITES and not path.startswith("/_stcore/")):
        return PlainTextResponse("看板不接受写入或上传。\n", 405)
    if path.startswith(METRICS) and not _may_see_metrics(scope):
        return PlainTextResponse("没有这个页面。\n", 404)
    return None


def _without_claims(scope: Scope) -> Scope:
    """The request without a name that somebody else than the proxy put into it (LOGIN_PROXIES, with commas between)."""
    asker = (scope.get("client") or ("",))[0]
    proxies = [part.strip() for part in os.environ.get("LOGIN_PROXIES", "").split(",") if part.strip()]
    if login.way() == "proxy" and asker in proxies:
        return scope
    claimed = login.HEADER.encode()
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() != claimed]}


def _may_see_metrics(scope: Scope) -> bool:
    """From this machine, and from the addresses in METRICS_FROM (with commas between)."""
    asker = (scope.get("client") or ("",))[0]
    allowed = [part.strip() for part in os.environ.get("METRICS_FROM", "").split(",") if part.strip()]
    return _is_address(asker) and (ipaddress.ip_address(asker).is_loopback or asker in allowed)


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
