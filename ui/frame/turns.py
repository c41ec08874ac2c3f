"""Pages run a few at a time, whoever came first goes first.

Sixty runs side by side share one interpreter: each takes sixty times as long, so that all come late, and what each has
begun (its statements, its frames) lies about meanwhile and makes the whole dearer. One after the other the first are
there at once and the last no later.

A run that does not use this process's Python counts no more, and the next one begins: when a statement of its has
taken STATEMENT (it is the engine that works then, often on another machine), and in any case after KEEPS, so that
nobody waits long behind a page that never ends.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AT_ONCE = 2  # of this process: one computes while the other asks its store
STATEMENT, KEEPS = 0.5, 3.0  # seconds
LOOK = 0.25  # seconds after which whoever waits looks again, at the latest


class Turns:
    """Who runs and who waits. `is_asking`: whether the thread has been in one statement for so many seconds."""

    def __init__(self, is_asking: Callable[[threading.Thread, float], bool]) -> None:
        self._is_asking = is_asking
        self._changed = threading.Condition()
        self._waiting: deque[threading.Thread] = deque()
        self._begun: dict[threading.Thread, float] = {}

    @contextmanager
    def taken(self, is_left: Callable[[threading.Thread], bool]) -> Iterator[bool]:
        """The block is this thread's turn; False when its asker left before it came."""
        me = threading.current_thread()
        if me in self._begun:  # within its own turn
            yield True
            return
        comes = self._wait(me, is_left)
        try:
            yield comes
        finally:
            with self._changed:
                self._begun.pop(me, None)
                self._changed.notify_all()

    def waits(self, thread: threading.Thread) -> bool:
        return thread in self._waiting

    def _wait(self, me: threading.Thread, is_left: Callable[[threading.Thread], bool]) -> bool:
        with self._changed:
            self._waiting.append(me)
            try:
                while not (is_left(me) or (self._waiting[0] is me and self._at_work() < AT_ONCE)):
                    self._changed.wait(LOOK)
                if is_left(me):
                    return False
                self._begun[me] = time.monotonic()
                return True
            finally:
                self._waiting.remove(me)
                self._changed.notify_all()  # the one behind may be next

    def _at_work(self) -> int:
        now = time.monotonic()
        return sum(
            now - begun < KEEPS and not self._is_asking(thread, STATEMENT) for thread, begun in self._begun.items()
        )
