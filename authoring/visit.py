"""Runs one page on one store under some people, and says as JSON what came of it: python -m authoring.visit.

In a process of its own: a page that never ends, or ends the process, ends no more than this.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from authoring.stores import small_store
from data_access.cases import misspelt
from data_access.cases.reader import Reader
from data_access.district.profile import current_profile
from ui.frame.identity import KEY

SECONDS = 15  # of work in one run
LONGEST = 80  # letters of a question that is told
WAITS = 4  # times as long may a run take where others keep the machine busy
# What an unknown figure becomes where nobody thought of it.
NO_WORDS = re.compile(r"(?<![A-Za-z])(?:nan|NaN|NaT|None|inf)(?![A-Za-z])")
KINDS = ("title", "header", "subheader", "caption", "markdown", "info", "warning", "success", "error", "metric")
ASKED = ("aggregate", "changes", "with_base", "compare_groups", "list_cases", "get_case", "sql", "ask_together")
ROOMS = ("questions.usual", "ui.choosing.filterbar", "ui.desk.drawer", "ui.drawing.maps", "ui.frame.page")
IN_PAGE = r'File "{}", line (\d+)'


@dataclass
class Visit:
    """`problems`: line (0 where it is not known) and words. `asked`: the slowest questions: line, words, seconds."""

    person: str
    seconds: float = 0.0
    problems: list[tuple[int, str]] = field(default_factory=list)
    asked: list[tuple[int, str, float]] = field(default_factory=list)


def told(seen: AppTest) -> str:
    """What a page says in words and figures."""
    return " ".join([str(getattr(one, "value", "")) for kind in KINDS for one in seen.get(kind)]
                    + [str(one.proto.body) for one in seen.get("html")])  # fmt: skip


def visited(page: Path, person: str) -> Visit:
    """One run of the page as `person` ('' for nobody) sees it."""
    visit = Visit(person)
    with _watched(page, visit), misspelt.said_by(lambda sentence: None):
        seen = AppTest.from_file(str(page), default_timeout=10 * SECONDS)
        if person:
            seen.session_state[KEY] = person
        began = time.perf_counter()
        try:
            seen.run()  # whoever watches ends it before
        except KeyError:  # of a run that nobody marked as ended
            visit.problems.append((0, "页面自己结束了进程：不要用 sys.exit，停下来用 st.stop()"))
            return visit
        visit.seconds = time.perf_counter() - began
    for error in seen.exception:
        visit.problems.append((_line(page, error.proto.stack_trace), in_words(error.proto.type, error.message)))
    visit.problems += [
        (0, f"屏上出现了“{word}”：未知的数请用 show(…) 写") for word in sorted(set(NO_WORDS.findall(told(seen))))
    ]
    if not seen.title and not seen.exception:
        visit.problems.append((0, '没有标题：第一行请用 open_page("…")'))
    visit.asked = sorted(visit.asked, key=lambda one: -one[2])[:3]
    return visit


def _line(page: Path, trace: Any) -> int:
    found = re.findall(IN_PAGE.format(re.escape(str(page))), "\n".join(trace))
    return int(found[-1]) if found else 0


EXPLAINED = {
    "DuplicateWidgetID": "两个部件一样：各给一个不同的 key",
    "StreamlitDuplicateElementKey": "两个部件用了同一个 key",
    "StreamlitDuplicateElementId": "两个部件一样：各给一个不同的 key",
    "ZeroDivisionError": "除以零：先看分母是不是 0",
    "IndexError": "取了没有的行：表可能是空的，先看 len(…)",
    "KeyError": "没有这一列或这一项",
    "ModuleNotFoundError": "没有安装这个包",
    "ValueError": "值不对",
    "TypeError": "参数不对",
    "AttributeError": "没有这个属性",
    "NameError": "没有定义这个名称",
}


def in_words(kind: str, message: str) -> str:
    """An error in Chinese, with its own words."""
    short = kind.rpartition(".")[2]
    first = message.strip().splitlines()[0] if message.strip() else ""
    return f"{EXPLAINED.get(short, '出错')}（{short}：{first[:200]}）" if "没有名为“" not in first else first


class _watched:
    """While the block runs, each question that the page asks is timed, with the line that asks it."""

    def __init__(self, page: Path, visit: Visit) -> None:
        self._page, self._visit = str(page), visit
        self._asking = {name: getattr(Reader, name) for name in ASKED}

    def __enter__(self) -> None:
        for name, ask in self._asking.items():
            setattr(Reader, name, self._timed(name, ask))

    def __exit__(self, *_: object) -> None:
        for name, ask in self._asking.items():
            setattr(Reader, name, ask)

    def _timed(self, name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(ask)
        def asked(reader: Reader, *arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return ask(reader, *arguments, **named)
            finally:
                said = "；".join("、".join([one] if isinstance(one, str) else map(str, one))
                                for one in arguments[:2] if isinstance(one, str | list | tuple))  # fmt: skip
                self._visit.asked.append(
                    (self._asking_line(), f"{name}({' '.join(said.split())[:LONGEST]})", time.perf_counter() - began)
                )

        return asked

    def _asking_line(self) -> int:
        return _line_in(sys._getframe(2), self._page)


def _line_in(frame: Any, page: str) -> int:
    """The line of the page on which a frame stands, or whoever called it; 0 where nobody did."""
    while frame and frame.f_code.co_filename != page:
        frame = frame.f_back
    return frame.f_lineno if frame else 0


def main() -> None:
    """Visits as standard input asks for them: a page, and by store who looks."""
    for room in ROOMS:  # what every page loads is not this page's time
        importlib.import_module(room)
    # Every AppTest looks through all that is installed for components: a third of a second, and always the same.
    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
    asked = json.loads(sys.stdin.read())
    page, seconds, done = Path(asked["page"]), asked["seconds"], dict[str, list[Visit]]()
    for name, people in asked["stores"].items():
        store = small_store(name, Path.cwd(), current_profile())
        os.environ["CASES_URL"] = f"duckdb:///{store.folder}"  # of this process, which ends with its visits
        done[name] = []
        for person in people:
            over = threading.Event()
            watch = threading.Thread(target=_watch, args=(over, page, seconds, done, name, person), daemon=True)
            watch.start()
            done[name].append(visited(page, person))
            over.set()
            watch.join()
    _say(done)


def _watch(
    over: threading.Event, page: Path, seconds: float, done: dict[str, list[Visit]], name: str, person: str
) -> None:
    """Give a run up that has worked for `seconds`, or has waited for as long as no busy machine explains."""
    worked, began = time.process_time(), time.perf_counter()
    while not over.wait(0.2):
        if time.process_time() - worked > seconds or time.perf_counter() - began > WAITS * seconds:
            _give_up(page, seconds, done, name, person)


def _give_up(page: Path, seconds: float, done: dict[str, list[Visit]], name: str, person: str) -> None:
    """The page does not end: say where it stands, and end everything."""
    stands = (line for frame in sys._current_frames().values() if (line := _line_in(frame, str(page))))
    words = f"{seconds:g} 秒没有跑完，停在这里：有没有停不下来的循环，或太大的提问？"
    done[name].append(Visit(person, seconds, [(next(stands, 0), words)]))
    _say(done)


def _say(done: dict[str, list[Visit]]) -> None:
    told_of = {name: [asdict(visit) for visit in visits] for name, visits in done.items()}
    sys.stdout.write(f"\n{json.dumps(told_of, ensure_ascii=False)}\n")
    sys.stdout.flush()
    os._exit(0)  # a page that does not end would keep this process


if __name__ == "__main__":
    main()
