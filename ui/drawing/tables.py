"""Tables on screen, each with its print beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from analysis.kept import kept
from data_access.cases.units import Figure, Shown
from ui.drawing.columns import LINK, PUBLISHED_LABELS, label, measure_of, unit_of, worded
from ui.drawing.downloads import downloads
from ui.drawing.fitting import PHONE, ROOM, TICKS, TO_CASES, Sizes, first_that_fit, fitted, measured, wide
from ui.drawing.paper import paper
from ui.style.lights import LIGHTS
from ui.style.links import written
from ui.style.markup import html, joined
from ui.style.numbers import OVERDUE, UNKNOWN
from ui.style.theme import LIGHT, ink, is_phone, light_colour, palette
from ui.watch.mark import mark_screen
from ui.watch.viewer import viewer

COLUMNS = "columns"  # in the address

__all__ = ["COLUMNS", "LINK", "PUBLISHED_LABELS", "choose_columns", "downloads", "heat_table", "pick_cell", "table"]


def _column(
    values: pd.Series,
    column: str,
    labels: Mapping[str, str],
    digits: int,
    formats: Mapping[str, str],
    figures: Sequence[Shown],
    year: int = 0,
) -> Any:
    """How Streamlit shows a column: by its measure's unit, else by its type. `year`: as in `_date_form`."""
    (measure, part), heading = measure_of(column, figures), label(column, labels, figures)
    unit = unit_of(column, figures)
    about = measure.definition if measure and not part else None
    if column == LINK:
        # At the left, or a narrow table would hide the way on beyond its edge.
        return st.column_config.LinkColumn(heading, display_text=TO_CASES, pinned=True)
    if unit and unit.is_share:
        return st.column_config.NumberColumn(heading, format=f"%.{digits}f%%", help=about)
    if unit and not unit.is_count:
        return st.column_config.NumberColumn(heading, format=f"%.{unit.decimals}f", help=about)
    if pd.api.types.is_datetime64_any_dtype(values):
        return st.column_config.DatetimeColumn(heading, format=_date_form(values.dropna(), year))
    if pd.api.types.is_numeric_dtype(values):
        return st.column_config.NumberColumn(heading, format=formats.get(column, "localized"), help=about)
    return st.column_config.TextColumn(heading, help=about, width=wide(values, heading))


def _date_form(known: pd.Series, year: int) -> str:
    """How the times of a column are written: days without hours; without the year where all are of `year`."""
    day = "MM-DD" if len(known) and (known.dt.year == year).all() else "YYYY-MM-DD"
    return day if known.dt.normalize().eq(known).all() else f"{day} HH:mm"


def _year() -> int:
    """The year that nobody need be told of: on a phone, where there is no room for it, that of the data; else none."""
    reader = viewer().reader if is_phone() else None
    return reader.as_of.year if reader and reader.has_data else 0


def choose_columns(
    every: Sequence[str], usual: Sequence[str], labels: Mapping[str, str], key: str = COLUMNS
) -> list[str]:
    """A menu of a wide table's columns, kept in the address under `key`; returns those to be seen, in the order they
    were chosen.

    `usual`: those that stand there before anybody chose, which a screen 1440 pixels wide has room for.
    """
    if is_phone():
        return list(usual)
    with st.popover("列", type="tertiary", key=f"menu_{key}"):
        chosen = st.multiselect("表里的列", every, default=list(usual), key=key, bind="query-params",
                                format_func=lambda one: label(one, labels), placeholder="常用的几列",
                                select_all=False)  # fmt: skip
        st.caption("按选的先后从左到右；打印和下载的文件总有全部的列，XLSX 的“说明”里写明是哪些。")
    return chosen or list(usual)


