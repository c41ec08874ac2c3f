"""A title says a rise or a fall only where it is beyond chance, and what it says is the largest."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.cases.comparison import Change
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from questions.league import MOVED_IN, league_of, moved_places
from tests.questions.test_mine import YEAR
from ui.drawing import titles

VOLUME, RATE = MEASURES["volume"], MEASURES["resolution_rate"]
SIZES = st.floats(-0.9, 0.9).filter(lambda size: abs(size) > 0.001)


@given(SIZES, st.floats(0.0001, 2))
def test_a_trend_rises_or_falls_only_beyond_chance(size: float, half: float) -> None:
    change = Change("volume", 110, 100, size, "", size - half, size + half)
    said = titles.trend(change, "同比")
    assert ("上升" in said) == (size > half) and ("下降" in said) == (-size > half)
    assert ("持平" in said) == (not change.is_sure)


def test_what_cannot_be_compared_has_no_message() -> None:
    assert titles.trend(Change("volume", 5, math.nan, math.nan, "没有"), "同比") == ""


def test_a_rates_change_is_in_points() -> None:
    said = titles.trend(Change("resolution_rate", 0.9, 0.95, -0.05, "", -0.06, -0.04), "环比")
    assert said == "解决率环比下降 5.0 个百分点"


@given(st.lists(st.tuples(st.integers(1, 17), st.integers(1, 17), st.booleans()), min_size=1, max_size=17))
def test_the_furthest_certain_move_is_named(rows: list[tuple[int, int, bool]]) -> None:
    moved = pd.DataFrame(rows, columns=["before", "now", "is_sure"], index=[f"街{n}" for n in range(len(rows))])
    said, sure = titles.ranks(moved, 7), moved[moved["is_sure"]]
    if sure.empty:
        assert "偶然" in said and "至第" not in said
        return
    furthest = (sure["now"] - sure["before"]).abs().max()
    row = moved.loc[said.split("近")[0]]
    assert row["is_sure"] and abs(row["now"] - row["before"]) == furthest
    assert said.endswith(f"第 {row['now']}") and ("跌" in said) == (row["now"] > row["before"])


def test_places_name_the_most_of_a_count_and_order_no_rates() -> None:
    known = pd.DataFrame({"street": ["甲街道", "乙街道"], "volume": [30.0, 10.0], "resolution_rate": [0.9, 0.8]})
    assert titles.places(known, VOLUME) == "甲街道最多，30 件，占 75.0%"
    assert titles.places(known, RATE) == "" == titles.places(known.assign(volume=5.0), VOLUME)


@pytest.mark.slow
@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans()), min_size=1, max_size=9))
def test_moved_places_name_the_largest_certain_rise(rows: list[tuple[float, bool]]) -> None:
    moved = pd.DataFrame(rows, columns=["change", "is_sure"]).assign(street=[f"街{n}" for n in range(len(rows))])
    said, sure = titles.moved_places(moved, VOLUME, "同比"), moved[moved["is_sure"]]
    if sure.empty:
        assert said == "各街道同比的变化都在偶然范围内"
    else:
        most = sure["change"].max() if sure["change"].max() > 0 else sure["change"].min()
        assert moved.set_index("street")["change"][said.split("同比")[0]] == pytest.approx(most)


def test_places_that_could_be_the_same_have_not_moved_for_certain(reader: Reader) -> None:
    ranks = league_of(reader, YEAR, "街道")
    moved = moved_places(ranks)
    assert len(moved) and np.array_equal(moved["now"], ranks.units["place"].reindex(moved.index))
    assert not moved.loc[moved["before"] == moved["now"], "is_sure"].any() and MOVED_IN == 7
