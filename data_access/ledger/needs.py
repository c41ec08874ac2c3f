"""What of the ledger needs somebody, counted for the menu: past its deadline, or waiting for somebody to take it up."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from typing import NamedTuple

from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.ledger.opening import ledger_if_any, state_of

QUARTER = 15 * 60  # seconds for which a count holds while nobody writes: lights change with the clock
NO_DEADLINE_NEAR = ("绿", "")


class Needs(NamedTuple):
    """How many matters, their parts among them, are past their deadline (`late`); how many others nobody has taken up
    yet, are due soon or have stood too long (`waiting`)."""

    late: int = 0
    waiting: int = 0


def needs(reader: Reader, who: Actor | None) -> Mapping[str, Needs]:
    """By kind of matter, of those that the reader may see; empty where there is no ledger. Raises `LedgerProblem`.

    A menu is drawn for every click: whether anybody wrote in the ledger since is one statement, and nothing else is
    asked until somebody did.
    """
    state = state_of(reader)
    return _counted(reader, who, state, int(time.time() // QUARTER)) if state else {}


@functools.lru_cache(maxsize=256)
def _counted(reader: Reader, who: Actor | None, state: str, quarter: int) -> Mapping[str, Needs]:
    """`state`, `quarter`: of the ledger and of the hour, so that another count is made once either has changed."""
    if (ledger := ledger_if_any(reader)) is None:
        return {}
    profile, going = reader.profile, ledger.going(viewer=who)
    first = {one.kind: one.stages[0] for one in profile.programmes.programmes}
    whole = {one.kind: one.parent or one.kind for one in profile.programmes.programmes}
    late = going["light"] == "红"
    waits = ~going["light"].isin(NO_DEADLINE_NEAR) | (going["reminder"] != "")
    waits |= going["stage"] == going["kind"].map(first)
    told = going.assign(late=late, waiting=waits & ~late).groupby(going["kind"].map(whole))[["late", "waiting"]].sum()
    return {str(kind): Needs(int(row["late"]), int(row["waiting"])) for kind, row in told.iterrows()}
