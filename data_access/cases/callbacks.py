"""What callbacks answered, as SQL: the parts of the three rates (三率) and of their composite, over `cases`.

A word that is not known counts in no rate, neither above nor below the line; a blank does as the profile's rule says
(怀柔: it stays in the denominator). Rules of the profile hold for the cases that came in from their day on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, literal, null, or_

from data_access.cases.schema import cases
from data_access.district.models import Scoring
from data_access.district.profile import Profile
from data_access.district.vocabulary import NO, RESOLUTIONS, UNREAD, YES


def count_of(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def by_validity(profile: Profile, value: Callable[[Scoring], ColumnElement[Any]]) -> ColumnElement[Any]:
    """`value` under the scoring rules in force on the day each case came in."""
    scorings = sorted(profile.settings.scoring, key=lambda scoring: scoring.valid_from, reverse=True)
    later = [(cases.c.created_day >= scoring.valid_from, value(scoring)) for scoring in scorings[:-1]]
    return case(*later, else_=value(scorings[-1])) if later else value(scorings[-1])


# One of the three answers of a callback under the rules: what it counts for, 0..1; NULL where it does not count.
Answer = Callable[[Scoring], ColumnElement[Any]]


def _worth(column: ColumnElement[str], words: Mapping[str, float], scoring: Scoring) -> ColumnElement[Any]:
    """What the words are worth; a blank is worth nothing, or is left out, and every other word is left out."""
    blank = {"": 0.0} if scoring.blanks == "counted" else {}
    return case({**words, **blank}, value=column, else_=null())


def response(scoring: Scoring) -> ColumnElement[Any]:
    return case({YES: 1.0, NO: 0.0}, value=cases.c.is_contacted, else_=null())


def resolution(scoring: Scoring) -> ColumnElement[Any]:
    return _worth(cases.c.resolution, {"yes": 1.0, "partly": scoring.partly_resolved, "no": 0.0}, scoring)


def satisfaction(scoring: Scoring) -> ColumnElement[Any]:
    return _worth(cases.c.satisfaction, scoring.grades, scoring)


ANSWERS: tuple[Answer, ...] = (response, resolution, satisfaction)


def called_back(excluded: bool) -> ColumnElement[bool]:
    valid = cases.c.is_valid_callback == 1
    return valid if excluded else and_(valid, cases.c.is_excluded == 0)


def answer_of(answer: Answer, excluded: bool, profile: Profile) -> ColumnElement[Any]:
    """What a case's answer counts for; NULL where the case is no callback, or its answer does not count."""
    return cast(case((called_back(excluded), by_validity(profile, answer)), else_=null()), Float)


def graded(profile: Profile, is_one: Callable[[float], bool]) -> ColumnElement[bool]:
    """Whether a callback's satisfaction is a grade of such a worth (0..1) under the rules of its day."""

    def in_force(scoring: Scoring) -> ColumnElement[Any]:
        words = [grade for grade, worth in scoring.grades.items() if is_one(worth)]
        return case((cases.c.satisfaction.in_(words), 1), else_=0)

    return by_validity(profile, in_force) == 1


def sum_of(answer: Answer, excluded: bool, profile: Profile) -> ColumnElement[Any]:
    """The sum of the answer's values over the callbacks whose answer counts."""
    return func.coalesce(func.sum(answer_of(answer, excluded, profile)), 0.0)


def number_of(answer: Answer, excluded: bool, profile: Profile) -> ColumnElement[Any]:
    """How many callbacks have an answer that counts."""
    return func.count(answer_of(answer, excluded, profile))


def _in_its_place(answer: Answer, value: Any, scoring: Scoring) -> Any:
    """The composite of an answer's value and no other: what it adds under its weight."""
    return scoring.composite(*(value if one is answer else 0.0 for one in ANSWERS))


def _sum_of_share(answer: Answer, excluded: bool, profile: Profile) -> ColumnElement[Any]:
    """What an answer adds to the composite's sum. Where its weight is always the same it weighs the sum, which the
    rate beside it asks for too; else each callback's answer."""
    first, *later = profile.settings.scoring
    if all(_in_its_place(answer, 1.0, one) == _in_its_place(answer, 1.0, first) for one in later):
        return _in_its_place(answer, sum_of(answer, excluded, profile), first)
    return sum_of(lambda scoring: _in_its_place(answer, answer(scoring), scoring), excluded, profile)


def sum_of_shares(excluded: bool, profile: Profile) -> ColumnElement[Any]:
    """The callbacks' shares of the composite: each of the three rates over its own callbacks, under its weight.

    Where every answer is known this is the plain sum; an answer that is not known is taken to be like the group's
    others, so that the composite is what the rates beside it make by the weights.
    """
    called = cast(count_of(called_back(excluded)), Float)
    shares = (
        _sum_of_share(answer, excluded, profile) * (called / func.nullif(number_of(answer, excluded, profile), 0))
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
