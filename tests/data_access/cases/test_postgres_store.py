"""What a store on PostgreSQL does in its own way: one transaction moves the version, and rows end instead of going."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from data_access.cases.errors import NothingNew, StoreError, VersionGone
from data_access.cases.history import ASIDE, BEFORE, CURRENT, DEMO, REAL, Keeping
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import QueryFailed, Reader, open_reader
from data_access.cases.server_schema import SCHEMA, lay_out_server
from data_access.cases.store import store_for
from data_access.district.profile import Profile
from tests.data_access.cases.test_store import add, volume
from tests.test_architecture import ROOT


@pytest.fixture
def store(postgres_database: str, tmp_path: Path) -> PostgresStore:
    """A store nothing was ever written to."""
    return PostgresStore(postgres_database, tmp_path / "kept")


def bring_all(store: PostgresStore, con: object) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE wanted AS SELECT 'a' || i AS case_id FROM range(100) t(i)")  # type: ignore[attr-defined]
    store.bring(con, "wanted")  # type: ignore[arg-type]


def rows_held(store: PostgresStore) -> int:
    with store._writers.connect() as server:
        return int(server.exec_driver_sql(f"SELECT count(*) FROM {SCHEMA}.cases").scalar() or 0)


def test_each_version_stays_as_it_was(store: PostgresStore, profile: Profile) -> None:
    add(store, "a", 10)
    first = Reader.of(store, profile)
    with store.writing() as con:
        bring_all(store, con)
        con.execute("UPDATE cases SET street = '东四' WHERE case_id IN ('a1', 'a2')").fetchall()
        con.execute("DELETE FROM cases WHERE case_id = 'a3'").fetchall()
    second = first.latest()
    assert (first.count(), second.count()) == (10, 9)
    assert (first.options("street"), second.options("street")) == ([""], ["", "东四"])
    assert first.sql("SELECT count(*) AS n FROM cases WHERE street = '东四'")["n"].tolist() == [0]
    assert rows_held(store) == 12  # only what changed was written again


def test_what_was_undone_comes_back_by_name_until_the_next_import(store: PostgresStore) -> None:
    add(store, "a", 10)
    add(store, "b", 5)
    assert store.rollback() == "v000001" and volume(store) == 10
    assert {one.name: one.state for one in store.versions()} == {"v000002": ASIDE, "v000001": CURRENT}
    assert store.rollback("v000002") == "v000002" and volume(store) == 15
    store.rollback()
    add(store, "c", 1)
    assert volume(store) == 11 and rows_held(store) == 11
    assert {one.name: one.state for one in store.versions()} == {"v000003": CURRENT, "v000001": BEFORE}


def test_an_undone_deletion_is_undone_for_good(store: PostgresStore) -> None:
    add(store, "a", 10)
    with store.writing() as con:
        store.forget_everything(con)
    assert volume(store) == 0
    store.rollback()
    add(store, "b", 1)
    assert volume(store) == 11


def test_a_version_that_is_kept_no_more_says_so(store: PostgresStore, profile: Profile) -> None:
    add(store, "a", 10)
    old = Reader.of(store, profile)
    for number in range(Keeping().versions):
        add(store, f"b{number}-", 1)
    with pytest.raises(VersionGone, match="请刷新"):
        old.count()
    assert len(store.versions()) == Keeping().versions


def test_rows_that_no_kept_version_shows_are_dropped(store: PostgresStore) -> None:
    add(store, "a", 10)
    for _ in range(Keeping().versions + 1):
        with store.writing() as con:
            bring_all(store, con)
            con.execute("UPDATE cases SET rework_count = rework_count + 1").fetchall()
    assert rows_held(store) == 10 * Keeping().versions


def test_a_reader_of_an_undone_version_is_told(store: PostgresStore, profile: Profile) -> None:
    add(store, "a", 10)
    add(store, "b", 5)
    undone = Reader.of(store, profile)
    store.rollback()
    add(store, "c", 1)
    with pytest.raises(VersionGone, match="请刷新"):
        undone.count()


def test_no_reader_ever_sees_half_an_import(store: PostgresStore) -> None:
    add(store, "a", 100)
    seen, failures, done = set(), [], threading.Event()

    def poll() -> None:
        while not done.is_set():
            try:
                seen.add(volume(store))
            except Exception as error:  # noqa: BLE001 - whatever it is, the reader should not have met it
                failures.append(error)

    readers = [threading.Thread(target=poll) for _ in range(3)]
    for thread in readers:
        thread.start()
    for number in range(5):
        with store.writing() as con:
            bring_all(store, con)
            con.execute("DELETE FROM cases").fetchall()
            con.execute("INSERT INTO cases BY NAME FROM brought.cases")
            con.execute("UPDATE cases SET rework_count = ?", [number]).fetchall()
    done.set()
    for thread in readers:
        thread.join()
    assert not failures and seen == {100}


KILLED = """
import os, signal, sys
from pathlib import Path
from data_access.cases.postgres import PostgresStore
store, moment = PostgresStore(sys.argv[1], Path(sys.argv[2])), sys.argv[3]
original = getattr(PostgresStore, moment)
def stop(self, *given):
    if moment == "_write_head":  # everything is written, nothing is committed
        original(self, *given)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(PostgresStore, moment, stop)
