"""Who looks at a page, kept in the session by the page's top for everything that is drawn or made below it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.trail.schema import DONE, Record
from ui.style.links import END, FIELDS, START, TEXT, query_of

ADDRESS = "x-real-ip"  # a request's header: where it came from, as the guard found out (frame/guard.py)
KEY, ASKED, MARKED = "viewer", "cases_asked_for", "screen_is_marked"  # in the session
NUMBERS = ("case", "case_id", "matter")  # of cases and matters: they may stand in a record as they are
KEPT = (*FIELDS, START, END, "period", "days", "state", "person", "kinds", *NUMBERS)  # of an address's parameters
LONG_NUMBER = re.compile(r"\d{7,}")
MOST_VALUES, LONGEST = 20, 60


@dataclass(frozen=True)
class Viewer:
    """`name`: '' for nobody who has said who they are. `reader`: what they look through. `filter`: the conditions in
    the page's address, without words that somebody typed."""

    name: str = ""
    role: str = ""
    unit: str = ""
    address: str = ""
    reader: Reader | None = None
    filter: dict[str, list[str]] = field(default_factory=dict)

    def record(self, kind: str, what: str = "", result: str = DONE, **details: object) -> Record:
        """What they did, as the trail keeps it."""
        return Record(kind, self.name, self.role, self.unit, self.address, what, details, result)


def note(viewer: Viewer) -> None:
    """From now on, in this session, this is who looks."""
    st.session_state[KEY] = viewer
    st.session_state[MARKED] = False


def viewer() -> Viewer:
    """Who looks at the page that runs."""
    held = st.session_state.get(KEY)
    return held if isinstance(held, Viewer) else Viewer(address=address())


def address() -> str:
    """The network address that the page is looked at from; '' where there is none."""
    return str(st.context.headers.get(ADDRESS) or "")


def asks_for(where: CaseFilter) -> None:
    """The page that runs shows these cases: what its address says may still lag behind what was chosen."""
    st.session_state[ASKED] = query_of(where)


def conditions() -> dict[str, list[str]]:
    """What the page that runs was asked for, as a record may hold it: of words that were typed only how many."""
    kept, given = {}, st.session_state.get(ASKED, {})
    for name in KEPT:
        values = (given.get(name) or st.query_params.get_all(name))[:MOST_VALUES]
        if name == TEXT and values:
            values = [f"（{len(' '.join(values))} 个字）"]
        if values:
            kept[name] = [value[:LONGEST] if name in NUMBERS else harmless(value)[:LONGEST] for value in values]
    return kept


def harmless(words: str) -> str:
    """The words without numbers by which one could know a person."""
    return LONG_NUMBER.sub("…", words)
