"""How papers look: tables that hold together, room for what stands in a cell, pages as wide as a sheet, the map."""

from __future__ import annotations

import io
from datetime import datetime

import docx
import openpyxl
import pandas as pd
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from briefs.asked import Part
from briefs.book import LINE, TOP, xlsx_bytes
from briefs.content import Brief
from briefs.word import CELL, ENDS, FIGURE, LETTERS, MOST_ROWS, NARROW, PADDING, TOGETHER, docx_bytes, widths
from briefs.words import breadth
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period

WHEN = Period(datetime(2022, 12, 1), datetime(2023, 1, 1))


def paper_of(*parts: Part) -> Brief:
    return Brief("free", "某区专报", CaseFilter(period=WHEN), datetime(2023, 1, 10), "v1", parts, ("说明。",))


def table_of(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"what": [f"事项{n}" for n in range(rows)], "many": range(rows)})


def held(row: object) -> bool:
    cells = row.cells  # type: ignore[attr-defined]
    return all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in cells)


@pytest.mark.parametrize("rows", [1, TOGETHER, 20, MOST_ROWS + 5])
def test_no_page_has_a_row_or_two_of_a_table(reader: Reader, rows: int) -> None:
    brief = paper_of(Part("一节", ("一句。",), table_of(rows)))
    paper = docx.Document(io.BytesIO(docx_bytes(brief, reader.profile.folder)))
    table = paper.tables[0]
    last = len(table.rows) - 1
    assert last == min(rows, MOST_ROWS)
    about = table.rows[0]._tr.trPr
    assert about is not None and about.find(qn("w:tblHeader")) is not None
    apart = [place for place, row in enumerate(table.rows) if not held(row)]
    assert (last in apart) == (rows <= MOST_ROWS)  # a note below stands on no page alone
    apart = [place for place in apart if place < last] + [last]
    if last <= TOGETHER:
        assert apart == [last]
    else:
        assert apart[0] >= ENDS and apart[-2] <= last - ENDS
    said = "".join(paragraph.text for paragraph in paper.paragraphs)
    assert ("见随附的 Excel" in said) == (rows > MOST_ROWS)


def test_an_annex_stands_in_excel_alone_and_a_cut_table_says_so(reader: Reader) -> None:
    whole = table_of(30)
    brief = paper_of(
        Part("正文", ("一句。",), whole, paper=whole.head(4)), Part("附表", ("二句。",), whole, is_annex=True)
    )
    paper = docx.Document(io.BytesIO(docx_bytes(brief, reader.profile.folder)))
    said = "".join(paragraph.text for paragraph in paper.paragraphs)
    assert "附表" not in said and "二句" not in said and "另有 26 行" in said
    assert [len(table.rows) for table in paper.tables] == [5]
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(brief)))
    assert book.sheetnames == ["正文", "附表", "口径"]
    assert all(book[name].max_row > 30 for name in ("正文", "附表"))


WORDS = st.text("甲乙丙丁0123456789%", max_size=50)


@given(st.lists(st.lists(WORDS, min_size=4, max_size=4), min_size=1, max_size=6))
def test_what_is_short_is_never_broken(rows: list[list[str]]) -> None:
    heads = ["序号", "事项", "本月进展（次）", "议定事项"]
    asked = widths(heads, rows)
    for place, room in enumerate(asked):
        longest = max(breadth(row[place]) for row in rows)
        assert room >= min(longest, NARROW) + PADDING
        assert 2 * room >= breadth(heads[place])
    assert sum(asked) <= max(LETTERS, 4 * (NARROW + PADDING))


def test_what_is_to_be_written_in_has_room() -> None:
    narrow, wide = widths(["序号", "议定事项"], [["1", ""], ["2", ""]])
    assert wide > 5 * narrow


@pytest.mark.parametrize("text", ["1,234", "98.4%", "−0.1 个百分点", "1–17", "+12.0%", "—", "±3.7", ""])
def test_figures_stand_at_the_right(text: str) -> None:
    assert FIGURE.fullmatch(text)


@pytest.mark.parametrize("text", ["3月23日转项目推动", "12号院", "不能确定", "2022年1月"])
def test_words_that_begin_with_a_digit_do_not(text: str) -> None:
    assert not FIGURE.fullmatch(text)


def test_figures_are_in_their_own_letters(reader: Reader) -> None:
    paper = docx.Document(io.BytesIO(docx_bytes(paper_of(Part("一节", ("一句。",))), reader.profile.folder)))
    style = paper.styles[CELL]
    fonts = style.element.rPr.rFonts
    assert (fonts.get(qn("w:ascii")), fonts.get(qn("w:eastAsia"))) == ("Times New Roman", "宋体")


def test_a_sheet_prints_as_wide_as_it_is_and_can_be_filtered() -> None:
    frame = pd.DataFrame({"unit": ["甲" * 60, "乙"], "volume": [1234.0, 5.0], "resolution_rate": [0.5, 0.75]})
    brief = paper_of(Part("一节", ("很长的一句话" * 40 + "。",), frame))
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(brief)))
    for name in book.sheetnames:
        sheet = book[name]
        assert sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    sheet = book["一节"]
    assert sheet.auto_filter.ref == "A3:C5" and sheet.freeze_panes == "A4"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.row_dimensions[TOP + 2].height > LINE  # the long name is read whole
    assert sheet.row_dimensions[TOP + 3].height in (None, LINE)
    assert sheet["C4"].number_format == MEASURES["resolution_rate"].unit.spreadsheet
    below = next(cell for row in sheet.iter_rows(min_row=TOP + 4) for cell in row if cell.value)
    assert below.alignment.wrap_text and sheet.row_dimensions[below.row].height > LINE
    told = {row[0].value: row[2].value for row in book["口径"].iter_rows(min_row=2) if len(row) > 2}
    assert MEASURES["volume"].definition in told.values()
