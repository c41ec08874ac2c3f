"""How the bytes of a text are characters and lines: UTF-8 and GB18030 are read as they stand, others recoded."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO

from data_access.intake.reading.sheets import Source

PLAIN = ("utf-8-sig", "gb18030")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
STEP = 1 << 20  # bytes


def encoding_of(sample: bytes) -> str:
    """The one a byte order mark names, UTF-16 by its zero bytes, else UTF-8 or GB18030, whichever has fewer errors."""
    for mark, name in BOMS:
        if sample.startswith(mark):
            return name
    zeros = [sample[start::2].count(0) / max(len(sample) // 2, 1) for start in (0, 1)]
    if max(zeros) > 0.1 and min(zeros) < 0.02:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    whole = sample[: sample.rfind(b"\n") + 1] or sample
    wrong = whole.decode("utf-8-sig", "replace").count("\ufffd")
    return "gb18030" if wrong and whole.decode("gb18030", "replace").count("\ufffd") < wrong else "utf-8-sig"


def has_bare_returns(sample: bytes, encoding: str) -> bool:
    """Whether lines end in CR alone, as an old Macintosh wrote them."""
    text = sample if encoding in PLAIN else sample.decode(encoding, "replace").encode("utf-8", "replace")
    return text.count(b"\r") - text.count(b"\r\n") > text.count(b"\n")


class Recoded(io.RawIOBase):
    """A text as UTF-8 bytes whose lines end in \\n or \\r\\n; characters that are none become U+FFFD."""

    def __init__(self, file: BinaryIO, encoding: str, bare_returns: bool) -> None:
        self.file, self.bare_returns, self.left = file, bare_returns, b""
        self.decoder = codecs.getincrementaldecoder(encoding)("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self.left:
            raw = self.file.read(STEP)
            text = self.decoder.decode(raw, final=not raw)
            if not raw and not text:
                return 0
            self.left = (text.replace("\r", "\n") if self.bare_returns else text).encode("utf-8", "replace")
        given, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)

    def close(self) -> None:
        self.file.close()
        super().close()


def opened_text(source: Source, encoding: str, bare_returns: bool) -> tuple[BinaryIO, str]:
    """The text's bytes and how they are to be read: as they stand if that is possible, else recoded."""
    if encoding in PLAIN and not bare_returns:
        return source.open(), encoding
    return io.BufferedReader(Recoded(source.open(), encoding, bare_returns), STEP), "utf-8-sig"
