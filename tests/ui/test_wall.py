"""Walls as answers: every screen on every kind of store, nobody's words as markup, night and lateness in the answer."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from data_access.importer import import_file
from data_access.ledger import Actor, Ledger, decision_time, ledger_for
from data_access.profile import current_profile
from data_access.store import Store, store_for
from data_access.topics import ALL, topic_changes
from ui import wall
from ui.wallparts import curve, spark

SCREENS = sorted(path.stem for path in wall.SCREENS.glob("[!_]*.py"))


def ask(path: str, query: str = "") -> object:
    return wall.respond({"path": path, "query_string": query.encode(), "type": "http", "scheme": "http", "headers": []})


def drawn(screen: str) -> str:
    return str(wall.state(wall.Wall(name="x", title="x", screens=(screen,)), screen)["html"])


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


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, demo_store: Store) -> Ledger:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")
    monkeypatch.setenv("LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    return ledger_for()


def figure_of(html: str, key: str) -> str:
    found = re.search(rf'data-key="{re.escape(key)}" data-number>([^<]*)<', html)
    assert found, key
    return found[1]


def test_an_empty_ledger_leaves_no_panel_empty(ledger: Ledger) -> None:
    for name in ("supervision", "topics"):
        assert not re.search(r'<div class="fill"></div>|<table[^>]*></table>', drawn(name))
    html = drawn("supervision")
    assert all(words in html for words in ("没有过期的督办单", "还没有吹过哨", "还没有攻百难事项"))
    assert figure_of(drawn("topics"), "topics.lists") == "—"


def test_the_supervision_wall_counts_what_the_ledger_holds(ledger: Ledger) -> None:
    profile, who = current_profile(), Actor("值班长甲", "指挥中心", "区城市管理指挥中心")
    now, units = decision_time(), [one.name for one in profile.units if one.unit_type == "部门"][:2]
    due = dt.timedelta(hours=1)
    secret = {"street": profile.streets[0].name, "reason": "综合执法", "place": "秘密路1号"}
    with ledger.writing() as pen:
        for unit, at in zip((units[0], units[0], units[1], units[1]), (-due, -2 * due, due, 100 * due), strict=True):
            fields = {"unit": unit, "reason": "其他", "level": "督办"}
            pen.open(profile.programme("supervision"), who, "秘密事项", fields=fields, due_at=now + at)
        parent = pen.open(profile.programme("whistle"), who, "秘密哨", fields=secret, due_at=now + due)
        called = {"unit": units[1], "street": secret["street"]}
        pen.open(profile.programme("whistle_call"), who, "秘密", fields=called, due_at=now - 2 * due, parent=parent)
        hard = {"year": "2022", "dimension": "事项", "evidence": "秘密"}
        pen.open(profile.programme("hard_case"), who, "秘密难题", fields=hard)
    html = drawn("supervision")
    counts = {key: figure_of(html, f"supervision.{key}") for key in ("going", "红", "橙", "黄", "绿")}
    assert counts == {"going": "4", "红": "2", "橙": "1", "黄": "0", "绿": "1"}
    assert f"<td>{units[0]}</td>" in html and "2 张" in html and "超 2 小时" in html and "1 件" in html
    assert "秘密" not in html and who.name not in html


def test_the_topics_wall_says_what_the_store_says(ledger: Ledger, demo_store: Store) -> None:
    until = current_profile().settings.topics.until_month
    found = topic_changes(2022, until, store=demo_store).set_index("topic")
    html, each = drawn("topics"), found.drop(index=ALL)
    assert figure_of(html, "topics.change") == f"{found.at[ALL, 'change']:+.1%}".replace("-", "−")
    assert figure_of(html, "topics.fell") == f"{(each['change'] < 0).sum()}/{each['change'].notna().sum()}"
    assert all(f"<td>{topic}</td>" in html for topic in each.index[each["change"].notna()])


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
    assert spark([1.0, 2.0], [3.0, 1.0]).count("polyline") == 2 and spark([1.0], [3.0, 1.0]) == ""
    assert "NaN" not in curve("x", [], [0.0] * 24, [0.0] * 24) and "nan" not in curve(
        "x", [1.0], [0.0] * 24, [0.0] * 24
    )
