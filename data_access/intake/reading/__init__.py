"""Files of cases as a header and chunks of text columns. Rows that cannot be read come with the reason.

What a file is, is told by its content (`kinds`); every kind becomes sheets (`csv_text`, `workbooks`, `markup`,
`parquet`); which rows are a sheet's header is told by content too (`headers`); the sheets of one layout are read as
one table, one after the other.
"""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from data_access.intake.reading.csv_text import read_text
from data_access.intake.reading.headers import Expected
from data_access.intake.reading.joining import BROKEN, LINE_BITS, Opened, joined
from data_access.intake.reading.kinds import kind_of
from data_access.intake.reading.markup import read_html, read_xml
from data_access.intake.reading.parquet import read_parquet
from data_access.intake.reading.sheets import DEPTH, Chunk, Refused, Sheet, Source, UnreadableFile, in_chunks
from data_access.intake.reading.workbooks import read_workbook

__all__ = ["LINE_BITS", "Chunk", "Expected", "Opened", "Refused", "UnreadableFile", "in_chunks", "open_file"]

MOST_FILES = 500  # in an archive
IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def open_file(path: Path, expected: Expected | None = None, *, sheet: str = "", header_row: int = 0) -> Opened:
    """Open a file by its content; raises `UnreadableFile`, which says what the file is and what to do.

    `expected`: the header names that the caller knows. `sheet`: only the sheet of that name; `header_row`: the line of
    its header; both are found by content if not given.
    """
    if not path.exists():
        raise UnreadableFile(f"没有这个文件：{path}")
    if path.is_dir():
        raise UnreadableFile(f"{path} 是文件夹，请给出其中的文件")
    if not path.stat().st_size:
        raise UnreadableFile(f"{path} 是空文件")
    expected = expected or Expected()
    notes: dict[str, Any] = {}
    sheets = _sheets_of(Source.of(path), expected, max(DEPTH, header_row), notes)
    if not sheets:
        raise UnreadableFile(f"{path} 里没有可读的行，找不到表头")
    if len(sheets) == 1:
        sheets[0].name = ""
    return joined(path, _chosen(path, sheets, sheet), expected, header_row, notes)


def _sheets_of(source: Source, expected: Expected, depth: int, notes: dict[str, Any]) -> list[Sheet]:
    kind = kind_of(source)
    if kind == "text":
        return read_text(source, expected, depth)
    if kind == "html":
        return read_html(source, depth)
    if kind == "xml":
        return read_xml(source, depth)
    if kind == "parquet":
        return read_parquet(source)
    if kind == "zip":
        return _unpacked(source, expected, depth, notes)
    return read_workbook(source, depth, kind)


def _unpacked(source: Source, expected: Expected, depth: int, notes: dict[str, Any]) -> list[Sheet]:
    """The sheets of every file in an archive; files that cannot be read are noted, with the reason."""
    with source.whole() as file, zipfile.ZipFile(file) as archive:
        members = [item for item in archive.infolist() if not item.is_dir() and item.file_size]
    members = [item for item in members if not any(part in item.filename for part in IGNORED)]
    if len(members) > MOST_FILES:
        raise UnreadableFile(f"{source.name} 里有 {len(members):,} 个文件，超过 {MOST_FILES} 个；请分开导入")
    sheets, unread = [], []
    for item in members:
        name = _name_of(item)
        try:
            if item.flag_bits & 1:
                raise UnreadableFile(f"{name} 有密码；请先解压，导入其中的文件")
            packed = Source(name, item.file_size, partial(_open_member, source, item))
            if item.filename.lower().endswith(".zip"):
                raise UnreadableFile(f"{name} 是压缩包里的压缩包；请先解压，导入其中的文件")
            found = _sheets_of(packed, expected, depth, notes)
        except UnreadableFile as error:
            unread.append(str(error))
            continue
        except BROKEN as error:
            unread.append(f"{name} 打不开，可能没有传完：{error}")
            continue
        for sheet in found:
            sheet.name = name if len(found) == 1 else f"{name}［{sheet.name}］"
        sheets += found
    if not sheets:
        raise UnreadableFile(f"{source.name} 里没有可以导入的文件{'：' if unread else ''}{'；'.join(unread[:5])}")
    notes |= {f"压缩包里没有读的文件：{reason}": 1 for reason in unread}
    return sheets


def _open_member(source: Source, item: zipfile.ZipInfo) -> BinaryIO:
    """The member's bytes, unpacked as they are read."""
    return cast(BinaryIO, zipfile.ZipFile(source.whole()).open(item))


def _name_of(item: zipfile.ZipInfo) -> str:
    """The member's name; what is not marked as UTF-8 was written in GBK on a Chinese Windows."""
    if item.flag_bits & 0x800:
        return item.filename
    try:
        return item.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return item.filename


def _is_called(name: str, wanted: str) -> bool:
    """Whether a sheet is asked for: by its whole name, or inside an archive by its own."""
    own = name.replace("（隐藏）", "")
    return wanted in (name, own) or own.endswith(f"［{wanted}］")


def _chosen(path: Path, sheets: list[Sheet], wanted: str) -> list[Sheet]:
    if not wanted:
        return sheets
    chosen = [one for one in sheets if _is_called(one.name, wanted)]
    if not chosen:
        names = "、".join(one.name for one in sheets if one.name) or "（只有一张表，不必指定）"
        raise UnreadableFile(f"{path} 里没有工作表“{wanted}”；现有：{names}")
    return chosen
