"""What is told of each case, named once, then summed: how measures are asked for in one statement.

The engine takes longer to plan such a statement than to run it, and the more so the longer it is: the same condition
stands in ten sums. So a statement first tells of each case what the sums are of, each expression once and under a name
of its own, and then sums the names, for several groupings of the same cases at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, column, func, select, tuple_
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.functions import FunctionElement

from data_access.cases.schema import cases

Told = dict[str, ColumnElement[Any]]  # name -> what is told of a case under it
SUMS = ("sum", "count", "max")
GROUPING = "grouping_of_row"


def split(part: ColumnElement[Any]) -> tuple[ColumnElement[Any], Told]:
    """An aggregate expression over `cases` as one over names, and what is told of a case under each of them."""
    told: Told = {}

    def named(element: Any, **_: Any) -> Any:
        if not isinstance(element, FunctionElement) or element.name not in SUMS:
            return None
        (of,) = element.clauses
        if isinstance(of, UnaryExpression):  # of what is distinct
            return type(element)(UnaryExpression(_name(of.element, told), operator=of.operator, type_=of.type))
        return type(element)(_name(of, told)) if _is_of_cases(of) else None

    return visitors.replacement_traverse(part, {}, named), told


def _is_of_cases(element: ColumnElement[Any]) -> bool:
    return any(getattr(one, "table", None) is cases for one in visitors.iterate(element))


def _name(of: ColumnElement[Any], told: Told) -> ColumnElement[Any]:
    said = str(of.compile(compile_kwargs={"literal_binds": True}))
    name = f"told_{hashlib.blake2b(said.encode(), digest_size=6).hexdigest()}"
    told[name] = of
    return column(name, of.type)


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
