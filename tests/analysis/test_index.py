"""The index against COINr's published example, the handbook's formulas worked by hand, and its own identities."""

import numpy as np
import pandas as pd
import pytest

from analysis.index import (
    Weights,
    ahead,
    clipped,
    combine,
    combine_all,
    comparable,
    decomposition,
    known_to_some,
    leaf_weights,
    normalised,
    parts_of,
    pooled,
    scores,
    winsorised,
)

LEAVES = pd.MultiIndex.from_product([["甲", "乙", "丙"], ["a", "b"]])
INDICATORS = pd.Series([0.6, 0.4, 0.5, 0.5, 0.7, 0.3], index=LEAVES)
DIMENSIONS = pd.Series({"甲": 1.0, "乙": 1.0, "丙": 2.0})
GROUPS = {"前两项": ["甲", "乙"], "总分": ["甲", "乙", "丙"]}


def parts(rows: int, seed: int = 3, holes: float = 0.0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    values = draw.uniform(5, 95, (rows, len(LEAVES)))
    return pd.DataFrame(np.where(draw.random(values.shape) < holes, np.nan, values), columns=LEAVES)


def test_winsorising_equals_coinrs_published_example() -> None:
    """COINr 1.1.14, help pages of winsorise and Treat.numeric: skew 3.063241, kurtosis 9.741391, one point moved."""
    example = pd.Series([*range(1, 11), 30, 100], dtype=float)
    assert (example.skew(), example.kurt()) == (pytest.approx(3.063241, abs=5e-7), pytest.approx(9.741391, abs=5e-7))
    assert winsorised(example, 5).tolist() == [*range(1, 11), 30, 30]
    assert winsorised(example, 0).tolist() == example.tolist()


def test_normalising_between_goalposts() -> None:
    """Handbook, step 5 (min-max with fixed ends): (x - min) / (max - min), ends for what lies beyond."""
    value = pd.Series([0.80, 0.85, 1.0, 0.5, np.nan])
    assert normalised(value, 0.8, 1.0, "up").tolist()[:4] == pytest.approx([0, 25, 100, 0])
    assert normalised(value, 0.8, 1.0, "down").tolist()[:4] == pytest.approx([100, 75, 0, 100])
    assert np.isnan(normalised(value, 0.8, 1.0, "up").iloc[4]) and normalised(value, np.nan, np.nan, "up").isna().all()


def test_means_equal_the_handbooks_formulas() -> None:
    """Handbook, step 6: sum(w x) and prod(x ** w); COINr's example vector 1:10 with equal weights."""
    rows = pd.DataFrame([np.arange(1.0, 11)])
    weights = pd.Series(1.0, index=rows.columns)
    assert combine(rows, weights, geometric=False, min_known=0.5)[0] == pytest.approx(5.5)
    assert combine(rows, weights, geometric=True, min_known=0.5)[0] == pytest.approx(3628800**0.1)
    uneven = pd.Series(np.arange(1.0, 11), index=rows.columns)
    assert combine(rows, uneven, geometric=False, min_known=0.5)[0] == pytest.approx(385 / 55)


def test_missing_weight_is_shared_down_to_the_rule() -> None:
    rows = pd.DataFrame([[80.0, 40.0, np.nan], [80.0, np.nan, np.nan]])
    weights = pd.Series([0.4, 0.3, 0.3])
    found = combine(rows, weights, geometric=False, min_known=0.5)
    assert found[0] == pytest.approx((0.4 * 80 + 0.3 * 40) / 0.7) and np.isnan(found[1])


def test_scores_are_means_of_means() -> None:
    one = parts(1)
    found = scores(one, Weights(INDICATORS, DIMENSIONS), GROUPS).iloc[0]
    first = 0.6 * one.iloc[0]["甲", "a"] + 0.4 * one.iloc[0]["甲", "b"]
    assert found["甲"] == pytest.approx(first)
    assert found["前两项"] == pytest.approx((found["甲"] + found["乙"]) / 2)
    assert found["总分"] == pytest.approx((found["甲"] + found["乙"] + 2 * found["丙"]) / 4)


@pytest.mark.parametrize("geometric", [False, True])
@pytest.mark.parametrize("holes", [0.0, 0.25])
@pytest.mark.parametrize("seed", range(5))
def test_contributions_add_up_to_the_change(geometric: bool, holes: float, seed: int) -> None:
    rows, weights = parts(2, seed, holes), Weights(INDICATORS, DIMENSIONS, geometric, 0.3)
    for members in GROUPS.values():
        score = combine_over(rows, weights, members)
        moved = decomposition(rows.iloc[0], rows.iloc[1], weights, members)
        if score.notna().all():
            assert moved.sum() == pytest.approx(score.iloc[1] - score.iloc[0], abs=1e-9)
        else:
            assert moved.isna().all()


def combine_over(rows: pd.DataFrame, weights: Weights, members: list[str]) -> pd.Series:
    return scores(rows, weights, {"it": members})["it"]


def test_an_unmoved_part_contributes_nothing() -> None:
    rows = parts(2)
    rows.iloc[1] = rows.iloc[0]
    rows.loc[1, ("丙", "a")] += 10
    moved = decomposition(rows.iloc[0], rows.iloc[1], Weights(INDICATORS, DIMENSIONS), ["甲", "乙", "丙"])
    assert moved["丙", "a"] == pytest.approx(10 * 0.7 * 0.5) and moved.drop(("丙", "a")).abs().max() < 1e-9


def test_varied_methods_hold_clear_leaders() -> None:
    rows = parts(5)
    rows.iloc[0], rows.iloc[1] = 100.0, 0.0
    over = ahead(rows, Weights(INDICATORS, DIMENSIONS))
    assert (over[0, 1:] == 1).all() and (over[1] == 0).all() and 0 < over[2, 3] + over[3, 2] <= 1
    assert (over == ahead(rows, Weights(INDICATORS, DIMENSIONS))).all()


@pytest.mark.parametrize("geometric", [False, True])
@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_the_total_is_the_mean_of_the_leaves_weights(geometric: bool, holes: float) -> None:
    rows, weights = parts(30, 7, holes), Weights(INDICATORS, DIMENSIONS, geometric, 0.4)
    expected = scores(rows, weights, GROUPS)["总分"]
    pd.testing.assert_series_equal(combine_all(rows, weights), expected, check_names=False, rtol=1e-12)
    assert leaf_weights(rows, weights, GROUPS["总分"]).sum(axis=1)[expected.notna()].to_numpy() == pytest.approx(1.0)


def test_a_geometric_mean_keeps_every_difference() -> None:
    """Handbook, step 6: values on 1..100. A floor of 1 took 0 for 1: what rose from 0 to 1 was not seen."""
    rows, weights = parts(3), Weights(INDICATORS, DIMENSIONS, True)
    rows.iloc[:] = 50.0
    rows.loc[[0, 1, 2], ("丙", "a")] = [0.0, 0.5, 1.0]
    found = combine_all(rows, weights)
    assert found[0] < found[1] < found[2]
    rows.iloc[0], rows.iloc[1] = 0.0, 100.0
    assert combine_all(rows, weights)[[0, 1]].tolist() == pytest.approx([1.0, 100.0])
    by_hand = (1 + 0.99 * 50) ** (1 - 0.7 / 2) * (1 + 0.99 * 1) ** (0.7 / 2)
    assert combine_all(rows, weights)[2] == pytest.approx(by_hand)


def test_a_part_that_one_row_lacks_leaves_the_places_and_stays_in_the_scores() -> None:
    rows, weights = parts(4), Weights(INDICATORS, DIMENSIONS)
    rows.loc[2, ("甲", "b")] = np.nan
    rows.iloc[3] = np.nan  # no total: it takes nothing from the others
    shared = comparable(rows, weights)
    assert shared.index.tolist() == [0, 1, 2] and known_to_some(rows, weights).to_list() == [("甲", "b")]
    assert shared["甲", "b"].isna().all() and shared.drop(columns=[("甲", "b")]).notna().all(axis=None)
    assert combine_all(shared, weights)[0] != pytest.approx(combine_all(rows, weights)[0])
    assert scores(rows, weights, {})["甲"][0] == pytest.approx(
        0.6 * rows.loc[0, ("甲", "a")] + 0.4 * rows.loc[0, ("甲", "b")]
    )


def test_scores_at_the_ends_are_counted() -> None:
    rows = parts(4)
    rows[("甲", "a")] = [0.0, 100.0, 100.0, np.nan]
    assert clipped(rows).loc["a"].tolist() == [11, pytest.approx(1 / 11), pytest.approx(2 / 11)]
    assert clipped(rows).loc["b"].tolist() == [12, 0, 0]


def test_months_are_put_together_by_their_cases() -> None:
    months = pd.date_range("2022-01-01", periods=3, freq="MS")
    rows = [(month, "一", "甲", "rate", top / bottom, bottom, top, bottom, "share")
            for month, top, bottom in zip(months, (8.0, 1.0, 50.0), (10.0, 10.0, 100.0), strict=True)]  # fmt: skip
    rows += [
        (months[nth], "一", "甲", "load", cases / 2.0, cases, cases, 2.0, "count")
        for nth, cases in ((0, 6.0), (2, 12.0))
    ]
    rows += [(months[nth], "一", "甲", "change", 0.5, 10.0, 15.0, 10.0, "ratio") for nth in range(3)]
    rows += [(months[0], "一", "甲", "beds", 4.0, np.nan, np.nan, np.nan, "")]
    columns = ["month", "street", "dimension", "indicator", "value", "cases", "counted", "among", "law"]
    panel = pd.DataFrame(rows, columns=columns)
    found = pooled(panel, 3, min_cases=10).set_index("indicator")
    assert (found["month"] == months[2]).all() and list(found.reset_index()[columns].columns) == columns
    assert found["value"].to_dict() == pytest.approx({"rate": 59 / 120, "load": 18 / 6, "change": 0.5, "beds": 4.0})
    assert found["cases"].drop("beds").to_dict() == {"rate": 120, "load": 18, "change": 30}
    assert np.isnan(pooled(panel, 3, min_cases=121).set_index("indicator").at["rate", "value"])
    assert pooled(panel, 1).equals(panel)


def test_the_panel_becomes_parts() -> None:
    panel = pd.DataFrame(
        [("2022-01", "一", "甲", "a", 0.9), ("2022-01", "一", "甲", "b", 30.0), ("2022-01", "二", "甲", "a", np.nan)],
        columns=["month", "street", "dimension", "indicator", "value"],
    )
    definitions = pd.DataFrame(
        [("甲", "a", 0.8, 1.0, "up"), ("甲", "b", 10.0, 50.0, "down"), ("乙", "a", 0.0, 1.0, "up")],
        columns=["dimension", "indicator", "low", "high", "better"],
    )
    wide = parts_of(panel, definitions)
    assert wide.loc[("2022-01", "一"), ("甲", "a")] == pytest.approx(50)
    assert wide.loc[("2022-01", "一"), ("甲", "b")] == pytest.approx(50)
    assert wide["乙"].isna().all(axis=None) and wide.loc[("2022-01", "二")].isna().all()
