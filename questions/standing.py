"""Where a place stands: always among all of its kind. A filter on what is ranked says whom to look at, not whom to
rank."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from analysis.league import FEW
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import CALLED_BACK, Measure
from data_access.cases.reader import Reader

LIES_IN = ("district", "street", "community", "h3_cell")
# By what is ranked: the filter's fields that choose among it. Whatever else is ranked is chosen by its own.
CHOSEN_BY = dict.fromkeys(("district", "street", "community"), LIES_IN)


def among_all(where: CaseFilter, ranked: Iterable[str]) -> CaseFilter:
    """The cases by which the groups of the dimensions `ranked` are set against each other."""
    fields = {field for by in ranked for field in CHOSEN_BY.get(by, (by,))}
    return where.replace(**dict.fromkeys(sorted(fields), ()))


def chosen(reader: Reader, where: CaseFilter, ranked: str) -> frozenset[str]:
    """The groups of a dimension that the filter chooses; empty where it chooses none."""
    if among_all(where, [ranked]) == where:
        return frozenset()
    return frozenset(getattr(where, ranked) or reader.options(ranked, where))


def are_chosen(reader: Reader, groups: pd.DataFrame, where: CaseFilter, ranked: Collection[str]) -> pd.Series:
    """By row of `groups` (columns `ranked`, among others): whether the filter chooses it; all where it chooses none."""
    found = pd.Series(True, index=groups.index)
    for by in ranked:
        if named := chosen(reader, where, by):
            found &= groups[by].isin(named)
    return found


def enough(reader: Reader, groups: pd.DataFrame, measure: Measure, where: CaseFilter) -> pd.Series:
    """By row of `groups` (as Reader.aggregate gives them): whether the measure may be ranked. A rate of callbacks may
    not where they are fewer than the profile's least (small_sample)."""
    if measure.dated_by != CALLED_BACK or not measure.is_ratio:
        return groups[measure.name].notna()
    return groups[f"{measure.name}__den"] >= reader.profile.scoring_at(where.when.start.date()).small_sample


def few_words(names: Iterable[str], least: int) -> str:
    """Who is not ranked, in a sentence; '' for nobody."""
    named = [name or "未填写" for name in names]
    return f"{FEW}（有效回访不足 {least} 件）：{'、'.join(named)}。" if named else ""
