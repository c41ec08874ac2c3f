"""Wall screens by the guide alone: nothing lies over anything, and one that fails leaves the wall to the others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import expect

from data_access.cases.store import Store
from tests.browser.pages import dashboard, district
from tests.browser.serving import serving
from tests.browser.visits import PATIENCE_MS, Visit
from ui.walls.parts import STYLES

OWN = """
from ui.walls.parts import bars, big_figures, curve, figure, panel, rows, screen
SCREEN = {"title": "夜间噪声"}
def draw(reader):
    lines = [(f"第{n}街道", f"{n}", n / 20, "") for n in range(1, 20)]
    parts = [
        big_figures(figure(f"own.{n}", "1,234", "夜间受理", "较昨日 +3") for n in range(3)),
        panel("where", "各街道", bars("own.bars", lines)),
        panel("hours", "各时段", curve("own.curve", [1, 2, 3], [0] * 24, [5] * 24)),
        panel("latest", "最新", rows("own.rows", [("敲打声", "12:00")] * 9, "没有")),
        curve("own.loose", [1, 2, 3], [0] * 24, [5] * 24),
    ]
    return screen(reader, "own", SCREEN["title"], "近 30 天", parts)
"""
# Parts whose last line lies beyond them.
CUT = """() => [...document.querySelectorAll('.layer.shown section')].filter(part => {
  const last = [...part.querySelectorAll('tr, .note, .hours')].pop();
  return last && last.getBoundingClientRect().bottom > part.getBoundingClientRect().bottom + 1;
}).map(part => part.innerText)"""
BAD = 'SCREEN = {"title": "坏屏"}\ndef draw(reader):\n    return 1 / 0\n'
WALL = '[[walls]]\nname = "own"\ntitle = "自己的"\nscreens = ["bad", "own"]\nseconds = 5\n'


def overlaps(boxes: list[dict[str, float]]) -> list[tuple[int, int]]:
    """Which of the boxes lie over one another, by more than a rounding."""

    def meet(one: dict[str, float], other: dict[str, float], start: str, size: str) -> bool:
        return min(one[start] + one[size], other[start] + other[size]) - max(one[start], other[start]) > 1

    pairs = combinations(enumerate(boxes), 2)
    return [(n, m) for (n, a), (m, b) in pairs if meet(a, b, "x", "width") and meet(a, b, "y", "height")]


def test_a_screen_of_ones_own_is_whole_and_a_bad_one_stands_in_the_corner(
    demo_store: Store, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    app, profiles = dashboard(tmp_path / "app", good="st.write(1)"), district(tmp_path / "profiles")
    (tmp_path / "app/pages/walls/own.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "app/pages/walls/bad.py").write_text(BAD, encoding="utf-8")
    (profiles / "dongcheng/wall.toml").write_text(WALL, encoding="utf-8")
    with serving(demo_store, tmp_path / "server.log", app=app, DISTRICT_PROFILES=str(profiles)) as address:
        page = visit().page
        for size in ({"width": 1920, "height": 1080}, {"width": 3840, "height": 1080}):
            page.set_viewport_size(size)
            page.goto(f"{address}/?wall=own")
            corner = page.locator("#corner")
            expect(corner).to_contain_text("“坏屏”这一屏暂时不能更新", timeout=PATIENCE_MS)
            shown = page.locator(".layer.shown")
            expect(shown.locator("h1")).to_have_text("夜间噪声")
            expect(shown.locator("header p")).to_contain_text("演示数据")
            expect(shown.locator("header p")).to_contain_text("数据截至")
            parts = [*shown.locator(".body > *").all(), shown.locator("header"), corner]
            boxes = [box for part in parts if (box := part.bounding_box())]
            assert len(boxes) == 7 and not overlaps(boxes)
            assert all(box["y"] + box["height"] <= size["height"] for box in boxes)
            assert page.evaluate(CUT) == []
        (tmp_path / "app/pages/walls/bad.py").write_text(BAD.replace("1 / 0", "''"), encoding="utf-8")
        expect(corner).to_be_hidden(timeout=PATIENCE_MS)  # its turn comes, and it is well again


# Of a fine grid of points how many lie in no part, nor in the gap beside one.
BARE = """() => { const box = document.querySelector('.body').getBoundingClientRect(), steps = [...Array(60).keys()];
  const parts = [...document.querySelectorAll('.body > *')].map(part => part.getBoundingClientRect());
  const near = (x, y) => parts.some(p => x > p.left - 40 && x < p.right + 40 && y > p.top - 40 && y < p.bottom + 40);
  return steps.flatMap(i => steps.map(j => [box.left + (i + .5) * box.width / 60, box.top + (j + .5) * box.height / 60]))
    .filter(([x, y]) => !near(x, y)).length; }"""


@pytest.mark.parametrize("width", [1920, 3840])
def test_one_to_eight_parts_fill_the_screen(visit: Callable[..., Visit], width: int) -> None:
    page = visit((width, 1080)).page
    style = STYLES.read_text(encoding="utf-8")
    for count in range(1, 9):
        for figures in ("", '<section class="figures"><div class="figure">1</div></section>'):
            parts = "".join(f'<section style="grid-area:p{n}"><div class="fill"></div></section>' for n in range(count))
            page.set_content(f'<style>{style}</style><div class="layer shown"><div class="body auto">{figures}{parts}')
            assert page.locator(".body > *").count() == count + bool(figures)
            assert page.evaluate(BARE) == 0, (count, figures)
