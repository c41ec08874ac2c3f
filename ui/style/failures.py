"""What failed, in words for whoever looks on."""

from __future__ import annotations

from data_access.cases.errors import StoreError, VersionGone
from data_access.district.profile import ProfileError


def in_words(error: Exception) -> str:
    """What the store or the profile says of itself; of any other error nothing of its insides."""
    if isinstance(error, VersionGone):
        return str(error)
    if isinstance(error, StoreError | ProfileError):
        return f"数据或配置有问题：{error}"
    return "程序出错了，请把时间和所用链接告诉管理员"
