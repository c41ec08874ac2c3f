"""What callbacks answered, as SQL: the parts of the three rates (三率) and of their composite, over `cases`.

A word that is not known counts in no rate, neither above nor below the line; a blank does as the profile's rule says
(怀柔: it stays in the denominator). Rules of the profile hold for the cases that came in from their day on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, literal, or_

from data_access.cases.schema import cases
from data_access.district.models import Scoring
from data_access.district.profile import Profile
from data_access.district.vocabulary import RESOLUTIONS, UNREAD


def count_of(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def by_validity(profile: Profile, value: Callable[[Scoring], ColumnElement[Any]]) -> ColumnElement[Any]:
    """`value` under the scoring rules in force on the day each case came in."""
    scorings = sorted(profile.settings.scoring, key=lambda scoring: scoring.valid_from, reverse=True)
    later = [(cases.c.created_day >= scoring.valid_from, value(scoring)) for scoring in scorings[:-1]]
    return case(*later, else_=value(scorings[-1])) if later else value(scorings[-1])


@dataclass(frozen=True)
class Answer:
    """One of the three answers of a callback. `value`: what it counts for, 0..1. `counts`: whether it counts at all."""

    value: Callable[[Scoring], ColumnElement[Any]]
    counts: Callable[[Scoring], ColumnElement[bool]]


def _says_one_of(column: ColumnElement[str], words: Iterable[str], scoring: Scoring) -> ColumnElement[bool]:
    return column.in_([*words, *([""] if scoring.blanks == "counted" else [])])


RESPONSE = Answer(
    lambda scoring: case((cases.c.is_contacted == 1, 1.0), else_=0.0), lambda scoring: cases.c.is_contacted != UNREAD
)
RESOLUTION = Answer(
    lambda scoring: case({"yes": 1.0, "partly": scoring.partly_resolved}, value=cases.c.resolution, else_=0.0),
    lambda scoring: _says_one_of(cases.c.resolution, RESOLUTIONS, scoring),
)
SATISFACTION = Answer(
    lambda scoring: case(scoring.grades, value=cases.c.satisfaction, else_=0.0),
    lambda scoring: _says_one_of(cases.c.satisfaction, scoring.grades, scoring),
)
ANSWERS = (RESPONSE, RESOLUTION, SATISFACTION)


def called_back(excluded: bool) -> ColumnElement[bool]:
    valid = cases.c.is_valid_callback == 1
    return valid if excluded else and_(valid, cases.c.is_excluded == 0)


def _value(value: ColumnElement[Any], scoring: Scoring) -> ColumnElement[Any]:
    return value


def sum_of(
    answer: Answer,
    excluded: bool,
    profile: Profile,
    share: Callable[[ColumnElement[Any], Scoring], Any] = _value,
) -> ColumnElement[Any]:
    """The sum of the answer's values (or of what `share` makes of them) over the callbacks whose answer counts."""

    def counted(scoring: Scoring) -> ColumnElement[Any]:
        return case((answer.counts(scoring), share(answer.value(scoring), scoring)), else_=literal(0.0))

    shares = case((called_back(excluded), by_validity(profile, counted)), else_=literal(0.0))
    return func.coalesce(func.sum(cast(shares, Float)), 0.0)


def has_answer(answer: Answer, excluded: bool, profile: Profile) -> ColumnElement[bool]:
    """Whether a case is a callback whose answer counts."""

    def counted(scoring: Scoring) -> ColumnElement[Any]:
        return case((answer.counts(scoring), 1), else_=0)

    return and_(called_back(excluded), by_validity(profile, counted) == 1)


def number_of(answer: Answer, excluded: bool, profile: Profile) -> ColumnElement[Any]:
    """How many callbacks have an answer that counts."""
    return count_of(has_answer(answer, excluded, profile))


def _share_of(answer: Answer) -> Callable[[ColumnElement[Any], Scoring], Any]:
    place = ANSWERS.index(answer)
    return lambda value, scoring: scoring.composite(*(value if one == place else 0.0 for one in range(len(ANSWERS))))


def sum_of_shares(excluded: bool, profile: Profile) -> ColumnElement[Any]:
    """The callbacks' shares of the composite: each of the three rates over its own callbacks, under its weight.

    Where every answer is known this is the plain sum; an answer that is not known is taken to be like the group's
    others, so that the composite is what the rates beside it make by the weights.
    """
    called = cast(count_of(called_back(excluded)), Float)
    shares = (
        sum_of(answer, excluded, profile, _share_of(answer))
        * (called / func.nullif(number_of(answer, excluded, profile), 0))
        for answer in ANSWERS
    )
    return func.coalesce(sum(shares, literal(0.0)), 0.0)


def number_of_shares(excluded: bool, profile: Profile) -> ColumnElement[Any]:
    """The callbacks behind `sum_of_shares`; 0 where one of the rates is unknown."""
    known = (number_of(answer, excluded, profile) > 0 for answer in ANSWERS)
    return case((and_(*known), count_of(called_back(excluded))), else_=0)


def unread_answer(profile: Profile) -> ColumnElement[bool]:
    """Whether a callback has an answer in a word that is not known."""

    def unread(scoring: Scoring) -> ColumnElement[Any]:
        strange = or_(
            cases.c.is_contacted == UNREAD,
            cases.c.resolution.not_in(["", *RESOLUTIONS]),
            cases.c.satisfaction.not_in(["", *scoring.grades]),
        )
        return case((strange, 1), else_=0)

    return by_validity(profile, unread) == 1
