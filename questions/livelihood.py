"""The 七有五性 index as the page, the wall and briefs show it, and what it is made of.

The profile's rules (indicators.toml) say which measures count; objective indicators come from a sheet
(data_access/intake/objective.py) and bring their own goalposts and weights. Scoring is analysis/index.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis import index, index_chance
from data_access.cases.cache import cached
from data_access.cases.filters import IN_COLUMNS, CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.units import SHARE
from data_access.district.models import IndexRules, Indicator
from data_access.district.periods import Period
from data_access.district.profile import ProfileError
from data_access.district.vocabulary import DIMENSIONS_75
from questions.livelihood_scores import DISTRICT, LivelihoodIndex

KEYS = ["month", "street", "dimension"]
VALUES = ["value", "cases", "counted", "among", "law"]


def index_months(reader: Reader) -> pd.DatetimeIndex:
    """The months that can be scored, the oldest first: whole ones; none where the profile has no index."""
    period = reader.whole_months if reader.profile.index else None
    return pd.date_range(period.start, period.end, freq="MS", inclusive="left") if period else pd.DatetimeIndex([])


def rules_of(reader: Reader, month: pd.Timestamp) -> IndexRules:
    """The rules of the index in force in a month; raises `ProfileError` where the profile has none."""
    index_rules = reader.profile.index_at(month.date())
    if index_rules is None:
        raise ProfileError("本区配置里没有 indicators.toml")
    return index_rules


def dimension_weights(index_rules: IndexRules) -> dict[str, float]:
    """The weight of each dimension, 1 where the profile gives none."""
    return {name: index_rules.dimension_weights.get(name, 1.0) for name in DIMENSIONS_75}


def stored_weights(index_rules: IndexRules) -> dict[str, tuple[str, float]]:
    """Every weight of the index by its name, with its label: of the indicators and of the dimensions."""
    indicators = {indicator.name: (indicator.label, indicator.weight) for indicator in index_rules.indicators}
    return indicators | {name: (name, weight) for name, weight in dimension_weights(index_rules).items()}


def livelihood_index(
    reader: Reader,
    month: pd.Timestamp,
    *,
    months: int = 1,
    geometric: bool | None = None,
    tried: Mapping[str, float] | None = None,
) -> LivelihoodIndex:
    """The index as of a month of `index_months`. `months`: so many of them together, this one the last.

    `geometric`, `tried` (weights by name): in place of the profile's.
    """
    return _kept(reader, month, months, geometric, tuple(tried.items()) if tried else None)


@cached
def _kept(
    reader: Reader,
    month: pd.Timestamp,
    months: int,
    geometric: bool | None,
    tried: tuple[tuple[str, float], ...] | None,
) -> LivelihoodIndex:
    index_rules = rules_of(reader, month)
    values = panel(reader, index_rules)
    defined = definitions(reader, index_rules, values)
    weights = dict(tried) if tried else None
    made = scored(values, index_rules, defined, month, months=months, geometric=geometric, tried=weights)
    if made.weights.can_score:
        _ = made.chance  # drawn before the answer is kept: most of its size, which the cache has to know
    return made


def scored(
    values: pd.DataFrame,
    index_rules: IndexRules,
    defined: pd.DataFrame,
    month: pd.Timestamp,
    *,
    months: int = 1,
    geometric: bool | None = None,
    tried: Mapping[str, float] | None = None,
) -> LivelihoodIndex:
    """`livelihood_index` of the values of single months (`panel`) and their `definitions`."""
    outer = dimension_weights(index_rules)
    mean = index_rules.is_geometric if geometric is None else geometric
    weights = index.weights_of(defined, outer, geometric=mean, min_known=index_rules.min_known, tried=tried)
    plan = index.weights_of(defined, outer, geometric=index_rules.is_geometric, min_known=index_rules.min_known)
    noise = index_chance.noise_of(values[values["street"] != DISTRICT])
    pooled = index.pooled(values, months, min_cases=index_rules.min_cases)
    parts = index.parts_of(pooled, defined, winsorise_at_most=index_rules.winsorise_at_most)
    return LivelihoodIndex(month, months, index_rules, defined, weights, plan, pooled, parts, noise)


def measured(reader: Reader, index_rules: IndexRules) -> pd.DataFrame:
    """The indicators that come from cases. Grain: one row per whole month, street, dimension and indicator.

    Columns: month, street ('' = district), dimension, indicator, value (NaN where it rests on fewer than `min_cases`),
    cases; counted, among, law (how it came about: analysis.index_chance).
    """
    period = reader.whole_months
    if period is None:
        return pd.DataFrame(columns=[*KEYS, "indicator", *VALUES])
    parts = [_indicator_values(reader, indicator, index_rules, period) for indicator in index_rules.indicators]
    return pd.concat(parts, ignore_index=True)


def _indicator_values(reader: Reader, indicator: Indicator, index_rules: IndexRules, period: Period) -> pd.DataFrame:
    if indicator.measure not in MEASURES or set(indicator.filter) - set(IN_COLUMNS):
        raise ProfileError(f"indicators.toml 的指标“{indicator.label}”：measure 或 filter 里有不认识的名称")
    where = CaseFilter(period=period, **indicator.filter)  # type: ignore[arg-type]
    where = where.replace(dimension=indicator.dimensions or DIMENSIONS_75)
    # The measures of all indicators with this filter are asked together: one query and one cached answer for them all.
    names = [other.measure for other in index_rules.indicators if other.filter == indicator.filter]
    streets = reader.aggregate(names, ["month", "street", "dimension"], where)
    whole = reader.aggregate(names, ["month", "dimension"], where).assign(street=DISTRICT)
    known = {street.name for street in reader.profile.streets}
    groups = pd.concat([streets[streets["street"].isin(known)], whole], ignore_index=True)
    frame = groups[KEYS].assign(indicator=indicator.name, **_value(groups, indicator, index_rules))
    return frame.assign(value=frame["value"].where(frame["cases"] >= index_rules.min_cases))


def _value(groups: pd.DataFrame, indicator: Indicator, index_rules: IndexRules) -> dict[str, pd.Series]:
    """By row the columns VALUES: the indicator's value, how many cases it rests on, and how it came about."""
    measure = MEASURES[indicator.measure]
    value, one = groups[measure.name], pd.Series(1.0, groups.index)
    if measure.is_ratio:
        counted, among = groups[f"{measure.name}__num"], groups[f"{measure.name}__den"]
        law = "count" if measure.population else "share" if measure.unit.is_share else ""
        cases = counted if measure.population else among
    else:
        counted, among, cases, law = value, one, value, "count" if measure.unit.is_count else ""
    if indicator.against_base:
        among = _base(groups, measure.name, index_rules)
        value, cases = value / among.where(among > 0) - 1, among.fillna(0)
        # The base year is its own measure: nothing there is left to chance.
        law = "ratio" if law == "count" and not measure.is_ratio else ""
        laws = pd.Series(law, groups.index).mask(groups["month"].dt.year == index_rules.base_year, "")
    else:
        laws = pd.Series(law, groups.index)
    return dict(zip(VALUES, (value, cases, counted, among, laws), strict=True))


