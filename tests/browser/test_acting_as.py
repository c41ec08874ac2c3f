"""Whoever was chosen still acts after a link, a reload and in a new tab, each of which begins a new session."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.acting import be
from tests.browser.visits import PATIENCE_MS, Visit

WHO = "办理身份"
Open = Callable[..., Visit]


def acts(page: Page, name: str) -> None:
    expect(page.get_by_label(WHO, exact=True).first).to_have_value(re.compile(f"^{name}（.+）$"), timeout=PATIENCE_MS)


def test_a_link_keeps_who_was_chosen(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/overview?period=全部")
    be(seen, "值班长甲")
    with seen.page.context.expect_page() as opened:
        seen.page.locator('[class*="st-key-card_"]').first.click()
    opened.value.wait_for_url(re.compile("/cases"))
    acts(opened.value, "值班长甲")
    expect(opened.value.locator(".answer").first).to_be_visible(timeout=PATIENCE_MS)
    seen.page.reload()
    acts(seen.page, "值班长甲")


def test_two_tabs_act_as_two_people(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/overview?period=全部")
    be(seen, "值班长甲")
    other = Visit(seen.page.context.new_page())
    other.open(f"{address}/overview?period=全部")
    be(other, "区领导甲")
    seen.page.reload()
    acts(seen.page, "值班长甲")
    other.page.reload()
    acts(other.page, "区领导甲")
