"""Maps without any outside tile: the district's own polygons, or the schematic ones that say so."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import pandas as pd
import pydeck as pdk
import shapely
import streamlit as st

from analysis.classes import class_of
from data_access.cases.units import Shown
from data_access.district.boundaries import boundary_problem, street_shapes
from data_access.district.landmarks import Landmark
from data_access.district.profile import Profile, ProfileError
from ui.drawing import map_names
from ui.style.markup import as_stored, html, joined, plain, word
from ui.style.numbers import name
from ui.style.numbers import show as show_figure
from ui.style.theme import is_phone, palette

HEIGHT = 680
PAGE_WIDTH, BESIDE, LEAST_SHARE = 1150, 240, 0.35  # pixels: what a page has, what names beside the map need
CELLS, BUBBLES = "cells", "bubbles"
ZOOMED = "maps_zoomed"  # in the session: how each map stands
STEP, NEAREST = 0.7, 8  # of nearer maps: a step in powers of two, and the most steps
TALLEST, LARGEST = 900, 260  # metres: a raised cell, a bubble's radius


def _rgb(colour: str, opacity: int = 235) -> list[int]:
    return [*(int(colour[place : place + 2], 16) for place in (1, 3, 5)), opacity]


def features(profile: Profile, by: str = "street") -> list[dict[str, Any]]:
    """The polygons of the streets, or of a city's districts; [] where there are none to draw: `why_none` says why."""
    try:
        shapes = street_shapes(profile)
    except ProfileError:
        return []
    return shapes if by == "street" else _joined(shapes, profile.district_of)


def _joined(shapes: list[dict[str, Any]], district_of: Mapping[str, str]) -> list[dict[str, Any]]:
    """The districts' polygons: each its streets' together."""
    parts: dict[str, list[Any]] = {}
    for shape in shapes:
        if district := district_of.get(shape["properties"]["name"]):
            parts.setdefault(district, []).append(shapely.geometry.shape(shape["geometry"]))
    return [
        {
            "type": "Feature",
            "properties": {"name": district},
            "geometry": shapely.geometry.mapping(shapely.union_all(outlines)),
        }
        for district, outlines in parts.items()
    ]


def landmarks(profile: Profile) -> tuple[Landmark, ...]:
    """What is drawn faintly so that people find their way; none where there are no boundaries to draw it with."""
    return profile.landmarks if features(profile) else ()


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
    """The whole district, filling the map's height; on a phone smaller, so that its width holds the names beside."""
    return view_of(shapes, HEIGHT * (0.8 if is_phone() else 0.9))


def view_of(shapes: list[dict[str, Any]], height: float) -> pdk.ViewState:
    """The whole district, so many pixels high."""
    corners = _corners(shapes)
    low, high = corners.min(), corners.max()
    middle = (low + high) / 2
    degrees = (high["lat"] - low["lat"]) / math.cos(math.radians(middle["lat"]))
    zoom = math.log2(height * 360 / (512 * degrees))
    return pdk.ViewState(longitude=middle["lon"], latitude=middle["lat"], zoom=zoom)


def share(profile: Profile) -> float:
    """How much of a page's width the map deserves: the district with room for the names beside it."""
    shapes = features(profile)
    if not shapes:
        return 0.5
    west, south, east, north = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in shapes]).bounds
    wide = HEIGHT * 0.9 * (east - west) * math.cos(math.radians(north)) / (north - south)
    return min(max((wide + BESIDE) / PAGE_WIDTH, LEAST_SHARE), 1 - LEAST_SHARE)


def shades(classes: pd.Series, colours: Sequence[str] = ()) -> list[str]:
    """A colour per class, 0 the first of `colours` (the theme's ramp unless given); -1 is unknown."""
    colours = colours or palette().ramp
    return [colours[level] if level >= 0 else palette().faint for level in classes]


def shaded(values: pd.Series, limits: list[float], ramp: Sequence[str] = ()) -> list[str]:
    """A colour per value, by the class that it falls into."""
    return shades(class_of(values, limits), ramp)


def _deck(layers: list[pdk.Layer], shapes: list[dict[str, Any]], pitch: int = 0) -> pdk.Deck:
    view = _view(shapes)
    view.pitch = pitch
    # Without a provider no tile is ever asked for; a style, even an empty one, would bring one back.
    # On a phone the map stands still, or it would catch every finger that wants to go on down the page.
    # The wheel moves the page, not the map: `show` has buttons for that.
    views = [pdk.View("MapView", controller=not is_phone() and {"scrollZoom": False})]
    tooltip = {"text": "{name}\n{text}"}
    return pdk.Deck(layers, views=views, initial_view_state=view, map_provider=None, tooltip=tooltip)


