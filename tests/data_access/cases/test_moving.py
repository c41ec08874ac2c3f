"""A store's current version moves whole into another, and nothing is lost, doubled or taken for another on the way."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from commands import main
from data_access.cases.clickhouse import ClickHouseStore
from data_access.cases.errors import StoreError
from data_access.cases.filters import CaseFilter
from data_access.cases.moving import move
from data_access.cases.postgres import PostgresStore
from data_access.cases.privacy import KEY_FILE
from data_access.cases.reader import Reader
from data_access.cases.schema import metadata
from data_access.cases.store import Store, store_for
from data_access.district.profile import Profile
from tests.data_access.cases.test_engines import unwatched
from tests.data_access.intake.test_import import load, newest, rows, write_csv


@pytest.fixture(params=["postgresql", "clickhouse"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store on a server."""
    if request.param == "clickhouse":
        return ClickHouseStore(request.getfixturevalue("clickhouse_database"), tmp_path / "server")
    return PostgresStore(request.getfixturevalue("postgres_database"), tmp_path / "server")


def content(store: Store) -> dict[str, pd.DataFrame]:
    """Every stored row, by table."""
    with store.reading() as connection:
        tables = {}
        for table in metadata.sorted_tables:
            held = pd.DataFrame(map(dict, connection.execute(table.select()).mappings()), columns=list(table.c.keys()))
            fractions = held.select_dtypes("float").round(9)  # ClickHouse reads the last bit otherwise
            held = held.assign(**fractions).astype(str)
            tables[table.name] = held.sort_values(list(held.columns), ignore_index=True)
        return tables


def test_there_and_back_every_row_is_what_it_was(demo_store: Store, server: Store, tmp_path: Path) -> None:
    back = store_for(f"duckdb:///{tmp_path / 'back'}")
    seen: list[tuple[int, int]] = []
    moved = move(demo_store, server, lambda done, whole: seen.append((done, whole)))
    assert seen[-1] == (moved, moved) and moved > 1000
    assert move(server, back, unwatched) == moved
    before, after = content(demo_store), content(back)
    for name in before:
        pd.testing.assert_frame_equal(before[name], after[name])
    assert back.kind == server.kind == demo_store.kind


def test_figures_are_the_same_and_nothing_is_moved_twice(demo_store: Store, server: Store, profile: Profile) -> None:
    move(demo_store, server, unwatched)
    here, there = Reader.of(demo_store, profile), Reader.of(server, profile)
    asked = (["volume", "resolution_rate", "repeat_share", "callers"], ["street"], CaseFilter())
    pd.testing.assert_frame_equal(here.aggregate(*asked), there.aggregate(*asked))
    first = here.list_cases(CaseFilter(), page_size=1)["case_id"].iloc[0]
    with pytest.raises(StoreError, match="只搬进空的库"):
        move(demo_store, server, unwatched)
    assert there.latest().version == there.version and there.get_case(first) is not None


def test_callers_stay_who_they_are(server: Store, tmp_path: Path) -> None:
    files = store_for(f"duckdb:///{tmp_path / 'files'}")
    load(write_csv(tmp_path / "a.csv", rows({})), files)
    move(files, server, unwatched)
    assert (server.folder / KEY_FILE).read_bytes() == (files.folder / KEY_FILE).read_bytes()
    load(write_csv(tmp_path / "b.csv", rows({"工单编号": "20220302000001"})), server)
    assert newest(server).aggregate(["volume", "callers"])[["volume", "callers"]].iloc[0].tolist() == [2, 1]


def test_another_key_is_refused_before_anything_is_moved(tmp_path: Path) -> None:
    files, target, third = (store_for(f"duckdb:///{tmp_path / name}") for name in ("files", "target", "third"))
    load(write_csv(tmp_path / "a.csv", rows({})), files)
    target.folder.mkdir()
    (target.folder / KEY_FILE).write_text("another")
    with pytest.raises(StoreError, match="另一个诉求人密钥"):
        move(files, target, unwatched)
    with pytest.raises(StoreError, match="没有可搬的"):
        move(target, third, unwatched)
    assert not target.exists and not third.exists


@pytest.mark.slow
def test_the_command_says_what_to_do_next(
    demo_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")
    assert main(["move", "--to", f"duckdb:///{tmp_path / 'new'}"]) == 0
    said = capsys.readouterr().out
    assert "原库未动" in said and "ledger backup" in said and str(demo_store.folder) in said
    assert main(["move"]) != 0 and "--to" in capsys.readouterr().err
