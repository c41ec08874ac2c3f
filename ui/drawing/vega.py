"""The words in which charts are drawn: Vega-Lite's own, without a library between.

Building the same through Altair took a third of a page's time, and checking it as much again. The tests check every
specification against Altair's schema.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, ParamSpec

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from streamlit.dataframe_util import convert_arrow_table_to_arrow_bytes

from analysis.kept import kept
from data_access.cases.measures import Measure
from data_access.cases.units import Figure
from ui.drawing.chart_files import FIGURES, files
from ui.style.markup import as_stored, word
from ui.style.theme import Palette, in_colours, palette

Given = ParamSpec("Given")
Width = int | Literal["stretch", "content"]
Spec = dict[str, Any]
Drawing = dict[str, Any]  # a whole chart: its specification, with its rows as frames under `datasets`
SVG = {"renderer": "svg"}  # a drawing's `usermeta` that the browser fits into the room there is (ui/style/theme.py)
ROWS, PICK, PICKED = "rows", "pick", "picked"  # the main dataset, the selection, the layer it is made on
LONG = 100  # rows
KINDS = {"N": "nominal", "O": "ordinal", "Q": "quantitative", "T": "temporal"}


def drawable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its texts as words, whatever they mean to the library that draws them (ui.style.markup.word)."""
    drawn = frame.copy(deep=False)
    for name in [name for name, kind in frame.dtypes.items() if kind.kind not in "biufcmM"]:
        words = [word(value) if isinstance(value, str) else value for value in frame[name]]
        drawn[name] = pd.Series(words, index=frame.index)
    return drawn


def most_of(values: pd.Series) -> float:
    """The largest value above zero, 0 where there is none: a scale's end."""
    known = values.dropna()
    return max(float(known.max()), 0.0) if len(known) else 0.0


def field(short: str, **how: Any) -> Spec:
    """A channel that shows a column. `short`: its name and its kind's letter (KINDS), "volume:Q"."""
    column, _, kind = short.rpartition(":")
    return {"field": column, "type": KINDS[kind], **how}


def value(of: Any) -> Spec:
    """A channel that is the same for every mark."""
    return {"value": of}


def when(test: str, then: Any, otherwise: Any) -> Spec:
    """A channel of two values. `test`: an expression of `datum`."""
    return {"condition": {"test": test, "value": then}, "value": otherwise}


def mark(kind: str, *, of: Spec | None = None, data: str = "", transform: list[Spec] | None = None, **how: Any) -> Spec:
    """A layer. `of`: its channels beside those that all layers have; `data`: its rows' dataset, where it has its own;
    `how`: the mark's own properties."""
    layer: Spec = {"mark": {"type": kind, **how}, "encoding": of or {}}
    if data:
        layer["data"] = {"name": data}
    return {**layer, "transform": transform} if transform else layer


def drawing(
    frame: pd.DataFrame,
    shared: Spec,
    *layers: Spec,
    height: int,
    picks: Collection[str] = (),
    on: int = 0,
    beside: Mapping[str, pd.DataFrame] | None = None,
) -> Drawing:
    """A chart of layers that have the channels `shared`. A click on layer `on` picks its mark by the fields `picks`.

    `beside`: the rows of layers that have their own.
    """
    drawn = [{**layer, "encoding": {**shared, **layer["encoding"]}} for layer in layers]
    datasets = {ROWS: frame, **(beside or {})}
    whole: Drawing = {"data": {"name": ROWS}, "datasets": datasets, "height": height, "layer": drawn}
    if picks:
        drawn[on]["name"] = PICKED
        whole["params"] = [
            {"name": PICK, "select": {"type": "point", "fields": list(picks), "on": "click"}, "views": [PICKED]}
        ]
    return whole


def first_by(column: str, order: Literal["ascending", "descending"]) -> list[Spec]:
    """What leaves the outermost mark of each line, for its name."""
    ranked = {"window": [{"op": "rank", "as": "nth"}], "sort": [{"field": column, "order": order}], "groupby": ["line"]}
    return [ranked, {"filter": "datum.nth == 1"}]


