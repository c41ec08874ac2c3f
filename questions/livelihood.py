"""The 七有五性 index as the page, the wall and briefs show it, and what it is made of.

The profile's rules (indicators.toml) say which measures count; objective indicators come from a sheet
(data_access/intake/objective.py) and bring their own goalposts and weights. Scoring is analysis/index.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis import index
from data_access.cases.filters import IN_COLUMNS, CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.units import SHARE
from data_access.district.models import IndexRules, Indicator
from data_access.district.periods import Period
from data_access.district.profile import ProfileError
from data_access.district.vocabulary import DIMENSIONS_75, GROUPS_75

DISTRICT = ""  # the street of a row about the whole district
KEYS = ["month", "street", "dimension"]


def index_months(reader: Reader) -> pd.DatetimeIndex:
    """The months that can be scored, the oldest first: whole ones; none where the profile has no index."""
    period = reader.whole_months if reader.profile.index else None
    return pd.date_range(period.start, period.end, freq="MS", inclusive="left") if period else pd.DatetimeIndex([])


@dataclass(frozen=True)
class LivelihoodIndex:
    """The index under the rules in force in a month. Scores run 0..100; the street of district rows is DISTRICT.

    `definitions`: as `definitions`. `parts`: rows (month, street), columns (dimension, indicator). `weights`: those
    tried, or of the profile (`plan`).
    """

    month: pd.Timestamp
    rules: IndexRules
    definitions: pd.DataFrame
    weights: index.Weights
    plan: index.Weights
    parts: pd.DataFrame

    @property
    def is_trial(self) -> bool:
        return self.weights.differ_from(self.plan)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Rows (month, street); columns the twelve dimensions and the groups 总分, 七有, 五性."""
        return index.scores(self.parts, self.weights, GROUPS_75)

    @property
    def planned_total(self) -> float:
        """The district's 总分 of the month under the profile's weights."""
        row = self.parts.loc[[(self.month, DISTRICT)]]
        return float(index.scores(row, self.plan, GROUPS_75)["总分"].iloc[0])

    @property
    def month_before(self) -> pd.Timestamp:
        return self.month - pd.DateOffset(months=1)

    def of(self, street: str, month: pd.Timestamp | None = None) -> pd.Series:
        """A street's (DISTRICT: the district's) scores of a month, this one unless named; NaN where there are none."""
        key = (self.month if month is None else month, street)
        return self.scores.reindex([key]).iloc[0]

    def course(self, street: str) -> pd.DataFrame:
        """A street's scores month by month; index month."""
        rows = self.scores[self.scores.index.get_level_values("street") == street]
        return rows.droplevel("street")

    @property
    def streets(self) -> pd.DataFrame:
        """The streets' scores of the month, the highest 总分 first; index street."""
        rows = self.scores[self.scores.index.get_level_values("month") == self.month].droplevel("month")
        return rows.drop(index=DISTRICT, errors="ignore").sort_values("总分", ascending=False)

    def moved(self, street: str) -> pd.DataFrame | None:
        """What moved a street's 总分 since the month before; None where there was none.

        Grain: one row per dimension and indicator; columns dimension, indicator, label, before, after (scores), points
        (they add up to the change).
        """
        then, now = (self.month_before, street), (self.month, street)
        if then not in self.parts.index or now not in self.parts.index:
            return None
        before, after = (self.parts.reindex([key]).iloc[0] for key in (then, now))
        points = index.decomposition(before, after, self.weights, GROUPS_75["总分"])
        leaves = pd.DataFrame({"before": before, "after": after, "points": points})
        leaves = leaves.rename_axis(["dimension", "indicator"]).reset_index()
        return leaves.merge(self.definitions[["dimension", "indicator", "label"]], on=["dimension", "indicator"])

    def bands(self) -> pd.DataFrame:
        """The places the streets take when the method is varied (analysis.index.rank_bands); index street."""
        rows = self.parts[self.parts.index.get_level_values("month") == self.month].droplevel("month")
        return index.rank_bands(rows.drop(index=DISTRICT, errors="ignore"), self.weights)

    def coherence(self) -> pd.DataFrame:
        """Correlations of the streets' monthly scores. Columns: row, column, r."""
        streets = self.scores.drop(index=DISTRICT, level="street")[["总分", *DIMENSIONS_75]]
        return streets.corr().rename_axis("row").reset_index().melt("row", var_name="column", value_name="r")


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
    reader: Reader, month: pd.Timestamp, *, geometric: bool | None = None, tried: Mapping[str, float] | None = None
) -> LivelihoodIndex:
    """The index as of a month of `index_months`. `geometric`, `tried` (weights by name): in place of the profile's."""
    index_rules = rules_of(reader, month)
    values = panel(reader, index_rules)
    defined, outer = definitions(reader, index_rules, values), dimension_weights(index_rules)
    mean = index_rules.is_geometric if geometric is None else geometric
    weights = index.weights_of(defined, outer, geometric=mean, min_known=index_rules.min_known, tried=tried)
    plan = index.weights_of(defined, outer, geometric=index_rules.is_geometric, min_known=index_rules.min_known)
    parts = index.parts_of(values, defined, winsorise_at_most=index_rules.winsorise_at_most)
    return LivelihoodIndex(month, index_rules, defined, weights, plan, parts)


