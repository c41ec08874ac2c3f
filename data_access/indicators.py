"""What the 七有五性 index is made of: each indicator's value by month, street and dimension, and its definition.

The profile's rules (indicators.toml) say which measures count; objective indicators come from a sheet
(data_access/objective.py) and bring their own goalposts and weights. Scoring is analysis/index.py's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sqlalchemy import inspect, select

from data_access.cache import cached
from data_access.filters import IN_COLUMNS, CaseFilter
from data_access.measures import MEASURES
from data_access.periods import Period, shift_months
from data_access.profile import ProfileError, current_profile
from data_access.query import aggregate, read_frame, span
from data_access.rules import IndexRules, Indicator
from data_access.schema import DIMENSIONS_75, objective_values
from data_access.store import Store, store_for

DISTRICT = ""  # the street of a row about the whole district
KEYS = ["month", "street", "dimension"]


def whole_months(store: Store | None = None) -> Period | None:
    """From the first month the data covers from its first day to the last that is over; None without one."""
    found = span(store)
    if found is None:
        return None
    first, last = (moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0) for moment in found)
    if found[0].day > 1:  # a month that began before the data is not whole
        first = shift_months(first, 1)
    return Period(first, last) if first < last else None


def measured(rules: IndexRules, store: Store | None = None) -> pd.DataFrame:
    """The indicators that come from cases. Grain: one row per whole month, street, dimension and indicator.

    Columns: month, street ('' = district), dimension, indicator, value (NaN where it rests on fewer than `min_cases`),
    cases.
    """
    period = whole_months(store)
    if period is None:
        return pd.DataFrame(columns=[*KEYS, "indicator", "value", "cases"])
    parts = [_one(indicator, rules, period, store) for indicator in rules.indicators]
    return pd.concat(parts, ignore_index=True)


def _one(indicator: Indicator, rules: IndexRules, period: Period, store: Store | None) -> pd.DataFrame:
    if indicator.measure not in MEASURES or set(indicator.filter) - set(IN_COLUMNS):
        raise ProfileError(f"indicators.toml 的指标“{indicator.label}”：measure 或 filter 里有不认识的名称")
    where = CaseFilter(period=period, **indicator.filter)  # type: ignore[arg-type]
    where = where.replace(dimension=indicator.dimensions or DIMENSIONS_75)
    # Together, so that indicators with one filter are one query.
    names = [one.measure for one in rules.indicators if one.filter == indicator.filter]
    streets = aggregate(names, ["month", "street", "dimension"], where, store=store)
    whole = aggregate(names, ["month", "dimension"], where, store=store).assign(street=DISTRICT)
    known = {street.name for street in current_profile().streets}
    found = pd.concat([streets[streets["street"].isin(known)], whole], ignore_index=True)
    value, rests_on = _value(found, indicator, rules)
    frame = found[KEYS].assign(indicator=indicator.name, value=value, cases=rests_on)
    return frame.assign(value=frame["value"].where(frame["cases"] >= rules.min_cases))


def _value(found: pd.DataFrame, indicator: Indicator, rules: IndexRules) -> tuple[pd.Series, pd.Series]:
    """The indicator's value per row, and how many cases it rests on."""
    measure = MEASURES[indicator.measure]
    value = found[measure.name]
    if measure.population:
        cases = found[f"{measure.name}__num"]
    else:
        cases = found[f"{measure.name}__den"] if measure.is_ratio else value
    if not indicator.against_base:
        return value, cases
    base = found[found["month"].dt.year == rules.base_year].assign(month_of_year=lambda rows: rows["month"].dt.month)
    asked = found.assign(month_of_year=found["month"].dt.month)
    key = ["month_of_year", "street", "dimension"]
    then = asked.merge(base[[*key, measure.name]], on=key, how="left", suffixes=("", "_base"))[f"{measure.name}_base"]
    return value / then.where(then > 0) - 1, then.fillna(0)


def objective(store: Store | None = None) -> pd.DataFrame:
    """The indicators that came from sheets, as stored. Grain as `objective_values`."""
    store = store or store_for()
    columns = [column.name for column in objective_values.columns]
    return _objective(store) if store.exists else pd.DataFrame(columns=columns)


@cached
def _objective(store: Store) -> pd.DataFrame:
    with store.reading() as connection:
        has_table = inspect(connection).has_table(objective_values.name)  # a store may be older than the table
    if not has_table:
        return pd.DataFrame(columns=[column.name for column in objective_values.columns])
    found = read_frame(store, select(objective_values))
    return found.assign(month=pd.to_datetime(found["month"]))


def panel(rules: IndexRules, store: Store | None = None) -> pd.DataFrame:
    """Every indicator's values, measured and objective. Columns as `measured`; `cases` is NaN for objective ones."""
    sheet, period = objective(store), whole_months(store)
    both = measured(rules, store)
    if len(sheet) and period:
        within = sheet[(sheet["month"] >= period.start) & (sheet["month"] < period.end)]
        both = pd.concat([both, within[[*KEYS, "indicator", "value"]].assign(cases=np.nan)], ignore_index=True)
    return both


def definitions(rules: IndexRules, values: pd.DataFrame, store: Store | None = None) -> pd.DataFrame:
    """How each indicator counts. Grain: one row per dimension and indicator of `values`.

    Columns: dimension, indicator, label, unit, better, low, high (goalposts), weight, origin (案件 or 客观指标).
    Goalposts that the profile leaves open are the 5th and 95th percentile of the streets' months in the base year.
    """
    rows = []
    base = (
        values[(values["month"].dt.year == rules.base_year) & (values["street"] != DISTRICT)] if len(values) else values
    )
    for one in rules.indicators:
        measure = MEASURES[one.measure]
        for dimension in one.dimensions or DIMENSIONS_75:
            seen = base[(base["indicator"] == one.name) & (base["dimension"] == dimension)]["value"].dropna()
            low, high = one.goalposts or _spread(seen)
            unit = "%" if one.against_base else measure.unit
            rows.append(
                (dimension, one.name, one.label, unit, one.better or measure.better, low, high, one.weight, "案件")
            )
    names = ["dimension", "indicator", "label", "unit", "better", "low", "high", "weight", "origin"]
    sheet = objective(store).sort_values("month").drop_duplicates(["dimension", "indicator"], keep="last")
    extra = sheet.assign(label=sheet["indicator"], origin="客观指标")[names] if len(sheet) else None
    made = pd.DataFrame(rows, columns=names)
    return made if extra is None else pd.concat([made, extra], ignore_index=True)


def _spread(seen: pd.Series) -> Sequence[float]:
    if seen.nunique() < 2:
        return (np.nan, np.nan)
    return [float(limit) for limit in np.quantile(seen, [0.05, 0.95])]