with store.writing() as con:
    con.execute("insert into cases (case_id, source, created_at, created_day, batch_id) "
                "select 'x' || i, 'hotline', now(), today(), 9 from range(1000) t(i)")
"""


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "left"), [("_publish", 10), ("_write_head", 10), ("_prune", 1010)])
def test_a_writer_killed_at_any_point_leaves_a_whole_version(
    store: PostgresStore, moment: str, left: int, postgres_database: str
) -> None:
    add(store, "a", 10)
    command = [sys.executable, "-c", KILLED, postgres_database, str(store.folder), moment]
    killed = subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert killed.returncode == -signal.SIGKILL
    assert volume(store) == left
    add(store, "b", 1)  # and nobody is locked out
    assert volume(store) == left + 1


def test_nothing_new_publishes_nothing(store: PostgresStore) -> None:
    add(store, "a", 10)
    with store.writing() as con:
        con.execute("INSERT INTO cases BY NAME SELECT 'x' AS case_id, 'grid' AS source, now()::TIMESTAMP AS created_at, "
                    "today() AS created_day, 1 AS batch_id")  # fmt: skip
        raise NothingNew
    assert (store.version, volume(store)) == ("v000001", 10)


def test_whose_decisions_belong_to_it_is_kept(store: PostgresStore) -> None:
    with store.writing() as con:
        con.execute("INSERT INTO store_info VALUES ('synthetic', '1')")
    assert store.kind == DEMO
    with store.writing() as con:
        con.execute("DELETE FROM store_info WHERE key = 'synthetic'").fetchall()
    assert store.kind == REAL
    with pytest.raises(StoreError, match="--with-ledger"):
        store.rollback()


def test_laying_out_twice_changes_nothing_and_a_newer_layout_is_refused(store: PostgresStore, profile: Profile) -> None:
    add(store, "a", 10)
    with store._writers.connect() as server:
        lay_out_server(server)
        with server.begin():  # an older program's table lacks a column
            server.exec_driver_sql(f"ALTER TABLE {SCHEMA}.cases DROP COLUMN industry CASCADE")
        add(store, "b", 1)
        assert Reader.of(store, profile).aggregate(["volume"], ["industry"])["volume"].sum() == 11
        with server.begin():
            server.exec_driver_sql(f"UPDATE {SCHEMA}.head SET layout = 99")
    with pytest.raises(StoreError, match="请升级程序"):
        add(store, "c", 1)


def test_the_dashboard_needs_no_more_than_to_read(store: PostgresStore, profile: Profile) -> None:
    """The grants of docs/operations.md, word by word, are enough to read every version, and nothing else."""
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    grants = operations.split("<!-- grants -->")[1].split("```")[1].removeprefix("sql\n")
    role = f"viewer_{os.getpid()}"
    add(store, "a", 10)
    with create_engine(store.url, isolation_level="AUTOCOMMIT").connect() as server:
        server.connection.driver_connection.execute(grants.replace("viewer", role))  # type: ignore[union-attr]
        url = make_url(store.url).set(username=role, password="x").render_as_string(hide_password=False)
        viewer = PostgresStore(url, store.folder)
        add(store, "b", 5)
        try:
            assert volume(viewer) == 15 and Reader(viewer, profile, version="v000001").count() == 10
            with pytest.raises(QueryFailed, match="permission"):
                Reader.of(viewer, profile).sql(f"SELECT * FROM {SCHEMA}.cases")
            with pytest.raises(StoreError, match="没有改动任何数据"):
                add(viewer, "c", 1)
        finally:
            viewer._readers.dispose()
            for statement in (f"DROP OWNED BY {role}", f"DROP ROLE {role}"):
                server.exec_driver_sql(statement)


def test_the_address_decides_and_hides_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASES_FOLDER", str(tmp_path))
    store = store_for("postgresql://someone:secret@127.0.0.1:1/nowhere")
    assert isinstance(store, PostgresStore) and store.folder == tmp_path and "secret" not in store.address
    with pytest.raises(StoreError, match="连不上案件库") as failure:
        open_reader(url="postgresql://someone:secret@127.0.0.1:1/nowhere", profile="dongcheng")
    assert "secret" not in str(failure.value)
