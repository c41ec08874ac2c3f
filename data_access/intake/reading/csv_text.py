"""Delimited text as a sheet: separator, encoding and line ends are told by the content."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from data_access.intake.reading.encodings import encoding_of, has_bare_returns, opened_text
from data_access.intake.reading.headers import Expected, find_header
from data_access.intake.reading.sheets import CHUNK_ROWS, LONGEST_CELL, Chunk, Refused, Row, Sheet, Source, chunk_of

BLOCK = 32 << 20  # bytes that the fast reader takes at once
LONGEST_LINE = 8 << 20  # bytes of one physical line
MOST_LINES_PER_ROW = 500  # a quoted cell with more line breaks than this is a quote that never closed
SEPARATORS = (",", "\t", ";", "|")
NAMED_SEPARATOR = re.compile(r'^\ufeff?"?sep=(.)"?\s*$', re.IGNORECASE)
OTHER = {"utf-8": "gb18030", "gb18030": "utf-8"}
CALLED = {"utf-8": "UTF-8", "gb18030": "GBK"}
COMMON = 0.9  # of the Chinese characters of a line that was read right are in everyday use
LISTED = 10  # lines that a note names


class _Runaway(Exception):
    """A row that does not end."""


class _Lines:
    """The file's physical lines as text; remembers those of the row being parsed, so that it can be taken back."""

    def __init__(self, source: Source, encoding: str, bare_returns: bool) -> None:
        self.file, self.encoding = opened_text(source, encoding, bare_returns)
        self.number = self.done = 0
        self.row: list[tuple[int, str]] = []
        self.again: list[tuple[int, str]] = []
        self.refused: list[Refused] = []
        self.strange: list[int] = []  # lines in the other encoding
        self.block: io.BytesIO | None = None  # a block the fast reader could not take

    @property
    def plain(self) -> str:
        return self.encoding.removesuffix("-sig")

    def close(self) -> None:
        self.file.close()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.row) >= MOST_LINES_PER_ROW:
            raise _Runaway
        item = self.again.pop() if self.again else self._read()
        self.row.append(item)
        return item[1]

    def next_block(self) -> bytes:
        """The next whole lines of the file, to be read fast; `give_back` them if that fails."""
        block = self.file.read(BLOCK)
        return block if not block or block.endswith(b"\n") else block + self.file.readline(LONGEST_LINE)

    def give_back(self, block: bytes) -> None:
        self.block = io.BytesIO(block)

    def skip(self, block: bytes, lines: int) -> None:
        self.number += lines
        self.done += len(block)

    @property
    def is_between_blocks(self) -> bool:
        """Whether no line of a block or a row that was given back is still to be read."""
        return not self.again and (self.block is None or self.block.tell() == self.block.getbuffer().nbytes)

    def _line(self) -> bytes:
        raw = self.block.readline(LONGEST_LINE) if self.block else b""
        return raw or self.file.readline(LONGEST_LINE)

    def _read(self) -> tuple[int, str]:
        while raw := self._line():
            self.number += 1
            self.done += len(raw)
            text, reason = self._decoded(raw)
            if not reason:
                return self.number, text
            self.refused.append(Refused(self.number, reason, text))
        raise StopIteration

    def _decoded(self, raw: bytes) -> tuple[str, str]:
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            while rest := self._line():
                self.done += len(rest)
                if rest.endswith(b"\n"):
                    break
            return raw[:2000].decode(self.encoding, "replace"), f"一行超过 {LONGEST_LINE >> 20} MB"
        if self.plain == "gb18030" and _is_utf8(raw):
            self.strange.append(self.number)
            return raw.decode("utf-8"), ""
        try:
            text = raw.decode(self.encoding if self.number == 1 else self.plain)
        except UnicodeDecodeError:
            if self.plain == "utf-8" and _is_gbk(raw):
                self.strange.append(self.number)
                return raw.decode("gb18030"), ""
            return raw.decode(self.encoding, "replace"), f"编码错误：不是合法的 {CALLED[self.plain]} 文字"
        return (text, "含有空字符（NUL）") if "\0" in text else (text, "")

    def take_back(self, reason: str) -> None:
        """Refuse the first line of the row at hand and read the others again."""
        (line, text), *rest = self.row
        self.refused.append(Refused(line, reason, text.rstrip("\r\n")))
        self.again += reversed(rest)
        self.row = []


