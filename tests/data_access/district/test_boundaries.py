"""Street polygons that cannot be used are found by `status` and named on screens; what needs none goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import main
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.boundaries import boundary_problem, street_shapes
from data_access.district.profile import Profile, ProfileError
from ui.walls import wall
from ui.walls.wall import Wall

SQUARE = {"type": "Polygon", "coordinates": [[[116, 39], [117, 39], [117, 40], [116, 39]]]}


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


BROKEN = {
    "gone": None,
    "empty": "",
    "no JSON": "街道",
    "no collection": "[]",
    "no features": collection(),
    "no name": collection({"properties": {}, "geometry": SQUARE}),
    "no properties": collection({"properties": None, "geometry": SQUARE}),
    "no geometry": collection({"properties": {"name": "东四街道"}, "geometry": None}),
    "a point": collection({"properties": {"name": "东四街道"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}),
    "short ring": collection(
        {"properties": {"name": "东四街道"}, "geometry": {"type": "Polygon", "coordinates": [[[1, 2]]]}}
    ),
    "another encoding": collection({"properties": {"name": "东四街道"}, "geometry": SQUARE}).encode("utf-16"),
}


def with_boundaries(profile: Profile, folder: Path, text: str | bytes | None) -> Profile:
    file = folder / "streets.geojson"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    geography = profile.settings.geography.model_copy(update={"boundaries": str(file)})
    settings = profile.settings.model_copy(update={"geography": geography})
    return profile.model_copy(update={"settings": settings, "name": f"with {folder.name}"})


@pytest.mark.parametrize("broken", BROKEN)
def test_polygons_that_cannot_be_used_are_named(profile: Profile, tmp_path: Path, broken: str) -> None:
    district = with_boundaries(profile, tmp_path, BROKEN[broken])
    with pytest.raises(ProfileError, match=r"streets\.geojson"):
        street_shapes(district)
    assert "streets.geojson" in boundary_problem(district)


def test_streets_without_a_polygon_are_named(profile: Profile, tmp_path: Path) -> None:
    one = collection({"properties": {"name": profile.streets[0].name}, "geometry": SQUARE})
    problem = boundary_problem(with_boundaries(profile, tmp_path, one))
    assert profile.streets[1].name in problem and profile.streets[0].name not in problem


def test_whoever_brings_none_has_no_problem(profile: Profile) -> None:
    assert boundary_problem(profile) == "" and len(street_shapes(profile)) == len(profile.streets)
    geography = profile.settings.geography.model_copy(update={"boundaries": ""})
    bare = profile.model_copy(update={"settings": profile.settings.model_copy(update={"geography": geography})})
    assert boundary_problem(bare) == "" and street_shapes(bare) == []


@pytest.mark.parametrize("screen", ["today", "heat"])
def test_a_walls_map_says_what_is_wrong(reader: Reader, profile: Profile, tmp_path: Path, screen: str) -> None:
    seen = Reader.of(reader.store, with_boundaries(profile, tmp_path, None))
    html = wall.state(seen, Wall(name="x", title="x", screens=(screen,)), screen)["html"]
    assert "streets.geojson" in html and "读不到" in html and "<section" in html


def test_status_finds_them(
    demo_store: Store,
    profile: Profile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")
    assert main(["status"]) == 0
    monkeypatch.setattr("commands.current_profile", lambda _: with_boundaries(profile, tmp_path, None))
    assert main(["status"]) == 1
    assert "streets.geojson" in capsys.readouterr().out
