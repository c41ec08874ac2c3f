"""Where cases gather: H3 cells that hide small counts, communities, and hot and cold spots beyond chance."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.classes import centres, coarser
from analysis.hotspots import hot_spots
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import same_period_last_year

CELL = "h3_cell"


def least_shown(reader: Reader) -> int:
    """The least number of cases that a place shows; fewer could point at a household."""
    return reader.profile.settings.geography.min_cell_count


def cells(reader: Reader, where: CaseFilter, size: int) -> tuple[pd.DataFrame, float]:
    """Cases by H3 cell of a size (resolution), and how many cases are not shown: too few at a place, or without one.

    Grain: one row per cell; columns h3_cell, volume, within (the cells of the store that it is made of).
    """
    return coarser(reader.aggregate(["volume"], [CELL], where), CELL, ["volume"], size, least_shown(reader))


def communities(reader: Reader, where: CaseFilter, measure: str) -> pd.DataFrame:
    """Communities that may be shown, with a place. Columns: community, volume, the measure, lon, lat (their cases')."""
    asked = list(dict.fromkeys(("volume", measure)))
    places = centres(reader.aggregate(["volume"], ["community", CELL], where), "community", CELL, "volume")
    known = reader.aggregate(asked, ["community"], where).merge(places, on="community")
    return known[(known["volume"] >= least_shown(reader)) & (known["community"] != "")]


@dataclass(frozen=True)
class Spots:
    """`basis`: what is a share of what, in words. `cells`: as analysis.hotspots.hot_spots, with within."""

    basis: str
    cells: pd.DataFrame


def spots(reader: Reader, where: CaseFilter, size: int) -> Spots | None:
    """Hot and cold spots by share; None where there is nothing to be a share of.

    Of all cases in the same cells when something is selected, else of this period in both years.
    """
    everything = CaseFilter(period=where.period, source=where.source, street=where.street)
    last_year = same_period_last_year(where.when)
    if where != everything:
        basis, of = "所选诉求占当地全部诉求的比例", everything
    elif reader.covers(last_year):
        basis, of = "本期占两年同期之和的比例（高于全区即增长更快）", where.replace(period=last_year)
    else:
        return None
    mine = reader.aggregate(["volume"], [CELL], where).rename(columns={"volume": "cases"})
    joined = mine.merge(reader.aggregate(["volume"], [CELL], of), how="outer").fillna({"cases": 0.0, "volume": 0.0})
    joined["of"] = joined["volume"] if where != everything else joined["volume"] + joined["cases"]
    sums, _ = coarser(joined[[CELL, "of", "cases"]], CELL, ["of", "cases"], size, least_shown(reader))
    return Spots(basis, hot_spots(sums))
