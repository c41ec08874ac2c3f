"""What a user sees when a page fails: what to do next, and a code under which the server's log says what happened.

Whoever writes pages sees it on the page: DASHBOARD_AUTHOR=1, or the right `author` of their role.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from data_access.cases.errors import DatabaseError, Ended, NobodyWaits, QueryFailed, StoreError, VersionGone
from data_access.cases.running import last_statement
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile, ProfileError, mistake
from ui.frame import identity
from ui.frame.ending import PageTooLong
from ui.frame.fresh import retry
from ui.frame.router import PageBroken
from ui.style.failures import in_words, is_authors_server, new_code
from ui.style.markup import html, markdown, plain
from ui.watch.viewer import conditions, harmless, viewer

LOG = logging.getLogger(__name__)
MARK = "page_failed"  # the container's key, by which tests notice a failed page
ROOT = Path(__file__).resolve().parents[2]
QUOTED = re.compile(r"'[^']*'")
WORDS = {
    "ZeroDivisionError": "除数是零",
    "ModuleNotFoundError": "没有装这个程序包，或文件名写错了",
    "ImportError": "这个程序包里没有这个名称",
    "NameError": "没有这个名称",
    "UnknownName": "没有这个名称",
    "UnknownValue": "没有这个值",
    "KeyError": "没有这个名称的项或列",
    "AttributeError": "没有这个属性",
    "IndexError": "序号超出了范围",
    "TypeError": "参数的个数或类型不对",
    "ValueError": "值不对",
    "FileNotFoundError": "没有这个文件",
    "StreamlitDuplicateElementKey": "两个部件用了同一个 key",
    "StreamlitDuplicateElementId": "两个部件完全一样：给其中一个写 key",
    "QueryFailed": "语句不对",
    "TooLong": "查询太久",
    "TooMuch": "查询要的内存太多",
    "PageTooLong": "页面算得太久",
    "PageBroken": "页面文件要修正",
}


def explain(error: Exception) -> bool:
    """Show the failure in Chinese; True tells Streamlit that nothing more is to be shown."""
    if isinstance(error, NobodyWaits):  # nobody is there to be told
        return True
    code = new_code()
    LOG.error("%s", record(code, error))
    with st.container(key=MARK):
        if isinstance(error, VersionGone):
            st.info(plain(str(error)))
        elif isinstance(error, Ended):
            st.warning(markdown("{}（代码 {}）。", str(error), code))
        elif isinstance(error, StoreError | ProfileError):
            st.error(markdown("{}（代码 {}）", in_words(error), code))
            retry()
        else:
            st.error(markdown(
                "这个页面出错了（代码 {}），其他页面不受影响。请刷新重试；仍然出错时，请把代码告诉管理员。", code
            ))  # fmt: skip
        if is_author():
            _show(error)
    return True


def is_author() -> bool:
    """Whether whoever looks is told what is wrong with a page."""
    if is_authors_server():
        return True
    try:
        reader = viewer().reader
        return reader is not None and identity.may(reader, "author")
    except (StoreError, ProfileError, DatabaseError):
        return False


def warn_author(profile: Profile) -> None:
    """That the district's files hold a mistake: everybody goes on with what they said before."""
    if (wrong := mistake(profile)) and is_author():
        st.warning(markdown("区情配置改错了，仍用改之前的：{}", wrong))


def record(code: str, error: Exception) -> str:
    """What the log says: nothing of a case, no words that somebody looked for."""
    who = viewer()
    told = {
        "时间": f"{beijing_now():%Y-%m-%d %H:%M:%S}",
        "页面": urlsplit(st.context.url or "").path,
        "条件": "；".join(f"{name}={'、'.join(values)}" for name, values in conditions().items()),
        "谁": " ".join(filter(None, (who.name, who.role, who.unit))),
        "最后一次查询": " ".join(QUOTED.sub("'…'", last_statement()).split()),
    }
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, DatabaseError | QueryFailed):  # the engine's message repeats the statement
        trace = QUOTED.sub("'…'", trace)
    lines = (f"{name}：{words or '—'}" for name, words in told.items())
    return harmless("\n".join((f"页面出错 {code}", *lines, trace)))


def _show(error: Exception) -> None:
    """Type, message, and where: the page's own lines, then the program's line in which it ended."""
    name = type(error).__name__
    said = "".join(traceback.TracebackException.from_exception(error).format_exception_only()).strip()
    st.markdown(markdown("**{}**　{}", WORDS.get(name, "出错了"), said.removeprefix(f"{type(error).__module__}.")))
    frames = _frames(error)
    own = [frame for frame in frames if is_own(frame.filename)]
    if own:
        st.markdown(markdown("**{} 第 {:d} 行**", Path(own[-1].filename).name, own[-1].lineno or 0))
        shown = own if frames[-1] is own[-1] else [*own, frames[-1]]
        lines = "\n".join(f"{_place(frame.filename)} 第 {frame.lineno} 行：{frame.line or ''}" for frame in shown)
        st.html(html('<pre class="wide">{}</pre>', lines))
    st.caption("只有开着 DASHBOARD\\_AUTHOR 的服务器和有 author 权限的人看到这些；别人只看到代码。")


def _frames(error: BaseException) -> traceback.StackSummary:
    """Where it happened; where the frame says that a page was ended, where the page was."""
    if isinstance(error, PageBroken | PageTooLong) and error.__cause__:
        return traceback.extract_tb(error.__cause__.__traceback__)
    return traceback.extract_tb(error.__traceback__)


def is_own(file: str) -> bool:
    """Whether a file is an analyst's, not the program's nor a library's."""
    path = Path(file)
    if "site-packages" in path.parts or path.is_relative_to(sys.base_prefix) or file.startswith("<"):
        return False
    return not path.is_relative_to(ROOT) or path.is_relative_to(ROOT / "pages")


def _place(file: str) -> str:
    """The file as its author knows it."""
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else file
