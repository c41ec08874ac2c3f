"""Names on maps stand within their field or are led out by a line, and never over one another; landmarks are data."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pydeck as pdk
import pytest
import shapely

from data_access.district.landmarks import Landmark
from data_access.district.profile import Profile, ProfileError, load_profile
from ui.drawing import map_names
from ui.drawing.labels import Wanted, box, free, placed
from ui.drawing.maps import features
from ui.style.theme import LIGHT

LINE = 30.0


def wanted(fields: dict[str, shapely.Polygon], within: float, beside: float) -> tuple[Wanted, ...]:
    return tuple(Wanted(name, shapely.to_wkb(field), within, beside) for name, field in fields.items())


@pytest.mark.parametrize("scale", [6_000, 9_000, 14_000])  # from letters that mostly do not fit to such that do
def test_every_street_has_its_name_within_or_led_out(profile: Profile, scale: float) -> None:
    shapes = {one["properties"]["name"]: shapely.geometry.shape(one["geometry"]) for one in features(profile)}
    fields = {name: shapely.transform(shape, lambda at: at * [0.77 * scale, -scale]) for name, shape in shapes.items()}
    asked = wanted(fields, 90, 160)
    found, whole, rooms = placed(asked, LINE), shapely.union_all(list(fields.values())), {}
    assert set(found) == set(fields)
    for name, label in found.items():
        rooms[name] = box(label.at, 160 if label.is_led else 90, LINE if label.is_led else 2 * LINE)
        if label.is_led:
            assert not rooms[name].intersects(whole), name
            start, end = label.line
            assert shapely.Point(end).distance(fields[name]) < 1e-6 and shapely.Point(start).distance(rooms[name]) < 1
        else:
            assert fields[name].contains(rooms[name]), name
    assert not [(a, b) for a, b in combinations(rooms, 2) if rooms[a].intersects(rooms[b])]
    lines = {name: shapely.LineString(label.line) for name, label in found.items() if label.is_led}
    assert not [(a, b) for a, line in lines.items() for b, room in rooms.items() if a != b and line.intersects(room)]


def test_further_words_give_way() -> None:
    street = box((0, 0), 100, 40)
    assert free([((0, 0), 10, 10), ((200, 0), 10, 10), ((205, 0), 10, 10)], [street]) == [False, True, False]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("二环路,道路,116.3 39.9,", "道路至少要 2 个点"),
        ("故宫,区域,39.9 116.3|39.9 116.4|39.8 116.4,", "可能写反了"),
        ("北京站,地点,116.4；39.9,", "应写成“经度 纬度”"),
        ("北京站,车站,116.4 39.9,", "kind"),
    ],
)
def test_a_mistake_among_the_landmarks_is_told_with_its_line(
    tmp_path: Path, profile: Profile, row: str, why: str
) -> None:
    for file in profile.folder.glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "landmarks.csv").write_text(
        f"name,kind,points,label\n西城区,周边,116.3 39.9,\n{row}\n", encoding="utf-8"
    )
    with pytest.raises(ProfileError, match=r"landmarks\.csv 第 3 行") as told:
        load_profile(tmp_path)
    assert why in str(told.value)


def test_a_district_without_landmarks_has_none(tmp_path: Path, profile: Profile) -> None:
    for file in profile.folder.glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    settings = (tmp_path / "district.toml").read_text(encoding="utf-8")
    lines = [line for line in settings.splitlines() if not line.startswith("landmarks")]
    (tmp_path / "district.toml").write_text("\n".join(lines), encoding="utf-8")
    assert load_profile(tmp_path).landmarks == () and len(profile.landmarks) > 5


def test_a_landmarks_name_stands_in_its_middle_or_where_it_is_said() -> None:
    road = {"name": "路", "kind": "道路", "points": "116 39|118 41"}
    assert Landmark.model_validate(road).stands == (117, 40)
    assert Landmark.model_validate({**road, "label": "116.5 39.5"}).stands == (116.5, 39.5)


def test_a_pages_map_names_every_street_once_and_gives_landmarks_way(profile: Profile) -> None:
    shapes = {one["properties"]["name"]: shapely.geometry.shape(one["geometry"]) for one in features(profile)}
    whole = shapely.union_all(list(shapes.values()))
    view = pdk.ViewState(longitude=whole.centroid.x, latitude=whole.centroid.y, zoom=11.3)
    stand = map_names.titles(shapes, dict.fromkeys(shapes, "12,345"), view, map_names.size_on_screen())
    assert sorted(one.name for one in stand) == sorted(name.removesuffix("街道") for name in shapes)
    assert any(one.line for one in stand)
    rooms = [one.room for one in stand]
    names = map_names.of_landmarks(profile.landmarks, rooms, view, LIGHT)[-1].data
    placed_names = {one["title"]: map_names.pixels(view)(one["at"]) for one in names}
    assert placed_names and not any(room.contains(shapely.Point(at)) for at in placed_names.values() for room in rooms)


def test_names_stay_where_they_are_when_figures_change_and_lines_begin_at_the_words(profile: Profile) -> None:
    shapes = {one["properties"]["name"]: shapely.geometry.shape(one["geometry"]) for one in features(profile)}
    view = pdk.ViewState(longitude=116.4, latitude=39.9, zoom=11.3)
    names = list(shapes)
    stands = [
        {one.street: one for one in map_names.titles(shapes, dict.fromkeys(names, "—") | long, view, 13)}
        for long in ({names[0]: "12,345"}, {names[-1]: "54,321"}, dict.fromkeys(names[3:], "67,890"))
    ]
    first = stands[0]
    for name in names:
        others = [stand[name] for stand in stands]
        if not first[name].line:
            assert {one.at for one in others} == {first[name].at}
        for one in others:
            assert one.line == first[name].line
            west, _, east, _ = one.room.bounds
            assert not one.line or min(abs(one.line[0][0] - west), abs(one.line[0][0] - east)) < 0.1
    assert any(one.line for one in first.values()) and not all(one.line for one in first.values())
