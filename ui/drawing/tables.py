"""Tables on screen, each with its print beside it, and the buttons that download them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from ui.drawing.columns import LINK, PUBLISHED_LABELS, label, measure_of, unit_of, worded
from ui.drawing.exports import XLSX, csv_bytes, xlsx_bytes
from ui.drawing.paper import paper
from ui.style.lights import LIGHTS
from ui.style.numbers import UNKNOWN
from ui.style.theme import LIGHT, ink, is_phone, light_colour, palette

__all__ = ["LINK", "PUBLISHED_LABELS", "downloads", "heat_table", "pick_cell", "table"]


def _config(frame: pd.DataFrame, labels: Mapping[str, str], digits: int, formats: Mapping[str, str]) -> dict[str, Any]:
    return {column: _column(frame[column], column, labels, digits, formats) for column in frame.columns}


def _column(values: pd.Series, column: str, labels: Mapping[str, str], digits: int, formats: Mapping[str, str]) -> Any:
    """How Streamlit shows a column: by its measure's unit, else by its type."""
    (measure, part), unit, heading = measure_of(column), unit_of(column), label(column, labels)
    about = measure.definition if measure and not part else None
    if column == LINK:
        return st.column_config.LinkColumn(heading, display_text="查看案件")
    if unit and unit.is_share:
        return st.column_config.NumberColumn(heading, format=f"%.{digits}f%%", help=about)
    if unit and not unit.is_count:
        return st.column_config.NumberColumn(heading, format=f"%.{unit.decimals}f", help=about)
    if pd.api.types.is_datetime64_any_dtype(values):
        whole = values.dropna().dt.normalize().eq(values.dropna()).all()
        return st.column_config.DatetimeColumn(heading, format="YYYY-MM-DD" if whole else "YYYY-MM-DD HH:mm")
    if pd.api.types.is_numeric_dtype(values):
        return st.column_config.NumberColumn(heading, format=formats.get(column, "localized"), help=about)
    return st.column_config.TextColumn(heading, help=about)


def table(
    frame: pd.DataFrame,
    *,
    key: str,
    labels: Mapping[str, str] | None = None,
    digits: int = 1,
    selectable: bool = False,
    several: bool = False,
    height: int | Literal["auto", "content"] = "auto",
    formats: Mapping[str, str] | None = None,
    phone: Sequence[str] | None = None,
    records: Sequence[str] | None = None,
) -> list[int]:
    """Draw a table; returns the selected rows' positions (one, or `several`).

    A selection belongs to the rows it was made on: once other rows stand there it is dropped, and the page says so.
    `records`: each row's case or matter number, where two rows may show the same.
    `digits`: decimals of percents (two in league tables).
    `formats`: how the numbers of columns that are no measure are written, by column. `phone`: the columns that matter
    on a phone, where the others are left to the download.
    """
    mode: Any = "multi-row" if several else "single-row" if selectable else ""
    state = _drawn(frame, key, labels or {}, digits, height, formats or {}, phone, mode, records)
    return _rows(state, key, frame) if mode else []


def pick_cell(
    frame: pd.DataFrame,
    *,
    key: str,
    labels: Mapping[str, str],
    several: bool = False,
    phone: Sequence[str] | None = None,
    records: Sequence[str] | None = None,
) -> tuple[list[int], int | None]:
    """A table whose cells lead somewhere; returns the chosen rows (where `several` may be) and the row of the cell.

    Selections and `records` as in `table`.
    """
    modes: Any = ["single-cell", "multi-row"] if several else "single-cell"
    state = _drawn(frame, key, labels, 1, "auto", {}, phone, modes, records)
    cells = [row for row, _ in state.selection.cells if 0 <= row < len(frame)]
    return _rows(state, key, frame), cells[0] if cells else None


DRAWN, CHOSEN = "tables_as_drawn", "chosen_in_tables"  # in the session, by table


def _drawn_as(key: str, shown: pd.DataFrame, records: Sequence[str] | None) -> str:
    """A short hash of the rows that a table shows, kept in the session: other rows in their place have another."""
    if records is not None:
        told = "\0".join(map(str, records)).encode()
    else:
        told = pd.util.hash_pandas_object(shown.astype(str), index=False).to_numpy().tobytes()
    letters = hashlib.blake2b(told, digest_size=6).hexdigest()
    st.session_state.setdefault(DRAWN, {})[key] = letters
    return letters


