"""Tables and their downloads: what is downloaded is exactly what is shown."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from data_access.dimensions import DIMENSIONS
from data_access.measures import MEASURES, Measure
from data_access.schema import RESOLUTIONS, SOURCES
from ui.numbers import name
from ui.theme import ink, is_phone, palette

LINK = "link"  # a column of addresses of case lists
YES_NO = {0: "否", 1: "是"}
WORDS = {"source": SOURCES, "resolution": RESOLUTIONS, "is_closed": YES_NO, "is_late": YES_NO, "is_repeat": YES_NO}
PUBLISHED_LABELS = {
    "subject": "对象",
    "period": "时期",
    "measure": "指标",
    "value": "数值",
    "unit": "单位",
    "calibre": "口径",
    "source": "出处",
}
PART_LABELS = {"__num": "分子", "__den": "分母"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _measure_of(column: str) -> tuple[Measure | None, str]:
    for suffix, label in PART_LABELS.items():
        if column.endswith(suffix):
            return MEASURES.get(column.removesuffix(suffix)), label
    return MEASURES.get(column), ""


def label(column: str, labels: dict[str, str]) -> str:
    """A column's heading: given, or the measure's or dimension's own."""
    measure, part = _measure_of(column)
    if column in labels:
        return labels[column]
    if measure:
        return f"{name(measure)}·{part}" if part else name(measure)
    return DIMENSIONS[column].label if column in DIMENSIONS else column


def _config(frame: pd.DataFrame, labels: dict[str, str], digits: int, formats: Mapping[str, str]) -> Mapping[str, Any]:
    config: dict[str, Any] = {}
    for column in frame.columns:
        measure, part = _measure_of(column)
        heading, values = label(column, labels), frame[column]
        about = measure.definition if measure and not part else None
        if column == LINK:
            config[column] = st.column_config.LinkColumn(heading, display_text="查看案件")
        elif measure and measure.unit == "%" and not part:
            config[column] = st.column_config.NumberColumn(heading, format=f"%.{digits}f%%", help=about)
        elif measure and measure.unit == "分" and not part:
            config[column] = st.column_config.NumberColumn(heading, format="%.2f", help=about)
        elif measure and measure.unit in ("小时", "件/万人") and not part:
            config[column] = st.column_config.NumberColumn(heading, format="%.1f", help=about)
        elif pd.api.types.is_datetime64_any_dtype(values):
            whole = values.dropna().dt.normalize().eq(values.dropna()).all()
            config[column] = st.column_config.DatetimeColumn(
                heading, format="YYYY-MM-DD" if whole else "YYYY-MM-DD HH:mm"
            )
        elif pd.api.types.is_numeric_dtype(values):
            config[column] = st.column_config.NumberColumn(heading, format=formats.get(column, "localized"), help=about)
        else:
            config[column] = st.column_config.TextColumn(heading, help=about)
    return config


def table(
    frame: pd.DataFrame,
    *,
    key: str,
    labels: dict[str, str] | None = None,
    digits: int = 1,
    selectable: bool = False,
    several: bool = False,
    height: int | Literal["auto", "content"] = "auto",
    formats: Mapping[str, str] | None = None,
    phone: Sequence[str] | None = None,
) -> list[int]:
    """Draw a table; returns the selected rows' positions (one, or `several`).

    `digits`: decimals of percents (two in league tables).
    `formats`: how the numbers of columns that are no measure are written, by column. `phone`: the columns that matter
    on a phone, where the others are left to the download.
    """
    narrow = list(phone) if phone and is_phone() else None
    shown = _worded(frame)
    for column in shown.columns:
        measure, part = _measure_of(column)
        if measure and measure.unit == "%" and not part:
            shown[column] = (100 * shown[column]).round(digits)
        elif pd.api.types.is_float_dtype(shown[column]):
            shown[column] = shown[column].round(2)
    selection: Literal["rerun", "ignore"] = "rerun" if selectable or several else "ignore"
    state: Any = st.dataframe(
        shown,
        hide_index=True,
        column_order=narrow,
        column_config=_config(shown, labels or {}, digits, formats or {}),
        key=key,
        height=height,
        placeholder="—",
        on_select=selection,
        selection_mode="multi-row" if several else "single-row",
    )
    if narrow:
        st.caption("手机上只列要紧的几列，下载的是全部")
    return list(state.selection.rows) if selectable or several else []


