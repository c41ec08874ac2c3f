"""What every kind of file becomes: sheets, whose rows come as chunks of text columns beside their line numbers."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

CHUNK_ROWS = 50_000
LONGEST_CELL = 1 << 20  # characters
EXACT = 1e15  # beyond this a number that a spreadsheet holds has lost digits
SAMPLE = 4 << 20  # bytes by which a file's kind and encoding are told
MOST_IN_MEMORY = 512 << 20  # bytes of a packed file that is unpacked as a whole
DEPTH = 50  # rows among which the header is looked for
Row = tuple[int, list[str]]  # line number, counted from 1, and cells


class UnreadableFile(ValueError):
    """Nothing of the file can be used; the message says why."""


@dataclass(frozen=True)
class Refused:
    line: int
    reason: str
    raw: str


@dataclass
class Chunk:
    """Rows as text columns, beside their line numbers; `done` of `total` bytes (or rows) were read so far."""

    lines: Sequence[int]
    columns: list[pa.Array | pa.ChunkedArray]
    refused: list[Refused] = field(default_factory=list)
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Source:
    """The bytes of a file, or of one in an archive; `name` is what messages call it."""

    name: str
    size: int
    open: Callable[[], BinaryIO]

    @classmethod
    def of(cls, path: Path) -> Source:
        return cls(str(path), path.stat().st_size, lambda: path.open("rb"))

    def sample(self) -> bytes:
        with self.open() as file:
            return file.read(SAMPLE)

    def whole(self) -> io.BytesIO | BinaryIO:
        """As a file in which one can seek; one in an archive is unpacked in memory."""
        file = self.open()
        if isinstance(file, io.BufferedReader):
            return file
        if self.size > MOST_IN_MEMORY:
            raise UnreadableFile(f"{self.name} 解开后有 {self.size / 1e6:,.0f} MB；请先解压，再导入其中的文件")
        with file:
            return io.BytesIO(file.read())


@dataclass
class Sheet:
    """One table of a file. `top`: its first rows that are not blank; `size`: about how many rows (or bytes) it has.

    `chunks` gives the rows behind a line as that many columns; `notes` is complete when it has been read to the end.
    """

    name: str  # '' where the file has only one
    top: list[Row]
    size: int
    chunks: Callable[[int, int], Iterator[Chunk]]
    notes: dict[str, Any] = field(default_factory=dict)


def text_of(value: object) -> str:
    """A cell as a clean CSV would have it: whole numbers without .0, times to the second, TRUE and FALSE.

    A whole number that a spreadsheet cannot hold exactly stays in its scientific spelling: its digits are lost.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < EXACT else repr(value)
    if isinstance(value, dt.datetime) and value.microsecond:
        value = (value + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    return "" if value is None else str(value).replace("\0", "")


def first_rows(rows: Iterable[tuple[int, Sequence[object]]], depth: int) -> list[Row]:
    """The first `depth` rows that are not blank, as text."""
    found: list[Row] = []
    for line, cells in rows:
        if len(found) == depth:
            break
        if any(cell not in ("", None) for cell in cells):
            found.append((line, [text_of(cell) for cell in cells]))
    return found


def in_chunks(rows: Iterable[tuple[int, Sequence[object]]], after: int, width: int, total: int) -> Iterator[Chunk]:
    """The rows behind line `after` as chunks: blank ones left out, short ones filled up, what is beyond `width` cut."""
    numbers: list[int] = []
    kept: list[list[str]] = []
    refused: list[Refused] = []
    line = after
    for line, cells in rows:
        if line <= after:
            continue
        row = [text_of(cell) for cell in cells[:width]]
        if not any(row):
            continue
        if max(map(len, row)) > LONGEST_CELL:
            refused.append(Refused(line, f"一格超过 {LONGEST_CELL:,} 字", ""))
            continue
        numbers.append(line)
        kept.append(row + [""] * (width - len(row)))
        if len(numbers) == CHUNK_ROWS:
            yield chunk_of(numbers, kept, refused, line, total)
            numbers, kept, refused = [], [], []
    yield chunk_of(numbers, kept, refused, line, total)


def chunk_of(numbers: list[int], rows: list[list[str]], refused: list[Refused], done: int, total: int) -> Chunk:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return Chunk(numbers, columns, refused, min(done, total), total)
