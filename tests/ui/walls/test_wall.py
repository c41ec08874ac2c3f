"""Walls as answers: every screen on every kind of store, nobody's words as markup, night and lateness in the answer."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from data_access.cases.errors import StoreDamaged, VersionGone
from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.people import Actor
from data_access.district.periods import beijing_now, day_of
from data_access.district.profile import Profile, ProfileError, current_profile
from data_access.intake.contact import Contact, keep_contact
from data_access.intake.importing import import_file
from data_access.ledger.ledger import Ledger
from pages.walls.today import closed_since
from questions.topics import ALL, topic_changes
from tests.loops import run
from tests.pages.ledgers import own_ledger
from ui.walls import wall
from ui.walls.parts import curve, spark

SCREENS = sorted(path.stem for path in wall.SCREENS.glob("[!_]*.py"))


def request(path: str, query: str = "") -> Scope:
    return {"path": path, "query_string": query.encode(), "type": "http", "method": "GET", "scheme": "http",
            "headers": []}  # fmt: skip


def ask(path: str, query: str = "") -> Response:
    asked = request(path, query)
    assert wall.is_for_walls(asked)
    return wall.respond(asked)


def shown(reader: Reader, screen: str) -> dict[str, Any]:
    """What a wall of that screen alone shows."""
    return wall.state(reader, wall.Wall(name="x", title="x", screens=(screen,)), screen)


def reader_of(folder: Path, text: str, profile: str = "dongcheng") -> Reader:
    """Of a store that holds these rows."""
    store, district = store_for(f"duckdb:///{folder}"), current_profile(profile)
    (folder / "a.csv").write_text(text, encoding="utf-8")
    import_file(folder / "a.csv", profile=district, store=store)
    return Reader.of(store, district)


def test_the_profile_shows_screens_that_are_there() -> None:
    named = {screen for one in current_profile("dongcheng").walls.walls for screen in one.screens}
    assert named <= set(SCREENS)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """One case, of a class whose name is HTML."""
    return reader_of(tmp_path_factory.mktemp("one"), "工单编号,来电时间,三级分类\n1,2022-03-01 09:00,<b>x</b>\n")


@pytest.mark.slow
@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_draws_on_plenty_one_and_none(
    reader: Reader, one: Reader, empty_store: Store, screen: str
) -> None:
    whole = next(wall for wall in reader.profile.walls.walls if screen in wall.screens)
    none = Reader.of(empty_store, reader.profile)
    for asked, words in ((reader, "演示数据"), (one, "数据截至"), (none, "还没有数据")):
        html = wall.state(asked, whole, screen)["html"]
        assert words in html and "<b>x" not in html


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """One case of another district."""
    return reader_of(tmp_path_factory.mktemp("elsewhere"), "REC_ID,CREATE_TIME,STREET_NAME,COMMUNITY_NAME,EVENT_TYPE_NAME,MAIN_TYPE_NAME,SUB_TYPE_NAME,"
                       "DISPOSE_UNIT_NAME,ACHIEVE\n1,2018-02-03,龙田街道,老坑社区,市容环卫,占道,乱摆卖,城管办,按期办结\n", "pingshan")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_draws_in_another_district(elsewhere: Reader, screen: str) -> None:
    assert "<h1>" in shown(elsewhere, screen)["html"]


@pytest.mark.slow
def test_urgent_cases_show_no_ones_words(tmp_path: Path) -> None:
    text = "工单编号,来电时间,三级分类,时限类别,街道,地址,标题,诉求内容\n1,2022-03-01 09:00,燃气泄漏,紧急,,秘密路1号,秘密,秘密\n"
    html = shown(reader_of(tmp_path, text), "today")["html"]
    assert "燃气泄漏" in html and "秘密" not in html


@pytest.fixture
def ledger(reader: Reader, tmp_path: Path) -> Iterator[Ledger]:
    """The screens' own, empty."""
    with own_ledger(reader, tmp_path / "ledger.db") as made:
        yield made


def figure_of(html: str, key: str) -> str:
    found = re.search(rf'data-key="{re.escape(key)}" data-number>([^<]*)<', html)
    assert found, key
    return found[1]


