"""The streets' map as a picture: the page's streets, figures and classes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
import shapely

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from tests.cities import city
from ui.drawing import maps
from ui.drawing.map_pictures import Look, called, community_map, street_map, streets
from ui.drawing.pictures import png
from ui.drawing.vega import Drawing
from ui.style.theme import DARK, LIGHT


def test_the_map_is_the_pages_with_every_streets_figure(reader: Reader) -> None:
    where = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
    rows = reader.aggregate(["volume"], ["street"], where)
    drawn = street_map(reader.profile, rows, MEASURES["volume"])
    assert drawn is not None and drawn["width"] < drawn["height"]
    said = "".join(drawn["datasets"]["letters"]["text"])
    for street in reader.profile.streets:
        figure = rows.loc[rows["street"] == street.name, "volume"].iloc[0]
        assert street.name.removesuffix("街道") in said and f"{figure:,.0f}" in said
    assert png(drawn, called(reader.profile, "受理量")).startswith(b"\x89PNG")
    assert reader.profile.settings.geography.boundaries_note in called(reader.profile, "受理量")


def test_streets_without_a_figure_are_told_apart(reader: Reader) -> None:
    rows = pd.DataFrame({"street": [street.name for street in reader.profile.streets[:3]], "volume": [1.0, 2.0, 3.0]})
    drawn = street_map(reader.profile, rows, MEASURES["volume"])
    assert drawn is not None
    shades = drawn["datasets"]["rows"]["shade"]
    assert "没有数" in set(shades)


def test_it_is_vega_lite(reader: Reader) -> None:
    rows = pd.DataFrame({"street": [street.name for street in reader.profile.streets], "volume": 1.0})
    drawn = street_map(reader.profile, rows, MEASURES["volume"])
    assert drawn is not None
    alt.LayerChart.from_dict({name: part for name, part in drawn.items() if name not in ("datasets", "usermeta")})


def test_the_communities_of_a_street_lie_on_it_with_their_figures(reader: Reader) -> None:
    [one] = [one for one in maps.features(reader.profile) if one["properties"]["name"] == "东四街道"]
    middle = shapely.geometry.shape(one["geometry"]).representative_point()
    rows = pd.DataFrame({"community": [f"第{n}社区" for n in range(9)], "volume": [100.0 + n for n in range(9)],
                         "lon": [middle.x + n / 5e3 for n in range(9)], "lat": middle.y})  # fmt: skip
    drawn = community_map(reader.profile, "东四街道", rows, MEASURES["volume"])
    assert drawn is not None
    said = "".join(drawn["datasets"]["letters"]["text"])
    assert all(f"第{n}" in said and f"{100 + n}" in said for n in range(9)) and "社区" not in said
    assert len(drawn["datasets"]["ground"]) and len(drawn["datasets"]["rows"].groupby("piece")) == 9
    assert community_map(reader.profile, "东四街道", rows.head(0), MEASURES["volume"]) is None


WINDOWS = [(maps.Stand(nearer), maps.Stand(nearer, right=right)) for nearer in (1, 3) for right in (-1, 1, 99)]


@pytest.mark.parametrize(("middle", "moved"), WINDOWS)
def test_a_map_that_is_nearer_shows_as_much_at_a_time_and_no_more_than_there_is(
    reader: Reader, middle: maps.Stand, moved: maps.Stand
) -> None:
    frame = pd.DataFrame({"street": [street.name for street in reader.profile.streets]})
    words, colours = ["1"] * len(frame), [LIGHT.accent] * len(frame)

    def at(stand: maps.Stand) -> tuple[Drawing, float, float]:
        drawn = streets(reader.profile, frame, words, colours, Look(stand=stand, picks=("street",)), 600)
        low, high = drawn["layer"][1]["encoding"]["x"]["scale"]["domain"]
        return drawn, low, high

    (whole, *_), (drawn, low, high), (_, left, right) = at(maps.WHOLE), at(middle), at(moved)
    assert abs(drawn["width"] - whole["width"]) < 60  # names beside it are no larger
    assert right - left == pytest.approx(high - low)
    assert (left > low) == (moved.right > 0)
    seen = drawn["datasets"]["rows"]["x"]
    assert left >= min(seen.min(), drawn["datasets"]["leads"]["x"].min()) - 200
    assert right <= max(seen.max(), drawn["datasets"]["leads"]["x"].max()) + 200
    assert [param["select"]["fields"] for param in drawn["params"]] == [["street"]]


def test_every_street_of_a_pages_map_can_be_clicked_and_is_told_to_who_hears_it(reader: Reader) -> None:
    names = [street.name for street in reader.profile.streets]
    frame = pd.DataFrame({"street": names[1:]})
    words, colours = [f"{place}" for place in range(1, len(names))], [DARK.accent] * (len(names) - 1)
    drawn = streets(reader.profile, frame, words, colours, Look(DARK, picks=("street",)), 600)
    rows = drawn["datasets"]["rows"].drop_duplicates("street").set_index("street")
    assert set(rows.index) == set(names)
    assert list(rows.loc[names, "told"]) == [
        f"{names[0]} —",
        *(f"{name} {word}" for name, word in zip(names[1:], words, strict=True)),
    ]
    assert rows.loc[names[0], "shade"] == DARK.faint and drawn["background"] == DARK.ground
    assert [layer.get("name") for layer in drawn["layer"]].index("picked") == 1
    alt.LayerChart.from_dict({name: part for name, part in drawn.items() if name not in ("datasets", "usermeta")})


def test_a_citys_districts_are_their_streets_together(tmp_path: Path) -> None:
    town = city(tmp_path)
    own = {one["properties"]["name"]: shapely.geometry.shape(one["geometry"]) for one in maps.features(town)}
    drawn = {one["properties"]["name"]: shapely.geometry.shape(one["geometry"])
             for one in maps.features(town, "district")}  # fmt: skip
    assert set(drawn) == set(town.several)
    for district, outline in drawn.items():
        assert outline.equals(shapely.union_all([own[street] for street in town.districts[district]]))
    told = pd.DataFrame({"district": list(drawn)})
    shown = streets(town, told, ["一", "二", "三"], ["#eeeeee"] * 3, Look(), 500, "district")
    letters = set(shown["datasets"]["letters"]["text"])
    assert {*drawn, "一", "二", "三"} <= letters and not letters & {name.removesuffix("街道") for name in own}
