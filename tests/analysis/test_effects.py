"""Judging a change: by hand where it can be done by hand, and nothing said where nothing can be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from analysis.effects import (
    FELL,
    ROSE,
    UNCERTAIN,
    difference_of_rates,
    ratio,
    ratio_of_ratios,
    standardised,
    wavering,
)

EVEN = np.full(20, 100.0)


def test_a_share_that_never_wavers_is_as_chance() -> None:
    assert wavering(EVEN, 10 * EVEN) == 1.0


def test_wavering_is_pearsons_statistic_where_blocks_do_not_follow() -> None:
    mine, whole = np.array([130.0, 70.0] * 10), np.full(20, 1000.0)
    # 20 residuals of 30 over 19; each block is the other of the one before, so none follows; Student's with 19.
    single = 20 * 30**2 / (100 * 0.9) / 19
    assert wavering(mine, whole) == pytest.approx(single * (2.0930240544 / 1.9599639845) ** 2)
    slow = np.repeat([130.0, 70.0], 10)
    assert wavering(slow, whole) > 3 * wavering(mine, whole)


def test_the_interval_is_jeffreys_where_only_chance_plays() -> None:
    found = ratio(np.full(12, 50.0), np.full(12, 100.0))
    low, high = (share / (1 - share) for share in beta.ppf([0.025, 0.975], 600.5, 1200.5))
    assert (found.value, found.low, found.high) == pytest.approx((0.5, low, high))
    assert found.verdict == FELL
    assert ratio(np.full(12, 100.0), np.full(12, 50.0)).verdict == ROSE
    assert ratio(np.full(12, 100.0), np.full(12, 101.0)).verdict == UNCERTAIN


def test_what_falls_everywhere_is_no_effect() -> None:
    halved = ratio_of_ratios(EVEN, 50 * EVEN, 100.0, 5000.0)
    assert halved.value == pytest.approx(1.0) and halved.verdict == UNCERTAIN
    alone = ratio_of_ratios(EVEN, 50 * EVEN, 50.0, 5000.0)
    assert alone.value == pytest.approx(0.5) and alone.verdict == FELL
    gone = ratio_of_ratios(EVEN, 50 * EVEN, 0.0, 5000.0)
    assert (gone.value, gone.low, gone.verdict) == (0.0, 0.0, FELL) and gone.high < 0.1


@pytest.mark.parametrize(
    ("mine", "control", "after", "reason"),
    [
        (EVEN[:5], EVEN[:5], (10.0, 10.0), "历史太短"),
        (0.01 * EVEN[:10] * 0, EVEN[:10], (1.0, 100.0), "件数太少"),
        (EVEN, EVEN, (10.0, 0.0), "没有可比"),
    ],
)
def test_what_cannot_be_known_is_not_said(
    mine: np.ndarray, control: np.ndarray, after: tuple[float, float], reason: str
) -> None:
    found = ratio_of_ratios(mine, control, *after)
    assert (
        reason in found.reason and found.verdict == UNCERTAIN and np.isnan([found.value, found.low, found.high]).all()
    )


def test_a_rate_that_rises_with_all_others_did_not_rise() -> None:
    called = np.full(12, 100.0)
    with_all = difference_of_rates(0.8 * called, called, (180.0, 200.0), ((8000.0, 10000.0), (1800.0, 2000.0)))
    assert with_all.value == pytest.approx(0.0) and with_all.verdict == UNCERTAIN
    alone = difference_of_rates(0.8 * called, called, (190.0, 200.0), ((8000.0, 10000.0), (1600.0, 2000.0)))
    assert alone.value == pytest.approx(0.15) and alone.verdict == ROSE
    few = difference_of_rates(0.8 * called, called, (10.0, 10.0), ((8000.0, 10000.0), (1600.0, 2000.0)))
    assert "不足 20 件" in few.reason


def test_others_are_weighed_by_the_classes_that_stand_here() -> None:
    mine = np.array([[10.0, 10.0, 10.0], [0.0, 0.0, 0.0]])
    others = np.array([[100.0, 100.0, 50.0], [100.0, 100.0, 900.0]])
    control = standardised(mine, others, 2)
    assert control[2] / control[0] == pytest.approx(0.5)  # the class that is not here does not count
    assert control[:2].tolist() == pytest.approx([100.0, 100.0])  # and it varies as 100 cases do
