"""Where cases gather: H3 cells that hide small counts, communities, and hot and cold spots beyond chance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from analysis.classes import centres, coarser
from analysis.hotspots import hot_spots
from data_access.cases import small
from data_access.cases.cache import cached
from data_access.cases.demands import demands
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import aligned

CELL = "h3_cell"


def least_shown(reader: Reader) -> int:
    """The least number of cases that a place shows; fewer could point at a household."""
    return reader.profile.settings.geography.min_cell_count


def cells(reader: Reader, where: CaseFilter, size: int) -> tuple[pd.DataFrame, float]:
    """Cases by H3 cell of a size (resolution), and how many cases are not shown: too few at a place, or without one.

    Grain: one row per cell; columns h3_cell, volume, within (the cells of the store that it is made of).
    """
    exact = reader.exact.aggregate(["volume"], [CELL], where)
    found, left_out = coarser(exact, CELL, ["volume"], size, least_shown(reader))
    found = small.rounded(reader, found, ["volume"], "volume", where=where, by=(CELL,))
    return found, reader.count(where) - float(found["volume"].sum()) if reader.least else left_out


def communities(reader: Reader, where: CaseFilter, measure: str) -> pd.DataFrame:
    """Communities that may be shown, with a place. Columns: community, volume, the measure, lon, lat (their cases')."""
    asked = list(dict.fromkeys(("volume", measure)))
    places = centres(reader.exact.aggregate(["volume"], ["community", CELL], where), "community", CELL, "volume")
    known = reader.aggregate(asked, ["community"], where).merge(places, on="community")
    return known[(known["volume"] >= least_shown(reader)) & (known["community"] != "")]


# Question -> its words: whether a place has more than its surroundings, or more than it had itself.
QUESTIONS = {"past": "比自己的过去多", "surroundings": "比周边多"}


@dataclass(frozen=True)
class Spots:
    """`basis`: what is set against what; `null`: what a map without any spot would be; both in words. `reason`: why
    nothing can be said, '' where it can. `cells`: as analysis.hotspots.hot_spots, of demands, with within.
    """

    basis: str
    null: str
    cells: pd.DataFrame
    reason: str = ""


@cached
def spots(reader: Reader, where: CaseFilter, size: int, question: str) -> Spots:
    """Hot and cold spots. `question`: one of QUESTIONS."""
    ask = _beside_surroundings if question == "surroundings" else _beside_past
    found = ask(reader, where, size)
    if found.cells.empty:
        return found
    told = small.rounded(reader, found.cells, ["of", "cases"], "of", where=where, by=(CELL,))
    return replace(found, cells=told)


def _beside_surroundings(reader: Reader, where: CaseFilter, size: int) -> Spots:
    """By the share of all demands of the place that the chosen ones are."""
    everything = CaseFilter(where.period, where.source, where.district, where.street)
    if where == everything:
        return Spots(
            "", "", pd.DataFrame(), "没有选定哪一类诉求，无从比较占比。先选一类（更多筛选），再看它在哪里扎堆。"
        )
    joined = _joined(reader, where, everything)
    sums, _ = coarser(joined.rename(columns={"other": "of"}), CELL, ["of", "cases"], size, least_shown(reader))
    basis, null = "所选诉求占当地全部诉求的比例，与紧邻一圈之外再往外三圈的比例比", "各处的占比其实与周边一样"
    return Spots(basis, null, hot_spots(sums))


def _beside_past(reader: Reader, where: CaseFilter, size: int) -> Spots:
    """By the share that this period has of both periods' demands, against the whole's: what rose everywhere is none."""
    for kind, words in (("yoy", "上年同期"), ("previous", "上一个同样长的时段")):
        now, then = aligned(where.when, kind, reader.as_of)
        if reader.covers(then):
            joined = _joined(reader, where.replace(period=now), where.replace(period=then))
            joined["of"] = joined["cases"] + joined["other"]
            sums, _ = coarser(joined[[CELL, "of", "cases"]], CELL, ["of", "cases"], size, least_shown(reader))
            basis, null = f"本期件数与{words}比，看哪里的增减超出全图的增减", "各处的增减其实与全图一样"
            return Spots(basis, null, hot_spots(sums, surroundings=False))
    return Spots("", "", pd.DataFrame(), "数据没有覆盖上年同期，也没有覆盖上一个时段，无从与过去比。")


def _joined(reader: Reader, where: CaseFilter, other: CaseFilter) -> pd.DataFrame:
    """Demands of two filters by stored cell: columns h3_cell, cases, other."""
    mine, others = (demands(reader.exact, one).rename(columns={"demands": name})
                    for one, name in ((where, "cases"), (other, "other")))  # fmt: skip
    return mine.merge(others, how="outer", on=CELL).fillna({"cases": 0.0, "other": 0.0})
