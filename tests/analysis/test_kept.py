"""Results are kept by content: what differs in anything is another question, and no caller changes another's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.kept import LARGEST, MOST, kept


@dataclass
class Rules:
    """Settings that cannot be hashed."""

    grades: dict[str, float]


FRAME = pd.DataFrame(
    {"unit": ["甲", "乙", None], "n": [1.0, np.nan, 3.0], "day": pd.date_range("2022-01-01", periods=3)}
)
PLACES = FRAME.assign(place=pd.array([1, None, 2], dtype="Int64"))
SAME = [
    FRAME,
    PLACES,
    FRAME["n"],
    PLACES.set_index("unit"),
    1,
    "甲",
    ["a", 1],
    {"a": [FRAME]},
    Rules({"满意": 1.0}),
    None,
]
OTHERS: list[tuple[Any, Any]] = [
    (FRAME, FRAME.assign(n=[1.0, np.nan, 3.5])),
    (FRAME, FRAME.assign(unit=["甲", None, "乙"])),
    (FRAME, FRAME.rename(columns={"n": "m"})),
    (FRAME, FRAME[["n", "unit", "day"]]),
    (FRAME, FRAME.set_index(pd.Index([3, 4, 5]))),
    (FRAME, FRAME.iloc[:0]),
    (FRAME, FRAME.astype({"n": "float32"})),
    (PLACES, PLACES.assign(place=pd.array([1, 2, None], dtype="Int64"))),
    (FRAME["n"], FRAME["n"].rename("m")),
    (1, True),
    (1, 1.0),
    (["a"], ("a",)),
    (Rules({"满意": 1.0}), Rules({"满意": 0.9})),
]


@pytest.fixture
def asked() -> list[Any]:
    return []


@pytest.fixture
def ask(asked: list[Any]) -> Any:
    @kept
    def answer(given: Any, *, more: Any = ()) -> Any:
        asked.append(given)
        return pd.DataFrame({"x": [len(asked)]})

    return answer


def again(given: Any) -> Any:
    """The same content in an object of its own."""
    return given.copy(deep=True) if isinstance(given, pd.DataFrame | pd.Series) else given


@pytest.mark.parametrize("given", SAME, ids=lambda given: type(given).__name__)
def test_the_same_content_is_computed_once(ask: Any, asked: list[Any], given: Any) -> None:
    assert ask(given).equals(ask(again(given))) and len(asked) == 1
    assert ask(given, more=FRAME)["x"].iloc[0] == 2


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_what_differs_is_another_question(ask: Any, asked: list[Any], one: Any, other: Any) -> None:
    ask(one), ask(other)
    assert len(asked) == 2


def test_a_callers_changes_stay_theirs(ask: Any) -> None:
    mine = ask(1)
    mine["x"] = 9
    assert ask(1)["x"].iloc[0] == 1


def test_what_is_too_large_or_unheard_of_is_computed_each_time(ask: Any, asked: list[Any]) -> None:
    for given in (pd.DataFrame({"n": np.zeros(LARGEST + 1)}), pd.DataFrame({"lists": [[1], [2]]})):
        asked.clear()
        ask(given), ask(given)
        assert len(asked) == 2


def test_it_is_bounded(ask: Any, asked: list[Any]) -> None:
    for number in range(MOST + 1):
        ask(number)
    asked.clear()
    ask(MOST), ask(1), ask(0)
    assert asked == [0]


def test_a_failure_is_not_kept() -> None:
    tries: list[int] = []

    @kept
    def fails(number: int) -> int:
        tries.append(number)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fails(1)
    assert len(tries) == 2
