"""Duties counted by hand: a rate is what its counts say, and nothing is divided by nothing."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from analysis.duties import answered, callers, departments, first_receivers

NOW = datetime(2022, 6, 10, 12)
WHISTLES = pd.DataFrame(
    [("w1", "甲街道", "解决"), ("w2", "甲街道", "未解决"), ("w3", "乙街道", ""), ("w4", "丙街道", "解决")],
    columns=["matter_id", "street", "result"],
)
CALLS = pd.DataFrame(
    [
        ("w1", "城管", "2022-06-01T10:30", datetime(2022, 6, 1, 12), 80.0),  # in time, solved
        ("w1", "消防", "2022-06-01T12:01", datetime(2022, 6, 1, 12), 60.0),  # a minute late, solved
        ("w2", "城管", "", datetime(2022, 6, 2, 12), 40.0),  # never came, not solved
        ("w2", "住建", "2022-06-02T12:00", datetime(2022, 6, 2, 12), np.nan),  # on the minute
        ("w3", "城管", "", datetime(2022, 6, 10, 11), np.nan),  # still waited for, past the deadline
        ("w3", "消防", "", datetime(2022, 6, 10, 18), np.nan),  # still has time
        ("w3", "水务", "2022-06-10T11:00", datetime(2022, 6, 10, 18), np.nan),  # came, deadline yet to pass
    ],
    columns=["parent", "unit", "arrived_at", "due_at", "score"],
)


@pytest.fixture
def calls() -> pd.DataFrame:
    return answered(CALLS, WHISTLES, NOW, "解决")


def test_what_a_call_counts_as(calls: pd.DataFrame) -> None:
    assert calls["arrived"].tolist() == [True, True, False, True, False, False, True]
    assert calls["in_time"].tolist() == [True, False, False, True, False, False, True]
    # Past its deadline a call is due though nobody has come; before it, it is not.
    assert calls["due"].tolist() == [True, True, True, True, True, False, True]
    assert calls["settled"].tolist() == [True, True, True, True, False, False, False]
    assert calls["solved"].tolist() == [True, True, False, False, False, False, False]


def test_departments_by_hand(calls: pd.DataFrame) -> None:
    found = departments(calls).set_index("unit")
    assert found.index.tolist() == ["城管", "消防", "住建", "水务"]  # most calls first, then by name
    guard = found.loc["城管"]
    assert guard[["calls", "due", "arrived", "in_time", "settled", "solved", "scored"]].tolist() == [
        3,
        3,
        1,
        1,
        2,
        1,
        2,
    ]
    assert guard[["arrival_rate", "in_time_rate", "solved_rate", "score"]].tolist() == pytest.approx(
        [1 / 3, 1 / 3, 0.5, 60]
    )
    fire = found.loc["消防"]
    assert fire[["calls", "due", "arrived", "in_time"]].tolist() == [2, 1, 1, 0]
    assert fire[["arrival_rate", "in_time_rate", "solved_rate"]].tolist() == [1, 0, 1]
    assert np.isnan(found.at["水务", "solved_rate"]) and np.isnan(found.at["水务", "score"])
    assert found["calls"].sum() == len(CALLS) and found["due"].sum() == 6


def test_streets_by_hand(calls: pd.DataFrame) -> None:
    found = callers(WHISTLES, calls, "解决").set_index("street")
    columns = ["whistles", "called", "due", "arrived", "settled", "solved"]
    assert found[columns].to_dict("index") == {
        "甲街道": dict(zip(columns, (2, 4, 4, 3, 2, 1), strict=True)),
        "丙街道": dict(zip(columns, (1, 0, 0, 0, 1, 1), strict=True)),
        "乙街道": dict(zip(columns, (1, 3, 2, 1, 0, 0), strict=True)),
    }
    assert found.index[0] == "甲街道"
    assert found.at["甲街道", "solved_rate"] == 0.5 and np.isnan(found.at["乙街道", "solved_rate"])


def test_nothing_called_is_nothing() -> None:
    nothing = answered(CALLS.head(0), WHISTLES.head(0), NOW, "解决")
    assert departments(nothing).empty and callers(WHISTLES.head(0), nothing, "解决").empty
    alone = callers(WHISTLES.tail(1), nothing, "解决")
    assert alone[["whistles", "called", "solved"]].iloc[0].tolist() == [1, 0, 1]


def test_first_receivers_by_hand() -> None:
    orders = pd.DataFrame(
        [
            ("d1", "甲局", "甲局", True, True, True),
            ("d2", "甲局", "乙局", True, False, True),
            ("d3", "甲局", "甲局", False, False, True),  # never closed, past its deadline
            ("d5", "甲局", "甲局", True, True, False),  # closed before its deadline, which is yet to pass
            ("d4", "丙局", "丙局", False, False, False),
        ],
        columns=["matter_id", "first_unit", "unit", "closed", "in_time", "due"],
    )
    returned = pd.DataFrame({"matter_id": ["d1", "d9"], "times": [2, 5]})
    found = first_receivers(orders, returned).set_index("first_unit")
    assert found.index.tolist() == ["甲局", "丙局"]
    assert found.loc["甲局", ["orders", "closed", "due", "in_time", "kept", "returned"]].tolist() == [4, 3, 3, 1, 3, 2]
    assert found.at["甲局", "in_time_rate"] == pytest.approx(1 / 3) and np.isnan(found.at["丙局", "in_time_rate"])
