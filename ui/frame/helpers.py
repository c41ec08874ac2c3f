"""The modules that pages import from their own folder: one that was changed is read again at the next run.

All of the folder's modules go together, since one may have taken names from another. Runs that are going on keep
theirs.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READ: dict[str, tuple[int, int]] = {}  # file -> when it was changed (ns) and its bytes, as it was imported
ELSEWHERE: dict[Path, set[str]] = {}  # folder -> modules that were imported from elsewhere: thousands, and they stay
GUARD = threading.Lock()


@contextmanager
def fresh(folder: Path) -> Iterator[None]:
    """A page of the folder runs in the block: `import _mine` finds _mine.py beside it, as it is now."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # last: no name of theirs takes the place of the program's
    with GUARD:
        _forget_changed(folder)
    try:
        yield
    finally:
        for _, file in _modules(folder):
            if file.exists():
                READ.setdefault(str(file), _stamp(file))


def _forget_changed(folder: Path) -> None:
    modules = _modules(folder)
    changed = [file for _, file in modules if not file.exists() or READ.get(str(file)) != _stamp(file)]
    for file in changed:
        # Compiled code is taken for the file's as long as second and size are the same.
        Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)
    for name, file in modules if changed else []:
        sys.modules.pop(name, None)
        READ.pop(str(file), None)


def _modules(folder: Path) -> list[tuple[str, Path]]:
    """Those that were imported from the folder: name, file."""
    within, elsewhere, found = f"{folder}/", ELSEWHERE.setdefault(folder, set()), []
    for name in sys.modules.keys() - elsewhere:
        file = getattr(sys.modules.get(name), "__dict__", {}).get("__file__")
        if isinstance(file, str) and file.startswith(within):
            found.append((name, Path(file)))
        else:
            elsewhere.add(name)
    return found


def _stamp(file: Path) -> tuple[int, int]:
    about = file.stat()
    return about.st_mtime_ns, about.st_size
