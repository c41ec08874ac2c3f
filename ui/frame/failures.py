"""What a user sees when a page fails: what to do next. The details go to the server's log."""

from __future__ import annotations

import logging

import streamlit as st

from data_access.cases.errors import StoreError, VersionGone
from data_access.district.profile import ProfileError
from ui.style.failures import in_words
from ui.style.markup import plain

LOG = logging.getLogger(__name__)
MARK = "page_failed"  # the container's key, by which tests notice a failed page


def explain(error: Exception) -> bool:
    """Show the failure in Chinese; True tells Streamlit that nothing more is to be shown."""
    LOG.error("page failed", exc_info=error)
    with st.container(key=MARK):
        if isinstance(error, VersionGone):
            st.info(plain(str(error)))
        elif isinstance(error, StoreError | ProfileError):
            st.error(plain(in_words(error)))
        else:
            st.error("这个页面出错了，其他页面不受影响。请刷新重试；仍然出错时，请把时间和所用链接告诉管理员。")
    return True
