"""What pages import from their folder is theirs, and is read again once it was changed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ui.frame.helpers import fresh
from ui.frame.router import entries

PAGE = """PAGE = {"title": "试页", "group": "分析", "order": 5}
from _words import SAID
told.append(SAID)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("_words", "_more"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "mine.py").write_text(PAGE, encoding="utf-8")
    return pages


def said(folder: Path) -> str:
    told: list[str] = []
    [entry] = entries(folder)  # a helper is no page
    assert entry.code
    with fresh(folder):
        exec(entry.code, {"told": told})
    return told[0]


def test_a_changed_helper_is_there_at_the_next_run(folder: Path) -> None:
    (folder / "_more.py").write_text("MORE = '一'\n", encoding="utf-8")
    (folder / "_words.py").write_text("from _more import MORE\nSAID = MORE + '早'\n", encoding="utf-8")
    assert said(folder) == "一早"
    kept = sys.modules["_words"]
    assert said(folder) == "一早" and sys.modules["_words"] is kept  # nothing changed: nothing is read
    # Of the same size, and perhaps in the same second: what Python itself does not notice.
    (folder / "_more.py").write_text("MORE = '二'\n", encoding="utf-8")
    assert said(folder) == "二早"
    (folder / "_words.py").write_text("SAID = '晚上'\n", encoding="utf-8")
    assert said(folder) == "晚上"


def test_a_helper_that_was_taken_away_is_gone(folder: Path) -> None:
    (folder / "_words.py").write_text("SAID = '早'\n", encoding="utf-8")
    assert said(folder) == "早"
    (folder / "_words.py").unlink()
    with pytest.raises(ModuleNotFoundError):
        said(folder)
