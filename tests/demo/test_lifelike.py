"""The demo district is like life where an attentive reader would look: hours, weekends, praise, repeats, waves, ups and downs."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.district.vocabulary import HOTLINE
from data_access.district.worktime import is_working_day
from demo.arrivals import month_of_arrivals, seconds
from demo.handling import GRADES, RESOLUTIONS, call_back, handle
from demo.strain import make_pace
from demo.world import World, make_world

MEDIUM = 0.2  # of the district, drawn without a store: enough for what is rare
SLOW_LIMIT = 24  # hours: longer ones are not worked on around the clock


def asked(store: Store, statement: str) -> pd.DataFrame:
    with store.reading() as connection:
        return pd.read_sql(text(statement), connection)


@pytest.fixture(scope="module")
def world(profile: Profile) -> World:
    return make_world(profile, 2022, MEDIUM)


@pytest.fixture(scope="module")
def handled(world: World) -> pd.DataFrame:
    """Hotline cases of the whole months: month, unit, hours (to the closing), part (of the limit), late, callback …"""
    catalogue, now, parts = world.catalogues[HOTLINE], seconds(world.settings.as_of), []
    for number, month in enumerate(catalogue.plan.months[:-2]):  # of the last ones some are not closed yet
        draw = np.random.default_rng([5, number])
        arrivals = month_of_arrivals(draw, world, HOTLINE, month)
        handling = handle(draw, world, HOTLINE, arrivals, now)
        limit = catalogue.handle_hours[arrivals.category]
        hours = np.where(handling.closed > 0, (handling.closed - arrivals.created) / 3600, np.nan)
        calls = call_back(draw, world, arrivals, handling, now)
        parts.append(
            pd.DataFrame({"month": month, "unit": handling.unit, "hours": hours, "part": hours / limit})
            .assign(late=handling.closed > handling.due, limit=limit, excluded=handling.excluded > 0)
            .assign(
                valid=calls.valid, satisfaction=calls.satisfaction, resolution=calls.resolution, caller=arrivals.caller
            )
            .assign(second=catalogue.second[arrivals.category], created=arrivals.created, category=arrivals.category)
            .dropna()
        )
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("column", ["closed_at", "callback_at"])
def test_no_hour_has_a_heap_of_closings_or_callbacks(demo_store: Store, column: str) -> None:
    found = asked(demo_store, f"SELECT source, hour({column}) AS hour, count(*) AS n FROM cases WHERE {column} IS NOT NULL GROUP BY 1, 2")  # fmt: skip
    shares = found["n"] / found.groupby("source")["n"].transform("sum")
    assert shares.max() < 0.16
    assert shares[found["hour"] == 8].max() < 0.08  # they have just come in


@pytest.mark.parametrize(("column", "most"), [("closed_at", 0.6), ("callback_at", 0.8)])
def test_fewer_close_and_call_back_on_days_off(demo_store: Store, column: str, most: float) -> None:
    limit = f"date_diff('hour', dispatched_at, due_at) > {SLOW_LIMIT}"
    found = asked(demo_store, f"SELECT source, CAST({column} AS DATE) AS day, count(*) AS n FROM cases WHERE {column} IS NOT NULL AND {limit} GROUP BY 1, 2")  # fmt: skip
    works = found["day"].map(lambda day: is_working_day(pd.Timestamp(day).date()))
    for source, rows in found.groupby("source"):
        mean = rows.groupby(works)["n"].mean()
        assert mean[False] < most * mean[True], source


def test_noise_is_called_about_at_night(demo_store: Store) -> None:
    night = "avg(CASE WHEN hour(created_at) >= 20 OR hour(created_at) < 6 THEN 1.0 ELSE 0 END)"
    noise = "category2 = '噪声' OR category3 IN ('施工噪声', '夜间施工')"
    found = asked(demo_store, f"SELECT {noise} AS noise, {night} AS night FROM cases WHERE source = 'hotline' GROUP BY 1")  # fmt: skip
    nights = found.set_index("noise")["night"]
    assert nights[True] > 2 * nights[False]


def test_praise_is_passed_on_at_once_and_has_nothing_to_solve(demo_store: Store) -> None:
    praise = "source = 'hotline' AND request_type = '表扬'"
    found = asked(demo_store, f"SELECT count(*) AS n, median(handling_seconds) / 3600 AS hours, sum(is_late) AS late, count(callback_at) AS called, sum(CASE WHEN resolution IN ('no', 'partly') THEN 1 ELSE 0 END) AS unsolved, sum(rework_count) AS rework FROM cases WHERE {praise}").iloc[0]  # fmt: skip
    assert found["n"] > 20 and found["hours"] < 24
    assert found[["late", "called", "unsolved", "rework"]].sum() == 0
    said = asked(demo_store, f"SELECT content FROM cases WHERE {praise}")["content"]
    assert not said.str.contains("不便|困难|影响|未果|困扰|隐患").any()


def test_questions_are_answered_sooner_than_complaints_are_settled(demo_store: Store) -> None:
    found = asked(demo_store, "SELECT request_type, median(handling_seconds) AS seconds FROM cases WHERE source = 'hotline' GROUP BY 1")  # fmt: skip
    typical = found.set_index("request_type")["seconds"]
    assert typical["咨询"] < 0.8 * typical["投诉"]


def days_between(handled: pd.DataFrame) -> pd.Series:
    """Days since the caller's case of the same second-level category before; sorted by caller, category and time."""
    matters = handled.sort_values(["caller", "second", "created"]).groupby(["caller", "second"])["created"]
    return matters.diff() / 86_400


