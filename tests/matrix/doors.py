"""The doors of a page, as they stand in what the server sent: choices, clicks on charts, maps and tables, buttons,
files, links. Nothing is listed by hand, so that a new page's doors are found too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.matrix.talking import Tab
from tests.matrix.world import OTHER

LINK = re.compile(r"(?<![\w/])/(?!media/|_stcore/|static/|app/)[a-z][\w/]*(?:\?[^\s\"'()<>\\\x00-\x1f\ufffd]*)?")
PAGE = re.compile(r"/(\w+)(?:\?.*)?$")
GUESSED = f"{OTHER}不存在"  # what somebody types
ENDS_HERE = ("log_out",)
QUERIES = (
    "SELECT * FROM cases",
    "SELECT case_id || street || unit AS words FROM cases",
    "SELECT max(title), max(content), max(address), max(caller_key) FROM cases",
    "SELECT string_agg(case_id, ' ') AS words FROM cases",
)


def state(name: str, **value: Any) -> WidgetState:
    """What a widget stands at. Lists are its arrays' data."""
    one = WidgetState(id=name)
    for field, given in value.items():
        if isinstance(given, list):
            getattr(one, field).data.extend(given)
        else:
            setattr(one, field, given)
    return one


def choices(tab: Tab) -> Iterator[WidgetState]:
    """Everything that may be chosen, typed, clicked or pressed on the page once."""
    for element in list(tab.shown.values()):
        kind = str(element.WhichOneof("type"))
        widget = getattr(element, kind)
        if kind in CHOICES and getattr(widget, "id", "") and not getattr(widget, "disabled", False):
            yield from CHOICES[kind](widget)


def _texts(widget: Any) -> Iterator[WidgetState]:
    yield state(widget.id, string_value=GUESSED)


def _button(widget: Any) -> Iterator[WidgetState]:
    # What is submitted with a form is an act of whoever filled it in, and tried where acts are.
    if not widget.is_form_submitter and not any(name in widget.id for name in ENDS_HERE):
        yield state(widget.id, trigger_value=True)


def _group(widget: Any) -> Iterator[WidgetState]:
    for option in widget.options:
        yield state(widget.id, string_array_value=[option.content])


def _table(widget: Any) -> Iterator[WidgetState]:
    assert not widget.lazy_data.source_id, "a table whose rows are asked for later is a door that is not tried yet"
    if not widget.selection_mode:
        return
    rows = pa.ipc.open_stream(widget.arrow_data.data).read_all() if widget.arrow_data.data else pa.table({})
    for row in sorted({0, rows.num_rows // 2, rows.num_rows - 1} - {-1}):
        picked: dict[str, Any] = {"rows": [row], "columns": [], "cells": [[row, str(rows.column_names[-1])]]}
        yield state(widget.id, string_value=json.dumps({"selection": picked}))


def _chart(widget: Any) -> Iterator[WidgetState]:
    """The first, middle and last mark, and one that the chart does not have: whoever asks by hand may name any."""
    if not widget.selection_mode:
        return
    spec = json.loads(widget.spec)
    wanted = [param for param in spec.get("params", []) if param.get("select")]
    frames = [pa.ipc.open_stream(one.data.data).read_pandas() for one in widget.datasets if one.data.data]
    for param in wanted:
        fields = param["select"].get("fields", [])
        frame = next((one for one in frames if set(fields) <= set(one.columns)), pd.DataFrame())
        for row in sorted({0, len(frame) // 2, len(frame) - 1} - {-1}) if len(frame) else ():
            mark = {name: _plain(frame[name].iloc[row]) for name in fields}
            yield _picked(widget.id, param["name"], mark)
        for field in {"street", "unit"} & {*fields}:
            yield _picked(widget.id, param["name"], {**dict.fromkeys(fields, ""), field: OTHER})


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return int(value.timestamp() * 1000)
    return value.item() if hasattr(value, "item") else value


def _picked(name: str, param: str, mark: dict[str, Any]) -> WidgetState:
    return state(name, string_value=json.dumps({"selection": {param: [mark]}}, default=str))


def _map(widget: Any) -> Iterator[WidgetState]:
    if not widget.selection_mode:
        return
    for layer in json.loads(widget.json).get("layers", []):
        rows = layer.get("data")
        rows = rows.get("features", []) if isinstance(rows, dict) else rows
        for place in sorted({0, len(rows) - 1} - {-1}) if isinstance(rows, list) else ():
            picked = {"indices": {layer["id"]: [place]}, "objects": {layer["id"]: [rows[place]]}}
            yield state(widget.id, string_value=json.dumps({"selection": picked}))


CHOICES: dict[str, Callable[[Any], Iterator[WidgetState]]] = {
    "button": _button,
    "button_group": _group,
    "checkbox": lambda widget: iter([state(widget.id, bool_value=not widget.default)]),
    "dataframe": _table,
    "deck_gl_json_chart": _map,
    "multiselect": lambda widget: (state(widget.id, string_array_value=[one]) for one in widget.options),
    "number_input": lambda widget: (state(widget.id, double_value=one) for one in (widget.min, widget.max)),
    "radio": lambda widget: (state(widget.id, string_value=one) for one in widget.options),
    "selectbox": lambda widget: (state(widget.id, string_value=one) for one in widget.options),
    "text_area": _texts,
    "text_input": _texts,
    "vega_lite_chart": _chart,
}


def files(tab: Tab) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The files on the page: label, and what fetches each."""
    for element in list(tab.shown.values()):
        if element.WhichOneof("type") != "download_button" or element.download_button.disabled:
            continue
        button = element.download_button
        if button.deferred_file_id:
            yield button.label, lambda file=button.deferred_file_id: tab.made(file).content  # type: ignore[misc]
        else:
            yield button.label, lambda path=button.url: tab.fetch(path).content  # type: ignore[misc]


def links(tab: Tab) -> set[str]:
    """Where the page leads, by its words, tables and charts."""
    found = set(LINK.findall(bytes(tab.seen).decode("utf-8", "replace")))
    return {unquote(one) if "%" in one and "?" not in one else one for one in found}


def own_query(tab: Tab) -> Iterator[tuple[str, tuple[WidgetState, ...]]]:
    """Statements of one's own, where the page takes any: the words, and what writes and runs them."""
    shown: list[Element] = list(tab.shown.values())
    texts = [one.text_area.id for one in shown if one.WhichOneof("type") == "text_area"]
    runs = [one.button.id for one in shown if one.WhichOneof("type") == "button" and one.button.label == "运行"]
    if not (texts and runs):
        return
    area = next(one for one in texts if "explore_text" in one)
    for words in QUERIES:
        yield words, (state(area, string_value=words), state(runs[0], trigger_value=True))


def submitted(tab: Tab) -> Iterator[tuple[WidgetState, ...]]:
    """Every form of the page, filled in and sent; and the buttons that keep something."""
    shown = list(tab.shown.values())
    buttons = [one.button for one in shown if one.WhichOneof("type") == "button" and not one.button.disabled]
    areas = [one.text_area for one in shown if one.WhichOneof("type") == "text_area"]
    lists = [one.selectbox for one in shown if one.WhichOneof("type") == "selectbox" and one.selectbox.options]
    for button in buttons:
        if button.is_form_submitter:
            filled = (state(one.id, string_value="说明") for one in areas if one.form_id == button.form_id)
            chosen = (state(one.id, string_value=one.options[-1]) for one in lists if one.form_id == button.form_id)
            yield (*filled, *chosen, state(button.id, trigger_value=True))
        elif button.label.startswith("存下"):
            yield (state(button.id, trigger_value=True),)
