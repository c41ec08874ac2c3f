"""What failed, in words for whoever looks on."""

from __future__ import annotations

import os
import secrets
import traceback
from pathlib import Path

from data_access.cases.errors import StoreError, VersionGone
from data_access.district.profile import ProfileError


def in_words(error: Exception) -> str:
    """What the store or the profile says of itself; of any other error nothing of its insides."""
    if isinstance(error, VersionGone):
        return str(error)
    if isinstance(error, StoreError | ProfileError):
        return f"数据或配置有问题：{error}"
    return "程序出错了，请把时间和所用链接告诉管理员"


LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # that nobody takes for one another


def new_code() -> str:
    """By which whoever looks on and the server's log call a failure."""
    return "".join(secrets.choice(LETTERS) for _ in range(6))


def is_authors_server() -> bool:
    """Whether this server is for those who write pages and screens: it tells everybody what is wrong with them."""
    return os.environ.get("DASHBOARD_AUTHOR") == "1"


def for_author(error: Exception, folder: Path) -> str:
    """Type, message, and the last line in the folder's files, for who wrote them."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(folder)]
    at = f"，{Path(own[-1].filename).name} 第 {own[-1].lineno} 行" if own else ""
    return f"{type(error).__name__}: {error}{at}"
