"""Tables as files, exactly as shown. Knows no Streamlit, so that reports and scripts write the same."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from data_access.cases.units import Shown
from ui.drawing.about import SYNTHETIC
from ui.drawing.columns import LINK, definitions, label, unit_of, worded

# Signs by which spreadsheets take a text for a formula, full-width ones too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WHOLE, PARTS = "#,##0", "#,##0.0#"  # a cell's format where the column is no measure
HEADING = {"bold": True, "bg_color": "#E6EBF0", "bottom": 1, "text_wrap": True, "valign": "top"}
TIMES = "yyyy-mm-dd hh:mm"


def _headed(frame: pd.DataFrame, labels: Mapping[str, str], figures: Sequence[Shown] = ()) -> pd.DataFrame:
    return worded(frame).rename(columns={column: label(column, labels, figures) for column in frame.columns})


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run as a formula, made text again."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def csv_parts(
    frames: Iterable[pd.DataFrame],
    labels: Mapping[str, str] | None = None,
    note: str = "",
    figures: Sequence[Shown] = (),
) -> Iterator[bytes]:
    """One file from frames with the same columns, a part for each, so that no more than one is held at a time.

    UTF-8 with the mark at the front by which Excel knows the encoding; no cell can act as a formula. `note`: who made
    it and when, a last line of one cell that begins with #.
    """
    for place, frame in enumerate(frames):
        text = _headed(frame, labels or {}, figures).map(_harmless).to_csv(index=False, header=not place)
        yield text.encode("utf-8" if place else "utf-8-sig")
    if note:
        yield pd.DataFrame([f"# {note}"]).to_csv(index=False, header=False).encode()


def csv_bytes(
    frame: pd.DataFrame, labels: Mapping[str, str] | None = None, note: str = "", figures: Sequence[Shown] = ()
) -> bytes:
    """As `csv_parts`, of one frame."""
    return b"".join(csv_parts([frame], labels, note, figures))


def number_format(column: str, values: pd.Series, figures: Sequence[Shown] = ()) -> str:
    """The number format of a column's cells in a spreadsheet: its measure's, else by what stands in it."""
    if unit := unit_of(column, figures):
        return unit.spreadsheet
    known = values.dropna()
    return WHOLE if (known == known.round()).all() else PARTS


def xlsx_bytes(
    frame: pd.DataFrame,
    title: str,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    about: Mapping[str, str] | None = None,
    figures: Sequence[Shown] = (),
) -> bytes:
    """A workbook: the table; what it is of (`about`: line -> words, ui.drawing.about), with who made it and when
    (`note`, at the foot of every printed page too); and the definition of every measure in it.

    A column of addresses (LINK) becomes links.
    """
    headed, buffer = _headed(frame, labels or {}, figures), io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    how: dict[str, Any] = {"datetime_format": TIMES, "engine_kwargs": {"options": options}}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", **how) as writer:
        name = re.sub(r"[\[\]:*?/\\]", " ", title)[:31]
        heading, wrapped = (writer.book.add_format(style) for style in (HEADING, {"text_wrap": True, "valign": "top"}))
        headed.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
        sheet = writer.sheets[name]
        for place, column in enumerate(frame.columns):
            values, words = frame[column], headed.iloc[:, place]
            numeric = pd.api.types.is_numeric_dtype(values)
            style = writer.book.add_format({"num_format": number_format(column, values, figures)} if numeric else {})
            sheet.set_column(place, place, _wide(words, headed.columns[place], numeric=numeric), style)
            sheet.write_string(0, place, str(headed.columns[place]), heading)
            for row, address in enumerate(values if column == LINK else (), start=1):
                sheet.write_url(row, place, address, string="查看案件")
        if len(frame):
            sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
        lines = {**(about or {}), "行数": f"{len(frame):,}", "列": "、".join(map(str, headed.columns))} | (
            {"导出": note} if note else {}
        )
        said = pd.DataFrame({"项": list(lines), "内容": [_harmless(words) for words in lines.values()]})
        calibre = definitions(list(frame.columns), figures)
        for other, rows, widths in (("说明", said, (14, 90)), ("口径", calibre, (30, 10, 100))):
            rows.to_excel(writer, sheet_name=other, index=False, freeze_panes=(1, 0))
            for place, wide in enumerate(widths):
                writer.sheets[other].set_column(place, place, wide, wrapped)
                writer.sheets[other].write_string(0, place, str(rows.columns[place]), heading)
        made_up = SYNTHETIC if lines.get("数据") == SYNTHETIC else ""
        sheet.set_header(f"&L{_printed(title)}&R{_printed(made_up)}")
        sheet.set_footer(f"&L{_printed(note)}&R&P/&N")
    return buffer.getvalue()


def _printed(words: str) -> str:
    """Words in a page's header or footer, where & begins a command."""
    return words.replace("&", "&&")


def _wide(words: pd.Series, heading: str, *, numeric: bool) -> int:
    """A column's width in letters, so that its words are seen: a Chinese sign is two letters wide."""
    cells = [heading] if numeric else [heading, *words.dropna().astype(str).head(200)]
    longest = max(sum(2 if ord(letter) > 0x2E7F else 1 for letter in cell) for cell in cells)
    return min(max(longest + 2, 10), 60)