def _rows(state: Any, key: str, frame: pd.DataFrame) -> list[int]:
    """The chosen rows that there are: what a browser sends may be old, or made up."""
    rows = [row for row in state.selection.rows if 0 <= row < len(frame)]
    chosen, now = st.session_state.setdefault(CHOSEN, {}), st.session_state[DRAWN][key]
    if chosen.get(key, now) != now and not rows:
        st.warning("清单已有变化，刚才的勾选已取消；请看过之后重新勾选。")
    if rows:
        chosen[key] = now
    else:
        chosen.pop(key, None)
    return rows


def _drawn(
    frame: pd.DataFrame,
    key: str,
    labels: Mapping[str, str],
    digits: int,
    height: int | Literal["auto", "content"],
    formats: Mapping[str, str],
    phone: Sequence[str] | None,
    mode: Any,
    records: Sequence[str] | None = None,
) -> Any:
    """Draw the table and its print; returns Streamlit's state of it. `mode`: what may be selected, '' nothing."""
    narrow = list(phone) if phone and is_phone() else None
    shown = worded(frame)
    for column in shown.columns:
        if (unit := unit_of(column)) and unit.is_share:
            shown[column] = (100 * shown[column]).round(digits)
        elif pd.api.types.is_float_dtype(shown[column]):
            shown[column] = shown[column].round(2)
    config = _config(shown, labels, digits, formats)
    st.html(paper(shown[narrow] if narrow else shown, config))  # print.css hides what stands behind it
    state = st.dataframe(
        shown.style.map(_lit, subset=["light"]) if "light" in shown else shown,
        hide_index=True,
        column_order=narrow,
        column_config=config,
        # Streamlit remembers a selection by position: under other rows the table is another one, with nothing chosen.
        key=f"{key}_{_drawn_as(key, shown, records)}" if mode else key,
        height=height,
        placeholder=UNKNOWN,
        on_select="rerun" if mode else "ignore",
        selection_mode=mode or "single-row",
    )
    if narrow:
        st.caption("手机上只列要紧的几列，电脑上看全部")
    return state


def _lit(words: Any) -> str:
    """A deadline's light is written in its colour."""
    colour = next((light_colour(light) for light in LIGHTS if light in str(words)), "")
    return f"color: {colour}; font-weight: 600" if colour else ""


def heat_table(frame: pd.DataFrame, by: str, *, key: str, heading: str) -> tuple[str, str] | None:
    """Scores (0..100) by row and column, darker for more; returns the picked cell's row (its `by`) and column.

    Column `by` names the rows, every other column is shaded on one scale; an unknown score stays blank.
    """
    scored = [column for column in frame.columns if column != by]
    whole = frame[scored].to_numpy(dtype=float)
    known = whole[~np.isnan(whole)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    styled = frame.style.map(lambda value: _shaded(value, low, high, palette().ramp), subset=pd.Index(scored))
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {column: number(column, format="%.1f") for column in scored}
    config[by] = st.column_config.TextColumn(heading, pinned=True)
    st.html(paper(frame, config, lambda value: _shaded(value, low, high, LIGHT.ramp)))
    state: Any = st.dataframe(
        styled,
        hide_index=True,
        column_config=config,
        key=key,
        height="content",
        placeholder=UNKNOWN,
        on_select="rerun",
        selection_mode="single-cell",
    )
    if not state.selection.cells:
        return None
    row, column = state.selection.cells[0]
    return str(frame.iloc[row][by]), str(column)


def _shaded(value: float, low: float, high: float, ramp: Sequence[str]) -> str:
    if pd.isna(value) or high <= low:
        return ""
    place = min(int((value - low) / (high - low) * len(ramp)), len(ramp) - 1)
    return f"background-color: {ramp[place]}; color: {ink(ramp[place])}"


def downloads(
    rows: pd.DataFrame | Callable[[], pd.DataFrame],
    title: str,
    *,
    key: str,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Two small buttons; the files, and `rows` where a function gives them, are made when somebody asks for them."""

    def asked() -> pd.DataFrame:
        return rows() if callable(rows) else rows

    with st.container(horizontal=True, gap="small"):
        st.download_button("下载 CSV", lambda: csv_bytes(asked(), labels), f"{title}.csv", "text/csv",
                           key=f"{key}_csv", on_click="ignore", type="tertiary")  # fmt: skip
        st.download_button("下载 XLSX", lambda: xlsx_bytes(asked(), title, labels), f"{title}.xlsx", XLSX,
                           key=f"{key}_xlsx", on_click="ignore", type="tertiary")  # fmt: skip
