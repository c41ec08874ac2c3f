"""CaseFilter: which cases are meant. A page's address holds one, and so do a cached answer's key and a matter."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import BindParameter, ColumnElement, Float, and_, bindparam, false, func, literal, not_, or_, select

from data_access.cases.dimensions import kind_of_day
from data_access.cases.engines import has_word, part, seconds_between
from data_access.cases.schema import cases
from data_access.district.names import Named, UnknownName, nearest
from data_access.district.periods import DAY, Period, day_of
from data_access.district.profile import Profile
from data_access.district.vocabulary import GRID, HOTLINE, UNREAD

IN_COLUMNS = (
    "source", "district", "street", "community", "category1", "category2", "category3", "unit", "unit_type", "channel",
    "request_type", "dimension", "urgency", "crowd", "industry", "h3_cell", "case_id", "kind_of_day",
    "excluded_reason",
)  # fmt: skip
IS = "="  # between the field and the value of what is left out
OF_GRID = f"{GRID}:"  # before a grid case's number where only one word has room for its key
# The words that say so are the profile's: a reader gives them to every statement (of_district).
DISSATISFIED: BindParameter[Any] = bindparam("dissatisfied", expanding=True)
SOON: BindParameter[Any] = bindparam("due_soon_seconds", type_=Float)


def left_out(where: CaseFilter) -> list[CaseFilter]:
    """The filters of what `where` leaves out, one for each value. Raises UnknownName for a field that is none."""
    parts = (item.partition(IS) for item in where.without)
    named: list[dict[str, object]] = [{name: (int(value) if name in ("hour", "weekday") else value,)}
                                      for name, _, value in parts]  # fmt: skip
    return [CaseFilter().replace(**one) for one in named]


def _streets_of(district: str) -> BindParameter[Any]:
    """The streets of a district, which the profile knows; of '' all that it lists. None where it does not know it."""
    return bindparam(f"streets_of_{district.encode().hex()}", (), expanding=True)


def of_district(profile: Profile) -> dict[str, list[str] | float]:
    """What conditions leave open because it is the district's: the parameters of every statement."""
    streets = {**profile.districts, "": [street.name for street in profile.streets]}
    return {
        DISSATISFIED.key: list(profile.dissatisfied),
        SOON.key: profile.soon_hours * 3600,
        **{_streets_of(district).key: list(names) for district, names in streets.items()},
    }


def chosen_streets(where: CaseFilter, profile: Profile) -> set[str] | None:
    """The streets that the filter's own and its districts leave, '' for those that are not listed; None of neither."""
    parts = [set(where.street)] if where.street else []
    if where.district:
        parts.append({name for district in where.district for name in profile.districts.get(district, ("",))})
    return set.intersection(*parts) if parts else None


def _lies_in(district: str) -> ColumnElement[bool]:
    listed = cases.c.street.in_(_streets_of(district))
    return listed if district else not_(listed)


@dataclass(frozen=True)
class CaseFilter:
    """Every part that is set must hold; an empty tuple restricts nothing, '' in a tuple means unknown."""

    period: Period | None = None
    source: tuple[str, ...] = ()
    district: tuple[str, ...] = ()
    street: tuple[str, ...] = ()
    community: tuple[str, ...] = ()
    category1: tuple[str, ...] = ()
    category2: tuple[str, ...] = ()
    category3: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    unit_type: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    request_type: tuple[str, ...] = ()
    dimension: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    crowd: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    h3_cell: tuple[str, ...] = ()
    case_id: tuple[str, ...] = ()  # cases as `references` names them
    kind_of_day: tuple[str, ...] = ()  # 工作日, 周末, 节假日
    excluded_reason: tuple[str, ...] = ()
    hour: tuple[int, ...] = ()
    weekday: tuple[int, ...] = ()  # 1 = Monday
    status: tuple[str, ...] = ()  # any of STATUSES; "open+late": both at once
    text: str = ""  # words; each must occur in title, content, address or case_id
    without: tuple[str, ...] = ()  # "category1=疫情防控": cases that are so are left out, whatever else holds

    def __new__(cls, *parts: object, **named: object) -> CaseFilter:
        for name in named:
            if name not in cls.__dataclass_fields__:
                raise UnknownName("条件", name, nearest(name, dict.fromkeys(cls.__dataclass_fields__, "")))
        return super().__new__(cls)

    def __post_init__(self) -> None:
        # One value counts as a tuple of it: `in` would take a text's letters for values.
        for name in (*IN_COLUMNS, "hour", "weekday", "status", "without"):
            given = getattr(self, name)
            if not isinstance(given, tuple):
                object.__setattr__(self, name, (given,) if isinstance(given, str | int) else tuple(given))

    @property
    def when(self) -> Period:
        """The period, where one is known to be chosen; raises ValueError where none is."""
        if self.period is None:
            raise ValueError("this filter has no period")
        return self.period

    def replace(self, **changes: object) -> CaseFilter:
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


