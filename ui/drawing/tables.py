"""Tables and their downloads: what is downloaded is exactly what is shown."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.measures import MEASURES, Measure
from data_access.district.vocabulary import RESOLUTIONS, SOURCES
from ui.style.numbers import UNKNOWN, name
from ui.style.theme import LIGHT, LIGHTS, ink, is_phone, light_colour, palette

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
PRINTED = 100  # rows of a table on paper
SHORT = 7  # characters that are not broken into lines there
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
    mode: Any = "multi-row" if several else "single-row" if selectable else ""
    state = _drawn(frame, key, labels or {}, digits, height, formats or {}, phone, mode)
    return list(state.selection.rows) if mode else []


def pick_cell(
    frame: pd.DataFrame, *, key: str, labels: dict[str, str], several: bool = False, phone: Sequence[str] | None = None
) -> tuple[list[int], int | None]:
    """A table whose cells lead somewhere; returns the chosen rows (where `several` may be) and the row of the cell."""
    modes: Any = ["single-cell", "multi-row"] if several else "single-cell"
    state = _drawn(frame, key, labels, 1, "auto", {}, phone, modes)
    cells = state.selection.cells
    return list(state.selection.rows), cells[0][0] if cells else None


def _drawn(
    frame: pd.DataFrame,
    key: str,
    labels: dict[str, str],
    digits: int,
    height: int | Literal["auto", "content"],
    formats: Mapping[str, str],
    phone: Sequence[str] | None,
    mode: Any,
) -> Any:
    """`mode`: what may be selected, '' nothing."""
    narrow = list(phone) if phone and is_phone() else None
    shown = _worded(frame)
    for column in shown.columns:
        measure, part = _measure_of(column)
        if measure and measure.unit == "%" and not part:
            shown[column] = (100 * shown[column]).round(digits)
        elif pd.api.types.is_float_dtype(shown[column]):
            shown[column] = shown[column].round(2)
    config = _config(shown, labels, digits, formats)
    state = st.dataframe(
        shown.style.map(_lit, subset=["light"]) if "light" in shown else shown,
        hide_index=True,
        column_order=narrow,
        column_config=config,
        key=key,
        height=height,
        placeholder=UNKNOWN,
        on_select="rerun" if mode else "ignore",
        selection_mode=mode or "single-row",
    )
    st.html(paper(shown[narrow] if narrow else shown, config))
    if narrow:
        st.caption("手机上只列要紧的几列，电脑上看全部")
    return state


def _lit(words: Any) -> str:
    """A deadline's light is written in its colour."""
    colour = next((light_colour(light) for light in LIGHTS["light"] if light in str(words)), "")
    return f"color: {colour}; font-weight: 600" if colour else ""


def heat_table(frame: pd.DataFrame, by: str, *, key: str, heading: str) -> tuple[str, str] | None:
    """Scores (0..100) by row and column, darker for more; returns the picked cell's row (its `by`) and column.

    Column `by` names the rows, every other column is shaded on one scale; an unknown score stays blank.
    """
    scored = [column for column in frame.columns if column != by]
    whole = frame[scored].to_numpy(dtype=float)
    low, high = (float(found) for found in (np.nanmin(whole), np.nanmax(whole)))
    styled = frame.style.map(lambda value: _shaded(value, low, high, palette().ramp), subset=pd.Index(scored))
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {column: number(column, format="%.1f") for column in scored}
    config[by] = st.column_config.TextColumn(heading, pinned=True)
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
    st.html(paper(frame, config, lambda value: _shaded(value, low, high, LIGHT.ramp)))
    if not state.selection.cells:
        return None
    row, column = state.selection.cells[0]
    return str(frame.iloc[row][by]), str(column)


def _shaded(value: float, low: float, high: float, ramp: Sequence[str]) -> str:
    if pd.isna(value) or high <= low:
        return ""
    place = min(int((value - low) / (high - low) * len(ramp)), len(ramp) - 1)
    return f"background-color: {ramp[place]}; color: {ink(ramp[place])}"


def paper(frame: pd.DataFrame, config: Mapping[str, Any], shade: Callable[[float], str] | None = None) -> str:
    """The table once more as HTML that only prints: the screen's is a canvas, which holds no more than is in sight.

    `config`: by column, as the screen's. `shade`: the CSS of a number. Links are left out; nobody can click on paper.
    """
    kept = [column for column in frame.columns if column != LINK]
    heads = "".join(f"<th>{escape(config[column]['label'])}</th>" for column in kept)
    columns = [_cells(frame[column].head(PRINTED), config[column]["type_config"], shade) for column in kept]
    rows = "".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    rest = f"<p>共 {len(frame):,} 行，纸上只列前 {PRINTED} 行，其余见下载</p>" if len(frame) > PRINTED else ""
    return f'<div class="print-only"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{rest}</div>'


def _cells(values: pd.Series, kind: Mapping[str, Any], shade: Callable[[float], str] | None) -> list[str]:
    """The cells of one column, classed by its type; `kind`: the type_config of its column_config."""
    cells = []
    for value in values:
        text = as_on_screen(value, kind.get("format"))
        style = f' style="{shade(value)}"' if shade and kind["type"] == "number" else ""
        cells.append(f'<td class="{kind["type"]}{" short" if len(text) <= SHORT else ""}"{style}>{escape(text)}</td>')
    return cells


def as_on_screen(value: Any, form: str | None) -> str:
    """One value as the browser writes it under a column's format."""
    if pd.isna(value):
        return UNKNOWN
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}" if form and "HH" in form else f"{value:%Y-%m-%d}"
    if form == "localized":
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if form and (fixed := re.search(r"%\.(\d)f", form)):
        # JavaScript rounds a tie away from zero, Python to the even digit.
        value = Decimal(float(value)).quantize(Decimal(1).scaleb(-int(fixed[1])), ROUND_HALF_UP)
    # Python writes two digits of an exponent where JavaScript writes one.
    return re.sub(r"(?<=\de[+-])0", "", form % value) if form else str(value)


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
