"""The shipped schematic map: computed from the figures, true to the areas, without gap or overlap."""

import json

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from data_access.district.profile import PROFILES
from profiles.schematic_map import read_figures, render

FOLDER = PROFILES / "dongcheng"
STREETS, CORNERS = read_figures(FOLDER)
TEXT = (FOLDER / "streets.geojson").read_text(encoding="utf-8")
FEATURES = json.loads(TEXT)["features"]
CELLS = [shape(feature["geometry"]) for feature in FEATURES]


def test_every_street_has_one_polygon_under_its_code_and_name():
    expected = [{"code": street["code"], "name": street["name"]} for street in STREETS]
    assert [feature["properties"] for feature in FEATURES] == expected
    assert {cell.geom_type for cell in CELLS} == {"Polygon"}
    assert all(cell.is_valid and not cell.interiors for cell in CELLS)


def test_areas_are_the_published_ones_within_one_percent():
    published = np.array([float(street["area_km2"]) for street in STREETS])
    drawn = np.array([cell.area for cell in CELLS])
    assert drawn / drawn.sum() == pytest.approx(published / published.sum(), rel=0.01)


def test_cells_fill_the_outline_without_gap_or_overlap():
    outline = shapely.Polygon(CORNERS)
    assert shapely.coverage_is_valid(CELLS)
    union = shapely.union_all(CELLS)
    assert sum(cell.area for cell in CELLS) == pytest.approx(union.area, rel=1e-9)
    assert union.symmetric_difference(outline).area < 1e-4 * outline.area
    assert union.geom_type == "Polygon"
    assert not union.interiors


def test_coordinates_keep_six_digits():
    for cell in CELLS:
        corners = shapely.get_coordinates(cell)
        assert np.array_equal(corners, corners.round(6))


def test_the_shipped_file_is_what_the_script_computes():
    assert render(FOLDER) == TEXT