def heat_table(frame: pd.DataFrame, by: str, *, key: str, heading: str) -> tuple[str, str] | None:
    """Scores (0..100) by row and column, darker for more; returns the picked cell's row (its `by`) and column.

    Column `by` names the rows, every other column is shaded on one scale; an unknown score stays blank.
    """
    scored = [column for column in frame.columns if column != by]
    whole = frame[scored].to_numpy(dtype=float)
    low, high = (float(found) for found in (np.nanmin(whole), np.nanmax(whole)))
    styled = frame.style.map(lambda value: _shaded(value, low, high), subset=pd.Index(scored))
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {column: number(column, format="%.1f") for column in scored}
    config[by] = st.column_config.TextColumn(heading, pinned=True)
    state: Any = st.dataframe(
        styled,
        hide_index=True,
        column_config=config,
        key=key,
        height="content",
        placeholder="—",
        on_select="rerun",
        selection_mode="single-cell",
    )
    if not state.selection.cells:
        return None
    row, column = state.selection.cells[0]
    return str(frame.iloc[row][by]), str(column)


def _shaded(value: float, low: float, high: float) -> str:
    if pd.isna(value) or high <= low:
        return ""
    ramp = palette().ramp
    place = min(int((value - low) / (high - low) * len(ramp)), len(ramp) - 1)
    return f"background-color: {ramp[place]}; color: {ink(ramp[place])}"


def _worded(frame: pd.DataFrame) -> pd.DataFrame:
    """Stored codes in words."""
    worded = {
        column: frame[column].map(lambda value, names=names: names.get(value, value))
        for column, names in WORDS.items()
        if column in frame
    }
    return frame.assign(**worded)


def _headed(frame: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    return _worded(frame).rename(columns={column: label(column, labels) for column in frame.columns})


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run as a formula, made text again."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def csv_bytes(frame: pd.DataFrame, labels: dict[str, str] | None = None) -> bytes:
    """UTF-8 with a mark at the front, by which Excel knows it; no cell can act as a formula."""
    return _headed(frame, labels or {}).map(_harmless).to_csv(index=False).encode("utf-8-sig")


def _number_format(column: str) -> str:
    measure, part = _measure_of(column)
    if measure and measure.unit == "%" and not part:
        return "0.00%"
    return "#,##0.00" if measure and not part and measure.unit in ("小时", "分", "件/万人") else "#,##0.##"


def xlsx_bytes(frame: pd.DataFrame, title: str, labels: dict[str, str] | None = None) -> bytes:
    """A workbook: the table, and a sheet with the definition of every measure in it."""
    headed, buffer = _headed(frame, labels or {}), io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        headed.to_excel(writer, sheet_name=title[:31], index=False, freeze_panes=(1, 0))
        sheet, book = writer.sheets[title[:31]], writer.book
        for place, column in enumerate(frame.columns):
            numeric = pd.api.types.is_numeric_dtype(frame[column])
            style = book.add_format({"num_format": _number_format(column)} if numeric else {})
            sheet.set_column(place, place, 14 if numeric else 20, style)
        definitions(list(frame.columns)).to_excel(writer, sheet_name="口径", index=False)
    return buffer.getvalue()


def definitions(columns: Sequence[str]) -> pd.DataFrame:
    """The definitions of the measures among `columns`."""
    found = [MEASURES[column] for column in columns if column in MEASURES]
    return pd.DataFrame(
        {"指标": [name(m) for m in found], "单位": [m.unit for m in found], "口径": [m.definition for m in found]}
    )


def downloads(frame: pd.DataFrame, title: str, *, key: str, labels: dict[str, str] | None = None) -> None:
    """Two small buttons; the files are made when somebody asks for them."""
    with st.container(horizontal=True, gap="small"):
        st.download_button("下载 CSV", lambda: csv_bytes(frame, labels), f"{title}.csv", "text/csv",
                           key=f"{key}_csv", on_click="ignore", type="tertiary")  # fmt: skip
        st.download_button("下载 XLSX", lambda: xlsx_bytes(frame, title, labels), f"{title}.xlsx", XLSX,
                           key=f"{key}_xlsx", on_click="ignore", type="tertiary")  # fmt: skip
