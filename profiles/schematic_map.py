"""Draw a district's schematic street map from published figures: `python -m profiles.schematic_map dongcheng`.

A power diagram: one cell per street around its centre, clipped to the district's outline. The weights are
solved until every cell has its street's published area, scaled to the outline. Not a survey.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Polygon

from data_access.district.profile import PROFILES

GRID = 1e-6  # coordinates keep six digits, about 0.1 m
TOLERANCE = 1e-4  # of a street's area; well inside the 1 % that is promised, so that rounding cannot break it
REACH = 10.0  # a half-plane is cut as a square of so many degrees: wider than any district


def read_figures(folder: Path) -> tuple[list[dict[str, str]], np.ndarray]:
    """The streets' rows and the outline's corners (lon, lat)."""
    with (folder / "streets.csv").open(encoding="utf-8-sig", newline="") as file:
        streets = list(csv.DictReader(file))
    with (folder / "outline.csv").open(encoding="utf-8-sig", newline="") as file:
        corners = [(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)]
    return streets, np.array(corners)


def closer_side(centre: np.ndarray, other: np.ndarray, weight_gap: float) -> Polygon:
    """The half-plane whose points have the smaller power distance to `centre`."""
    gap = other - centre
    length = math.hypot(*gap)
    normal = gap / length
    along = np.array([-normal[1], normal[0]])
    foot = centre + normal * (length**2 + weight_gap) / (2 * length)
    near, far = foot - along * REACH, foot + along * REACH
    return Polygon([far, near, near - normal * REACH, far - normal * REACH])


def power_cells(centres: np.ndarray, weights: np.ndarray, outline: Polygon) -> list[Polygon]:
    cells = []
    for i, centre in enumerate(centres):
        cell = outline
        for j, other in enumerate(centres):
            if i != j:
                cell = cell.intersection(closer_side(centre, other, weights[i] - weights[j]))
        cells.append(cell)
    return cells


def area_slopes(cells: list[Polygon], centres: np.ndarray) -> np.ndarray:
    """How each cell's area answers to each weight: shared border length over twice the centres' distance."""
    slopes = np.zeros((len(cells), len(cells)))
    for i, cell in enumerate(cells):
        for j in range(i):
            shared = cell.buffer(1e-9).intersection(cells[j].boundary).length
            slopes[i, j] = slopes[j, i] = -shared / (2 * math.dist(centres[i], centres[j]))
    return slopes - np.diag(slopes.sum(axis=1))


def solve_weights(centres: np.ndarray, areas: np.ndarray, outline: Polygon) -> np.ndarray:
    """Damped Newton: a step is halved until no cell is emptied and the error falls."""
    weights = np.zeros(len(areas))
    cells = power_cells(centres, weights, outline)
    error = np.array([cell.area for cell in cells]) - areas
    while np.abs(error / areas).max() > TOLERANCE:
        step = np.linalg.lstsq(area_slopes(cells, centres), error, rcond=None)[0]
        for damping in 0.5 ** np.arange(12):
            trial = power_cells(centres, weights - damping * step, outline)
            trial_error = np.array([cell.area for cell in trial]) - areas
            if min(cell.area for cell in trial) > 0 and np.linalg.norm(trial_error) < np.linalg.norm(error):
                break
        else:
            raise ValueError("面积无法满足：请检查 streets.csv 的中心点与面积")
        weights, cells, error = weights - damping * step, trial, trial_error
    return weights


def snap(cells: list[Polygon], stretch: np.ndarray) -> list[Polygon]:
    """The same cells on the six-digit grid, neighbours sharing their vertices, so that no gap or overlap is left."""
    degrees = [shapely.transform(cell, lambda corners: corners / stretch) for cell in cells]
    borders = shapely.union_all([cell.boundary for cell in degrees], grid_size=GRID)
    faces: list[list[Polygon]] = [[] for _ in degrees]
    for face in shapely.get_parts(shapely.polygonize([borders])):
        inside = face.representative_point()
        faces[int(np.argmin([cell.distance(inside) for cell in degrees]))].append(face)
    return [shapely.normalize(shapely.coverage_union_all(parts)) for parts in faces]


def schematic_map(folder: Path) -> dict[str, Any]:
    """The GeoJSON of a district's schematic map."""
    streets, corners = read_figures(folder)
    stretch = np.array([math.cos(math.radians(corners[:, 1].mean())), 1.0])  # degrees of equal length
    outline = Polygon(corners * stretch)
    centres = np.array([(float(street["lon"]), float(street["lat"])) for street in streets]) * stretch
    published = np.array([float(street["area_km2"]) for street in streets])
    weights = solve_weights(centres, published / published.sum() * outline.area, outline)
    cells = snap(power_cells(centres, weights, outline), stretch)
    return {"type": "FeatureCollection", "features": [feature(*pair) for pair in zip(streets, cells, strict=True)]}


def feature(street: dict[str, str], cell: Polygon) -> dict[str, Any]:
    corners = [[round(lon, 6), round(lat, 6)] for lon, lat in cell.exterior.coords]
    return {
        "type": "Feature",
        "properties": {"code": street["code"], "name": street["name"]},
        "geometry": {"type": "Polygon", "coordinates": [corners]},
    }


def render(folder: Path) -> str:
    """The file's text, one street a line, the same bytes every time."""
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in schematic_map(folder)["features"])
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    district = PROFILES / sys.argv[1]
    (district / "streets.geojson").write_text(render(district), encoding="utf-8")
