"""Measures by dimensions, in one statement: what every page, export, report and test asks a Reader for."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from data_access.cases.cache import cached_each
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.durations import quantiles
from data_access.cases.filters import CaseFilter, conditions, until_now
from data_access.cases.measures import MEASURES, Basis, Measure

if TYPE_CHECKING:
    from data_access.cases.reader import Reader


GROUPS = ""  # among the measures' names: the rows themselves


def aggregated(reader: Reader, measures: tuple[str, ...], by: tuple[str, ...], where: CaseFilter) -> pd.DataFrame:
    """As `Reader.aggregate`, ordered by the dimensions.

    Every measure is kept by itself: what one part of a page asked for, another part has.
    """
    if not reader.has_data:
        return _typed(pd.DataFrame(columns=[*by, *result_columns(measures)], dtype="float64"), by)
    where = until_now(where, reader.as_of)
    parts = _columns_of_each(reader, (GROUPS, *dict.fromkeys(measures)), by, where)
    return pd.DataFrame({name: column for part in parts for name, column in part.items()})


@cached_each
def _columns_of_each(
    reader: Reader, names: tuple[str, ...], by: tuple[str, ...], where: CaseFilter
) -> list[dict[str, Any]]:
    """The columns that each measure brings, and those of the dimensions for GROUPS: all of the same rows."""
    measures = [name for name in names if name != GROUPS]
    basis, clock = Basis(reader.as_of, reader.profile, reader.tells_ends), reader.profile.settings.clock
    hours = tuple(name for name in measures if MEASURES[name].quantile)
    counted = [name for name in measures if name not in hours]
    columns = [part.label(label) for name in counted for label, part in _parts(MEASURES[name], basis).items()]
    dimensions = [DIMENSIONS[name].expression(clock).label(name) for name in by]
    statement = select(*dimensions, *(columns or [func.count().label("_cases")])).where(
        *conditions(where, reader.as_of)
    )
    if by:
        statement = statement.group_by(*(DIMENSIONS[name].expression(clock) for name in by))
    frame = reader.read(statement, slow=bool(where.text))
    if hours:
        frame = _with_hours(frame, reader, hours, by, where)
    frame = _typed(frame, by)
    frame = frame.sort_values(list(by), ignore_index=True) if by else frame
    return [
        {dimension: frame[dimension].array for dimension in by}
        if name == GROUPS
        else _figures(frame, MEASURES[name], by, where, reader)
        for name in names
    ]


def _with_hours(
    frame: pd.DataFrame, reader: Reader, measures: tuple[str, ...], by: tuple[str, ...], where: CaseFilter
) -> pd.DataFrame:
    """The frame with quantiles of the handling time; NaN where they are not reached."""
    found = quantiles(reader, tuple(MEASURES[name].quantile or 0.0 for name in measures), by, where)
    found = found.rename(columns={f"hours_{place}": name for place, name in enumerate(measures)})[[*by, *measures]]
    return frame.merge(found, on=list(by), how="left") if by else pd.concat([frame, found], axis=1)


@functools.lru_cache(maxsize=1024)
def _parts(measure: Measure, basis: Basis) -> dict[str, Any]:
    """The measure's columns by their labels; building them takes longer than asking for them."""
    if not measure.is_ratio:
        return {measure.name: measure.numerator(basis)}
    parts = {f"{measure.name}__num": measure.numerator(basis)}
    if measure.denominator:
        parts[f"{measure.name}__den"] = measure.denominator(basis)
    return parts


def result_columns(measures: Sequence[str]) -> list[str]:
    """The columns that measures bring: a ratio is followed by its numerator and denominator."""
    suffixes = {name: ("", "__num", "__den") if MEASURES[name].is_ratio else ("",) for name in measures}
    return [name + suffix for name in measures for suffix in suffixes[name]]


def _figures(
    frame: pd.DataFrame, measure: Measure, by: Sequence[str], where: CaseFilter, reader: Reader
) -> dict[str, Any]:
    """A measure's columns. Divided after the query: engines disagree on integer division and on division by zero."""
    name = measure.name
    if not measure.is_ratio:
        return {name: frame[name].astype("float64").to_numpy()}
    numerator = frame[f"{name}__num"].astype("float64").to_numpy()
    if measure.of_total:
        whole = aggregated(reader, ("volume",), (), where)["volume"].iloc[0] if by else numerator
        denominator = np.broadcast_to(whole, len(frame))
    elif measure.population:
        denominator = np.broadcast_to(_residents(frame, by, where, reader), len(frame)).astype("float64")
        told = [part.source for part in (where, reader.scope) if part.source]
        if measure.of_source and any(measure.of_source not in sources for sources in told):
            denominator = np.full(len(frame), np.nan)
        if measure.of_source and "source" in by:
            denominator = np.where(frame["source"] == measure.of_source, denominator, np.nan)
    else:
        denominator = frame[f"{name}__den"].astype("float64").to_numpy()
    share = np.divide(numerator, denominator, out=np.full(len(frame), np.nan), where=denominator > 0)
    return {name: share, f"{name}__num": numerator, f"{name}__den": denominator}


def _residents(frame: pd.DataFrame, by: Sequence[str], where: CaseFilter, reader: Reader) -> Any:
    """Residents in 10,000 behind each row, of the streets that the reader sees; NaN where the profile does not know
    them all."""
    profile, scope = reader.profile, reader.scope
    known = {street.name: street.population / 1e4 for street in profile.streets if street.population}
    if any(part.community or part.h3_cell for part in (where, scope)) or {"community", "h3_cell"} & set(by):
        return np.nan
    if "street" in by:
        return frame["street"].map(known).astype("float64")
    if where.street or scope.street:
        seen = [set(part.street) for part in (where, scope) if part.street]
        return sum(known.get(street, np.nan) for street in set.intersection(*seen))
    total = profile.settings.district.population
    return total / 1e4 if total else np.nan


def _typed(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    for name in by:
        kind = DIMENSIONS[name].kind
        if kind in ("day", "period"):
            frame[name] = pd.to_datetime(frame[name])
        if kind == "period":
            frame[name] = frame[name].dt.strftime("%Y-%m")
        if kind == "number":
            frame[name] = frame[name].astype("int64")
    return frame
