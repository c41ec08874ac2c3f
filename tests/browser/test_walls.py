"""Walls in a real browser: nothing clipped at any size, in motion, through midnight and noon, and through a restart."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.periods import preset
from data_access.district.profile import current_profile
from demo.live import go_on
from demo.world import make_world
from tests.browser.serving import free_port, serving
from tests.browser.visits import Visit

Open = Callable[..., Visit]
SIZES = [(1920, 1080), (3840, 2160), (3840, 1080), (5760, 1080)]
WALLS = [wall.name for wall in current_profile("dongcheng").walls.walls if wall.density == "near"]
SCREENS = len(current_profile("dongcheng").walls.walls[0].screens)  # of the first wall, which goes through several
HALL = next(wall.name for wall in current_profile("dongcheng").walls.walls if wall.density == "far")
REFRESH = current_profile("dongcheng").walls.refresh_seconds * 1000
# Words that do not fit their box, lie over one another, or reach beyond the screen; and the smallest letters, as a part
# of the screen's height. A line's letters are as high as its font, whatever room the font leaves around them.
MISFITS = """() => {
  const found = [], words = [], layer = document.querySelector(".layer.shown");
  if (document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth)
    found.push("scrollbar");
  for (const one of layer.querySelectorAll("*")) {
    const told = [...one.childNodes].filter((node) => node.nodeType === 3 && node.textContent.trim());
    if (!told.length || !one.checkVisibility()) continue;
    const scale = one.closest("svg") ? one.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(one).fontSize) * scale;
    const part = one.closest("section, header")?.getBoundingClientRect();
    for (const node of told) {
      const range = document.createRange(), text = node.textContent.trim();
      range.selectNodeContents(node);
      for (const line of range.getClientRects()) {
        const top = line.top + (line.height - size) / 2;
        const box = { left: line.left, right: line.right, top, bottom: top + size };
        words.push({ one, text, box, size: size / innerHeight });
        const inside = box.left >= -1 && box.top >= -1 && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
        if (!inside || (part && (box.top < part.top - 2 || box.bottom > part.bottom + 2))) found.push(`cut: ${text}`);
      }
      const fits = one.closest("svg") || one.scrollWidth <= one.clientWidth + 1 || !one.clientWidth;
      if (!fits) found.push(`wide: ${text}`);
    }
  }
  words.forEach((a, n) => words.slice(n + 1).forEach((b) => {
    const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    if (a.one !== b.one && across > 1 && down > 0.2 * Math.min(a.size, b.size) * innerHeight)
      found.push(`over: ${a.text} / ${b.text}`);
  }));
  return [found, Math.min(...words.map((word) => word.size))];
}"""
FAR = 0.027  # of the screen's height: what is read across a hall


def open_wall(seen: Visit, address: str, name: str) -> Page:
    seen.page.goto(f"{address}/?wall={name}")
    seen.page.wait_for_selector("html[data-ready]")
    return seen.page


@pytest.fixture
def moving_store(demo_store: Store, tmp_path: Path) -> Store:
    """A copy of the demo district that a test may let go on."""
    shutil.copytree(demo_store.folder, tmp_path / "moving")
    return store_for(f"duckdb:///{tmp_path / 'moving'}")


@pytest.fixture
def moving(moving_store: Store, tmp_path: Path) -> Iterator[str]:
    with serving(moving_store, tmp_path / "server.log") as running:
        yield running


def go_on_to(store: Store, then: dt.datetime) -> None:
    now = reader_of(store).as_of
    assert now < then
    go_on(store, make_world(current_profile("dongcheng"), 2022, 0.02), np.random.default_rng(7), now, then)


def reader_of(store: Store) -> Reader:
    """Of the version that is current now."""
    return Reader.of(store, current_profile("dongcheng"))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", WALLS)
def test_every_wall_fills_every_screen(
    address: str, visit: Open, artefacts: Path, name: str, size: tuple[int, int]
) -> None:
    seen = visit(size)
    page = open_wall(seen, address, name)
    assert page.evaluate(MISFITS)[0] == []
    assert "演示数据" in page.locator(".layer.shown").inner_text() and "数据截至" in page.locator("header").inner_text()
    assert seen.hosts == {address.removeprefix("http://")}
    page.screenshot(path=artefacts / f"wall-{name}-{size[0]}x{size[1]}.png", animations="disabled")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_what_hangs_far_away_can_be_read_and_digits_grow_with_the_panel(
    address: str, visit: Open, artefacts: Path, size: tuple[int, int]
) -> None:
    page = open_wall(visit(size), address, HALL)
    for place in range(1, SCREENS + 1):
        page.wait_for_selector(f"html[data-place='{place}/{SCREENS}']")
        page.screenshot(path=artefacts / f"hall-{place}-{size[0]}x{size[1]}.png", animations="disabled")
        misfits, least = page.evaluate(MISFITS)
        assert misfits == [] and least >= FAR, (place, least)
        digits = page.evaluate("""() => [...document.querySelectorAll(".layer.shown .figure .value")].map(
            (one) => parseFloat(getComputedStyle(one).fontSize) / innerHeight)""")
        assert all(one >= 2 * FAR for one in digits)
        page.keyboard.press("ArrowRight")


def test_the_list_of_walls_opens_each(address: str, visit: Open) -> None:
    page = visit().page
    page.goto(f"{address}/?wall")
    assert page.locator("article").count() == len(WALLS) + 1 and "--kiosk" in page.locator("code").first.inner_text()
    page.goto(f"{address}/?wall=nobody")
    assert "没有名为“nobody”的大屏" in page.locator("body").inner_text()


def test_a_wall_of_several_screens_goes_through_them(address: str, visit: Open) -> None:
    seen = visit()
    seen.page.clock.install()
    page, titles = open_wall(seen, address, WALLS[0]), []
    for _ in range(SCREENS + 1):
        titles.append(page.locator(".layer.shown h1").inner_text())
        page.clock.run_for(20_500)
        expect(page.locator(".layer.shown h1")).not_to_have_text(titles[-1], timeout=10_000)
    assert len(set(titles)) == SCREENS and titles[0] == titles[SCREENS]


def test_the_map_moves_through_the_hours(address: str, visit: Open) -> None:
    page = open_wall(visit(), address, "heat")
    first = page.locator(".moment").inner_text()
    expect(page.locator(".moment")).not_to_have_text(first, timeout=5_000)


def shown_and_true(page: Page, store: Store) -> None:
    """The wall's hotline figure of today is the store's."""
    reader = reader_of(store)
    now = reader.as_of
    today = preset("today", now, reader.profile.settings.clock)
    count = reader.count(CaseFilter(period=today, source=("hotline",)))
    about = f"{now.month}月{now.day}日 {now:%H:%M}"
    expect(page.locator("header p")).to_contain_text(about, timeout=2 * REFRESH)
    expect(page.locator('[data-key="today.hotline"]')).to_have_text(f"{count:,}")


def test_new_cases_appear_in_place_and_the_day_rolls_over_at_midnight(
    moving: str, moving_store: Store, visit: Open
) -> None:
    page = open_wall(visit(), moving, "today")
    before = page.locator('[data-key="today.hotline"]')
    page.evaluate("document.querySelector('[data-key=\"today.hotline\"]').dataset.mark = 'kept'")
    now = reader_of(moving_store).as_of
    go_on_to(moving_store, now.replace(hour=23, minute=50))
    shown_and_true(page, moving_store)
    # The same element, said to have changed, and nothing moved.
    expect(before).to_have_attribute("data-mark", "kept")
    expect(before).to_have_class("value changed")
    assert page.evaluate(MISFITS)[0] == []
    late = int(before.inner_text().replace(",", ""))
    go_on_to(moving_store, (now + dt.timedelta(days=1)).replace(hour=7, minute=30))
    shown_and_true(page, moving_store)
    assert int(before.inner_text().replace(",", "")) < late


def test_the_assessment_day_rolls_over_at_noon(moving: str, moving_store: Store, visit: Open) -> None:
    page = open_wall(visit(), moving, "rates")
    opened = page.locator('[data-key="rates.day.note"]')
    now = reader_of(moving_store).as_of
    assert now.hour < 12
    expect(opened).to_have_text(f"{now.month}月{now.day - 1}日 12:00 起")
    go_on_to(moving_store, now.replace(hour=14))
    expect(opened).to_have_text(f"{now.month}月{now.day}日 12:00 起", timeout=2 * REFRESH)


def test_a_restart_is_survived(moving_store: Store, visit: Open, tmp_path: Path) -> None:
    port, seen = free_port(), visit()
    with serving(moving_store, tmp_path / "first.log", port) as address:
        page = open_wall(seen, address, "today")
        figure = page.locator('[data-key="today.hotline"]').inner_text()
    strip = page.locator("#strip")
    expect(strip).to_contain_text("连接中断，画面停在", timeout=3 * REFRESH)
    assert page.locator('[data-key="today.hotline"]').inner_text() == figure
    with serving(moving_store, tmp_path / "second.log", port):
        expect(strip).to_be_hidden(timeout=3 * REFRESH)
        expect(page.locator('[data-key="today.hotline"]')).to_have_text(figure)
        assert page.evaluate(MISFITS)[0] == []


def test_the_arrow_keys_turn_the_wall_and_it_says_which_screen_it_is(address: str, visit: Open) -> None:
    page = open_wall(visit(), address, WALLS[0])
    page.wait_for_selector(f"html[data-place='1/{SCREENS}']")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"html[data-place='2/{SCREENS}']")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f"html[data-place='1/{SCREENS}']")
