"""What a disk or a database file refuses, in words that say what to do. Engines put it in many ways."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

FULL, READ_ONLY, FORBIDDEN = "磁盘已满", "这个位置是只读的", "没有写入权限"
# Parts of what the system, DuckDB and SQLite say -> what it means.
SIGNS = {
    "No space left": FULL,
    "database or disk is full": FULL,
    "Disk quota exceeded": "磁盘配额已满",
    "File too large": "超过了文件大小的限制",
    "Read-only file system": READ_ONLY,
    "readonly database": READ_ONLY,
    "Permission denied": FORBIDDEN,
}
REMEDIES = {
    FULL: "请腾出空间后再试",
    READ_ONLY: "请检查磁盘和挂载后再试",
    FORBIDDEN: "请用有权限的账号，或改文件夹的属主",
}
LITTLE = 1 << 20  # bytes free under which nothing can be expected to be written


def refusal(error: BaseException, folder: Path | None = None) -> str:
    """Why it was refused and what to do; '' where it is no matter of the disk.

    `folder`: where it lies, looked at where the engine only says that something failed ("disk I/O error").
    """
    said = f"{error} {getattr(error, 'orig', '')} {error.__cause__ or ''}"
    found = next((words for sign, words in SIGNS.items() if sign in said), "")
    if not found and folder and ("disk I/O error" in said or "unable to open database file" in said):
        found = _state_of(folder)
    return f"{found}：{REMEDIES[found]}" if found in REMEDIES else found


def _state_of(folder: Path) -> str:
    if not folder.exists():
        return ""
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return READ_ONLY
    if not os.access(folder, os.W_OK):
        return FORBIDDEN
    return FULL if shutil.disk_usage(folder).free < LITTLE else ""


def shared(base: Path, name: Path) -> bool:
    """Give a file one more name; False where the file system knows only one."""
    try:
        os.link(base, name)
    except OSError:
        return False
    return True
