"""One table of cases, written as every kind of file, and what the reader makes of a file."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

from data_access.intake.reading import Expected, Opened, open_file

HEADER = ["工单编号", "来电时间", "街道", "主要内容", "是否解决"]
ROWS = [
    ["DC2022001", "2022-01-03 08:05:00", "东四街道", "路灯不亮，“很久”了", "是"],
    ["DC2022002", "2022-01-04 00:00:00", "景山街道", "<b>垃圾</b> & 噪声", ""],
    ["DC2022003", "2022-01-05 23:59:59", "", "1;2|3", "否"],
]
EXPECTED = Expected(frozenset(HEADER), {"工单编号", "来电时间"}.issubset)
Table = Sequence[Sequence[Any]]


def opened(path: Path, **more: Any) -> Opened:
    return open_file(path, EXPECTED, **more)


def rows_of(table: Opened) -> list[list[str]]:
    """Every row, cells that the file does not have as ''."""
    found = []
    for chunk in table.chunks():
        columns = [column.to_pylist() for column in chunk.columns]
        found += [[cell or "" for cell in row] for row in zip(*columns, strict=True)]
    return found


def refused_of(table: Opened) -> list[tuple[str, int, str]]:
    """Sheet, line and reason of the rows that could not be read."""
    return [(*table.place(one.line), one.reason) for chunk in table.chunks() for one in chunk.refused]


def places_of(table: Opened) -> list[tuple[str, int]]:
    return [table.place(line) for chunk in table.chunks() for line in chunk.lines]


def write_book(path: Path, sheets: dict[str, Table], hidden: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    book.active = len(book.worksheets) - 1
    with path.open("wb") as file:  # the suffix is the test's own
        book.save(file)
    return path


def write_html(path: Path, rows: Table, encoding: str = "utf-8") -> Path:
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    page = f"<html><head><style>td {{color: red}}</style></head><body><table border=1>{body}</table></body></html>"
    path.write_bytes(page.encode(encoding))
    return path


def write_xml(path: Path, sheets: dict[str, Table], encoding: str = "utf-8") -> Path:
    """SpreadsheetML of 2003: blank cells are left out, the next one says its place."""
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    text = f'<?xml version="1.0" encoding="{encoding}"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
    for name, rows in sheets.items():
        text += f'<Worksheet ss:Name="{name}"><Table>'
        for row in rows:
            cells = [(place, cell) for place, cell in enumerate(row, 1) if cell != ""]
            text += "<Row>" + "".join(f'<Cell ss:Index="{at}">{_data(cell)}</Cell>' for at, cell in cells) + "</Row>"
        text += "</Table></Worksheet>"
    path.write_bytes((text + "</Workbook>").encode(encoding))
    return path


def _data(cell: Any) -> str:
    kind, text = "String", escape(str(cell))
    if isinstance(cell, bool):
        kind, text = "Boolean", str(int(cell))
    elif isinstance(cell, int | float):
        kind = "Number"
    elif isinstance(cell, dt.datetime):
        kind, text = "DateTime", cell.isoformat(timespec="milliseconds")
    return f'<Data ss:Type="{kind}">{text}</Data>'


def write_ods(path: Path, rows: Table) -> Path:
    names = {
        name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text", "manifest")
    }
    spaces = " ".join(f'xmlns:{name}="{urn}"' for name, urn in names.items())
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    body = ""
    for row in rows:
        cells = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'
            for cell in row
        )
        body += f'<table:table-row>{cells}<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", mime)
        entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>'
        file.writestr("META-INF/manifest.xml", f"<manifest:manifest {spaces}>{entry}</manifest:manifest>")
        content = f'<office:spreadsheet><table:table table:name="a">{body}</table:table></office:spreadsheet>'
        whole = f"<office:document-content {spaces}><office:body>{content}</office:body></office:document-content>"
        file.writestr("content.xml", whole)
    return path
