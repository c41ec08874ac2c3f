"""Which pages there are: the files of pages/, each with a literal PAGE at its top.

    PAGE = {"title": "区情总览", "group": "总览", "order": 10}

The page with "home": True is where one lands; none may stand before it, and none may have another's title.

A page whose PAGE has `needs` is there for viewers who hold that right; to others it is an address without a page.
`icon` is the name of a Material symbol (they come with Streamlit, from no other site); of the kind of matter that
`counts` names, the menu says how many need somebody.

The literal is read without running the file, so a page that is broken shows as such and the others go on; the
folder is read on every run, so a file that was dropped in or changed appears at the next click, and so is what pages
import from their folder (helpers.py). Nothing else watches files: that cost every new session a look at each module
there is.
"""

from __future__ import annotations

import ast
import functools
import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, MappingProxyType
from urllib.parse import unquote, urlsplit

import streamlit as st
from streamlit.material_icon_names import ALL_MATERIAL_ICONS
from streamlit.navigation.page import StreamlitPage

from data_access.cases.errors import NobodyWaits
from data_access.district.access import RIGHTS
from data_access.ledger.needs import Needs
from ui.frame import ending, helpers
from ui.style.markup import markdown
from ui.style.ways import go_to
from ui.watch.doors import refused

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
    needs: str = ""
    is_home: bool = False
    changed: int = 0  # when the file was, in nanoseconds
    icon: str = ""
    counts: str = ""

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
        if (needs := str(about.get("needs", ""))) not in ("", *RIGHTS):
            return Entry(path, path.stem, BROKEN, problem=f"PAGE 的 needs 只能是 {'、'.join(RIGHTS)}")
        if (icon := str(about.get("icon", ""))) and icon not in ALL_MATERIAL_ICONS:
            return Entry(path, path.stem, BROKEN, problem=f"PAGE 的 icon 没有“{icon}”：写图标名，如 home")
        code = compile(tree, path, "exec", dont_inherit=True)
        return Entry(path, str(about["title"]), str(about["group"]), int(about["order"]), code=code, needs=needs,
                     is_home=about.get("home") is True, changed=changed, icon=icon,
                     counts=str(about.get("counts", "")))  # fmt: skip
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
    pages = [_refused(entry, problem) if (problem := _doubled(entry, pages)) else entry for entry in pages]
    return sorted(pages, key=lambda entry: (groups.get(entry.group, len(groups)), entry.order, entry.address))


class PageBroken(Exception):
    """A page file that cannot be run; the message says what is wrong and where."""


def _refused(entry: Entry, problem: str) -> Entry:
    return Entry(entry.path, entry.path.stem, BROKEN, problem=problem)


def _doubled(entry: Entry, pages: Sequence[Entry]) -> str:
    """What of its own a page takes from one that was there before; '' for nothing. Of two the newer file gives way."""
    if entry.problem:
        return ""
    others = [one for one in pages if one is not entry and not one.problem and _age(one) < _age(entry)]
    same = next((one for one in others if one.title == entry.title), None)
    if same:
        return f"标题“{entry.title}”已是 {same.path.name} 的：请换一个标题"
    home = next((one for one in others if one.is_home), None)
    before = home and entry.group == home.group and (entry.order, entry.address) < (home.order, home.address)
    if home and (entry.is_home or before):
        return f"会占去首页“{home.title}”的位置：请换一组，或把 order 改得比 {home.order} 大"
    return ""


def _age(entry: Entry) -> tuple[bool, int, str]:
    """The home page was there first, whichever file is newer."""
    return (not entry.is_home, entry.changed, entry.address)


def _explain_problem(entry: Entry) -> Callable[[], None]:
    def show() -> None:
        st.title(markdown("{} 需要修正", entry.path.name))
        raise PageBroken(f"{entry.path.name}：{entry.problem}")

    return show


def _running(path: Path, code: CodeType) -> Callable[[], None]:
    def run() -> None:
        try:
            with ending.turn(), helpers.fresh(path.parent):
                exec(code, {"__name__": "__main__", "__file__": str(path)})
        except SystemExit as error:  # not caught by Streamlit, it would end the session without a word
            raise PageBroken("页面里调用了 sys.exit()、exit() 或 quit()：要提前结束一页，用 st.stop()") from error
        except (ending.PageEnded, NobodyWaits) as error:
            raise ending.reason() from error

    return run


def _page(entry: Entry, waiting: Needs) -> StreamlitPage:
    body = _running(entry.path, entry.code) if entry.code else _explain_problem(entry)
    late, others = (f" :{colour}-badge[{count:d}]" if count else ""
                    for colour, count in (("red", waiting.late), ("gray", waiting.waiting)))  # fmt: skip
    said = [f"{waiting.late:,} 件已过期"] * bool(waiting.late)
    said += [f"{waiting.waiting:,} 件还没人接、快到期或停得太久"] * bool(waiting.waiting)
    return st.Page(body, title=f"{entry.title}{late}{others}", url_path=entry.address, help="，".join(said) or None,
                   icon=f":material/{entry.icon}:" if entry.icon else None)  # fmt: skip


def title_of(folder: Path, page: StreamlitPage) -> str:
    """A page's title without what the menu adds to it."""
    return next((entry.title for entry in entries(folder) if entry.address == page.url_path), page.title)


def _wrong_address(address: str, pages: list[StreamlitPage]) -> StreamlitPage:
    """What stands at an address that no page has, instead of Streamlit's English dialogue."""

    def show() -> None:
        refused("页面", address)
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


def navigate(
    folder: Path,
    held: Collection[str] = (),
    waiting: Mapping[str, Needs] = MappingProxyType({}),
    closed: Collection[str] = (),
) -> StreamlitPage:
    """Draw the menu and return the page to run. `held`: the rights of whoever looks; `waiting`: what needs them, by
    kind of matter; `closed`: the addresses that are for them as if there were no such pages."""
    menu = [entry for entry in entries(folder) if entry.needs in ("", *held) and entry.address not in closed]
    if not menu:
        st.error(markdown("{}/ 里还没有页面", folder.name))
        st.stop()
    pages = {entry.address: _page(entry, waiting.get(entry.counts, Needs())) for entry in menu}
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


ASKED = "asked_anywhere"  # in the session


def ask_anywhere(pages: Path) -> None:
    """A box in the menu for a question in a sentence; it is answered on the page for questions, where there is one."""
    if not (pages / "ask.py").exists():
        return
    text = st.sidebar.text_input("问一句", key="ask_anywhere", max_chars=200, placeholder="上个月解决率同比")
    if text and text != st.session_state.get(ASKED):
        st.session_state[ASKED] = text
        go_to("ask", {"q": text})
