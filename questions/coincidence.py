"""How much of 未诉先办率 is coincidence: what the grid found before the call beside what it would have found anyway."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.coincidence import UNSURE, beyond_chance, chance
from data_access.cases import small
from data_access.cases.cache import cached
from data_access.cases.coincidence import comparisons
from data_access.cases.filters import CaseFilter
from data_access.cases.fusion import BY, matched
from data_access.cases.reader import Reader

JUDGEMENT = ("compared", "excess", "low", "high", "verdict")
CHANCE_COLUMNS = ("chance", "later_by_chance", *JUDGEMENT)


def against_chance(reader: Reader, where: CaseFilter, by: Sequence[str] = ()) -> pd.DataFrame:
    """`fusion.matched` with what chance alone would give. Grain: as there; the most beyond chance first, what is
    not judged last.

    Adds: chance (0..1, beside first_rate), later_by_chance (件, beside later), compared (件 that could be compared with
    other weeks), excess ((first_rate - chance) / (1 - chance)), its interval low and high, for all rows together, and
    verdict, see analysis/coincidence.py. NaN = unknown: the grid's data are too short, or too little was found.
    """
    if set(by) - set(BY):
        raise ValueError(f"by may name {BY}, not {tuple(by)}")
    return _against_chance(reader, where, tuple(by))


@cached
def _against_chance(reader: Reader, where: CaseFilter, by: tuple[str, ...]) -> pd.DataFrame:
    groups, orders = matched(reader, where, by), comparisons(reader, where)
    if orders.empty:
        return groups.assign(**dict.fromkeys(CHANCE_COLUMNS, float("nan"))).assign(verdict=UNSURE)
    orders["chance"], seen = (
        chance(orders[f"{name}_hits"], orders["references"], orders[f"{name}_now"], orders[f"{name}_usual"])
        for name in ("first", "seen")
    )
    orders["later_by_chance"] = (seen - orders["chance"]).where(orders["is_over"] == 1)
    judged = beyond_chance(orders.assign(found=orders["first"]), by)
    judged["chance"] = judged["expected"] / judged["compared"]
    if not by:
        whole = judged[["chance", *JUDGEMENT]].assign(later_by_chance=orders["later_by_chance"].sum(min_count=1))
        return _in_steps(reader, groups.join(whole), where, by).fillna({"verdict": UNSURE})
    later = orders.groupby(list(by))["later_by_chance"].sum(min_count=1)
    found = groups.merge(judged[[*by, "chance", *JUDGEMENT]], on=list(by), how="left").join(later, on=list(by))
    found = _in_steps(reader, found, where, by).fillna({"verdict": UNSURE})
    ranked = found["excess"].where(found["low"].notna())  # what cannot be judged has no rank
    order = ranked.sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def _in_steps(reader: Reader, found: pd.DataFrame, where: CaseFilter, by: tuple[str, ...]) -> pd.DataFrame:
    return small.rounded(reader, found, ["compared", "later_by_chance"], "orders", where=where, by=by)
