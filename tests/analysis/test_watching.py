"""Many series looked at together: fitted at once as each by itself, one event one alarm, and no more false ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.surveillance import events, watching
from analysis.surveillance.pooled import PRIOR_SD, _design, _fit, recent, seasonal

NAMES = ("street", "category")
WEEKS, STREETS, CLASSES = 90, 6, 5


@pytest.fixture(scope="module")
def world() -> tuple[np.ndarray, pd.DataFrame]:
    """Weeks x series of a quiet district: the classes, then each of them in every street."""
    random = np.random.default_rng(7)
    season = np.exp(0.4 * np.sin(2 * np.pi * np.arange(WEEKS)[:, None] / watching.WEEK + np.arange(CLASSES)))
    parts = random.poisson(season[:, None, :] * random.uniform(2, 12, (STREETS, CLASSES)))
    series = [(None, f"c{n}") for n in range(CLASSES)]
    series += [(f"s{street}", f"c{n}") for street in range(STREETS) for n in range(CLASSES)]
    counts = np.concatenate([parts.sum(axis=1), parts.reshape(WEEKS, -1)], axis=1).astype(float)
    return counts, pd.DataFrame(series, columns=list(NAMES))


def signs_of(counts: np.ndarray, series: pd.DataFrame) -> pd.DataFrame:
    own = series["street"].isna().to_numpy()
    parent = np.where(own, -1, np.arange(len(series)) % CLASSES)
    signs = watching.weekly(counts, np.zeros((WEEKS, 1)), parent, ~own)
    group = pd.Series(np.where(own, "class", "street"))
    sizes, shares = group.value_counts().to_dict(), {"class": 0.5, "street": 0.5}
    limit = watching.limits(signs["window"], signs["series"].map(group), sizes, shares, 2.0)
    alarm = (signs["p"] <= limit) & (signs["observed"] >= 5)
    return signs.join(series, on="series").assign(limit=limit, alarm=alarm)


def test_all_at_once_is_each_by_itself(world: tuple[np.ndarray, pd.DataFrame]) -> None:
    counts, calendar = world[0][:, :CLASSES], np.random.default_rng(1).random((WEEKS, 2))
    together = seasonal(counts, calendar, gap=3, year=watching.WEEK)
    for n in range(CLASSES):
        mean = seasonal(counts[:, [n]], calendar, gap=3, year=watching.WEEK).mean[:, 0]
        # The common scatter, which weighs past outbreaks, is shared; these series have none.
        assert together.mean[:, n] == pytest.approx(mean, rel=1e-6)


def test_a_fit_is_the_top_of_the_likelihood(world: tuple[np.ndarray, pd.DataFrame]) -> None:
    """There the score vanishes: of each effect, what the counts say is what the prior holds against it."""
    counts, weight = world[0][:, :CLASSES], np.ones((WEEKS, CLASSES))
    design = _design(np.random.default_rng(1).random((WEEKS, 2)), WEEKS, watching.WEEK)
    mean, _ = _fit(counts, weight, design)
    beta = np.linalg.lstsq(design, np.log(mean), rcond=None)[0]
    score = design.T @ (counts - mean)
    assert score[0] == pytest.approx(np.zeros(CLASSES), abs=1e-3)
    assert score[1:] == pytest.approx(beta[1:] / PRIOR_SD**2, abs=1e-3)


def test_a_part_keeps_its_level_along_the_curve() -> None:
    curve = np.linspace(10, 40, 40)[:, None]
    found = recent(curve / 5, curve, np.zeros(1), gap=3, back=20)
    assert found.mean == pytest.approx(curve / 5)
    spoiled = curve / 5
    spoiled[25] = 400  # an outbreak of the past is no level
    assert recent(spoiled, curve, np.zeros(1), gap=3, back=20).mean[-1, 0] < 1.4 * curve[-1, 0] / 5


def test_one_surge_is_one_event_at_its_place(world: tuple[np.ndarray, pd.DataFrame]) -> None:
    counts, series = world[0].copy(), world[1]
    place = int(series.index[(series["street"] == "s2") & (series["category"] == "c3")][0])
    counts[-1, [place, 3]] += 60
    signs = signs_of(counts, series)
    assert signs["alarm"].sum() >= 3  # the street's class and the district's, in one week and in two
    first = events.merged(signs, NAMES)[0]
    assert tuple(signs.iloc[first[0]][list(NAMES)]) == ("s2", "c3")
    assert {int(at) for at in signs.index[signs["alarm"] & signs["series"].isin([place, 3])]} <= set(first)


def test_two_surges_are_two_events(world: tuple[np.ndarray, pd.DataFrame]) -> None:
    counts, series = world[0].copy(), world[1]
    for street, n in (("s2", 3), ("s4", 1)):
        place = int(series.index[(series["street"] == street) & (series["category"] == f"c{n}")][0])
        counts[-1, [place, n]] += 60
    signs = signs_of(counts, series)
    cores = {tuple(signs.iloc[one[0]][list(NAMES)]) for one in events.merged(signs, NAMES)}
    assert {("s2", "c3"), ("s4", "c1")} <= cores


def test_where_all_streets_have_more_of_a_class_no_street_is_the_place(
    world: tuple[np.ndarray, pd.DataFrame],
) -> None:
    counts, series = world[0].copy(), world[1]
    everywhere = (series["category"] == "c2").to_numpy()
    counts[-1, everywhere] *= 2
    signs = signs_of(counts, series)
    found = events.merged(signs, NAMES)
    assert len(found) == 1 and pd.isna(signs.iloc[found[0][0]]["street"])


def test_limits_add_up_to_what_is_allowed(world: tuple[np.ndarray, pd.DataFrame]) -> None:
    signs = signs_of(*world)
    a_week = sum(float(row["limit"]) * watching.LOOKS[str(row["window"])] for _, row in signs.iterrows())
    assert a_week == pytest.approx(2.0 * (watching.SHARES["week"] + watching.SHARES["fortnight"]))


def test_a_surge_begins_where_it_does() -> None:
    counts = np.array([3, 2, 4, 3, 2, 3, 20, 25, 18], dtype=float)
    assert events.begun(counts, np.full(9, 3.0)) == 6


def test_a_day_is_set_against_days_without_outbreaks() -> None:
    past = np.full((20, 1), 2.0)
    past[4] = 90
    found = watching.daily(np.array([30.0]), past, 5).iloc[0]
    assert found["expected"] == 2 and found["p"] < 1e-6
    assert watching.daily(np.array([30.0]), past[:3], 5).empty
