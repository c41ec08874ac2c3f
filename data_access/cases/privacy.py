"""What must not be stored: callers' numbers become keyed hashes. Numbers inside texts: `masking`."""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path

KEY_FILE = "caller.key"
QUOTES = "='\"\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # what spreadsheets put around a number


def caller_key(folder: Path) -> bytes:
    """The secret of this store: CALLER_KEY, or a random one kept beside the store, readable by its owner only.

    Without the key nobody can find a number's hash by trying all numbers; with another key the same
    caller gets another hash, and repeats are no longer recognised.
    """
    if given := os.environ.get("CALLER_KEY"):
        return given.encode()
    path = folder / KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    return path.read_bytes()


def kept_key(folder: Path) -> bytes:
    """As `caller_key`; b'' where none was ever made."""
    if given := os.environ.get("CALLER_KEY"):
        return given.encode()
    path = folder / KEY_FILE
    return path.read_bytes() if path.exists() else b""


def bare_number(text: str) -> str:
    """A caller's number in the one spelling by which it is compared; '' for what tells no caller from another.

    The same for +86 138…, 0086, full-width digits, spaces, dashes, a spreadsheet's .0; none for zeros, a number with
    asterisks, a number in scientific notation. A text without digits stays as it is.
    """
    if len(text) == 11 and text[0] == "1" and text.isascii() and text.isdigit():
        return text  # nearly all are plain: what follows takes ten times as long
    text = "".join(unicodedata.normalize("NFKC", text).split()).strip(QUOTES)
    text = re.sub(r"^([^.]*\d)\.0$", r"\1", text)
    digits = re.sub(r"\D", "", text)
    if not digits:
        return text
    if "*" in text or re.fullmatch(r"\d+(\.\d+)?[Ee]\+?\d+", text) or not digits.strip("0"):
        return ""
    if mobile := re.fullmatch(r"(?:00)?(?:86)?0?(1[3-9]\d{9})", digits):
        return mobile[1]
    if abroad := re.match(r"(?:\+|00)86-?", text):
        return "0" + re.sub(r"\D", "", text[abroad.end() :]).lstrip("0")
    return digits


def hashed(number: str, key: bytes) -> str:
    """HMAC-SHA256 of a caller's number in its one spelling; 16 hex digits."""
    return hmac.digest(key, bare_number(number).encode(), "sha256").hex()[:16]


def pseudonym(key: str) -> str:
    """What people see in place of a caller's key: hashed again and cut short, so the key cannot be found from it."""
    return "诉求人 " + base64.b32encode(hmac.digest(key.encode(), b"shown", "sha256")).decode()[:6] if key else ""
