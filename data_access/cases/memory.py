"""How much memory the machine has."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LIMIT = Path("/sys/fs/cgroup/memory.max")  # what a service or container is given
LEAST = 1 << 30


def share(part: float) -> int:
    """A part of what this process may use, in bytes; a GB at least."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):  # no such limit, or "max"
        whole = min(whole, int(LIMIT.read_text()))
    return max(LEAST, int(whole * part))
