"""The matrix in a real browser: what a page sends by its socket, draws, links to and hands out as files holds no word of
cases and matters that are not the viewer's. Doors are found as people find them: from the menu and from page to page."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, WebSocket, expect

from data_access.cases.filters import CaseFilter, references
from tests.browser.serving import serving
from tests.browser.visits import PATIENCE_MS, Visit, start_visit
from tests.pages.test_matrix import SCREENS, STREET, TOKEN, World, person, world  # noqa: F401 - words that say whose

MOST_FILES, MOST_MENUS = 1, 2  # on a page: downloads that stand in no menu, and menus
MENU = re.compile("^下载$")  # not what stands in it, nor a paper
REFUSED = "没有下载"  # heads a file that holds nothing, as the product makes it where somebody may not have it
SEARCHED = re.compile("(CSV|XLSX|SVG)$")  # of a menu's files those that are words; a PNG is the SVG's


def account_of(name: str) -> str:
    """Everybody's account, which a header can hold."""
    return name.encode().hex()


@pytest.fixture(scope="module")
def served(world: World, tmp_path_factory: pytest.TempPathFactory, artefacts: Path) -> Iterator[str]:  # noqa: F811
    """The district whose words say whose they are, where whoever comes is who the browser's header says."""
    profiles = tmp_path_factory.mktemp("profiles")
    shutil.copytree(world.reader.profile.folder, profiles / "dongcheng")
    people = profiles / "dongcheng" / "people.csv"
    head, *lines = people.read_text(encoding="utf-8").splitlines()
    accounts = [f"{line},{account_of(line.split(',')[0])}" for line in lines]
    people.write_text("\n".join([f"{head},login", *accounts]) + "\n", encoding="utf-8")
    told = {"DASHBOARD_LOGIN": "proxy", "LOGIN_PROXIES": "127.0.0.1", "DISTRICT_PROFILES": str(profiles)}
    with serving(world.reader.store, artefacts / "matrix.log", **told) as address:
        yield address


class Crawl:
    """One person's way through the pages; `seen`: everything that came to their browser."""

    def __init__(self, browser: Browser, address: str, who: str) -> None:
        self.visit: Visit = start_visit(browser)
        self.address, self.seen = address, bytearray()
        self.who, self.files, self.looks = who, 0, 0
        self.visit.page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: self.note(data))

    def note(self, data: str | bytes) -> None:
        self.seen += (data.encode() if isinstance(data, str) else data) + b"\n"

    def look(self, path: str) -> set[str]:
        """Open a page; returns where its links lead. Each from another address: files are so many a minute at one."""
        page = self.visit.page
        self.looks += 1
        told = {"X-Remote-User": account_of(self.who), "X-Real-IP": f"10.0.0.{self.looks}"}
        page.context.set_extra_http_headers(told)
        self.visit.open(urljoin(self.address, path))
        self.note(page.content())
        self.note(unquote(page.url.partition("?")[0]))
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")
        for button in page.get_by_role("button", name=re.compile("^下载 [A-Z]")).all()[:MOST_FILES]:
            self._get(button)
        for menu in page.get_by_role("button", name=MENU).all()[:MOST_MENUS]:
            self._read_menu(menu)
        own = (urlsplit(link) for link in links)
        return {f"{one.path}?{one.query}" for one in own if one.netloc == urlsplit(self.address).netloc}

    def _read_menu(self, menu: Locator) -> None:
        """Get the files that a menu offers: they are made when they are asked for, so only a click shows what they hold."""
        menu.click()
        items = self.visit.page.get_by_test_id("stPopoverBody")
        offered = items.get_by_role("button", name=SEARCHED)
        expect(offered.first).to_be_visible(timeout=PATIENCE_MS)
        self.note(items.inner_html())
        for button in offered.all():
            self._get(button)
        menu.click()
        expect(items).to_have_count(0, timeout=PATIENCE_MS)

    def _get(self, button: Locator) -> None:
        with self.visit.page.expect_download(timeout=PATIENCE_MS) as getting:
            button.click()
        self.note(getting.value.suggested_filename)
        self._read(Path(getting.value.path()))

    def _read(self, file: Path) -> None:
        self.files += 1
        parts = [file.read_bytes()]
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as book:
                parts += [book.read(name) for name in book.namelist()]
        for part in parts:
            assert REFUSED.encode() not in part, "a file that was refused shows nothing of what it would hold"
            self.note(part)

    def walk(self, most: int) -> set[str]:
        """Every page that is found from the first one, and of each as it is linked to; returns the pages' addresses."""
        ahead, done = ["/"], dict[str, str]()
        while ahead and len(done) < most:
            place = ahead.pop(0)
            kind = urlsplit(place).path.strip("/") + ("?" if urlsplit(place).query else "")
            if kind in done or kind == "?":  # the entry with a query is the walls', which are no pages
                continue
            done[kind] = place
            ahead += sorted(self.look(place) - {*ahead})
        return {kind.rstrip("?") for kind in done}


def strange(seen: bytes, world: World, unit: str) -> set[frozenset[str]]:  # noqa: F811
    tokens = {bytes(token) for token in TOKEN.findall(seen)}
    return {world.whose[token] for token in tokens if token in world.whose and unit not in world.whose[token]}


def test_whoever_sees_all_gets_words_of_all(served: str, world: World, browser: Browser) -> None:  # noqa: F811
    """Else what follows would prove nothing: frames, pages and files are searched where there is something to find."""
    crawl = Crawl(browser, served, person(world.reader.profile, "指挥中心").name)
    crawl.look("/cases?period=全部")
    assert crawl.files and len(strange(crawl.seen, world, "")) > 10
    crawl.visit.page.context.close()


def test_no_word_of_others_comes_to_a_browser(served: str, world: World, browser: Browser) -> None:  # noqa: F811
    """Some pages, as a browser gets them; every role at every door is tried without one (tests/matrix)."""
    who = person(world.reader.profile, "街道")
    crawl = Crawl(browser, served, who.name)
    found = crawl.walk(most=12)
    assert len(found) > 8 and crawl.files > 3
    for screen in SCREENS:
        crawl.note(crawl.visit.page.context.request.get(f"{served}/wall/{screen}").body())
    assert strange(crawl.seen, world, who.unit) == set() and TOKEN.search(crawl.seen)
    crawl.visit.page.context.close()


def test_a_number_that_is_guessed_is_no_way_in_for_a_browser(served: str, world: World, browser: Browser) -> None:  # noqa: F811
    every = world.reader.list_cases(CaseFilter(), page_size=500)
    other = str(references(every[(every["street"] != STREET) & (every["unit"] != STREET)]).iloc[0])
    crawl = Crawl(browser, served, person(world.reader.profile, "街道").name)
    for place in (f"/cases?case={other}", f"/supervision?matter={world.numbers['supervision']}"):
        crawl.look(place)
    asked = TOKEN.findall(other.encode())
    words = bytes(crawl.seen)
    for token in asked:  # what they wrote in the address themselves comes back to them as they wrote it
        words = words.replace(other.encode(), b"").replace(token + b"%", b"")
    assert strange(words, world, STREET) == set()
    crawl.visit.page.context.close()
