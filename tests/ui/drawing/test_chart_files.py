"""A chart's files: what is printed in them, made only when asked for and recorded, in Chinese."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.units import SHARE, Figure
from data_access.trail.schema import DoorClosed
from ui.drawing import chart_files, charts, downloads, pictures
from ui.drawing.about import LINE, about, lines_of
from ui.drawing.exports import xlsx_bytes
from ui.drawing.pictures import png, svg
from ui.drawing.vega import _sent
from ui.style.theme import DARK, LIGHT
from ui.watch.viewer import Viewer

VOLUME = MEASURES["volume"]
FRAME = pd.DataFrame({"street": ["甲街道", "乙街道"], "volume": [30.0, 12.0]})


def bars() -> dict[str, Any]:
    return charts.bars(FRAME, "street", VOLUME, colours=LIGHT)


def test_a_picture_says_of_what_it_is(reader: Reader) -> None:
    where = CaseFilter(street=(reader.profile.streets[0].name,))
    lines = lines_of(about(reader, where, "图"), chart_files.figures_of(bars()), "值班长甲　2022-05-01 09:00")
    drawn = svg(bars(), chart_files.title_of(bars()), lines=lines)
    for words in (
        "受理量，按街道",
        "数据截至",
        reader.profile.streets[0].name,
        "演示数据",
        "作废的不计",
        "值班长甲",
        "甲街道",
    ):
        assert words in drawn.replace("\u00a0", " "), words
    assert png(bars(), "图", lines=lines).startswith(b"\x89PNG") and max(map(len, lines)) <= LINE


def test_the_title_is_of_the_figures_it_was_made_of() -> None:
    own = Figure("我的占比", SHARE, column="volume")
    assert chart_files.title_of(charts.bars(FRAME, "street", own, colours=LIGHT)) == "我的占比，按街道"
    dark = charts.bars(FRAME, "street", VOLUME, colours=DARK)
    assert "#1b2430" in svg(dark, "图").lower() or "white" in svg(dark, "图")  # on paper whatever the screen's theme


def test_the_workbook_holds_the_rows_and_nothing_of_how_they_are_drawn() -> None:
    rows = chart_files.rows_of(bars())
    assert rows.columns.tolist() == ["street", "volume"] and rows["volume"].tolist() == [30.0, 12.0]
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(rows, "图", chart_files.LABELS)))
    assert [cell.value for cell in book["图"][1]] == ["街道", "受理量"]


def test_the_browser_gets_no_english_menu_and_nothing_of_the_files() -> None:
    sent = _sent(bars(), LIGHT)
    assert sent["usermeta"] == {"embedOptions": {"actions": False}}


def page() -> None:
    import pandas as pd

    from data_access.cases.measures import MEASURES
    from ui.drawing import charts
    from ui.drawing.vega import draw

    frame = pd.DataFrame({"street": ["甲街道"], "volume": [3.0]})
    draw(charts.bars(frame, "street", MEASURES["volume"]), key="some", picks=False)


def test_nothing_is_made_until_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "png", lambda *_, **__: pytest.fail("made too early"))
    monkeypatch.setattr(downloads, "opens_export", lambda *_, **__: pytest.fail("recorded too early"))
    seen = AppTest.from_function(page).run()
    assert not seen.exception and not seen.get("download_button")
    seen.session_state["menu_some_chart"] = True
    seen.run()
    assert [one.label for one in seen.get("download_button")] == ["下载 CSV", "下载 XLSX", "图片 PNG", "矢量图 SVG"]


def opened(name_of: Callable[[str], str], made: Callable[[str, str], Callable[[], bytes]]) -> dict[str, Any]:
    """What the menu holds once it is open."""
    return {ending: made(ending, name_of(ending)) for ending in downloads.FILES}


def made(monkeypatch: pytest.MonkeyPatch, door: Any) -> dict[str, bytes]:
    """The files as the buttons make them."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(downloads, "menu", lambda _, name_of, made: found.update(opened(name_of, made)))
    monkeypatch.setattr(downloads, "viewer", Viewer)
    monkeypatch.setattr(downloads, "opens_export", door)
    chart_files.files(bars(), key="x")
    return {name: make() for name, make in found.items()}


def test_each_file_is_recorded_first(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, ...]] = []
    files = made(monkeypatch, lambda who, name, rows, columns, **_: told.append((name, rows, columns)))
    assert files["png"].startswith(b"\x89PNG") and b"<svg" in files["svg"] and files["xlsx"].startswith(b"PK")
    assert files["csv"].decode("utf-8-sig").splitlines()[0] == "街道,受理量"
    assert [(rows, columns) for _, rows, columns in told] == [(2, ["街道", "受理量"])] * 4


def test_where_it_cannot_be_recorded_the_file_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def shut(*_: Any, **__: Any) -> None:
        raise DoorClosed("写不进审计")

    files = made(monkeypatch, shut)
    assert "没有下载" in files["svg"].decode() and "甲街道" not in files["svg"].decode()
    assert "没有下载" in files["csv"].decode() and "甲街道" not in files["csv"].decode()
    rows = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).worksheets[0]
    assert "甲街道" not in str(list(rows.values)) and "写不进审计" in str(list(rows.values))


def test_a_chart_with_more_rows_behind_it_has_one_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is the chart, the tables are what stands behind it."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(downloads, "menu", lambda _, name_of, made: found.update(opened(name_of, made)))
    monkeypatch.setattr(downloads, "viewer", Viewer)
    monkeypatch.setattr(downloads, "opens_export", lambda *_, **__: None)
    downloads.downloads(FRAME.assign(more=[1, 2]), "图", key="x", labels={"more": "另一列"}, chart=bars())
    files = {name: make() for name, make in found.items()}
    assert "甲街道" in files["svg"].decode() and "另一列" not in files["svg"].decode()
    assert files["csv"].decode("utf-8-sig").splitlines()[0] == "街道,受理量,另一列"
