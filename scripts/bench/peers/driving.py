"""The three boards in a browser: how each is filtered, and when it has painted what was asked for.

A page has settled when nothing is on its way from the server, nothing in it says that it is busy, its parts have not
changed for a while, and the figure that was asked for stands in it. The moment that counts is the last frame before
that while: from the key or click that asked, or from the opening.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page

WIDE, TALL = 1600, 2200  # everything of a board lies within; Superset does not ask for what lies below
PATIENCE = 60_000  # milliseconds

WATCH = """
(() => {
  const watch = (window.watch = { last: 0, asked: 0, flights: 0 });
  let changed = 0;
  const send = window.fetch;
  window.fetch = (...given) => {
    watch.flights++;
    return send(...given).finally(() => watch.flights--);
  };
  const post = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (...given) {
    watch.flights++;
    this.addEventListener("loadend", () => watch.flights--);
    return post.apply(this, given);
  };
  for (const kind of ["keydown", "click"]) addEventListener(kind, () => (watch.asked = performance.now()), true);
  new MutationObserver((seen) => {
    const within = (node) => {  // what lies within a canvas is there for who cannot see it, and not painted
      const part = node.nodeType === 1 ? node : node.parentElement;
      return part?.closest("MAIN") && !part.closest("canvas");
    };
    if (seen.some((one) => within(one.target))) changed = 2;
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  watch.busy = () => watch.flights > 0 || document.querySelector("BUSY") !== null;
  const frame = () => {
    if (changed-- > 0 || watch.busy()) watch.last = performance.now();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})();
"""
SETTLED = """
([words, quiet]) => {
  const main = document.querySelector("MAIN");
  if (!main || watch.busy() || performance.now() - Math.max(watch.last, watch.asked) < quiet) return null;
  return main.textContent.includes(words) ? watch.last - watch.asked : null;
}
"""
QUIET = 600  # milliseconds without a change


@dataclass(frozen=True)
class Board:
    """One of the three, as somebody who looks at it knows it."""

    name: str
    main: str  # CSS: where its figures stand
    busy: str  # CSS: what is there while it computes or loads
    board: str  # the path of the board
    list: str  # and of the list
    pick: Callable[[Page, str, str], None]  # page, filter, value: adds a value; the last key or click is what asks
    drop: Callable[[Page, str, str], None]

    def script(self, text: str) -> str:
        return text.replace("MAIN", self.main).replace("BUSY", self.busy)

    def shown(self, context: BrowserContext, address: str, words: str) -> tuple[Page, float]:
        """A page opened anew, and the milliseconds until it had painted `words`."""
        page = context.new_page()
        page.add_init_script(self.script(WATCH))
        page.goto(address, wait_until="commit")
        return page, self.settled(page, words)

    def settled(self, page: Page, words: str) -> float:
        """The milliseconds from the last key or click (or the opening) until `words` were painted."""
        asked = page.wait_for_function(self.script(SETTLED), arg=[words, QUIET], timeout=PATIENCE, polling=50)
        return float(asked.json_value())


def visitor(browser: Browser, cookies: str | None = None) -> BrowserContext:
    """Somebody with an empty cache. `cookies`: a file with those of one who has logged in."""
    return browser.new_context(viewport={"width": WIDE, "height": TALL}, locale="zh-CN", storage_state=cookies)


def _key_in(page: Page, value: str, options: str, *, adds: bool) -> None:
    """Choose a value in the list that is open, or take the last one out."""
    if not adds:
        page.keyboard.press("Backspace")
        return
    page.keyboard.type(value)
    page.locator(options).get_by_text(value, exact=True).first.wait_for()
    page.keyboard.press("Enter")


def _ours(page: Page, name: str, value: str, *, adds: bool) -> None:
    label = {"street": "街道", "category": "一级分类"}[name]
    field = page.locator(f'[data-testid="stMultiSelect"]:has(label:has-text("{label}")) input').first
    if name == "category":
        page.get_by_text("更多筛选").first.click()
    field.click()
    _key_in(page, value, '[role="option"]', adds=adds)


def _superset(page: Page, name: str, value: str, *, adds: bool) -> None:
    page.locator(f'form:has(label[for="NATIVE_FILTER-{name}"]) input[role="combobox"]').click()
    _key_in(page, value, ".ant-select-item-option", adds=adds)
    page.keyboard.press("Escape")
    page.locator('[data-test="filter-bar__apply-button"]:not([disabled])').click()


def _vizro(page: Page, name: str, value: str, *, adds: bool) -> None:
    which = "list" if page.url.endswith("list") else "board"
    page.locator(f"#{which}_{name}").click()
    page.locator(".dash-dropdown-search").type(value)
    page.locator(".dash-dropdown-option").get_by_text(value, exact=True).first.wait_for()
    page.keyboard.press("Enter")
    page.locator(f'.dash-dropdown-option[aria-selected="{str(adds).lower()}"]').get_by_text(
        value, exact=True
    ).wait_for()
    page.keyboard.press("Escape")  # it asks when its list is closed


def _pair(
    act: Callable[..., None],
) -> tuple[Callable[[Page, str, str], None], Callable[[Page, str, str], None]]:
    def pick(page: Page, name: str, value: str) -> None:
        act(page, name, value, adds=True)

    def drop(page: Page, name: str, value: str) -> None:
        act(page, name, value, adds=False)

    return pick, drop


OURS = Board(
    "ours",
    "[data-testid='stMain']",
    "[data-testid='stApp']:not([data-test-script-state='notRunning']), [data-stale='true'], [data-testid='stSkeleton']",
    "/board",
    "/cases?period=近一年",
    *_pair(_ours),
)
SUPERSET = Board(
    "superset",
    ".dashboard-content",
    ".loading",
    "/superset/dashboard/board/",
    "/superset/dashboard/list/",
    *_pair(_superset),
)
VIZRO = Board("vizro", "#right-side", ".dash-spinner, .dash-graph--pending", "/", "/list", *_pair(_vizro))
BOARDS = (OURS, SUPERSET, VIZRO)
