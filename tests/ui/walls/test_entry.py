"""A wall of real data is a device's, from its address, until it is withdrawn; synthetic data and open rooms need none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.responses import Response

from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.intake.importing import import_file
from data_access.ledger.opening import begin_ledger, trail_of
from data_access.trail.background import BACKGROUND
from data_access.trail.devices import add, devices, pass_of, remove
from data_access.trail.reading import search
from data_access.trail.schema import TrailProblem
from data_access.trail.trail import Trail
from ui.walls import entry, wall
from ui.watch.limits import Limit

HERE, THERE = "10.0.0.7", "10.0.0.8"


@pytest.fixture
def real(tmp_path: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> Reader:
    store = store_for(f"duckdb:///{tmp_path / 'real'}")
    (tmp_path / "a.csv").write_text("工单编号,来电时间\n1,2022-03-01 09:00:00\n", encoding="utf-8")
    import_file(tmp_path / "a.csv", profile=profile, store=store)
    reader = Reader.of(store, profile)
    monkeypatch.setattr(wall, "public_reader", lambda: reader)
    monkeypatch.delenv("DASHBOARD_OPEN", raising=False)
    monkeypatch.delenv("DASHBOARD_LOGIN", raising=False)
    return reader


@pytest.fixture
def trail(real: Reader, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trail]:
    begin_ledger(real)
    monkeypatch.setattr(entry, "TOLD", Limit(1, 300))
    monkeypatch.setattr(entry, "WRONG", Limit(30, 60))
    found = trail_of(real)
    assert found
    yield found
    BACKGROUND.flush()


def ask(path: str = "/", query: str = "wall=main", cookie: str = "", address: str = HERE) -> Response:
    headers = [(b"x-real-ip", address.encode())] + ([(b"cookie", cookie.encode())] if cookie else [])
    scope = {"path": path, "query_string": query.encode(), "type": "http", "method": "GET", "scheme": "http",
             "headers": headers}  # fmt: skip
    assert wall.is_for_walls(scope)
    return wall.respond(scope)


def came_in(token: str, address: str = HERE) -> str:
    """The cookie after the first visit by an address with a token."""
    answer = ask("/wall/main", f"token={token}", address=address)
    assert answer.status_code == 303 and answer.headers["location"] == "/wall/main"
    said = answer.headers["set-cookie"]
    assert "HttpOnly" in said and "SameSite=strict" in said and token not in answer.headers["location"]
    return said.split(";")[0]


def test_without_a_token_a_page_says_what_to_do(trail: Trail) -> None:
    for path, query in (("/", "wall=main"), ("/", "wall"), ("/wall/main", "")):
        answer = ask(path, query)
        assert answer.status_code == 403 and "wall add" in bytes(answer.body).decode()
        assert answer.headers["refresh"] == "60" and answer.headers["cache-control"] == "no-store"
    figures = ask("/wall/today/today", "")
    assert figures.status_code == 403 and json.loads(bytes(figures.body))["closed"] and b"html" not in figures.body
    for cookie in ("wall_token=x", "wall_token=", "wall_pass=x.y", "wall_pass=", "wall_pass=99991231235959.", "=;;,"):
        assert ask(cookie=cookie).status_code == 403, cookie


def test_a_device_comes_in_by_its_token_and_stays_until_it_is_withdrawn(trail: Trail) -> None:
    token = add(trail, "大厅-1")
    cookie = came_in(token)
    assert ask(cookie=cookie).status_code == 200 and ask("/wall/today/today", "", cookie, THERE).status_code == 200
    assert token not in devices(trail).to_string()
    with pytest.raises(TrailProblem, match="已有"):
        add(trail, "大厅-1")
    with pytest.raises(TrailProblem, match="不能用"):
        add(trail, "a b")
    assert remove(trail, "大厅-1") and not remove(trail, "大厅-1")
    assert ask(cookie=cookie).status_code == 403 and ask("/wall/today/today", "", cookie).status_code == 403


def test_a_stolen_token_is_refused_elsewhere_and_recorded(trail: Trail) -> None:
    token = add(trail, "大厅-1", HERE)
    cookie = came_in(token)
    assert ask(cookie=cookie).status_code == 200
    for _ in range(3):
        answer = ask(cookie=cookie, address=THERE)
        assert answer.status_code == 403 and "另一台电脑" in bytes(answer.body).decode()
    BACKGROUND.flush()
    told = search(trail, beijing_now() - timedelta(hours=1), beijing_now() + timedelta(hours=1), kinds=["wall"])
    assert [(row["what"], row["address"], row["result"]) for row in told.to_dict("records")] == [
        ("大厅-1", THERE, "拒绝")
    ]
    assert token not in told.to_string()


def test_tokens_cannot_be_tried_out(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "WRONG", Limit(3, 60))
    said = [bytes(ask(cookie=f"wall_token={number}").body).decode() for number in range(5)]
    assert ["次数太多" in words for words in said] == [False, False, False, True, True]
    token = add(trail, "大厅-1")
    assert ask(cookie=came_in(token)).status_code == 200  # a right one comes in all the same


def test_a_pass_lets_in_for_a_while(trail: Trail) -> None:
    good, old = pass_of(trail), pass_of(trail, trail.now() - timedelta(seconds=1))
    answer = ask("/", f"wall&pass={good}")
    assert answer.status_code == 303 and answer.headers["location"] == "/?wall"
    assert ask(cookie=answer.headers["set-cookie"].split(";")[0]).status_code == 200
    later = re.sub(r"^\d{4}", "9999", old)
    assert [ask(cookie=f"wall_pass={one}").status_code for one in (old, later)] == [403, 403]


def test_an_open_room_and_synthetic_data_need_none(
    real: Reader, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask().status_code == 403  # nor is there a ledger yet
    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    assert ask().status_code == 200
    monkeypatch.setenv("DASHBOARD_LOGIN", "oidc")
    assert ask().status_code == 403
    monkeypatch.setattr(wall, "public_reader", lambda: reader)
    assert ask().status_code == 200


def test_a_limit_moves_along_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("ui.watch.limits.time.monotonic", lambda: now[0])
    limit = Limit(2, 10)
    assert [limit.takes("甲"), limit.takes("甲"), limit.takes("甲"), limit.takes("乙")] == [True, True, False, True]
    now[0] = 10.0
    assert limit.takes("甲")
