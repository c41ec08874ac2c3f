"""What a reader may see of single cases. Of the cases it may not see singly it still learns sums.

Within such sums a case has no words, no place, no caller and no number of its own: in those columns stands only that
there is something, or a digest that tells two cases apart and leads to neither. What the source left blank stays blank,
so that what is missing can still be counted.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Column, ColumnClause, ColumnElement, Select, and_, case, false, func, literal, null, or_, true
from sqlalchemy.sql import visitors

from data_access.cases.engines import digest
from data_access.cases.filters import CaseFilter, restrictions
from data_access.cases.schema import cases
from data_access.cases.unnaming import to_the_lane, unnamed
from data_access.district.people import Actor
from data_access.district.profile import Profile

TOLD_APART = ("case_id", "caller_key")  # sums count and match by them
PLACE = ("lon", "lat")
WORDS = ("title", "content", "address", "excluded_reason")
UNLIMITED = 10**9
HIDDEN = "（看不到）"  # what stands in place of words
# New with every start: a digest is no lasting name, and nobody can try all numbers for the one behind it.
_SALT = secrets.token_hex(16)


@dataclass(frozen=True)
class Matters:
    """Which matters of the ledger may be seen: all; own, those of `unit` and those in which `name` took a step, with
    what belongs to them; none."""

    whose: Literal["all", "own", "none"] = "all"
    name: str = ""
    unit: str = ""


ALL_MATTERS, NO_MATTER = Matters(), Matters("none")


@dataclass(frozen=True)
class Sight:
    """Which cases may be seen one by one (any of `cases`; none named: none), and whether with words and callers."""

    cases: tuple[CaseFilter, ...] = (CaseFilter(),)
    words: bool = True  # title, content, address
    callers: bool = True  # the caller's pseudonym: who called again
    unnamed: bool = (
        False  # without `words`: these in lists all the same, but names, plates, numbers and doors taken out
    )
    matters: Matters = ALL_MATTERS
    exports: int = field(default=UNLIMITED, compare=False)  # rows of a file of cases, at most; no case is told by it

    sql: bool = field(default=True, compare=False)  # statements of one's own, about the cases seen one by one

    @property
    def tells_each(self) -> bool:
        """Whether every case may be seen one by one: then no sum is too small to be told."""
        return CaseFilter() in self.cases

    @property
    def is_whole(self) -> bool:
        """Whether nothing of any case is kept from the reader."""
        return self.tells_each and self.words and self.callers

    def meets(self, as_of: datetime) -> ColumnElement[bool]:
        """The condition under which a case may be seen by itself."""
        return or_(false(), *(and_(true(), *restrictions(one, as_of)) for one in self.cases))


WHOLE = Sight()
NOTHING_SINGLY = Sight(cases=(), words=False, callers=False, matters=NO_MATTER, exports=0, sql=False)
WITHOUT_WORDS = Sight(words=False, callers=False, sql=False)  # what hangs on a wall


def sight_of(profile: Profile, viewer: Actor, day: date) -> Sight:
    """What the profile lets somebody see on `day`, by role and unit. A street is its own unit, by the same name,
    and so is a city's district."""
    grant = profile.grant_at(day, viewer.role)
    fields = ("district",) if viewer.unit in profile.several else ("street", "unit")
    own = tuple(CaseFilter().replace(**{field: (viewer.unit,)}) for field in fields if viewer.unit)
    seen = {"all": (CaseFilter(),), "own": own, "none": ()}[grant.cases]
    own_matters = Matters("own", viewer.name, viewer.unit)
    matters = {"all": ALL_MATTERS, "own": own_matters, "none": NO_MATTER}[grant.matters]
    is_unnamed = grant.cases != "none" and not grant.words
    return Sight(seen, grant.words, grant.callers, is_unnamed, matters, grant.exports, grant.sql)


def told(
    sight: Sight, columns: list[ColumnElement[Any]], as_of: datetime, *, is_singly: bool, words: Sequence[str]
) -> list[ColumnElement[Any]]:
    """The columns of `cases` as a reader sees them; `words`, which are made nameless afterwards, as they are."""
    if is_singly:
        return told_singly(sight, columns, words)
    return columns if sight.is_whole else told_in_sums(sight, as_of, columns)


def told_singly(sight: Sight, columns: list[ColumnElement[Any]], words: Sequence[str] = ()) -> list[ColumnElement[Any]]:
    """The columns of cases that may be seen one by one, without what is kept back of these too; `words` are not."""
    hidden = (() if sight.words else tuple(name for name in WORDS if name not in words)) + (
        () if sight.callers else ("caller_key",)
    )
    near = PLACE if sight.unnamed else ()
    return [
        _kept_back(column) if column.key in hidden else _about(column) if column.key in near else column
        for column in columns
    ]


def open_columns(sight: Sight) -> list[ColumnElement[Any]]:
    """Of cases that may be seen one by one, the columns in which nothing is kept back: for somebody's own SQL, where
    no text can be made nameless. Places are rounded as in lists."""
    told = zip(cases.c, told_singly(sight, list(cases.c)), strict=True)
    return [column for stored, column in told if column is stored or stored.key in PLACE]


def words_listed(statement: Select[Any]) -> list[str]:
    """Which texts the statement lists as they are; none where it looks into any of them besides, by a condition or in
    an expression: the rows that it then finds would tell what the texts hold."""
    listed = list(statement.selected_columns)
    plain = [column.key for column in listed if isinstance(column, Column) and column.key in WORDS]
    others = [column for column in listed if not isinstance(column, Column)]
    rest = (statement.with_only_columns(literal(1), maintain_column_froms=True), *others)
    looked = (part for one in rest for part in visitors.iterate(one) if isinstance(part, ColumnClause))
    return [] if any(part.key in WORDS for part in looked) else plain


def nameless(column: str, text: str) -> str:
    """One text of the column, in which nobody is named; an address to its lane."""
    return to_the_lane(text) if column == "address" else unnamed(text)


def told_in_sums(sight: Sight, as_of: datetime, columns: list[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The columns of all cases, without what would tell one that may not be seen by itself."""
    own = sight.meets(as_of)
    singly = {column.key: column for column in told_singly(sight, columns)}
    hidden = (*TOLD_APART, *PLACE, *WORDS)
    return [
        case((own, singly[column.key]), else_=_kept_back(column)).label(column.key) if column.key in hidden else column
        for column in columns
    ]


def _about(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A coordinate to a five-hundredth of a degree, some two hundred metres."""
    return (func.floor(cases.c[str(column.key)] * 500 + 0.5) / 500).label(column.key)


def told_apart(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A number or caller by a word that tells it from others, until the next start, and leads to none."""
    return _kept_back(column)


def _kept_back(column: ColumnElement[Any]) -> ColumnElement[Any]:
    stored = cases.c[str(column.key)]
    if column.key in PLACE:
        return case((stored.is_not(None), 0.0), else_=null()).label(column.key)
    told_apart = digest(literal(_SALT) + stored) if column.key in TOLD_APART else literal(HIDDEN)
    return case((stored != "", told_apart), else_="").label(column.key)
