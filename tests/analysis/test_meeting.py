"""How matters stood at a time is what their events up to then say."""

from datetime import datetime

import pandas as pd

from analysis.meeting import standing

MATTERS = pd.DataFrame(
    {"matter_id": ["a", "b", "c"], "stage": ["销账", "路径研判", "待启动"], "title": ["甲", "乙", "丙"]}
)
EVENTS = pd.DataFrame(
    [
        (1, "a", datetime(2022, 5, 1), "待启动"),
        (2, "b", datetime(2022, 5, 2), "待启动"),
        (3, "a", datetime(2022, 5, 20), "数据分析"),
        (4, "a", datetime(2022, 6, 3), "数据分析"),  # a note: it stands where it stood
        (5, "b", datetime(2022, 6, 4), "数据分析"),
        (6, "b", datetime(2022, 6, 4, 0, 5), "待启动"),  # taken back
        (7, "a", datetime(2022, 7, 1), "销账"),
        (8, "c", datetime(2022, 7, 1), "待启动"),
    ],
    columns=["seq", "matter_id", "at", "stage"],
)


def at(moment: datetime) -> dict[str, tuple[str, datetime]]:
    found = standing(MATTERS, EVENTS.sample(frac=1, random_state=1), moment)
    return {row["matter_id"]: (row["stage"], row["since"].to_pydatetime()) for row in found.to_dict("records")}


def test_a_past_month_is_told_as_it_was() -> None:
    assert at(datetime(2022, 7, 1)) == {
        "a": ("数据分析", datetime(2022, 5, 20)),
        "b": ("待启动", datetime(2022, 6, 4, 0, 5)),
    }
    assert at(datetime(2022, 7, 2))["a"] == ("销账", datetime(2022, 7, 1))


def test_the_newest_is_what_stands_in_the_ledger_but_for_what_came_later() -> None:
    assert at(datetime(2023, 1, 1)).keys() == {"a", "b", "c"}
    assert at(datetime(2022, 5, 1)) == {}
