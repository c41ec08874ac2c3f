"""The demo district: the published figures come out of the store, nothing happens after its clock, same seed same cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

import demo
from data_access.cases.errors import StoreError
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.periods import Period
from data_access.district.profile import Profile, current_profile
from demo.live import go_on
from demo.settings import load
from demo.world import make_world

YEAR = Period(datetime(2022, 1, 1), datetime(2023, 1, 1))
SURGES = load(current_profile()).surges
FINGERPRINT = """SELECT count(*), bit_xor(hash(case_id, created_at, closed_at, street, caller_key, content, satisfaction))
                 FROM cases"""


def one(store: Store, statement: str) -> tuple[object, ...]:
    with store.reading() as connection:
        return tuple(connection.execute(text(statement)).one())


@pytest.fixture(scope="module")
def whole(full_store: Store, profile: Profile) -> Reader:
    return Reader.of(full_store, profile)


def topic_volumes(reader: Reader, topic: str) -> tuple[int, int]:
    leaves = next(t.category3 for t in reader.profile.topics if t.topic == topic and t.year == 2022)
    years = (Period(datetime(year, 1, 1), datetime(year, 12, 1)) for year in (2021, 2022))
    before, after = (reader.count(CaseFilter(period=p, source=("hotline",), category3=leaves)) for p in years)
    return before, after


@pytest.mark.full
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


@pytest.mark.full
def test_the_monthly_topics_fell_as_published(whole: Reader) -> None:
    topics = [topic.topic for topic in whole.profile.topics if topic.year == 2022]
    volumes = {topic: topic_volumes(whole, topic) for topic in topics}
    assert len(volumes) == 13
    before, after = (sum(pair[i] for pair in volumes.values()) for i in (0, 1))
    assert after / before - 1 == pytest.approx(-0.36, abs=0.005)
    for topic, change in {"共享单车停放": -0.70, "集中供暖": -0.20}.items():
        assert volumes[topic][1] / volumes[topic][0] - 1 == pytest.approx(change, abs=0.005)


@pytest.mark.full
@pytest.mark.parametrize("surge", SURGES, ids=[surge.name for surge in SURGES])
def test_planted_surges_stand_out(whole: Reader, surge: object) -> None:
    first = datetime.combine(surge.start, datetime.min.time())  # type: ignore[attr-defined]
    where = CaseFilter(street=(surge.street,), category3=(surge.category3,))  # type: ignore[attr-defined]
    during = Period(first, first + timedelta(days=surge.days))  # type: ignore[attr-defined]
    before = Period(first - timedelta(days=surge.days), first)  # type: ignore[attr-defined]
    assert whole.count(where.replace(period=during)) > 5 * max(whole.count(where.replace(period=before)), 1)


@pytest.mark.full
def test_the_planted_hot_spot_is_the_densest_place_of_its_matters(whole: Reader) -> None:
    spot = load(whole.profile).hot_spot
    period = Period(*(datetime.combine(day, datetime.min.time()) for day in (spot.start, spot.end)))
    where = CaseFilter(period=period, category3=tuple(spot.category3))
    cells = whole.aggregate(["volume"], ["h3_cell", "street"], where, order_by="volume")
    assert cells["street"].iloc[0] == spot.street
    assert cells["volume"].iloc[0] > 5 * cells["volume"].median()


def test_nothing_happens_after_the_datas_clock(demo_store: Store, reader: Reader) -> None:
    times = ("created_at", "dispatched_at", "closed_at", "callback_at", "updated_at")
    latest = one(demo_store, f"SELECT greatest({', '.join(f'max({name})' for name in times)}) FROM cases")[0]
    assert latest == reader.as_of == datetime(2023, 1, 10, 10, 46)


def test_a_life_goes_forward(demo_store: Store) -> None:
    wrong = """SELECT count(*) FROM cases WHERE dispatched_at < created_at OR closed_at < dispatched_at
               OR callback_at < closed_at OR (is_valid_callback = 1 AND callback_at IS NULL)
               OR (is_closed = 1) <> (closed_at IS NOT NULL) OR (resolution <> '') <> (is_valid_callback = 1)"""
    assert one(demo_store, wrong)[0] == 0


def test_ids_are_unique_and_names_are_the_profiles(demo_store: Store, reader: Reader) -> None:
    profile = reader.profile
    assert one(demo_store, "SELECT count(*) - count(DISTINCT case_id) FROM cases")[0] == 0
    for dimension, known in (
        ("street", {street.name for street in profile.streets}),
        ("community", {community.name for community in profile.communities}),
        ("category3", {category.category3 for category in profile.categories}),
        ("unit", {unit.name for unit in profile.units}),
    ):
        assert set(reader.aggregate(["volume"], [dimension])[dimension]) <= known


def test_cases_lie_in_their_street(demo_store: Store, profile: Profile) -> None:
    left, bottom, right, top = profile.settings.geography.bbox or (0, 0, 0, 0)
    assert one(demo_store, f"SELECT count(*) FROM cases WHERE NOT (lon BETWEEN {left} AND {right} AND lat BETWEEN {bottom} AND {top})")[0] == 0  # fmt: skip


def test_no_personal_data(demo_store: Store) -> None:
    numbers = r"regexp_matches(content || title || address, '1[3-9]\d{9}|\d{17}[\dXx]')"
    assert one(demo_store, f"SELECT count(*) FROM cases WHERE {numbers}")[0] == 0


def test_same_seed_same_district(tmp_path: Path, profile: Profile) -> None:
    prints = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        store = store_for(f"duckdb:///{tmp_path / name}")
        demo.generate(store, profile, seed=seed, scale=0.002)
        prints.append(one(store, FINGERPRINT))
    assert prints[0] == prints[1] != prints[2]


def test_generating_again_replaces_and_can_be_undone(tmp_path: Path, profile: Profile) -> None:
    store = store_for(f"duckdb:///{tmp_path}")
    counts = [demo.generate(store, profile, scale=scale) for scale in (0.002, 0.004)]
    assert one(store, "SELECT count(*) FROM cases")[0] == counts[1] > counts[0]
    store.rollback()
    assert one(store, "SELECT count(*) FROM cases")[0] == counts[0]
    assert Reader.of(store, profile).is_synthetic


def test_living_on_adds_cases_and_closes_and_calls_back(tmp_path: Path, profile: Profile) -> None:
    store = store_for(f"duckdb:///{tmp_path}")
    demo.generate(store, profile, scale=0.01)
    state = "SELECT count(*), count(DISTINCT case_id), count(closed_at), count(callback_at) FROM cases"
    before, now = one(store, state), datetime(2023, 1, 10, 10, 46)
    world = make_world(profile, 2022, 0.01)
    go_on(store, world, np.random.default_rng(1), now, now + timedelta(hours=30))
    after = one(store, state)
    assert all(new > old for new, old in zip(after, before, strict=True))  # type: ignore[operator]
    assert after[0] == after[1]
    assert now < Reader.of(store, profile).as_of <= now + timedelta(hours=30)


def test_living_on_needs_a_demo_district(empty_store: Store, profile: Profile) -> None:
    with pytest.raises(StoreError, match="演示数据"):
        demo.live(empty_store, profile)
