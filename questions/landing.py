"""What 区情总览 shows, asked for in as few statements as can be: by the page, and before anybody opens it."""

from __future__ import annotations

import pandas as pd

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from questions.usual import courses_beside_usual

FIRST_ROW = ("volume", "open", "overdue_open", "on_time_rate")
SECOND_ROW = ("response_rate", "resolution_rate", "satisfaction_rate", "composite")
FIGURES = (*FIRST_ROW, *SECOND_ROW, "called_back_share")  # all that the page compares


def landing(reader: Reader, where: CaseFilter, kind: str) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The classes that rose and fell, as `Reader.compare_groups`, and the cards' lines, as questions.usual; the other
    answers of the page are then at hand."""
    reader.ask_together(
        where,
        {("day", "source"): ["volume"], ("street",): ["volume"], ("unit",): ["overdue_open", "open"]},
        compared={(): FIGURES, ("category2",): ["volume"]},
        kind=kind,
    )
    reader.changes(FIGURES, where, kind)
    moved = reader.compare_groups("volume", "category2", where, kind)
    return moved, courses_beside_usual(reader, (*FIRST_ROW, *SECOND_ROW), where)
