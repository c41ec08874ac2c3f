"""What is to be expected of the demo's cases: whole days, honest refusals, and the season ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period, day_of
from questions import seasons
from questions.forecast import STEPS, ahead, hours_ahead, leaves_out

HOTLINE = CaseFilter(source=("hotline",))


@pytest.mark.slow
def test_the_history_is_of_finished_days_and_the_forecast_begins_today(reader: Reader) -> None:
    told = ahead(reader, HOTLINE, "day")
    assert told.outlook is not None
    today = day_of(reader.as_of)
    assert told.history.index[-1] == today - timedelta(days=1)
    assert told.outlook.ahead.index[0] == today
    assert len(told.outlook.ahead) == STEPS["day"].ahead
    finished = Period(day_of(reader.span[0]), today)
    assert told.history.sum() == reader.count(HOTLINE.replace(period=finished))


@pytest.mark.slow
def test_a_period_or_a_status_does_not_change_what_is_forecast(reader: Reader) -> None:
    narrowed = HOTLINE.replace(
        period=Period(*(reader.as_of - timedelta(days=days) for days in (3, 1))), status=("open",)
    )
    pd.testing.assert_series_equal(ahead(reader, narrowed, "day").history, ahead(reader, HOTLINE, "day").history)
    assert leaves_out(narrowed)
    assert not leaves_out(narrowed.replace(status=()))


def test_too_few_cases_are_not_forecast(reader: Reader) -> None:
    rare = reader.aggregate(["volume"], ["category3"], HOTLINE, order_by="volume").iloc[-1]["category3"]
    told = ahead(reader, HOTLINE.replace(category3=(rare,)), "week")
    assert told.outlook is None
    assert "太少" in told.reason


def test_the_hours_of_a_day_add_up_to_its_forecast(reader: Reader) -> None:
    expected, _ = hours_ahead(reader, HOTLINE)
    told = ahead(reader, HOTLINE, "day").outlook
    assert told is not None
    days = expected.groupby("day")["expected"].sum()
    assert days.to_numpy() == pytest.approx(told.ahead["expected"].iloc[:7].to_numpy())


def test_what_rises_every_year_is_named_and_what_was_named_is_followed_up(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heating begins in November: in October it is named, from the autumn of the year before."""
    monkeypatch.setattr(seasons, "LEAST", 1)  # the tests' demo is small
    services = CaseFilter(category1=("公共服务",))
    found = seasons.seasons_ahead(reader, services)
    assert all(year.end - year.start == found.window.end - found.window.start for year in found.years)
    assert sum(seasons.kept(found.record)) == len(found.record)
    named = seasons.seasons_ahead(reader.seen_at(datetime(2022, 10, 18, 9)), services)
    heating = named.items.set_index("category2").loc["供暖"]
    assert heating["expected"] == pytest.approx(heating["recent"] * (1 + heating["change"]))
    came = found.record[(found.record["category2"] == "供暖") & (found.record["start"] == "2022-10-18")]
    start, month = datetime(2022, 10, 18), timedelta(weeks=4)
    before, after = (
        reader.count(HOTLINE.replace(category2=("供暖",), period=Period(begin, begin + month)))
        for begin in (start - month, start)
    )
    assert came["change"].tolist() == pytest.approx([after / before - 1])
