"""Workbooks as sheets: XLSX, XLS and ODS, hidden sheets too."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import IO

import openpyxl
from openpyxl.utils import column_index_from_string
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from data_access.intake.reading.open_document import is_large, read_ods
from data_access.intake.reading.sheets import Chunk, Sheet, Source, UnreadableFile, first_rows, in_chunks

# The quick reader holds the whole area of a sheet. Where an area is larger than SMALL cells and for the most part
# empty (a forgotten cell in the last row), the workbook is read row by row instead.
SMALL = 4_000_000
SPARSE = 4
STEP = 1 << 20  # bytes
PART = re.compile(r"/?xl/worksheets/[^/]+\.xml")
ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
WIDE_CELL = re.compile(rb'\br="([A-Z]{2,3})\d')
Cells = Iterator[tuple[int, Sequence[object]]]


def read_workbook(source: Source, depth: int, kind: str) -> list[Sheet]:
    """Every sheet with anything in it, in the workbook's order; raises `UnreadableFile`."""
    try:
        if kind == "xlsx" and _is_spread(source):
            return _streamed(source, depth)
        if kind == "ods" and is_large(source):
            return read_ods(source, depth)
        with source.whole() as file:
            book = CalamineWorkbook.from_filelike(file)
        sheets = [
            _held(book.get_sheet_by_name(about.name), about.visible == SheetVisibleEnum.Visible, depth)
            for about in book.sheets_metadata
            if about.typ == SheetTypeEnum.WorkSheet
        ]
    except (CalamineError, OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        if kind == "ods" and "detect" in str(error):
            return read_ods(source, depth)  # an area too large to be held
        locked = "password" in str(error).lower()
        said = "有密码：请去掉密码，另存后再导入" if locked else f"可能没有传完或不是 Excel 文件：{error}"
        raise UnreadableFile(f"{source.name} 打不开，{said}") from error
    return [sheet for sheet in sheets if sheet.top]


def _named(name: str, is_visible: bool) -> str:
    return name if is_visible else f"{name}（隐藏）"


def _held(sheet: CalamineSheet, is_visible: bool, depth: int) -> Sheet:
    def rows() -> Cells:
        blank: list[object] = [""] * (sheet.start or (0, 0))[1]
        for line, cells in enumerate(sheet.iter_rows(), 1):
            yield line, [*blank, *cells]

    def chunks(after: int, width: int) -> Iterator[Chunk]:
        return in_chunks(rows(), after, width, sheet.total_height)

    return Sheet(_named(sheet.name, is_visible), first_rows(rows(), depth), sheet.height, chunks)


def _streamed(source: Source, depth: int) -> list[Sheet]:
    with source.whole() as file, closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
        listed = [(place, sheet.title, sheet.sheet_state) for place, sheet in enumerate(book.worksheets)]
    return [_streamed_sheet(source, place, _named(name, state == "visible"), depth) for place, name, state in listed]


def _streamed_sheet(source: Source, place: int, name: str, depth: int) -> Sheet:
    def rows() -> Cells:
        with source.whole() as file, closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
            sheet = book.worksheets[place]
            sheet.reset_dimensions()  # a wrong one would fill every row up to the last column
            yield from enumerate(sheet.iter_rows(values_only=True), 1)

    def chunks(after: int, width: int) -> Iterator[Chunk]:
        return in_chunks(rows(), after, width, source.size)

    return Sheet(name, first_rows(rows(), depth), source.size, chunks)


def _is_spread(source: Source) -> bool:
    """Whether a sheet's area is much larger than its cells are many."""
    with source.whole() as file, zipfile.ZipFile(file) as archive:
        for name in filter(PART.fullmatch, archive.namelist()):
            with archive.open(name) as part:
                cells, area = _extent(part)
            if area > max(SMALL, SPARSE * cells):
                return True
    return False


def _extent(part: IO[bytes]) -> tuple[int, int]:
    """Of a sheet's XML: how many cells there are, and rows times columns of the area that holds them all."""
    cells, height, width, rest = 0, 1, 26, b""
    while block := part.read(STEP):
        cells += block.count(b"<c ") + block.count(b":c ")
        text = rest + block
        start = max(text.rfind(b"<row "), text.rfind(b":row "))
        if start >= 0 and (last := ROW.match(text, max(text.rfind(b"<", 0, start + 1), 0))):
            height = max(height, int(last[1]))
        width = max(width, *(column_index_from_string(one.decode()) for one in set(WIDE_CELL.findall(text))), 0)
        rest = text[-200:]
    return cells, height * width
