"""Number cards: a figure, its comparison in words, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import SHIFT_LABELS
from ui.style.links import cases_address
from ui.style.markup import markdown, plain
from ui.style.numbers import is_good, name, show, show_change, with_unit

# The cases a card's figure counts, as a status of the list.
STATUS_OF = {"open": "open", "overdue": "overdue", "overdue_open": "overdue_open"}


def _parts(reader: Reader, measure: str, where: CaseFilter) -> str:
    """What a rate was counted from."""
    if not MEASURES[measure].denominator:
        return ""
    parts = reader.aggregate([measure], (), where)
    numerator, denominator = (float(parts[f"{measure}__{part}"].iloc[0]) for part in ("num", "den"))
    return f"\n\n分子 {numerator:,.1f}，分母 {denominator:,.0f}"


def figures(reader: Reader, names: Sequence[str], where: CaseFilter, kind: str) -> None:
    """A row of cards, one per measure; an unknown figure says why."""
    for column, figure in zip(st.columns(len(names)), reader.changes(names, where, kind).values(), strict=True):
        measure = MEASURES[figure.measure]
        good = is_good(figure.change, measure)
        colour: Literal["off", "blue", "orange"] = "off" if good is None else "blue" if good else "orange"
        title = name(measure) if measure.unit.is_share else with_unit(measure)
        with column, st.container(border=True, height="stretch"):
            st.metric(
                plain(title),
                show(figure.current, measure),
                delta=f"{SHIFT_LABELS[kind]} {show_change(figure.change, measure)}" if figure.is_known else None,
                delta_color=colour,
                delta_arrow="up" if figure.change > 0 else "down" if figure.change < 0 else "off",
                help=plain(measure.definition + _parts(reader, figure.measure, where)),
            )
            if not figure.is_known:
                st.caption(plain(figure.reason))
            if figure.measure in STATUS_OF and figure.current:
                behind = where.replace(status=(STATUS_OF[figure.measure],))
                st.markdown(markdown("[看这些案件]({})", cases_address(behind)))
