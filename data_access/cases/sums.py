"""The sums that measures are made of, by some dimensions, in one statement: those of chosen streets are added up.

Which streets are chosen changes with every click, while what each street adds stays the same. So when a second choice
of streets comes under the same other conditions, the sums are asked for street by street, and that choice and every
later one is answered from them without the engine. The first is asked for itself: it may stay the only one, and all
streets cost up to three times as much as one. What does not add up (different people, quantiles) is always asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray
from sqlalchemy import func

from data_access.cases.cache import ANSWERS, Key, cached_each
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.measures import Basis, Measure
from data_access.cases.own import measures_of
from data_access.cases.telling import GROUPING, Numbers, Part, Told, mark, split, summed

if TYPE_CHECKING:
    from data_access.cases.reader import Reader
    from data_access.district.clock import Clock

By = tuple[str, ...]
Values = ExtensionArray | np.ndarray
Places = NDArray[np.intp]
GROUPS = ""  # among the measures' names: the rows themselves
STREET = "street"
FIRST = "the streets that were chosen first"
NUMBER = "_cases"  # where nothing is asked of the groups but which there are
TEXT = pd.StringDtype(na_value=np.nan)  # "str", as frames have it
DIGITS = 9  # of sums, behind the point
# More streets than a district has, or more groups than an answer may keep: each choice is asked for itself.
MOST_STREETS, MOST_GROUPS = 60, 200_000
# Filters that leave so few cases that asking for every street would read more than asking for the chosen ones.
NARROW = ("text", "case_id", "community", "h3_cell")


@dataclass(frozen=True)
class Sums:
    """By some dimensions: `rows` has the groups' values of each, in order, `of` the measures' parts beside them
    (`name`, or `name__num` and `name__den`)."""

    rows: dict[str, Values]
    of: dict[str, Numbers]
    size: int

    def beside(self, other: Sums) -> Sums:
        """The same groups, with what both know of them."""
        return Sums(self.rows, self.of | other.of, self.size)


def sums_of(reader: Reader, measures: Sequence[str], groupings: Sequence[By], where: CaseFilter) -> dict[By, Sums]:
    """The measures' parts by each of the groupings, ordered by its dimensions; of measures that are sums."""
    names = tuple(measures)
    if not _goes_by_street(reader, where):
        return _asked_for(reader, names, groupings, where)
    adding = tuple(name for name in names if _adds_up(name, _basis(reader)))
    found = _added_up(reader, adding, groupings, where)
    rest = tuple(name for name in names if name not in adding)
    if missing := [by for by in groupings if by not in found]:
        found |= _asked_for(reader, adding, missing, where)
    if rest:
        others = _asked_for(reader, rest, groupings, where)
        found = {by: found[by].beside(others[by]) for by in groupings}
    return found


def _basis(reader: Reader) -> Basis:
    return Basis(reader.as_of, reader.profile, reader.tells_ends)


def _goes_by_street(reader: Reader, where: CaseFilter) -> bool:
    """Whether the sums of every street are worth asking for: other streets were chosen before, all else alike."""
    if not where.street or len(reader.profile.streets) > MOST_STREETS or any(getattr(where, one) for one in NARROW):
        return False
    return where.street != _chosen_first(reader, where)


def _chosen_first(reader: Reader, where: CaseFilter) -> tuple[str, ...]:
    """The streets that were chosen before any others, all else alike."""
    return ANSWERS.get(Key((FIRST, reader, where.replace(street=()))), lambda: where.street)


@functools.lru_cache(maxsize=1024)
def _parts_of(measures: tuple[str, ...], basis: Basis) -> dict[str, Part]:
    """The measures' parts by their labels; building them takes longer than asking for them."""
    known = measures_of(basis.profile)
    return {label: split(part) for name in measures for label, part in _halves(known[name], basis).items()}


def _halves(measure: Measure, basis: Basis) -> dict[str, Any]:
    if not measure.is_ratio:
        return {measure.name: measure.numerator(basis)}
    halves = {f"{measure.name}__num": measure.numerator(basis)}
    if measure.denominator:
        halves[f"{measure.name}__den"] = measure.denominator(basis)
    return halves


def _adds_up(measure: str, basis: Basis) -> bool:
    return all(part.adds_up for part in _parts_of((measure,), basis).values())