def _menu_of(sizes: Sizes, labels: Mapping[str, str], key: str, room: int) -> list[str] | None:
    """The columns that were chosen of those for which there is not room together; None where there is for all."""
    every, usual = list(sizes), first_that_fit(sizes, room)
    return choose_columns(every, usual, labels, key) if usual != every or key in st.query_params else None


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
    seen: Sequence[str] | None = None,
    stand_out: Collection[int] = (),
    figures: Sequence[Shown] = (),
    parts: bool = False,
    on_pick: Callable[[], None] | None = None,
    room: int = ROOM,
    menu: str = "",
) -> list[int]:
    """Draw a table; returns the selected rows' positions: the one of the cell that was clicked, or `several` ticked.

    A selection belongs to the rows it was made on: once other rows stand there it is dropped, and the page says so.
    `records`: each row's case or matter number, where two rows may show the same.
    `digits`: decimals of percents (two in league tables).
    `formats`: how the numbers of columns that are no measure are written, by column. `phone`: the columns that matter
    on a phone, where the others are left to the download. `seen`: those that stand there elsewhere (`choose_columns`).
    `stand_out`: the positions of rows that somebody asked for.
    `figures`: whose values columns hold, beside measures. `parts`: also the numerators and denominators of rates, which
    else only those have that `labels` names, and files. `on_pick`: called before the page runs for a selection.
    `room`: pixels for the table on a screen 1440 wide, HALF in one of two columns: words that would make it wider are
    cut. `menu`: where that is not enough the first columns for which there is room stand there, the most important
    first; the others in a menu whose choice the address keeps under this name.
    """
    mode: Any = "multi-row" if several else "single-cell" if selectable else ""
    hidden = (
        [] if parts else [name for name in frame if measure_of(str(name), figures)[1] and name not in (labels or {})]
    )
    shown = frame.drop(columns=hidden)
    state = _drawn(shown, key, labels or {}, digits, height, formats or {}, phone, mode, records, stand_out, figures,
                   on_pick, seen, room, menu)  # fmt: skip
    if mode == "single-cell":
        return _within([row for row, _ in state.selection.cells], frame)
    return _rows(state, key, frame) if mode else []


def pick_cell(
    frame: pd.DataFrame,
    *,
    key: str,
    labels: Mapping[str, str],
    several: bool = False,
    phone: Sequence[str] | None = None,
    records: Sequence[str] | None = None,
    on_pick: Callable[[], None] | None = None,
    menu: str = "",
) -> tuple[list[int], int | None]:
    """A table whose cells lead somewhere; returns the chosen rows (where `several` may be) and the row of the cell.

    Selections, `records`, `on_pick` and `menu` as in `table`.
    """
    modes: Any = ["single-cell", "multi-row"] if several else "single-cell"
    state = _drawn(frame, key, labels, 1, "auto", {}, phone, modes, records, on_pick=on_pick, menu=menu)
    cells = _within([row for row, _ in state.selection.cells], frame)
    return _rows(state, key, frame), cells[0] if cells else None


DRAWN, CHOSEN = "tables_as_drawn", "chosen_in_tables"  # in the session, by table


@kept
def _letters(shown: pd.DataFrame | Sequence[str]) -> str:
    """A short hash of rows, or of their numbers."""
    told = [shown[name].tolist() for name in shown] if isinstance(shown, pd.DataFrame) else [*shown]
    return hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest()


def _drawn_as(key: str, shown: pd.DataFrame, records: Sequence[str] | None) -> str:
    """`_letters` of what a table shows, kept in the session: other rows in their place have others."""
    letters = _letters(shown if records is None else tuple(map(str, records)))
    st.session_state.setdefault(DRAWN, {})[key] = letters
    return letters


def _within(rows: Sequence[int], frame: pd.DataFrame) -> list[int]:
    """The rows that there are: what a browser sends may be old, or made up."""
    return [row for row in rows if 0 <= row < len(frame)]


def _rows(state: Any, key: str, frame: pd.DataFrame) -> list[int]:
    """The ticked rows that there are."""
    rows = _within(state.selection.rows, frame)
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
    stand_out: Collection[int] = (),
    figures: Sequence[Shown] = (),
    on_pick: Callable[[], None] | None = None,
    seen: Sequence[str] | None = None,
    room: int = ROOM,
    menu: str = "",
) -> Any:
    """Draw the table and its print; returns Streamlit's state of it. `mode`: what may be selected, '' nothing."""
    if {LINK, "case_id"} & set(frame.columns):
        mark_screen()
    narrow = list(phone) if phone and is_phone() else None
    shown, config, sizes = _prepared(frame, labels, digits, formats, tuple(figures), _year())
    room = (PHONE if is_phone() else room) - (TICKS if "multi-row" in mode else 0)
    if menu and not narrow:
        seen = _menu_of(sizes, labels, menu, room)
    order = narrow or list(map(str, seen or shown.columns))
    config = {**config, **fitted(order, sizes, config, room)}
    st.html(
        paper(shown[narrow] if narrow else shown, config, stand_out=stand_out)
    )  # print.css hides what stands behind it
    state = st.dataframe(
        _styled(shown, stand_out),
        hide_index=True,
        column_order=order,
        column_config=config,
        # Streamlit remembers a selection by position: under other rows the table is another one, with nothing chosen.
        key=f"{key}_{_drawn_as(key, shown, records)}" if mode else key,
        height=height,
        placeholder=UNKNOWN,
        on_select=(on_pick or "rerun") if mode else "ignore",
        selection_mode=mode or "single-row",
    )
    if narrow and set(shown.columns) - set(narrow):
        st.caption("手机上只列要紧的几列，电脑上看全部")
    return state


