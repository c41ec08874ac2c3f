"""A brief as a Word file, in the manner of official documents (GB/T 9704—2012 as far as it is public).

The page, its fonts and whatever stands around the text are the template's: a Word file in the profile, which the office
edits in Word. Where the profile has none, the one that `template` makes is used.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pandas as pd
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from briefs.asked import Part
from briefs.content import Brief
from ui.drawing.columns import label, unit_of, worded
from ui.drawing.pictures import png
from ui.style.numbers import UNKNOWN, moment, until_now

TEMPLATE = "brief.docx"  # in the profile's folder
TITLE, BODY, HEADING, CELL, NOTE = "简报标题", "简报正文", "简报小标题", "简报表格", "简报附注"
# Style -> (font, points, bold, first line indented by two characters, space after in points)
STYLES: dict[str, tuple[str, float, bool, bool, float]] = {
    TITLE: ("方正小标宋简体", 22, False, False, 8),
    BODY: ("仿宋_GB2312", 16, False, True, 0),
    HEADING: ("黑体", 16, False, True, 0),
    CELL: ("宋体", 10.5, False, False, 0),
    NOTE: ("宋体", 10.5, False, False, 0),
}
MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}  # mm; the printed area is 156 × 225
LINE = 28  # points from line to line of the text
BODY_MARK, MARKS = "{{正文}}", ("{{标题}}", "{{时段}}", "{{截至}}", "{{说明}}")
NUMBERS = (*"一二三四五六七八九十", "十一", "十二")
LETTERS, SMALLEST = 84, 7.5  # half letters of a table's line at its own size; points
MOST_ROWS = 40  # of a table on paper; the whole of it is in the Excel file


def template() -> bytes:
    """A template to be edited: styles by name, marks that are replaced, page numbers at the foot."""
    made = docx.Document()
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, width in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(width))
    for name, (font, size, bold, indented, after) in STYLES.items():
        style: Any = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.font.name, style.font.size, style.font.bold = font, Pt(size), bold
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        shape = style.paragraph_format
        shape.space_after = Pt(after)
        shape.first_line_indent = Pt(2 * size) if indented else None
        shape.keep_with_next = name == HEADING
        if name in (TITLE, BODY, HEADING):
            shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE if name != TITLE else 34)
    made.styles[TITLE].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    made.add_paragraph("{{标题}}", TITLE)
    made.add_paragraph("{{时段}}", NOTE).alignment = WD_ALIGN_PARAGRAPH.CENTER
    made.add_paragraph(BODY_MARK, BODY)
    made.add_paragraph("{{说明}}", NOTE)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _page_number(foot)
    return _bytes(made)


def _page_number(paragraph: Any) -> None:
    """— 1 —, counted by Word."""
    run = paragraph.add_run("— ")
    run.font.name, run.font.size = "宋体", Pt(14)
    counted = paragraph.add_run()
    counted.font.size = Pt(14)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            part.text = text
        else:
            part.set(qn("w:fldCharType"), kind)
        counted._r.append(part)
    paragraph.add_run(" —").font.size = Pt(14)


def docx_bytes(brief: Brief, folder: Path, *, made_by: str = "") -> bytes:
    """The brief as a Word file. `folder`: the profile's; `made_by`: who made it and when, at its end."""
    own = folder / TEMPLATE
    paper = docx.Document(str(own) if own.exists() else io.BytesIO(template()))
    _lay_out(paper)
    words = {
        "{{标题}}": brief.title,
        "{{时段}}": f"（{until_now(brief.where.when, brief.as_of)}）",
        "{{截至}}": moment(brief.as_of),
        "{{说明}}": "说明：" + " ".join([*brief.notes, *([made_by] if made_by else [])]),
    }
    for paragraph in list(paper.paragraphs):
        if BODY_MARK in paragraph.text:
            _body(paper, paragraph, brief)
        elif any(mark in paragraph.text for mark in MARKS):
            text = paragraph.text
            for mark, said in words.items():
                text = text.replace(mark, said)
            _replace(paragraph, text)
    paper.core_properties.title, paper.core_properties.author = brief.title, made_by
    return _bytes(paper)


