"""The streets' map as a chart of lines and letters, on pages and on paper.

It needs no graphics card, without which the first map that ui.drawing.maps draws in a visit takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import h3
import numpy as np
import pandas as pd
import pydeck as pdk
import shapely
import streamlit as st

from analysis.classes import breaks, class_of
from analysis.hotspots import COLD, HOT
from data_access.cases.units import Shown
from data_access.district.landmarks import Landmark
from data_access.district.profile import Profile
from ui.drawing import map_names, maps
from ui.drawing.vega import ROWS, SVG, Drawing, Spec, draw, drawable, drawing, field, mark
from ui.style.numbers import UNKNOWN, show
from ui.style.theme import LIGHT, Palette, ink, is_phone, palette

HEIGHT, EDGE, SIZE, SMALL = 520, 8, 13, 11  # pixels
EDGES = 0.8  # pixels: a street's outline, by which the palest class stands out from the ground
LOW, DOT = 420, 11  # pixels: a single street's height; from a dot's middle to its edge
CLASSES = 5
NO_FIGURE = "没有数"
# By who hears the page: the streets tell their names and figures themselves.
UNSEEN: dict[str, Any] = {"aria": False}


@dataclass(frozen=True)
class Look:
    """`size`: of letters; `stand`: how the map stands in its room; `picks`: the field of a click."""

    colours: Palette = LIGHT
    size: int = SIZE
    stand: maps.Stand = maps.WHOLE
    picks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Fields:
    """What is shaded, by its name: outlines in degrees, figures, classes, and the classes' colours."""

    outlines: Mapping[str, Any]
    figures: Mapping[str, str]
    classes: Mapping[str, str]
    colours: Mapping[str, str]


def street_map(profile: Profile, frame: pd.DataFrame, measure: Shown) -> Drawing | None:
    """Streets shaded by a measure, named, with their figures; None where the district has no boundaries.

    `frame`: one row per street; columns street and the measure.
    """
    shapes = maps.features(profile)
    if not shapes:
        return None
    outlines = {one["properties"]["name"]: shapely.geometry.shape(one["geometry"]) for one in shapes}
    values = frame.set_index("street")[measure.name].reindex(list(outlines)).astype(float)
    fields, shaded = _classes(outlines, values, measure)
    return _shaded(fields, shaded, maps.view_of(shapes, HEIGHT), maps.landmarks(profile))


def show_streets(
    profile: Profile,
    frame: pd.DataFrame,
    words: Iterable[str],
    colours: Iterable[str],
    *,
    key: str,
    by: str = "street",
    picks: bool = True,
    on_pick: Callable[[], None] | None = None,
) -> str:
    """Draw the streets in their colours, named and with their figure; returns the street that was clicked, or ''.

    `words` and `colours`: one per row of the frame. `by`: street, or district: what is drawn, and the column that names
    it. `picks`, `on_pick`: whether a click means anything, and what is called before the page runs for one.
    """
    with st.container(key=f"map_{key}"):
        stand = maps.stands(key, moves=True)
        look = Look(palette(), map_names.size_on_screen(), stand, ("street",) * picks)
        height = maps.HEIGHT * (0.8 if is_phone() else 0.9)  # on a phone its width holds the names beside it
        drawn = streets(profile, frame, words, colours, look, height, by)
        hit = draw(drawn, key=key, picks=picks, width="content", on_pick=on_pick, is_kept=False)
    return str(hit["street"]) if hit else ""


def streets(
    profile: Profile,
    frame: pd.DataFrame,
    words: Iterable[str],
    colours: Iterable[str],
    look: Look,
    height: float,
    by: str = "street",
) -> Drawing:
    """The map as `show_streets` draws it, so many pixels high."""
    shapes = maps.features(profile, by)
    outlines = {one["properties"]["name"]: shapely.geometry.shape(one["geometry"]) for one in shapes}
    rows = dict(zip(frame[by], zip(words, colours, strict=True), strict=True))
    told = {name: rows.get(name, (UNKNOWN, look.colours.faint)) for name in outlines}
    figures = {name: text for name, (text, _) in told.items()}
    shades = {name: colour for name, (_, colour) in told.items()}
    fields = _Fields(outlines, figures, shades, dict(zip(shades.values(), shades.values(), strict=True)))
    how = field("shade:N", scale=None)
    return _shaded(fields, how, maps.view_of(shapes, height), maps.landmarks(profile), look=look)


def community_map(profile: Profile, street: str, frame: pd.DataFrame, measure: Shown) -> Drawing | None:
    """The communities of a street as dots where their cases lie, shaded, named, with their figures, on the street's
    outline; None where the district has no boundaries or no community has a place.

    `frame`: one row per community; columns community, lon, lat and the measure.
    """
    own = [one for one in maps.features(profile) if one["properties"]["name"] == street]
    if not own or frame.empty:
        return None
    view = maps.view_of(own, LOW)
    dots = {row["community"]: _dot(row["lon"], row["lat"], view) for row in frame.to_dict("records")}
    values = frame.set_index("community")[measure.name].astype(float)
    fields, shaded = _classes(dots, values, measure)
    return _shaded(fields, shaded, view, ground=shapely.geometry.shape(own[0]["geometry"]))


