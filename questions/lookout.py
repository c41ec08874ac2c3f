"""The alarms in the background: nobody's page waits for them.

Whoever asks first starts the computing and is told that it is going on; until it is done the alarms of the version
before stand, with their moment. One version is computed at a time: imports that come faster are passed over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from filelock import FileLock, Timeout

from data_access.cases.errors import StoreError
from data_access.cases.reader import Reader
from data_access.district.periods import beijing_now
from questions.inbox import inbox_of, record, tell
from questions.messages import sender
from questions.warning import Watched, everybody, watched, watched_if_ready

LOG = logging.getLogger(__name__)
EVERY = 30.0  # seconds between looks at the newest data
KEPT = 8  # scopes whose last alarms are kept


class Standing:
    """The newest alarms known for each store and scope, and the thread that computes newer ones."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._last: OrderedDict[Reader, Watched] = OrderedDict()
        self._going: set[Reader] = set()
        self._turn = threading.Lock()

    def of(self, reader: Reader) -> Watched | None:
        """The alarms of the reader's version, or of one before while they are being computed; None without any."""
        asked = everybody(reader)
        if (ready := watched_if_ready(asked)) is not None:
            self._keep(asked, ready)
            return ready
        self._start(asked)
        with self._guard:
            return self._last.get(_whoever(asked))

    def is_current(self, reader: Reader) -> bool:
        """Whether the alarms of the reader's own version are known."""
        return watched_if_ready(everybody(reader)) is not None

    def _keep(self, reader: Reader, found: Watched) -> None:
        with self._guard:
            self._last[_whoever(reader)] = found
            while len(self._last) > KEPT:
                self._last.popitem(last=False)

    def _start(self, reader: Reader) -> None:
        who = _whoever(reader)
        with self._guard:
            if who in self._going:
                return
            self._going.add(who)
        threading.Thread(target=self._compute, args=(reader, who), name="alarms", daemon=True).start()

    def _compute(self, reader: Reader, who: Reader) -> None:
        try:
            with self._turn:
                self._keep(reader, watched(reader))
        except StoreError as error:  # a version that was removed meanwhile: the next question is about a newer one
            LOG.warning("%s", error)
        except Exception:
            LOG.exception("alarms of version %s", reader.version)
        finally:
            with self._guard:
                self._going.discard(who)


def _whoever(reader: Reader) -> Reader:
    """The reader without its version."""
    return Reader(reader.store, reader.profile, reader.scope, "", reader.moment, reader.sight, reader.is_singly)


STANDING = Standing()


def standing(reader: Reader) -> Watched | None:
    """See `Standing.of`."""
    return STANDING.of(reader)


def is_current(reader: Reader) -> bool:
    """See `Standing.is_current`."""
    return STANDING.is_current(reader)


def keep_watch(open_newest: Callable[[], Reader], addresses: str, above: str = "") -> None:
    """Look at the newest data from now on, in a thread: right after an import the alarms are computed, kept in the
    inbox and told outward (to `addresses`, see `sender`; what nobody acknowledges, to `above`), whether anybody has a
    page open or not."""

    def watch() -> None:
        while True:
            try:
                look(open_newest(), addresses, above)
            except Exception:
                LOG.exception("the watch over the alarms")
            time.sleep(EVERY)

    threading.Thread(target=watch, name="watch", daemon=True).start()


def look(reader: Reader, addresses: str = "", above: str = "") -> None:
    """One look: start what is to be computed; with what is known bring the inbox up to date, and tell what is new."""
    if not reader.has_data or (found := standing(reader)) is None or not is_current(reader):
        return
    ledger = inbox_of(reader)
    if ledger is None:
        return
    try:
        # Of several processes one: another one would tell the same before this one has noted that it did.
        with FileLock(str(reader.store.folder / "alarms.lock"), timeout=0):
            if opened := record(ledger, found):
                LOG.warning("新的预警：%s", "、".join(opened))
            tell(ledger, sender(addresses), beijing_now(), sender(above))
    except Timeout:
        return
