"""The streets' map as a chart of lines and letters: what stands on a page as a map, on paper as a picture.

The same outlines, names, landmarks and classes as ui.drawing.maps draws, in pixels of the same view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from analysis.classes import breaks, class_of
from data_access.cases.units import Shown
from data_access.district.landmarks import Landmark
from data_access.district.profile import Profile
from ui.drawing import map_names, maps
from ui.drawing.vega import ROWS, Drawing, Spec, drawable, drawing, field, mark
from ui.style.numbers import UNKNOWN, show
from ui.style.theme import LIGHT, ink

HEIGHT, EDGE, SIZE, SMALL = 520, 8, 13, 11  # pixels
LOW, DOT = 420, 11  # pixels: a single street's height; from a dot's middle to its edge
CLASSES = 5
NO_FIGURE = "没有数"


def street_map(profile: Profile, frame: pd.DataFrame, measure: Shown) -> Drawing | None:
    """Streets shaded by a measure, named, with their figures; None where the district has no boundaries.

    `frame`: one row per street; columns street and the measure.
    """
    shapes = maps.features(profile)
    if not shapes:
        return None
    outlines = {one["properties"]["name"]: shapely.geometry.shape(one["geometry"]) for one in shapes}
    values = frame.set_index("street")[measure.name].reindex(list(outlines)).astype(float)
    return _shaded(outlines, values, measure, maps.view_of(shapes, HEIGHT), maps.landmarks(profile))


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
    return _shaded(dots, values, measure, view, ground=shapely.geometry.shape(own[0]["geometry"]))


def _dot(lon: float, lat: float, view: Any) -> shapely.Polygon:
    """A dot of DOT pixels about a place, in degrees."""
    x, y = np.abs(map_names.pixels(view)([1.0, 1.0]))
    round_one = shapely.Point(0, 0).buffer(DOT)
    return shapely.transform(round_one, lambda points: points / [x, y] + [lon, lat])


def _shaded(
    outlines: dict[str, Any],
    values: pd.Series,
    measure: Shown,
    view: Any,
    marks: Sequence[Landmark] = (),
    ground: Any = None,
) -> Drawing:
    """Shapes shaded by their values, named, with their figures. `ground`: a shape that they lie on."""
    limits = breaks(values, CLASSES)
    classes = dict(class_of(values, limits))
    told = maps.class_words(limits, lambda value: show(value, measure)) or [""]
    lacking = [NO_FIGURE] if -1 in classes.values() else []
    legend, shades = [*told, *lacking], [*LIGHT.ramp[: len(told)], *([LIGHT.faint] * len(lacking))]
    at = map_names.pixels(view)
    figures = {str(name): UNKNOWN if pd.isna(value) else show(value, measure) for name, value in values.items()}
    stand = map_names.titles(outlines, figures, view, SIZE, ground)
    named = map_names.free_names(marks, [one.room for one in stand], view)
    rows = {
        ROWS: _lines([(list(part.exterior.coords), legend[classes[name]])
                      for name, shape in outlines.items() for part in _parts(shape)], at),
        "ground": _lines([(list(part.exterior.coords), "") for part in _parts(ground)] if ground else [], at),
        "roads": _lines([(course, "") for course in map_names.courses_of(marks)], at),
        "leads": _lines([(list(one.line), "") for one in stand if one.line], np.asarray),
        "letters": _letters(stand, {name: ink(shades[classes[name]]) for name in outlines}),
        "faint": pd.DataFrame([(x, y, text) for text, (x, y) in named], columns=["x", "y", "text"]),
    }  # fmt: skip
    shaded = field("shade:N", scale={"domain": legend, "range": shades}, legend=_legend(measure) if limits else None)
    rooms = [_corners(one.room) for one in stand]
    seen = (*(rows[name][["x", "y"]] for name in (ROWS, "ground", "leads", "faint")), *rooms)
    return _drawn(rows, pd.concat([one for one in seen if len(one)]), shaded)


def _drawn(rows: dict[str, pd.DataFrame], room: pd.DataFrame, shaded: Spec) -> Drawing:
    """`rows`: of each layer; `room`: points that must all be seen; `shaded`: the streets' colours."""
    ends = {side: [float(room[side].min()) - EDGE, float(room[side].max()) + EDGE] for side in ("x", "y")}
    shared = {
        "x": field("x:Q", axis=None, scale={"domain": ends["x"], "nice": False}),
        "y": field("y:Q", axis=None, scale={"domain": ends["y"], "nice": False, "reverse": True}),
    }
    words: Spec = {"text": field("text:N")}
    one_line: Spec = {"detail": field("piece:N"), "order": field("order:Q")}
    drawn = drawing(
        drawable(rows[ROWS]),
        shared,
        mark("line", of=one_line, data="ground", fill=LIGHT.ground, stroke=LIGHT.muted, strokeWidth=1),
        mark(
            "line",
            of=one_line | {"fill": shaded},
            stroke=LIGHT.muted if len(rows["ground"]) else LIGHT.ground,
            strokeWidth=1.5,
        ),
        mark("line", of=one_line, data="roads", stroke=LIGHT.muted, strokeWidth=1, opacity=0.7, clip=True),
        mark("line", of=one_line, data="leads", stroke=LIGHT.text, strokeWidth=1),
        mark("text", of=words, data="faint", stroke=LIGHT.ground, strokeWidth=4, opacity=0.8, fontSize=SMALL),
        mark("text", of=words, data="faint", color=LIGHT.soft_text, fontSize=SMALL),
        mark("text", of=words | {"color": field("ink:N", scale=None)}, data="letters", fontSize=SIZE),
        height=int(ends["y"][1] - ends["y"][0]),
        beside={name: drawable(each) for name, each in rows.items() if name != ROWS},
    )
    # Its letters are made for white, whatever the page is.
    return {**drawn, "width": int(ends["x"][1] - ends["x"][0]), "background": LIGHT.ground}


