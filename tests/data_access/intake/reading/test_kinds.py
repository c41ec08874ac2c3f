"""What a file is, is told by its content: every kind of table reads alike, everything else says what it is."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from data_access.intake.reading import UnreadableFile, kinds
from tests.data_access.intake.reading.tables import (
    HEADER,
    ROWS,
    opened,
    places_of,
    rows_of,
    write_book,
    write_html,
    write_ods,
    write_xml,
)

TABLE = [HEADER, *ROWS]
BIFF = Path(__file__).with_name("biff8.xls")  # the same table, as Excel 97 wrote it


def as_csv(path: Path) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(TABLE)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def as_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(as_csv(path.with_suffix(".inner")), "导出/工单.csv")
    return path


def as_parquet(path: Path) -> Path:
    pd.DataFrame(ROWS, columns=HEADER).to_parquet(path)
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "csv": as_csv,
    "xlsx": lambda path: write_book(path, {"a": TABLE}),
    "xls": lambda path: Path(path.write_bytes(BIFF.read_bytes()) and path),
    "ods": lambda path: write_ods(path, TABLE),
    "html": lambda path: write_html(path, TABLE),
    "html in gbk": lambda path: write_html(path, TABLE, "gb18030"),
    "xml": lambda path: write_xml(path, {"a": TABLE}),
    "xml in utf-16": lambda path: write_xml(path, {"a": TABLE}, "utf-16"),
    "parquet": as_parquet,
    "zip": as_zip,
}


@pytest.mark.parametrize("suffix", [".csv", ".xls", ".xlsx", ".txt", ""])
@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_file_under_every_name_is_the_same_table(tmp_path: Path, kind: str, suffix: str) -> None:
    found = opened(WRITERS[kind](tmp_path / f"a{suffix}"))
    assert (found.header, rows_of(found), found.notes) == (HEADER, ROWS, {})


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


OPEN_TEXT = io.BytesIO()
with zipfile.ZipFile(OPEN_TEXT, "w") as one:
    one.writestr("mimetype", "application/vnd.oasis.opendocument.text")


@pytest.mark.parametrize(
    ("content", "what", "way"),
    [
        (b"%PDF-1.7\n...", "PDF", "导出"),
        (b"\x89PNG\r\n\x1a\n", "图片", "导出"),
        (b"\xff\xd8\xff\xe0", "图片", "导出"),
        (packed("[Content_Types].xml", "word/document.xml"), "Word", "导出"),
        (kinds.OLE + "WordDocument".encode("utf-16-le"), "Word", "导出"),
        (kinds.OLE + "EncryptedPackage".encode("utf-16-le"), "密码", "去掉密码"),
        (packed("xl/workbook.bin"), "xlsb", "另存为 .xlsx"),
        (OPEN_TEXT.getvalue(), "OpenDocument", "导出"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z", "解压"),
        (b"Rar!\x1a\x07\0", "RAR", "解压"),
        (b"\x1f\x8b\x08\0", "gzip", "解压"),
        (b'{"rows": [1, 2]}', "JSON", "导出"),
        (b'<?xml version="1.0"?><a/>', "XML", "导出"),
        (b"<html><body>session expired</body></html>", "没有表格", "另存为"),
        (b"MIME-Version: 1.0\r\n", "mht", "另存为"),
        (b"SQLite format 3\0" + bytes(100), "SQLite", "CSV"),
        (b"\1\2\3\4\5\6" * 100, "认不出", "导出"),
        (b"PK\3\4 cut off", "没有传完", ""),
        (b"PAR1 cut off", "没有传完", ""),
        (kinds.OLE + b"cut off", "没有传完", ""),
    ],
)
def test_what_is_no_table_says_what_it_is_and_what_to_do(tmp_path: Path, content: bytes, what: str, way: str) -> None:
    (tmp_path / "工单.xlsx").write_bytes(content)
    with pytest.raises(UnreadableFile) as refused:
        opened(tmp_path / "工单.xlsx")
    assert what in str(refused.value) and way in str(refused.value) and "工单.xlsx" in str(refused.value)


@pytest.mark.parametrize("word", ["BM", "MZ", "ORC", "PK"])
def test_a_text_that_begins_like_another_kind_is_a_text(tmp_path: Path, word: str) -> None:
    (tmp_path / "a.csv").write_text(f"{word},工单编号,来电时间\nx,1,2022-01-01\n", encoding="utf-8")
    assert opened(tmp_path / "a.csv").header == [word, "工单编号", "来电时间"]


def test_html_spans_paragraphs_and_nested_tables(tmp_path: Path) -> None:
    page = """<table><tr><td>框<table><tr><th rowspan=2>工单编号<th rowspan=2>来电时间<th colspan=2>诉求人</tr>
        <tr><th>街道<th>主要内容</tr><tr><td>1<td>2022-01-01<td>东四&nbsp;街道<td>第一段<br>第&#20108;段</table></td></tr></table>"""
    (tmp_path / "a.xls").write_text(page, encoding="utf-8")
    found = opened(tmp_path / "a.xls")
    assert found.header == HEADER[:4]
    assert rows_of(found) == [["1", "2022-01-01", "东四 街道", "第一段 第二段"]]


def test_xml_fetches_and_expands_nothing(tmp_path: Path) -> None:
    text = write_xml(tmp_path / "a.xls", {"a": TABLE}).read_text("utf-8")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    (tmp_path / "a.xls").write_text(text.replace("?>", "?>" + bomb, 1), "utf-8")
    with pytest.raises(UnreadableFile, match="DOCTYPE"):
        opened(tmp_path / "a.xls")


def test_an_archive_is_the_sheets_of_all_its_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(as_csv(tmp_path / "1"), "1月.csv")
        archive.write(write_book(tmp_path / "2", {"2月": TABLE, "说明": [["说明"]]}), "2月.xlsx")
        archive.writestr("说明.pdf", b"%PDF-1.7")
        archive.writestr("__MACOSX/._1月.csv", b"\0\1")
    found = opened(tmp_path / "a.zip")
    assert rows_of(found) == ROWS * 2
    assert places_of(found) == [(f"［{name}］", line) for name in ("1月.csv", "2月.xlsx［2月］") for line in (2, 3, 4)]
    assert found.notes["读入的表（行）"] == {"1月.csv": 3, "2月.xlsx［2月］": 3}
    assert (
        rows_of(opened(tmp_path / "a.zip", sheet="2月")) == rows_of(opened(tmp_path / "a.zip", sheet="1月.csv")) == ROWS
    )
    assert any("说明.pdf 是PDF" in label for label in found.notes)
    assert any("没有所需的列" in label and "2月.xlsx［说明］" in label for label in found.notes)


def test_names_in_an_archive_of_a_chinese_windows(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in (1, 2):
            archive.write(as_csv(tmp_path / "1"), f"ab{number}.csv")
    content = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace(b"ab1", "市".encode("gbk") + b"1"))
    assert places_of(opened(tmp_path / "a.zip"))[0] == ("［市1.csv］", 2)


def test_an_archive_in_an_archive_and_a_bomb_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.write(as_zip(tmp_path / "in.zip"), "in.zip")
    with pytest.raises(UnreadableFile, match="压缩包里的压缩包"):
        opened(tmp_path / "out.zip")
    monkeypatch.setattr(kinds, "MOST_UNPACKED", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * (2 << 20))
    with pytest.raises(UnreadableFile, match="解开后有"):
        opened(tmp_path / "bomb.zip")
