"""What many will ask is asked before they come: after each publication the walls' screens and 区情总览, of the whole
district and of each street.

The answers are kept under the keys of readers without a person, as everybody's are (data_access.cases.cache): whoever
sees less asks other questions, and is told nothing of these.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.filters import CaseFilter
from data_access.cases.priority import important
from data_access.cases.reader import Reader
from data_access.district.periods import SHIFT_LABELS, preset
from data_access.district.profile import ProfileError
from questions.landing import landing
from questions.why import lost_by
from ui.walls.wall import state

EVERY = 15.0  # seconds between looks for a new version
RESTS = 1.0  # times as long as a question took
LOG = logging.getLogger(__name__)
Asking = Callable[[], object]


def keep_ahead(open_newest: Callable[[], Reader], *, answers: bool = True) -> None:
    """From now on prepare each version once, in a thread. Without `answers` only what no version changes."""

    def go() -> None:
        version = ""
        while True:
            try:
                reader = open_newest()
                if reader.has_data and reader.version != version:
                    is_first, version = not version, reader.version
                    if answers:
                        prepare(reader, partial(_is_newer, open_newest, version))
                    if is_first:  # cuts texts into words: the dictionary takes seconds to build, and 督办 needs it
                        important(reader, CaseFilter())
            except (DatabaseError, StoreError, ProfileError) as error:  # pages say it in words
                LOG.warning("%s", error)
            except Exception:
                LOG.exception("answers asked ahead")
            time.sleep(EVERY)

    threading.Thread(target=go, name="ahead", daemon=True).start()


def _is_newer(open_newest: Callable[[], Reader], version: str) -> bool:
    return open_newest().version != version


def prepare(reader: Reader, until: Callable[[], bool] = lambda: False) -> None:
    """Ask for it all, one by one. After each question a rest as long as it took: more than half of one core is never
    taken from the pages, and a page that asks the same meanwhile waits no longer than for an answer of its own.

    `until`: when to leave what is not asked yet, since there is a newer version.
    """
    for ask in _questions(reader):
        if until():
            return
        begin = time.monotonic()
        try:
            ask()
        except Exception:
            LOG.info("not asked ahead", exc_info=True)
        time.sleep(RESTS * (time.monotonic() - begin))


def _questions(reader: Reader) -> Iterator[Asking]:
    """As the page asks when nothing was chosen on it, and when one street was: what each office looks at."""
    where = CaseFilter(period=preset("assessment", reader.as_of, reader.profile.settings.clock, reader.span[0]))
    for name in ("street", "source"):  # the lists of the filter bar
        yield partial(reader.options, name)
    yield from _page(reader, where)
    screens = {screen: wall for wall in reader.profile.walls.walls for screen in wall.screens}
    for screen, wall in screens.items():
        yield partial(state, reader, wall, screen)
    for street in reader.profile.streets:
        yield from _page(reader, where.replace(street=(street.name,)))


def _page(reader: Reader, where: CaseFilter) -> Iterator[Asking]:
    yield partial(landing, reader, where, next(iter(SHIFT_LABELS)))
    yield partial(lost_by, reader, "composite", "category1", where)
