"""Pages run a few at a time, whoever came first goes first.

Sixty runs side by side share one interpreter: each takes sixty times as long, so that all come late, and what each has
begun (its statements, its frames) lies about meanwhile and makes the whole dearer. One after the other the first are
there at once and the last no later.

A run that waits for a database server does not count meanwhile, and none counts after KEEPS: nobody waits long behind
a page that never ends.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AT_ONCE = 2  # of this process: one computes while the other asks its store
KEEPS = 3.0  # seconds
LOOK = 0.25  # seconds after which whoever waits looks again, at the latest


class Turns:
    """Who runs and who waits. `is_idle`: whether the thread does nothing itself just now."""

    def __init__(self, is_idle: Callable[[threading.Thread], bool]) -> None:
        self._is_idle = is_idle
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
        return sum(now - begun < KEEPS and not self._is_idle(thread) for thread, begun in self._begun.items())
