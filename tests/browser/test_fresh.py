"""An open page moves on by itself when a version appears, and leaves alone whoever is in the middle of something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from data_access.cases.store import Store
from data_access.district.profile import current_profile
from data_access.intake.importing import import_file
from tests.browser.serving import serving
from tests.browser.visits import Visit

LOOKED_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"  # as when its reader comes back to the tab
PATIENCE = 60_000


def add(store: Store, folder: Path, number: int) -> None:
    file = folder / f"{number}.csv"
    file.write_text(f"工单编号,来电时间,标题\nN{number},2022-03-0{number} 09:00:00,漏水\n", encoding="utf-8")
    import_file(file, profile=current_profile("dongcheng"), store=store)


def test_numbers_move_on_and_what_is_being_typed_stays(
    empty_store: Store, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    add(empty_store, tmp_path, 1)
    with serving(empty_store, tmp_path / "server.log", DASHBOARD_OPEN="1") as address:
        seen = visit()
        seen.open(f"{address}/cases?text=漏水")
        page = seen.page
        notice = page.get_by_role("button", name="有新数据，更新本页")
        expect(page.get_by_text("数据截至 2022年3月1日 09:00")).to_be_visible()
        expect(notice).to_be_hidden()

        add(empty_store, tmp_path, 2)
        page.evaluate(LOOKED_AGAIN)
        expect(page.get_by_text("数据截至 2022年3月2日 09:00")).to_be_visible(timeout=PATIENCE)
        typed = page.get_by_role("searchbox", name="查找")
        expect(typed).to_have_value("漏水")  # the choice is as it was

        typed.fill("漏")
        typed.press("End")
        add(empty_store, tmp_path, 3)
        page.evaluate(LOOKED_AGAIN)
        expect(notice).to_be_visible(timeout=PATIENCE)
        expect(typed).to_have_value("漏")
        expect(page.get_by_text("数据截至 2022年3月2日 09:00")).to_be_visible()
        notice.click()
        expect(page.get_by_text("数据截至 2022年3月3日 09:00")).to_be_visible(timeout=PATIENCE)
        expect(notice).to_be_hidden()
        seen.check_no_failure()
