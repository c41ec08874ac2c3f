"""Scores against published figures and hand-worked ones; intervals against a published table; what-if by brute force."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.league import rank_bands, ranks, resolved_to_pass, running_ranks, scores, wilson
from data_access.district.models import Scoring


def rules(response: float, resolution: float, satisfaction: float, basically: float = 0.0) -> Scoring:
    return Scoring(
        valid_from=date(2022, 1, 1), response=response, resolution=resolution, satisfaction=satisfaction,
        partly_resolved=0.0, grades={"基本满意": basically}, small_sample=30, note="x",
    )  # fmt: skip


DEFAULT = rules(0.10, 0.50, 0.40, 0.9)
# 东城's published totals under five sets of weights (the back-test of the field's facts, section 1.3).
SETS = [(0.10, 0.50, 0.40), (0.10, 0.45, 0.45), (0.20, 0.40, 0.40), (0.30, 0.35, 0.35), (0.40, 0.30, 0.30)]
BACK_TEST = [
    ((100, 98.01, 98.25), (98.305, 98.317, 98.504, 98.691, 98.878)),
    ((99.95, 94.43, 95.56), (95.434, 95.490, 95.986, 96.481, 96.977)),
    ((99.95, 94.12, 95.56), (95.279, 95.351, 95.862, 96.373, 96.884)),
]


def counts(**units: tuple[int, int, int, int, int, int]) -> pd.DataFrame:
    columns = ["valid", "contacted", "resolved", "partly", "satisfied", "basically"]
    return pd.DataFrame.from_dict(units, orient="index", columns=columns)


LEAGUE = counts(
    a=(200, 200, 190, 2, 180, 12), b=(210, 209, 199, 5, 189, 10), c=(40, 40, 30, 5, 31, 4), d=(0, 0, 0, 0, 0, 0)
)


@pytest.mark.parametrize(("rates", "expected"), BACK_TEST)
def test_the_back_test_comes_out_to_the_printed_digits(rates: tuple[float, ...], expected: tuple[float, ...]) -> None:
    for weights, score in zip(SETS, expected, strict=True):
        # Figures ending in a 5 are printed either way: half a thousandth is the printed digit.
        assert rules(*weights).composite(*(rate / 100 for rate in rates)) == pytest.approx(score, abs=0.00051)


def test_xining_gives_its_published_satisfaction() -> None:
    """西宁城中区, June 2024: 670 callbacks, 614 满意, 34 基本满意 at 0.6, published 94.69 %."""
    row = counts(xining=(670, 670, 670, 0, 614, 34))
    assert round(float(scores(row, rules(0, 0, 1, 0.6))["xining"]), 2) == 94.69


def test_a_unit_without_callbacks_has_no_score_and_no_place() -> None:
    score = scores(LEAGUE, DEFAULT)
    assert np.isnan(score["d"]) and pd.isna(ranks(score, LEAGUE["valid"])["d"])


def test_ties_go_to_the_larger_volume_or_share_the_place() -> None:
    place = ranks(pd.Series({"a": 95.0, "b": 95.0, "c": 96.0}), pd.Series({"a": 10, "b": 20, "c": 1}))
    assert place.to_dict() == {"a": 3, "b": 2, "c": 1}
    place = ranks(pd.Series({"a": 95.0, "b": 95.0, "c": 96.0}), pd.Series({"a": 10, "b": 20, "c": 1}), shared=True)
    assert place.to_dict() == {"a": 2, "b": 2, "c": 1}


def test_wilson_equals_the_worked_example() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662."""
    low, high = wilson(pd.Series([81, 0]), pd.Series([263, 0]), z=1.959964)
    assert (round(low[0], 4), round(high[0], 4)) == (0.2553, 0.3662)
    assert np.isnan(low[1]) and np.isnan(high[1])


def test_bands_hold_the_place_and_narrow_with_callbacks() -> None:
    few, many = LEAGUE, LEAGUE * 400
    bands, narrow = rank_bands(few, DEFAULT), rank_bands(many, DEFAULT)
    place = ranks(scores(few, DEFAULT), few["valid"])
    for unit in "abc":
        assert bands["best"][unit] <= place[unit] <= bands["worst"][unit]
    width, narrowed = ((b["worst"] - b["best"]).dropna().sum() for b in (bands, narrow))
    assert narrowed < width
    assert pd.isna(bands["best"]["d"])
    pd.testing.assert_frame_equal(bands, rank_bands(few, DEFAULT))


@pytest.mark.parametrize("unit", ["b", "c"])
def test_what_if_is_exact(unit: str) -> None:
    """One case fewer does not pass the unit above; the number does."""
    found = resolved_to_pass(LEAGUE, DEFAULT, unit)
    assert found
    above, needed = found
    for extra, passes in ((needed - 1, False), (needed, True)):
        changed = LEAGUE.astype(float)
        changed.loc[unit, "resolved"] += extra
        score = scores(changed, DEFAULT)
        assert bool(score[unit] > score[above] + 1e-12) is passes


def test_the_leader_has_nobody_to_pass() -> None:
    assert resolved_to_pass(LEAGUE, DEFAULT, str(scores(LEAGUE, DEFAULT).idxmax())) is None


def test_running_ranks_end_at_the_totals() -> None:
    daily = pd.DataFrame(
        {
            "day": pd.to_datetime(["2022-01-01", "2022-01-01", "2022-01-02"]),
            "unit": ["a", "b", "b"],
            "n": [9.0, 1.0, 30.0],
            "d": [10.0, 10.0, 30.0],
        }
    )
    last = running_ranks(daily, "day", "unit", "n", "d").set_index(["day", "unit"]).loc["2022-01-02"]
    assert last["score"].to_dict() == {"a": 0.9, "b": 31 / 40}
    assert last["place"].to_dict() == {"a": 1, "b": 2}
