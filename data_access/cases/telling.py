"""What is told of each case, named once, then summed: how measures are asked for in one statement.

The engine takes longer to plan such a statement than to run it, and the more so the longer it is: the same condition
stands in ten sums. So a statement first tells of each case what the sums are of, each expression once and under a name
of its own, and then sums the names, for several groupings of the same cases at once. What a measure makes of its sums
is worked out from them afterwards, on every engine alike.
"""

from __future__ import annotations

import functools
import hashlib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BindParameter,
    BooleanClauseList,
    Case,
    Cast,
    ColumnClause,
    ColumnElement,
    Float,
    Null,
    Select,
    column,
    func,
    select,
    tuple_,
)
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression, ExpressionClauseList, Grouping, UnaryExpression
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import and_, or_

from data_access.cases.schema import cases

Told = dict[str, ColumnElement[Any]]  # name -> what is told of a case under it
Numbers = NDArray[np.float64]
Found = Mapping[str, Numbers]  # what a statement gave: a sum's name -> its values, one per group, NaN for NULL
SUMS = ("sum", "count", "max")
ADD_UP = ("sum", "count")
GROUPING = "grouping_of_row"


@dataclass(frozen=True)
class Part:
    """Half a measure, as sums and what is made of them: `of` gives the value of each group.

    `sums`: name -> an aggregate over names that `told` explains. `adds_up`: whether the sums of several groups, added
    up, are those of all their cases.
    """

    sums: dict[str, ColumnElement[Any]]
    told: Told
    of: Callable[[Found], Any]
    adds_up: bool


def split(part: ColumnElement[Any]) -> Part:
    """An aggregate expression over `cases`."""
    sums: dict[str, ColumnElement[Any]] = {}
    told: Told = {}
    plain = True

    def named(element: Any, **_: Any) -> Any:
        nonlocal plain
        if not isinstance(element, FunctionElement) or element.name not in SUMS:
            return None
        (of,) = element.clauses
        is_distinct = isinstance(of, UnaryExpression)
        plain = plain and not is_distinct and element.name in ADD_UP
        inner = of.element if is_distinct else of
        if _is_of_cases(inner):
            known = _name(inner, told)
            known = UnaryExpression(known, operator=of.operator, type_=of.type) if is_distinct else known
            element = type(element)(known)
        name = f"{element.name}_{_digest(element)}"
        sums[name] = element
        return column(name, element.type)

    outer = visitors.replacement_traverse(part, {}, named)
    try:
        return Part(sums, told, _worked_out(outer), plain)
    except NotImplementedError:  # the engine works it out
        name = f"part_{_digest(part)}"
        return Part({name: _put_back(outer, sums)}, told, lambda found: found[name], False)


def _put_back(outer: ColumnElement[Any], sums: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    def named(element: Any, **_: Any) -> Any:
        return sums.get(element.name) if isinstance(element, ColumnClause) else None

    return visitors.replacement_traverse(outer, {}, named)


def _is_of_cases(element: ColumnElement[Any]) -> bool:
    return any(getattr(one, "table", None) is cases for one in visitors.iterate(element))


def _name(of: ColumnElement[Any], told: Told) -> ColumnElement[Any]:
    name = f"told_{_digest(of)}"
    told[name] = of
    return column(name, of.type)


def _digest(of: ColumnElement[Any]) -> str:
    said = str(of.compile(compile_kwargs={"literal_binds": True}))
    return hashlib.blake2b(said.encode(), digest_size=6).hexdigest()


def _worked_out(element: Any) -> Callable[[Found], Any]:
    """What SQL makes of sums, as a function of them: NULL is NaN, which no comparison is true of. Raises
    NotImplementedError for what it does not know."""
    match element:
        case Null():
            return lambda found: np.nan
        case BindParameter():
            value = np.nan if element.value is None else element.value
            return lambda found: value
        case ColumnClause(table=None):
            name = element.name
            return lambda found: found[name]
        case Grouping():
            return _worked_out(element.element)
        case Cast(type=Float()):
            return _worked_out(element.clause)
        case BinaryExpression() if element.operator in _OPERATORS:
            return _applied(element.operator, (element.left, element.right))
        case ExpressionClauseList() if element.operator in _OPERATORS:
            return _applied(element.operator, element.clauses)
        case BooleanClauseList() if element.operator in _LOGIC:
            return _applied(_LOGIC[element.operator], element.clauses)
        case FunctionElement() if element.name in _FUNCTIONS:
            return _applied(_FUNCTIONS[element.name], element.clauses)
        case Case(value=None):
            return _chosen([*element.whens], Null() if element.else_ is None else element.else_)
    raise NotImplementedError(type(element).__name__)


def _applied(do: Callable[[Any, Any], Any], parts: Any) -> Callable[[Found], Any]:
    made = [_worked_out(part) for part in parts]
    return lambda found: functools.reduce(do, [make(found) for make in made])


def _chosen(whens: Sequence[tuple[Any, Any]], otherwise: Any) -> Callable[[Found], Any]:
    """CASE: what the first condition that holds says."""
    made, rest = [(_worked_out(when), _worked_out(then)) for when, then in whens], _worked_out(otherwise)

    def choose(found: Found) -> Any:
        value = rest(found)
        for when, then in reversed(made):
            value = np.where(when(found), then(found), value)
        return value

    return choose


def _divided(above: Any, below: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.true_divide(above, below)


# By name where a function is meant: what SQL calls them.
_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "coalesce": lambda value, other: np.where(np.isnan(value), other, value),
    "nullif": lambda value, other: np.where(np.equal(value, other), np.nan, value),
}
_LOGIC: dict[Any, Callable[[Any, Any], Any]] = {and_: np.logical_and, or_: np.logical_or}
_OPERATORS: dict[Any, Callable[[Any, Any], Any]] = {
    one: one for one in (operator.add, operator.sub, operator.mul, operator.gt, operator.ge, operator.lt, operator.le)
} | {operator.truediv: _divided}


def summed(
    dimensions: Mapping[str, ColumnElement[Any]],
    groupings: Sequence[Sequence[str]],
    parts: Mapping[str, ColumnElement[Any]],
    told: Told,
    conditions: Sequence[ColumnElement[bool]],
) -> Select[Any]:
    """The statement that sums `parts` for each of the groupings, which name their `dimensions` (expressions over
    `cases`). `parts` come as `split` gives them, and `told` is all that they name.

    Of several groupings, the column GROUPING says which one a row is of, as `mark` gives it.
    """
    void = {} if dimensions or told else {"is_void": cases.c.is_void}  # a column at least
    columns = [expression.label(name) for name, expression in {**dimensions, **told, **void}.items()]
    each = select(*columns).where(*conditions).subquery("each_case")
    keys = [each.c[name] for name in dimensions]
    summing = select(*keys, *(part.label(name) for name, part in parts.items())).select_from(each)
    if len(groupings) == 1:
        return summing.group_by(*keys)
    sets = (tuple_(*(each.c[name] for name in names)) for names in groupings)
    marked = summing.add_columns(func.grouping(*keys).label(GROUPING))
    return marked.group_by(func.grouping_sets(*sets))


def mark(dimensions: Sequence[str], grouping: Sequence[str]) -> int:
    """What GROUPING says of the rows of a grouping: a bit for every dimension that they are not grouped by."""
    return sum(1 << place for place, name in enumerate(reversed(dimensions)) if name not in grouping)
