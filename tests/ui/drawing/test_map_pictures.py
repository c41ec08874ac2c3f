"""The streets' map as a picture: the page's streets, figures and classes."""

from __future__ import annotations

from datetime import datetime

import altair as alt
import pandas as pd

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from ui.drawing.map_pictures import called, street_map
from ui.drawing.pictures import png


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