def spot_map(profile: Profile, cells: pd.DataFrame) -> Drawing | None:
    """Hot and cold spots on the streets' outlines, named, with how many more or fewer; None where the district has no
    boundaries.

    `cells`: columns h3_cell, spot (HOT or COLD), place (its name), beyond; those of one place are one.
    """
    shapes = maps.features(profile)
    if not shapes:
        return None
    ground = shapely.MultiPolygon([one for each in shapes for one in _parts(shapely.geometry.shape(each["geometry"]))])
    hexagons = [shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]) for cell in cells["h3_cell"]]
    outlines, figures, spots = dict[str, Any](), dict[str, str](), dict[str, str]()
    for (place, spot), some in cells.assign(shape=hexagons).groupby(["place", "spot"]):
        name = f"{place}{spot}" if place in spots else str(place)
        outlines[name], spots[name] = shapely.union_all(list(some["shape"])), str(spot)
        figures[name] = f"{some['beyond'].sum():+,.0f}".replace("-", "−")
    colours = {HOT: LIGHT.bad, COLD: LIGHT.accent}
    told = [spot for spot in colours if spot in spots.values()]
    scale = {"domain": told, "range": [colours[spot] for spot in told]}
    shaded = field("shade:N", scale=scale, legend=_legend("多出的件数"))
    return _shaded(_Fields(outlines, figures, spots, colours), shaded, maps.view_of(shapes, HEIGHT), ground=ground)


def _dot(lon: float, lat: float, view: Any) -> shapely.Polygon:
    """A dot of DOT pixels about a place, in degrees."""
    x, y = np.abs(map_names.pixels(view)([1.0, 1.0]))
    round_one = shapely.Point(0, 0).buffer(DOT)
    return shapely.transform(round_one, lambda points: points / [x, y] + [lon, lat])


def _classes(outlines: Mapping[str, Any], values: pd.Series, measure: Shown) -> tuple[_Fields, Spec]:
    """The values in classes of white paper's colours, and how those are told."""
    limits = breaks(values, CLASSES)
    classes = dict(class_of(values, limits))
    told = maps.class_words(limits, lambda value: show(value, measure)) or [""]
    lacking = [NO_FIGURE] if -1 in classes.values() else []
    legend, shades = [*told, *lacking], [*LIGHT.ramp[: len(told)], *([LIGHT.faint] * len(lacking))]
    figures = {str(name): UNKNOWN if pd.isna(value) else show(value, measure) for name, value in values.items()}
    words = {str(name): legend[level] for name, level in classes.items()}
    told_by = _legend(str(measure.unit)) if limits else None
    how = field("shade:N", scale={"domain": legend, "range": shades}, legend=told_by)
    return _Fields(outlines, figures, words, dict(zip(legend, shades, strict=True))), how


def _shaded(
    fields: _Fields,
    shaded: Spec,
    view: pdk.ViewState,
    marks: Sequence[Landmark] = (),
    ground: Any = None,
    look: Look | None = None,
) -> Drawing:
    """The fields named, with their figures. `shaded`: how classes become colours; `view`: the whole; `ground`: a shape
    that they lie on."""
    look = look or Look()
    zoom = view.zoom + look.stand.nearer * maps.STEP
    view = pdk.ViewState(longitude=view.longitude, latitude=view.latitude, zoom=zoom)
    at = map_names.pixels(view)
    stand = map_names.titles(fields.outlines, fields.figures, view, look.size, ground)
    named = map_names.free_names(marks, [one.room for one in stand], view)
    inks = {name: ink(fields.colours[kind]) for name, kind in fields.classes.items()}
    rows = {
        ROWS: _outlined(fields, at),
        "ground": _lines([list(part.exterior.coords) for part in _parts(ground)] if ground else [], at),
        "roads": _lines(map_names.courses_of(marks), at),
        "leads": _lines([list(one.line) for one in stand if one.line], np.asarray),
        "letters": _letters(stand, inks, look),
        "faint": pd.DataFrame([(x, y, text) for text, (x, y) in named], columns=["x", "y", "text"]),
    }
    rooms = shapely.bounds([one.room for one in stand]).reshape(-1, 2)
    seen = [*(rows[name][["x", "y"]].to_numpy("float64") for name in (ROWS, "ground", "leads", "faint")), rooms]
    return _drawn(rows, _ends(np.concatenate(seen), look.stand), shaded, look)


