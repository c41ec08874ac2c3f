"""The demo district in its whole size: the published figures come out of its store and its ledger, what was planted stands out.

All in one file, because one process then makes the district once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import h3
import pandas as pd
import pytest

import demo
from analysis.coincidence import MORE, UNSURE
from analysis.effects import FELL, UNCERTAIN
from analysis.hotspots import HOT
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.district.periods import Period
from data_access.district.profile import Profile, current_profile
from data_access.ledger.ledger import Ledger
from data_access.ledger.machine import light
from data_access.ledger.pen import cases_of
from demo.ledger_settings import load_ledger
from demo.settings import load
from questions import clusters
from questions.coincidence import against_chance
from questions.effect import effect_of
from questions.topics import ALL, topic_changes
from tests.demo.writing import checked, known_matters, rows, written

pytestmark = pytest.mark.slow

YEAR = Period(datetime(2022, 1, 1), datetime(2023, 1, 1))
SURGES = load(current_profile()).surges


@pytest.fixture(scope="module")
def whole(profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """The whole demo district, as `make run` makes it."""
    store = store_for(f"duckdb:///{tmp_path_factory.mktemp('whole')}")
    demo.generate(store, profile, seed=2022)
    return Reader.of(store, profile)


def topic_volumes(reader: Reader, topic: str) -> tuple[int, int]:
    leaves = next(t.category3 for t in reader.profile.topics if t.topic == topic and t.year == 2022)
    years = (Period(datetime(year, 1, 1), datetime(year, 12, 1)) for year in (2021, 2022))
    before, after = (reader.count(CaseFilter(period=p, source=("hotline",), category3=leaves)) for p in years)
    return before, after


def test_the_published_figures_come_out_of_the_store(whole: Reader) -> None:
    hotline = CaseFilter(period=YEAR, source=("hotline",))
    assert 270_000 <= whole.count(hotline) < 280_000
    assert 624_000 <= whole.count(hotline.replace(source=("grid",))) < 629_000
    assert 11_000 <= whole.count(hotline.replace(category1=("城市环境",))) < 12_000
    rates = whole.aggregate(["response_rate", "resolution_rate", "satisfaction_rate"], where=hotline).iloc[0]
    assert 100 * rates["response_rate"] == pytest.approx(99.28, abs=0.1)
    assert 100 * rates["resolution_rate"] == pytest.approx(94.12, abs=0.1)
    assert 100 * rates["satisfaction_rate"] == pytest.approx(95.23, abs=0.1)
    assert whole.as_of == datetime(2023, 1, 10, 10, 46)


def test_the_monthly_topics_fell_as_published(whole: Reader) -> None:
    topics = [topic.topic for topic in whole.profile.topics if topic.year == 2022]
    volumes = {topic: topic_volumes(whole, topic) for topic in topics}
    assert len(volumes) == 13
    before, after = (sum(pair[i] for pair in volumes.values()) for i in (0, 1))
    assert after / before - 1 == pytest.approx(-0.36, abs=0.005)
    for topic, change in {"共享单车停放": -0.70, "集中供暖": -0.20}.items():
        assert volumes[topic][1] / volumes[topic][0] - 1 == pytest.approx(change, abs=0.005)


@pytest.mark.parametrize("surge", SURGES, ids=[surge.name for surge in SURGES])
def test_planted_surges_stand_out(whole: Reader, surge: object) -> None:
    first = datetime.combine(surge.start, datetime.min.time())  # type: ignore[attr-defined]
    where = CaseFilter(street=(surge.street,), category3=(surge.category3,))  # type: ignore[attr-defined]
    during = Period(first, first + timedelta(days=surge.days))  # type: ignore[attr-defined]
    before = Period(first - timedelta(days=surge.days), first)  # type: ignore[attr-defined]
    assert whole.count(where.replace(period=during)) > 5 * max(whole.count(where.replace(period=before)), 1)


def test_the_planted_hot_spot_is_the_densest_place_of_its_matters(whole: Reader) -> None:
    spot = load(whole.profile).hot_spot
    period = Period(*(datetime.combine(day, datetime.min.time()) for day in (spot.start, spot.end)))
    where = CaseFilter(period=period, category3=tuple(spot.category3))
    cells = whole.aggregate(["volume"], ["h3_cell", "street"], where, order_by="volume")
    assert cells["street"].iloc[0] == spot.street
    assert cells["volume"].iloc[0] > 5 * cells["volume"].median()
    middle = h3.latlng_to_cell(spot.lat, spot.lon, 9)
    for question in clusters.QUESTIONS:
        found = clusters.spots(whole, where, 9, question).cells.query("spot != ''")
        assert middle in set(found["h3_cell"]) <= set(h3.grid_disk(middle, 1)), question
        assert (found["spot"] == HOT).all()


@pytest.mark.parametrize("by", ["street", "family"])
def test_what_the_grid_truly_saw_first_is_found(whole: Reader, by: str) -> None:
    foresight = load(whole.profile).foresight
    planted = foresight.streets if by == "street" else foresight.families
    found = against_chance(whole, CaseFilter(period=YEAR), (by,)).set_index(by)
    assert set(found.loc[list(planted), "verdict"]) == {MORE}
    # Of each month's first day nothing can be seen in the same month, and some of what is seen came because of a call.
    for name, share in planted.items():
        assert found.at[name, "low"] < share * 0.95 < found.at[name, "high"]
    if by == "street":
        assert set(found.drop(index=list(planted))["verdict"]) == {UNSURE}
        assert set(found.index[: len(planted)]) == set(planted)


def test_the_published_falls_stand_in_the_full_district(whole: Reader) -> None:
    found = topic_changes(whole, 2022, 11).set_index("topic")
    assert found.loc[ALL, ["volume_base", "volume"]].tolist() == [38_600, 24_704]
    published = {one.subject: one.value for one in whole.profile.benchmarks if one.measure == "topic_volume_change"}
    assert set(published) == {"东城区", "共享单车停放", "集中供暖"}
    for subject, value in published.items():
        assert 100 * found.at[subject if subject in found.index else ALL, "change"] == pytest.approx(value, abs=0.5)


@pytest.fixture(scope="module")
def decided(whole: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The whole district's ledger."""
    ledger = written(whole, tmp_path_factory.mktemp("decided"), 1.0)
    yield ledger
    ledger.engine.dispose()


