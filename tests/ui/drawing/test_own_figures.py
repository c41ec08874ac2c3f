"""Figures of somebody's own: their own label, unit and sentence on screen and in files, never a measure's."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.errors import StoreError
from data_access.cases.measures import MEASURES
from data_access.cases.units import SHARE, Figure
from data_access.district.profile import Profile
from ui.choosing import beside
from ui.drawing import charts, maps
from ui.drawing.columns import label, unit_of
from ui.drawing.exports import xlsx_bytes
from ui.drawing.tables import crossed
from ui.style.numbers import with_unit
from ui.style.theme import LIGHT

CLAIMED = Figure("我的占比", SHARE, "自己算的一个数", column="volume")  # a measure's name, and none of it
FRAME = pd.DataFrame({"street": ["甲街道", "乙街道"], "volume": [0.25, 0.5]})


def test_a_label_is_never_borrowed() -> None:
    assert label("volume", {}, [CLAIMED]) == "我的占比" and unit_of("volume", [CLAIMED]) == SHARE
    assert label("volume", {}) == "受理量"
    drawn = charts.bars(FRAME, "street", CLAIMED, colours=LIGHT)
    assert "受理量" not in str(drawn["layer"]) and "我的占比" in str(drawn["layer"])
    assert drawn["datasets"]["rows"]["text"].tolist() == ["25.0%", "50.0%"]


def test_a_file_has_its_sentence_and_its_unit() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(FRAME, "表", figures=[CLAIMED])))
    assert [cell.value for cell in book["表"][1]] == ["街道", "我的占比"] and book["表"]["B2"].number_format == "0.00%"
    assert [cell.value for cell in book["口径"][2]] == ["我的占比", "%", "自己算的一个数"]


@pytest.mark.slow
def test_parts_of_rates_are_hidden_until_asked_for() -> None:
    def page(parts: bool, labels: dict[str, str]) -> None:
        import pandas as pd

        from ui.drawing.tables import table

        frame = pd.DataFrame({"street": ["甲"], "resolution_rate": [0.5], "resolution_rate__num": [1.0],
                              "resolution_rate__den": [2.0]})  # fmt: skip
        table(frame, key="t", parts=parts, labels=labels)

    def shown(**given: Any) -> set[str]:
        seen = AppTest.from_function(page, kwargs={"parts": False, "labels": {}, **given}).run()
        assert not seen.exception
        return set(seen.dataframe[0].value)

    assert shown() == {"street", "resolution_rate"}
    assert shown(labels={"resolution_rate__den": "有效回访"}) == {"street", "resolution_rate", "resolution_rate__den"}
    assert len(shown(parts=True)) == 4


def test_a_figure_by_two_groupings() -> None:
    frame = pd.DataFrame(
        {"street": ["甲", "甲", "乙"], "source": ["hotline", "grid", "hotline"], "volume": [3.0, 4.0, 5.0]}
    )
    wide, figures = crossed(frame, "street", "source", MEASURES["volume"])
    assert wide.columns.tolist() == ["street", *(figure.name for figure in figures)] and wide["street"].tolist() == [
        "甲",
        "乙",
    ]
    assert np.isnan(wide.iloc[1, 2]) and wide.iloc[0, 1:].tolist() == [3.0, 4.0]
    assert {figure.unit for figure in figures} == {MEASURES["volume"].unit}


def test_a_distribution_counts_every_known_row() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 2.0, np.nan, np.inf, 9.0]})
    drawn = charts.distribution(frame, Figure("x"), bins=4, colours=LIGHT)
    assert drawn["datasets"]["rows"]["rows"].sum() == 4 and drawn["datasets"]["middle"]["low"].tolist() == [2.0]


def test_a_distributions_bars_stand_on_zero() -> None:
    """Without a foot, bars between two values would be drawn as dashes."""
    drawn = charts.distribution(pd.DataFrame({"x": [1.0, 2.0, 2.0]}), Figure("x"), colours=LIGHT)
    bars = next(layer for layer in drawn["layer"] if layer["mark"]["type"] == "bar")
    assert bars["encoding"]["y2"] == {"datum": 0}


def test_a_figure_without_a_unit_has_no_empty_brackets() -> None:
    assert with_unit(Figure("x")) == "x" and with_unit(MEASURES["volume"]).endswith("（件）")


def test_lines_along_months_are_marked_by_months() -> None:
    axes = []
    for days in (pd.date_range("2022-01-01", periods=4, freq="MS"), pd.date_range("2022-01-01", periods=4)):
        frame = pd.DataFrame({"along": days, "volume": [0.1, 0.2, 0.3, 0.4]})
        layers = charts.lines(frame, "along", CLAIMED, colours=LIGHT)["layer"]
        axes.append(layers[0]["encoding"]["x"]["axis"]["format"])
    assert axes == ["%Y-%m", "%Y-%m-%d"]


def test_lines_along_anything() -> None:
    for along in (pd.date_range("2022-01-01", periods=4), [1, 2, 3, 4], list("甲乙丙丁")):
        frame = pd.DataFrame({"along": along, "line": list("一一二二"), "volume": [0.1, 0.2, 0.3, 0.4]})
        drawn = charts.lines(frame, "along", CLAIMED, "line", colours=LIGHT)
        assert drawn["datasets"]["rows"]["leads"].tolist() == [True, True, False, False]


def test_points_of_few_cases_are_not_drawn(profile: Profile) -> None:
    least = profile.settings.geography.min_cell_count
    places = pd.DataFrame({"lon": [116.4, 116.41, np.nan], "lat": [39.9, 39.91, 39.9], "name": ["多", "少", "无"],
                           "volume": [least, least - 1, 99]})  # fmt: skip
    deck, hidden = maps.points(profile, places, MEASURES["volume"])
    drawn = next(layer for layer in deck.layers if layer.id == maps.BUBBLES).data
    assert "多" in str(drawn) and "少" not in str(drawn) and hidden == 2


def own_page(folder: Path, text: str) -> Any:
    """open_table as a page of this folder calls it."""
    folder.joinpath("population.csv").write_text(text, encoding="utf-8")
    inside: dict[str, Any] = {"__file__": str(folder / "mine.py"), "beside": beside}
    exec("def read(name): return beside.open_table(name)", inside)
    return inside["read"]


def test_a_pages_own_table_says_where_it_is_from(tmp_path: Path, profile: Profile) -> None:
    street = profile.streets[0]
    read = own_page(tmp_path, f"# 来源：第七次人口普查\nstreet,people\n{street.name},3.5\n不存在街道,1\n")
    table = read("population.csv")
    assert table.attrs["source"] == "第七次人口普查" and table["people"].tolist() == [3.5, 1.0]
    for name in ("../people.csv", "other.csv", "population.txt"):
        with pytest.raises(StoreError):
            read(name)
    with pytest.raises(StoreError, match="出处"):
        own_page(tmp_path, "street,people\n甲,1\n")("population.csv")


@pytest.mark.slow
def test_what_finds_no_other_half_is_named() -> None:
    def page() -> None:
        import pandas as pd

        from data_access.district.profile import current_profile
        from ui.choosing.beside import join_table

        profile = current_profile("dongcheng")
        first, second = profile.streets[0].name, profile.streets[1].name
        table = pd.DataFrame({"street": [first, "不存在街道"], "people": [3.5, 1.0]})
        table.attrs["source"] = "普查"
        found = join_table(pd.DataFrame({"street": [first, second, ""], "volume": [1, 2, 3]}), table, "street", profile)
        assert found["people"].fillna(0).tolist() == [3.5, 0.0, 0.0]

    seen = AppTest.from_function(page).run()
    assert not seen.exception
    said = "".join(caption.value for caption in seen.caption)
    assert "普查" in said and "不存在街道" in said and "表里没有" in said