@kept
def _prepared(
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    digits: int,
    formats: Mapping[str, str],
    figures: Sequence[Shown],
    year: int,
) -> tuple[pd.DataFrame, dict[str, Any], Sizes]:
    """The rows as they are shown, how each column is, and what room it needs. `year`: as in `_date_form`."""
    shown = worded(frame)
    for column in shown.columns:
        if (unit := unit_of(column, figures)) and unit.is_share:
            shown[column] = (100 * shown[column]).round(digits)
        elif pd.api.types.is_float_dtype(shown[column]):
            shown[column] = shown[column].round(2)
    told = (labels, digits, formats, figures, year)
    config = {one: _column(shown[one], one, *told) for one in map(str, shown.columns)}
    return shown, config, measured(shown, config)


def _styled(shown: pd.DataFrame, stand_out: Collection[int]) -> Any:
    """The rows with the lights in their colours, and those that somebody asked for on a ground of their own."""
    if not {"light", "left"} & set(shown) and not stand_out:
        return shown
    rows, own = shown.reset_index(drop=True), f"background-color: {palette().faint}; font-weight: 600"
    styled, theirs = rows.style, [row for row in stand_out if row < len(rows)]
    if theirs:
        styled = styled.apply(lambda row: [own] * len(row), axis=1, subset=(theirs, slice(None)))
    styled = styled.map(_late, subset=["left"]) if "left" in rows else styled
    return styled.map(_lit, subset=["light"]) if "light" in rows else styled


def _late(words: Any) -> str:
    """A deadline that is over is written in the warning's colour."""
    return f"color: {palette().bad}; font-weight: 600" if str(words).startswith(OVERDUE) else ""


def _lit(words: Any) -> str:
    """A deadline's light is written in its colour."""
    colour = next((light_colour(light) for light in LIGHTS if light in str(words)), "")
    return f"color: {colour}; font-weight: 600" if colour else ""


def read_whole(frame: pd.DataFrame) -> None:
    """Words that are there to be read: a line breaks where `table` would cut it; on a phone each row is a paragraph."""
    heads = joined("", (html("<th>{}</th>", str(name)) for name in frame))
    rows = (
        joined(
            "",
            (html('<td data-head="{}">{}</td>', str(name), str(cell)) for name, cell in zip(frame, row, strict=True)),
        )
        for row in frame.itertuples(index=False)
    )
    lines = joined("", (html("<tr>{}</tr>", row) for row in rows))
    st.html(html('<div class="wide"><table class="figures words"><tr>{}</tr>{}</table></div>', heads, lines))


def crossed(frame: pd.DataFrame, rows: str, columns: str, measure: Shown) -> tuple[pd.DataFrame, list[Figure]]:
    """A figure by two groupings as rows and columns, with what its columns are, for `table(…, figures=…)`.

    Rows and columns in the frame's order; a pair without a row is unknown.
    """
    heads = dict.fromkeys(frame[columns])
    wide = frame.pivot(index=rows, columns=columns, values=measure.name)
    wide = wide.reindex(index=list(dict.fromkeys(frame[rows])), columns=list(heads))
    said = {head: written(columns, head) or "（未填写）" for head in heads}
    figures = [Figure(str(one), measure.unit, measure.definition, better=measure.better) for one in said.values()]
    return wide.rename(columns=said).rename_axis(columns=None).reset_index(), figures


def heat_table(
    frame: pd.DataFrame, by: str, *, key: str, heading: str, on_pick: Callable[[], None] | None = None
) -> tuple[str, str] | None:
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
        on_select=on_pick or "rerun",
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
