"""Every page in a real Chromium: whole, in both themes, on a desk and on a phone, and asking nobody outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.intake.importing import import_file
from tests.browser.looks import cut, faint, sideways, until_nothing_is_sideways
from tests.browser.serving import serving
from tests.browser.visits import DESKTOP, LISTED, PAGES, PHONE, Visit, start_visit
from tests.pages.test_markup_pages import HEAD, rows

MENU = '[data-testid="stSidebarNavLink"]'
Open = Callable[..., Visit]
# Whose tables are to be read whole, with what tells chance from change: there a finger goes on sideways.
WIDE_ON_PHONES = ("brief", "livelihood_index", "definitions", "quality")


def brightness(visit: Visit) -> float:
    colour = visit.page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", colour)[:3])
    return 0.299 * red + 0.587 * green + 0.114 * blue


def overflow(visit: Visit) -> int:
    """How many pixels the page is wider than the screen; Streamlit scrolls inside stMain, not the document."""
    return int(
        visit.page.evaluate(
            """Math.max(...[document.documentElement, document.querySelector('[data-testid=stMain]')]
                       .map(part => part.scrollWidth - part.clientWidth))"""
        )
    )


def menu(visit: Visit) -> dict[str, str]:
    """Address -> label of the menu's entries, without their icons."""
    visit.page.locator(MENU).first.wait_for(state="attached")
    links = visit.page.locator(MENU).all()
    return {urlsplit(str(link.get_attribute("href"))).path.strip("/"): link.locator("p").inner_text() for link in links}


# Words that are cut depend on the size, faint ones on the theme: each of both once, not each beside each. One browser
# opens all pages, as somebody's does: what Streamlit brings is loaded and compiled once.
@pytest.fixture(scope="module", params=[(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone-dark"])
def somebody(browser: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Visit, tuple[int, int], str]]:
    size, theme = request.param
    seen = start_visit(browser, size, theme)
    yield seen, size, theme
    seen.page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens(
    name: str, address: str, somebody: tuple[Visit, tuple[int, int], str], artefacts: Path
) -> None:
    seen, size, theme = somebody
    seen.open(f"{address}/{name}")
    seen.page.screenshot(path=artefacts / f"{name}-{theme}-{size[0]}.png")
    seen.check_no_failure()
    assert urlsplit(seen.page.url).path == f"/{name}"
    assert seen.hosts == {urlsplit(address).netloc}
    assert (brightness(seen) < 128) == (theme == "dark")
    assert overflow(seen) <= 0
    assert faint(seen.page) == []
    assert cut(seen.page) == []
    if size == PHONE:
        assert name in WIDE_ON_PHONES or sideways(seen.page) == []
    else:
        seen.page.set_viewport_size({"width": 1440, "height": 1000})
        until_nothing_is_sideways(seen.page)


def test_the_first_visit_after_a_start_has_the_menu_and_no_data_is_no_failure(
    empty_store: Store, visit: Open, artefacts: Path
) -> None:
    with serving(empty_store, artefacts / "server-empty.log") as fresh:
        first = visit()
        first.open(f"{fresh}/{PAGES[0]}")
        found = menu(first)
        assert set(found) == set(LISTED)
        assert all(re.search("[\u4e00-\u9fff]", label) for label in found.values())
        for name in PAGES:
            first.open(f"{fresh}/{name}")
            first.check_no_failure()
            first.page.screenshot(path=artefacts / f"{name}-empty.png")


def test_words_without_a_break_widen_no_page(
    empty_store: Store, profile: Profile, tmp_path: Path, visit: Open, artefacts: Path
) -> None:
    (tmp_path / "a.csv").write_text("\n".join([HEAD, *rows("W" * 5_000, "长" * 5_000)]), encoding="utf-8")
    import_file(tmp_path / "a.csv", profile=profile, store=empty_store)
    with serving(empty_store, artefacts / "server-long.log") as running:
        seen, wide = visit(PHONE), {}
        for name in PAGES:
            seen.open(f"{running}/{name}?period=全部")
            seen.check_no_failure()
            seen.page.screenshot(path=artefacts / f"{name}-long.png")
            wide[name] = overflow(seen)
        assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
        assert "DASHBOARD_HOSTS" in (artefacts / "server-long.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(("size", "side"), [(DESKTOP, "Top"), (PHONE, "Left")], ids=["desktop", "phone"])
def test_our_rules_hold_before_streamlits(size: tuple[int, int], side: str, address: str, visit: Open) -> None:
    seen = visit(size)
    seen.open(f"{address}/definitions")
    block = f"""getComputedStyle(document.querySelector('[data-testid="stMainBlockContainer"]')).padding{side}"""
    root = float(seen.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)"))
    assert float(seen.page.evaluate(f"parseFloat({block})")) == pytest.approx(root * {"Top": 2.6, "Left": 0.9}[side])


def test_the_default_page_has_an_address(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/")
    seen.page.wait_for_url(re.compile(r"://[^/]+/\w+"))
    assert urlsplit(seen.page.url).path.strip("/") in PAGES


def test_a_wrong_address_helps(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/no_such_page")
    seen.check_no_failure()
    assert re.search("没有这个页面|找不到|不存在", seen.page.locator('[data-testid="stMain"]').inner_text())
    assert set(menu(seen)) == set(LISTED)
    assert "Page not found" not in seen.page.locator("body").inner_text()


def test_a_reload_keeps_the_filters(reader: Reader, address: str, visit: Open) -> None:
    street = reader.options("street")[0]
    seen = visit()
    seen.open(f"{address}/overview?street={street}")
    seen.check_no_failure()
    chosen = seen.page.locator('[data-testid="stMain"]').get_by_text(street).first
    chosen.wait_for()
    before = seen.page.url
    seen.page.reload()
    seen.settle()
    chosen.wait_for()
    assert seen.page.url == before and "street=" in before