def is_due(as_of: datetime) -> ColumnElement[bool]:
    """应结案: the deadline has passed. What is closed before it would count early, and what is not would not count yet.

    Without a due time only the source's word on a closed case tells; none counts whose word on its end is not known.
    """
    told = and_(cases.c.due_at.is_(None), cases.c.has_deadline == 1, cases.c.is_closed == 1)
    known = or_(cases.c.is_closed == 0, and_(cases.c.is_closed == 1, cases.c.is_late != UNREAD))
    return and_(or_(cases.c.due_at < as_of, told), known)


def is_overdue_open(as_of: datetime) -> ColumnElement[bool]:
    return and_(cases.c.is_closed == 0, cases.c.due_at < as_of)


def is_due_soon(as_of: datetime) -> ColumnElement[bool]:
    left = seconds_between(literal(as_of), cases.c.due_at)
    return and_(cases.c.is_closed == 0, cases.c.due_at >= as_of, left <= SOON)


_STATUSES: dict[str, tuple[str, Callable[[datetime], ColumnElement[bool]]]] = {
    "open": ("未办结", lambda as_of: cases.c.is_closed == 0),
    "closed": ("已办结", lambda as_of: cases.c.is_closed == 1),
    "overdue": ("逾期", lambda as_of: or_(cases.c.is_late == 1, is_overdue_open(as_of))),
    "overdue_open": ("逾期未办结", is_overdue_open),
    "due_later": ("未到期", lambda as_of: and_(cases.c.is_closed == 0, cases.c.due_at >= as_of)),
    "due_today": (
        "今天到期",
        lambda as_of: and_(cases.c.is_closed == 0, cases.c.due_at >= as_of, cases.c.due_at < day_of(as_of) + DAY),
    ),
    "due_soon": ("快到期", is_due_soon),
    "late": ("逾期办结", lambda as_of: cases.c.is_late == 1),
    "unresolved": (
        "未解决",
        lambda as_of: and_(cases.c.is_valid_callback == 1, cases.c.resolution.in_(("no", "partly"))),
    ),
    "unresolved_counted": (
        "未解决（计入考核）",
        lambda as_of: and_(
            cases.c.is_valid_callback == 1, cases.c.is_excluded == 0, cases.c.resolution.in_(("no", "partly"))
        ),
    ),
    "dissatisfied": (
        "不满意",
        lambda as_of: and_(cases.c.is_valid_callback == 1, cases.c.satisfaction.in_(DISSATISFIED)),
    ),
    "repeat": ("重复诉求", lambda as_of: cases.c.is_repeat == 1),
    "reworked": ("返工", lambda as_of: cases.c.rework_count > 0),
    "excluded": ("剔除", lambda as_of: cases.c.is_excluded == 1),
    "whistled": ("已吹哨", lambda as_of: cases.c.is_whistled == 1),
    "group": ("群体诉求", lambda as_of: cases.c.is_group == 1),
}

STATUSES = Named("状态", _STATUSES, lambda status: status[0])


BOTH = "+"


def _has_status(status: str, as_of: datetime) -> ColumnElement[bool]:
    return and_(*(STATUSES[name][1](as_of) for name in status.split(BOTH)))


def status_label(status: str) -> str:
    """A status as people read it: 未办结且不满意."""
    return "且".join(STATUSES[name][0] for name in status.split(BOTH))


