"""The sheets of one layout become one table, whose rows keep where they stand."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_access.cases.masking import masked
from data_access.intake.reading.headers import Expected, Header, find_header
from data_access.intake.reading.sheets import Chunk, Sheet, UnreadableFile

MOST_COLUMNS = 2_000
LINE_BITS = 32  # of a row's number; those above say which sheet it is of
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, pa.ArrowInvalid)
SHOWN = 12  # names that a message shows
Found = tuple[Sheet, Header]


@dataclass(frozen=True)
class Opened:
    """One table: `header` names are unique where not ''; `doubled`: a name that several columns of the file have.

    Every row of it has a number of its own; `place` says where it stands. `notes` (what was read and what was not:
    label -> a count, or names with counts) are complete when the chunks are read to the end.
    """

    header: list[str]
    chunks: Callable[[], Iterator[Chunk]]
    sheets: list[str] = field(default_factory=lambda: [""])  # '' where the file has only one
    header_line: int = 1
    doubled: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def place(self, number: int) -> tuple[str, int]:
        """The sheet's name, in brackets, and the line in it."""
        return bracketed(self.sheets[number >> LINE_BITS]), number & ((1 << LINE_BITS) - 1)


def joined(path: Path, sheets: list[Sheet], expected: Expected, header_row: int, notes: dict[str, Any]) -> Opened:
    """The sheets of one layout as one table; the others are noted, with the reason. Raises `UnreadableFile`."""
    headers = [find_header(one.top, expected, header_row) for one in sheets]
    read = _of_one_layout([(one, header) for one, header in zip(sheets, headers, strict=True) if header])
    if not read:
        raise UnreadableFile(f"{path} 没有第 {header_row} 行，或这一行是空的")
    first = read[0][1]
    _check(f"{path}{bracketed(read[0][0].name)}", first, header_row)
    unread: dict[str, list[str]] = {}
    for one, header in zip(sheets, headers, strict=True):
        if not any(one is other for other, _ in read):
            unread.setdefault(_why_not(header, first), []).append(one.name)
    notes |= {f"没有读的表（{reason}）：{'、'.join(names)}": len(names) for reason, names in unread.items()}
    # A column without a name is kept only where no other sheet has to be laid beside it.
    names = (
        first.names if len(read) == 1 else list(dict.fromkeys(name for _, one in read for name in one.names if name))
    )
    doubled = {name: wholes for _, one in read for name, wholes in one.doubled.items()}

    def chunks() -> Iterator[Chunk]:
        total, before, rows = sum(one.size for one, _ in read), 0, Counter[str]()
        for place, (one, own) in enumerate(read):
            try:
                for chunk in one.chunks(own.line, len(own.names)):
                    rows[one.name] += len(chunk.lines) + len(chunk.refused)
                    yield _moved(chunk, own.names, names, place, before, total)
            except BROKEN as error:
                raise UnreadableFile(f"{path}{bracketed(one.name)} 读到一半读不下去，可能没有传完：{error}") from error
            before += one.size
            notes.update({f"{label}{bracketed(one.name)}": note for label, note in one.notes.items()})
        if len(sheets) > 1:
            notes["读入的表（行）"] = dict(rows)

    return Opened(names, chunks, [one.name for one, _ in read], first.line, doubled, notes)


def bracketed(sheet: str) -> str:
    return f"［{sheet}］" if sheet else ""


def _of_one_layout(found: list[Found]) -> list[Found]:
    """Those with the same columns: of the layouts that have all that is needed the longest, else the best known."""
    layouts: dict[frozenset[str], list[Found]] = {}
    for one, header in found:
        layouts.setdefault(header.known if header.fits else frozenset(header.names), []).append((one, header))

    def worth(layout: list[Found]) -> tuple[bool, int, int]:
        header = layout[0][1]
        return header.fits, 0 if header.fits else len(header.known), sum(one.size for one, _ in layout)

    return max(layouts.values(), key=worth, default=[])


def _check(where: str, header: Header, header_row: int) -> None:
    names = [name for name in header.names if name]
    if len(header.names) > MOST_COLUMNS:
        raise UnreadableFile(
            f"{where} 第 {header.line} 行有 {len(header.names):,} 列，超过 {MOST_COLUMNS:,} 列：这不像案件表"
        )
    if not names:
        raise UnreadableFile(f"{where} 第 {header.line} 行没有列名")
    if header.line and not header.sure and not header_row:
        # What is taken for names may be somebody's row.
        shown = masked("、".join(name[:20] for name in names[:SHOWN])) + ("…" if len(names) > SHOWN else "")
        raise UnreadableFile(
            f"{where} 看不准哪一行是表头，最像的是第 {header.line} 行（{shown}）；是就加 --header-row {header.line}，"
            "不是就写上对的行号；文件没有表头时，请先在第一行写上列名"
        )


def _why_not(header: Header | None, first: Header) -> str:
    if not header:
        return "没有那一行"
    if not header.fits:
        return "没有所需的列"
    differing = {"少": sorted(first.known - header.known), "多": sorted(header.known - first.known)}
    said = [
        f"{word} {'、'.join(names[:SHOWN])}{'…' if len(names) > SHOWN else ''}"
        for word, names in differing.items()
        if names
    ]
    return f"列不同：{'；'.join(said)}。要读就用 --sheet 指定它，再导入一次"


def _moved(chunk: Chunk, own: list[str], names: list[str], place: int, before: int, total: int) -> Chunk:
    """A sheet's chunk as part of the whole: its columns where the whole has them, its rows numbered as the whole's."""
    start, lines = place << LINE_BITS, chunk.lines
    if start:
        lines = (
            range(lines.start + start, lines.stop + start) if isinstance(lines, range) else [n + start for n in lines]
        )
    columns = chunk.columns
    if own != names and columns:
        of = dict(zip(own, columns, strict=True))
        columns = [of.get(name, pa.nulls(len(lines), pa.string())) for name in names]
    refused = [replace(one, line=one.line + start) for one in chunk.refused]
    return Chunk(lines, columns, refused, before + chunk.done, total)
