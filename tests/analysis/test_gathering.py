"""More people than usual at one place: set against its own weeks, its class and the whole district."""

from __future__ import annotations

import pandas as pd

from analysis.gathering import gathered

WEEKS = 26


def _history(places: int = 40, each: int = 1) -> pd.DataFrame:
    rows = [(week, place, "供暖", each) for week in range(WEEKS) for place in range(places) if (week + place) % 2]
    return pd.DataFrame(rows, columns=["week", "place", "kind", "cases"]).astype({"cases": float})


def _now(counts: dict[int, int], kind: str = "供暖") -> pd.DataFrame:
    rows = [(place, kind, float(count)) for place, count in counts.items()]
    return pd.DataFrame(rows, columns=["place", "kind", "cases"])


def test_a_crowd_is_named_and_its_neighbours_are_not() -> None:
    found = gathered(_history(), _now({3: 12, 4: 1, 5: 0}), WEEKS).set_index("place")
    assert found.loc[3, "is_more"] and not found.loc[4, "is_more"] and found.loc[5, "p"] == 1
    assert 0.3 < found.loc[4, "usual"] < 1


def test_what_rises_everywhere_is_no_crowd() -> None:
    """A cold day: every place has six times its usual."""
    found = gathered(_history(), _now(dict.fromkeys(range(40), 3)), WEEKS)
    assert not found["is_more"].any() and found["usual"].min() > 1


def test_a_class_that_nobody_had_before_has_no_usual() -> None:
    found = gathered(_history(), _now({1: 20}, "新的一类"), WEEKS)
    assert not found["is_more"].any() and found["p"].tolist() == [1]
