"""Maps without any outside tile: the district's own polygons, or the schematic ones that say so."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pandas as pd
import pydeck as pdk
import shapely
import streamlit as st

from data_access.measures import Measure
from data_access.profile import Profile
from ui.numbers import show
from ui.theme import ink, palette

HEIGHT = 620
FONT = pdk.types.String("Noto Sans CJK SC")
STREETS, CELLS = "streets", "cells"


def _rgb(colour: str, opacity: int = 235) -> list[int]:
    return [*(int(colour[place : place + 2], 16) for place in (1, 3, 5)), opacity]


def features(profile: Profile) -> list[dict[str, Any]]:
    """The street polygons, [] when the district brought none."""
    path = profile.boundaries
    return json.loads(path.read_text(encoding="utf-8"))["features"] if path else []


def _corners(shapes: list[dict[str, Any]]) -> pd.DataFrame:
    rows: list[tuple[float, float]] = []

    def collect(part: Any) -> None:
        if isinstance(part[0], int | float):
            rows.append((part[0], part[1]))
        else:
            for inner in part:
                collect(inner)

    for shape in shapes:
        collect(shape["geometry"]["coordinates"])
    return pd.DataFrame(rows, columns=["lon", "lat"])


def _view(shapes: list[dict[str, Any]]) -> pdk.ViewState:
    """The whole district, filling the map's height."""
    corners = _corners(shapes)
    low, high = corners.min(), corners.max()
    middle = (low + high) / 2
    degrees = (high["lat"] - low["lat"]) / math.cos(math.radians(middle["lat"]))
    zoom = math.log2(HEIGHT * 0.9 * 360 / (512 * degrees))
    return pdk.ViewState(longitude=middle["lon"], latitude=middle["lat"], zoom=zoom)


def _shades(classes: pd.Series) -> list[str]:
    """A colour per class, 0 the lowest; -1 is unknown."""
    return [palette().ramp[one] if one >= 0 else palette().faint for one in classes]


def _deck(layers: list[pdk.Layer], shapes: list[dict[str, Any]]) -> pdk.Deck:
    # Without a provider no tile is ever asked for; a style, even an empty one, would bring one back.
    return pdk.Deck(layers, initial_view_state=_view(shapes), map_provider=None, tooltip={"text": "{name}\n{text}"})


def _outline(shapes: list[dict[str, Any]]) -> pdk.Layer:
    colours = palette()
    return pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": shapes},
        id="outline",
        stroked=True,
        filled=False,
        get_line_color=_rgb(colours.muted),
        line_width_min_pixels=1,
    )


def choropleth(profile: Profile, frame: pd.DataFrame, measure: Measure, classes: pd.Series) -> pdk.Deck:
    """Streets shaded by class, named and with their figure. `classes`: one per row of the frame, -1 unknown."""
    colours, shapes = palette(), features(profile)
    rows = dict(zip(frame["street"], zip(frame[measure.name], _shades(classes), strict=True), strict=True))
    drawn = []
    for shape in shapes:
        street = shape["properties"]["name"]
        value, shade = rows.get(street, (None, colours.faint))
        extra = {"name": street, "text": f"{measure.label} {show(value, measure)}", "shade": _rgb(shade)}
        # The name stands where the street is widest.
        middle = shapely.maximum_inscribed_circle(shapely.geometry.shape(shape["geometry"])).coords[0]
        title = f"{street.removesuffix('街道')}\n{show(value, measure)}"
        drawn.append({**shape, **extra, "middle": list(middle), "title": title, "ink": _rgb(ink(shade), 255)})
    polygons = pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": drawn},
        id=STREETS,
        pickable=True,
        auto_highlight=True,
        get_fill_color="shade",
        get_line_color=_rgb(colours.faint),
        line_width_min_pixels=1.5,
    )
    return _deck([polygons, _titles(drawn)], shapes)


def _titles(drawn: list[dict[str, Any]]) -> pdk.Layer:
    return pdk.Layer(
        "TextLayer",
        [{name: item[name] for name in ("middle", "title", "ink")} for item in drawn],
        id="titles",
        get_position="middle",
        get_text="title",
        get_size=13,
        get_color="ink",
        font_family=FONT,
        character_set=pdk.types.String("auto"),
    )


def hexagons(profile: Profile, cells: pd.DataFrame, measure: Measure, classes: pd.Series) -> pdk.Deck:
    """H3 cells shaded by class over the streets' outlines. Columns: h3_cell and the measure."""
    data = cells.assign(name="网格单元")
    data["shade"] = [_rgb(shade) for shade in _shades(classes)]
    data["text"] = [f"{measure.label} {show(value, measure)}" for value in cells[measure.name]]
    layer = pdk.Layer(
        "H3HexagonLayer",
        data,
        id=CELLS,
        pickable=True,
        auto_highlight=True,
        extruded=False,
        get_hexagon="h3_cell",
        get_fill_color="shade",
        opacity=0.75,
    )
    return _deck([layer, _outline(features(profile))], features(profile))


def legend(limits: list[float], measure: Measure) -> None:
    """The classes as swatches with their limits; nothing where all values are one."""
    if not limits:
        return
    words = [f"＜ {show(limits[0], measure)}"]
    words += [f"{show(low, measure)} – {show(high, measure)}" for low, high in pairwise(limits)]
    words += [f"≥ {show(limits[-1], measure)}"]
    swatch = '<span style="white-space:nowrap"><span class="swatch" style="background:{}"></span>{}</span> '
    st.html("".join(swatch.format(*item) for item in zip(palette().ramp, words, strict=False)))


def clicked(state: Any, layer: str) -> dict[str, Any] | None:
    """The object of the layer that was clicked, or None."""
    objects = state.selection.objects.get(layer) if state and state.selection else None
    return dict(objects[0]) if objects else None
