"""Statements that run now: how long each may take, and how it is ended at once.

A thread looks at them four times a second. A statement that is past its limit is ended, and so is one whose asker has
left (`leave`: a closed tab, 「停止」, another choice), unless somebody else waits for the same answer.
"""

from __future__ import annotations

import atexit
import functools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from data_access.cases.errors import NobodyWaits, TooLong, TooMuch
from data_access.cases.versions import Store

LOOK = 0.25  # seconds
LOG = logging.getLogger(__name__)


Why = type[TooLong] | type[TooMuch] | type[NobodyWaits]
WORDS: dict[Why, str] = {
    TooLong: "这个查询超过了 {:g} 秒，已经停止。请缩短时段、加上条件或少分几组",
    TooMuch: "这个查询要的内存超过了限度，已经停止。请缩短时段、加上条件或少分几组",
    NobodyWaits: "已停止",
}


@dataclass(eq=False)
class Running:
    """One statement, or a few of one answer. `end`: stops it, from any thread; `seconds`: how long it may take;
    `elsewhere`: whether another process does its work."""

    thread: threading.Thread
    end: Callable[[], None]
    seconds: float
    until: float  # of the monotonic clock
    elsewhere: bool = False
    is_over: bool = False
    why: Why | None = None  # it was ended
    guard: threading.Lock = field(default_factory=threading.Lock)


RUNNING: set[Running] = set()
LEFT: WeakSet[threading.Thread] = WeakSet()  # threads whose asker has left
AWAITED: Counter[threading.Thread] = Counter()  # threads whose answers others wait for
GUARD = threading.Lock()
ASKED = threading.local()


@event.listens_for(Engine, "before_cursor_execute")
def _note(_: Any, __: Any, statement: str, *___: Any) -> None:
    ASKED.statement = statement


def last_statement() -> str:
    """What this thread asked a database last, without its parameters; '' for nothing."""
    return str(getattr(ASKED, "statement", ""))


@contextmanager
def reading(store: Store, version: str, seconds: float, *, apart: bool = False) -> Iterator[Connection]:
    """As `Store.reading`, or `reading_apart`, for at most so many seconds; raises `Ended`, and says why."""
    go_on()
    with store.reading_apart(version) if apart else store.reading(version) as connection:
        end = store.ending(connection, seconds)
        until = time.monotonic() + seconds
        one = Running(threading.current_thread(), end, seconds, until, store.computes_elsewhere)
        _begin(one)
        try:
            yield connection
        except Exception as error:
            why = one.why or _engine_ended(error, one)
            if why:
                with one.guard:
                    one.is_over = True  # nobody ends what is being closed
                connection.invalidate()  # what ends a statement may arrive after it, and would end the next one
                raise why(WORDS[why].format(seconds)) from error
            raise
        finally:
            with one.guard:
                one.is_over = True
            RUNNING.discard(one)


def _engine_ended(error: Exception, one: Running) -> Why | None:
    """Why the engine itself ended a statement, None where it did not. Whoever asked may have put it in words."""
    said = error if isinstance(error, DBAPIError) else error.__cause__
    if not isinstance(said, DBAPIError):
        return None
    if type(said.orig).__name__ == "OutOfMemoryException":
        return TooMuch
    return TooLong if time.monotonic() >= one.until else None


def leave(thread: threading.Thread) -> None:
    """Nobody waits any more for what the thread asks, now or later."""
    LEFT.add(thread)


def go_on() -> None:
    """Raise `NobodyWaits` in a thread that was left."""
    if threading.current_thread() in LEFT:
        raise NobodyWaits(WORDS[NobodyWaits])


def is_idle(thread: threading.Thread) -> bool:
    """Whether the thread waits for what another process computes."""
    return any(one.thread is thread and one.elsewhere for one in list(RUNNING))


@contextmanager
def waiting_for(thread: threading.Thread) -> Iterator[None]:
    """While this thread waits for the other's answer, that one goes on although its own asker has left."""
    with GUARD:
        AWAITED[thread] += 1
    try:
        yield
    finally:
        with GUARD:
            AWAITED[thread] -= 1
            if not AWAITED[thread]:
                del AWAITED[thread]


def _begin(one: Running) -> None:
    with GUARD:
        RUNNING.add(one)
    _start()


@functools.cache
def _start() -> None:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            _look()

    def end() -> None:
        over.set()
        thread.join()

    thread = threading.Thread(target=watch, name="statements", daemon=True)
    thread.start()
    atexit.register(end)  # a thread that stands there while Python ends keeps the engine from ending quietly


def _look() -> None:
    """By itself, so that nothing is held between two looks."""
    for one in list(RUNNING):
        if why := _why(one):
            _end(one, why)


def _why(one: Running) -> Why | None:
    if time.monotonic() >= one.until:
        return TooLong
    return NobodyWaits if one.thread in LEFT and not AWAITED[one.thread] else None


def _end(one: Running, why: Why) -> None:
    """The guard keeps the connection from serving the next statement meanwhile."""
    with one.guard:
        if one.is_over:
            return
        one.why = one.why or why
        try:
            one.end()
        except Exception:
            LOG.exception("a statement could not be ended")
