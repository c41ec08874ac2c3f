"""ODS read row by row: what is repeated or empty is only counted, so memory grows with no area and no length."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from data_access.intake.reading.markup import MOST_CELLS, STEP, Placed, sheets_of
from data_access.intake.reading.sheets import Sheet, Source, UnreadableFile

OFFICE, TABLE, TEXT, STYLE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text", "style")
)
CONTENT = "content.xml"
LARGE = 256 << 20  # bytes of content: about 2.7 million cells, for which the quick reader takes 570 MB
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


def is_large(source: Source) -> bool:
    """Whether the document is better not held as a whole."""
    with source.whole() as file, zipfile.ZipFile(file) as archive:
        return archive.getinfo(CONTENT).file_size > LARGE


def read_ods(source: Source, depth: int) -> list[Sheet]:
    """Every sheet with anything in it; raises `UnreadableFile`."""
    try:
        return sheets_of(source, depth, _rows)
    except (ParseError, ValueError, KeyError) as error:
        raise UnreadableFile(f"{source.name} 打不开，可能没有传完：{error}") from error


def _rows(source: Source) -> Iterator[Placed]:
    """The rows that hold anything. What was read is let go."""
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    table, name, line = 0, "", 0
    hidden: set[str] = set()
    with source.whole() as file, zipfile.ZipFile(file) as archive, archive.open(CONTENT) as content:
        for piece in iter(partial(content.read, STEP), b""):
            parser.feed(piece)
            for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
                if event == "start" and element.tag == f"{TABLE}table":
                    mark = "（隐藏）" if element.get(f"{TABLE}style-name") in hidden else ""
                    table, name, line = table + 1, element.get(f"{TABLE}name", "") + mark, 0
                elif event == "end" and element.tag == f"{STYLE}style":
                    if any(part.get(f"{TABLE}display") == "false" for part in element):
                        hidden.add(element.get(f"{STYLE}name", ""))
                elif event == "end" and element.tag == f"{TABLE}table-row":
                    cells, again = _cells(element), int(element.get(f"{TABLE}number-rows-repeated", 1))
                    for number in range(again if cells else 0):
                        yield Placed(table, name, line + number + 1, cells)
                    line += again
                    element.clear()
    parser.close()


def _cells(row: Element) -> list[object]:
    """The row up to its last cell with anything in it."""
    cells: list[object] = []
    blank = 0
    for cell in row:
        if cell.tag not in CELLS:
            continue
        again, value = int(cell.get(f"{TABLE}number-columns-repeated", 1)), _value(cell)
        if value == "":
            blank += again
            continue
        room = MOST_CELLS - len(cells)
        cells += [*[""] * min(blank, room), *[value] * again][:room]
        blank = 0
    return cells


def _value(cell: Element) -> object:
    """A value as the other workbooks hold it."""
    kind = cell.get(f"{OFFICE}value-type", "")
    with suppress(ValueError):  # then what it shows
        if kind in ("float", "percentage", "currency"):
            return float(cell.get(f"{OFFICE}value", ""))
        if kind == "date":
            return dt.datetime.fromisoformat(cell.get(f"{OFFICE}date-value", ""))
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    if kind == "time" and (clock := DURATION.fullmatch(cell.get(f"{OFFICE}time-value", ""))):
        hours, minutes, seconds = map(int, clock.groups())
        return dt.time(hours, minutes, seconds) if hours < 24 else f"{hours}:{minutes:02}:{seconds:02}"
    return "\n".join("".join(part.itertext()) for part in cell.findall(f"{TEXT}p"))
