"""What is recorded of a viewer: pages by a thread that nobody waits for; cases, files and acts before they happen.

Where such a record cannot be written the door stays shut, and says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, get_script_run_ctx

from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import Reader, open_reader
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import trail_of
from data_access.trail.background import BACKGROUND
from data_access.trail.schema import DONE, FAILED, REFUSED, DoorClosed, Record
from ui.style.markup import plain
from ui.watch.limits import Limit
from ui.watch.viewer import ASKED, Viewer, conditions, harmless, viewer

LOG = logging.getLogger(__name__)
SHUT = "现在写不进审计，所以没有打开：查看单件案件、下载和办理都要留下记录。请稍后再试，并告诉管理员"
NO_LEDGER = "还没有办理台账，审计没有地方写，所以没有打开：请管理员运行 python -m data_access ledger init"
TOO_MANY = "一分钟内下载的次数太多，请稍后再点"
TOO_OFTEN = "一分钟内查询的次数太多，请稍后再点"
EXPORTS = Limit(20, 60)  # files a minute, of one person at one address
QUERIES = Limit(30, 60)
LONGEST_QUERY = 3_000  # letters of a statement in a record
SEEN, CASE = "page_as_recorded", "case_as_recorded"  # in the session
AGAIN = 300  # seconds after which the same case, still or again on the screen, is recorded once more
Told = Mapping[str, Any]


def _write(reader: Reader, record: Record) -> None:
    """Keep a record before what it tells happens; raises `DoorClosed`. Synthetic data without a ledger needs none."""
    try:
        trail = trail_of(reader)
        if trail is not None:
            trail.write(record)
        elif reader.has_data and not reader.is_synthetic:
            raise DoorClosed(NO_LEDGER)
    except (DatabaseError, StoreError, OSError) as error:
        LOG.error("审计写不进去：%s", getattr(error, "orig", None) or error)
        raise DoorClosed(SHUT) from error


def later(reader: Reader, record: Record) -> None:
    """Keep a record soon; waits for nothing and never fails."""
    BACKGROUND.add(lambda: trail_of(reader), record)


@contextmanager
def seen(title: str) -> Iterator[None]:
    """A page runs in the block: recorded when it ends, however it ends, if its address says something new."""
    result = DONE
    st.session_state.pop(ASKED, None)
    try:
        yield
    except RerunException:  # the run that follows says what was seen
        result = ""
        raise
    except Exception:
        result = FAILED
        raise
    finally:  # also where the page stopped itself, or was stopped
        if result:
            with _undisturbed():
                _page_seen(title, result)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What Streamlit keeps of the session can be read within, also of a run that is to stop: else every look at it
    would stop the run once more, and a page that stopped itself would be recorded nowhere."""
    context = get_script_run_ctx()
    held: Any = context.session_state if context else None
    if held is None:
        yield
        return
    stopping = held._yield_callback
    object.__setattr__(held, "_yield_callback", lambda: None)  # its own way of setting sets the session's values
    try:
        yield
    finally:
        object.__setattr__(held, "_yield_callback", stopping)


def _page_seen(title: str, result: str) -> None:
    # By now every widget has put what it stands at into the address.
    who, asked = viewer(), conditions()
    told = (title, asked, who.name)
    if who.reader is None or st.session_state.get(SEEN) == told:
        return
    st.session_state[SEEN] = told
    later(who.reader, who.record("page", title, result, filter=asked))


def refused(what: str, why: str) -> None:
    """Something was asked for that is not given: a case that is not there or not to be seen, a page, an act."""
    who = viewer()
    if who.reader is not None:
        later(who.reader, who.record("refusal", harmless(what), REFUSED, why=harmless(why)))


def opens_case(case: Told) -> bool:
    """Whether a case with its words may be shown now: it is recorded first. Says so where it cannot be."""
    who, number = viewer(), str(case["case_id"])
    held = st.session_state.get(CASE)
    if held and held[0] == (number, case["source"], who.name) and time.monotonic() - held[1] < AGAIN:
        return True
    try:
        _write(who.reader or open_reader(), who.record("case", number, street=case["street"], unit=case["unit"]))
    except DoorClosed as closed:
        st.error(plain(f"{closed}。"))
        return False
    st.session_state[CASE] = ((number, case["source"], who.name), time.monotonic())
    return True


def opens_export(who: Viewer, title: str, rows: int, columns: Sequence[str], *, reader: Reader | None = None) -> None:
    """Before a file is made; raises `DoorClosed`. `columns`: as the file names them."""
    if not EXPORTS.takes(f"{who.name} {who.address}"):
        raise DoorClosed(TOO_MANY)
    told = who.record("export", title, rows=rows, columns=list(columns), filter=who.filter)
    _write(reader or who.reader or open_reader(), told)


def recorded(who: Viewer, title: str, columns: Sequence[str], make: Callable[[], bytes]) -> Callable[[], bytes]:
    """What makes a file, once it is recorded who asks for it. Where that cannot be, the file says so and holds nothing
    else. `columns`: what it has rows, parts or items of."""

    def made() -> bytes:
        try:
            opens_export(who, title, len(columns), columns)
        except DoorClosed as closed:
            return f"没有下载：{closed}".encode()
        return make()

    return made


def opens_query(statement: str) -> None:
    """Before a statement of somebody's own is asked; raises `DoorClosed`. `statement`: as a record may hold it."""
    who = viewer()
    if not QUERIES.takes(f"{who.name} {who.address}"):
        raise DoorClosed(TOO_OFTEN)
    _write(who.reader or open_reader(), who.record("sql", "探索", sql=harmless(statement)[:LONGEST_QUERY]))


class Acts:
    """Acts of a viewer: recorded in the transaction in which they are taken."""

    def __init__(self, who: Viewer) -> None:
        self.who = who
        # Begun before the first act: within its transaction the database is taken, and waits for itself.
        with suppress(DatabaseError, StoreError, OSError):
            trail_of(who.reader or open_reader())

    def taken(self, connection: Any, events: Sequence[Told]) -> None:
        """As `ledger.Watch`; raises `DoorClosed`."""
        try:
            if (trail := trail_of(self.who.reader or open_reader())) is None:
                raise DoorClosed(NO_LEDGER)
            told = [self._record(event) for event in events]
            trail.append(connection, told)
        except (DatabaseError, StoreError, OSError) as error:
            LOG.error("审计写不进去：%s", getattr(error, "orig", None) or error)
            raise DoorClosed(SHUT) from error

    def _record(self, event: Told) -> Record:
        acts = replace(self.who, name=event["who"], role=event["role"])
        return acts.record("act", event["matter_id"], move=event["move"], stage=event["stage"], seq=event["seq"])

    def refused(self, why: str) -> None:
        """As `ledger.Watch`."""
        if self.who.reader is not None:
            later(self.who.reader, self.who.record("refusal", "办理", REFUSED, why=harmless(why)[:80]))


def watched(ledger: Ledger) -> Ledger:
    """The ledger as the session's viewer may use it: what they do with it is recorded."""
    return replace(ledger, watch=Acts(viewer()))
