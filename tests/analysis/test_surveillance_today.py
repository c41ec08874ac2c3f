"""Today against comparable days: exact where it can be checked by hand, and no more false alarms than it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, nbinom, norm, t

from analysis.surveillance.today import against_comparable_days, among_many

DAYS = arrays(float, st.integers(5, 20), elements=st.integers(0, 300).map(float))


def test_by_hand_where_days_do_not_scatter() -> None:
    found = against_comparable_days(np.full(8, 4.0), 12).loc[0]
    # 32 cases on 8 days and 12 today: of 44, each is today's with chance 1/9.
    assert found["p"] == pytest.approx(binom.sf(11, 44, 1 / 9))
    assert found["expected"] == 4 and found["days"] == 8 and found["alarm"]
    most = found["high"]
    assert binom.sf(most, most + 33, 1 / 9) <= 0.025 < binom.sf(most - 1, most + 32, 1 / 9)


def test_by_hand_where_they_do() -> None:
    days = np.array([1, 9, 2, 8, 1, 9, 2, 8.0])
    phi = ((days - 5) ** 2).sum() / 5 / 7
    wide = phi * 9 / 8
    normal = norm.isf(nbinom.sf(19, 5 / (wide - 1), 1 / wide))
    assert against_comparable_days(days, 20).loc[0, "p"] == pytest.approx(t.sf(normal, 7))


def test_what_never_came_is_unlikely_to_come_at_once() -> None:
    assert against_comparable_days(np.zeros(20), 3).loc[0, "p"] == pytest.approx((1 / 21) ** 3)
    assert against_comparable_days(np.zeros(20), 0).loc[0, ["low", "high", "p"]].tolist() == [0, 1, 1]


def test_eighty_five_by_the_morning_are_seen() -> None:
    street = np.array([0, 1, 0, 2, 1, 0, 0, 3, 1, 0])
    found = against_comparable_days(pd.DataFrame({"供暖": street, "停车": street + 5}), [85, 6]).set_index("series")
    assert found.loc["供暖", "alarm"] and found.loc["供暖", "p"] < 1e-6
    assert not found.loc["停车", "alarm"]


def test_few_days_say_nothing() -> None:
    days = np.array([[1, 2, 1, 2, np.nan], [1, 2, 1, 2, 2], [1, 2, 1, 2, 3]]).T
    found = against_comparable_days(days, [50, 50, np.nan])
    assert found["alarm"].isna().tolist() == [True, False, True]
    assert found.loc[0, ["expected", "low", "high", "p"]].isna().all()
    assert found.loc[2, "high"] > 0 and np.isnan(found.loc[2, "p"])
    with pytest.raises(ValueError, match="应有 3 个"):
        against_comparable_days(days, [1, 2])


@pytest.mark.slow
@settings(max_examples=60)
@given(DAYS, st.floats(0.5, 0.999))
def test_the_interval_and_the_p_value_agree(days: np.ndarray, confidence: float) -> None:
    now = np.arange(0, 700, 7.0)
    found = against_comparable_days(np.repeat(days[:, None], len(now), axis=1), now, confidence=confidence)
    assert (found["alarm"].astype(bool) == (found["p"] <= (1 - confidence) / 2)).all()
    assert found["p"].is_monotonic_decreasing and found["p"].between(0, 1).all()
    assert (found["low"] <= found["high"] + 1).all()
    assert (found["low"] <= np.ceil(days.mean())).all() and (found["high"] >= np.floor(days.mean())).all()


@settings(max_examples=40)
@given(DAYS, st.integers(0, 300))
def test_neither_the_order_of_days_nor_an_unknown_one_counts(days: np.ndarray, now: int) -> None:
    first, other = (against_comparable_days(part, now) for part in (days, np.append(days[::-1], np.nan)))
    pd.testing.assert_frame_equal(first, other)


@settings(max_examples=40)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=30), st.floats(0.01, 0.5))
def test_what_is_kept_of_many_is_what_benjamini_and_hochberg_keep(values: list[float], share: float) -> None:
    p = pd.Series(values, dtype=float)
    found = among_many(p, share)
    known = np.sort(p.dropna().to_numpy())
    within = np.flatnonzero(known <= share * np.arange(1, len(known) + 1) / max(len(known), 1))
    least = known[within[-1]] if len(within) else -1.0
    np.testing.assert_array_equal(found["kept"], (p <= least).to_numpy())
    assert found["q"].isna().equals(p.isna())
