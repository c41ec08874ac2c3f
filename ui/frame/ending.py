"""A page's run ends: at the profile's limit, by 「停止」, and when nobody looks any more.

A thread looks at the runs four times a second. Of a run that is to end it stops the statement on its engine
(data_access/cases/running.py); where the page's own code runs, Python raises an exception in it between two of its
steps. What it cannot end: one step of a library that takes long by itself (sorting a billion numbers, a regular
expression that never finds an end), and a page that catches everything and goes on, which is told again every second.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakKeyDictionary, WeakSet

import streamlit as st
from streamlit.runtime.scriptrunner import StopException
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import SCRIPT_RUN_CONTEXT_ATTR_NAME

from data_access.cases import running
from data_access.cases.errors import Ended
from data_access.cases.versions import ONLY_READS
from ui.frame.turns import Turns
from ui.style.markup import html, plain

LOOK = 0.25  # seconds
CORES = os.cpu_count() or 1
GIVES_WAY, NICE = 2.0, 10  # seconds of a statement after which others go first
SWITCH = 0.0005  # seconds; with Python's own 5 ms whoever needs the interpreter beside an endless loop waits each time
AGAIN = 1.0  # seconds after which a page that goes on is told again
ROOT = Path(__file__).resolve().parents[2]
HOUSE = str(ROOT / "data_access")  # its statements end by themselves, and its locks and answers are others' too
PRESSED = "stop_page"  # the button's key
SCRIPT = (Path(__file__).parent / "ending.js").read_text(encoding="utf-8")
LOG = logging.getLogger(__name__)


class PageTooLong(Ended):
    """A page took longer than a run of a page may."""


class PageEnded(StopException):
    """Raised in a page's own code."""


class _Runs:
    """The runs there are. `pages`: the folders whose code may be ended; `seconds`: how long a run may take, of the
    time that falls to it: in a crowd each has its part of the processor, and none is ended for being one of many."""

    seconds = 60.0

    def __init__(self) -> None:
        self.pages: set[str] = set()
        self.looked = time.monotonic()
        self.had: WeakKeyDictionary[threading.Thread, float] = WeakKeyDictionary()
        self.slow: WeakSet[threading.Thread] = WeakSet()
        self.told: WeakKeyDictionary[threading.Thread, float] = WeakKeyDictionary()

    def look(self) -> None:
        now = time.monotonic()
        for one in list(running.RUNNING):
            if is_run(one.thread) and now - (one.until - one.seconds) > GIVES_WAY and one.thread not in self.slow:
                self.slow.add(one.thread)
                _give_way(one.thread)
        runs = [thread for thread in threading.enumerate() if is_run(thread) and not TURNS.waits(thread)]
        each, self.looked = (now - self.looked) * min(1.0, CORES / max(len(runs), 1)), now
        for thread in runs:
            self.had[thread] = self.had.get(thread, 0.0) + each
            if is_left(thread) or self.had[thread] > self.seconds:
                self.end(thread, now)

    def end(self, thread: threading.Thread, now: float) -> None:
        running.leave(thread)
        if now - self.told.get(thread, 0) >= AGAIN and self.is_in_page(thread):
            self.told[thread] = now
            number, kind = ctypes.c_ulong(thread.ident or 0), ctypes.py_object(PageEnded)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(number, kind)

    def is_in_page(self, thread: threading.Thread) -> bool:
        """Whether the thread is in a page's code, or in what that called, and not where the house asks the store."""
        frame, is_page = sys._current_frames().get(thread.ident or 0), False
        while frame:
            file = frame.f_code.co_filename
            if file.startswith(HOUSE):
                return False
            is_page = is_page or any(file.startswith(folder) for folder in self.pages)
            frame = frame.f_back
        return is_page


def _give_way(thread: threading.Thread) -> None:
    """The thread's share of the processor goes to others first, until it ends; a statement is no part of Python then,
    so that nobody waits for what it holds."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread.native_id or 0, NICE)  # Linux: of this thread alone


RUNS = _Runs()
TURNS = Turns(running.is_idle)


def is_run(thread: threading.Thread) -> bool:
    """Whether it is a run of a session: Streamlit has a thread for each, which lives as long."""
    return thread.name == "ScriptRunner.scriptThread" and hasattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME)


def is_left(thread: threading.Thread) -> bool:
    """Whether the run is to stop: its tab was closed, or its reader asked for something else meanwhile."""
    context = getattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME)
    return bool(context.script_requests and context.script_requests._state == ScriptRequestType.STOP)


@contextmanager
def turn() -> Iterator[None]:
    """The block runs when it is this run's turn; a run that was left before is over."""
    if not is_run(threading.current_thread()):
        yield
        return
    with TURNS.taken(is_left) as comes:
        if not comes:
            raise StopException
        yield


def reason() -> BaseException:
    """Why this run, which was ended in its page, is over: whoever has left is told nothing."""
    if is_left(threading.current_thread()):
        return StopException()
    return PageTooLong(
        f"这一页算了 {RUNS.seconds:g} 秒还没有算完，已经停止。请缩短时段、加上条件；总是这样时请告诉管理员"
    )


def keep_pages_in_bounds() -> None:
    """From now on no page changes the store, and runs that are to end do so."""
    ONLY_READS.set()
    sys.setswitchinterval(SWITCH)

    def watch() -> None:
        while True:
            time.sleep(LOOK)
            try:
                RUNS.look()
            except Exception:
                LOG.exception("the watch over runs")

    threading.Thread(target=watch, name="runs", daemon=True).start()


def allow(pages: Path, seconds: float) -> None:
    """Code in the folder may be ended, after so many seconds at the latest."""
    RUNS.pages.add(str(pages))
    RUNS.seconds = seconds


def stop_if_pressed(title: str) -> None:
    """「停止」, which shows itself when a run takes long (ending.js); where it was pressed the page is not run."""
    with st.container(key="frame_stop"):
        st.html(html("这一页还在计算。"))
        was_pressed = st.button("停止", key=PRESSED)
    if was_pressed:
        st.title(plain(title))
        st.info("已停止，数据库里的查询也停了。缩短时段、加上条件通常会快得多。")
        st.button("重新计算", key="run_again")
        st.stop()
