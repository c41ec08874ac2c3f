"""Measures by dimensions, in one statement: what every page, export, report and test asks a Reader for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from data_access.cases.cache import cached
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.durations import quantiles
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.measures import MEASURES, Basis, Measure

if TYPE_CHECKING:
    from data_access.cases.reader import Reader


@cached
def aggregated(reader: Reader, measures: tuple[str, ...], by: tuple[str, ...], where: CaseFilter) -> pd.DataFrame:
    """As `Reader.aggregate`, ordered by the dimensions."""
    if not reader.has_data:
        return _typed(pd.DataFrame(columns=[*by, *result_columns(measures)], dtype="float64"), by)
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
    for name in counted:
        _finish(frame, MEASURES[name], by, where, reader)
    frame = _typed(frame, by)
    return frame[[*by, *result_columns(measures)]].sort_values(list(by), ignore_index=True) if by else frame


def _with_hours(
    frame: pd.DataFrame, reader: Reader, measures: tuple[str, ...], by: tuple[str, ...], where: CaseFilter
) -> pd.DataFrame:
    """The frame with quantiles of the handling time; NaN where they are not reached."""
    found = quantiles(reader, tuple(MEASURES[name].quantile or 0.0 for name in measures), by, where)
    found = found.rename(columns={f"hours_{place}": name for place, name in enumerate(measures)})[[*by, *measures]]
    return frame.merge(found, on=list(by), how="left") if by else pd.concat([frame, found], axis=1)


def _parts(measure: Measure, basis: Basis) -> dict[str, Any]:
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


def _finish(frame: pd.DataFrame, measure: Measure, by: Sequence[str], where: CaseFilter, reader: Reader) -> None:
    """Divide after the query: engines disagree on integer division and on division by zero."""
    name = measure.name
    if not measure.is_ratio:
        frame[name] = frame[name].astype("float64")
        return
    if measure.of_total:
        frame[f"{name}__den"] = (
            aggregated(reader, ("volume",), (), where)["volume"].iloc[0] if by else frame[f"{name}__num"]
        )
    if measure.population:
        frame[f"{name}__den"] = _residents(frame, by, where, reader)
        told = [part.source for part in (where, reader.scope) if part.source]
        if measure.of_source and any(measure.of_source not in sources for sources in told):
            frame[f"{name}__den"] = np.nan
        if measure.of_source and "source" in by:
            frame[f"{name}__den"] = frame[f"{name}__den"].where(frame["source"] == measure.of_source)
    numerator, denominator = (frame[f"{name}__{part}"].astype("float64") for part in ("num", "den"))
    frame[f"{name}__num"], frame[f"{name}__den"] = numerator, denominator
    frame[name] = numerator / denominator.where(denominator > 0, np.nan)


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
