"""Two sides of one question: 上午比下午多多少, 一街道的供暖比另一街道多吗, 上午和下午各多少."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data_access.cases import chance
from data_access.cases.comparison import REFERENCE
from data_access.cases.filters import IS, CaseFilter
from data_access.cases.measures import Measure
from data_access.cases.own import measures_of
from data_access.cases.reader import Reader
from data_access.cases.units import POINTS
from data_access.district.periods import DAY, Period, day_of
from questions.asking.averages import per_of
from questions.asking.comparing import SET_AGAINST
from questions.asking.cutting import Found
from questions.asking.holding import FAMILIES, OF_CLOCK, Held, meant
from questions.asking.hours import of_that_night
from questions.asking.words import JOINERS, Meaning

ELSE = {"by", "compare", "base", "per", "place", "until", "page"}  # what makes it another question
TOGETHER = (*FAMILIES, OF_CLOCK)  # fields of which a word may mean one or the other
NEVER = {"period", "status", "without", "text"}  # a state is of a moment, and what is left out of both
STOPS = ("，", ",", "。")


@dataclass(frozen=True)
class Side:
    """One side: how it was said, and its cases."""

    label: str
    where: CaseFilter

    def within(self, where: CaseFilter) -> Side:
        """The side of a question's stretch of time and states."""
        return Side(self.label, of_that_night(self.where.replace(period=where.period, status=where.status)))


@dataclass(frozen=True)
class Sides:
    """`each`: the sides; `whole`: the cases of all; `is_whole`: whether that filter says just them."""

    each: tuple[Side, ...]
    whole: CaseFilter
    is_whole: bool
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def are_days(self) -> bool:
        """Whether they are kinds of days, of which there are not equally many."""
        return len({side.where.kind_of_day for side in self.each}) > 1


@dataclass(frozen=True)
class Apart:
    """How far the first side is from the second. `is_sure`: beyond chance; None where that cannot be told."""

    difference: float
    is_sure: bool | None


def sides_of(reader: Reader, found: Found, values: list[tuple[str, Meaning]], held: Held) -> Sides | None:
    """The sides that are set against each other, or that joined hours are; None where there are none."""
    kinds = {meaning.kind for _, meaning in values}
    if kinds & ELSE or any((meaning.kind, meaning.value) == ("measure", "share") for _, meaning in values):
        return None
    if len(found.periods) > 1 or found.bounds or found.rows or found.limits:
        return None
    thans = [place for place, (word, meaning) in enumerate(values) if meaning.kind == "than"]
    if len(thans) == 1 and values[thans[0]][0] in SET_AGAINST:
        return _against(reader, found, thans[0])
    return _of_hours(found, held) if not thans else None


def _against(reader: Reader, found: Found, at: int) -> Sides | None:
    parts = [found.meanings[:at], found.meanings[at + 1 :]]
    stop = next((place for place, (word, _) in enumerate(parts[1]) if word in STOPS), len(parts[1]))
    parts[1], beyond = parts[1][:stop], parts[1][stop:]  # …多多少，另一街道呢
    first, second = (meant(reader, dataclasses.replace(found, meanings=part)) for part in parts)
    groups = {group for group in map(_group, CaseFilter.__dataclass_fields__) if not NEVER & set(group)}
    told = [group for group in groups if _values(first, group) and _values(second, group)]
    apart = [group for group in told if _values(first, group) != _values(second, group)]
    if not apart or (first.where.status and second.where.status):
        return None
    fields = {name for group in apart for name in group}
    shared = {name: getattr(one.where, name) for one in (first, second) for name in CaseFilter.__dataclass_fields__
              if name not in fields and getattr(one.where, name)}  # fmt: skip
    both = CaseFilter().replace(**shared)
    sides = [Side(_label(one, fields), both.replace(**{name: getattr(one.where, name) for name in fields}))
             for one in (first, second)]  # fmt: skip
    more = [word for word, meanings in beyond if meanings[0].kind == "value"]
    return _made(sides, both, fields, [*first.lost, *second.lost, *more])