def _csv_rows(lines: _Lines, separator: str, width: int | None) -> Iterator[Row]:
    """Line number and cells of every row that is not blank; a row shorter than `width` is filled up, a longer one
    refused."""
    while True:
        reader = csv.reader(lines, delimiter=separator)
        try:
            for cells in reader:
                if len(lines.row) > 1 and not _is_whole(lines.row, separator, width, len(cells)):
                    lines.take_back("引号没有闭合")
                    break
                line, text = lines.row[0]
                lines.row = []
                if not any(cells):
                    continue
                if width is not None and any(cells[width:]):
                    lines.refused.append(Refused(line, f"有 {len(cells)} 列，表头是 {width} 列", text.rstrip("\r\n")))
                    continue
                yield line, cells if width is None else (cells + [""] * (width - len(cells)))[:width]
            else:
                return
        except csv.Error:
            lines.take_back(f"一格超过 {LONGEST_CELL:,} 字")
        except _Runaway:
            lines.take_back("引号没有闭合")


def _is_whole(row: list[tuple[int, str]], separator: str, width: int | None, cells: int) -> bool:
    """Whether a row of several lines is one: its quotes are closed, and where it has not the header's number of cells,
    nothing stands behind a closing quote."""
    text = "".join(line for _, line in row)
    if text.count('"') % 2 == 1 or (width is not None and cells > width):
        return False
    if width in (None, cells):
        return True
    try:
        return bool(list(csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)))
    except csv.Error:
        return False


def _is_utf8(raw: bytes) -> bool:
    """Whether a line of a GB18030 file is UTF-8: Chinese in UTF-8 hardly ever comes about by chance."""
    if raw.isascii():
        return False
    try:
        wide = [letter for letter in raw.decode("utf-8") if letter > "\x7f"]
    except UnicodeDecodeError:
        return False
    return len(wide) > 1 and all("\u2000" <= one <= "\u9fff" or one > "\uff00" or one in "°·×÷" for one in wide)


def _has_utf8_line(block: bytes) -> bool:
    """Whether any line is UTF-8; only those are looked at in which Chinese begins like it, which is rare in GBK."""
    codes = np.frombuffer(b"\n" + block + b"\n\n", np.uint8)
    leads = np.flatnonzero((codes >= 0xE2) & (codes <= 0xEF))
    follow = (codes[leads + 1] >> 6 == 2) & (codes[leads + 2] >> 6 == 2)
    starts = leads[follow & (codes[leads - 1] < 0x80)] - 1
    return any(
        _is_utf8(block[block.rfind(b"\n", 0, at) + 1 : block.find(b"\n", at) % (len(block) + 1)])
        for at in starts.tolist()
    )


def _is_gbk(raw: bytes) -> bool:
    """Whether a line that is no UTF-8 is GBK, and not a damaged one: its characters are in everyday use."""
    try:
        wide = [letter for letter in raw.decode("gb18030") if letter > "\x7f"]
    except UnicodeDecodeError:
        return False
    return len(wide) > 1 and len("".join(wide).encode("gb2312", "ignore")) >= COMMON * 2 * len(wide)


def read_text(source: Source, expected: Expected, depth: int) -> list[Sheet]:
    """The text as one sheet, or none where it has no row."""
    csv.field_size_limit(LONGEST_CELL)
    sample = source.sample()
    encoding = encoding_of(sample)
    bare_returns = has_bare_returns(sample, encoding)
    tops = _tops(source, encoding, bare_returns, depth)
    if not all(tops.values()):  # one of the separators is all there is
        return []
    separator = max(tops, key=lambda one: _fitness(tops[one], expected))
    usual = _usual_width(tops[separator])[0]
    notes: dict[str, int] = {}

    def chunks(after: int, width: int) -> Iterator[Chunk]:
        with closing(_Lines(source, encoding, bare_returns)) as lines:
            for line, _ in _csv_rows(lines, separator, None):
                if line >= after:
                    break
            while block := lines.next_block():
                whole = _fast(block, lines.plain, separator, usual, width)
                if whole is not None:
                    first = lines.number + 1
                    lines.skip(block, whole.num_rows)
                    done = min(lines.done, source.size)
                    yield Chunk(range(first, first + whole.num_rows), whole.columns, [], done, source.size)
                    continue
                lines.give_back(block)
                yield from _by_line(lines, separator, width, source.size)
            notes.update(_strange_lines(lines))

    return [Sheet("", tops[separator], source.size, chunks, notes)]


