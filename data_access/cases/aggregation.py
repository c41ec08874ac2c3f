"""Measures by dimensions, in one statement: what every page, export, report and test asks a Reader for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data_access.cases import misspelt, small
from data_access.cases.cache import cached, cached_each
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.durations import quantiles
from data_access.cases.filters import CaseFilter, chosen_streets, until_now
from data_access.cases.measures import Measure
from data_access.cases.outside import ALWAYS, blanked, withheld
from data_access.cases.own import measures_of
from data_access.cases.sums import GROUPS, By, Sums, Values, sums_of, typed
from data_access.district.names import UnknownName, as_names, nearest

if TYPE_CHECKING:
    from data_access.cases.reader import Reader


def ranked(
    reader: Reader,
    measures: Sequence[str] | str,
    by: Sequence[str] | str,
    where: CaseFilter,
    order_by: str | None,
    descending: bool,
    limit: int | None,
) -> pd.DataFrame:
    """As `Reader.aggregate`."""
    names, groups = as_names(measures), as_names(by)
    known = measures_of(reader.profile)
    _ = [known[name] for name in names], [DIMENSIONS[name] for name in groups]  # raises UnknownName
    if order_by and order_by not in (columns := [*groups, *result_columns(known, names)]):
        raise UnknownName("列", order_by, nearest(order_by, dict.fromkeys(columns, "")))
    misspelt.tell(reader, where)
    return _ranked(reader, names, groups, where, order_by, descending, limit)


@cached
def _ranked(
    reader: Reader, measures: By, by: By, where: CaseFilter, order_by: str | None, descending: bool, limit: int | None
) -> pd.DataFrame:
    groups = aggregated(reader, measures, by, where)
    if order_by:
        ascending = [not descending, *[True] * len(by)]
        groups = groups.sort_values([order_by, *by], ascending=ascending, ignore_index=True)
    return groups.head(limit) if limit else groups


def aggregated(reader: Reader, measures: tuple[str, ...], by: By, where: CaseFilter) -> pd.DataFrame:
    """The measures, ordered by the dimensions.

    Every measure is kept by itself: what one part of a page asked for, another part has.
    """
    if not reader.has_data:
        columns = [*by, *result_columns(measures_of(reader.profile), measures)]
        return _in_types(pd.DataFrame(columns=columns, dtype="float64"), by)
    if hidden := withheld(reader, measures):
        others = aggregated(reader.others, (ALWAYS,), by, where)
        return blanked(_told(reader, measures, by, where), hidden, others, by)
    return _told(reader, measures, by, where)


def _told(reader: Reader, measures: tuple[str, ...], by: By, where: CaseFilter) -> pd.DataFrame:
    """As `aggregated`, of a reader that is told all of these measures."""
    if reader.least:
        return _in_steps(reader, measures, by, until_now(where, reader.as_of))
    asked = [(name, by) for name in _named(by, measures)]
    parts = _columns_of_each(reader, asked, until_now(where, reader.as_of))
    return pd.DataFrame({name: column for part in parts for name, column in part.items()})


def _named(by: By, measures: Sequence[str]) -> tuple[str, ...]:
    """What is kept by these dimensions. The whole has no groups: a share that asks for the whole's volume while others
    are asked of it would wait for itself."""
    return (*((GROUPS,) if by else ()), *dict.fromkeys(measures))


def ask_of(reader: Reader, groups: Mapping[By, Sequence[str]], where: CaseFilter) -> None:
    """Ask for the measures by each of the dimensions in one statement; `aggregated` then has them."""
    known = measures_of(reader.profile)
    apart = ("volume",) if reader.least else ()  # as `_in_steps` asks: one's own cases and the others by themselves
    asked = [
        (name, by)
        for by, measures in groups.items()
        for name in _named(by, (*apart, *measures))
        if not (apart and name != GROUPS and known[name].quantile)
    ]
    for one in (
        ([reader.others, *([reader.singly] if reader.sight.cases else [])] if apart else [reader]) if asked else ()
    ):
        _columns_of_each(one, asked, until_now(where, reader.as_of))


def _in_steps(reader: Reader, measures: tuple[str, ...], by: tuple[str, ...], where: CaseFilter) -> pd.DataFrame:
    """As `aggregated`, for whom small figures are withheld: one's own cases as they are, the others in steps."""
    known, names = measures_of(reader.profile), tuple(dict.fromkeys(("volume", *measures)))
    summed = tuple(name for name in names if not known[name].quantile)
    others = aggregated(reader.others, summed, by, where)
    own = aggregated(reader.singly, summed, by, where) if reader.sight.cases else others.iloc[:0]
    frame = small.together(reader, own, others, summed, by)
    if hours := tuple(name for name in names if known[name].quantile):
        frame = small.with_hours(reader, frame, aggregated(reader.exact, (*hours, "volume"), by, where), own, hours, by)
    columns = {str(name): np.asarray(frame[name].astype("float64")) for name in frame if name not in by}
    sums = Sums({name: frame[name].array for name in by}, columns, len(frame))
    figures = [_figures(sums, known[name], by, where, reader, None) for name in dict.fromkeys(measures)]
    return pd.DataFrame(sums.rows | {name: column for part in figures for name, column in part.items()})


