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
from data_access.district.profile import Profile
from ui.drawing import charts, maps, scores
from ui.style.theme import DARK, LIGHT, in_colours

VOLUME, RATE = MEASURES["volume"], MEASURES["resolution_rate"]
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
    "by_source": lambda n, colours: charts.by_source(frame(n, day=DAYS, source=["hotline", "grid"] * 200, volume=numbers(100)), "day", VOLUME, colours=colours),
    "two_years": lambda n, colours: charts.two_years(frame(n, week=DAYS, position=DAYS, year=["本期", "上年同期"] * 200, volume=numbers(9)), "week", VOLUME, colours=colours),
    "week_hours": lambda n, colours: charts.week_hours(frame(n, weekday=[1, 7] * 200, hour=list(range(20)) * 20, volume=numbers(9)), VOLUME, colours=colours),
    "calendar": lambda n, colours: charts.calendar(frame(n, day=DAYS, volume=numbers(9)), VOLUME, (0.0, 9.0), colours=colours),
    "intervals": lambda n, colours: charts.intervals(frame(n, unit=GROUPS, resolution_rate=numbers(), low=numbers(0.9), high=numbers(1.05)), "unit", RATE, colours=colours),
    "rate_intervals": lambda n, colours: charts.rate_intervals(frame(n, unit=GROUPS, rate=numbers(), low=numbers(0.9), high=numbers(1.05)), "unit", "rate", "率", colours=colours),
    "stages": lambda n, colours: charts.stages(frame(n, stage=GROUPS, count=range(400), late=[0, 1] * 200), colours=colours),
    "rank_lines": lambda n, colours: charts.rank_lines(frame(n, assessment_day=DAYS, unit=GROUPS[:4] * 100, place=places()), "assessment_day", "unit", GROUPS[:1], colours=colours),
    "quadrant": lambda n, colours: charts.quadrant(frame(n, group=GROUPS, x=numbers(1000), y=numbers(), stands_out=[True, False] * 200, named=[True, False] * 200), "group", VOLUME, RATE, middle=(3.0, 0.5), colours=colours),
    "radar": lambda n, colours: scores.radar(frame(n, axis=AXES * 33, line=["全区"] * 396, score=numbers(100)[:396]).drop_duplicates("axis"), AXES, ["全区"], colours=colours),
    "contributions": lambda n, colours: scores.contributions(frame(n, dimension=GROUPS, points=numbers() - 0.5, why=GROUPS), "dimension", colours=colours),
    "bands": lambda n, colours: scores.bands(frame(n, street=GROUPS, place=places(), best=places(), worst=places()), "street", colours=colours),
    "course": lambda n, colours: scores.course(frame(n, month=DAYS, line=["总分"] * 400, score=numbers(100)), ["总分"], title="分", colours=colours),
    "correlations": lambda n, colours: scores.correlations(frame(n, row=GROUPS, column=GROUPS, r=numbers()), colours=colours),
}  # fmt: skip


def kinds() -> Iterator[str]:
    """The public functions that return a chart."""
    for module in (charts, scores):
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
    """The specification alone."""
    return {name: part for name, part in drawing.items() if name != "datasets"}


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
    named = profile.model_copy(update={
        "streets": tuple(street.model_copy(update={"name": name})
                         for street, name in zip(profile.streets, STRANGE, strict=False))})  # fmt: skip
    streets, few = [street.name for street in named.streets], list(STRANGE)
    places = pd.DataFrame({"name": few, "lon": 116.4, "lat": 39.9, "size": 1.0})
    colours = ["#112233"] * len(few)
    drawn = [
        maps.bubbles(profile, places, few, colours),
        maps.hexagons(profile, pd.DataFrame({"h3_cell": ["8931aa42803ffff"] * len(few), "volume": 1}), few, colours),
        maps.choropleth(named, pd.DataFrame({"street": streets}), few, colours),
    ]
    for deck in drawn:
        said = set(strings(json.loads(deck.to_json())))
        assert not said & set(STRANGE) and not [text for text in said if text.startswith("@@=[]")]