def _packed(frame: pd.DataFrame) -> bytes:
    """A frame as Arrow, in the least room: without pandas' own notes, which would be as long as a short chart's rows;
    of a long one words once each, and whole numbers in no more bytes than they need."""
    kinds: dict[Any, Any] = {}
    for name, values in frame.items() if len(frame) >= LONG else ():
        if pd.api.types.is_string_dtype(values):
            kinds |= {name: "category"} if values.nunique() < len(values) / 4 else {}
        elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            whole = np.isfinite(values).all() and (values % 1 == 0).all() and values.abs().max() < 2**31
            kinds |= {name: "int16" if values.abs().max() < 2**15 else "int32"} if whole else {}
    columns = [pa.array(values.astype(kinds[name]) if name in kinds else values) for name, values in frame.items()]
    return convert_arrow_table_to_arrow_bytes(pa.table(columns, [*frame]))


@kept
def _sent(drawn: Drawing, colours: Palette) -> Drawing:
    """The chart as it is sent, in a theme's colours: with the columns that it names, or a click on it, as Arrow."""
    said = json.dumps([drawn["layer"], drawn.get("params")], ensure_ascii=False)
    how = {name: drawn["usermeta"][name] for name in SVG if name in drawn.get("usermeta", {})}
    own = {"usermeta": {"embedOptions": {"actions": False, **how}}}  # the library's own menu is English
    needed = {
        name: _packed(frame[[column for column in frame if column in said]])
        for name, frame in drawn["datasets"].items()
    }
    return in_colours({**drawn, **own, "datasets": needed}, colours)


def kept_in_colours(build: Callable[Given, Drawing]) -> Callable[Given, Drawing]:
    """Keep the charts that a function makes, by what it is given and the colours of the theme the viewer looks at."""

    @functools.wraps(build)
    def made(*arguments: Given.args, **named: Given.kwargs) -> Drawing:
        drawn = build(*arguments, **named)
        figures = tuple(one for one in (*arguments, *named.values()) if isinstance(one, Measure | Figure))
        return drawn if "usermeta" in drawn else {**drawn, "usermeta": {FIGURES: figures}}

    keep = kept(made)

    @functools.wraps(build)
    def built(*arguments: Given.args, **named: Given.kwargs) -> Drawing:
        return keep(*arguments, **{**named, "colours": named.get("colours") or palette()})  # type: ignore[arg-type]

    return built


def draw(
    drawn: Drawing,
    *,
    key: str,
    picks: bool = True,
    width: Width = "stretch",
    on_pick: Callable[[], None] | None = None,
    title: str = "",
    is_kept: bool = True,
) -> dict[str, Any] | None:
    """Draw a chart in the viewer's colours; returns the fields of the mark that was clicked, None without.

    `picks`: whether a click means anything here. `on_pick`: called before the page runs for one. `title`: what its
    files are called; else what they show. `is_kept`: whether there are any.
    """
    clicked = _shown(drawn, key, picks, width, on_pick)
    if is_kept:
        files(drawn, key=f"{key}_chart", title=title)
    return clicked


def _shown(
    drawn: Drawing, key: str, picks: bool, width: Width, on_pick: Callable[[], None] | None
) -> dict[str, Any] | None:
    spec = _sent(drawn, palette())
    if not (picks and "params" in spec):
        st.vega_lite_chart(spec=spec, key=key, width=width, theme=None)
        return None
    state: Any = st.vega_lite_chart(
        spec=spec, key=key, width=width, theme=None, on_select=on_pick or "rerun", selection_mode=PICK
    )
    points = state.selection.get(PICK) if state and state.selection else None
    if not points:
        return None
    return {name: as_stored(value) if isinstance(value, str) else value for name, value in points[0].items()}
