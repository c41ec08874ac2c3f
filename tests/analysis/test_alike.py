"""Texts that tell one matter are linked, others of the same place are not: on a sample that people labelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import alike

SAMPLE = pd.read_csv(Path(__file__).resolve().parents[1] / "questions" / "reports.csv", dtype=str)
TEXTS, PLACES = SAMPLE["text"].tolist(), SAMPLE["place"].tolist()


def test_on_the_sample_links_are_as_right_as_the_page_says() -> None:
    pairs = alike.neighbours([[place] for place in PLACES])
    events = SAMPLE["event"].to_numpy()
    is_one = events[pairs[:, 0]] == events[pairs[:, 1]]
    linked = alike.likeness(TEXTS, pairs) >= alike.limit(TEXTS, PLACES)
    assert (len(pairs), is_one.sum()) == (404, 81)
    assert (is_one & linked).sum() / linked.sum() == pytest.approx(0.97, abs=0.005)
    assert (is_one & linked).sum() / is_one.sum() == pytest.approx(0.73, abs=0.005)


def test_texts_of_one_pattern_are_no_likeness() -> None:
    """An office that writes every case by one sentence: what all say tells nothing."""
    faults = ["停水", "漏雨", "噪声", "堵塞", "断网", "停电", "异味", "积水"]
    texts = [f"来电人反映该处存在{fault}问题，希望有关部门尽快核实处理并回复。" for fault in faults * 20]
    places = [str(number) for number in range(len(texts))]
    assert alike.limit(texts, places) > alike.NEAR
    different = alike.likeness(texts, np.array([[0, 1], [2, 5]]))
    assert (different < alike.limit(texts, places)).all()


@pytest.mark.slow
@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_texts_can_be_compared(texts: list[str]) -> None:
    pairs = np.array([(one, other) for one in range(len(texts)) for other in range(one)], dtype=np.int64).reshape(-1, 2)
    found = alike.likeness(texts, pairs)
    assert found.shape == (len(pairs),) and ((found >= 0) & (found <= 1 + 1e-9)).all()
    assert alike.limit(texts, [str(n) for n in range(len(texts))]) >= alike.NEAR


def test_neighbours_are_those_whose_place_is_around() -> None:
    pairs = alike.neighbours([["a", "b"], ["b", "a", "c"], ["c", "b"], [], ["d"]])
    assert sorted(map(tuple, pairs.tolist())) == [(0, 1), (1, 2)]


def test_groups_are_what_links_reach() -> None:
    found = alike.groups(5, np.array([[0, 1], [1, 2]]))
    assert found[0] == found[1] == found[2] and len({found[0], found[3], found[4]}) == 3
    assert len(set(alike.groups(3, np.zeros((0, 2), dtype=np.int64)))) == 3
