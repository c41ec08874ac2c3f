"""What a reader may see of single cases. Of the cases it may not see singly it still learns sums.

Within such sums a case has no words, no place, no caller and no number of its own: in those columns stands only that
there is something, or a digest that tells two cases apart and leads to neither. What the source left blank stays blank,
so that what is missing can still be counted.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, literal, null, or_, true

from data_access.cases.engines import digest
from data_access.cases.filters import CaseFilter, restrictions
from data_access.cases.schema import cases
from data_access.district.people import Actor
from data_access.district.profile import Profile

TOLD_APART = ("case_id", "caller_key")  # sums count and match by them
PLACE = ("lon", "lat")
WORDS = ("title", "content", "address", "excluded_reason")
HIDDEN = "（看不到）"  # what stands in place of words
# New with every start: a digest is no lasting name, and nobody can try all numbers for the one behind it.
_SALT = secrets.token_hex(16)


@dataclass(frozen=True)
class Sight:
    """Which cases may be seen one by one (any of `cases`; none named: none), and whether with words and callers."""

    cases: tuple[CaseFilter, ...] = (CaseFilter(),)
    words: bool = True  # title, content, address
    callers: bool = True  # the caller's pseudonym: who called again

    @property
    def is_whole(self) -> bool:
        """Whether nothing is kept from the reader."""
        return CaseFilter() in self.cases and self.words and self.callers

    def meets(self, as_of: datetime) -> ColumnElement[bool]:
        """The condition under which a case may be seen by itself."""
        return or_(false(), *(and_(true(), *restrictions(one, as_of)) for one in self.cases))


WHOLE = Sight()
NOTHING_SINGLY = Sight(cases=(), words=False, callers=False)
WITHOUT_WORDS = Sight(words=False, callers=False)  # what hangs on a wall


def sight_of(profile: Profile, viewer: Actor, day: date) -> Sight:
    """What the profile lets somebody see on `day`, by role and unit. A street is its own unit, by the same name."""
    grant = profile.grant_at(day, viewer.role)
    own = (CaseFilter(street=(viewer.unit,)), CaseFilter(unit=(viewer.unit,))) if viewer.unit else ()
    seen = {"all": (CaseFilter(),), "own": own, "none": ()}[grant.cases]
    return Sight(seen, grant.words, grant.callers)


def told_singly(sight: Sight, columns: list[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The columns of cases that may be seen one by one, without what is kept back of these too."""
    hidden = (() if sight.words else WORDS) + (() if sight.callers else ("caller_key",))
    return [_kept_back(column) if column.key in hidden else column for column in columns]


def told_in_sums(sight: Sight, as_of: datetime, columns: list[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The columns of all cases, without what would tell one that may not be seen by itself."""
    own = sight.meets(as_of)
    singly = {column.key: column for column in told_singly(sight, columns)}
    hidden = (*TOLD_APART, *PLACE, *WORDS)
    return [
        case((own, singly[column.key]), else_=_kept_back(column)).label(column.key) if column.key in hidden else column
        for column in columns
    ]


def _kept_back(column: ColumnElement[Any]) -> ColumnElement[Any]:
    stored = cases.c[str(column.key)]
    if column.key in PLACE:
        return case((stored.is_not(None), 0.0), else_=null()).label(column.key)
    told_apart = digest(literal(_SALT) + stored) if column.key in TOLD_APART else literal(HIDDEN)
    return case((stored != "", told_apart), else_="").label(column.key)
