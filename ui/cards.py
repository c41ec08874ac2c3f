"""Number cards: a figure, its comparison in words, and where it comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import streamlit as st

from data_access.filters import CaseFilter
from data_access.measures import MEASURES
from data_access.periods import SHIFT_LABELS
from data_access.query import aggregate, compare
from ui.links import cases_address
from ui.numbers import is_good, name, show, show_change

# The cases a card's figure counts, as a status of the list.
STATUS_OF = {"open": "open", "overdue": "overdue", "overdue_open": "overdue_open"}


def _parts(measure: str, where: CaseFilter) -> str:
    if not MEASURES[measure].denominator:
        return ""
    row = aggregate([measure], (), where).iloc[0]
    return f"\n\n分子 {row[f'{measure}__num']:,.1f}，分母 {row[f'{measure}__den']:,.0f}"


def figures(names: Sequence[str], where: CaseFilter, kind: str) -> None:
    """A row of cards, one per measure; an unknown figure says why."""
    for column, row in zip(st.columns(len(names)), compare(names, where, kind).to_dict("records"), strict=True):
        measure = MEASURES[row["measure"]]
        good = is_good(row["change"], measure)
        colour: Literal["off", "blue", "orange"] = "off" if good is None else "blue" if good else "orange"
        known = not math.isnan(row["change"])
        title = name(measure) if measure.unit == "%" else f"{name(measure)}（{measure.unit}）"
        with column, st.container(border=True, height="stretch"):
            st.metric(
                title,
                show(row["current"], measure),
                delta=f"{SHIFT_LABELS[kind]} {show_change(row['change'], measure)}" if known else None,
                delta_color=colour,
                delta_arrow="up" if row["change"] > 0 else "down" if row["change"] < 0 else "off",
                help=measure.definition + _parts(row["measure"], where),
            )
            if not known:
                st.caption(row["reason"])
            if row["measure"] in STATUS_OF and row["current"]:
                st.markdown(f"[看这些案件]({cases_address(where.replace(status=(STATUS_OF[row['measure']],)))})")
