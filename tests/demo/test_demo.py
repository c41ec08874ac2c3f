"""The demo district: the published figures come out of the store, nothing happens after its clock, same seed same cases."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select, text

import demo
from data_access.cases.clickhouse import ClickHouseStore
from data_access.cases.errors import StoreError
from data_access.cases.files import FileStore
from data_access.cases.moving import move
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.cases.store import Store, store_for
from data_access.district.profile import Profile
from demo.live import go_on
from demo.world import World, make_world

SERVERS = {"duckdb": None, "postgres": PostgresStore, "clickhouse": ClickHouseStore}
NOW = datetime(2023, 1, 10, 10, 46)
FINGERPRINT = """SELECT count(*), bit_xor(hash(case_id, created_at, closed_at, street, caller_key, content, satisfaction))
                 FROM cases"""


def one(store: Store, statement: str) -> tuple[object, ...]:
    with store.reading() as connection:
        return tuple(connection.execute(text(statement)).one())


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


@pytest.mark.slow
def test_same_seed_same_district(tmp_path: Path, profile: Profile) -> None:
    prints = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        store = store_for(f"duckdb:///{tmp_path / name}")
        demo.generate(store, profile, seed=seed, scale=0.002)
        prints.append(one(store, FINGERPRINT))
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.slow
def test_generating_again_replaces_and_can_be_undone(tmp_path: Path, profile: Profile) -> None:
    store = store_for(f"duckdb:///{tmp_path}")
    counts = [demo.generate(store, profile, scale=scale) for scale in (0.002, 0.004)]
    assert one(store, "SELECT count(*) FROM cases")[0] == counts[1] > counts[0]
    store.rollback()
    assert one(store, "SELECT count(*) FROM cases")[0] == counts[0]
    assert Reader.of(store, profile).is_synthetic


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> tuple[Store, World]:
    """A little demo district, for going on from a copy of it."""
    store = store_for(f"duckdb:///{tmp_path_factory.mktemp('young')}")
    demo.generate(store, profile, scale=0.005)
    return store, make_world(profile, 2022, 0.005)


def lived_on(store: Store, world: World) -> pd.DataFrame:
    """The cases after a night and a day that go on in two steps, always the same."""
    draw = np.random.default_rng(1)
    for begun in (0, 14):
        go_on(store, world, draw, NOW + timedelta(hours=begun), NOW + timedelta(hours=begun + 16))
    return Reader.of(store, world.profile).read(select(*cases.c).order_by(cases.c.source, cases.c.case_id))


@pytest.mark.slow
@pytest.mark.parametrize("engine", [*SERVERS])
def test_living_on_adds_cases_and_closes_and_calls_back(
    request: pytest.FixtureRequest, tmp_path: Path, young: tuple[Store, World], engine: str
) -> None:
    (store, world), make = young, SERVERS[engine]
    there = make(request.getfixturevalue(f"{engine}_database"), tmp_path / "kept") if make else FileStore(tmp_path)
    move(store, there, lambda done, total: None)
    before, after = Reader.of(there, world.profile).read(select(*cases.c)), lived_on(there, world)
    assert len(after) > len(before) and not after.duplicated(["source", "case_id"]).any()
    assert (
        after[["closed_at", "callback_at"]].notna().sum() > before[["closed_at", "callback_at"]].notna().sum()
    ).all()
    assert NOW < Reader.of(there, world.profile).as_of <= NOW + timedelta(hours=30)
    if make:
        shutil.copytree(store.folder, tmp_path / "here")
        pd.testing.assert_frame_equal(after, lived_on(FileStore(tmp_path / "here"), world), check_dtype=False)


def test_living_on_needs_a_demo_district(empty_store: Store, profile: Profile) -> None:
    with pytest.raises(StoreError, match="演示数据"):
        demo.live(empty_store, profile)