def _base(groups: pd.DataFrame, measure: str, index_rules: IndexRules) -> pd.Series:
    """By row the measure of the base year's same month; NaN where it has none."""
    asked = groups[[*KEYS, measure]].assign(month_of_year=groups["month"].dt.month)
    base = asked[asked["month"].dt.year == index_rules.base_year].drop(columns="month")
    key = ["month_of_year", "street", "dimension"]
    return asked.merge(base, on=key, how="left", suffixes=("", "_base"))[f"{measure}_base"]


def panel(reader: Reader, index_rules: IndexRules) -> pd.DataFrame:
    """Every indicator's values, measured and objective. Columns as `measured`; objective ones rest on no cases."""
    sheet, period = reader.objective(), reader.whole_months
    both = measured(reader, index_rules)
    if len(sheet) and period:
        within = sheet[(sheet["month"] >= period.start) & (sheet["month"] < period.end)]
        both = pd.concat([both, within[[*KEYS, "indicator", "value"]].assign(cases=np.nan, law="")], ignore_index=True)
    return both


def definitions(reader: Reader, index_rules: IndexRules, values: pd.DataFrame) -> pd.DataFrame:
    """How each indicator counts. Grain: one row per dimension and indicator of `values`.

    Columns: dimension, indicator, label, unit, better, low, high (goalposts), weight, origin (案件 or 客观指标).
    Goalposts that the profile leaves open are the 5th and 95th percentile of the streets' months in the base year.
    """
    made, sheet = defined_by(index_rules, values), reader.objective()
    if sheet.empty:
        return made
    sheet = sheet.sort_values("month").drop_duplicates(["dimension", "indicator"], keep="last")
    extra = sheet.assign(label=sheet["indicator"], origin="客观指标")[list(made.columns)]
    return pd.concat([made, extra], ignore_index=True)


def defined_by(index_rules: IndexRules, values: pd.DataFrame) -> pd.DataFrame:
    """`definitions` of the indicators that come from cases."""
    rows, known = [], values.dropna(subset=["value"])
    if len(known):
        known = known[(known["month"].dt.year == index_rules.base_year) & (known["street"] != DISTRICT)]
    base = dict(iter(known.groupby(["indicator", "dimension"])["value"]))
    for indicator in index_rules.indicators:
        measure = MEASURES[indicator.measure]
        for dimension in indicator.dimensions or DIMENSIONS_75:
            low, high = indicator.goalposts or _spread(base.get((indicator.name, dimension)))
            unit = SHARE.name if indicator.against_base else measure.unit.name
            better, weight = indicator.better or measure.better, indicator.weight
            rows.append((dimension, indicator.name, indicator.label, unit, better, low, high, weight, "案件"))
    names = ["dimension", "indicator", "label", "unit", "better", "low", "high", "weight", "origin"]
    return pd.DataFrame(rows, columns=names)


def _spread(seen: pd.Series | None) -> Sequence[float]:
    if seen is None or seen.nunique() < 2:
        return (np.nan, np.nan)
    return [float(limit) for limit in np.quantile(seen, [0.05, 0.95])]
