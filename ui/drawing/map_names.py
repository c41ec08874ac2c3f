"""Names and landmarks as layers of a page's map: the streets' within their field or led out, the rest faintly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Title:
    """A street's name with its figure, in pixels of the view. `at`: the middle of the words; `line`: from them to the
    street, where they stand beside the map; `room`: what they take."""

    street: str
    name: str
    figure: str
    at: Point
    line: tuple[Point, ...]
    room: shapely.Polygon


def titles(
    shapes: Mapping[str, shapely.geometry.base.BaseGeometry],
    figures: Mapping[str, str],
    view: pdk.ViewState,
    size: float,
    ground: shapely.geometry.base.BaseGeometry | None = None,
) -> list[Title]:
    """Where each street's name stands. `size`: of its letters, in pixels; `ground`: what else the map shows."""
    short = {name: name.removesuffix("街道").removesuffix("社区") for name in shapes}
    # All have the room of the longest figure: names then stay where they are when figures change, and are placed once.
    widest = max((DIGIT * len(figure) for figure in figures.values()), default=0.0)
    wanted = tuple(
        labels.Wanted(name, shapely.to_wkb(shapely.transform(shape, pixels(view))),
                      size * (max(len(short[name]), widest) + 0.2), size * (len(short[name]) + widest + 0.5))
        for name, shape in shapes.items()
    )  # fmt: skip
    found, beneath = [], b"" if ground is None else shapely.to_wkb(shapely.transform(ground, pixels(view)))
    for name, label in labels.placed(wanted, LINE * size, beneath).items():
        own, at = DIGIT * len(figures[name]), label.at
        width = size * (len(short[name]) + own + 0.5 if label.is_led else max(len(short[name]), own))
        if label.is_led:  # to where its line begins
            at = (at[0] + math.copysign(size * (widest - own) / 2, label.line[0][0] - at[0]), at[1])
        room = labels.box(at, width, size * LINE * (1 if label.is_led else 2))
        found.append(Title(name, short[name], figures[name], at, label.line, room))
    return found


def size_on_screen() -> int:
    return ON_PHONE if is_phone() else SIZE


def free_names(
    marks: Sequence[Landmark], rooms: Sequence[shapely.Polygon], view: pdk.ViewState
) -> list[tuple[str, Point]]:
    """The landmarks whose names lie over no street's and no other's: the name and its middle in pixels."""
    stand = [(x, y + SMALL * (one.kind == "地点")) for one in marks for x, y in [pixels(view)(one.stands)]]
    asked = [((float(x), float(y)), SMALL * len(one.name) * 1.05, SMALL * LINE)
             for one, (x, y) in zip(marks, stand, strict=True)]  # fmt: skip
    free = labels.free(asked, rooms)
    return [(one.name, room[0]) for one, room, is_free in zip(marks, asked, free, strict=True) if is_free]


def courses_of(marks: Sequence[Landmark]) -> list[list[Point]]:
    """The lines of roads and of areas, in degrees."""
    return [[*one.points, *one.points[:1] * (one.kind == "区域")] for one in marks if one.kind in ("道路", "区域")]


def of_landmarks(
    marks: Sequence[Landmark], rooms: Sequence[shapely.Polygon], view: pdk.ViewState, colours: Palette
) -> list[pdk.Layer]:
    """What people know, and its names where they lie over no street's."""
    line, ink = _rgb(colours.muted, 170), _rgb(colours.soft_text, 255)
    courses = [{"path": [list(at) for at in course]} for course in courses_of(marks)]
    places = [{"at": list(one.points[0])} for one in marks if one.kind == "地点"]
    words = [{"at": degrees(view, at), "title": name, "ink": ink} for name, at in free_names(marks, rooms, view)]
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
