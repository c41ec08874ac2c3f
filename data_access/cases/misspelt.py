"""Values in a filter that no case has and the profile does not list: an answer without them says so.

They are no error: a link from last year may name a unit that is gone, and its page shows 0 件 as it should. But nobody
is left to take an empty answer for a quiet street. A notebook gets a warning (`UnknownValue`), a page a line of text.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING, Any

from data_access.cases.cache import Answer, Asked, cached
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter, left_out
from data_access.cases.store import ROOT
from data_access.district.names import UnknownValue, nearest
from data_access.district.profile import Profile
from data_access.district.vocabulary import DIMENSIONS_75, SOURCES, UNIT_TYPES

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

# Fields whose values are words that people write. What is listed is asked of the store only where it must be.
FIELDS = (
    "source", "district", "street", "community", "category1", "category2", "category3", "unit", "unit_type", "channel",
    "request_type", "dimension", "urgency", "crowd", "industry",
)  # fmt: skip
# Through what a question may come.
HOUSE = tuple(str(ROOT / room) + os.sep for room in ("analysis", "briefs", "data_access", "questions", "ui"))
MOST = 10_000  # values of a field
CLOSE = 0.3
Say = Callable[[str], None]
_SAY: ContextVar[Say | None] = ContextVar("misspelt", default=None)


@contextmanager
def said_by(say: Say) -> Iterator[None]:
    """Within the block `say` is given the sentences about unknown values, in place of a warning."""
    token = _SAY.set(say)
    try:
        yield
    finally:
        _SAY.reset(token)


def tell(reader: Reader, where: CaseFilter) -> None:
    """Say which values of the filter are not known, with the nearest that are; nothing for the usual filter."""
    if not reader.has_data:
        return
    say = _SAY.get()
    for field in FIELDS:
        sentences = [_sentence(reader, field, value, "按它筛选没有案件") for value in getattr(where, field)]
        gone = [value for one in left_out(where) for value in getattr(one, field)]
        for sentence in [*sentences, *(_sentence(reader, field, value, "除去它没有少") for value in gone)]:
            if sentence and say:
                say(sentence)
            elif sentence:
                warnings.warn(UnknownValue(sentence), stacklevel=_levels_up())


def _levels_up() -> int:
    """How far above `tell` stands the line that asks, in a page, a notebook, a script: what of the house itself lies
    between is no place to mend a name at."""
    asking: FrameType | None = sys._getframe(1)
    level = 1
    while asking and asking.f_code.co_filename.startswith(HOUSE):
        asking, level = asking.f_back, level + 1
    return level


def telling(ask: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """A question of a reader that tells of its filter every time, also where its answer is kept."""

    @functools.wraps(ask)
    def asked(*arguments: Asked.args, **named: Asked.kwargs) -> Answer:
        reader: Any = arguments[0]
        for where in arguments:
            if isinstance(where, CaseFilter):
                tell(reader, where)
        return ask(*arguments, **named)

    return asked


def _sentence(reader: Reader, field: str, value: str, outcome: str) -> str:
    if not value or value in _listed(reader.profile, field):
        return ""
    known = _in_store(reader, field)
    if value in known:
        return ""
    near = nearest(value, dict.fromkeys([*_listed(reader.profile, field), *known], ""), CLOSE)
    told = f"；最接近的：{'、'.join(near)}" if near else ""
    return f"没有找到名为“{value}”的{DIMENSIONS[field].label}，{outcome}{told}"


@functools.lru_cache(maxsize=64)
def _listed(profile: Profile, field: str) -> frozenset[str]:
    """The values that the profile lists."""
    places: dict[str, Iterable[str]] = {
        "source": SOURCES,
        "unit_type": UNIT_TYPES,
        "dimension": DIMENSIONS_75,
        "district": profile.districts,
        "street": (street.name for street in profile.streets),
        "community": (community.name for community in profile.communities),
        "unit": (unit.name for unit in profile.units),
    }
    if field in places:
        return frozenset(places[field])
    if field in ("category1", "category2", "category3"):
        return frozenset(getattr(category, field) for category in profile.categories)
    return frozenset()


@cached
def _in_store(reader: Reader, field: str) -> tuple[str, ...]:
    """The values that the reader's cases have, the most frequent first."""
    return tuple(filter(None, reader.options(field, limit=MOST)))