def test_an_empty_ledger_leaves_no_panel_empty(ledger: Ledger, reader: Reader) -> None:
    for name in ("supervision", "topics"):
        assert not re.search(r'<div class="fill"></div>|<table[^>]*></table>', shown(reader, name)["html"])
    html = shown(reader, "supervision")["html"]
    assert all(words in html for words in ("没有过期的督办单", "还没有吹过哨", "还没有攻百难事项"))
    assert figure_of(shown(reader, "topics")["html"], "topics.lists") == "—"


def test_the_supervision_wall_counts_what_the_ledger_holds(ledger: Ledger, reader: Reader) -> None:
    profile, who = reader.profile, Actor("值班长甲", "指挥中心", "区城市管理指挥中心")
    now, units = ledger.now(), [one.name for one in profile.units if one.unit_type == "部门"][:2]
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
    html = shown(reader, "supervision")["html"]
    counts = {key: figure_of(html, f"supervision.{key}") for key in ("going", "红", "橙", "黄", "绿")}
    assert counts == {"going": "4", "红": "2", "橙": "1", "黄": "0", "绿": "1"}
    late = re.search(r'<table data-key="supervision.units">(.*?)</table>', html)
    assert late and late[1].count(f">{units[0]}<") == 2 and late[1].index("2小时") < late[1].index("1小时")
    assert "发起 4" in html and f">{secret['street']}<" in html and "1 件" in html
    assert "秘密" not in html and who.name not in html


def test_the_topics_wall_says_what_the_store_says(ledger: Ledger, reader: Reader) -> None:
    until = reader.profile.settings.topics.until_month
    found = topic_changes(reader, 2022, until).set_index("topic")
    html, each = shown(reader, "topics")["html"], found.drop(index=ALL)
    low, high = (f"{100 * found.at[ALL, end]:+.0f}".replace("-", "−") for end in ("low", "high"))
    assert f"{found.at[ALL, 'verdict']}（95% 区间 {low}～{high}%）" in html
    assert figure_of(html, "topics.change") == f"{found.at[ALL, 'change']:+.1%}".replace("-", "−")
    known = each[each["doubt"] == ""]
    assert figure_of(html, "topics.fell") == f"{(known['verdict'] == '下降').sum()}/{len(known)}"
    assert all(f"<td>{topic}</td>" in html for topic in each.index[each["change"].notna()])


def test_the_period_before_is_named_on_the_wall_that_speaks_of_it(reader: Reader) -> None:
    for name in (path.stem for path in wall.SCREENS.glob("[a-z]*.py")):
        html = shown(reader, name)["html"]
        about = re.search(rf'data-key="{name}.about">([^<]*)<', html)
        if re.search("上期 [\\d—]", html):
            assert about and re.search("上期 \\d+月\\d+日至\\d+月\\d+日", about[1]), name


@pytest.mark.parametrize(("hour", "dark"), [(12, False), (18, False), (19, True), (3, True), (7, False)])
def test_night_falls_by_the_profile(
    monkeypatch: pytest.MonkeyPatch, empty_store: Store, profile: Profile, hour: int, dark: bool
) -> None:
    monkeypatch.setattr(wall, "beijing_now", lambda: dt.datetime(2022, 5, 1, hour))
    assert shown(Reader.of(empty_store, profile), "today")["dark"] is dark


@pytest.mark.slow
def test_a_late_feed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reader = reader_of(tmp_path, "工单编号,来电时间\n1,2022-03-01 09:00\n")
    monkeypatch.setattr(wall, "beijing_now", lambda: dt.datetime(2022, 3, 4, 9))
    assert "数据已落后 3天" in shown(reader, "today")["late"]


