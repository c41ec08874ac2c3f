"""Measures of a district: those that every district has, and its own from measures.toml."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, literal, null

from data_access.cases.callbacks import count_of
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.errors import DatabaseError
from data_access.cases.expressions import CLOSING, Expression, ExpressionError, read
from data_access.cases.measures import BUILT_IN, MEASURES, Basis, Measure, Part
from data_access.cases.schema import cases
from data_access.cases.telling import split
from data_access.cases.units import PER_10K, SHARE, UNITS
from data_access.district.names import Named
from data_access.district.own_measures import Problem, Written
from data_access.district.profile import Profile

# Names that columns of frames beside the measure have.
TAKEN = {"label", "text", "leads", "change", "base", "current", "low", "high", "year", "partial", "position", "place"}


@dataclass(frozen=True)
class Own:
    """The measures that could be made, and what is wrong with the others, in the file's order."""

    measures: dict[str, Measure]
    problems: tuple[Problem, ...]


@functools.lru_cache(maxsize=16)
def own_of(profile: Profile) -> Own:
    """The district's own measures, and what is wrong with those that are none."""
    made: dict[str, Measure] = {}
    problems = list(profile.own.problems)
    for written in profile.own.written:
        try:
            _refuse_doubles(written, made)
            made[written.measure.name] = _tried(_measure(written), profile)
        except _Wrong as wrong:
            problems.append(written.problem(wrong.field, wrong.reason))
    return Own(made, tuple(sorted(problems, key=lambda problem: problem.line)))


@functools.lru_cache(maxsize=16)
def measures_of(profile: Profile) -> Named[Measure]:
    """Every measure that may be asked of this district's cases, the built-in ones first."""
    return Named("指标", {**BUILT_IN, **own_of(profile).measures}, lambda measure: measure.label)


def in_use(profile: Profile) -> None:
    """MEASURES has this district's own from now on: what draws has no reader, and knows a measure by its name."""
    MEASURES.told(measures_of(profile))


class _Wrong(ValueError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def _refuse_doubles(written: Written, made: dict[str, Measure]) -> None:
    """A name, and a label with its calibre, stand for one figure only."""
    measure = written.measure
    others = {**BUILT_IN, **made}
    if measure.name in others:
        raise _Wrong("name", f"已有名为“{measure.name}”的指标（{others[measure.name].label}），请换一个名称")
    if measure.name in {*DIMENSIONS, *cases.c.keys(), *TAKEN} or measure.name.endswith("_base"):
        raise _Wrong("name", f"“{measure.name}”是字段或表格里已用的名称，请换一个")
    same = [one.name for one in others.values() if (one.label, one.calibre) == (measure.label, measure.calibre)]
    if same:
        raise _Wrong("label", f"“{measure.label}”已是 {same[0]} 的名称；同名的两个数会被看成一个")


def _read(field: str, text: str) -> Expression:
    try:
        return read(text)
    except ExpressionError as error:
        raise _Wrong(field, str(error)) from error


def _measure(written: Written) -> Measure:
    said, unit = written.measure, UNITS[written.measure.unit]
    counted = _read("numerator", said.numerator)
    among = _read("denominator", said.denominator) if said.denominator else None
    if (unit == SHARE) != (among is not None):
        raise _Wrong("unit", "有 denominator 的写 %；没有的写 件 或 件/万人")
    parts = [counted, *([among] if among else [])]
    dates = [part.dated_by for part in parts]
    dated = None if None in dates else tuple(dict.fromkeys(column for one in dates for column in one or ()))
    needs_ends = CLOSING in (dated or ())
    return Measure(
        said.name,
        said.label,
        unit,
        said.better,
        said.definition,
        # What is counted is always of what it is set against: a rate never passes 100 %.
        _count(parts, needs_ends and among is None),
        _count([among], needs_ends) if among else None,
        said.calibre,
        said.unknown,
        is_snapshot=any(part.is_of_now for part in parts),
        population=unit == PER_10K,
        dated_by=dated,
    )


def _tried(measure: Measure, profile: Profile) -> Measure:
    """The measure, if its parts can be put into a statement: what cannot is found here, and on no page."""
    for field in ("numerator", "denominator"):
        part = getattr(measure, field)
        try:
            split(part(Basis(datetime(2000, 1, 1), profile)) if part else literal(0))
        except (DatabaseError, TypeError) as error:
            raise _Wrong(field, "数据库不认识这样的写法") from error
    return measure


def _count(parts: list[Expression], needs_ends: bool) -> Part:
    """How many cases meet all the conditions; unknown where they ask for ends and the store tells of none."""

    def count(basis: Basis) -> ColumnElement[Any]:
        if needs_ends and not basis.tells_ends:
            return func.max(cast(null(), Integer)) if len(parts) == 1 else literal(0)
        return count_of(and_(*(part.sql(basis) for part in parts)))

    return count
