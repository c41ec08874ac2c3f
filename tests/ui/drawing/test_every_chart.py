"""Every kind of chart with no row, one row, plenty, in both themes; the list of kinds is found, not written."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest

from data_access import MEASURES
from data_access.cases.units import SHARE, Figure
from data_access.district.profile import Profile
from ui.drawing import ahead, charts, courses, map_pictures, maps, scores
from ui.style.theme import DARK, LIGHT, contrast, in_colours

VOLUME, RATE = MEASURES["volume"], MEASURES["resolution_rate"]
OWN = Figure("自己的占比", SHARE, "自己算的", column="share")
SIZES = {"none": 0, "one": 1, "plenty": 40}
DAYS = pd.date_range("2022-01-01", periods=400)
GROUPS = [f"{nth}街道" for nth in range(400)]
AXES = [f"维{nth}" for nth in range(12)]


def frame(rows: int, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values).head(rows) for name, values in columns.items()})


def numbers(scale: float = 1.0) -> Any:
    return np.linspace(0.05, 0.95, 400) * scale


def places() -> Any:
    return pd.Series(range(1, 401), dtype="Int64")


# Kind -> the chart of so many rows. A new kind needs an entry here.
DRAWN: dict[str, Callable[[int, Any], Any]] = {
    "bars": lambda n, colours: charts.bars(frame(n, street=GROUPS, volume=numbers(1000)), "street", VOLUME, colours=colours),
    "changes": lambda n, colours: charts.changes(frame(n, topic=GROUPS, change=numbers() - 0.5, words=GROUPS, verdict=["下降", "上升", "不能确定"] * 200), "topic", "题目", colours=colours),
    "by_source": lambda n, colours: courses.by_source(frame(n, day=DAYS, source=["hotline", "grid"] * 200, volume=numbers(100)), "day", VOLUME, colours=colours),
    "two_years": lambda n, colours: courses.two_years(frame(n, week=DAYS, position=DAYS, year=["本期", "上年同期"] * 200, volume=numbers(9)), "week", VOLUME, colours=colours),
    "week_hours": lambda n, colours: courses.week_hours(frame(n, weekday=[1, 7] * 200, hour=list(range(20)) * 20, volume=numbers(9)), VOLUME, colours=colours),
    "calendar": lambda n, colours: courses.calendar(frame(n, day=DAYS, volume=numbers(9)), VOLUME, (0.0, 9.0), colours=colours),
    "intervals": lambda n, colours: charts.intervals(frame(n, unit=GROUPS, resolution_rate=numbers(), low=numbers(0.9), high=numbers(1.05)), "unit", RATE, colours=colours),
    "rate_intervals": lambda n, colours: charts.rate_intervals(frame(n, unit=GROUPS, rate=numbers(), low=numbers(0.9), high=numbers(1.05)), "unit", "rate", "率", colours=colours),
    "stages": lambda n, colours: charts.stages(frame(n, stage=GROUPS, count=range(400), late=[0, 1] * 200), colours=colours),
    "rank_lines": lambda n, colours: courses.rank_lines(frame(n, assessment_day=DAYS, unit=GROUPS[:4] * 100, place=places()), "assessment_day", "unit", GROUPS[:1], colours=colours),
    "quadrant": lambda n, colours: charts.quadrant(frame(n, group=GROUPS, x=numbers(1000), y=numbers(), stands_out=[True, False] * 200, named=[True, False] * 200), "group", VOLUME, RATE, middle=(3.0, 0.5), colours=colours),
    "radar": lambda n, colours: scores.radar(frame(n, axis=AXES * 33, line=["全区"] * 396, score=numbers(100)[:396]).drop_duplicates("axis"), AXES, ["全区"], colours=colours),
    "contributions": lambda n, colours: scores.contributions(frame(n, dimension=GROUPS, points=numbers() - 0.5, why=GROUPS), "dimension", colours=colours),
    "bands": lambda n, colours: scores.bands(frame(n, street=GROUPS, place=places(), best=places(), worst=places()), "street", colours=colours),
    "course": lambda n, colours: scores.course(frame(n, month=DAYS, line=["总分"] * 400, score=numbers(100)), ["总分"], title="分", colours=colours),
    "forecast": lambda n, colours: ahead.forecast(pd.Series(numbers(90)[:n], index=DAYS[:n]), frame(n, expected=numbers(90), naive=numbers(80), low80=numbers(70), high80=numbers(110), low95=numbers(60), high95=numbers(120)).set_index(DAYS[:n]), "day", "照搬上一周", colours=colours),
    "hours": lambda n, colours: ahead.hours(frame(n, day=DAYS, band=list(range(0, 24, 2)) * 34, expected=numbers(90)), 2, colours=colours),
    "lines": lambda n, colours: charts.lines(frame(n, street=GROUPS, 批次=[f"{nth // 4}批" for nth in range(400)], share=numbers()), "批次", OWN, "street", colours=colours),
    "scatter": lambda n, colours: charts.scatter(frame(n, street=GROUPS, volume=numbers(1000), share=numbers()), "street", VOLUME, OWN, chosen=GROUPS[:3], colours=colours),
    "distribution": lambda n, colours: charts.distribution(frame(n, share=numbers()), OWN, colours=colours),
    "correlations": lambda n, colours: scores.correlations(frame(n, row=GROUPS, column=GROUPS, r=numbers()), colours=colours),
}  # fmt: skip


def kinds() -> Iterator[str]:
    """The public functions that return a chart."""
    for module in (ahead, charts, courses, scores):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and inspect.signature(function).return_annotation == "Drawing":
                yield name


def test_every_kind_is_tried() -> None:
    assert set(kinds()) == set(DRAWN)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", DRAWN)
def test_a_chart_of_any_size_can_be_drawn(kind: str, size: str) -> None:
    for colours, other in ((LIGHT, DARK), (DARK, LIGHT)):
        whole = in_colours(DRAWN[kind](SIZES[size], colours), colours)
        # Every dataset that a layer names is there; the rest is what Vega-Lite's schema allows.
        assert {layer["data"]["name"] for layer in whole["layer"] if "name" in layer.get("data", {})} < {
            *whole["datasets"]
        }
        if colours is LIGHT:  # by the schema one colour is as good as another
            assert len(alt.Chart.from_dict(without_rows(whole)).to_dict()["layer"]) == len(whole["layer"])
        spec = json.dumps(without_rows(whole), allow_nan=False, ensure_ascii=False)
        # Drawn in light while the screen is dark, nothing of the dark may be in it.
        strangers = {other.accent, other.muted, other.text, *other.ramp} - {
            colours.accent,
            colours.muted,
            colours.text,
            *colours.ramp,
        }
        assert not [colour for colour in strangers if colour in spec]


def without_rows(drawing: dict[str, Any]) -> dict[str, Any]:
    """The specification alone, as a browser gets it."""
    return {name: part for name, part in drawing.items() if name not in ("datasets", "usermeta")}


STRANGE = ["@@=[]", "__proto__", "constructor", "甲\u202e乙", "丙\u0000"]


def strings(drawn: Any) -> Iterator[str]:
    """Every text in a chart's or a map's description, keys and rows too."""
    if isinstance(drawn, pd.DataFrame):
        drawn = drawn.to_dict("list")
    if isinstance(drawn, dict):
        yield from map(str, drawn)
        drawn = list(drawn.values())
    if isinstance(drawn, list):
        for part in drawn:
            yield from strings(part)
    elif isinstance(drawn, str):
        yield drawn


@pytest.mark.parametrize("kind", DRAWN)
def test_no_name_means_anything_to_the_library(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "GROUPS", [*STRANGE, *GROUPS[len(STRANGE) :]])
    said = set(strings(DRAWN[kind](40, LIGHT)))
    assert not said & set(STRANGE)


def test_no_name_means_anything_to_a_map(profile: Profile) -> None:
    few = list(STRANGE)
    places = pd.DataFrame({"name": few, "lon": 116.4, "lat": 39.9, "size": 1.0})
    colours = ["#112233"] * len(few)
    drawn = [
        maps.bubbles(profile, places, few, colours),
        maps.hexagons(profile, pd.DataFrame({"h3_cell": ["8931aa42803ffff"] * len(few), "volume": 1}), few, colours),
    ]
    for deck in drawn:
        said = set(strings(json.loads(deck.to_json())))
        assert not said & set(STRANGE) and not [text for text in said if text.startswith("@@=[]")]


def test_no_streets_name_means_anything_to_its_map(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = [{**shape, "properties": {"name": name}}
              for shape, name in zip(maps.features(profile), STRANGE, strict=False)]  # fmt: skip
    monkeypatch.setattr(maps, "features", lambda *_: shapes)
    frame, colours = pd.DataFrame({"street": STRANGE}), ["#112233"] * len(STRANGE)
    drawn = map_pictures.streets(profile, frame, STRANGE, colours, map_pictures.Look(), 600)
    assert len(set(drawn["datasets"]["rows"]["street"])) == len(STRANGE)
    assert not set(strings(drawn)) & set(STRANGE)


def _colours(part: Any) -> Iterator[str]:
    """Every colour that a part of a specification names."""
    if isinstance(part, str) and part.startswith("#") and len(part) == 7:
        yield part
    elif isinstance(part, dict):
        for name, inner in part.items():
            if name not in ("data", "transform", "tooltip"):
                yield from _colours(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _colours(inner)


# Rings, like the lines of a grid, help the eye and tell nothing; a cell of a heat map is told by its neighbours and
# the figure that stands on it or is shown when it is pointed at.
HELPERS = {("radar", "rings")}


@pytest.mark.parametrize("kind", DRAWN)
def test_what_a_chart_draws_stands_out_from_its_ground(kind: str) -> None:
    """Letters by 4.5 to 1, lines and dots by 3: of canvas and SVG, which nobody can measure in the page."""
    for colours, ground in ((LIGHT, "#ffffff"), (DARK, "#0f1620")):
        whole = in_colours(DRAWN[kind](SIZES["plenty"], colours), colours)
        assert contrast(whole["config"]["text"]["color"], ground) >= 4.5
        assert contrast(whole["config"]["axis"]["labelColor"], ground) >= 4.5
        for layer in whole["layer"]:
            how = layer["mark"]["type"]
            on_cells = how == "text" and any(other["mark"]["type"] == "rect" for other in whole["layer"])
            if how == "rect" or on_cells or (kind, layer.get("data", {}).get("name")) in HELPERS:
                continue
            least = 4.5 if how == "text" else 3.0
            used = {*_colours(layer["mark"]), *_colours(layer["encoding"].get("color", {}))}
            # A word that has its own colour does not take its line's.
            assert {colour for colour in used if contrast(colour, ground) < least} == set(), (kind, how)
