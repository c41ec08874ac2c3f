"""What a leader or a duty officer asks, walked from 区情总览 with every click counted: the answer stands in view."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile
from tests.browser.acting import CELL_HEIGHT, be, click_cell
from tests.browser.serving import serving
from tests.browser.visits import Visit
from tests.pages.ledgers import own_ledger
from tests.surges import surged

SOON = 60_000  # milliseconds in which a thread beside the pages has computed the alarms


class Walk:
    """Somebody's way from 区情总览; `clicks`: how many it took so far."""

    def __init__(self, seen: Visit, address: str, chosen: str = "") -> None:
        self.seen, self.clicks = seen, 0
        seen.open(f"{address}/overview{chosen}")
        expect(seen.page.locator(".st-key-alarm_0")).to_contain_text("平常", timeout=SOON)
        seen.settle()

    def click(self, what: Locator) -> None:
        self.clicks += 1
        with self.seen.rerun():
            what.click()

    def cell(self, table: Locator, row: int) -> None:
        self.clicks += 1
        with self.seen.rerun():
            click_cell(table, 250, row)

    def point(self, what: Locator) -> None:
        """A click that nothing but the browser answers."""
        self.clicks += 1
        what.click()


@pytest.fixture(scope="module")
def address(demo_store: Store, profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small district on the day of a surge."""
    folder: Path = tmp_path_factory.mktemp("journeys")
    store, *_ = surged(demo_store, folder)
    with own_ledger(Reader.of(store, profile), folder / "ledger.db"), serving(store, folder / "server.log") as address:
        yield address


def test_the_worst_unit_and_why_takes_two_clicks(address: str, visit: Callable[..., Visit]) -> None:
    walk = Walk(visit(), address, "?period=近一年")  # of the small district's month too few were called back
    page = walk.seen.page
    walk.click(page.locator('[data-testid="stSidebarNavLink"]', has_text="三率考核"))
    said = page.locator(".answer").first
    expect(said).to_contain_text("居末的是")
    expect(said).to_be_in_viewport()
    table = page.locator('[class*="st-key-league"] [data-testid="stDataFrame"]').first
    ranked = int(table.bounding_box()["height"] // CELL_HEIGHT) - 2  # the head, and the first of them
    walk.cell(table, ranked)
    drawer = page.locator(".st-key-drawer")
    expect(drawer.get_by_text(re.compile("失分最多的类|的单位画像")).first).to_be_in_viewport()
    assert walk.clicks == 2
    walk.seen.check_no_failure()


def test_what_rose_where_and_whether_it_is_real_takes_one_click(address: str, visit: Callable[..., Visit]) -> None:
    walk = Walk(visit(), address)
    page = walk.seen.page
    first = page.locator(".st-key-alarm_0")
    walk.click(first.get_by_role("button", name="为什么"))
    expect(page.get_by_text(re.compile("^确定：|^留意：")).first).to_be_in_viewport()
    expect(page.get_by_text("集中在哪里").first).to_be_visible()
    assert walk.clicks == 1


def test_an_order_is_issued_with_four_clicks(address: str, visit: Callable[..., Visit]) -> None:
    walk = Walk(visit(), address)
    page = walk.seen.page
    first = page.locator(".st-key-alarm_0")
    be(walk.seen, "值班长甲")  # who acts is asked once, not for every order
    walk.click(first.get_by_role("button", name="督办", exact=True))
    form = page.locator(".st-key-aside")
    expect(form.get_by_role("button", name="发起督办")).to_be_in_viewport()
    walk.point(form.get_by_label("督办原因", exact=True))
    walk.point(page.get_by_role("option", name="其他", exact=True))
    walk.click(form.get_by_role("button", name="发起督办"))
    expect(page.locator(".answer").first).to_contain_text("待签收", timeout=SOON)
    assert walk.clicks == 4
    walk.seen.check_no_failure()
