"""Opening a page and knowing when it stands still. Never waits for an idle network: the page keeps a socket open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, TimeoutError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PAGES = sorted(path.stem for path in Path(__file__).resolve().parents[2].glob("pages/[!_]*.py"))
# Those that anybody finds in the menu of demo data: of the others PAGE says that they are for who watches over others.
APART = ('"needs": "audit"', '"needs": "settings"')
LISTED = [
    name for name in PAGES
    if not any(right in (Path(__file__).resolve().parents[2] / f"pages/{name}.py").read_text() for right in APART)
]  # fmt: skip
DESKTOP, PHONE = (1920, 1080), (390, 844)
PHONE_AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Mobile Safari/537.36"
FAILURES = '[data-testid="stException"], [data-testid="stAppException"], .st-key-page_failed'
WATCH = Path(__file__).with_name("runs.js").read_text(encoding="utf-8")
WIRE = {
    "asked": BackMsg.DESCRIPTOR.fields_by_name["rerun_script"].number,
    "begun": ForwardMsg.DESCRIPTOR.fields_by_name["new_session"].number,
    "over": ForwardMsg.DESCRIPTOR.fields_by_name["script_finished"].number,
    "again": ForwardMsg.FINISHED_EARLY_FOR_RERUN,
}
FORBIDDEN = """window.forbidden = [];
document.addEventListener("securitypolicyviolation",
  event => window.forbidden.push(`${event.violatedDirective} ${event.blockedURI}`));"""
PATIENCE_MS, TRIES = 60_000, 8


@dataclass
class Visit:
    page: Page
    hosts: set[str] = field(default_factory=set)

    def note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(parts.netloc)

    def settle(self) -> None:
        """Wait until every run that was asked for is over, and all of it is drawn."""
        try:
            self.page.evaluate("runs.look()")
            self.page.wait_for_function("() => runs.isStill()", timeout=PATIENCE_MS)
        except TimeoutError as error:
            raise AssertionError(f"not still: {self.page.evaluate('runs.busy() || `it keeps changing`')}") from error

    @contextmanager
    def rerun(self, within_ms: float = PATIENCE_MS) -> Iterator[None]:
        """Do what makes the page run anew, and settle. Tables and charts ask for that a moment after a click only."""
        before = self.page.evaluate("runs.asked")
        yield
        self.page.wait_for_function("before => runs.asked > before", arg=before, timeout=within_ms)
        self.settle()

    def insist(self, act: Callable[[], object]) -> None:
        """The same, again and again: a canvas takes no click before it is drawn, and does not tell when it is."""
        for _ in range(TRIES):
            with suppress(TimeoutError):
                with self.rerun(within_ms=3_000):
                    act()
                return
        raise AssertionError("the page does not run anew")

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.settle()

    def check_no_failure(self) -> None:
        failures = self.page.locator(FAILURES)
        assert failures.count() == 0, failures.first.inner_text()
        assert "Traceback" not in self.page.locator("body").inner_text()
        # What the product's own policy forbids would be missing on the page.
        assert self.page.evaluate("window.forbidden") == []


def start_visit(browser: Browser, size: tuple[int, int] = DESKTOP, theme: str = "light") -> Visit:
    phone = size[0] <= PHONE[0]
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        locale="zh-CN",
        user_agent=PHONE_AGENT if phone else None,
        has_touch=phone,
    )
    context.add_init_script(f"({WATCH})({json.dumps(WIRE)})")
    context.add_init_script(FORBIDDEN)
    visit = Visit(context.new_page())
    visit.page.on("request", lambda request: visit.note(request.url))
    visit.page.on("websocket", lambda socket: visit.note(socket.url))
    return visit
