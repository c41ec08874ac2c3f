"""Files of cases as chunks of text columns: CSV, XLSX, Parquet. Rows that cannot be read come with the reason."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet
from python_calamine import CalamineError, CalamineWorkbook

CHUNK_ROWS = 50_000
BLOCK = 32 << 20  # bytes that the fast reader takes at once
LONGEST_LINE = 8 << 20  # bytes of one physical line
LONGEST_CELL = 1 << 20  # characters
MOST_COLUMNS = 2_000
MOST_LINES_PER_ROW = 500  # a quoted cell with more line breaks than this is a quote that never closed
ENCODINGS = ("utf-8-sig", "gb18030")


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
class Opened:
    header: list[str]
    chunks: Callable[[], Iterator[Chunk]]


def open_file(path: Path) -> Opened:
    """Open by suffix; raises `UnreadableFile`."""
    if not path.exists():
        raise UnreadableFile(f"没有这个文件：{path}")
    if path.is_dir():
        raise UnreadableFile(f"{path} 是文件夹，请给出其中的文件")
    if not path.stat().st_size:
        raise UnreadableFile(f"{path} 是空文件")
    readers = {".csv": _open_csv, ".txt": _open_csv, ".xlsx": _open_xlsx, ".xls": _open_xlsx, ".parquet": _open_parquet}
    reader = readers.get(path.suffix.lower())
    if not reader:
        raise UnreadableFile(f"不支持 {path.suffix or '没有后缀'} 的文件；可导入 CSV、XLSX、Parquet")
    opened = reader(path)
    _check_header(path, opened.header)
    return opened


def _check_header(path: Path, header: list[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise UnreadableFile(f"{path} 第 1 行有 {len(header):,} 列，超过 {MOST_COLUMNS:,} 列：这不像案件表")
    named = [name for name in header if name]
    if not named:
        raise UnreadableFile(f"{path} 第 1 行没有列名")
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise UnreadableFile(f"{path} 第 1 行有重名的列：{'、'.join(twice)}；请改名后再导入")


def _clean_header(cells: list[str]) -> list[str]:
    header = [cell.strip().strip("\ufeff").replace("\n", "") for cell in cells]
    while header and not header[-1]:
        header.pop()
    return header


# ---- CSV


def _encoding(path: Path) -> str:
    """The first encoding that reads the beginning without an error, else the one with the fewest."""
    with path.open("rb") as file:
        sample = file.read(4 << 20)
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    errors = {name: sample.decode(name, "replace").count("\ufffd") for name in ENCODINGS}
    return min(ENCODINGS, key=lambda name: errors[name])


class _Runaway(Exception):
    """A row that does not end."""


class _Lines:
    """The file's physical lines as text; remembers those of the row being parsed, so that it can be taken back."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.file, self.encoding = path.open("rb"), encoding
        self.number = self.done = 0
        self.row: list[tuple[int, str]] = []
        self.again: list[tuple[int, str]] = []
        self.refused: list[Refused] = []
        self.block: io.BytesIO | None = None  # a block the fast reader could not take

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
        try:
            text = raw.decode(self.encoding if self.number == 1 else self.encoding.removesuffix("-sig"))
        except UnicodeDecodeError:
            return raw.decode(
                self.encoding, "replace"
            ), f"编码错误：不是合法的 {self.encoding.removesuffix('-sig')} 文字"
        return (text, "含有空字符（NUL）") if "\0" in text else (text, "")

    def take_back(self, reason: str) -> None:
        """Refuse the first line of the row at hand and read the others again."""
        (line, text), *rest = self.row
        self.refused.append(Refused(line, reason, text.rstrip("\r\n")))
        self.again += reversed(rest)
        self.row = []


