"""The tables behind a brief as a workbook: a sheet for each part, what the figures rest on at the end."""

from __future__ import annotations

import io
import re

import pandas as pd

from briefs.content import Brief
from ui.drawing.columns import definitions, label, worded
from ui.drawing.exports import number_format
from ui.style.numbers import until_now

FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in a sheet's name


def xlsx_bytes(brief: Brief, *, made_by: str = "") -> bytes:
    """The workbook. `made_by`: who made it and when."""
    buffer, measures = io.BytesIO(), list[str]()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        book = writer.book
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for part in brief.parts:
            sheet = book.add_worksheet(FORBIDDEN.sub("", part.heading)[:31])
            sheet.write(0, 0, f"{brief.title}　{part.heading}　{until_now(brief.where.when, brief.as_of)}", bold)
            for place, sentence in enumerate(part.sentences, start=1):
                sheet.write_string(place, 0, sentence)
            if part.rows is None or part.rows.empty:
                continue
            top, frame = len(part.sentences) + 2, worded(part.rows)
            measures += [str(column) for column in frame.columns]
            for place, column in enumerate(frame.columns):
                numeric = pd.api.types.is_numeric_dtype(frame[column])
                style = book.add_format({"num_format": number_format(str(column), frame[column])} if numeric else {})
                sheet.write(top, place, label(str(column), part.labels), bold)
                for line, value in enumerate(frame[column], start=top + 1):
                    if isinstance(value, str):
                        sheet.write_string(line, place, value)
                    elif not pd.isna(value):
                        sheet.write_number(line, place, float(value), style)
                sheet.set_column(place, place, 14 if numeric else 22)
            sheet.freeze_panes(top + 1, 0)
            sheet.set_footer(f"&L{made_by.replace('&', '&&')}&R&P/&N")
        last = book.add_worksheet("口径")
        for place, said in enumerate([*brief.notes, *([made_by] if made_by else [])]):
            last.write_string(place, 0, said, wrapped)
        told, top = definitions(list(dict.fromkeys(measures))), len(brief.notes) + 3
        for place, column in enumerate(told.columns):
            last.write(top, place, column, bold)
            for line, value in enumerate(told[column], start=top + 1):
                last.write_string(line, place, str(value), wrapped)
        last.set_column(0, 0, 40)
        last.set_column(2, 2, 90)
    return buffer.getvalue()
