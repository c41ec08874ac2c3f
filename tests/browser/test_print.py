"""Pages on paper: the whole of them, dark on white under either theme, and tables that say what the screen says."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pypdfium2
import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from tests.browser.visits import Visit
from ui.drawing.paper import PRINTED, as_on_screen, paper

Open = Callable[..., Visit]
A4 = (596, 843)  # points, rounded up, which the pictures have one pixel for
MARGIN = 33  # of the 34 points at the sides
WHITE, INK = 250, 110
LAST = {"overview": "有逾期未办结的单位", "three_rates": "公布的数字"}
# Keeps what any canvas writes: a table's screen is nothing else.
LISTEN = """window.drawn = new Set();
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.drawn.add(text);
  return write.call(this, text, ...rest);
};"""


def printed(seen: Visit, name: str, artefacts: Path, landscape: bool = False) -> tuple[list[str], list[np.ndarray]]:
    """The sheets: their words without any space, and their pictures in grey (height, width)."""
    path = artefacts / f"print-{name}.pdf"
    seen.page.pdf(path=path, format="A4", landscape=landscape)
    with pypdfium2.PdfDocument(path) as document:
        sheets = list(document)
        words = ["".join(sheet.get_textpage().get_text_range().split()) for sheet in sheets]
        return words, [sheet.render(grayscale=True).to_numpy().squeeze().copy() for sheet in sheets]


@pytest.mark.parametrize("landscape", [False, True], ids=["portrait", "landscape"])
@pytest.mark.parametrize("name", LAST)
def test_a_long_page_prints_whole_and_dark_on_white(
    name: str, landscape: bool, address: str, visit: Open, artefacts: Path
) -> None:
    ink = {}
    for theme in ("light", "dark"):
        seen = visit(theme=theme)
        seen.open(f"{address}/{name}")
        seen.check_no_failure()
        content = seen.page.locator('[data-testid="stMain"]').text_content() or ""
        menu = {link.inner_text().strip() for link in seen.page.locator('[data-testid="stSidebarNavLink"] p').all()}
        words, sheets = printed(seen, f"{name}-{theme}-{'wide' if landscape else 'high'}", artefacts, landscape)
        assert len(sheets) > 1 and LAST[name] in "".join(words)
        assert "数据截至" in words[0] and "演示数据" in words[0] and "时段本考核期" in words[0]
        elsewhere = {label for label in menu if label not in content}
        assert elsewhere and not [label for label in (*elsewhere, "下载") if label in "".join(words)]
        for sheet in sheets:
            assert sheet.shape == (A4 if landscape else A4[::-1])
            assert (sheet >= WHITE).mean() > 0.75
            assert sheet[:, :MARGIN].min() >= WHITE and sheet[:, -MARGIN:].min() >= WHITE
        ink[theme] = sum((sheet < INK).sum() for sheet in sheets)
    # A dark theme's charts come pale on white, or with dark grounds, where they are not turned round.
    assert 0.8 < ink["dark"] / ink["light"] < 1.25


def test_what_was_chosen_is_printed(address: str, visit: Open, reader: Reader, artefacts: Path) -> None:
    case = reader.list_cases(CaseFilter(), page_size=1).iloc[0]
    seen = visit()
    street, kind = case["street"], case["category1"]
    seen.open(f"{address}/cases?street={street}&category1={kind}&weekday=2&text={kind[0]}")
    words = printed(seen, "chosen", artefacts)[0][0]
    for condition in (f"街道{street}", f"一级分类：{kind}", "星期：周二", f"查找{kind[0]}"):
        assert condition in words
    assert "来源全部" not in words


def test_a_table_prints_the_rows_that_are_out_of_sight(
    address: str, visit: Open, reader: Reader, artefacts: Path
) -> None:
    seen = visit()
    seen.open(f"{address}/cases")
    words = "".join(printed(seen, "list", artefacts, True)[0])
    numbers = reader.list_cases(CaseFilter(), page_size=50)["case_id"]
    assert len(numbers) == 50 and not [one for one in numbers if one not in words]


@pytest.mark.parametrize("name", ["three_rates", "trends", "livelihood_index", "quality", "weak_spots"])
def test_numbers_and_times_are_written_as_on_the_screen(name: str, address: str, visit: Open) -> None:
    seen = visit((3000, 1400))
    seen.page.add_init_script(LISTEN)
    seen.open(f"{address}/{name}")
    rows = seen.page.locator(".print-only tbody tr:nth-child(-n+5)").all()
    cells = {text for row in rows for text in row.locator(".number, .datetime").all_text_contents()}
    drawn = set(seen.page.evaluate("[...window.drawn]"))
    assert len(cells) > 5 and cells <= drawn, cells - drawn


def test_numbers_are_rounded_as_browsers_do(visit: Open) -> None:
    chance = random.Random(5)
    values = [chance.randrange(-400, 4000) / 8 for _ in range(300)] + [0.0, 0.15, 1e-12, 6e-5, 1234.56, -0.5]
    asked = """values => values.map(value => [value.toFixed(0), value.toFixed(1), value.toFixed(2) + "%",
      value.toExponential(0), value.toLocaleString("zh-CN")])"""
    theirs = visit().page.evaluate(asked, values)
    forms = ("%.0f", "%.1f", "%.2f%%", "%.0e", "localized")
    assert [[as_on_screen(value, form) for form in forms] for value in values] == theirs
    assert as_on_screen(math.nan, "%.1f") == as_on_screen(None, None) == "—"


def test_a_printed_table_holds_no_markup_and_says_what_it_leaves_out() -> None:
    config = {"title": {"label": "标题<i>", "type_config": {"type": "text"}}}
    found = paper(pd.DataFrame({"title": ["<script>"] * (PRINTED + 1)}), config)
    assert "<script>" not in found and "<i>" not in found and found.count("&lt;script&gt;") == PRINTED
    assert f"共 {PRINTED + 1} 行" in found
    assert "其余见下载" not in paper(pd.DataFrame({"title": ["短"] * PRINTED}), config)