def _csv_rows(lines: _Lines, width: int | None) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row; rows of another width than `width` are refused."""
    while True:
        reader = csv.reader(lines)
        try:
            for cells in reader:
                used, lines_used = lines.row, len(lines.row)
                if lines_used > 1 and (_is_open(used) or width not in (None, len(cells))):
                    lines.take_back("引号没有闭合")
                    break
                line, text = used[0]
                lines.row = []
                if not any(cells):
                    continue
                if width is not None and len(cells) != width:
                    if len(cells) > width and not any(cells[width:]):
                        cells = cells[:width]
                    else:
                        lines.refused.append(
                            Refused(line, f"有 {len(cells)} 列，表头是 {width} 列", text.rstrip("\r\n"))
                        )
                        continue
                yield line, cells
            else:
                return
        except csv.Error:
            lines.take_back(f"一格超过 {LONGEST_CELL:,} 字")
        except _Runaway:
            lines.take_back("引号没有闭合")


def _is_open(row: list[tuple[int, str]]) -> bool:
    return sum(text.count('"') for _, text in row) % 2 == 1


def _open_csv(path: Path) -> Opened:
    csv.field_size_limit(LONGEST_CELL)
    encoding = _encoding(path)
    with closing(_Lines(path, encoding)) as lines:
        first = next(_csv_rows(lines, None), None)
    if first is None:
        raise UnreadableFile(f"{path} 没有可读的表头")
    header, total = _clean_header(first[1]), path.stat().st_size

    def chunks() -> Iterator[Chunk]:
        with closing(_Lines(path, encoding)) as lines:
            next(_csv_rows(lines, None))
            while block := lines.next_block():
                whole = _fast(block, encoding.removesuffix("-sig"), header)
                if whole is not None:
                    first = lines.number + 1
                    lines.skip(block, whole.num_rows)
                    yield Chunk(range(first, first + whole.num_rows), whole.columns, [], lines.done, total)
                    continue
                lines.give_back(block)
                yield from _by_line(lines, len(header), total)

    return Opened(header, chunks)


def _by_line(lines: _Lines, width: int, total: int) -> Iterator[Chunk]:
    """What is left of a block that was given back, row by row, until the fast reader may try the next one."""
    numbers: list[int] = []
    cells: list[list[str]] = []
    for number, row in _csv_rows(lines, width):
        numbers.append(number)
        cells.append(row)
        ended = lines.is_between_blocks
        if ended or len(numbers) == CHUNK_ROWS:
            yield _chunk(numbers, cells, lines.refused, lines.done, total)
            numbers, cells, lines.refused = [], [], []
        if ended:
            return
    yield _chunk(numbers, cells, lines.refused, lines.done, total)
    lines.refused = []


def _fast(block: bytes, encoding: str, header: list[str]) -> pa.Table | None:
    """The block as a table, if every line of it is one whole row; else None: read it line by line."""
    if b"\0" in block:
        return None
    try:
        text = block if encoding == "utf-8" else block.decode(encoding).encode()
        # Arrow's own copy: its threads let go of what they read from some time after the table is there, and a Python
        # object let go of while the interpreter ends aborts the process.
        copy = pa.BufferOutputStream()
        copy.write(text)
        table = arrow_csv.read_csv(
            pa.BufferReader(copy.getvalue()),
            read_options=arrow_csv.ReadOptions(column_names=header, block_size=4 << 20),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    lines = text.count(b"\n") + (not text.endswith(b"\n"))
    longest = max(pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns)
    return table if table.num_rows == lines and longest <= LONGEST_CELL else None


def _chunk(numbers: list[int], rows: list[list[str]], refused: list[Refused], done: int, total: int) -> Chunk:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return Chunk(numbers, columns, refused, done, total)


# ---- XLSX and Parquet


def _text(value: object) -> str:
    """A cell as it would be written: whole numbers without .0, dates as year-month-day."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date):
        return str(value)
    return "" if value is None else str(value).replace("\0", "")


def _open_xlsx(path: Path) -> Opened:
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise UnreadableFile(f"{path} 打不开，可能没有传完或不是 Excel 文件：{error}") from error
    if not rows:
        raise UnreadableFile(f"{path} 的第一张表是空的")
    header = _clean_header([_text(cell) for cell in rows[0]])

    def chunks() -> Iterator[Chunk]:
        for start in range(1, len(rows), CHUNK_ROWS):
            part = [
                (line, [_text(cell) for cell in row[: len(header)]])
                for line, row in enumerate(rows[start : start + CHUNK_ROWS], start + 1)
                if any(cell not in ("", None) for cell in row)
            ]
            long = [
                Refused(line, f"一格超过 {LONGEST_CELL:,} 字", "")
                for line, row in part
                if max(map(len, row)) > LONGEST_CELL
            ]
            left = {item.line for item in long}
            kept = [item for item in part if item[0] not in left]
            yield _chunk([line for line, _ in kept], [row for _, row in kept], long, start + len(part), len(rows))

    return Opened(header, chunks)


def _open_parquet(path: Path) -> Opened:
    try:
        file = parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFile(f"{path} 打不开，可能没有传完或不是 Parquet 文件：{error}") from error
    header, total = [str(name) for name in file.schema_arrow.names], file.metadata.num_rows

    def chunks() -> Iterator[Chunk]:
        done = 0
        for batch in file.iter_batches(CHUNK_ROWS):
            numbers = list(range(done + 1, done + 1 + batch.num_rows))
            done += batch.num_rows
            yield Chunk(numbers, [_as_text(column) for column in batch.columns], [], done, total)

    return Opened(header, chunks)


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):
        return pa.array([_text(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())
