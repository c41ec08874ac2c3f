"""Scores against published figures and hand-worked ones; intervals against a published table; what-if by brute force."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.league import (
    enough,
    halves,
    mean_interval,
    rank_bands,
    ranks,
    resolved_to_pass,
    running_ranks,
    scores,
    tallied,
    wilson,
)
from data_access.district.models import Scoring


def rules(response: float, resolution: float, satisfaction: float, basically: float = 0.0, **more: Any) -> Scoring:
    return Scoring(
        valid_from=date(2022, 1, 1), response=response, resolution=resolution, satisfaction=satisfaction,
        grades={"基本满意": basically}, note="x",
        **{"partly_resolved": 0.0, "small_sample": 30, **more},
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
    assert np.isnan(score["d"]) and pd.isna(ranks(score, LEAGUE["valid"], DEFAULT)["d"])


SHARED, ROUNDED = rules(0.10, 0.50, 0.40, ties="shared"), rules(0.10, 0.50, 0.40, decimals=1)


def test_ties_go_to_the_larger_volume_or_share_the_place() -> None:
    score, volume = pd.Series({"a": 95.0, "b": 95.0, "c": 96.0}), pd.Series({"a": 10, "b": 20, "c": 1})
    assert ranks(score, volume, DEFAULT).to_dict() == {"a": 3, "b": 2, "c": 1}
    assert ranks(score, volume, SHARED).to_dict() == {"a": 2, "b": 2, "c": 1}


def test_scores_are_compared_as_the_district_rounds_them() -> None:
    """怀柔: to a tenth of a point, half up, then by volume. Sums in another order make no difference."""
    score = pd.Series({"a": 95.31, "b": 95.34, "c": 95.25, "d": 95.25 - 1e-12, "e": np.nan})
    volume = pd.Series({"a": 20, "b": 10, "c": 5, "d": 30, "e": 40})
    assert ranks(score, volume, DEFAULT).dropna().to_dict() == {"b": 1, "a": 2, "d": 3, "c": 4}
    assert ranks(score, volume, ROUNDED).dropna().to_dict() == {"d": 1, "a": 2, "b": 3, "c": 4}
    shared = rules(0.10, 0.50, 0.40, decimals=0, ties="shared")
    assert ranks(score, volume, shared).dropna().to_dict() == dict.fromkeys("abcd", 1)


def test_wilson_equals_the_worked_example() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662."""
    low, high = wilson(pd.Series([81, 0]), pd.Series([263, 0]), z=1.959964)
    assert (round(low[0], 4), round(high[0], 4)) == (0.2553, 0.3662)
    assert np.isnan(low[1]) and np.isnan(high[1])


def test_where_nobody_was_called_back_there_is_no_interval() -> None:
    nobody = tallied(pd.DataFrame({"unit": ["a"], "worth": [np.nan], "cases": [0.0]}), "unit", "worth", "cases")
    assert all(end.empty for end in mean_interval(nobody))