def test_what_was_planted_is_told_and_nothing_else(whole: Reader, decided: Ledger) -> None:
    """The product's own verdict on the matters that truly changed something, and on those that did not."""
    known = known_matters(decided)
    assert len(known) == len(load_ledger(whole.profile).effects)
    for planted, row in known:
        programme, named = whole.profile.programme(planted.kind), cases_of(row)
        assert named and programme.is_over(row["stage"])
        found = effect_of(whole, programme, named, row["opened_at"], row["changed_at"])
        assert found is not None
        volume = found.iloc[0]
        assert volume["verdict"] == (FELL if planted.change else UNCERTAIN), row["title"]
        assert volume["low"] < planted.change < volume["high"], row["title"]


def test_the_published_figures_stand_in_the_ledger(whole: Reader, decided: Ledger) -> None:
    ledger, now = decided, whole.as_of
    points = rows(ledger, "patrol").query("opened_at < '2023-01-01'")
    assert (points["finding"] != "").sum() == pytest.approx(6_200, abs=50)  # 6千余个点位核实
    assert points["stage"].isin(["已立案", "办结"]).sum() == pytest.approx(2_100, abs=30)  # 2千余立案
    hard = rows(ledger, "hard_case").query("year == '2022'")
    assert len(hard) == 28 and set(hard["stage"]) == {"销账"}
    assert (rows(ledger, "topic")["year"] == "2022").sum() == 13
    orders = rows(ledger, "supervision")
    assert orders["opened_at"].dt.year.value_counts().loc[[2021, 2022]].tolist() == [300, 420]
    going = orders[~orders["stage"].isin(["办结", "撤回"])]
    programme = whole.profile.programme("supervision")
    lights = [
        light(programme, row.stage, row.due_at, now, whole.profile.programmes.office) for row in going.itertuples()
    ]  # type: ignore[arg-type]
    assert set(lights) == {"绿", "黄", "橙", "红"} and len(lights) >= 24
    calls = rows(ledger, "whistle_call").query("stage == '已评定'")
    came = pd.to_datetime(calls["arrived_at"].replace("", None))
    assert came.notna().mean() == pytest.approx(0.97, abs=0.015)
    assert (came <= calls["due_at"]).mean() == pytest.approx(0.92, abs=0.015)
    assert checked(ledger).events == pytest.approx(33_000, rel=0.05)