def test_who_was_not_helped_calls_again_and_repeats_are_solved_less(handled: pd.DataFrame) -> None:
    days = days_between(handled)
    found = handled.loc[days.index].assign(is_repeat=days <= 30, again=days.shift(-1) <= 30)
    found = found[found["valid"]]
    solved = found["resolution"] == RESOLUTIONS.index("yes")
    again = found["again"].groupby(solved).mean()
    assert again[False] > 1.4 * again[True]
    helped = solved.groupby(found["is_repeat"]).mean()
    assert helped[True] < helped[False] - 0.03


def test_a_repeat_comes_days_after_its_first(handled: pd.DataFrame) -> None:
    days = days_between(handled)
    assert 2 < days[days < 30].median() < 12


def test_a_few_matters_are_truly_hard_and_bring_their_callers_back(handled: pd.DataFrame, world: World) -> None:
    categories = world.catalogues[HOTLINE].plan.categories
    hard = [name for name, factor in world.settings.rates.harder.items() if factor >= 3]
    assert len(hard) >= 3
    leaf = handled["category"].map(lambda number: categories[number].category3)
    unsolved = (handled["resolution"] != RESOLUTIONS.index("yes"))[handled["valid"]]
    shares = unsolved.groupby(leaf[handled["valid"]].isin(hard)).mean()
    assert shares[True] > 2.5 * shares[False]
    days = days_between(handled)
    again = (days <= 30).groupby(leaf.loc[days.index].isin(hard)).mean()
    assert again[True] > 1.2 * again[False]


def dispersion(counts: pd.DataFrame) -> float:
    """Pearson's chi-square by degree of freedom of late cases against one rate; 1 = a binomial. Columns late, cases."""
    expected = counts["cases"] * (counts["late"].sum() / counts["cases"].sum())
    rate = expected / counts["cases"]
    return float(((counts["late"] - expected) ** 2 / (expected * (1 - rate))).sum() / (len(counts) - 1))


def test_lateness_differs_between_months_and_units_by_more_than_chance(handled: pd.DataFrame) -> None:
    grouped = handled.groupby(["unit", "month"])["late"].agg(late="sum", cases="size").reset_index()
    assert dispersion(grouped.groupby("month")[["late", "cases"]].sum()) > 2
    within = [dispersion(one) for _, one in grouped.groupby("unit") if one["cases"].sum() > 2000]
    assert len(within) > 5 and np.mean(within) > 1.4


def test_a_wave_makes_the_units_slower_and_later(handled: pd.DataFrame) -> None:
    """The three busiest months against the others; the same limits are compared, for waves bring short ones."""
    volume = handled.groupby("month").size()
    busiest = volume.index.isin(volume.nlargest(3).index)
    assert set(volume.index[busiest]) >= {date(2022, 5, 1), date(2022, 11, 1)}
    in_wave = handled["month"].isin(volume.index[busiest])
    for limit in (24, 168):
        part = handled[handled["limit"] == limit].groupby(in_wave)["part"].median()
        assert part[True] > 1.1 * part[False], limit
    assert handled.groupby(in_wave)["late"].mean().agg(lambda late: late[True] / late[False]) > 1.3
    hours = handled.groupby("month")["hours"].median()
    assert hours[busiest].mean() > 0.97 * hours[~busiest].mean()


def test_a_months_rates_are_no_straight_line(handled: pd.DataFrame, profile: Profile) -> None:
    found = handled[handled["valid"] & ~handled["excluded"]]
    unhappy = found["satisfaction"].isin([grade for grade, name in enumerate(GRADES) if name in profile.dissatisfied])
    months = unhappy.groupby(found["month"]).mean()
    assert months.groupby(lambda month: month.year).std().min() > 0.0015


def test_same_settings_but_no_strain_leave_the_units_alone(world: World) -> None:
    """What the file says is what is done: without strain and spread every pace is 1."""
    calm = world.settings.strain.model_copy(
        update={"district": 0.0, "own": 0.0, "late_spread": 0.0, "late_month_spread": 0.0, "unsolved_spread": 0.0, "month_points": 0.0}
    )  # fmt: skip
    catalogue = world.catalogues[HOTLINE]
    streets = [world.units.index(name) for name in world.settings.streets]
    pace = make_pace(
        world.settings.model_copy(update={"strain": calm}), catalogue.plan, catalogue.unit, streets, len(world.units),
        seed=1, scale=MEDIUM,
    )  # fmt: skip
    for name in ("slower", "late", "harder"):
        assert np.allclose(getattr(pace, name), 1.0), name
    assert np.allclose(pace.points, 0.0)
