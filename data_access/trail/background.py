"""Records that nobody waits for: a page that was looked at is written by a thread, a little later.

The queue is bounded. What does not fit, or cannot be written, is counted, and once writing works again a record of kind
`gap` says how many are missing.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from data_access.cases.errors import DatabaseError, StoreError
from data_access.trail.schema import Record
from data_access.trail.trail import Trail

LOG = logging.getLogger(__name__)
MOST_WAITING = 5_000
MOST_AT_ONCE = 500
QUIET = 60  # seconds between two lines of the log about the same trouble
Opening = Callable[[], Trail | None]


class Background:
    """A queue of records and the thread that writes them, started by the first."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._waiting: queue.Queue[tuple[Opening, Record]] = queue.Queue(most)
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._said = -float(QUIET)
        self.missing = 0

    def add(self, opening: Opening, record: Record) -> None:
        """Write the record soon. `opening`: gives the trail (None: there is none to write to). Never waits."""
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="trail", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait((opening, record))
        except queue.Full:
            self._lose(1, "排队的记录太多")

    def flush(self) -> None:
        """Wait until everything that was added is written or counted as missing."""
        self._waiting.join()

    def settle(self, seconds: float) -> None:
        """As `flush`, no longer than so many seconds: for a server that stops."""
        waiting = threading.Thread(target=self.flush, daemon=True)
        waiting.start()
        waiting.join(seconds)

    def _run(self) -> None:
        while True:
            taken = [self._waiting.get()]
            while len(taken) < MOST_AT_ONCE and not self._waiting.empty():
                taken.append(self._waiting.get())
            try:
                self._write(taken)
            except (DatabaseError, StoreError, OSError) as error:
                self._lose(len(taken), str(getattr(error, "orig", None) or error))
            except Exception as error:  # noqa: BLE001 -- the thread must outlive whatever comes; it is logged
                self._lose(len(taken), repr(error))
            finally:
                for _ in taken:
                    self._waiting.task_done()

    def _write(self, taken: list[tuple[Opening, Record]]) -> None:
        trails: dict[int, tuple[Trail, list[Record]]] = {}
        for opening, record in taken:
            if (trail := opening()) is not None:
                trails.setdefault(id(trail.engine), (trail, []))[1].append(record)
        for trail, records in trails.values():
            with self._guard:
                missing, self.missing = self.missing, 0
            gap = [Record("gap", details={"records": missing}, what="没有写进审计的记录")] if missing else []
            try:
                trail.write(*gap, *records)
            except BaseException:
                with self._guard:
                    self.missing += missing
                raise

    def _lose(self, count: int, why: str) -> None:
        with self._guard:
            self.missing += count
            if time.monotonic() - self._said < QUIET:
                return
            self._said = time.monotonic()
        LOG.error("审计有记录没有写入（%d 条）：%s", self.missing, why)


BACKGROUND = Background()
