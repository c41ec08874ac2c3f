"""What must not be stored: callers' numbers become keyed hashes. Numbers inside texts: `masking`."""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
from pathlib import Path

KEY_FILE = "caller.key"


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


def hashed(number: str, key: bytes) -> str:
    """HMAC-SHA256 of a caller's number, digits only where there are any; 16 hex digits."""
    digits = re.sub(r"\D", "", number)
    return hmac.digest(key, (digits or number).encode(), "sha256").hex()[:16]


def pseudonym(key: str) -> str:
    """What people see in place of a caller's key: hashed again and cut short, so the key cannot be found from it."""
    return "诉求人 " + base64.b32encode(hmac.digest(key.encode(), b"shown", "sha256")).decode()[:6] if key else ""
