"""Tables as files, exactly as shown. Knows no Streamlit, so that reports and scripts write the same."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from ui.drawing.columns import definitions, label, unit_of, worded

# Signs by which spreadsheets take a text for a formula, full-width ones too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COUNTS = "#,##0.##"  # a cell's format where the column is no measure


def _headed(frame: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    return worded(frame).rename(columns={column: label(column, labels) for column in frame.columns})


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run as a formula, made text again."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def csv_parts(frames: Iterable[pd.DataFrame], labels: Mapping[str, str] | None = None) -> Iterator[bytes]:
    """One file from frames with the same columns, a part for each, so that no more than one is held at a time.

    UTF-8 with the mark at the front by which Excel knows the encoding; no cell can act as a formula.
    """
    for place, frame in enumerate(frames):
        text = _headed(frame, labels or {}).map(_harmless).to_csv(index=False, header=not place)
        yield text.encode("utf-8" if place else "utf-8-sig")


def csv_bytes(frame: pd.DataFrame, labels: Mapping[str, str] | None = None) -> bytes:
    """As `csv_parts`, of one frame."""
    return b"".join(csv_parts([frame], labels))


def number_format(column: str) -> str:
    """The number format of a column's cells in a spreadsheet."""
    unit = unit_of(column)
    return unit.spreadsheet if unit else COUNTS


def xlsx_bytes(frame: pd.DataFrame, title: str, labels: Mapping[str, str] | None = None) -> bytes:
    """A workbook: the table, and a sheet with the definition of every measure in it."""
    headed, buffer = _headed(frame, labels or {}), io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        headed.to_excel(writer, sheet_name=title[:31], index=False, freeze_panes=(1, 0))
        sheet, book = writer.sheets[title[:31]], writer.book
        for place, column in enumerate(frame.columns):
            numeric = pd.api.types.is_numeric_dtype(frame[column])
            style = book.add_format({"num_format": number_format(column)} if numeric else {})
            sheet.set_column(place, place, 14 if numeric else 20, style)
        definitions(list(frame.columns)).to_excel(writer, sheet_name="口径", index=False)
    return buffer.getvalue()
