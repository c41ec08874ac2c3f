"""The parts of a rate add up to it exactly, and chance alone is called so."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.why import REST, lost, moved

ROWS = st.lists(st.tuples(st.integers(0, 400), st.floats(0, 1)), min_size=1, max_size=25)
MOST = st.integers(1, 30)


def groups(rows: list[tuple[int, float]], names: str = "abcdefghijklmnopqrstuvwxyz") -> pd.DataFrame:
    den = [float(count) for count, _ in rows]
    return pd.DataFrame({"num": [count * share for count, share in rows], "den": den}, index=list(names[: len(rows)]))


def even(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(1.0, index=frame.index)


def rate(frame: pd.DataFrame) -> float:
    return float(frame["num"].sum() / frame["den"].sum())


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(ROWS, MOST)
def test_what_groups_lose_adds_up_to_what_is_lost(rows: list[tuple[int, float]], most: int) -> None:
    frame = groups(rows)
    found = lost(frame, even(frame), 2.0, most)
    if not frame["den"].sum():
        assert found.empty
        return
    assert found["points"].sum() == pytest.approx(rate(frame) - 1, abs=1e-12)
    assert found["beyond"].sum() == pytest.approx(0, abs=1e-12)
    assert found["cases"].sum() == frame["den"].sum()
    assert len(found) <= most + 1 and (found["points"] <= 1e-12).all()


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(ROWS, ROWS, MOST)
def test_what_groups_add_is_the_change(now: list[tuple[int, float]], then: list[tuple[int, float]], most: int) -> None:
    after, before = groups(now), groups(then, "zyxwvutsrqponmlkjihgfedcba")
    every = pd.Series(1.3, index=after.index.union(before.index))
    found = moved(after, before, every, 2.0, most)
    if not (after["den"].sum() and before["den"].sum()):
        assert found.empty
        return
    assert found["points"].sum() == pytest.approx(rate(after) - rate(before), abs=1e-12)


def test_the_rest_is_one_row_and_loses_what_its_groups_lose() -> None:
    frame = groups([(100, 0.5), (100, 0.9), (100, 0.95), (50, 1.0)])
    found, every = lost(frame, even(frame), 2.0, 1), lost(frame, even(frame), 2.0, 9)
    assert list(found.index) == ["a", REST]
    assert found.at[REST, "points"] == pytest.approx(every["points"].iloc[1:].sum())


@pytest.mark.slow
def test_chance_alone_is_seldom_called_sure() -> None:
    """Ten groups of one rate, at 5 % for all of them together (Bonferroni): 2.81 errors."""
    random, said, told = np.random.default_rng(3), 0, 0
    for _ in range(300):
        den = pd.Series(random.integers(40, 400, 10), index=list("abcdefghij")).astype(float)
        draws = [pd.DataFrame({"num": random.binomial(den.astype(int), 0.92).astype(float), "den": den}) for _ in "12"]
        said += lost(draws[0], even(draws[0]), 2.81, 10)["is_sure"].any()
        told += moved(*draws, even(draws[0]), 2.81, 10)["is_sure"].any()
    assert said <= 0.075 * 300 and told <= 0.075 * 300


@pytest.mark.slow
def test_the_interval_holds_the_true_part() -> None:
    random, share, true = np.random.default_rng(5), np.array([0.2, 0.3, 0.5]), np.array([0.8, 0.95, 0.9])
    whole, held = float(share @ true), []
    for _ in range(400):
        den = random.multinomial(900, share)
        frame = pd.DataFrame({"num": random.binomial(den, true), "den": den}, index=list("abc")).astype(float)
        found = lost(frame, even(frame), 1.96, 9).loc[list("abc")]
        held.append((found["beyond"] - share * (true - whole)).abs() <= found["half"])
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)


def test_a_group_that_fell_far_is_sure() -> None:
    then, now = groups([(500, 0.95), (500, 0.95)]), groups([(500, 0.95), (500, 0.75)])
    found = moved(now, then, even(now), 2.3, 9)
    assert list(found["is_sure"]) == [True, False] or found.loc["b", "is_sure"]
    assert found.loc["b", "points"] < -0.08 and found.loc["b", "before"] == pytest.approx(0.95)


def test_days_too_few_to_tell_chance_tell_nothing() -> None:
    frame = groups([(500, 0.5), (500, 1.0)])
    assert not lost(frame, pd.Series(np.nan, index=frame.index), 2.0, 9)["is_sure"].any()
