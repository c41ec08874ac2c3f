"""A writer's own copy of the current version, kept from one import to the next, so that a small one costs little.

A version is a base file and, after small imports, a log beside it: DuckDB's own write-ahead log, which whoever opens
the version reads along with it. The new version's base is the old one's file under one more name; only the log is
written. DuckDB locks a file that it writes, and several versions are one file: so it writes to this copy, whose log is
then copied. What the copy holds but for its log is never changed here; where it was (a large import, a log too long, a
writer that died in between) its stamp tells, and it is made anew.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path

WORTH_A_LOG = 64 << 20  # bytes of a base; a smaller one is copied as a whole
LONGEST_LOG = 16 << 20  # bytes; a longer one is folded into a new base: who opens a version reads its whole log
PRIVATE = 0o600
FICLONE = 0x40049409  # Linux ioctl: share the blocks of a file instead of copying them


def log_of(file: Path) -> Path:
    """Where the log of a base lies."""
    return file.with_name(file.name + ".wal")


class Draft:
    """The copy in a store's folder. Only whoever holds the writers' lock touches it."""

    def __init__(self, folder: Path) -> None:
        self.file, self._note = folder / "draft.duckdb", folder / "draft.of"

    def take_up(self, base: Path) -> None:
        """Be what the version at `base` is, with its log."""
        if not self.file.exists() or self._noted() != [_stamp(base), _stamp(self.file)]:
            self.forget()
            clone(base, self.file)
            sync(self.file)
            self._note.write_text(json.dumps([_stamp(base), _stamp(self.file)]), encoding="utf-8")
            os.chmod(self._note, PRIVATE)
        log_of(self.file).unlink(missing_ok=True)
        if log_of(base).exists():
            clone(log_of(base), log_of(self.file))

    @property
    def says_all_in_its_log(self) -> bool:
        """Whether what was written since is in the log alone, and the log is not too long."""
        log = log_of(self.file)
        length = log.stat().st_size if log.exists() else 0
        noted = self._noted()
        return length <= LONGEST_LOG and bool(noted) and noted[1] == _stamp(self.file)

    def forget(self) -> None:
        """It is not what it was: the next writer makes it anew."""
        for path in (self._note, self.file, log_of(self.file)):
            path.unlink(missing_ok=True)

    def follow(self, base: Path) -> None:
        """Be ready for the next writer, where there is room for it."""
        try:
            self.take_up(base)
        except OSError:
            self.forget()

    def give_up_note(self) -> None:
        """From here on its own file is changed."""
        self._note.unlink(missing_ok=True)

    def _noted(self) -> list[list[int]]:
        try:
            noted: list[list[int]] = json.loads(self._note.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return []
        return noted


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def clone(source: Path, target: Path) -> None:
    """Copy a file for its owner alone; its blocks are shared where the file system can."""
    with source.open("rb") as old, target.open("wb") as new:
        os.fchmod(new.fileno(), PRIVATE)
        try:
            fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
        except OSError:  # the file system cannot share blocks
            shutil.copyfileobj(old, new, 16 << 20)


def sync(path: Path) -> None:
    """Have a file, or a folder's names, on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