def test_the_interval_of_whole_answers_is_wilsons() -> None:
    """Without an answer that counts in part there is nothing to borrow, however few callbacks a unit has."""
    tally = pd.DataFrame({0.0: [2.0, 0.0, 30.0], 1.0: [10.0, 7.0, 400.0]})
    for ours, theirs in zip(mean_interval(tally), wilson(tally[1.0], tally.sum(axis=1)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_an_answer_that_counts_in_part_narrows_the_interval_to_its_own_variance() -> None:
    tally = pd.DataFrame({0.0: [100_000.0], 0.6: [600_000.0], 1.0: [300_000.0]})
    low, high = (float(end.iloc[0]) for end in mean_interval(tally))
    variance = 0.6 * 0.36 + 0.3 - 0.66**2
    assert high - low == pytest.approx(2 * 1.96 * (variance / 1_000_000) ** 0.5, rel=1e-3)


TALLY = pd.DataFrame(
    {0.0: [3.0, 4, 6, 1], 50.0: [5.0, 9, 3, 0], 100.0: [192.0, 197, 31, 0]}, index=list("abce")
)  # fmt: skip
VOLUME = pd.Series({"a": 300, "b": 250, "c": 60, "d": 9, "e": 8})


def placed(tally: pd.DataFrame) -> pd.Series:
    score = tally @ tally.columns.to_numpy(dtype=float) / tally.sum(axis=1)
    return ranks(score.reindex(VOLUME.index), VOLUME, DEFAULT)


def test_bands_hold_the_place_and_narrow_with_callbacks() -> None:
    width = {}
    for times in (1, 400):
        place = placed(TALLY * times)
        bands = rank_bands(TALLY * times, place, VOLUME, DEFAULT)
        assert (bands["best"] <= place).dropna().all() and (place <= bands["worst"]).dropna().all()
        assert bands.loc["d"].isna().all() and halves(bands)["d"] == 0
        width[times] = (bands["worst"] - bands["best"]).sum()
        pd.testing.assert_frame_equal(bands, rank_bands(TALLY * times, place, VOLUME, DEFAULT))
    assert width[400] < width[1]


def test_answers_that_go_together_widen_the_bands() -> None:
    """The same rates of two answers worth 50 each: given together or apart, on one callback more or fewer."""
    units = list("abcdef")
    solved = pd.Series([180.0, 176, 172, 168, 164, 160], index=units)
    together = pd.DataFrame({0.0: 200 - solved, 50.0: 0.0, 100.0: solved})
    apart = pd.DataFrame({0.0: 0.0, 50.0: 2 * (200 - solved), 100.0: 2 * solved - 200})
    place, volume = pd.Series(range(1, 7), index=units, dtype="Int64"), pd.Series(200, index=units)
    wide, narrow = (rank_bands(tally, place, volume, DEFAULT) for tally in (together, apart))
    assert (wide["worst"] - wide["best"]).sum() > (narrow["worst"] - narrow["best"]).sum()


def test_where_all_answers_are_the_same_nobody_is_called_better() -> None:
    tally = pd.DataFrame({100.0: [40.0, 50, 60, 70]}, index=list("abcd"))
    bands = rank_bands(tally, placed(tally), VOLUME, DEFAULT)
    assert (halves(bands) == 0).all()
    assert rank_bands(tally.head(0), placed(tally), VOLUME, DEFAULT).isna().all(axis=None)


def test_halves_are_of_the_units_that_have_a_band() -> None:
    bands = pd.DataFrame({"best": [1, 2, 3, 1, None], "worst": [2, 3, 4, 4, None]}, dtype="Int64")
    assert halves(bands).tolist() == [1, 0, -1, 0, 0]


def test_a_tally_adds_up_what_is_worth_the_same_and_leaves_out_who_was_not_called_back() -> None:
    answers = pd.DataFrame(
        {"unit": ["a", "a", "a", "b"], "worth": [0.9, 0.3 + 0.6, 0.0, np.nan], "cases": [2.0, 3.0, 1.0, 0.0]}
    )
    assert tallied(answers, "unit", "worth", "cases").to_dict("index") == {"a": {0.0: 1.0, 0.9: 5.0}}


@pytest.mark.parametrize("ties", ["volume", "shared"])
@pytest.mark.parametrize("decimals", [None, 1])
@pytest.mark.parametrize("partly", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("unit", ["b", "c"])
def test_what_if_is_exact(unit: str, partly: float, decimals: int | None, ties: str) -> None:
    """The first number with which the table itself gives a better place, whatever its rules."""
    scoring = rules(0.10, 0.50, 0.40, 0.9, partly_resolved=partly, decimals=decimals, ties=ties)
    volume = pd.Series({"a": 250, "b": 240, "c": 900, "d": 5})
    score = scores(LEAGUE, scoring)
    before = ranks(score, volume, scoring)
    found = resolved_to_pass(LEAGUE, score, volume, scoring, unit)
    if before[unit] == 1:
        assert found is None
        return
    assert found and before[found.above] < before[unit]
    valid, _, resolved, half = LEAGUE.loc[unit].tolist()[:4]
    better = []
    for extra in range(valid - resolved + 1):
        changed = LEAGUE.astype(float)
        from_none = min(extra, valid - resolved - half)
        changed.loc[unit, "resolved"] += extra
        changed.loc[unit, "partly"] -= extra - from_none
        better.append(bool(ranks(scores(changed, scoring), volume, scoring)[unit] < before[unit]))
    assert found.needed == (better.index(True) if any(better) else None)
    assert found.unresolved == valid - resolved


def test_with_equal_scores_the_larger_volume_needs_no_more_than_to_draw_level() -> None:
    league = counts(a=(100, 100, 90, 0, 100, 0), b=(100, 100, 89, 0, 100, 0))
    score = scores(league, DEFAULT)
    for volume, needed in (({"a": 200, "b": 300}, 1), ({"a": 300, "b": 200}, 2)):
        lift = resolved_to_pass(league, score, pd.Series(volume), DEFAULT, "b")
        assert lift and lift.needed == needed


def test_a_partly_solved_case_brings_only_the_rest() -> None:
    scoring = rules(0.0, 1.0, 0.0, partly_resolved=0.5)
    league = counts(a=(100, 100, 92, 0, 0, 0), b=(100, 100, 80, 20, 0, 0))
    lift = resolved_to_pass(league, scores(league, scoring), league["valid"], scoring, "b")
    assert lift and lift.needed == 5  # 90 points now, half a point each


def test_the_leader_has_nobody_to_pass() -> None:
    score = scores(LEAGUE, DEFAULT)
    assert resolved_to_pass(LEAGUE, score, LEAGUE["valid"], DEFAULT, str(score.idxmax())) is None
    assert resolved_to_pass(LEAGUE, score, LEAGUE["valid"], DEFAULT, "d") is None


def test_running_ranks_end_at_the_totals() -> None:
    daily = pd.DataFrame(
        {
            "day": pd.to_datetime(["2022-01-01", "2022-01-01", "2022-01-02"]),
            "unit": ["a", "b", "b"],
            "n": [9.0, 1.0, 30.0],
            "d": [10.0, 10.0, 30.0],
            "v": [10.0, 10.0, 30.0],
        }
    )
    every = rules(0.10, 0.50, 0.40, small_sample=1)
    lines = running_ranks(daily, "day", "unit", "n", "d", "v", "d", every).set_index(["day", "unit"])
    last = lines.loc["2022-01-02"]
    assert last["score"].to_dict() == {"a": 0.9, "b": 31 / 40}
    assert last["place"].to_dict() == {"a": 1, "b": 2}
    # With 30 callbacks to be ranked: a has never enough, b on the second day, when it is the only one.
    small = running_ranks(daily, "day", "unit", "n", "d", "v", "d", DEFAULT).set_index(["day", "unit"])
    pd.testing.assert_series_equal(small["score"], lines["score"])
    assert small["place"].dropna().to_dict() == {(pd.Timestamp("2022-01-02"), "b"): 1}


def test_too_few_callbacks_have_no_place_and_count_in_nobodys() -> None:
    league = counts(a=(200, 200, 150, 0, 150, 0), few=(29, 29, 29, 0, 29, 0), b=(30, 30, 30, 0, 29, 0))
    score = scores(league, DEFAULT)
    place = ranks(enough(score, league["valid"], DEFAULT), league["valid"], DEFAULT)
    assert place.dropna().to_dict() == {"b": 1, "a": 2} and score["few"] > score["b"]
    lift = resolved_to_pass(league, score, league["valid"], DEFAULT, "a")
    assert lift and lift.above == "b"
    assert resolved_to_pass(league, score, league["valid"], DEFAULT, "few") is None
