"""What chance does is measured on days, whatever their weekdays and however slowly they rise."""

import numpy as np
import pytest

from data_access.cases import chance


@pytest.mark.parametrize("excess", [1.0, 3.0])
def test_the_variance_of_counts_is_found_beside_weekdays_and_a_rise(excess: float) -> None:
    random = np.random.default_rng(1)
    means = 100 * np.linspace(1, 1.5, 84)[:, None] * np.tile([1.2, 1, 1, 1, 1, 0.6, 0.5], 12)[:, None]
    means = np.repeat(means, 50, axis=1)
    days = random.poisson(means) if excess == 1 else random.negative_binomial(means / (excess - 1), 1 / excess)
    found = [chance.excess_of_counts(days[:, [group]].astype(float))[0] for group in range(50)]
    assert np.mean(found) == pytest.approx(excess, rel=0.15)


def test_too_few_days_tell_nothing() -> None:
    assert np.isnan(chance.excess_of_counts(np.ones((14, 2)))).all()
    assert np.isnan(chance.excess_of_rates(np.ones((14, 2)), np.ones((14, 2)))).all()


def test_the_limit_is_students_and_widens_with_rows() -> None:
    assert chance.limit(10**6) == pytest.approx(1.96, abs=0.001)
    assert chance.limit(67) == pytest.approx(2.021, abs=0.002)  # 40 degrees of freedom
    assert chance.limit(10**6, 100) == pytest.approx(3.481, abs=0.001)


def test_days_that_differ_are_told_from_days_of_few_cases() -> None:
    random = np.random.default_rng(2)
    of = np.full(7, 400.0)
    same = [chance.between_days(random.binomial(400, 0.5, 7).astype(float), of) for _ in range(200)]
    assert np.mean(same) < 0.005
    assert chance.between_days(of * np.linspace(0.1, 0.9, 7), of) == pytest.approx(0.283, abs=0.005)
