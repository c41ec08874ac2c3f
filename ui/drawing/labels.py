"""Where the names on a map stand: within their field, or beside the map with a line that leads there.

Pure geometry in flat coordinates, y down; what a name needs of room is given with it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

Point = tuple[float, float]
STEPS = 24  # places tried across a field, and down the map beside it
NEXT = 8  # distances from the map that are tried


@dataclass(frozen=True)
class Wanted:
    """A field's name: its width in two lines within the field, in one line beside the map. `shape`: WKB."""

    name: str
    shape: bytes
    within: float
    beside: float


@dataclass(frozen=True)
class Label:
    """`at`: the middle of the words; `line`: from the words to their field, empty where they stand within it."""

    at: Point
    line: tuple[Point, ...] = ()

    @property
    def is_led(self) -> bool:
        return bool(self.line)


def box(at: Point, width: float, height: float) -> Polygon:
    return shapely.box(at[0] - width / 2, at[1] - height / 2, at[0] + width / 2, at[1] + height / 2)


@functools.lru_cache(maxsize=64)
def placed(wanted: tuple[Wanted, ...], line_height: float, ground: bytes = b"") -> dict[str, Label]:
    """By name where each stands. `line_height`: of the words; two lines within a field, one beside the map. `ground`:
    what else the map shows, as WKB."""
    fields = {one.name: shapely.from_wkb(one.shape) for one in wanted}
    whole = shapely.union_all([*fields.values(), *([shapely.from_wkb(ground)] if ground else [])])
    found, taken = dict[str, Label](), list[BaseGeometry]()
    for one in wanted:
        if at := _within(fields[one.name], one.within, 2 * line_height):
            found[one.name] = Label(at)
            taken.append(box(at, one.within, 2 * line_height))
    left = [one for one in wanted if one.name not in found]
    for one in sorted(left, key=lambda one: _middle(fields[one.name])[1]):
        label = _beside(fields[one.name], whole, taken, one.beside, line_height)
        found[one.name] = label
        taken += [box(label.at, one.beside, line_height), shapely.LineString(label.line)]
    return found


def free(labels: Iterable[tuple[Point, float, float]], others: Sequence[BaseGeometry]) -> list[bool]:
    """Whether each of some further words (middle, width, height) lies over none of the others, and of each other."""
    taken, told = list(others), []
    for at, width, height in labels:
        room = box(at, width, height)
        told.append(not any(room.intersects(one) for one in taken))
        taken += [room] if told[-1] else []
    return told


def _middle(field: BaseGeometry) -> Point:
    """Where a field is widest."""
    x, y = shapely.maximum_inscribed_circle(field).coords[0]
    return float(x), float(y)


def _within(field: BaseGeometry, width: float, height: float) -> Point | None:
    """The place for the words that is nearest to the field's widest; None where they do not fit in."""
    west, north, east, south = field.bounds
    x, y = np.meshgrid(np.linspace(west, east, STEPS), np.linspace(north, south, STEPS))
    rooms = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    fits = shapely.contains(field, rooms)
    if not fits.any():
        return None
    middle = _middle(field)
    away = np.where(fits, np.hypot(x - middle[0], y - middle[1]), np.inf)
    best = np.unravel_index(int(away.argmin()), away.shape)
    return float(x[best]), float(y[best])


def _beside(
    field: BaseGeometry, whole: BaseGeometry, taken: Sequence[BaseGeometry], width: float, height: float
) -> Label:
    """The nearest place on either side of the map, over nothing that stands there; the line ends within the field."""
    middle, gap = _middle(field), height / 2
    core = field.buffer(-height / 3)
    core = shapely.Point(middle) if core.is_empty else core
    best, least = Label(middle), np.inf
    _, north, _, south = whole.bounds
    for y in np.linspace(north + height / 2, south - height / 2, 2 * STEPS):
        row = whole.intersection(shapely.box(-1e9, y - height / 2, 1e9, y + height / 2))
        if row.is_empty:
            continue
        for side in (-1, 1):
            edge = row.bounds[0] if side < 0 else row.bounds[2]
            for step in range(1, NEXT + 1):
                at = (float(edge + side * (step * gap + width / 2)), float(y))
                start = shapely.Point(at[0] - side * width / 2, at[1])
                drawn = shapely.shortest_line(start, core)
                if drawn.length >= least:
                    break
                room = box(at, width, 1.1 * height)
                if not any(room.intersects(one) or drawn.intersects(one) for one in taken):
                    line = tuple((float(a), float(b)) for a, b in drawn.coords)
                    best, least = Label(at, line), drawn.length
                    break
    return best