def _of_hours(found: Found, held: Held) -> Sides | None:
    """Hours that were joined: each is told, and not their sum."""
    named = [(place, word, tuple(int(one.value) for one in meanings if one.field == "hour"))
             for place, (word, meanings) in enumerate(found.meanings)
             if place not in held.turned and all(one.field == "hour" for one in meanings)]  # fmt: skip
    joined = all(found.meanings[place - 1][0] in JOINERS for place, _, _ in named[1:])
    if len(named) < 2 or not joined:
        return None
    both = held.where.replace(hour=())
    sides = [Side(word, both.replace(hour=hours)) for _, word, hours in named]
    return _made(sides, both, {"hour"}, held.lost)


def _made(sides: Sequence[Side], both: CaseFilter, fields: set[str], lost: list[str]) -> Sides:
    used = {name for name in fields for side in sides if getattr(side.where, name)}
    union = {name: tuple(dict.fromkeys(value for side in sides for value in getattr(side.where, name)))
             for name in used}  # fmt: skip
    is_whole = len(used) == 1
    notes = list[str]()
    if used == {"hour"}:
        told = "、".join(f"{side.label} {len(set(side.where.hour))} 小时" for side in sides)
        notes.append(f"{told}，每天合起来算")
        every = [hour for side in sides for hour in set(side.where.hour)]
        notes += ["各边有重叠的钟点"] if len(every) > len(set(every)) else []
    return Sides(tuple(sides), both.replace(**union) if is_whole else both, is_whole, lost, notes)


def _group(name: str) -> tuple[str, ...]:
    return next((group for group in TOGETHER if name in group), (name,))


def _values(held: Held, group: Sequence[str]) -> tuple[object, ...]:
    return tuple((name, value) for name in group for value in getattr(held.where, name))


def _label(held: Held, fields: set[str]) -> str:
    return "".join(word for word, condition in held.said if condition.partition(IS)[0] in fields)


def told_apart(reader: Reader, measures: Sequence[str], sides: Sequence[Side]) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """A row for each side (side, the measures, volume); and of kinds of days, of which there are not equally many, the
    whole days by which their counts are divided."""
    known, span = measures_of(reader.profile), (reader.span[0], reader.as_of)
    days = len({side.where.kind_of_day for side in sides}) > 1 and known[measures[0]].is_count
    pers = [per_of("day", side.where, span) for side in sides] if days else []
    if not all(pers):
        pers = []
    parts = []
    for place, side in enumerate(sides):
        per = pers[place] if pers else None
        where = side.where.replace(period=per.period) if per else side.where
        part = reader.aggregate([*dict.fromkeys((*measures, "volume"))], (), where).assign(side=side.label)
        parts.append(part.assign(**{name: part[name] / per.many for name in measures if known[name].is_count})
                     if per else part)  # fmt: skip
    return pd.concat(parts, ignore_index=True), tuple(per.many for per in pers if per)


def apart(
    reader: Reader, measure: Measure, sides: Sequence[Side], rows: pd.DataFrame, days: Sequence[int]
) -> Apart | None:
    """How far two sides are apart, judged by how much each varies from day to day. None where one is not known.
    `days`: as told_apart gives them."""
    if len(sides) != 2 or rows[measure.name].isna().any():
        return None
    difference = float(rows[measure.name].iloc[0] - rows[measure.name].iloc[1])
    overlap = set(sides[0].where.hour) & set(sides[1].where.hour)
    if (
        days
        or overlap
        or reader.least
        or measure.quantile
        or measure.of_total
        or measure.population
        or measure.is_snapshot
    ):
        return Apart(difference, None)
    period = sides[0].where.when
    last = min(day_of(reader.as_of), day_of(period.end))
    stretch = Period(max(last - REFERENCE, day_of(reader.span[0]) + DAY), last)
    every = pd.date_range(stretch.start, stretch.end - DAY, freq="D")
    parts = ("__num", "__den") if measure.denominator else ("",)
    told = [reader.aggregate([measure.name], ["day"], side.where.replace(period=stretch)) for side in sides]
    daily = [np.column_stack([frame.set_index("day")[measure.name + part].reindex(every).fillna(0.0) for frame in told])
             for part in parts]  # fmt: skip
    of = [rows[measure.name + part].to_numpy(float) for part in parts]
    scale = 100.0 if measure.denominator and measure.unit == POINTS else 1.0
    of[0], daily[0] = of[0] / scale, daily[0] / scale
    error = scale * chance.error_between(of, daily)
    return Apart(difference, None if np.isnan(error) else abs(difference) > chance.limit(len(every)) * error)
