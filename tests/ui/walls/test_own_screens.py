"""A screen that somebody wrote by the guide alone is whole; one that fails is named, and the others go on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from data_access.cases.reader import Reader
from ui.walls import wall

BARE = """
from ui.walls.parts import bars
SCREEN = {"title": "夜间噪声"}
def draw(reader):
    return bars("mine", [("甲", "1", 1.0, "")])
"""


def test_a_screen_of_nothing_but_its_figures_has_title_and_time(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "night.py").write_text(BARE, encoding="utf-8")
    monkeypatch.setattr(wall, "SCREENS", tmp_path)
    html = wall.state(reader, wall.Wall(name="x", title="x", screens=("night",)), "night")["html"]
    assert "<h1>夜间噪声</h1>" in html and "演示数据" in html and "数据截至 2023年1月10日" in html
    assert '<div class="body night auto">' in html


@pytest.mark.parametrize("is_author", [False, True])
def test_a_screen_that_fails_leaves_the_others_and_is_told_by_a_code(
    is_author: bool, reader: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "night.py").write_text(BARE, encoding="utf-8")
    (tmp_path / "bad.py").write_text(
        'SCREEN = {"title": "坏屏"}\ndef draw(reader):\n    return 1 / 0\n', encoding="utf-8"
    )
    monkeypatch.setattr(wall, "SCREENS", tmp_path)
    monkeypatch.setenv("DASHBOARD_AUTHOR", str(int(is_author)))
    page = wall._page(reader, wall.Wall(name="x", title="x", screens=("bad", "night")))
    told = json.loads(re.search(r'id="wall">(.*?)</script>', page)[1])  # type: ignore[index]
    [[screen, words]] = told["failed"]
    assert (told["place"], screen) == (1, "bad") and "夜间噪声" in page and words.startswith("“坏屏”这一屏")
    assert ("bad.py 第 3 行" in words) is is_author is ("ZeroDivisionError" in words)
    assert f"页面出错 {words[-7:-1]}" in caplog.text and "bad.py" in caplog.text
