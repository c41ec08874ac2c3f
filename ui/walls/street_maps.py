"""The streets of a wall's map as SVG: shaded fields, names within them or led out, and what people know around them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from data_access.district.profile import Profile
from ui.drawing import labels
from ui.drawing.maps import features, landmarks
from ui.style.markup import html, joined
from ui.style.numbers import UNKNOWN

HEIGHT = 1000.0  # units; the district from north to south
FONTS = {"near": 27.0, "far": 40.0}  # units
LINE, LETTER, DIGIT = 1.15, 1.0, 0.6  # of a font: a line's height, a Chinese letter's width, a digit's

Point = tuple[float, float]
Frame = dict[str, tuple[int | str, str]]  # street -> (class, figure)


def css_class(level: int | str) -> str:
    return level if isinstance(level, str) else f"c{level}"


def picture(profile: Profile, frames: Sequence[Frame], density: str) -> Markup:
    """The map at a wall's density; '' without boundaries."""
    shapes = {shape["properties"]["name"]: shapely.geometry.shape(shape["geometry"]) for shape in features(profile)}
    if not shapes:
        return Markup()
    flat = _projection(shapely.union_all(list(shapes.values())))
    fields = {name: shapely.transform(shape, flat) for name, shape in shapes.items()}
    font = FONTS[density]
    states = {name: [frame.get(name, (-1, UNKNOWN)) for frame in frames] for name in fields}
    stand = labels.placed(_wanted(fields, states, font), LINE * font)
    rooms = [_room(name, stand[name], states[name], font) for name in fields]
    # On fields of many shades no faint letters can be read: there only names that stand outside are written.
    shaded = [
        field.buffer(-font)
        for name, field in fields.items()
        if any(isinstance(level, int) for level, _ in states[name])
    ]
    marks = _landmarks(profile, flat, [*rooms, *shaded], font if density == "near" else 0.0)
    drawn = [_field(name, fields[name], states[name]) for name in fields]
    drawn += [marks, *(_named(name, stand[name], states[name]) for name in fields)]
    west, north, east, south = shapely.union_all([*fields.values(), *rooms]).buffer(10).bounds
    return html(
        '<svg class="only-{}" style="--font:{:.0f}px" viewBox="{:.0f} {:.0f} {:.0f} {:.0f}">{}</svg>',
        density, font, west, north, east - west, south - north, joined("", drawn),
    )  # fmt: skip


def _projection(whole: BaseGeometry) -> Callable[[np.ndarray], np.ndarray]:
    """Degrees to units: as wide as they are on the ground, y down."""
    west, south, _, north = whole.bounds
    narrower, scale = math.cos(math.radians((south + north) / 2)), HEIGHT / (north - south)
    return lambda points: np.column_stack(
        [(points[:, 0] - west) * narrower * scale, (north - points[:, 1]) * scale]
    )  # fmt: skip


def _short(name: str) -> str:
    return name.removesuffix("街道")


def _wide(name: str, states: Sequence[tuple[int | str, str]]) -> tuple[float, float]:
    """The widths of the name and of the longest figure, in letters."""
    return LETTER * len(_short(name)), DIGIT * max(len(text) for _, text in states)


def _wanted(
    fields: dict[str, BaseGeometry], states: dict[str, list[tuple[int | str, str]]], font: float
) -> tuple[labels.Wanted, ...]:
    wide = {name: _wide(name, states[name]) for name in fields}
    return tuple(
        labels.Wanted(name, shapely.to_wkb(field), font * (max(wide[name]) + 0.3), font * (sum(wide[name]) + 1.0))
        for name, field in fields.items()
    )


def _room(name: str, label: labels.Label, states: Sequence[tuple[int | str, str]], font: float) -> BaseGeometry:
    letters, digits = _wide(name, states)
    if label.is_led:
        return labels.box(label.at, font * (letters + digits + 1.0), LINE * font)
    return labels.box(label.at, font * max(letters, digits), 2 * LINE * font)


def _path(field: BaseGeometry) -> str:
    rings = [polygon.exterior.coords for polygon in getattr(field, "geoms", [field])]
    return " ".join("M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in rings)


def _field(name: str, field: BaseGeometry, states: Sequence[tuple[int | str, str]]) -> Markup:
    classes = [css_class(level) for level, _ in states]
    return html(
        '<path class="{}" data-classes="{}" data-street="{}" d="{}"/>',
        classes[0], " ".join(classes), name, _path(field),
    )  # fmt: skip


def _named(name: str, label: labels.Label, states: Sequence[tuple[int | str, str]]) -> Markup:
    (x, y), words = label.at, "|".join(text for _, text in states)
    if label.is_led:
        start, end = label.line
        return html(
            '<polyline class="lead" points="{:.0f},{:.0f} {:.0f},{:.0f}"/><circle class="lead" cx="{:.0f}" cy="{:.0f}"'
            ' r="4"/><text class="led" x="{:.0f}" y="{:.0f}">{}　<tspan data-words="{}">{}</tspan></text>',
            *start, *end, *end, x, y, _short(name), words, states[0][1],
        )  # fmt: skip
    classes = [css_class(level) for level, _ in states]
    return html(
        '<text class="{}" data-classes="{}" x="{:.0f}" y="{:.0f}" dy="-.575em">{}'
        '<tspan x="{:.0f}" dy="1.15em" data-words="{}">{}</tspan></text>',
        classes[0], " ".join(classes), x, y, _short(name), x, words, states[0][1],
    )  # fmt: skip


def _landmarks(
    profile: Profile, flat: Callable[[np.ndarray], np.ndarray], rooms: Sequence[BaseGeometry], font: float
) -> Markup:
    """What people know, faintly; with its name where that lies over none of `rooms`. `font`: 0 for no names."""
    drawn, names = [], []
    for mark in landmarks(profile):
        points = flat(np.array(mark.points))
        written = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        if mark.kind == "道路":
            drawn.append(html('<polyline class="mark" points="{}"/>', written))
        elif mark.kind == "区域":
            drawn.append(html('<polygon class="mark" points="{}"/>', written))
        elif mark.kind == "地点":
            drawn.append(html('<circle class="mark" cx="{:.0f}" cy="{:.0f}" r="6"/>', *points[0]))
        x, y = flat(np.array([mark.stands]))[0]
        size = font * (1.0 if mark.kind == "周边" else 0.8)
        middle = y + size if mark.kind == "地点" else y
        names.append((mark.name, ((float(x), float(middle)), size * len(mark.name), size)))
    free = labels.free([room for _, room in names], rooms) if font else []
    drawn += [
        html('<text class="mark" x="{:.0f}" y="{:.0f}" style="font-size:{:.0f}px">{}</text>', *at, size, name)
        for (name, (at, _, size)), is_free in zip(names, free, strict=False) if is_free
    ]  # fmt: skip
    return joined("", drawn)
