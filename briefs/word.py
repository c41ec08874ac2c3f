"""A brief as a Word file, in the manner of official documents (GB/T 9704—2012 as far as it is public).

The page, its fonts and whatever stands around the text are the template's: a Word file in the profile, which the office
edits in Word. Where the profile has none, the one that `template` makes is used.
"""

from __future__ import annotations

import io
import re
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
from briefs.words import breadth
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
FIGURE = re.compile(r"[−+±]?\d[\d,.:–~～±+−\s%]*(个百分点|分|件|天|小时)?|—|样本少|")
BODY_MARK, MARKS = "{{正文}}", ("{{标题}}", "{{时段}}", "{{截至}}", "{{说明}}")
NUMBERS = (*"一二三四五六七八九十", *(f"十{digit}" for digit in "一二三四五六七八九"), "二十")
DIGITS = "Times New Roman"  # figures and Latin letters, in every style
EDGE = 70  # twentieths of a point between a cell's edge and its words
LETTERS, SMALLEST = 84, 8.0  # half letters of a table's line at its own size; points
PADDING, NARROW, WISHED = 2, 16, 60  # half letters: a cell's edges; of a column that is never broken; of a long one
MOST_ROWS = 40  # of a table on paper; the whole of it is in the Excel file
TOGETHER, ENDS = 8, 3  # rows of a table that stays on one page; of a longer one, that stay together at either end
WIDE, HIGH, TALL = 150, 72, 105  # mm that a picture fills at most; how high, and how high one that is higher than wide


def template() -> bytes:
    """A template to be edited: styles by name, marks that are replaced, page numbers at the foot."""
    made = docx.Document()
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, width in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(width))
    for name, (font, size, bold, indented, after) in STYLES.items():
        style: Any = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.font.name, style.font.size, style.font.bold = DIGITS, Pt(size), bold
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        shape = style.paragraph_format
        shape.widow_control = True
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
    for place, part in enumerate(part for part in brief.parts if not part.is_annex):
        heading = f"{NUMBERS[place]}、{part.heading}" if place < len(NUMBERS) else part.heading
        mark.insert_paragraph_before(heading, HEADING)
        last = None
        for sentence in part.sentences:
            last = mark.insert_paragraph_before(sentence, BODY)
        rows = 0 if part.printed is None else len(part.printed)
        if part.chart is not None and rows <= TOGETHER:
            _picture(mark, part)
        if rows:
            if last is not None and (part.chart is None or rows > TOGETHER):
                last.paragraph_format.keep_with_next = True
            _table(paper, mark, part)
        if part.chart is not None and rows > TOGETHER:  # what can go on overleaf first: a picture would leave a gap
            _picture(mark, part)
    mark._element.getparent().remove(mark._element)


def _picture(mark: Any, part: Part) -> None:
    """As wide as the text; one that is nearly as high as wide, smaller."""
    assert part.chart is not None
    holder = mark.insert_paragraph_before("", NOTE)
    holder.alignment = WD_ALIGN_PARAGRAPH.CENTER
    picture = holder.add_run().add_picture(io.BytesIO(png(part.chart, part.chart_title)), width=Mm(WIDE))
    most = Mm(TALL if picture.height > picture.width else HIGH)
    if picture.height > max(most, picture.width / 2):
        picture.width, picture.height = int(picture.width * most / picture.height), most


def cells(part: Part) -> tuple[list[str], list[list[str]]]:
    """A part's table as it is printed: its headings, and every cell in words."""
    assert part.printed is not None
    frame = worded(part.printed)
    heads = [label(str(column), part.labels) for column in frame.columns]
    return heads, [[_written(str(column), value) for column, value in zip(frame.columns, row, strict=True)]
                   for row in frame.itertuples(index=False)]  # fmt: skip


def _written(column: str, value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return UNKNOWN
    unit = unit_of(column)
    if unit is not None:
        return unit.write(float(value), 2 if unit.is_share else None)
    return f"{value:,.0f}".replace("-", "−") if isinstance(value, int | float) else str(value)


def _table(paper: Document, mark: Any, part: Part) -> None:
    assert part.printed is not None and part.rows is not None
    heads, rows = cells(part)
    printed = rows[:MOST_ROWS]
    table = paper.add_table(rows=1, cols=len(heads), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _line(table.rows[0], heads, [True] * len(heads))
    repeat = OxmlElement("w:tblHeader")  # the headings stand on every page again
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    numeric = [all(FIGURE.fullmatch(row[place]) for row in printed) for place in range(len(heads))]
    for row in printed:
        _line(table.add_row(), row, [False] * len(heads), numeric)
    mark._element.addprevious(table._tbl)
    _fit(table, heads, printed)
    rest = max(len(part.rows) - len(printed), 0)
    _hold(table, rest > 0)
    after = mark.insert_paragraph_before(f"（另有 {rest:,} 行，见随附的 Excel）" if rest else "", NOTE)
    after.paragraph_format.space_after = Pt(6)


def _hold(table: Any, has_note: bool) -> None:
    """A short table stays on one page; of a longer one no page has only a row or two, and none its note alone."""
    last = len(table.rows) - 1
    for place, row in enumerate(table.rows):
        if (has_note or place < last) and (last <= TOGETHER or place < ENDS or place > last - ENDS):
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True


def widths(heads: list[str], rows: list[list[str]]) -> list[int]:
    """The room that each column asks for, in half letters. A heading may take two lines; what is long is broken, what
    is short is not; a column without any words is to be written in, and takes what a long one does."""
    longest = [max((breadth(row[place]) for row in rows), default=0) for place in range(len(heads))]
    least = [max(min(long, NARROW), -(-breadth(head) // 4) * 2, 4) + PADDING
             for long, head in zip(longest, heads, strict=True)]  # fmt: skip
    wished = [min(long, WISHED) if long else WISHED for long in longest]
    more = [max(wish + PADDING - own, 0) for wish, own in zip(wished, least, strict=True)]
    room = max(LETTERS - sum(least), 0)
    shared = min(room / sum(more), 1.0) if sum(more) else 0.0
    return [own + int(extra * shared) for own, extra in zip(least, more, strict=True)]


def _fit(table: Any, heads: list[str], rows: list[list[str]]) -> None:
    """Columns as `widths`, together as wide as the text; where they ask for more, the letters are smaller."""
    asked = widths(heads, rows)
    table.autofit = False
    edges = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(EDGE))
        edge.set(qn("w:type"), "dxa")
        edges.append(edge)
    table._tbl.tblPr.append(edges)
    size = max(min(STYLES[CELL][1], STYLES[CELL][1] * LETTERS / sum(asked)), SMALLEST)
    for place, share in enumerate(asked):
        width = Mm(156 * share / sum(asked))
        table.columns[place].width = width  # LibreOffice reads the grid, Word the cells
        for cell in table.columns[place].cells:
            cell.width = width
            for run in (run for paragraph in cell.paragraphs for run in paragraph.runs):
                run.font.size = Pt(int(2 * size) / 2)


def _line(row: Any, texts: list[str], heads: list[bool], numeric: list[bool] | None = None) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # a row stands on one page
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.style = CELL
        run = paragraph.add_run(text)
        run.bold = heads[place]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
        right = numeric is not None and numeric[place]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT


def _bytes(paper: Document) -> bytes:
    buffer = io.BytesIO()
    paper.save(buffer)
    return buffer.getvalue()
