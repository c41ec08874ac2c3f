"""Names and landmarks as layers of a page's map: the streets' within their field or led out, the rest faintly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pydeck as pdk
import shapely

from data_access.district.landmarks import Landmark
from ui.drawing import labels
from ui.style.theme import Palette, is_phone

FONT = pdk.types.String("Noto Sans CJK SC")
SIZE, ON_PHONE, SMALL, LINE = 13, 11, 11, 1.2  # pixels of letters; a line's height
DIGIT = 0.62  # a digit's width, of a letter's
Point = tuple[float, float]


def pixels(view: pdk.ViewState) -> Callable[[Any], np.ndarray]:
    """Degrees to pixels of the view as it opens, y down."""
    each = 512 * 2**view.zoom / 360
    narrower = math.cos(math.radians(view.latitude))
    return lambda points: np.asarray(points, dtype=float) * [each, -each / narrower]


def degrees(view: pdk.ViewState, at: Point) -> list[float]:
    x, y = pixels(view)([1.0, 1.0])
    return [at[0] / x, at[1] / y]


def of_streets(
    shapes: Mapping[str, shapely.geometry.base.BaseGeometry],
    figures: Mapping[str, str],
    inks: Mapping[str, list[int]],
    view: pdk.ViewState,
    led: list[int],
) -> tuple[list[pdk.Layer], list[shapely.Polygon]]:
    """The streets' names with their figures, and the rooms they take (pixels). `inks`: of letters within a field;
    `led`: of those beside the map."""
    size = ON_PHONE if is_phone() else SIZE
    short = {name: name.removesuffix("街道") for name in shapes}
    wide = {name: (len(short[name]), DIGIT * len(figures[name])) for name in shapes}
    wanted = tuple(
        labels.Wanted(name, shapely.to_wkb(shapely.transform(shape, pixels(view))),
                      size * (max(wide[name]) + 0.2), size * (sum(wide[name]) + 0.5))
        for name, shape in shapes.items()
    )  # fmt: skip
    rooms, words, lines = [], [], []
    for name, label in labels.placed(wanted, LINE * size).items():
        between = " " if label.is_led else "\n"
        words.append({"at": degrees(view, label.at), "title": f"{short[name]}{between}{figures[name]}",
                      "ink": led if label.is_led else inks[name]})  # fmt: skip
        width = size * (sum(wide[name]) + 0.5 if label.is_led else max(wide[name]))
        rooms.append(labels.box(label.at, width, size * LINE * (1 if label.is_led else 2)))
        if label.is_led:
            lines.append({"from": degrees(view, label.line[0]), "to": degrees(view, label.line[1])})
    drawn = pdk.Layer("LineLayer", lines, id="leads", get_source_position="from", get_target_position="to",
                      get_color=led, get_width=1)  # fmt: skip
    return [drawn, _text(words, "titles", size)], rooms


def of_landmarks(
    marks: Sequence[Landmark], rooms: Sequence[shapely.Polygon], view: pdk.ViewState, colours: Palette
) -> list[pdk.Layer]:
    """What people know, and its names where they lie over no street's."""
    line, ink = _rgb(colours.muted, 170), _rgb(colours.soft_text, 255)
    courses = [{"path": [list(at) for at in (*one.points, *one.points[:1] * (one.kind == "区域"))]}
               for one in marks if one.kind in ("道路", "区域")]  # fmt: skip
    places = [{"at": list(one.points[0])} for one in marks if one.kind == "地点"]
    stand = [(x, y + SMALL * (one.kind == "地点")) for one in marks for x, y in [pixels(view)(one.stands)]]
    asked = [((float(x), float(y)), SMALL * len(one.name) * 1.05, SMALL * LINE)
             for one, (x, y) in zip(marks, stand, strict=True)]  # fmt: skip
    free = labels.free(asked, rooms)
    words = [{"at": degrees(view, room[0]), "title": one.name, "ink": ink}
             for one, room, is_free in zip(marks, asked, free, strict=True) if is_free]  # fmt: skip
    return [
        pdk.Layer("PathLayer", courses, id="courses", get_path="path", get_color=line, width_min_pixels=1.2,
                  width_max_pixels=1.2),
        pdk.Layer("ScatterplotLayer", places, id="places", get_position="at", get_fill_color=line,
                  radius_min_pixels=3, radius_max_pixels=3),
        _text(words, "marks", SMALL, background=True, get_background_color=_rgb(colours.ground, 190)),
    ]  # fmt: skip


def _text(words: Sequence[Mapping[str, Any]], name: str, size: int, **more: Any) -> pdk.Layer:
    return pdk.Layer(
        "TextLayer",
        words,
        id=name,
        get_position="at",
        get_text="title",
        get_size=size,
        get_color="ink",
        font_family=FONT,
        character_set=pdk.types.String("auto"),
        **more,
    )


def _rgb(colour: str, opacity: int) -> list[int]:
    return [*(int(colour[place : place + 2], 16) for place in (1, 3, 5)), opacity]