def called(profile: Profile, what: str) -> str:
    """A map's title, with what its outlines are worth."""
    note = profile.settings.geography.boundaries_note
    return f"{what}（{note}）" if note else what


def _parts(shape: Any) -> list[Any]:
    return list(shape.geoms) if shape.geom_type == "MultiPolygon" else [shape]


def _lines(pieces: Sequence[tuple[Sequence[Any], str]], at: Any) -> pd.DataFrame:
    """Lines as rows: piece, order, x, y, shade."""
    rows = [(str(piece), order, float(x), float(y), shade)
            for piece, (points, shade) in enumerate(pieces)
            for order, (x, y) in enumerate(at([point[:2] for point in points]))]  # fmt: skip
    return pd.DataFrame(rows, columns=["piece", "order", "x", "y", "shade"])


def _letters(stand: Sequence[map_names.Title], inks: dict[str, str]) -> pd.DataFrame:
    """The names with their figures below, within a street; beside it where they stand beside the map."""
    rows = []
    for one in stand:
        x, y = one.at
        if one.line:
            rows.append((x, y, f"{one.name} {one.figure}", LIGHT.text))
        else:
            rows += [
                (x, y + way * SIZE * 0.6, text, inks[one.street]) for way, text in ((-1, one.name), (1, one.figure))
            ]
    return pd.DataFrame(rows, columns=["x", "y", "text", "ink"])


def _corners(room: shapely.Polygon) -> pd.DataFrame:
    west, north, east, south = room.bounds
    return pd.DataFrame({"x": [west, east], "y": [north, south]})


def _legend(measure: Shown) -> Spec:
    return {"orient": "bottom", "direction": "horizontal", "columns": 3, "title": str(measure.unit),
            "symbolType": "square", "symbolSize": 160, "labelFontSize": 12, "titleFontWeight": "normal",
            "labelLimit": 200,
            "labelColor": LIGHT.soft_text, "titleColor": LIGHT.soft_text}  # fmt: skip
