"""Downloads hold exactly what is shown, and nothing a spreadsheet would run."""

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from ui.drawing.tables import csv_bytes, label, xlsx_bytes

EVIL = ["=1+1", "+A1", "-2", "@SUM(A1)", "\tx", "plain"]


def test_csv_equals_the_frame(reader: Reader) -> None:
    frame = reader.aggregate(["volume", "resolution_rate"], ["street"], CaseFilter(source=("hotline",)))
    content = csv_bytes(frame)
    assert content.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(io.BytesIO(content))
    assert list(back.columns) == [label(column, {}) for column in frame.columns]
    pd.testing.assert_frame_equal(back.set_axis(frame.columns, axis=1), frame, check_dtype=False)


def test_xlsx_equals_the_frame_and_brings_definitions(reader: Reader) -> None:
    frame = reader.aggregate(["volume", "resolution_rate"], ["street"])
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(frame, "各街道")))
    rows = list(book["各街道"].iter_rows(values_only=True))
    assert len(rows) == len(frame) + 1
    assert [row[1] for row in rows[1:]] == frame["volume"].tolist()
    assert "解决率（不含剔除）" in [row[0] for row in book["口径"].iter_rows(values_only=True)]


def test_formulas_become_text() -> None:
    frame = pd.DataFrame({"title": EVIL})
    cells = pd.read_csv(io.BytesIO(csv_bytes(frame)))["title"].tolist()
    assert not [cell for cell in cells if cell[0] in "=+-@\t"]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(frame, "x")))["x"]
    assert [cell.data_type for cell in sheet["A"][1:]] == ["s"] * len(EVIL)


def test_codes_are_written_in_words() -> None:
    back = pd.read_csv(
        io.BytesIO(csv_bytes(pd.DataFrame({"source": ["hotline"], "resolution": ["no"], "is_late": [1]})))
    )
    assert back.iloc[0].tolist() == ["12345热线", "未解决", "是"]


@pytest.mark.parametrize("scores", [{}, {"一月": [np.nan, np.nan]}, {"一月": [1.0, np.nan]}, {"一月": [1.0, 1.0]}])
def test_a_heat_table_of_any_scores_is_drawn(scores: dict[str, list[float]]) -> None:
    def page(scores: dict[str, list[float]]) -> None:
        import pandas as pd

        from ui.drawing.tables import heat_table

        heat_table(pd.DataFrame({"街道": ["甲", "乙"], **scores}), "街道", key="heat", heading="街道")

    seen = AppTest.from_function(page, kwargs={"scores": scores}).run()
    assert not seen.exception
    assert len(seen.dataframe[0].value) == 2