def measured(reader: Reader, index_rules: IndexRules) -> pd.DataFrame:
    """The indicators that come from cases. Grain: one row per whole month, street, dimension and indicator.

    Columns: month, street ('' = district), dimension, indicator, value (NaN where it rests on fewer than `min_cases`),
    cases.
    """
    period = reader.whole_months
    if period is None:
        return pd.DataFrame(columns=[*KEYS, "indicator", "value", "cases"])
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
    value, rests_on = _value(groups, indicator, index_rules)
    frame = groups[KEYS].assign(indicator=indicator.name, value=value, cases=rests_on)
    return frame.assign(value=frame["value"].where(frame["cases"] >= index_rules.min_cases))


def _value(groups: pd.DataFrame, indicator: Indicator, index_rules: IndexRules) -> tuple[pd.Series, pd.Series]:
    """The indicator's value per row, and how many cases it rests on."""
    measure = MEASURES[indicator.measure]
    value = groups[measure.name]
    if measure.population:
        cases = groups[f"{measure.name}__num"]
    else:
        cases = groups[f"{measure.name}__den"] if measure.is_ratio else value
    if not indicator.against_base:
        return value, cases
    base = groups[groups["month"].dt.year == index_rules.base_year].assign(
        month_of_year=lambda rows: rows["month"].dt.month
    )
    asked = groups.assign(month_of_year=groups["month"].dt.month)
    key = ["month_of_year", "street", "dimension"]
    then = asked.merge(base[[*key, measure.name]], on=key, how="left", suffixes=("", "_base"))[f"{measure.name}_base"]
    return value / then.where(then > 0) - 1, then.fillna(0)


def panel(reader: Reader, index_rules: IndexRules) -> pd.DataFrame:
    """Every indicator's values, measured and objective. Columns as `measured`; `cases` is NaN for objective ones."""
    sheet, period = reader.objective(), reader.whole_months
    both = measured(reader, index_rules)
    if len(sheet) and period:
        within = sheet[(sheet["month"] >= period.start) & (sheet["month"] < period.end)]
        both = pd.concat([both, within[[*KEYS, "indicator", "value"]].assign(cases=np.nan)], ignore_index=True)
    return both


def definitions(reader: Reader, index_rules: IndexRules, values: pd.DataFrame) -> pd.DataFrame:
    """How each indicator counts. Grain: one row per dimension and indicator of `values`.

    Columns: dimension, indicator, label, unit, better, low, high (goalposts), weight, origin (案件 or 客观指标).
    Goalposts that the profile leaves open are the 5th and 95th percentile of the streets' months in the base year.
    """
    rows = []
    base = (
        values[(values["month"].dt.year == index_rules.base_year) & (values["street"] != DISTRICT)]
        if len(values)
        else values
    )
    for indicator in index_rules.indicators:
        measure = MEASURES[indicator.measure]
        for dimension in indicator.dimensions or DIMENSIONS_75:
            seen = base[(base["indicator"] == indicator.name) & (base["dimension"] == dimension)]["value"].dropna()
            low, high = indicator.goalposts or _spread(seen)
            unit = SHARE.name if indicator.against_base else measure.unit.name
            better, weight = indicator.better or measure.better, indicator.weight
            rows.append((dimension, indicator.name, indicator.label, unit, better, low, high, weight, "案件"))
    names = ["dimension", "indicator", "label", "unit", "better", "low", "high", "weight", "origin"]
    sheet = reader.objective().sort_values("month").drop_duplicates(["dimension", "indicator"], keep="last")
    extra = sheet.assign(label=sheet["indicator"], origin="客观指标")[names] if len(sheet) else None
    made = pd.DataFrame(rows, columns=names)
    return made if extra is None else pd.concat([made, extra], ignore_index=True)


def _spread(seen: pd.Series) -> Sequence[float]:
    if seen.nunique() < 2:
        return (np.nan, np.nan)
    return [float(limit) for limit in np.quantile(seen, [0.05, 0.95])]
