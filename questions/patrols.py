"""From what residents report to what the grid files: the funnel of 网格融合."""

from __future__ import annotations

import pandas as pd

from data_access.cases.filters import CaseFilter, chosen_streets
from data_access.cases.fusion import matched
from data_access.cases.reader import Reader
from data_access.district.programmes import Programme
from data_access.district.vocabulary import HOTLINE


def funnel(reader: Reader, programme: Programme, points: pd.DataFrame, where: CaseFilter) -> pd.DataFrame:
    """Grain: one row per stage, each a part of the one above from the second on; columns stage, count, late, about.

    `points`: the patrol points, as Ledger.matters gives them; those sent out in the filter's period and streets count.
    """
    sent = points
    if where.period:
        sent = sent[(sent["opened_at"] >= where.period.start) & (sent["opened_at"] < where.period.end)]
    if (streets := chosen_streets(where, reader.profile)) is not None:
        sent = sent[sent["street"].isin(streets)]
    # A settled point was filed before: 立案 counts both stages, so that each stage of the funnel holds the next.
    leads_to = {move.name: move.to for move in programme.moves}
    verified, filed, settled = sent["finding"] != "", leads_to["file"], leads_to["settle"]
    rows = [
        (*_demand(reader, where), "所选时段受理的件数"),
        ("派出巡查点位", len(sent), "所选时段派出的处数"),
        ("监督员核实", int(verified.sum()), "其中写明核实情况的处数"),
        ("立案督办", int(sent["stage"].isin((filed, settled)).sum()), "其中立案的处数"),
        ("办结", int((sent["stage"] == settled).sum()), "其中已处置办结的处数"),
    ]
    frame = pd.DataFrame(rows, columns=["stage", "count", "about"]).assign(late=0)
    return frame[["stage", "count", "late", "about"]]


def _demand(reader: Reader, where: CaseFilter) -> tuple[str, int]:
    """What residents report: the profile's classes of the environment, or all that the grid could have found."""
    if classes := reader.profile.settings.fusion.environment:
        asked = where.replace(source=(HOTLINE,), category1=classes)
        return f"{'、'.join(classes)}类热线诉求", reader.count(asked)
    return "与网格同类的热线诉求", int(matched(reader, where, ())["orders"].sum())