def _tops(source: Source, encoding: str, bare_returns: bool, depth: int) -> dict[str, list[Row]]:
    """The first rows as each of the separators would have them, or as the one that a line `sep=` names."""
    with closing(_Lines(source, encoding, bare_returns)) as lines:
        named = NAMED_SEPARATOR.match(next(lines, ""))
    tops = {}
    for separator in (named[1],) if named else SEPARATORS:
        with closing(_Lines(source, encoding, bare_returns)) as lines:
            tops[separator] = list(islice(_csv_rows(lines, separator, None), depth))
    return tops


def _fitness(top: list[Row], expected: Expected) -> tuple[bool, int, float]:
    """How well a separator fits: by the header that it gives, else by how many cells how many rows have alike."""
    header = find_header(top, expected)
    if header is None:
        return False, 0, 0
    width, rows = _usual_width(top)
    return header.fits, len(header.known), (width - 1) * rows / len(top)


def _usual_width(top: list[Row]) -> tuple[int, int]:
    """How many cells most rows have, and how many rows those are."""
    widths = Counter(len(cells) for _, cells in top)
    return max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))


def _strange_lines(lines: _Lines) -> dict[str, int]:
    if not lines.strange:
        return {}
    named = "、".join(map(str, lines.strange[:LISTED])) + (" 等" if len(lines.strange) > LISTED else "")
    return {f"编码与其余各行不同，按 {CALLED[OTHER[lines.plain]]} 读入的行（第 {named} 行）": len(lines.strange)}


def _by_line(lines: _Lines, separator: str, width: int, total: int) -> Iterator[Chunk]:
    """What is left of a block that was given back, row by row, until the fast reader may try the next one."""
    numbers: list[int] = []
    cells: list[list[str]] = []
    for number, row in _csv_rows(lines, separator, width):
        numbers.append(number)
        cells.append(row)
        ended = lines.is_between_blocks
        if ended or len(numbers) == CHUNK_ROWS:
            yield chunk_of(numbers, cells, lines.refused, lines.done, total)
            numbers, cells, lines.refused = [], [], []
        if ended:
            return
    yield chunk_of(numbers, cells, lines.refused, lines.done, total)
    lines.refused = []


def _fast(block: bytes, encoding: str, separator: str, usual: int, width: int) -> pa.Table | None:
    """The block as a table, if every line of it is one whole row of `usual` cells; else None: read it line by line."""
    if b"\0" in block or (encoding == "gb18030" and _has_utf8_line(block)):
        return None
    names = [str(number) for number in range(usual)]
    try:
        text = block if encoding == "utf-8" else block.decode(encoding).encode()
        # Arrow's own copy: its threads let go of what they read from some time after the table is there, and a Python
        # object let go of while the interpreter ends aborts the process.
        copy = pa.BufferOutputStream()
        copy.write(text)
        table = arrow_csv.read_csv(
            pa.BufferReader(copy.getvalue()),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=4 << 20),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    lines = text.count(b"\n") + (not text.endswith(b"\n"))
    longest = max(pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns)
    beyond = any(pc.any(pc.not_equal(column, "")).as_py() for column in table.columns[width:])
    if table.num_rows != lines or longest > LONGEST_CELL or beyond:
        return None
    for number in range(usual, width):  # cells that every row leaves out are empty
        table = table.append_column(str(number), pa.array([""] * lines, pa.string()))
    return table.select(range(width))
