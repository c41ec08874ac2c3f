"""A card's small line has every day of its figure, and its range only where one is known."""

import base64
import re

import numpy as np
import pandas as pd
import pytest

from data_access.cases.measures import MEASURES
from ui.drawing import spark as drawn_by
from ui.style.theme import LIGHT

DAYS = pd.date_range("2022-12-01", periods=5, freq="D")
PATHS = re.compile(r'<(polygon|polyline)[^>]*points="([^"]*)"')


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_by, "palette", lambda: LIGHT)


def paths(value: list[float], low: list[float], high: list[float]) -> dict[str, list[str]]:
    course = pd.DataFrame({"value": value, "low": low, "high": high}, index=DAYS)
    drawn = str(drawn_by.spark(course, MEASURES["volume"]))
    picture = base64.b64decode(re.findall(r"base64,([^\"]*)", drawn)[0]).decode()
    return {kind: points.split() for kind, points in PATHS.findall(picture)}


def test_each_day_has_its_point_and_stays_in_the_picture() -> None:
    found = paths([5, 80, 20, 30, 10], [0] * 5, [50] * 5)
    assert (len(found["polyline"]), len(found["polygon"])) == (5, 10)
    ups = [float(point.split(",")[1]) for point in found["polyline"]]
    assert np.argmin(ups) == 1 and min(ups) >= 0 and max(ups) <= drawn_by.HEIGHT


def test_an_unknown_range_is_not_drawn_and_not_told() -> None:
    found = paths([5, 8, 2, 3, 1], [np.nan] * 5, [np.nan] * 5)
    assert found["polygon"] == [] and len(found["polyline"]) == 5
    course = pd.DataFrame({"value": [5.0] * 5, "low": np.nan, "high": np.nan}, index=DAYS)
    assert "平常" not in drawn_by.spark(course, MEASURES["volume"])


def test_one_day_is_no_line() -> None:
    course = pd.DataFrame({"value": [np.nan] * 4 + [3], "low": np.nan, "high": np.nan}, index=DAYS)
    assert drawn_by.spark(course, MEASURES["volume"]) == ""
