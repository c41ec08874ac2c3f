"""The 七有五性 index of one month as the page, the wall and briefs show it: scores, places, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from analysis import index, index_chance
from analysis.index_chance import beyond
from data_access.district.models import IndexRules
from data_access.district.vocabulary import DIMENSIONS_75, GROUPS_75

DISTRICT = ""  # the street of a row about the whole district
UNSURE = "不能确定"
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class LivelihoodIndex:
    """The index under the rules in force in a month. Scores run 0..100; the street of district rows is DISTRICT.

    `months`: how many months, this one the last, are put together in each score. `definitions`: as `definitions`.
    `weights`: those tried, or of the profile (`plan`). `panel`: as `measured`, of so many months. `parts`: its scores,
    rows (month, street), columns (dimension, indicator). `noise`: what single months show of chance.
    """

    month: pd.Timestamp
    months: int
    rules: IndexRules
    definitions: pd.DataFrame
    weights: index.Weights
    plan: index.Weights
    panel: pd.DataFrame
    parts: pd.DataFrame
    noise: index_chance.Noise

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
        """What the month is compared with: the one before; of several months together, those before them."""
        return self.month - pd.DateOffset(months=self.months)

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
        """The streets' scores of the month, in the order of their places, then of their 总分; index street."""
        rows = self.scores.reindex(self._streets(self.month).index).droplevel("month")
        order = rows.assign(place=self.bands["place"]).sort_values(["place", "总分"], ascending=[True, False])
        return order.drop(columns="place")

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

    def _streets(self, month: pd.Timestamp) -> pd.DataFrame:
        """The streets' parts of a month."""
        rows = self.parts[self.parts.index.get_level_values("month") == month]
        return rows.drop(index=DISTRICT, level="street", errors="ignore")

    @cached_property
    def chance(self) -> index_chance.Drawn:
        """What chance could have made of the month and of the one that it is compared with."""
        rows = self.panel[self.panel["month"].isin([self.month, self.month_before])]
        return index_chance.drawn(rows, self.definitions, self.noise)

    @cached_property
    def bands(self) -> pd.DataFrame:
        """The streets' places and what they could be as well (analysis.index_chance.rank_bands); index street."""
        bands = index_chance.rank_bands(self._streets(self.month), self.weights, self.chance)
        return bands.droplevel("month").sort_values(["place", "score"], ascending=[True, False])

    @property
    def tells_apart(self) -> bool:
        """Whether any street is surely behind another."""
        return bool((self.bands["best"].dropna() > 1).any())

    @cached_property
    def least_gap(self) -> float:
        """How many points two streets must lie apart before one is said to be ahead; NaN where none has a place."""
        shared = index.comparable(self._streets(self.month), self.weights)
        drawn = self.chance.totals(shared, self.weights, GROUPS_75["总分"])
        gaps = index_chance.least_gap(drawn[~np.isnan(drawn).any(axis=1)])
        return float(np.median(gaps[np.triu_indices(len(gaps), 1)])) if len(gaps) > 1 else np.nan

    @cached_property
    def left_out(self) -> list[str]:
        """What places do not rest on, as some street lacks it: indicators by label, whole dimensions, or one of one."""
        rows = self._streets(self.month)
        some = index.known_to_some(rows, self.weights)
        if some.empty:
            return []
        shared = index.scores(index.comparable(rows, self.weights), self.weights, {})
        whole = [name for name in DIMENSIONS_75 if shared[name].isna().all() and name in some.get_level_values(0)]
        names = self.definitions.set_index(["dimension", "indicator"])["label"]
        left = names.reindex(some).drop(index=whole, level="dimension").reset_index()
        # An indicator that no street has in a dimension is not missing to some.
        scored = rows[index.combine_all(rows, self.weights).notna()]
        having = rows.columns[scored.notna().any() & ~rows.columns.get_level_values(0).isin(whole)]
        had = names.reindex(having).value_counts()
        everywhere = [name for name, count in left["label"].value_counts(sort=False).items() if count == had[str(name)]]
        single = left[~left["label"].isin(everywhere)]
        return [*map(str, everywhere), *whole, *(single["dimension"] + "的" + single["label"])]

    @cached_property
    def rank_changes(self) -> pd.DataFrame:
        """The streets whose place changed for certain: before and now on what all have both times, the sets apart.

        Index street; columns before, now (places).
        """
        times = [self._streets(month) for month in (self.month_before, self.month)]
        both = index.comparable(pd.concat(times), self.weights)
        then, now = (
            index_chance.rank_bands(
                both[both.index.get_level_values("month") == month], self.weights, self.chance
            ).droplevel("month")
            for month in (self.month_before, self.month)
        )
        apart = then.add_suffix("_then").join(now, how="inner").dropna()
        sure = (apart["best"] > apart["worst_then"]) | (apart["worst"] < apart["best_then"])
        return apart[sure].rename(columns={"place_then": "before", "place": "now"})[["before", "now"]]

    def sureness(self, street: str) -> pd.DataFrame:
        """A street's (DISTRICT: the district's) scores with what chance leaves open; index the groups and dimensions.

        Columns: score, off (95 % of chance lies within score ± off), change (since `month_before`), reach (how far
        chance moves a change: said so that of all of them together, 5 % of times one is taken for real), verdict.
        """
        return self._once(self._how_sure, street).copy(deep=False)

    def _once(self, question: Callable[[str], Answer], street: str) -> Answer:
        """What a question says of a street, kept: a page runs again for every click, and the index stays."""
        kept = self._answers.get((question.__name__, street))
        return self._answers.setdefault((question.__name__, street), question(street) if kept is None else kept)

    @cached_property
    def _answers(self) -> dict[tuple[str, str], Any]:
        return {}

    def _how_sure(self, street: str) -> pd.DataFrame:
        names = {**GROUPS_75, **{name: [name] for name in DIMENSIONS_75}}
        now, then = self.of(street), self.of(street, self.month_before)
        rows = {month: self.parts.reindex([(month, street)]) for month in (self.month, self.month_before)}
        enough = beyond(len(names))
        found = []
        for name, members in names.items():
            errors = [
                float(self.chance.totals(row, self.weights, members).std()) if row.index.isin(self.chance.rows).all()
                else np.nan for row in rows.values()
            ]  # fmt: skip
            change, reach = now[name] - then[name], enough * float(np.hypot(errors[0], errors[1]))
            found.append((name, now[name], beyond() * errors[0], change, reach, verdict(change, reach)))
        return pd.DataFrame(found, columns=["name", "score", "off", "change", "reach", "verdict"]).set_index("name")

    def weakest(self, street: str) -> list[str]:
        """The dimensions that may be the lowest of a street's, the lowest first; one where it is certain."""
        return list(self._once(self._weakest, street))

    def _weakest(self, street: str) -> list[str]:
        row = self.parts.reindex([(self.month, street)])
        scores = self.of(street)[list(DIMENSIONS_75)].dropna().sort_values()
        if scores.empty:
            return []
        drawn = np.concatenate([self.chance.totals(row, self.weights, [name]) for name in scores.index])
        above = index_chance.beyond_chance(scores.to_numpy(), drawn)
        sets = index_chance.rank_sets(scores.to_numpy(), above)
        return [str(name) for name in scores.index[(sets["worst"] == len(scores)).to_numpy()]]

    @cached_property
    def noise_share(self) -> float:
        """How much of the streets' changes since `month_before` chance alone would make: 0..1, of their squares."""
        times = [self._streets(month) for month in (self.month, self.month_before)]
        both = [rows.droplevel("month") for rows in times]
        streets = both[0].index.intersection(both[1].index)
        if streets.empty:
            return np.nan
        totals = [index.combine_all(rows, self.weights)[streets].to_numpy() for rows in both]
        errors = [
            self.chance.totals(rows[rows.index.isin(streets, level="street")], self.weights, GROUPS_75["总分"]).std(
                axis=1
            )
            for rows in times
        ]
        squares = (totals[0] - totals[1]) ** 2
        known = ~np.isnan(squares)
        moved = squares[known].sum()
        return float(min((errors[0] ** 2 + errors[1] ** 2)[known].sum() / moved, 1.0)) if moved > 0 else np.nan

    def clipped(self) -> pd.DataFrame:
        """By indicator: cells (of streets and months), and the shares of them at 0 and at 100 (analysis.index)."""
        return index.clipped(self.parts.drop(index=DISTRICT, level="street", errors="ignore"))

    def coherence(self) -> pd.DataFrame:
        """Correlations of the streets' monthly scores. Columns: row, column, r."""
        streets = self.scores[self.scores.index.get_level_values("street") != DISTRICT][["总分", *DIMENSIONS_75]]
        return streets.corr().rename_axis("row").reset_index().melt("row", var_name="column", value_name="r")


def verdict(change: float, reach: float) -> str:
    """上升, 下降, or 不能确定: the change lies within what chance reaches; '' where it is not known."""
    if np.isnan(change) or np.isnan(reach):
        return ""
    return UNSURE if abs(change) <= reach else "上升" if change > 0 else "下降"
