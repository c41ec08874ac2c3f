"""What a person does on the pages of the ledger: say who they are, fill a form, take a step."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Position, TimeoutError, expect

from tests.browser.visits import PATIENCE_MS, Visit

CELL_HEIGHT = 35


def choose(seen: Visit, label: str, value: str, *, typed: bool = False, written: re.Pattern[str] | None = None) -> None:
    """Pick from a list; a list that a rerun closed in between is opened again. `typed`: narrow a long list first;
    `written`: how the option reads where it says more than the value."""
    page = seen.page
    option = page.get_by_role("option", name=written or value, exact=True)
    for _ in range(5):
        box = page.get_by_label(label, exact=True).first
        box.scroll_into_view_if_needed()
        seen.settle()  # an open list closes when the page scrolls, as it would in the click's own wake
        box.click()
        if typed:
            box.fill(value)
        try:
            option.click(timeout=3_000)
        except TimeoutError:
            page.keyboard.press("Escape")
        else:
            if box.locator('xpath=ancestor::*[@data-testid="stMultiSelect"]').count():  # its list stays open
                page.keyboard.press("Escape")
            # Under an open list all else is out of reach: a click would only close it.
            expect(page.get_by_role("listbox")).to_have_count(0, timeout=PATIENCE_MS)
            return
    raise AssertionError(f"{label} offers no {value}")


def be(seen: Visit, name: str) -> None:
    """Act as somebody of the profile's list; whoever was chosen in this browser before still is, and nothing runs."""
    chosen = seen.page.locator('[data-testid="stSelectbox"]').filter(has_text="办理身份")
    chosen.wait_for()
    written = re.compile(f"^{name}（.+）$")  # with their role
    if name in chosen.inner_text() or written.match(chosen.get_by_role("combobox").input_value()):
        return
    with seen.rerun():
        choose(seen, "办理身份", name, typed=True, written=written)


def table(seen: Visit, key: str) -> Locator:
    """The table whose key begins so; its cells are a canvas."""
    return seen.page.locator(f'[class*="st-key-{key}"] [data-testid="stDataFrame"]').first


def unfold(seen: Visit, label: str) -> None:
    """Open the drawer of that label."""
    seen.page.locator('[data-testid="stExpander"] summary').filter(has_text=re.compile(f"{label}$")).first.click()
    seen.settle()


def click_cell(frame: Locator, x: float, row: int) -> None:
    """A hand comes over a table before it clicks; a click out of nowhere would be lost after a rerun."""
    at: Position = {"x": x, "y": CELL_HEIGHT * row + CELL_HEIGHT * 1.5}
    frame.hover(position=at)
    frame.click(position=at)


def pick_rows(seen: Visit, key: str, *rows: int) -> None:
    """Tick rows of a table."""
    for row in rows:
        with seen.rerun():
            click_cell(table(seen, key), 18, row)


def open_row(seen: Visit, key: str, row: int = 0) -> None:
    """Click a cell of a table of matters, which leads to that one."""
    before = seen.page.url
    seen.insist(lambda: click_cell(table(seen, key), 200, row))
    assert seen.page.url != before, f"{key}: row {row} leads nowhere"


def fill(seen: Visit, label: str, value: str) -> None:
    seen.page.get_by_label(label, exact=True).first.fill(value)


def search(seen: Visit, label: str, words: str) -> None:
    """Write words into a field outside any form, and send them."""
    fill(seen, label, words)
    with seen.rerun():
        seen.page.get_by_label(label, exact=True).first.press("Enter")


def press(seen: Visit, name: str) -> None:
    with seen.rerun():
        seen.page.get_by_role("button", name=name, exact=True).last.click()


def turn_to(seen: Visit, label: str) -> None:
    """Choose the step of that label on a matter's page."""
    group = seen.page.get_by_role("radiogroup", name="下一步")
    if not group.get_by_role("radio", name=label, exact=True).is_checked():
        with seen.rerun():
            group.get_by_text(label, exact=True).click()


def step(seen: Visit, label: str, stage: str, *, text: str = "", **fields: str) -> None:
    """Take the next step of that label on a matter's page, and see the stage that follows. `fields`: label -> text."""
    turn_to(seen, label)
    for name, value in fields.items():
        fill(seen, name, value)
    if text:
        seen.page.locator("textarea[aria-label^=说明]").fill(text)
    press(seen, label)
    expect(seen.page.locator(".answer").first).to_contain_text(stage, timeout=20_000)