@dataclass(frozen=True)
class _Table:
    """What a statement gave by some dimensions, sorted: each dimension's values with their ranks, each sum's values."""

    values: dict[str, np.ndarray]
    ranks: dict[str, Places]
    of: dict[str, Numbers]
    size: int


def _asked_for(reader: Reader, measures: tuple[str, ...], groupings: Sequence[By], where: CaseFilter) -> dict[By, Sums]:
    parts = _parts_of(measures, _basis(reader))
    tables = _tables(reader, parts, groupings, where)
    return {
        by: Sums(
            {name: typed(table.values[name], name) for name in by}, _worked_out(parts, table.of, table.size), table.size
        )
        for by, table in tables.items()
    }


def _worked_out(parts: Mapping[str, Part], found: Mapping[str, Numbers], size: int) -> dict[str, Numbers]:
    """The parts, from their sums. The order in which cases were added shows in a sum's last digits: equal groups would
    not be level, nor the same figure the same by whichever way it was asked for."""
    sums = {name: np.round(values, DIGITS) for name, values in found.items()}
    return {label: np.broadcast_to(np.asarray(part.of(sums), "float64"), size) for label, part in parts.items()}


def _tables(reader: Reader, parts: Mapping[str, Part], groupings: Sequence[By], where: CaseFilter) -> dict[By, _Table]:
    """By dimensions: the sums that the parts are made of, in one statement. A sum at least, or there would be no
    rows. What adds up is asked for by the finest groupings alone: the engine sums every case for each of them."""
    sums: dict[str, Any] = {name: one for part in parts.values() for name, one in part.sums.items()}
    sums = sums or {NUMBER: func.count()}
    told: Told = {name: one for part in parts.values() for name, one in part.told.items()}
    dimensions = list(dict.fromkeys(name for by in groupings for name in by))
    expressions = {name: DIMENSIONS[name].expression(reader.profile) for name in dimensions}
    adds_up, alike = all(part.adds_up for part in parts.values()), {frozenset(by): by for by in groupings}
    finest = [by for of, by in alike.items() if not (adds_up and any(of < other for other in alike))]
    statement = summed(expressions, finest, sums, told, conditions(where, reader.as_of))
    columns = reader.columns(statement, slow=bool(where.text))
    size, clock = len(next(iter(columns.values()))), reader.profile.settings.clock
    marks = columns[GROUPING] if len(finest) > 1 else np.zeros(size)  # `mark` of a single one is 0, too
    found = {}
    for by in finest:
        (mine,) = np.nonzero(marks == mark(dimensions, by))
        ranks = {name: _ranks(columns[name][mine], name, clock) for name in by}
        values = {name: columns[name][mine] for name in by}
        found[frozenset(by)] = _Table(values, ranks, {name: columns[name][mine] for name in sums}, len(mine))
    among = sorted(found, key=len)
    return {by: _by(found[next(of for of in among if of >= {*by})], by) for by in groupings}


def _by(table: _Table, by: By) -> _Table:
    """The table by some of its dimensions, or all of them, in their order."""
    order = np.lexsort([table.ranks[name] for name in reversed(by)]) if by else np.arange(table.size)
    firsts = _firsts([table.ranks[name][order] for name in by], table.size)
    size = len(firsts) if by else 1  # all cases together are one group, even if there is none
    return _Table(
        {name: table.values[name][order[firsts]] for name in by},
        {name: table.ranks[name][order[firsts]] for name in by},
        {name: _added(name, values[order], firsts, size) for name, values in table.of.items()},
        size,
    )


def _firsts(ranks: Sequence[Places], size: int) -> Places:
    """The rows at which a group begins."""
    starts = np.zeros(size, bool)
    starts[:1] = True
    for rank in ranks:
        starts[1:] |= np.diff(rank) != 0
    return np.nonzero(starts)[0]


def _added(name: str, values: Numbers, firsts: Places, size: int) -> Numbers:
    """The sum of each group of rows; unknown where that of none of its rows is known."""
    if not len(values):
        return np.full(size, 0.0 if name.startswith("count") else np.nan)
    known = ~np.isnan(values)
    total = np.add.reduceat(np.where(known, values, 0.0), firsts)
    return total if known.all() else np.where(np.add.reduceat(known, firsts), total, np.nan)


