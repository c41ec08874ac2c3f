"""A file that a page offers comes to the browser that was offered it, and to no other that knows the address."""

from __future__ import annotations

import re
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

PATIENCE_MS = 60_000


def open_cases(page: Page, address: str) -> Page:
    page.goto(f"{address}/cases?period=全部")
    expect(page.locator(".answer")).to_be_visible(timeout=PATIENCE_MS)
    return page


def test_a_download_is_for_the_browser_it_was_made_for(address: str, browser: Browser) -> None:
    mine, other = browser.new_context(), browser.new_context()
    page = open_cases(mine.new_page(), address)
    open_cases(other.new_page(), address)
    page.get_by_role("button", name=re.compile("^下载(?! (CSV|XLSX))")).first.click()
    with page.expect_download(timeout=PATIENCE_MS) as getting:
        page.get_by_role("button", name="下载 XLSX").click()
    file = getting.value.url
    assert "/media/" in file and getting.value.path().stat().st_size > 1000
    second = open_cases(mine.new_page(), address)  # another tab of the same browser is theirs too
    assert second.request.get(file).status == mine.request.get(file).status == 200
    refused = other.request.get(file)
    assert refused.status == 404 and "不是给您的" in refused.text()
    with pytest.raises(HTTPError, match="404"):
        urlopen(file, timeout=20)  # nobody's browser
    for context in (mine, other):
        (seat,) = (cookie for cookie in context.cookies() if cookie["name"] == "seat")
        assert seat["httpOnly"] and seat["sameSite"] == "Lax"
        context.close()
