"""Figures that somebody published (the profile's benchmarks.csv), beside what is computed here."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd
import streamlit as st

from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.models import Benchmark
from ui.drawing.fitting import ROOM
from ui.drawing.tables import PUBLISHED_LABELS, table
from ui.style.markup import plain
from ui.style.numbers import name

ON_PHONE = ("subject", "measure", "value", "unit")
REAL_BESIDE_MADE = (
    "公开报道里真实的数字；本页其余是合成的演示数据，总量就是照这些数字生成的，两者相符不说明演示数据可信。"
)


def published_of(reader: Reader, measures: Collection[str]) -> list[Benchmark]:
    """The published figures of these measures, in the file's order."""
    return [row for row in reader.profile.benchmarks if row.measure in measures]


def published_note(reader: Reader) -> str:
    """What to say of published figures beside the page's own: those of the demo were made after them."""
    return REAL_BESIDE_MADE if reader.is_synthetic else ""


def show_published(reader: Reader, measures: Collection[str], *, without: Sequence[str] = (), room: int = ROOM) -> None:
    """A table of them, nothing where there are none. `without`: columns that the place does not need. `room`: as of
    any table."""
    rows = published_of(reader, measures)
    if not rows:
        return
    st.subheader("公布的数字")
    if note := published_note(reader):
        st.caption(plain(note))
    frame = pd.DataFrame([row.model_dump() for row in rows])
    frame["measure"] = [name(MEASURES[one]) if one in MEASURES else "（见口径）" for one in frame["measure"]]
    table(frame.drop(columns=list(without)), key="published", labels=PUBLISHED_LABELS, room=room,
          phone=[one for one in ON_PHONE if one not in without])  # fmt: skip