def with_statuses(where: CaseFilter, statuses: tuple[str, ...]) -> CaseFilter:
    """The cases of `where` that show any of these statuses as well; none named restricts nothing."""
    if not statuses or not where.status:
        return where.replace(status=where.status or statuses)
    pairs = (dict.fromkeys((*status.split(BOTH), added)) for status in where.status for added in statuses)
    return where.replace(status=tuple(dict.fromkeys(BOTH.join(pair) for pair in pairs)))


def _has_word(word: str) -> ColumnElement[bool]:
    searched = (cases.c.title, cases.c.content, cases.c.address, cases.c.case_id)
    return or_(*(has_word(column, word) for column in searched))


def references(rows: pd.DataFrame) -> pd.Series[str]:
    """Each case as an address or a matter names it: an order by its number, a grid case with its source before it.

    `rows` has source and case_id.
    """
    return rows["case_id"].where(rows["source"] != GRID, OF_GRID + rows["case_id"])


def _is_named(names: tuple[str, ...]) -> ColumnElement[bool]:
    """The cases that `references` names so. A bare number, where no order has it, means the grid case: links and
    matters from before the source belonged to the key name grid cases so."""
    bare = [name for name in names if not name.startswith(OF_GRID)]
    on_grid = cases.c.case_id.in_([name.removeprefix(OF_GRID) for name in names if name.startswith(OF_GRID)])
    order = cases.alias("named_order")
    taken = select(order.c.case_id).where(order.c.source == HOTLINE, order.c.case_id.in_(bare))
    return or_(
        and_(cases.c.source == GRID, on_grid),
        and_(cases.c.case_id.in_(bare), or_(cases.c.source != GRID, cases.c.case_id.not_in(taken))),
    )


def _is_one_of(name: str, values: tuple[str, ...]) -> ColumnElement[bool]:
    if name == "district":
        return or_(*map(_lies_in, values))
    return _is_named(values) if name == "case_id" else _told(name).in_(values)


def conditions(where: CaseFilter, as_of: datetime) -> list[ColumnElement[bool]]:
    """The filter as SQL conditions; void cases (作废) count in no figure and stand in no list."""
    return [cases.c.is_void == 0, *restrictions(where, as_of)]


def restrictions(where: CaseFilter, as_of: datetime) -> list[ColumnElement[bool]]:
    """The filter's own parts as SQL conditions, each of which must hold; none for a filter that restricts nothing."""
    parts: list[ColumnElement[bool]] = []
    if where.period:
        parts += [cases.c.created_at >= where.period.start, cases.c.created_at < where.period.end]
    for name in IN_COLUMNS:
        if values := getattr(where, name):
            parts.append(_is_one_of(name, values))
    if where.hour:
        parts.append(part("hour", cases.c.created_at).in_(where.hour))
    if where.weekday:
        parts.append(part("isodow", cases.c.created_at).in_(where.weekday))
    if where.status:
        parts.append(or_(*(_has_status(status, as_of) for status in where.status)))
    # What is not known of a case leaves it where it is: nothing says that it is so.
    parts += [not_(func.coalesce(and_(*restrictions(one, as_of)), false())) for one in left_out(where)]
    return parts + [_has_word(word) for word in where.text.split()]


def _told(name: str) -> ColumnElement[Any]:
    return kind_of_day() if name == "kind_of_day" else cases.c[name]


def until_now(where: CaseFilter, as_of: datetime) -> CaseFilter:
    """The filter, whose stretch ends with the data: whatever end was said, what is asked is kept as one answer."""
    return where.replace(period=where.period.until(as_of)) if where.period else where


def filter_as_data(where: CaseFilter) -> dict[str, Any]:
    """A filter as JSON can hold it; `filter_from_data` gives it back."""
    held = {name: value for name, value in dataclasses.asdict(where).items() if value}
    if where.period:
        held["period"] = [where.period.start.isoformat(), where.period.end.isoformat()]
    return held


def filter_from_data(held: Mapping[str, Any]) -> CaseFilter:
    parts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in held.items()}
    if period := parts.pop("period", None):
        parts["period"] = Period(*map(datetime.fromisoformat, period))
    return CaseFilter(**parts)
