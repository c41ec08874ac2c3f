"""Maps without any outside tile: the district's own polygons, or the schematic ones that say so."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import pandas as pd
import pydeck as pdk
import shapely
import streamlit as st

from data_access.district.boundaries import boundary_problem, street_shapes
from data_access.district.profile import Profile, ProfileError
from ui.style.markup import as_stored, html, joined, word
from ui.style.numbers import UNKNOWN
from ui.style.theme import ink, is_phone, palette

HEIGHT = 620
FONT = pdk.types.String("Noto Sans CJK SC")
STREETS, CELLS, BUBBLES = "streets", "cells", "bubbles"
TALLEST, LARGEST = 900, 260  # metres: a raised cell, a bubble's radius


def _rgb(colour: str, opacity: int = 235) -> list[int]:
    return [*(int(colour[place : place + 2], 16) for place in (1, 3, 5)), opacity]


def features(profile: Profile) -> list[dict[str, Any]]:
    """The street polygons, [] where there are none to draw; `why_none` says why."""
    try:
        return street_shapes(profile)
    except ProfileError:
        return []


def why_none(profile: Profile) -> str:
    """Why there are no polygons to draw, in words."""
    return boundary_problem(profile) or profile.settings.geography.boundaries_note or "本区没有提供街道边界"


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


def shades(classes: pd.Series, colours: Sequence[str] = ()) -> list[str]:
    """A colour per class, 0 the first of `colours` (the theme's ramp unless given); -1 is unknown."""
    colours = colours or palette().ramp
    return [colours[level] if level >= 0 else palette().faint for level in classes]


def _deck(layers: list[pdk.Layer], shapes: list[dict[str, Any]], pitch: int = 0) -> pdk.Deck:
    view = _view(shapes)
    view.pitch = pitch
    # Without a provider no tile is ever asked for; a style, even an empty one, would bring one back.
    # On a phone the map stands still, or it would catch every finger that wants to go on down the page.
    views = [pdk.View("MapView", controller=not is_phone())]
    tooltip = {"text": "{name}\n{text}"}
    return pdk.Deck(layers, views=views, initial_view_state=view, map_provider=None, tooltip=tooltip)


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


def choropleth(
    profile: Profile, frame: pd.DataFrame, words: Iterable[str], colours: Iterable[str], about: str = ""
) -> pdk.Deck:
    """Streets in their colours, named and with their figure. `words` and `colours`: one per row; column street.

    `about`: what the figure means, for the tooltip.
    """
    shapes = features(profile)
    rows = dict(zip(frame["street"], zip(words, colours, strict=True), strict=True))
    drawn = []
    for shape in shapes:
        street = shape["properties"]["name"]
        text, colour = rows.get(street, (UNKNOWN, palette().faint))
        # The name stands where the street is widest.
        middle = shapely.maximum_inscribed_circle(shapely.geometry.shape(shape["geometry"])).coords[0]
        extra = {
            "name": word(street),
            "text": word(f"{text}\n{about}"),
            "shade": _rgb(colour),
            "ink": _rgb(ink(colour), 255),
        }
        drawn.append({**shape, **extra, "middle": list(middle), "title": f"{street.removesuffix('街道')}\n{text}"})
    polygons = pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": drawn},
        id=STREETS,
        pickable=True,
        auto_highlight=True,
        get_fill_color="shade",
        get_line_color=_rgb(palette().faint),
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


def hexagons(
    profile: Profile,
    cells: pd.DataFrame,
    words: Iterable[str],
    colours: Iterable[str],
    *,
    heights: pd.Series | None = None,
) -> pdk.Deck:
    """H3 cells in their colours over the streets' outlines, raised by `heights` (0..1) when given. Column h3_cell."""
    data = pd.DataFrame({"h3_cell": cells["h3_cell"], "name": "网格单元", "text": list(map(word, words))})
    data["shade"] = [_rgb(colour) for colour in colours]
    data["height"] = 0.0 if heights is None else heights * TALLEST
    layer = pdk.Layer(
        "H3HexagonLayer",
        data,
        id=CELLS,
        pickable=True,
        auto_highlight=True,
        extruded=heights is not None,
        get_hexagon="h3_cell",
        get_fill_color="shade",
        get_elevation="height",
        opacity=0.75,
    )
    shapes = features(profile)
    layers = [layer, _outline(shapes)] if heights is None else [_outline(shapes), layer]
    return _deck(layers, shapes, pitch=0 if heights is None else 45)


def bubbles(profile: Profile, places: pd.DataFrame, words: Iterable[str], colours: Iterable[str]) -> pdk.Deck:
    """Circles over the streets' outlines, their area in proportion to `size`. Columns: name, lon, lat, size."""
    data = places[["lon", "lat"]].assign(name=places["name"].map(word), text=list(map(word, words)))
    data["shade"] = [_rgb(colour, 205) for colour in colours]
    data["radius"] = LARGEST * (places["size"] / places["size"].max()) ** 0.5
    layer = pdk.Layer(
        "ScatterplotLayer",
        data,
        id=BUBBLES,
        pickable=True,
        auto_highlight=True,
        get_position="[lon, lat]",
        get_radius="radius",
        get_fill_color="shade",
        stroked=True,
        get_line_color=_rgb(palette().text, 120),
        line_width_min_pixels=1,
    )
    shapes = features(profile)
    return _deck([_outline(shapes), layer], shapes)


def heat(profile: Profile, places: pd.DataFrame) -> pdk.Deck:
    """Density over the streets' outlines. Columns: lon, lat, size."""
    layer = pdk.Layer(
        "HeatmapLayer",
        places[["lon", "lat", "size"]],
        id="heat",
        get_position="[lon, lat]",
        get_weight="size",
        radius_pixels=34,
        intensity=1,
        threshold=0.06,
        color_range=[_rgb(colour, 210)[:3] for colour in palette().ramp[1:]],
    )
    shapes = features(profile)
    return _deck([layer, _outline(shapes)], shapes)


SWATCH: Final = '<span style="white-space:nowrap"><span class="swatch" style="background:{}"></span>{}</span> '


def class_words(limits: Sequence[float], written: Callable[[float], str]) -> list[str]:
    """What each class between `limits` holds, in words."""
    if not limits:
        return []
    between = [f"{written(low)} – {written(high)}" for low, high in pairwise(limits)]
    return [f"≤ {written(limits[0])}", *between, f"＞ {written(limits[-1])}"]


def legend(words: Sequence[str], colours: Sequence[str] = ()) -> None:
    """The classes as swatches with their words; nothing where there are none."""
    if not words:
        return
    pairs = zip(colours or palette().ramp, words, strict=False)
    st.html(joined("", (html(SWATCH, colour, said) for colour, said in pairs)))


def clicked(state: Any, layer: str) -> dict[str, Any] | None:
    """The object of the layer that was clicked, or None."""
    objects = state.selection.objects.get(layer) if state and state.selection else None
    if not objects:
        return None
    return {name: as_stored(value) if isinstance(value, str) else value for name, value in objects[0].items()}
