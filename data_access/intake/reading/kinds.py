"""What a file is, by its content: a name's suffix is often wrong."""

from __future__ import annotations

import re
import zipfile

from data_access.intake.reading.encodings import encoding_of
from data_access.intake.reading.sheets import Source, UnreadableFile

EXPORT = "请从原系统导出 Excel（.xlsx）或 CSV 再导入"
SAVE = "请在 Excel 或 WPS 里打开，另存为 .xlsx 再导入"
UNPACK = "请先解压，导入其中的文件"
# The beginning of a file -> what it is, and what to do.
STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "PDF 文件，不是表格", EXPORT),
    (b"\x89PNG", "图片（PNG），不是表格", EXPORT),
    (b"\xff\xd8\xff", "图片（JPEG），不是表格", EXPORT),
    (b"GIF8", "图片（GIF），不是表格", EXPORT),
    (b"BM", "图片（BMP），不是表格", EXPORT),
    (b"II*\0", "图片（TIFF），不是表格", EXPORT),
    (b"MM\0*", "图片（TIFF），不是表格", EXPORT),
    (b"RIFF", "图片或音像文件，不是表格", EXPORT),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", UNPACK),
    (b"Rar!", "RAR 压缩包", UNPACK),
    (b"\x1f\x8b", "gzip 压缩包", UNPACK),
    (b"BZh", "bzip2 压缩包", UNPACK),
    (b"\xfd7zXZ\0", "xz 压缩包", UNPACK),
    (b"{\\rtf", "RTF 文档，不是表格", EXPORT),
    (b"MIME-Version:", "单个文件网页（.mht）", SAVE),
    (b"SQLite format 3\0", "SQLite 数据库", "请把其中的表导出为 CSV 再导入"),
    (b"\0\1\0\0Standard ", "Access 数据库", "请把其中的表导出为 CSV 再导入"),
    (b"ARROW1", "Arrow 文件", "请存为 Parquet 或 CSV 再导入"),
    (b"ORC", "ORC 文件", "请存为 Parquet 或 CSV 再导入"),
    (b"\x09\x00\x04\x00", "很旧的 Excel 2.x 文件", SAVE),
    (b"\x09\x02\x06\x00", "很旧的 Excel 3.0 文件", SAVE),
    (b"\x09\x04\x06\x00", "很旧的 Excel 4.0 文件", SAVE),
    (b"MZ", "程序，不是表格", EXPORT),
    (b"\x7fELF", "程序，不是表格", EXPORT),
)  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams in an OLE file, in the order in which they tell what it is.
STREAMS = (
    ("EncryptedPackage", "有密码的 Excel 文件", "请去掉密码（文件－信息－保护工作簿）另存后再导入"),
    ("WordDocument", "Word 文档，不是表格", EXPORT),
    ("PowerPoint Document", "PowerPoint 文稿，不是表格", EXPORT),
)
# A member of a zip file -> what the file is, and what to do.
PACKED = (
    ("xl/workbook.bin", "Excel 二进制工作簿（.xlsb）", SAVE),
    ("word/document.xml", "Word 文档，不是表格", EXPORT),
    ("ppt/presentation.xml", "PowerPoint 文稿，不是表格", EXPORT),
    ("Index/Document.iwa", "Numbers 或 Pages 文稿", "请导出为 .xlsx 或 CSV 再导入"),
    ("META-INF/MANIFEST.MF", "程序包，不是表格", EXPORT),
)
OPEN_SHEET = b"application/vnd.oasis.opendocument.spreadsheet"
SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"
MOST_UNPACKED = 4 << 30  # bytes that a packed file may have when unpacked
BEGINNING = 1 << 18  # bytes that tell a kind
BROKEN = 0.05  # of a text's characters


def kind_of(source: Source) -> str:
    """text, xlsx, xls, ods, parquet, html, xml or zip; raises `UnreadableFile`, which says what else it is."""
    sample = source.sample()[:BEGINNING]
    for beginning, what, way in STRANGERS:
        if sample.startswith(beginning) and not _reads_as_text(sample, beginning):
            raise UnreadableFile(f"{source.name} 是{what}；{way}")
    if sample.startswith((b"PK\3\4", b"PK\5\6")):
        return _kind_of_zip(source)
    if sample.startswith(OLE):
        return _kind_of_ole(source)
    if sample.startswith(b"PAR1"):
        return "parquet"
    return _kind_of_text(source, sample)


def _reads_as_text(sample: bytes, beginning: bytes) -> bool:
    """Whether a short beginning of letters is only the first word of a text: BM, MZ, ORC."""
    return beginning.isalpha() and len(beginning) <= 3 and b"\0" not in sample[:1000]


def _kind_of_zip(source: Source) -> str:
    try:
        with source.whole() as file, zipfile.ZipFile(file) as archive:
            names = [name.replace("\\", "/").lstrip("/") for name in archive.namelist()]
            unpacked = sum(item.file_size for item in archive.infolist())
            mime = archive.read("mimetype")[:200] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise UnreadableFile(f"{source.name} 打不开，可能没有传完：{error}") from error
    for member, what, way in PACKED:
        if member in names:
            raise UnreadableFile(f"{source.name} 是{what}；{way}")
    if mime and not mime.startswith(OPEN_SHEET):
        raise UnreadableFile(f"{source.name} 是 OpenDocument 文稿，不是表格；{EXPORT}")
    if unpacked > MOST_UNPACKED:
        raise UnreadableFile(
            f"{source.name} 解开后有 {unpacked / 1e9:,.1f} GB，超过 {MOST_UNPACKED >> 30} GB；请分开导入"
        )
    return "ods" if mime else "xlsx" if "xl/workbook.xml" in names else "zip"


def _kind_of_ole(source: Source) -> str:
    with source.whole() as file:
        content = file.read()
    for stream, what, way in STREAMS:
        if stream.encode("utf-16-le") in content:
            raise UnreadableFile(f"{source.name} 是{what}；{way}")
    return "xls"


def _kind_of_text(source: Source, sample: bytes) -> str:
    encoding = encoding_of(sample)
    text = sample.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    strange = sum(text.count(chr(code)) for code in (*range(1, 9), *range(14, 32), 0xFFFD)) + text.count("\0")
    if strange > BROKEN * len(text):
        raise UnreadableFile(f"{source.name} 不是表格，也不是文字，认不出是什么文件；{EXPORT}")
    start = text[:65_536]
    if start.startswith("<"):
        if SPREADSHEETML in start:
            return "xml"
        if re.search(r"<(?:html|table|body|head|meta|style|!doctype html)\b", start, re.IGNORECASE):
            return "html"
        raise UnreadableFile(f"{source.name} 是 XML，不是表格；{EXPORT}")
    if re.match(r"[\[{]\s*[\[{\"]", start):
        raise UnreadableFile(f"{source.name} 是 JSON，不是表格；{EXPORT}")
    return "text"