def _ends(points: np.ndarray, stand: maps.Stand) -> dict[str, list[float]]:
    """From where to where the map shows: all points, or of a map that is larger than its room as much as that holds."""
    found = {}
    for side, values, moved in (("x", points[:, 0], stand.right), ("y", points[:, 1], stand.down)):
        low, high = float(values.min()), float(values.max())
        half = (high - low) / 2
        room = half / 2 ** (stand.nearer * maps.STEP)
        middle = (low + high) / 2 + max(min(moved * room, half - room), room - half)
        found[side] = [middle - room - EDGE, middle + room + EDGE]
    return found


def _drawn(rows: dict[str, pd.DataFrame], ends: dict[str, list[float]], shaded: Spec, look: Look) -> Drawing:
    colours, cut = look.colours, look.stand.nearer > 0
    shared = {
        "x": field("x:Q", axis=None, scale={"domain": ends["x"], "nice": False}),
        "y": field("y:Q", axis=None, scale={"domain": ends["y"], "nice": False, "reverse": True}),
    }
    words: Spec = {"text": field("text:N")}
    one_line: Spec = {"detail": field("piece:N"), "order": field("order:Q")}
    hand: dict[str, Any] = {"cursor": "pointer"} if look.picks else {}
    drawn = drawing(
        drawable(rows[ROWS]),
        shared,
        mark("line", of=one_line, data="ground", fill=colours.ground, stroke=colours.muted, strokeWidth=1,
             clip=cut, **UNSEEN),
        mark("line", of=one_line | {"fill": shaded, "description": field("told:N")}, stroke=colours.muted,
             strokeWidth=EDGES, clip=cut, **hand),
        mark("line", of=one_line, data="roads", stroke=colours.muted, strokeWidth=1, opacity=0.7, clip=True, **UNSEEN),
        mark("line", of=one_line, data="leads", stroke=colours.text, strokeWidth=1, clip=cut, **UNSEEN),
        mark("text", of=words, data="faint", stroke=colours.ground, strokeWidth=4, opacity=0.8, fontSize=SMALL,
             clip=cut, **UNSEEN),
        mark("text", of=words, data="faint", color=colours.soft_text, fontSize=SMALL, clip=cut, **UNSEEN),
        mark("text", of=words | {"color": field("ink:N", scale=None)}, data="letters", fontSize=look.size, clip=cut,
             **UNSEEN),
        height=int(ends["y"][1] - ends["y"][0]),
        picks=look.picks,
        on=1,
        beside={name: drawable(each) for name, each in rows.items() if name != ROWS},
    )  # fmt: skip
    # Its letters are made for their own ground, whatever the page's is.
    return {**drawn, "width": int(ends["x"][1] - ends["x"][0]), "background": colours.ground, "usermeta": SVG}


def called(profile: Profile, what: str) -> str:
    """A map's title, with what its outlines are worth."""
    note = profile.settings.geography.boundaries_note
    return f"{what}（{note}）" if note else what


def _parts(shape: Any) -> list[Any]:
    return list(shape.geoms) if shape.geom_type == "MultiPolygon" else [shape]


def _outlined(fields: _Fields, at: Callable[[Any], np.ndarray]) -> pd.DataFrame:
    """The outlines as rows: piece, order, x, y, street, told (with its figure), shade."""
    parts = [(name, part) for name, shape in fields.outlines.items() for part in _parts(shape)]
    rows = _lines([list(part.exterior.coords) for _, part in parts], at)
    names = rows["piece"].astype(int).map(lambda piece: parts[piece][0])
    return rows.assign(street=names, told=names + " " + names.map(fields.figures), shade=names.map(fields.classes))


def _lines(pieces: Sequence[Sequence[Any]], at: Callable[[Any], np.ndarray]) -> pd.DataFrame:
    """Lines as rows: piece, order, x, y."""
    rows = [(str(piece), order, float(x), float(y))
            for piece, points in enumerate(pieces)
            for order, (x, y) in enumerate(at([point[:2] for point in points]))]  # fmt: skip
    return pd.DataFrame(rows, columns=["piece", "order", "x", "y"])


def _letters(stand: Sequence[map_names.Title], inks: Mapping[str, str], look: Look) -> pd.DataFrame:
    """The names with their figures below, within a street; beside it where they stand beside the map."""
    rows = []
    for one in stand:
        x, y = one.at
        if one.line:
            rows.append((x, y, f"{one.name} {one.figure}", look.colours.text))
        else:
            rows += [
                (x, y + way * look.size * 0.6, text, inks[one.street])
                for way, text in ((-1, one.name), (1, one.figure))
            ]
    return pd.DataFrame(rows, columns=["x", "y", "text", "ink"])


def _legend(title: str) -> Spec:
    return {"orient": "bottom", "direction": "horizontal", "columns": 3, "title": title,
            "symbolType": "square", "symbolSize": 160, "labelFontSize": 12, "titleFontWeight": "normal",
            "labelLimit": 200,
            "labelColor": LIGHT.soft_text, "titleColor": LIGHT.soft_text}  # fmt: skip
