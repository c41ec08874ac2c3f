"""A table as a picture: its words as the screen's, cut where they are too long, nothing beyond its edge."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from ui.drawing.about import about, lines_of
from ui.drawing.columns import LINK
from ui.drawing.table_pictures import LETTER, LONGEST, ROWS, _wide, png, svg


def _texts(whole: ET.Element) -> list[ET.Element]:
    return [one for one in whole.iter() if one.tag.endswith("}text")]


def texts(drawn: str) -> list[str]:
    return [one.text or "" for one in _texts(ET.fromstring(drawn))]


def frame(rows: int = 2) -> pd.DataFrame:
    return pd.DataFrame({
        "street": [f"<b>街道{nth}</b>" for nth in range(rows)], "volume": [1234.0] * rows,
        "resolution_rate": [0.95126] * (rows - 1) + [float("nan")], "said": ["很长的说明" * 20] * rows,
        "at": pd.Timestamp(2022, 5, 1, 9, 30), LINK: ["/cases"] * rows,
    })  # fmt: skip


def test_it_says_what_the_screen_says(reader: Reader) -> None:
    where = CaseFilter(street=(reader.profile.streets[0].name,))
    lines = lines_of(about(reader, where, "表"), [MEASURES["resolution_rate"]], "值班长甲　2022-05-01 09:00")
    said = texts(svg(frame(), "各街道", {"said": "说明"}, lines))
    assert said[0] == "各街道" and said[1 : 1 + len(lines)] == lines
    for words in ("街道", "受理量", "说明", "<b>街道0</b>", "1,234", "95.13%", "—", "2022-05-01 09:30"):
        assert words in said, words
    assert reader.profile.streets[0].name in " ".join(said) and "演示数据" in " ".join(said)
    assert not [words for words in said if "nan" in words.lower() or "/cases" in words]
    assert any(words.endswith("…") and _wide(words) <= LONGEST for words in said)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [0, 1, ROWS + 5])
def test_nothing_lies_beyond_its_edge(rows: int) -> None:
    drawn = svg(frame(rows) if rows else frame(1).head(0), "表" * 30, lines=["口径" * 23])
    whole = ET.fromstring(drawn)
    wide, high = float(whole.get("width", 0)), float(whole.get("height", 0))
    for one in _texts(whole):
        x, y, size = (float(one.get(name, 0)) for name in ("x", "y", "font-size"))
        long = _wide(one.text or "") * LETTER * size / 14
        left, right = (x - long, x) if one.get("text-anchor") == "end" else (x, x + long)
        assert left >= 0 and right <= wide and 0 <= y <= high, one.text
    assert png(drawn).startswith(b"\x89PNG")
    assert (f"共 {ROWS + 5:,} 行" in drawn) == (rows > ROWS)
