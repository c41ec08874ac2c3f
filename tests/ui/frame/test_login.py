"""A name that comes in a header counts only when the proxy sent it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.loops import run
from ui.frame.guard import Guard
from ui.frame.login import HEADER


def let_in(client: str, *headers: tuple[bytes, bytes]) -> list[bytes]:
    """The names that the application is told."""
    told: list[bytes] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        told.extend(value for name, value in scope["headers"] if name.lower().startswith(b"x-remote"))

    async def nothing(*_: Any) -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "path": "/", "method": "GET", "client": (client, 4711),
             "headers": [(b"host", b"127.0.0.1"), *headers]}  # fmt: skip
    run(Guard(application), scope, nothing, nothing)
    return told


@pytest.mark.parametrize(
    "name",
    [
        HEADER.encode(),
        HEADER.upper().encode(),
        b"X-Remote-User",
        b"X-Remote-Groups",
        b"X-Remote-Unit",
        b"X-Remote-Name",
    ],
)
def test_a_forged_name_does_not_come_in(monkeypatch: pytest.MonkeyPatch, name: bytes) -> None:
    forged = (name, b"leader@dc.gov")
    assert let_in("10.0.0.9", forged) == []  # no login is configured: nobody may say who they are
    monkeypatch.setenv("DASHBOARD_LOGIN", "proxy")
    assert let_in("127.0.0.1", forged) == []  # no proxy is named
    monkeypatch.setenv("LOGIN_PROXIES", "127.0.0.1, 10.0.0.2")
    assert let_in("10.0.0.9", forged) == []
    assert let_in("10.0.0.2", forged) == let_in("127.0.0.1", forged) == [b"leader@dc.gov"]
    monkeypatch.setenv("DASHBOARD_LOGIN", "oidc")
    assert let_in("127.0.0.1", forged) == []
