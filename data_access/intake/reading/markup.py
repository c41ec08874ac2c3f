"""Tables that are markup: HTML (often called .xls) and SpreadsheetML 2003. Read piece by piece; nothing is fetched."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from html.parser import HTMLParser
from typing import NamedTuple, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from data_access.intake.reading.encodings import encoding_of
from data_access.intake.reading.sheets import Chunk, Row, Sheet, Source, UnreadableFile, first_rows, in_chunks

STEP = 1 << 20  # bytes
MOST_CELLS = 16_384  # columns that a spreadsheet can have
SPACE = re.compile(r"[\s\u00a0]+")
SS = "{urn:schemas-microsoft-com:office:spreadsheet}"


class Placed(NamedTuple):
    """A row, and which table of the file it stands in."""

    table: int
    name: str
    line: int
    cells: Sequence[object]


Read = Callable[[Source], Iterator[Placed]]


def read_html(source: Source, depth: int) -> list[Sheet]:
    """Every table of the page; raises `UnreadableFile`."""
    sheets = sheets_of(source, depth, _html_rows)
    if not sheets:
        raise UnreadableFile(f"{source.name} 是网页，里面没有表格；请在 Excel 或 WPS 里打开，另存为 .xlsx 再导入")
    return sheets


def read_xml(source: Source, depth: int) -> list[Sheet]:
    """Every worksheet of an XML spreadsheet of 2003; raises `UnreadableFile`."""
    if "<!DOCTYPE" in source.sample().decode(encoding_of(source.sample()), "replace"):
        raise UnreadableFile(
            f"{source.name} 带有 DOCTYPE，不像 Excel 写的；请在 Excel 或 WPS 里打开，另存为 .xlsx 再导入"
        )
    try:
        return sheets_of(source, depth, _xml_rows)
    except (ParseError, ValueError) as error:
        raise UnreadableFile(f"{source.name} 打不开，可能没有传完：{error}") from error


def sheets_of(source: Source, depth: int, read: Read) -> list[Sheet]:
    """The tables that `read` finds rows of, in their order; each is read again when its chunks are asked for."""
    names: dict[int, str] = {}
    tops: dict[int, list[Row]] = {}
    sizes: Counter[int] = Counter()
    for row in read(source):
        names[row.table] = row.name
        sizes[row.table] += 1
        top = tops.setdefault(row.table, [])
        if len(top) < depth:
            top += first_rows([(row.line, row.cells)], 1)
    return [_sheet(source, read, table, names[table], top, sizes[table]) for table, top in tops.items() if top]


def _sheet(source: Source, read: Read, table: int, name: str, top: list[Row], size: int) -> Sheet:
    def chunks(after: int, width: int) -> Iterator[Chunk]:
        own = ((row.line, row.cells) for row in read(source) if row.table == table)
        return in_chunks(own, after, width, size)

    return Sheet(name, top, size, chunks)


def _pieces(source: Source) -> Iterator[str]:
    """The text of the file, piece by piece."""
    encoding = encoding_of(source.sample())
    with closing(source.open()) as file:
        yield from codecs.iterdecode(iter(partial(file.read, STEP), b""), encoding, "replace")


class _Table:
    """The table at hand: its row as text, columns and rows of every cell, and where cells of rows above reach into."""

    def __init__(self, number: int) -> None:
        self.number, self.line = number, 0
        self.row: list[tuple[list[str], int, int]] = []
        self.reaching: dict[int, int] = {}  # column -> rows that it is still covered

    def end_row(self) -> list[str]:
        """The cells, where the covered ones are blank."""
        cells: list[str] = []
        for pieces, right, down in [*self.row, ([], 0, 1)]:
            while self.reaching.get(len(cells), 0):
                self.reaching[len(cells)] -= 1
                cells.append("")
            for place in range(min(right, MOST_CELLS - len(cells))):
                self.reaching[len(cells)] = down - 1
                cells.append("" if place else SPACE.sub(" ", "".join(pieces)).strip())
        self.row, self.line = [], self.line + 1
        return cells


class _Tables(HTMLParser):
    """The rows of the tables as they end; a table inside a cell is a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ready: list[Placed] = []
        self.open: list[_Table] = []
        self.count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.count += 1
            self.open.append(_Table(self.count))
        elif self.open and tag == "tr":
            self._end_row()
        elif self.open and tag in ("td", "th"):
            spans = dict(attrs)
            self.open[-1].row.append(([], _span(spans.get("colspan")), _span(spans.get("rowspan"))))
        elif tag in ("br", "p", "div", "li"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag in ("tr", "table"):
            self._end_row()
        if self.open and tag == "table":
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1].row:
            self.open[-1].row[-1][0].append(data)

    def _end_row(self) -> None:
        table = self.open[-1]
        if table.row:
            cells = table.end_row()
            self.ready.append(Placed(table.number, f"表{table.number}", table.line, cells))


def _span(said: str | None) -> int:
    return max(1, min(int(said), MOST_CELLS)) if said and said.isdecimal() else 1


def _html_rows(source: Source) -> Iterator[Placed]:
    parser = _Tables()
    for piece in _pieces(source):
        parser.feed(piece)
        yield from parser.ready
        parser.ready.clear()
    parser.close()
    while parser.open:
        parser.handle_endtag("table")
    yield from parser.ready


def _xml_rows(source: Source) -> Iterator[Placed]:
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    table, name, line, parent = 0, "", 0, Element("")
    for piece in _pieces(source):
        parser.feed(piece)
        for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
            if event == "start" and element.tag == f"{SS}Worksheet":
                table, name, line = table + 1, element.get(f"{SS}Name", ""), 0
            elif event == "start" and element.tag == f"{SS}Table":
                parent = element
            elif event == "end" and element.tag == f"{SS}Row":
                line = int(element.get(f"{SS}Index", line + 1))
                yield Placed(table, name, line, _xml_cells(element))
                parent.clear()  # what was read is let go
    parser.close()


def _xml_cells(row: Element) -> list[object]:
    cells: list[object] = []
    for cell in row.iter(f"{SS}Cell"):
        place = min(int(cell.get(f"{SS}Index", len(cells) + 1)), MOST_CELLS) - 1
        cells += [""] * (place - len(cells))
        data = cell.find(f"{SS}Data")
        cells.append("" if data is None else _xml_value(data.get(f"{SS}Type", ""), "".join(data.itertext())))
        cells += [""] * min(int(cell.get(f"{SS}MergeAcross", 0)), MOST_CELLS)
    return cells[:MOST_CELLS]


def _xml_value(kind: str, text: str) -> object:
    """A value as a workbook would hold it, so that both kinds of file read alike."""
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            moment = dt.datetime.fromisoformat(text)
            return moment.time() if moment.year == 1899 else moment
    except ValueError:
        return text
    return text == "1" if kind == "Boolean" else text
