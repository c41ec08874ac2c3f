"""A running period against one of equal age: the state of an earlier moment, and what may not be compared."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_access.cases.comparison import changes, undated
from data_access.cases.durations import quantiles
from data_access.cases.files import FileStore
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period, preset
from data_access.district.profile import Profile
from scripts.claims.periods import arrivals, handled

AS_OF = datetime(2022, 9, 8, 15)


def of(cases: pd.DataFrame, folder: Path, profile: Profile) -> Reader:
    store = FileStore(folder)
    with store.writing() as connection:
        connection.register("made", cases)
        connection.execute("INSERT INTO cases BY NAME SELECT * FROM made")
        connection.unregister("made")
    return Reader.of(store, profile)


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    random = np.random.default_rng(3)
    return handled(random, arrivals(random, datetime(2022, 5, 30), AS_OF, 2.0), AS_OF)


@pytest.fixture(scope="module")
def still(made: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> Reader:
    return of(made, tmp_path_factory.mktemp("still"), profile)


def week(reader: Reader) -> CaseFilter:
    return CaseFilter(period=preset("last7", reader.as_of, reader.profile.settings.clock))


@pytest.mark.slow
def test_an_earlier_moment_is_what_a_store_of_that_moment_says(
    made: pd.DataFrame, still: Reader, tmp_path: Path, profile: Profile
) -> None:
    moment = made["created_at"][made["created_at"] < "2022-09-01 14:30"].max().to_pydatetime()
    then = made[made["created_at"] <= moment].copy()
    for event, columns in {
        "closed_at": {"closed_at": None, "handling_seconds": None, "is_closed": 0, "is_late": 0},
        "callback_at": {"callback_at": None, "is_valid_callback": 0, "is_contacted": 0, "resolution": "",
                        "satisfaction": ""},
    }.items():  # fmt: skip
        later = then[event] > moment
        for column, nothing in columns.items():
            then[column] = then[column].where(~later, nothing)
    names, where = [*MEASURES], CaseFilter(period=Period(datetime(2022, 8, 20), datetime(2022, 9, 3)))
    seen, stored = still.seen_at(moment), of(then, tmp_path / "then", profile)
    for by in ((), ("day",), ("category2",)):
        pd.testing.assert_frame_equal(seen.aggregate(names, by, where), stored.aggregate(names, by, where))
    assert seen.count(where) == stored.count(where) == len(then[then["created_at"] >= "2022-08-20"])


def test_the_base_is_as_old_as_the_running_week(made: pd.DataFrame, still: Reader) -> None:
    between = still.compared_with(week(still), "previous")
    assert (
        between
        and between.moment == between.base.end - timedelta(microseconds=1)
        and between.days[0] == between.days[1]
    )
    base = made[(made["created_at"] >= between.base.start) & (made["created_at"] < between.base.end)]
    known = base["callback_at"] <= between.moment
    found = still.changes(["resolution_rate", "closed", "on_time_rate"], week(still), "previous")
    solved = (base["resolution"][known & (base["is_valid_callback"] == 1)] == "yes").mean()
    assert found["resolution_rate"].base == pytest.approx(solved)
    assert found["closed"].base == (base["closed_at"] <= between.moment).sum()
    due = base[base["due_at"] < between.moment]
    assert found["on_time_rate"].base == pytest.approx((due["closed_at"] <= due["due_at"]).mean())


@pytest.mark.parametrize(
    ("column", "measure", "reason"),
    [("closed_at", "closing_rate", "办结时间"), ("callback_at", "resolution_rate", "回访时间"),
     ("due_at", "on_time_rate", "截止时间")],
)  # fmt: skip
def test_what_has_no_time_is_not_compared(
    made: pd.DataFrame, tmp_path: Path, profile: Profile, column: str, measure: str, reason: str
) -> None:
    reader = of(made.assign(**{column: pd.NaT}), tmp_path / "undated", profile)
    found = reader.changes([measure, "volume", "rework_rate"], week(reader), "previous")
    assert not found[measure].is_known and reason in found[measure].reason
    assert not found["rework_rate"].is_known and "返工时间" in found["rework_rate"].reason
    assert found["volume"].is_known
    assert reader.with_base([measure], ["category2"], week(reader), "previous")[f"{measure}_base"].isna().all()
    assert undated(reader, week(reader))[column] == 1.0


def test_settled_periods_are_compared_as_they_stand(still: Reader) -> None:
    clock = still.profile.settings.clock.model_copy(update={"settled_after_days": 10})
    settings = still.profile.settings.model_copy(update={"clock": clock})
    reader = dataclasses.replace(still, profile=still.profile.model_copy(update={"settings": settings, "name": "x"}))
    july = CaseFilter(period=Period(datetime(2022, 8, 1), datetime(2022, 8, 8)))
    between = reader.compared_with(july, "previous")
    assert between and between.moment is None
    found = changes(reader, ["rework_rate", "closed"], july, "previous")
    assert found["closed"].base == reader.figure("closed", july.replace(period=between.base))
    assert found["rework_rate"].is_known


def test_months_of_other_length_are_compared_per_day(still: Reader) -> None:
    found = still.changes(["volume"], CaseFilter(period=Period(datetime(2022, 8, 1), datetime(2022, 9, 1))), "previous")
    months = {month: still.count(CaseFilter(period=Period(datetime(2022, month, 1), datetime(2022, month + 1, 1))))
              for month in (7, 8)}  # fmt: skip
    assert found["volume"].change == pytest.approx(months[8] / months[7] - 1)  # both of 31 days
    autumn = CaseFilter(period=Period(datetime(2022, 7, 1), datetime(2022, 8, 1)))
    between = still.compared_with(autumn, "previous")
    assert between and between.is_per_day and between.length == pytest.approx(31 / 30)
    june = still.count(CaseFilter(period=between.base))
    figure = still.with_base(["volume"], ["source"], autumn, "previous")["volume_base"].iloc[0]
    assert figure == pytest.approx(june * 31 / 30)


def test_weekdays_alone_are_no_rise(still: Reader) -> None:
    """Monday and Tuesday against the weekend before."""
    days = CaseFilter(period=Period(datetime(2022, 8, 29), datetime(2022, 8, 31)))
    found = still.changes(["volume"], days, "previous")["volume"]
    assert found.by_weekdays > 0.15 and found.change > 0.1
    assert found.low < 0 < found.high and not found.is_sure


def kaplan_meier(hours: np.ndarray, closed: np.ndarray, share: float) -> float:
    """The textbook, case by case."""
    left, waiting = 1.0, len(hours)
    for hour in np.unique(hours):
        at = hours == hour
        left *= 1 - closed[at].sum() / waiting
        waiting -= at.sum()
        if left <= 1 - share:
            return float(hour)
    return float("nan")


def test_hours_count_what_is_still_open(made: pd.DataFrame, still: Reader) -> None:
    where = week(still)
    young = made[made["created_at"] >= where.when.start]
    waited = (still.as_of - young["created_at"]).dt.total_seconds()
    hours = ((young["handling_seconds"].fillna(waited) // 60 + 0.5) / 60).to_numpy()
    found = still.aggregate(["median_hours", "p90_hours"], (), where).iloc[0]
    for name in ("median_hours", "p90_hours"):
        expected = kaplan_meier(hours, young["is_closed"].to_numpy(), MEASURES[name].quantile or 0)
        assert found[name] == pytest.approx(expected, nan_ok=True)
    closed_only = young["handling_seconds"].median() / 3600
    assert found["median_hours"] > closed_only + 10


def test_hours_not_reached_are_said_to_be_so(still: Reader) -> None:
    today = CaseFilter(period=preset("today", still.as_of, still.profile.settings.clock))
    found = still.changes(["p90_hours"], today, "previous")["p90_hours"]
    assert np.isinf(found.current) and "尚未达到" in found.reason and not found.is_known
    assert np.isnan(still.figure("p90_hours", today))


def test_the_interval_of_a_quantile_is_around_it(still: Reader) -> None:
    row = quantiles(still, (0.5,), (), CaseFilter()).iloc[0]
    assert row["low_0"] < row["hours_0"] < row["high_0"] and row["cases"] == still.count()
    assert row["hours_0"] == pytest.approx(60, rel=0.05)  # what the cases were drawn with
