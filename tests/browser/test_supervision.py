"""One order from its issue to its end, with clicks, by two people."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import Page, TimeoutError, expect

from data_access.audit import verify
from data_access.ledger import ledger_for
from data_access.store import Store
from tests.browser.visits import Visit

Open = Callable[..., Visit]


def be(seen: Visit, name: str, role: str) -> None:
    page = seen.page
    page.get_by_label("姓名").fill(name)
    page.get_by_label("姓名").press("Enter")
    seen.settle()
    choose(page, "角色", role)
    seen.settle()


def choose(page: Page, label: str, value: str) -> None:
    """Pick from a list; a list that a rerun closed in between is opened again."""
    option = page.get_by_role("option", name=value, exact=True)
    for _ in range(5):
        page.get_by_label(label, exact=True).first.click()
        try:
            option.click(timeout=3_000)
        except TimeoutError:
            page.keyboard.press("Escape")
        else:
            return
    raise AssertionError(f"{label} offers no {value}")


def test_an_order_lives_from_issue_to_end(address: str, visit: Open, demo_store: Store, artefacts: Path) -> None:
    seen = visit()
    page = seen.page
    seen.open(f"{address}/supervision")
    be(seen, "指挥员甲", "指挥中心")
    page.locator('[data-testid="stDataFrame"]').last.click(position={"x": 18, "y": 53})
    page.get_by_label("事项").fill("尽快处置逾期件")
    choose(page, "督办原因", "已经逾期")
    choose(page, "级别", "督办")
    page.get_by_role("button", name="发出").click()
    page.wait_for_url(re.compile("matter="))
    seen.settle()
    number = page.url.split("matter=")[1]
    expect(page.locator(".answer")).to_contain_text("待签收")
    be(seen, "经办乙", "承办单位")
    page.get_by_role("button", name="签收").click()
    expect(page.locator(".answer")).to_contain_text("办理中", timeout=20_000)
    page.get_by_label("办理情况").fill("已现场处置")
    page.get_by_role("button", name="回复").click()
    expect(page.locator(".answer")).to_contain_text("待核查", timeout=20_000)
    expect(page.get_by_text("您的身份是承办单位")).to_have_count(0)
    be(seen, "指挥员甲", "指挥中心")
    page.get_by_text("核查办结", exact=True).first.click()
    seen.settle()
    page.get_by_role("button", name="核查办结").click()
    expect(page.locator(".answer")).to_contain_text("办结", timeout=20_000)
    expect(page.locator(".lifeline")).to_contain_text("经办乙（承办单位）回复")
    page.screenshot(path=artefacts / "supervision-matter.png")
    seen.check_no_failure()
    ledger = ledger_for(f"sqlite:///{demo_store.folder / 'ledger.db'}")
    assert ledger.events(unquote(number))["move"].tolist() == ["open", "receive", "reply", "close"]
    assert not verify(ledger.engine).broken