@cached_each
def _columns_of_each(reader: Reader, asked: Sequence[tuple[str, By]], where: CaseFilter) -> list[dict[str, Any]]:
    """The columns that each measure brings by some dimensions, and for GROUPS those of the dimensions: all that are by
    the same ones, of the same rows."""
    known, sums = measures_of(reader.profile), _sums(reader, asked, where)
    return [
        sums[by].rows if name == GROUPS else _figures(sums[by], known[name], by, where, reader, sums.get(()))
        for name, by in asked
    ]


def _sums(reader: Reader, asked: Sequence[tuple[str, By]], where: CaseFilter) -> dict[By, Sums]:
    """By dimensions: the sums that all the measures are made of, and the handling times beside them."""
    known, groupings = measures_of(reader.profile), list(dict.fromkeys(by for _, by in asked))
    measures = dict.fromkeys(name for name, _ in asked if name != GROUPS and not known[name].quantile)
    found = sums_of(reader, (*measures,), groupings, where)
    for by in groupings:
        hours = tuple(name for name, its in asked if its == by and name in known and known[name].quantile)
        if hours:
            found[by] = found[by].beside(_hours(found[by], reader, hours, by, where))
    return found


def _hours(sums: Sums, reader: Reader, measures: tuple[str, ...], by: By, where: CaseFilter) -> Sums:
    """Quantiles of the handling time, of the same groups; NaN where they are not reached."""
    known = measures_of(reader.profile)
    found = quantiles(reader, tuple(known[name].quantile or 0.0 for name in measures), by, where)
    found = _in_types(found, by)
    rows = pd.DataFrame(sums.rows, index=range(sums.size))
    beside = rows.merge(found, on=list(by), how="left") if by else found.reindex(rows.index)
    columns = {name: beside[f"hours_{place}"].to_numpy("float64") for place, name in enumerate(measures)}
    return Sums(sums.rows, columns, sums.size)


def result_columns(known: Mapping[str, Measure], measures: Sequence[str]) -> list[str]:
    """The columns that measures bring: a ratio is followed by its numerator and denominator."""
    suffixes = {name: ("", "__num", "__den") if known[name].is_ratio else ("",) for name in measures}
    return [name + suffix for name in measures for suffix in suffixes[name]]


def _figures(
    sums: Sums, measure: Measure, by: By, where: CaseFilter, reader: Reader, whole: Sums | None
) -> dict[str, Any]:
    """A measure's columns. Divided after the query: engines disagree on integer division and on division by zero.

    `whole`: the sums of all cases, where they were asked for at the same time."""
    name, size = measure.name, sums.size
    if not measure.is_ratio:
        return {name: sums.of[name]}
    numerator = sums.of[f"{name}__num"]
    if measure.of_total:
        denominator = numerator
        if by:
            of_all: Any = whole.of if whole and "volume" in whole.of else aggregated(reader, ("volume",), (), where)
            denominator = np.broadcast_to(np.asarray(of_all["volume"])[0], size)
    elif measure.population:
        denominator = np.broadcast_to(_residents(sums.rows, by, where, reader), size).astype("float64")
        told = [part.source for part in (where, reader.scope) if part.source]
        if measure.of_source and any(measure.of_source not in sources for sources in told):
            denominator = np.full(size, np.nan)
        if measure.of_source and "source" in by:
            denominator = np.where(sums.rows["source"] == measure.of_source, denominator, np.nan)
    else:
        denominator = sums.of[f"{name}__den"]
    share = np.divide(numerator, denominator, out=np.full(size, np.nan), where=denominator > 0)
    return {name: share, f"{name}__num": numerator, f"{name}__den": denominator}


def _residents(groups: Mapping[str, Values], by: Sequence[str], where: CaseFilter, reader: Reader) -> Any:
    """Residents in 10,000 behind each row, of the streets that the reader sees; NaN where the profile does not know
    them all."""
    profile, scope = reader.profile, reader.scope
    known = {street.name: street.population / 1e4 for street in profile.streets if street.population}
    if any(part.community or part.h3_cell for part in (where, scope)) or {"community", "h3_cell"} & set(by):
        return np.nan
    if "street" in by:
        return np.array([known.get(str(street), np.nan) for street in groups["street"]], "float64")
    named = [some for part in (where, scope) if (some := chosen_streets(part, profile)) is not None]

    def living_in(*seen: set[str]) -> float:
        return sum(known.get(street, np.nan) for street in set.intersection(*seen))

    if "district" in by:
        lying = [set(profile.districts.get(str(name), ("",))) for name in groups["district"]]
        return np.array([living_in(streets, *named) for streets in lying], "float64")
    if named:
        return living_in(*named)
    total = profile.settings.district.population
    return total / 1e4 if total else np.nan


def _in_types(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    return frame.assign(**{name: typed(frame[name].to_numpy(), name) for name in by})
