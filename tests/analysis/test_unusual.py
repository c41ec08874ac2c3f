"""Unusual reads: each threshold is passed by what goes beyond it and by nothing else."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from analysis.unusual import at_night, many_cases, other_streets, unusual


def records(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of (minutes after 2022-05-01 09:00, who, unit, kind, what, filter)."""
    start = pd.Timestamp("2022-05-01 09:00")
    told = [
        {"at": start + pd.Timedelta(minutes=minutes), "who": who, "unit": unit, "kind": kind, "what": what,
         "details": {"filter": asked}, "result": "成功"}
        for minutes, who, unit, kind, what, asked in rows
    ]  # fmt: skip
    return pd.DataFrame(told, columns=["at", "who", "unit", "kind", "what", "details", "result"])


def opened(minutes: list[int], who: str = "甲") -> list[tuple[Any, ...]]:
    return [(minute, who, "", "case", f"件{place}", {}) for place, minute in enumerate(minutes)]


@pytest.mark.parametrize(
    ("minutes", "count"),
    [([0, 20, 40, 60], 4), ([0, 20, 40, 61], 0), ([0, 30, 61, 80, 100, 110], 4), ([0, 70, 140, 210], 0)],
)
def test_many_cases_within_an_hour(minutes: list[int], count: int) -> None:
    found = many_cases(records(*opened(minutes), *opened([0, 1], "乙")), 3)
    assert list(found["count"]) == ([count] if count else []) and set(found["who"]) <= {"甲"}


def test_the_same_case_again_is_no_other() -> None:
    again = [(minute, "甲", "", "case", "件", {}) for minute in range(9)]
    assert many_cases(records(*again), 3).empty


def test_files_made_at_night_belong_to_the_evening_before() -> None:
    hours = {"20:59": 719, "22:00": 780, "01:00": 960, "05:59": 1259, "06:00": 1260}
    found = at_night(records(*((minute, "甲", "", "export", "x.csv", {}) for minute in hours.values())), (22, 6))
    assert list(found["count"]) == [3] and str(found["since"][0]) == "2022-05-01 22:00:00"
    assert at_night(records((0, "甲", "", "export", "x", {})), (0, 6)).empty


def test_another_streets_data() -> None:
    mine, theirs, both = {"street": ["甲街道"]}, {"street": ["乙街道"]}, {"street": ["甲街道", "乙街道"]}
    rows = [
        (place, "丙", "甲街道", "page", "页", asked) for place, asked in enumerate((mine, theirs, both, {}, theirs))
    ]
    centre = [(place, "丁", "指挥中心", "page", "页", theirs) for place in range(9)]
    found = other_streets(records(*rows, *centre), {"甲街道", "乙街道"}, 2)
    assert list(zip(found["who"], found["count"], strict=True)) == [("丙", 3)]
    assert other_streets(records(*rows), {"甲街道", "乙街道"}, 3).empty


def test_of_nothing_there_is_nothing() -> None:
    assert unusual(records(), streets=(), many=3, night=(22, 6), others=2).empty
    assert unusual(records(*opened([0])), streets=(), many=3, night=(22, 6), others=2).empty
