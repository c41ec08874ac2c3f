"""Downloads hold exactly what is shown, and nothing a spreadsheet would run."""

import io
from datetime import datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from ui.drawing.about import about, file_name
from ui.drawing.columns import LINK
from ui.drawing.exports import csv_bytes, xlsx_bytes
from ui.drawing.tables import label
from ui.style.numbers import moment

EVIL = ["=1+1", "+A1", "-2", "@SUM(A1)", "\tx", "plain"]


def test_csv_equals_the_frame(reader: Reader) -> None:
    frame = reader.aggregate(["volume", "resolution_rate"], ["street"], CaseFilter(source=("hotline",)))
    content = csv_bytes(frame)
    assert content.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(io.BytesIO(content))
    assert list(back.columns) == [label(column, {}) for column in frame.columns]
    pd.testing.assert_frame_equal(back.set_axis(frame.columns, axis=1), frame, check_dtype=False)


def test_a_workbook_is_the_frame_cell_by_cell_and_says_what_it_is_of(reader: Reader) -> None:
    where = CaseFilter(
        period=Period(datetime(2022, 3, 1), datetime(2022, 4, 1)), source=("hotline",), unit=("甲&乙局",)
    )
    frame = reader.aggregate(["volume", "resolution_rate"], ["street"])
    frame = frame.assign(since=pd.Timestamp(2022, 3, 1, 9, 30), days=105.0, hours=np.linspace(0.5, 3, len(frame)),
                         link="http://localhost/cases?case=1")  # fmt: skip
    labels = {"since": "从", "days": "天", "hours": "小时", LINK: "案件"}
    content = xlsx_bytes(frame, "各街道/甲", labels, "王某　2023-01-10", about(reader, where, "各街道"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == [label(column, labels) for column in frame.columns]
    assert all(cell.font.b and cell.fill.fgColor.rgb == "FFE6EBF0" for cell in sheet[1])
    assert (
        sheet.freeze_panes == "A2"
        and sheet.auto_filter.ref == f"A1:{sheet.cell(1, len(frame.columns)).column_letter}{len(frame) + 1}"
    )
    formats = {
        "volume": "#,##0",
        "resolution_rate": "0.00%",
        "days": "#,##0",
        "hours": "#,##0.0#",
        "since": "yyyy-mm-dd hh:mm",
    }
    for row, cells in zip(frame.to_dict("records"), sheet.iter_rows(min_row=2), strict=True):
        for (column, value), cell in zip(row.items(), cells, strict=True):
            if column == LINK:
                assert (cell.value, cell.hyperlink.target) == ("查看案件", value)
            else:
                known = (
                    None if isinstance(value, float) and np.isnan(value) else value or None if value == "" else value
                )
                assert cell.value == (pytest.approx(known) if isinstance(known, float) else known)
                assert column not in formats or cell.number_format == formats[column]
    lines = {row[0]: row[1] for row in book["说明"].iter_rows(min_row=2, values_only=True)}
    assert lines["列"] == "、".join(str(cell.value) for cell in book.worksheets[0][1])
    assert lines["时段"] == "2022年3月1日至2022年3月31日" and lines["数据截至"] == moment(reader.as_of)
    assert lines["筛选"] == "来源：12345热线；承办单位：甲&乙局" and "演示数据" in lines["数据"]
    assert lines["行数"] == str(len(frame)) and lines["导出"] == "王某　2023-01-10"
    assert "演示数据" in sheet.oddHeader.right.text
    calibre = [row[0] for row in book["口径"].iter_rows(min_row=2, values_only=True)]
    assert calibre == ["受理量", "解决率（不含剔除）"]
    assert file_name("各街道", reader, "xlsx") == f"各街道-{reader.as_of:%Y%m%d}-演示.xlsx"


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


def test_a_column_is_as_wide_as_its_longest_words_wherever_they_stand() -> None:
    from ui.drawing import fitting, tables

    units = pd.Series(["区教委"] * 30 + ["市公安局公安交通管理局东城交通支队"])
    wide = tables._column(pd.Series(units), "unit", {}, 1, {}, ())["width"]
    assert wide >= 17 * 14 + 16  # seventeen signs of 14 pixels, and the cell's own margins
    assert tables._column(pd.Series(["长" * 99]), "unit", {}, 1, {}, ())["width"] == fitting.MOST_WIDE
    assert tables._column(pd.Series(["区教委"]), "unit", {}, 1, {}, ())["width"] is None
