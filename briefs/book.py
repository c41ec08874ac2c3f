"""The tables behind a brief as a workbook: a sheet for each part, what the figures rest on at the end.

A sheet has its table on top, so that it can be filtered and stays headed; what is said of it stands below. Each prints
on pages as wide as it is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from briefs.asked import Part
from briefs.content import Brief
from briefs.words import breadth
from ui.drawing.columns import definitions, label, worded
from ui.drawing.exports import HEADING, number_format
from ui.style.numbers import until_now

FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in a sheet's name
LEAST, MOST, LETTERS = 8, 48, 110  # characters: a column's width; of a line of words
LINE = 15  # points, of a row's height
TOP = 2  # the row of the headings


def xlsx_bytes(brief: Brief, *, made_by: str = "") -> bytes:
    """The workbook. `made_by`: who made it and when."""
    buffer, measures = io.BytesIO(), list[str]()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        for part in brief.parts:
            sheet = _sheet(writer.book, FORBIDDEN.sub("", part.heading)[:31], made_by)
            title = f"{brief.title}　{part.heading}　{until_now(brief.where.when, brief.as_of)}"
            sheet.write_string(0, 0, title, writer.book.add_format({"bold": True, "font_size": 12}))
            columns = _table(writer.book, sheet, part)
            measures += [] if part.rows is None else [str(column) for column in part.rows]
            below = TOP + 2 + len(part.rows) if columns and part.rows is not None else TOP
            _words(writer.book, sheet, part.sentences, below, columns)
        _basis(writer.book, brief, measures, made_by)
    return buffer.getvalue()


def _sheet(book: Any, name: str, made_by: str) -> Any:
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{made_by.replace('&', '&&')}&R&P/&N")
    return sheet


def _table(book: Any, sheet: Any, part: Part) -> list[int]:
    """The part's table from row TOP on; how wide its columns are, none where there is no table."""
    if part.rows is None or part.rows.empty:
        return []
    frame, heading, wide = worded(part.rows), book.add_format(HEADING), list[int]()
    for place, column in enumerate(frame.columns):
        values, head = frame[column], label(str(column), part.labels)
        numeric = pd.api.types.is_numeric_dtype(values)
        kept = {"num_format": number_format(str(column), values)} if numeric else {"text_wrap": True}
        style = book.add_format({**kept, "valign": "top", **({} if numeric else {"indent": 1})})
        sheet.write_string(TOP, place, head, heading)
        for line, value in enumerate(values, start=TOP + 1):
            if isinstance(value, str):
                sheet.write_string(line, place, value, style)
            elif not pd.isna(value):
                sheet.write_number(line, place, float(value), style)
        longest = 10 if numeric else max(breadth(str(value)) for value in values)
        wide.append(min(max(longest, (breadth(head) + 1) // 2, LEAST) + 2, MOST))
        sheet.set_column(place, place, wide[-1])
    sheet.set_row(TOP, 2 * LINE)
    for line, row in enumerate(frame.itertuples(index=False), start=TOP + 1):
        lines = max(-(-breadth(value) // (width - 1)) if isinstance(value, str) else 1
                    for value, width in zip(row, wide, strict=True))  # fmt: skip
        if lines > 1:
            sheet.set_row(line, LINE * lines)
    sheet.autofilter(TOP, 0, TOP + len(frame), len(frame.columns) - 1)
    sheet.freeze_panes(TOP + 1, 0)
    sheet.repeat_rows(TOP)
    return wide


def _words(book: Any, sheet: Any, sentences: Sequence[str], row: int, columns: list[int]) -> None:
    """Below the table of these columns, each in one cell that reaches over as many as a line of words needs."""
    wrapped, wide = book.add_format({"text_wrap": True, "valign": "top"}), list(columns)
    while sum(wide) < LETTERS:
        wide.append(LEAST)
    for line, sentence in enumerate(sentences, start=row):
        sheet.merge_range(line, 0, line, len(wide) - 1, sentence, wrapped)
        sheet.set_row(line, LINE * (breadth(sentence) // (sum(wide) - LEAST) + 1))


def _basis(book: Any, brief: Brief, measures: Sequence[str], made_by: str) -> None:
    """What the figures rest on, and how each measure is defined."""
    sheet = _sheet(book, "口径", made_by)
    wrapped, heading = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format(HEADING)
    for place, width in enumerate((30, 8, 100)):
        sheet.set_column(place, place, width)
    row = 0
    for said in (*brief.notes, *filter(None, [made_by])):
        sheet.merge_range(row, 0, row, 2, said, wrapped)
        sheet.set_row(row, LINE * (breadth(said) // 136 + 1))
        row += 1
    told = definitions(list(dict.fromkeys(measures)))
    for place, column in enumerate(told.columns if len(told) else ()):
        sheet.write_string(row + 1, place, column, heading)
        for line, value in enumerate(told[column], start=row + 2):
            sheet.write_string(line, place, str(value), wrapped)
