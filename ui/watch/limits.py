"""How often something may be asked for: by whoever asks, within a stretch that moves along with the clock."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

MOST_ASKERS = 10_000


class Limit:
    """So many times within so many seconds, for each asker. Of too many askers the longest silent are forgotten.

    Each process counts for itself; who comes again comes to the same one (scripts/nginx.conf).
    """

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        self._guard = threading.Lock()

    def takes(self, asker: str) -> bool:
        """Whether the asker may once more; counts it if so."""
        now = time.monotonic()
        with self._guard:
            times = self._asked.setdefault(asker, deque())
            self._asked.move_to_end(asker)
            while len(self._asked) > MOST_ASKERS:
                self._asked.popitem(last=False)
            while times and now - times[0] >= self.seconds:
                times.popleft()
            if len(times) >= self.most:
                return False
            times.append(now)
            return True