def _lay_out(paper: Document) -> None:
    """The styles that an edited template may have lost."""
    standing = {style.name for style in paper.styles}
    for name, (font, size, *_) in STYLES.items():
        if name not in standing:
            style: Any = paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.font.name, style.font.size = font, Pt(size)


def _replace(paragraph: Any, text: str) -> None:
    """New words in the paragraph's own look."""
    first, *rest = paragraph.runs or [paragraph.add_run()]
    first.text = text
    for run in rest:
        run.text = ""


def _body(paper: Document, mark: Any, brief: Brief) -> None:
    """The parts, in the place of their mark."""
    for place, part in enumerate(brief.parts):
        heading = f"{NUMBERS[place]}、{part.heading}" if place < len(NUMBERS) else part.heading
        mark.insert_paragraph_before(heading, HEADING)
        for sentence in part.sentences:
            mark.insert_paragraph_before(sentence, BODY)
        if part.chart is not None:
            holder = mark.insert_paragraph_before("", NOTE)
            holder.alignment = WD_ALIGN_PARAGRAPH.CENTER
            holder.add_run().add_picture(io.BytesIO(png(part.chart, part.chart_title)), width=Mm(150))
        if part.rows is not None and len(part.rows):
            _table(paper, mark, part)
    mark._element.getparent().remove(mark._element)


def cells(part: Part) -> tuple[list[str], list[list[str]]]:
    """A part's table as it is printed: its headings, and every cell in words."""
    assert part.rows is not None
    frame = worded(part.rows)
    heads = [label(str(column), part.labels) for column in frame.columns]
    return heads, [[_written(str(column), value) for column, value in zip(frame.columns, row, strict=True)]
                   for row in frame.itertuples(index=False)]  # fmt: skip


def _written(column: str, value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return UNKNOWN
    unit = unit_of(column)
    if unit is not None:
        return unit.write(float(value), 2 if unit.is_share else None)
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def _table(paper: Document, mark: Any, part: Part) -> None:
    heads, rows = cells(part)
    table = paper.add_table(rows=1, cols=len(heads), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _line(table.rows[0], heads, [True] * len(heads))
    repeat = OxmlElement("w:tblHeader")  # the headings stand on every page again
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    numeric = [not isinstance(value, str) or value[:1].isdigit() for value in part.rows.iloc[0]]  # type: ignore[union-attr]
    for row in rows[:MOST_ROWS]:
        _line(table.add_row(), row, [False] * len(heads), numeric)
    mark._element.addprevious(table._tbl)
    rest = len(rows) - MOST_ROWS
    _fit(table, heads, rows)
    after = mark.insert_paragraph_before(f"（另有 {rest} 行，见随附的 Excel）" if rest > 0 else "", NOTE)
    after.paragraph_format.space_after = Pt(6)


def _fit(table: Any, heads: list[str], rows: list[list[str]]) -> None:
    """Columns as wide as their longest cell asks, a heading on two lines; together as wide as the text. Where that is
    more than the text holds, the letters are smaller."""
    asked = []
    for place, head in enumerate(heads):
        longest = max((_width(row[place]) for row in rows), default=0)
        asked.append(min(max(longest, (_width(head) + 1) // 2, 4), 24) + 3)
    table.autofit = False
    size = max(min(STYLES[CELL][1], STYLES[CELL][1] * LETTERS / sum(asked)), SMALLEST)
    for place, share in enumerate(asked):
        width = Mm(156 * share / sum(asked))
        table.columns[place].width = width  # LibreOffice reads the grid, Word the cells
        for cell in table.columns[place].cells:
            cell.width = width
            for run in (run for paragraph in cell.paragraphs for run in paragraph.runs):
                run.font.size = Pt(round(2 * size) / 2)


def _width(text: str) -> int:
    """A Chinese character is as wide as two digits."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def _line(row: Any, texts: list[str], heads: list[bool], numeric: list[bool] | None = None) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # a row stands on one page
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.style = CELL
        run = paragraph.add_run(text)
        run.bold = heads[place]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
        right = numeric is not None and numeric[place]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT


def _bytes(paper: Document) -> bytes:
    buffer = io.BytesIO()
    paper.save(buffer)
    return buffer.getvalue()
