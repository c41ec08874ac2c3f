"""What chance alone would match, and what is said to lie beyond it."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest

from analysis.coincidence import LESS, MORE, UNSURE, beyond_chance, chance

CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(39.92, 116.41, 10), 12))


def of(hits: float, references: float, now: float = 50, usual: float = 50) -> float:
    return float(chance(*(pd.Series([value], dtype="float64") for value in (hits, references, now, usual))).iloc[0])


def test_chance_is_the_share_of_references_at_a_usual_time() -> None:
    assert of(3, 6, 1000, 1000) == pytest.approx(0.5, abs=0.001)
    assert of(0, 6) == 0 and of(6, 6) == 1
    assert np.isnan(of(0, 0, np.nan, np.nan))


def test_a_family_without_other_cases_keeps_the_share_of_its_references() -> None:
    assert of(2, 4, 0, np.nan) == of(2, 4, 3, 0) == 0.5


def test_chance_rises_with_what_comes_over_the_whole_district() -> None:
    quiet, usual, storm = (of(2, 6, now, 50) for now in (10, 50, 200))
    assert 0.05 < quiet < usual < storm < 1
    assert of(2, 6, 0, 50) == 0  # the family had no case anywhere


@pytest.mark.parametrize(
    ("usual", "level", "q"), [(20.0, 1.0, 0.4), (20.0, 3.0, 0.1), (5.0, 1.0, 0.2), (60.0, 0.7, 0.5)]
)
def test_few_references_and_a_noisy_level_do_not_bend_it(usual: float, level: float, q: float) -> None:
    random, size = np.random.default_rng(3), 40_000
    hits, now = random.binomial(6, q, size).astype(float), random.poisson(usual * level, size).astype(float)
    made = chance(*(pd.Series(values) for values in (hits, np.full(size, 6.0), now, np.full(size, usual))))
    assert made.mean() == pytest.approx(1 - (1 - q) ** level, abs=0.012)


def orders(found: float, by_chance: float, size: int = 3000) -> pd.DataFrame:
    random = np.random.default_rng(5)
    return pd.DataFrame({
        "family": random.choice(["井盖", "树木"], size), "h3_cell": random.choice(CELLS, size),
        "street": random.choice(["甲", "乙"], size), "found": (random.random(size) < found) * 1,
        "chance": np.full(size, by_chance),
    })  # fmt: skip


@pytest.mark.parametrize(("found", "verdict"), [(0.4, UNSURE), (0.6, MORE), (0.2, LESS)])
def test_the_verdict_is_the_intervals(found: float, verdict: str) -> None:
    row = beyond_chance(orders(found, 0.4), []).iloc[0]
    assert row["verdict"] == verdict
    assert row["excess"] == pytest.approx((row["found"] / row["compared"] - 0.4) / 0.6)
    assert (row["low"] <= 0 <= row["high"]) == (verdict == UNSURE)
    assert row["expected"] == pytest.approx(0.4 * row["compared"])


def test_more_rows_widen_every_interval() -> None:
    made = orders(0.4, 0.4)
    alone = beyond_chance(made[made["street"] == "甲"], ["street"]).iloc[0]
    beside = beyond_chance(made, ["street"]).set_index("street").loc["甲"]
    assert (
        alone["excess"] == pytest.approx(beside["excess"])
        and alone["low"] > beside["low"]
        and alone["high"] < beside["high"]
    )


def test_too_little_is_not_judged() -> None:
    few = beyond_chance(orders(1.0, 0.01, size=9), []).iloc[0]
    assert few["verdict"] == UNSURE and np.isnan(few["low"])
    assert beyond_chance(orders(0.4, np.nan), ["street"]).empty