def _ranks(values: np.ndarray, dimension: str, clock: Clock) -> Places:
    """What groups are sorted by: their names, the stretches of a day by the hour that they begin at; unknown last."""
    if dimension == "hour_band":
        starts = {band.name: band.start for band in clock.hour_bands}
        values = np.array([starts.get(value, np.nan) for value in values])
    ranks, names = pd.factorize(values, sort=True)
    return np.where(ranks < 0, len(names), ranks)


def typed(values: np.ndarray, dimension: str) -> Values:
    """A dimension's values as frames have them."""
    kind = DIMENSIONS[dimension].kind
    if kind == "period":
        return pd.DatetimeIndex(values).strftime("%Y-%m").astype(TEXT).array
    if kind == "day":
        return pd.DatetimeIndex(values).as_unit("us").array
    return values.astype("int64") if kind == "number" else pd.array(values, dtype=TEXT)


# Street by street.


@dataclass(frozen=True)
class _Streets:
    """Which street each row is of, by its place among `names`, and of which group; the groups' values, in order."""

    names: tuple[str, ...]
    street: Places
    group: Places
    rows: dict[str, Values]

    def chosen(self, streets: Collection[str]) -> _Chosen:
        wanted = np.array([name in streets for name in self.names], bool)
        (places,) = np.nonzero(wanted[self.street])
        group = self.group[places]
        (firsts,) = np.nonzero(np.diff(group, prepend=-1))
        return _Chosen(places, firsts, {name: values.take(group[firsts]) for name, values in self.rows.items()})


@dataclass(frozen=True)
class _Chosen:
    """The rows of the chosen streets, at which of them a group begins, and the groups' values."""

    places: Places
    firsts: Places
    rows: dict[str, Values]

    @property
    def size(self) -> int:
        return len(self.firsts) if self.rows else 1

    def added(self, name: str, values: Numbers) -> Numbers:
        """The sum of each group."""
        return _added(name, values[self.places], self.firsts, self.size)


def _added_up(reader: Reader, measures: tuple[str, ...], groupings: Sequence[By], where: CaseFilter) -> dict[By, Sums]:
    """As `_asked_for`, of measures that add up; without the groupings that would be too many groups."""
    asked = [(name, by) for by in groupings for name in (GROUPS, *measures)]
    pieces = dict(zip(asked, _street_by_street(reader, asked, where.replace(street=())), strict=True))
    parts, found = _parts_of(measures, _basis(reader)), {}
    for by in groupings:
        streets, sums = pieces[GROUPS, by], [pieces[name, by] for name in measures]
        if streets is None:
            continue
        chosen = streets.chosen(where.street)
        added = {name: chosen.added(name, values) for one in sums for name, values in one.items()}
        found[by] = Sums(chosen.rows, _worked_out(parts, added, chosen.size), chosen.size)
    return found


@cached_each
def _street_by_street(reader: Reader, asked: Sequence[tuple[str, By]], where: CaseFilter) -> list[Any]:
    """For GROUPS by some dimensions the streets' rows, for a measure its sums beside them; None of too many groups."""
    measures = tuple(dict.fromkeys(name for name, _ in asked if name != GROUPS))
    parts = _parts_of(measures, _basis(reader))
    finer = {by: by if STREET in by else (*by, STREET) for _, by in asked}
    tables = _tables(reader, parts, list(dict.fromkeys(finer.values())), where)
    of_measure = {name: _parts_of((name,), _basis(reader)) for name in measures}
    return [
        None
        if (table := tables[finer[by]]).size > MOST_GROUPS
        else _streets(table, by)
        if name == GROUPS
        else {one: table.of[one] for part in of_measure[name].values() for one in part.sums}
        for name, by in asked
    ]


def _streets(table: _Table, by: By) -> _Streets:
    codes, names = pd.factorize(table.values[STREET])
    firsts = _firsts([table.ranks[name] for name in by], table.size)
    group = np.repeat(np.arange(len(firsts)), np.diff(firsts, append=table.size))
    rows = {name: typed(table.values[name][firsts], name) for name in by}
    return _Streets(tuple(map(str, names)), codes, group, rows)
