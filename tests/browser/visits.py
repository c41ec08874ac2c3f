"""Opening a page and knowing when it stands still. Never waits for an idle network: the page keeps a socket open."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

PAGES = sorted(path.stem for path in Path(__file__).resolve().parents[2].glob("pages/[!_]*.py"))
DESKTOP, PHONE = (1920, 1080), (390, 844)
PHONE_AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Mobile Safari/537.36"
STILL = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
FAILURES = '[data-testid="stException"], [data-testid="stAppException"], .st-key-page_failed'
# A run that calls st.rerun or st.switch_page is "not running" for a moment between its runs.
SETTLED_MS = 600


@dataclass
class Visit:
    page: Page
    hosts: set[str] = field(default_factory=set)

    def note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(parts.netloc)

    def settle(self) -> None:
        for _ in range(2):
            expect(self.page.locator(STILL)).to_be_attached(timeout=60_000)
            self.page.wait_for_timeout(SETTLED_MS)
        expect(self.page.locator(STILL)).to_be_attached(timeout=60_000)

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.settle()

    def check_no_failure(self) -> None:
        failures = self.page.locator(FAILURES)
        assert failures.count() == 0, failures.first.inner_text()
        assert "Traceback" not in self.page.locator("body").inner_text()


def start_visit(browser: Browser, size: tuple[int, int] = DESKTOP, theme: str = "light") -> Visit:
    phone = size[0] <= PHONE[0]
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        locale="zh-CN",
        user_agent=PHONE_AGENT if phone else None,
        has_touch=phone,
    )
    visit = Visit(context.new_page())
    visit.page.on("request", lambda request: visit.note(request.url))
    visit.page.on("websocket", lambda socket: visit.note(socket.url))
    return visit
