"""An alarm from the first page to its end: it becomes an order, is found true, and counts for how good alarms are."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger
from questions import inbox
from tests.browser.acting import be, choose, open_row, press, step
from tests.browser.serving import serving
from tests.browser.visits import Visit
from tests.pages.ledgers import own_ledger
from tests.surges import surged

Open = Callable[..., Visit]
SOON = 60_000  # milliseconds in which a thread beside the pages has computed the alarms


def until_kept(ledger: Ledger) -> None:
    """Until the watch beside the pages has written its alarm into the inbox."""
    for _ in range(SOON // 200):
        if len(ledger.matters(inbox.KIND)):
            return
        time.sleep(0.2)
    raise AssertionError("no alarm was kept")


def test_an_alarm_becomes_an_order_and_ends_with_what_it_was(
    demo_store: Store, profile: Profile, visit: Open, tmp_path: Path, artefacts: Path
) -> None:
    store, street, leaf = surged(demo_store, tmp_path)
    with own_ledger(Reader.of(store, profile), tmp_path / "ledger.db") as ledger:
        with serving(store, tmp_path / "server.log") as address:
            seen = visit()
            seen.open(f"{address}/")
            first = seen.page.locator(".st-key-alarm_0")
            expect(first).to_contain_text(f"{street}　{leaf}", timeout=SOON)
            seen.settle()
            be(seen, "值班长甲")
            with seen.rerun():
                first.get_by_role("button", name="督办", exact=True).click()
            expect(seen.page.locator("h3").filter(has_text=leaf).first).to_be_visible()
            expect(seen.page.get_by_role("button", name="发起督办")).to_be_in_viewport()
            choose(seen, "督办原因", "其他")
            press(seen, "发起督办")
            expect(seen.page.locator(".answer").first).to_contain_text("待签收", timeout=SOON)
            order = ledger.matters("supervision")
            assert leaf in order["title"].iloc[0]

            until_kept(ledger)
            seen.open(f"{address}/warning")
            be(seen, "值班长甲")
            open_row(seen, "board")
            step(seen, "确认收到", "跟进中")
            step(seen, "属实", "属实", 原因="热力管道爆管")
            seen.page.screenshot(path=artefacts / "alarm-ended.png")
            seen.open(f"{address}/warning")
            expect(seen.page.get_by_text("人工判断过")).to_contain_text("属实 1")
            seen.check_no_failure()
        assert inbox.outcomes(ledger.matters(inbox.KIND))[inbox.TRUE] == 1
        assert not verify(ledger.engine, ledger.key).broken
