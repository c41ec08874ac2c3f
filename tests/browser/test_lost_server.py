"""The server with the cases is killed while a page is open: the page says so, and goes on by itself when it is back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from data_access.cases.clickhouse import ClickHouseStore
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import Reader
from data_access.district.profile import current_profile
from data_access.intake.importing import import_file
from tests import clickhouse, postgres
from tests.browser.serving import serving
from tests.browser.test_fresh import LOOKED_AGAIN
from tests.browser.visits import PATIENCE_MS, Visit

SERVERS = {
    "postgres": (postgres.laid_out, PostgresStore, ""),
    "clickhouse": (clickhouse.laid_out, ClickHouseStore, "/gone"),
}
HEADER, CASE = "工单编号,来电时间,街道,标题", "N{0:03},2022-03-01 09:{0:02}:00,{1},漏水"


@pytest.mark.parametrize("engine", [*SERVERS])
def test_a_page_says_that_its_server_is_gone_and_goes_on_when_it_is_back(
    engine: str, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    laid_out, kind, database = SERVERS[engine]
    file, profile = tmp_path / "cases.csv", current_profile("dongcheng")
    rows = [CASE.format(number, profile.streets[number % 3].name) for number in range(30)]
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    with laid_out() as running:
        with running() as server:
            store = kind(server + database, tmp_path / "kept")
            import_file(file, profile=profile, store=store)
            where = {"CASES_URL": store.url, "CASES_FOLDER": str(store.folder), "DASHBOARD_OPEN": "1"}
            where["LEDGER_URL"] = f"sqlite:///{tmp_path / 'ledger.db'}"
            assert Reader.of(store, profile).count() == 30
            dashboard = serving(store, tmp_path / "server.log", **where)  # type: ignore[arg-type]
            address = dashboard.__enter__()
        try:
            with running():
                seen = visit()
                seen.open(f"{address}/cases?street={profile.streets[0].name}&period=全部")
                page, listed = seen.page, seen.page.get_by_text("共 10 件").first
                expect(listed).to_be_visible()
            page.get_by_role("searchbox", name="查找").fill("漏水")
            page.keyboard.press("Enter")
            failed = page.get_by_text("连不上案件库")
            expect(failed).to_be_visible(timeout=PATIENCE_MS)
            assert page.get_by_text("共 10 件").count() == page.get_by_text("共 0 件").count() == 0
            page.evaluate("document.activeElement.blur()")  # whoever is typing is left alone
            with running():
                page.evaluate(LOOKED_AGAIN)
                expect(failed).to_be_hidden(timeout=PATIENCE_MS)
                expect(listed).to_be_visible(timeout=PATIENCE_MS)  # of the street that was chosen
                seen.check_no_failure()
        finally:
            dashboard.__exit__(None, None, None)