def test_a_lost_source_is_said_before_the_data_is_late(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reader = reader_of(tmp_path, "工单编号,来电时间\n1,2022-03-01 09:00\n")
    monkeypatch.setattr(wall, "beijing_now", lambda: dt.datetime(2022, 3, 1, 9, 30))
    read_at = (beijing_now() - dt.timedelta(minutes=20)).isoformat()
    keep_contact(reader.store, "orders", Contact("12345热线工单", read_at, every_minutes=10))
    assert shown(reader, "today")["late"] == ""  # two looks were missed, which happens
    keep_contact(reader.store, "orders", Contact("12345热线工单", read_at, every_minutes=5, problem="主机甲没有应答"))
    late = shown(reader, "today")["late"]
    assert "“12345热线工单”已 20 分钟没有读到（约定每 5 分钟）" in late and "主机甲" not in late


def test_only_walls_are_answered() -> None:
    for path, query in (("/", ""), ("/overview", "wall=main"), ("/wall", "")):
        assert not wall.is_for_walls(request(path, query))
    assert not wall.is_for_walls({**request("/", "wall=main"), "type": "websocket"})
    assert ask("/wall/nobody/today").status_code == 404 and ask("/wall/rates/today").status_code == 404
    assert ask("/", "wall=%3Cscript%3E").body.count(b"<script>") == 0


def test_a_screen_that_fails_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(wall, "state", fail)
    answer = ask("/wall/today/today")
    told = json.loads(answer.body)
    assert answer.status_code == 503 and "“今日态势”这一屏暂时不能更新：程序出错了" in told["error"]
    assert told["error"] in told["html"]
    page = ask("/", "wall=today").body.decode()
    assert "“今日态势”这一屏暂时不能更新：程序出错了" in page and "等待" not in page


@pytest.mark.parametrize("error", [StoreDamaged("CURRENT 不见了"), ProfileError("district.toml：缺少这个文件")])
def test_a_wall_says_why_nothing_can_be_read(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> Reader:
        raise error

    monkeypatch.setattr(wall, "public_reader", fail)
    page, figures = ask("/", "wall=today"), ask("/wall/today/today")
    assert page.status_code == figures.status_code == 503 and page.headers["refresh"]
    assert str(error) in page.body.decode() and str(error) in json.loads(figures.body)["error"]


def test_a_screen_whose_file_is_broken_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "today.py").write_text("def draw(:\n", encoding="utf-8")
    monkeypatch.setattr(wall, "SCREENS", tmp_path)
    monkeypatch.setattr(Reader, "has_data", True)
    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    assert "“today”这一屏" in json.loads(ask("/wall/today/today").body)["error"]


ELSEWHERE = """
import json, sys
from pathlib import Path
from tests.pages.ledgers import own_ledger
from ui.walls import wall
wall.HERE = Path(sys.argv[1])
asked = {"type": "http", "path": "/wall/today/today", "query_string": b"", "scheme": "http", "headers": []}
print(json.loads(wall.respond(asked).body)["build"])
"""


def build_elsewhere(here: Path = wall.HERE, **environment: str) -> str:
    """What the answers of another process call the build. `here`: the folder of what it serves."""
    told = subprocess.run([sys.executable, "-c", ELSEWHERE, here], env={**os.environ, **environment}, check=True,
                          capture_output=True, text=True)  # fmt: skip
    return told.stdout.strip()


@pytest.mark.slow
def test_two_processes_behind_one_address_serve_one_build() -> None:
    """A wall reloads itself for another build: were each process one of its own, it would at every other answer."""
    mine = json.loads(ask("/wall/today/today").body)["build"]
    assert build_elsewhere(PYTHONHASHSEED="1") == build_elsewhere(PYTHONHASHSEED="2") == mine
    assert f'"build": "{mine}"'.encode() in ask("/", "wall=today").body


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wall.js", "wall.css"])
def test_another_program_is_another_build(tmp_path: Path, name: str, profile: Profile) -> None:
    here = tmp_path / "walls"
    shutil.copytree(wall.HERE, here)
    (here / name).write_text((here / name).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    today = wall.wall_of(profile, "today")
    assert today and build_elsewhere(here) != wall.build_of(profile, today)


def test_other_rules_are_another_build(profile: Profile) -> None:
    today = wall.wall_of(profile, "today")
    assert today
    slower = profile.walls.model_copy(update={"refresh_seconds": profile.walls.refresh_seconds + 1})
    others = [(profile, today.model_copy(update={"seconds": today.seconds + 1})),
              (profile, today.model_copy(update={"screens": ("today", "heat")})),
              (profile.model_copy(update={"walls": slower}), today)]  # fmt: skip
    builds = {wall.build_of(*one) for one in [(profile, today), *others]}
    assert len(builds) == 1 + len(others)


async def passed_on(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind the walls."""
    if scope["type"] == "http":
        await PlainTextResponse("the application")(scope, receive, send)


async def answer_of(walls: wall.Walls, scope: Scope) -> bytes:
    """The body of the answer, '' where there was none."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)

    await walls(scope, receive, send)
    return b"".join(one.get("body", b"") for one in said)


def test_what_is_no_walls_passes_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise AssertionError("a thread for a request that is no wall's")

    monkeypatch.setattr(anyio.to_thread, "run_sync", fail)
    walls = wall.Walls(passed_on)
    for path, query in (("/", ""), ("/_stcore/health", ""), ("/static/js/index.js", "v=1"), ("/overview", "wall=x")):
        assert run(answer_of, walls, request(path, query)) == b"the application"
    for kind in ("websocket", "lifespan"):
        assert run(answer_of, walls, {"type": kind}) == b""


def test_walls_answer_while_all_of_the_applications_threads_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "respond", lambda _: PlainTextResponse("a wall"))

    async def main() -> bytes:
        theirs = anyio.to_thread.current_default_thread_limiter()
        theirs.total_tokens = 1
        async with theirs:
            with anyio.fail_after(10):
                return await answer_of(wall.Walls(passed_on), request("/", "wall=today"))

    assert run(main) == b"a wall"


def test_walls_wait_for_one_another_and_nobody_else_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow(_: Scope) -> Response:
        begun.release()
        assert go_on.wait(30)
        return PlainTextResponse("a wall")

    monkeypatch.setattr(wall, "respond", slow)
    answers: list[bytes] = []

    async def main() -> None:
        walls = wall.Walls(passed_on)
        anyio.to_thread.current_default_thread_limiter().total_tokens = 1

        async def look() -> None:
            answers.append(await answer_of(walls, request("/", "wall=today")))

        async with anyio.create_task_group() as looking:
            for _ in range(wall.AT_ONCE + 1):
                looking.start_soon(look)
            with anyio.fail_after(20):
                for _ in range(wall.AT_ONCE):
                    assert await anyio.to_thread.run_sync(begun.acquire, True, 10)
                assert await answer_of(walls, request("/overview")) == b"the application"
            assert not begun.acquire(blocking=False)  # the last one waits for its turn
            go_on.set()

    run(main)
    assert answers == [b"a wall"] * (wall.AT_ONCE + 1)


def test_lines_of_little_or_nothing() -> None:
    assert spark([float("nan"), 1.0]) == "" and "polyline" in spark([1.0, float("nan"), 2.0])
    assert spark([1.0, 2.0], [3.0, 1.0]).count("polyline") == 2 and spark([1.0], [3.0, 1.0]) == ""
    assert "NaN" not in curve("x", [], [0.0] * 24, [0.0] * 24) and "nan" not in curve(
        "x", [1.0], [0.0] * 24, [0.0] * 24
    )


def test_a_version_that_goes_while_a_screen_is_drawn_costs_no_refresh(
    monkeypatch: pytest.MonkeyPatch, ledger: Ledger
) -> None:
    drawn, real = [], wall.state

    def state(reader: Reader, *rest: Any) -> dict[str, Any]:
        drawn.append(reader.version)
        if len(drawn) == 1:
            raise VersionGone("数据已更新")
        return real(reader, *rest)

    monkeypatch.setattr(wall, "state", state)
    assert ask("/wall/today/today").status_code == 200 and len(drawn) == 2


def test_what_was_closed_today_is_counted_from_the_states(reader: Reader) -> None:
    start = day_of(reader.as_of)
    closed = reader.sql(f"SELECT count(*) AS n FROM cases WHERE is_void = 0 AND closed_at >= '{start}'")["n"].iloc[0]
    assert closed_since(reader, start) == f"{closed:,}"
