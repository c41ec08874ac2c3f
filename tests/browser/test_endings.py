"""A page that takes long can be stopped and stops by itself, with all that it asked for; a page that fails or writes
harms nobody."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from tests.browser.pages import dashboard, district
from tests.browser.serving import started
from tests.browser.visits import PATIENCE_MS, Visit

JOINED = " || ".join(f"{name}.case_id" for name in "abc")
CROSS = f"""reader.sql("SELECT count(*) AS n FROM cases a, cases b, cases c WHERE {JOINED} = 'x'")"""
GOOD = "st.write(f'共 {reader.count()} 件')"
LOOP = "while True:\n    try:\n        reader.count()\n    except Exception:\n        pass"
PATIENCE = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds of processor time that the server has used."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS


def until_idle(pid: int) -> None:
    """Until the server does nothing but wait."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        before = cpu(pid)
        time.sleep(1)
        if cpu(pid) - before < 0.2:
            return
    raise AssertionError("the server goes on computing")


def until_busy(pid: int) -> None:
    before, deadline = cpu(pid), time.monotonic() + PATIENCE
    while cpu(pid) - before < 1.5:
        assert time.monotonic() < deadline, "the server does nothing"
        time.sleep(0.1)


def test_a_long_query_is_stopped_by_its_button_and_by_a_closed_tab(
    demo_store: Store, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    app = dashboard(tmp_path / "app", good=GOOD, cross=CROSS)
    limits = district(tmp_path / "profiles", statement_seconds=600, page_seconds=600)
    with started(demo_store, tmp_path / "server.log", app=app, DISTRICT_PROFILES=str(limits)) as (address, pid):
        page = visit().page
        page.goto(f"{address}/cross")
        stop = page.get_by_role("button", name="停止")
        expect(stop).to_be_visible(timeout=PATIENCE_MS)
        stop.click()
        expect(page.get_by_text("已停止，数据库里的查询也停了")).to_be_visible(timeout=PATIENCE_MS)
        expect(stop).to_be_hidden()
        until_idle(pid)

        page.get_by_role("button", name="重新计算").click()
        until_busy(pid)
        page.close()
        until_idle(pid)


def test_limits_end_a_query_and_a_loop_and_say_so(
    demo_store: Store, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    app = dashboard(tmp_path / "app", good=GOOD, cross=CROSS, loop=LOOP)
    limits = district(tmp_path / "profiles", statement_seconds=2, page_seconds=6)
    log = tmp_path / "server.log"
    with started(demo_store, log, app=app, DISTRICT_PROFILES=str(limits), DASHBOARD_AUTHOR="1") as (address, pid):
        page = visit().page
        page.goto(f"{address}/cross")
        expect(page.get_by_text("这个查询超过了 2 秒，已经停止").first).to_be_visible(timeout=PATIENCE_MS)
        page.goto(f"{address}/loop")
        expect(page.get_by_text("这一页算了 6 秒还没有算完，已经停止").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator(".st-key-page_failed")).to_contain_text("loop.py 第")
        until_idle(pid)

        page.goto(f"{address}/loop")
        until_busy(pid)
        page.close()
        until_idle(pid)
    assert log.read_text(encoding="utf-8").count("页面出错") == 2  # whoever leaves is no failure


def test_a_failed_page_tells_its_author_where_and_everybody_else_a_code(
    demo_store: Store, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    app = dashboard(tmp_path / "app", good=GOOD, mistake="1 / 0")
    for is_author in (False, True):
        log = tmp_path / f"{is_author}.log"
        with started(demo_store, log, app=app, DASHBOARD_AUTHOR=str(int(is_author))) as (address, _):
            page = visit().page
            page.goto(f"{address}/mistake")
            failed = page.locator(".st-key-page_failed")
            expect(failed).to_contain_text("代码", timeout=PATIENCE_MS)
            told = failed.inner_text()
            assert ("mistake.py 第 7 行" in told and "除数是零" in told) is is_author, told
            code = told.partition("代码 ")[2][:6]
        assert f"页面出错 {code}" in log.read_text(encoding="utf-8")


WRITES = """
from pathlib import Path
from data_access.intake.importing import import_file
import demo
file = Path(__file__).with_name('new.csv')
file.write_text('工单编号,来电时间\\n1,2022-03-01 09:00:00\\n', encoding='utf-8')
def delete():
    with reader.store.writing() as con:
        con.execute('DELETE FROM cases')
tries = {
    '删除': delete,
    '导入': lambda: import_file(file, profile=reader.profile, store=reader.store),
    '演示': lambda: demo.generate(reader.store, reader.profile, seed=1, scale=0.001),
    '退回': lambda: reader.store.rollback(),
    '语句': lambda: reader.sql('DELETE FROM cases'),
}
for name, attempt in tries.items():
    try:
        attempt()
    except Exception as error:
        st.write(f'{name}没有做成 {error}')
st.write(f'共 {reader.latest().count()} 件')
"""


def test_a_page_that_writes_changes_nothing(
    demo_store: Store, reader: Reader, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    app = dashboard(tmp_path / "app", writes=WRITES)
    files = sorted(path.name for path in demo_store.folder.iterdir())
    with started(demo_store, tmp_path / "server.log", app=app) as (address, _):
        page = visit().page
        page.goto(f"{address}/writes")
        expect(page.get_by_text(f"共 {reader.count()} 件")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_text("没有做成 看板里不能改案件库")).to_have_count(4)
        expect(page.get_by_text("语句没有做成 只能查询")).to_be_visible()
    assert sorted(path.name for path in demo_store.folder.iterdir()) == files


HELPER = "st.write(__import__('_words').SAID)"


def test_a_changed_helper_and_a_changed_district_are_there_at_the_next_run(
    demo_store: Store, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    limits = district(tmp_path / "profiles")
    app = dashboard(tmp_path / "app", good=HELPER)
    helper, settings = tmp_path / "app" / "pages" / "_words.py", limits / "dongcheng" / "district.toml"
    helper.write_text("SAID = '早上好'\n", encoding="utf-8")
    with started(demo_store, tmp_path / "server.log", app=app, DISTRICT_PROFILES=str(limits)) as (address, _):
        page = visit().page
        page.goto(f"{address}/good")
        expect(page.get_by_text("早上好")).to_be_visible(timeout=PATIENCE_MS)
        helper.write_text("SAID = '晚上好'\n", encoding="utf-8")
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace('name = "东城区"', 'name = "东城试验区"', 1), encoding="utf-8")
        page.reload()
        expect(page.get_by_text("晚上好")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_text("东城试验区")).to_be_visible()
