"""Walls as answers: every screen on every kind of store, nobody's words as markup, night and lateness in the answer."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from data_access.importer import import_file
from data_access.profile import current_profile
from data_access.store import Store, store_for
from ui import wall
from ui.wallparts import curve, spark

SCREENS = sorted(path.stem for path in wall.SCREENS.glob("[!_]*.py"))


def ask(path: str, query: str = "") -> object:
    return wall.respond({"path": path, "query_string": query.encode(), "type": "http", "scheme": "http", "headers": []})


def store_of(folder: Path, text: str, profile: str = "dongcheng") -> Store:
    store = store_for(f"duckdb:///{folder}")
    (folder / "a.csv").write_text(text, encoding="utf-8")
    import_file(folder / "a.csv", profile=current_profile(profile), store=store)
    return store


def test_the_profile_shows_screens_that_are_there() -> None:
    named = {screen for one in current_profile("dongcheng").walls.walls for screen in one.screens}
    assert named <= set(SCREENS)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_draws_on_plenty_one_and_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, demo_store: Store, screen: str
) -> None:
    shown = next(one for one in current_profile("dongcheng").walls.walls if screen in one.screens)
    one = store_of(tmp_path, "工单编号,来电时间,三级分类\n1,2022-03-01 09:00,<b>x</b>\n")
    for store, words in (
        (demo_store, "演示数据"),
        (one, "数据截至"),
        (store_for(f"duckdb:///{tmp_path}/none"), "还没有数据"),
    ):
        monkeypatch.setenv("CASES_URL", f"duckdb:///{store.folder}")
        html = wall.state(shown, screen)["html"]
        assert words in html and "<b>x" not in html


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_draws_in_another_district(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, screen: str) -> None:
    store_of(tmp_path, "REC_ID,CREATE_TIME,STREET_NAME,COMMUNITY_NAME,EVENT_TYPE_NAME,MAIN_TYPE_NAME,SUB_TYPE_NAME,"
             "DISPOSE_UNIT_NAME,ACHIEVE\n1,2018-02-03,龙田街道,老坑社区,市容环卫,占道,乱摆卖,城管办,按期办结\n", "pingshan")  # fmt: skip
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path}")
    monkeypatch.setenv("DISTRICT_PROFILE", "pingshan")
    assert "<h1>" in wall.state(wall.Wall(name="x", title="x", screens=(screen,)), screen)["html"]


def test_urgent_cases_show_no_ones_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "工单编号,来电时间,三级分类,时限类别,街道,地址,标题,诉求内容\n1,2022-03-01 09:00,燃气泄漏,紧急,,秘密路1号,秘密,秘密\n"
    store_of(tmp_path, text)
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path}")
    html = wall.state(wall.Wall(name="x", title="x", screens=("today",)), "today")["html"]
    assert "燃气泄漏" in html and "秘密" not in html


@pytest.mark.parametrize(("hour", "dark"), [(12, False), (18, False), (19, True), (3, True), (7, False)])
def test_night_falls_by_the_profile(monkeypatch: pytest.MonkeyPatch, hour: int, dark: bool) -> None:
    monkeypatch.setattr(wall, "beijing_now", lambda: dt.datetime(2022, 5, 1, hour))
    assert wall.state(wall.Wall(name="x", title="x", screens=("today",)), "today")["dark"] is dark


def test_a_late_feed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store_of(tmp_path, "工单编号,来电时间\n1,2022-03-01 09:00\n")
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path}")
    monkeypatch.setattr(wall, "beijing_now", lambda: dt.datetime(2022, 3, 4, 9))
    assert "数据已落后 72 小时" in wall.state(wall.Wall(name="x", title="x", screens=("today",)), "today")["late"]


def test_only_walls_are_answered() -> None:
    assert ask("/") is None and ask("/overview", "wall=main") is None and ask("/wall/main") is None
    assert ask("/wall/nobody/today").status_code == 404 and ask("/wall/rates/today").status_code == 404  # type: ignore[attr-defined]
    assert ask("/", "wall=%3Cscript%3E").body.count(b"<script>") == 0  # type: ignore[attr-defined]


def test_a_screen_that_fails_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(wall, "state", fail)
    answer = ask("/wall/today/today")
    assert answer.status_code == 503 and "暂时不能更新" in json.loads(answer.body)["error"]  # type: ignore[attr-defined]
    assert b"html" in ask("/", "wall=today").body  # type: ignore[attr-defined]


def test_lines_of_little_or_nothing() -> None:
    assert spark([float("nan"), 1.0]) == "" and "polyline" in spark([1.0, float("nan"), 2.0])
    assert "NaN" not in curve("x", [], [0.0] * 24, [0.0] * 24) and "nan" not in curve(
        "x", [1.0], [0.0] * 24, [0.0] * 24
    )