def show(deck: pdk.Deck, *, key: str, picks: bool = True, on_pick: Callable[[], None] | None = None) -> Any:
    """Draw a map with buttons that bring it nearer, and back as it was; returns Streamlit's state of it.

    `picks`: whether a click on it means anything. `on_pick`: called before the page runs for one.
    """
    stand = stands(key)
    deck.initial_view_state.zoom += stand.nearer * STEP
    deck.initial_view_state.longitude += stand.resets * 1e-9  # a view that stays as it is written is not set again
    return st.pydeck_chart(deck, height=HEIGHT, key=key, on_select=(on_pick or "rerun") if picks else "ignore")


@dataclass(frozen=True)
class Stand:
    """How a map stands in its room: by how many steps it is nearer, and moved by how many halves of the room."""

    nearer: int = 0
    resets: int = 0
    right: int = 0
    down: int = 0


WHOLE: Final = Stand()


def stands(key: str, *, moves: bool = False) -> Stand:
    """Draw the buttons that bring a map nearer, and back as it was; returns how it stands. `moves`: whether a map that
    is nearer has buttons to move it too, as far as its edge; such a map is never smaller than its room."""
    stand = _stand(key)
    edge = math.ceil(2 ** (stand.nearer * STEP) - 1)
    ways = [("西", "right", -1, -edge, edge), ("东", "right", 1, -edge, edge), ("北", "down", -1, -edge, edge),
            ("南", "down", 1, -edge, edge)]  # fmt: skip
    farthest = 0 if moves else -NEAREST
    zooms = [("放大", "nearer", 1, farthest, NEAREST), ("缩小", "nearer", -1, farthest, NEAREST)]
    with st.container(horizontal=True, gap="small", horizontal_alignment="right"):
        for words, what, by, least, most in [*ways * (moves and stand.nearer > 0), *zooms]:
            changed = replace(stand, **{what: max(min(getattr(stand, what) + by, most), least)})
            st.button(plain(words), key=f"{key}_{what}_{by}", type="tertiary", on_click=_set, args=(key, changed))
        whole = Stand(resets=stand.resets + 1)
        st.button(plain("复位"), key=f"{key}_whole", type="tertiary", on_click=_set, args=(key, whole))
    return stand


def _stand(key: str) -> Stand:
    found: Stand = st.session_state.setdefault(ZOOMED, {}).get(key, WHOLE)
    return found


def _set(key: str, stand: Stand) -> None:
    st.session_state[ZOOMED][key] = stand


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


def _ground(profile: Profile, shapes: list[dict[str, Any]]) -> list[pdk.Layer]:
    """The streets' outlines and what people know, under or over what is counted."""
    marks = map_names.of_landmarks(landmarks(profile), [], _view(shapes), palette()) if shapes else []
    return [_outline(shapes), *marks]


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
    ground = _ground(profile, shapes)
    layers = [layer, *ground] if heights is None else [*ground, layer]
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
    return _deck([*_ground(profile, shapes), layer], shapes)


def points(profile: Profile, places: pd.DataFrame, measure: Shown, *, count: str = "volume") -> tuple[pdk.Deck, int]:
    """Places as circles, their area in proportion to a figure; and how many places were left out.

    Columns: lon, lat, name, the measure's, and `count`, the cases there: of fewer than the profile's least
    (geography.min_cell_count) the place could point at a household, and it is not drawn.
    """
    told = places.dropna(subset=["lon", "lat", measure.name])
    told = told[(told[count] >= profile.settings.geography.min_cell_count) & (told[measure.name] > 0)]
    words = [f"{name(measure)} {show_figure(one, measure)}" for one in told[measure.name]]
    drawn = told.assign(size=told[measure.name]) if len(told) else told.assign(size=pd.Series(dtype=float))
    return bubbles(profile, drawn, words, [palette().accent] * len(told)), len(places) - len(told)


def heat(profile: Profile, places: pd.DataFrame, cells: pd.DataFrame, words: Iterable[str]) -> pdk.Deck:
    """Density over the streets' outlines. Columns: lon, lat, size. `cells`: what a click picks, as in `hexagons`: the
    library's density has no marks, so cells lie over it that are not seen."""
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
    unseen = pdk.Layer(
        "H3HexagonLayer",
        pd.DataFrame({"h3_cell": cells["h3_cell"], "name": "网格单元", "text": list(map(word, words))}),
        id=CELLS,
        pickable=True,
        auto_highlight=True,
        get_hexagon="h3_cell",
        get_fill_color=[0, 0, 0, 1],  # whatever has no colour at all is not picked either
    )
    return _deck([layer, *_ground(profile, shapes), unseen], shapes)


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
