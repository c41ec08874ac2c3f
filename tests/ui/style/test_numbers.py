"""Figures as people write them."""

from datetime import datetime

import pytest

from data_access.cases.measures import MEASURES
from data_access.district.periods import Period
from ui.style.numbers import is_good, lasted, show, show_change, stretch, time_left, until_now

NAN = float("nan")


@pytest.mark.parametrize(
    ("measure", "value", "written"),
    [("volume", 1234567.0, "1,234,567"), ("resolution_rate", 0.94117, "94.1%"), ("composite", 95.268, "95.27"),
     ("median_hours", 36.46, "36.5"), ("per_10k", 3847.21, "3,847.2"), ("volume", NAN, "—"), ("resolution_rate", None, "—")],
)  # fmt: skip
def test_values(measure: str, value: float | None, written: str) -> None:
    assert show(value, MEASURES[measure]) == written


def test_hours_not_reached_yet() -> None:
    assert show(float("inf"), MEASURES["p90_hours"]) == "尚未达到"


def test_league_tables_have_two_decimals() -> None:
    assert show(0.94117, MEASURES["resolution_rate"], digits=2) == "94.12%"


@pytest.mark.parametrize(
    ("measure", "change", "written", "good"),
    [("volume", 0.123, "+12.3%", None), ("resolution_rate", -0.004, "−0.4 个百分点", False), ("median_hours", -2.0, "−2.0 小时", True),
     ("composite", 0.5, "+0.50 分", True), ("resolution_rate", NAN, "—", None), ("open", 0.0, "0.0%", None), ("resolution_rate", -0.0004, "0.0 个百分点", False), ("per_10k", 1.25, "+1.2 件/万人", False)],
)  # fmt: skip
def test_changes(measure: str, change: float, written: str, good: bool | None) -> None:
    assert show_change(change, MEASURES[measure]) == written
    assert is_good(change, MEASURES[measure]) is good


def test_stretches() -> None:
    day, month = datetime(2022, 12, 19), datetime(2023, 1, 19)
    assert stretch(day, datetime(2022, 12, 20)) == "2022年12月19日"
    assert stretch(day, month) == "2022年12月19日至2023年1月18日"
    assert (
        stretch(datetime(2022, 12, 19, 12), datetime(2022, 12, 20, 12)) == "2022年12月19日 12:00至2022年12月20日 12:00"
    )
    assert until_now(Period(day, month), datetime(2023, 1, 10)) == "2022年12月19日至今"
    assert until_now(Period(datetime(2023, 1, 9, 12), month), datetime(2023, 1, 10)) == "2023年1月9日 12:00至今"
    assert until_now(Period(day, month), month) == "2022年12月19日至2023年1月18日"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0分"),
        (59, "0分"),
        (720, "12分"),
        (19_200, "5小时20分"),
        (7200, "2小时"),
        (983_880, "11天9小时"),
        (864_000, "10天"),
    ],
)
def test_a_time_that_passed_has_its_two_largest_units(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


def test_a_deadline_says_what_is_left_or_by_how_much_it_is_over() -> None:
    now = datetime(2023, 1, 10, 10)
    assert time_left(datetime(2023, 1, 10, 15), now) == "剩 5小时"
    assert time_left(datetime(2023, 1, 8, 9), now) == "逾期 2天1小时" and time_left(None, now) == ""
