"""Which pages there are: the files of pages/, each with a literal PAGE at its top.

    PAGE = {"title": "区情总览", "group": "总览", "order": 10}

The literal is read without running the file, so a page that is broken shows as such and the others go on; the
folder is read on every run, so a file that was dropped in or changed appears at the next click. Nothing else watches
files: that cost every new session a look at each module there is.
"""

from __future__ import annotations

import ast
import functools
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from urllib.parse import unquote, urlsplit

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui.style.markup import markdown

GROUPS = ("总览", "分析", "办理", "报告")
BROKEN = "需要修正"
PARSING = threading.Lock()  # two sessions that parse at once trip over each other in Python 3.11 (SystemError)


@dataclass(frozen=True)
class Entry:
    """One page file; `problem` says why it cannot be shown ('' when it can), `code` is None then."""

    path: Path
    title: str
    group: str
    order: int = 1000
    problem: str = ""
    code: CodeType | None = None

    @property
    def address(self) -> str:
        return self.path.stem


@functools.lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Entry:
    """`changed`: when the file was (ns), so that a file that was not touched is read once."""
    try:
        with PARSING:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        assigned = next(node for node in tree.body if isinstance(node, ast.Assign) and _names(node) == ["PAGE"])
        about = ast.literal_eval(assigned.value)
        code = compile(tree, path, "exec", dont_inherit=True)
        return Entry(path, str(about["title"]), str(about["group"]), int(about["order"]), code=code)
    except SyntaxError as error:
        return Entry(path, path.stem, BROKEN, problem=f"第 {error.lineno} 行有语法错误：{error.msg}")
    except StopIteration:
        return Entry(path, path.stem, BROKEN, problem="文件开头缺少 PAGE = {…}（title、group、order）")
    except (KeyError, TypeError, ValueError, OSError) as error:
        return Entry(path, path.stem, BROKEN, problem=f"PAGE 不完整或不是字面量：{error}")


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def entries(folder: Path) -> list[Entry]:
    """The pages of the folder in menu order."""
    groups = {name: place for place, name in enumerate(GROUPS)}
    pages = [_read(path, path.stat().st_mtime_ns) for path in folder.glob("[!_]*.py")]
    return sorted(pages, key=lambda entry: (groups.get(entry.group, len(groups)), entry.order, entry.address))


def _explain_problem(entry: Entry) -> Callable[[], None]:
    def show() -> None:
        st.title(markdown("{} 需要修正", entry.path.name))
        st.error(markdown("{}：{}", entry.path.name, entry.problem))
        st.caption("修正并保存后刷新即可，其他页面不受影响。写法见 docs/analysts.md。")

    return show


def _running(path: Path, code: CodeType) -> Callable[[], None]:
    def run() -> None:
        exec(code, {"__name__": "__main__", "__file__": str(path)})

    return run


def _page(entry: Entry) -> StreamlitPage:
    body = _running(entry.path, entry.code) if entry.code else _explain_problem(entry)
    return st.Page(body, title=entry.title, url_path=entry.address)


def _wrong_address(address: str, pages: list[StreamlitPage]) -> StreamlitPage:
    """What stands at an address that no page has, instead of Streamlit's English dialogue."""

    def show() -> None:
        st.title("没有这个页面")
        st.write(markdown("地址里的“{}”不对应任何页面，可能是链接写错了，或页面已改名。现有页面：", address))
        for page in pages:
            st.page_link(page)

    possible = _can_be_an_address(address)
    return st.Page(show, title="没有这个页面", url_path=address if possible else None, default=not possible,
                   visibility="hidden")  # fmt: skip


def _can_be_an_address(address: str) -> bool:
    """Whether a page can stand there; others (/a%2Fb) are answered where the default page stands."""
    return re.fullmatch(r"[\w-]+", address) is not None


def _asked_address() -> str:
    path = urlsplit(st.context.url or "").path.strip("/")
    return unquote(path.rsplit("/", 1)[-1])


def navigate(folder: Path) -> StreamlitPage:
    """Draw the menu and return the page to run."""
    menu = entries(folder)
    if not menu:
        st.error(markdown("{}/ 里还没有页面", folder.name))
        st.stop()
    pages = {entry.address: _page(entry) for entry in menu}
    groups: dict[str, list[StreamlitPage]] = {}
    for entry in menu:
        groups.setdefault(entry.group, []).append(pages[entry.address])
    first = next(iter(pages.values()))
    # The default page of Streamlit has no address of its own; this one hands over to a page that has.
    hidden = [st.Page(lambda: st.switch_page(first), title=first.title, default=True, visibility="hidden")]
    asked = _asked_address()
    if asked and asked not in pages:
        wrong = _wrong_address(asked, list(pages.values()))
        hidden = [*hidden, wrong] if _can_be_an_address(asked) else [wrong]
    return st.navigation({**groups, "　": hidden}, expanded=True)
