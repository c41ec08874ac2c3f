"""What stores on servers do in their own way: rows end instead of going, and one last step moves the version."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from sqlalchemy import create_engine, event, inspect, make_url
from sqlalchemy.exc import DBAPIError

from data_access.cases.clickhouse import WRITER, ClickHouseStore
from data_access.cases.clickhouse_schema import HEAD
from data_access.cases.errors import NothingNew, StoreBusy, StoreError, VersionGone
from data_access.cases.filters import CaseFilter
from data_access.cases.history import ASIDE, BEFORE, CURRENT, DEMO, REAL, Keeping
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import Reader, open_reader
from data_access.cases.server import ServerStore
from data_access.cases.server_schema import SCHEMA
from data_access.cases.store import store_for
from data_access.district.profile import Profile
from tests.clickhouse import debians, engine
from tests.data_access.cases.test_store import add, volume
from tests.test_architecture import ROOT


@pytest.fixture
def on_postgres(postgres_database: str, tmp_path: Path) -> PostgresStore:
    return PostgresStore(postgres_database, tmp_path / "kept")


@pytest.fixture
def on_clickhouse(clickhouse_database: str, tmp_path: Path) -> ClickHouseStore:
    return ClickHouseStore(clickhouse_database, tmp_path / "kept")


@pytest.fixture(params=["on_postgres", "on_clickhouse"])
def store(request: pytest.FixtureRequest) -> ServerStore:
    """A store nothing was ever written to, on each engine."""
    found: ServerStore = request.getfixturevalue(request.param)
    return found


def bring_all(store: ServerStore, con: object) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE wanted AS SELECT 'a' || i AS case_id FROM range(100) t(i)")  # type: ignore[attr-defined]
    store.bring(con, "wanted")  # type: ignore[arg-type]


def rows_held(store: ServerStore) -> int:
    schema = store._database if isinstance(store, ClickHouseStore) else SCHEMA
    with store._readers.connect() as server:  # type: ignore[attr-defined]
        return int(server.exec_driver_sql(f"SELECT count(*) FROM {schema}.cases").scalar() or 0)


def test_each_version_stays_as_it_was(store: ServerStore, profile: Profile) -> None:
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


@pytest.mark.slow
def test_what_was_undone_comes_back_by_name_until_the_next_import(store: ServerStore) -> None:
    add(store, "a", 10)
    add(store, "b", 5)
    assert store.rollback() == "v000001" and volume(store) == 10
    assert {one.name: one.state for one in store.versions()} == {"v000002": ASIDE, "v000001": CURRENT}
    assert store.rollback("v000002") == "v000002" and volume(store) == 15
    store.rollback()
    add(store, "c", 1)
    assert volume(store) == 11 and rows_held(store) == 11
    assert {one.name: one.state for one in store.versions()} == {"v000003": CURRENT, "v000001": BEFORE}


def test_an_undone_deletion_is_undone_for_good(store: ServerStore) -> None:
    add(store, "a", 10)
    with store.writing() as con:
        store.forget_everything(con)
    assert volume(store) == 0
    store.rollback()
    add(store, "b", 1)
    assert volume(store) == 11


def test_a_version_that_is_kept_no_more_says_so(store: ServerStore, profile: Profile) -> None:
    add(store, "a", 10)
    old = Reader.of(store, profile)
    for number in range(Keeping().versions):
        add(store, f"b{number}-", 1)
    with pytest.raises(VersionGone, match="请刷新"):
        old.count()
    assert len(store.versions()) == Keeping().versions


@pytest.mark.slow
def test_rows_that_no_kept_version_shows_are_dropped(store: ServerStore) -> None:
    add(store, "a", 10)
    for _ in range(Keeping().versions + 1):
        with store.writing() as con:
            bring_all(store, con)
            con.execute("UPDATE cases SET rework_count = rework_count + 1").fetchall()
    assert rows_held(store) == 10 * Keeping().versions


def test_a_reader_of_an_undone_version_is_told(store: ServerStore, profile: Profile) -> None:
    add(store, "a", 10)
    add(store, "b", 5)
    undone = Reader.of(store, profile)
    store.rollback()
    add(store, "c", 1)
    with pytest.raises(VersionGone, match="请刷新"):
        undone.count()


@pytest.mark.slow
def test_no_reader_ever_sees_half_an_import(store: ServerStore) -> None:
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
from data_access.cases.store import store_for
store, moment = store_for(sys.argv[1]), sys.argv[2]
original, left = getattr(type(store), moment), int(sys.argv[3])
def stop(self, *given, **named):
    global left
    left -= 1
    if left >= 0:
        return original(self, *given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(type(store), moment, stop)
with store.writing() as con:
    con.execute("create temp table wanted as select 'a' || i as case_id from range(10) t(i)")
    store.bring(con, "wanted")
    con.execute("update cases set rework_count = 7 where case_id in ('a1', 'a2')").fetchall()
    con.execute("insert into cases (case_id, source, created_at, created_day, batch_id) "
                "select 'x' || i, 'hotline', now(), today(), 9 from range(1000) t(i)")
"""
# Killed before the so manieth call of what each engine does one after the other; the last is after publishing.
MOMENTS = {
    "on_postgres": [("_publish", 0), ("_write_head", 0), ("versions", 0)],
    "on_clickhouse": [("_publish", 0), ("_add_rows", 0), ("_close_rows", 1), ("_keep_history", 0), ("versions", 0)],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "moment", "after"), [(engine, *at) for engine, moments in MOMENTS.items() for at in moments]
)
def test_a_writer_killed_at_any_point_leaves_a_whole_version(
    request: pytest.FixtureRequest, profile: Profile, engine: str, moment: str, after: int
) -> None:
    store = request.getfixturevalue(engine)
    add(store, "a", 10)
    command = [sys.executable, "-c", KILLED, store.url, moment, str(after)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CASES_FOLDER": str(store.folder)}
    killed = subprocess.run(command, check=False, cwd=ROOT, env=environment)
    assert killed.returncode == -signal.SIGKILL

    def found() -> tuple[int, int]:
        reader = Reader.of(store, profile)
        return reader.count(), reader.count(CaseFilter(status=("reworked",)))

    whole = (1010, 2) if moment == "versions" else (10, 0)
    assert found() == whole
    add(store, "b", 1)  # and nobody is locked out, and nothing of it comes up later
    assert found() == (whole[0] + 1, whole[1])


def test_nothing_new_publishes_nothing(store: ServerStore) -> None:
    add(store, "a", 10)
    with store.writing() as con:
        con.execute("INSERT INTO cases BY NAME SELECT 'x' AS case_id, 'grid' AS source, now()::TIMESTAMP AS created_at, "
                    "today() AS created_day, 1 AS batch_id")  # fmt: skip
        raise NothingNew
    assert (store.version, volume(store)) == ("v000001", 10)


def test_whose_decisions_belong_to_it_is_kept(store: ServerStore) -> None:
    with store.writing() as con:
        con.execute("INSERT INTO store_info VALUES ('synthetic', '1')")
    assert store.kind == DEMO
    with store.writing() as con:
        con.execute("DELETE FROM store_info WHERE key = 'synthetic'").fetchall()
    assert store.kind == REAL
    with pytest.raises(StoreError, match="--with-ledger"):
        store.rollback()


def _told(store: ServerStore, statement: str) -> None:
    if isinstance(store, PostgresStore):
        with store._writers.begin() as server:
            server.exec_driver_sql(statement)
    else:
        with contextlib.closing(store._connect()) as client:  # type: ignore[attr-defined]
            client.command(statement)


def test_laying_out_twice_changes_nothing_and_a_newer_layout_is_refused(store: ServerStore, profile: Profile) -> None:
    add(store, "a", 10)
    store.lay_out()
    # An older program's table lacks a column.
    if isinstance(store, ClickHouseStore):
        _told(store, f"DROP VIEW {store._of('v000001')}.cases")
        _told(store, f"ALTER TABLE {store._database}.cases DROP COLUMN industry")
        newer = f"INSERT INTO {store._database}.{HEAD} SELECT id, step + 1, 99, current, history FROM {store._database}.{HEAD} ORDER BY step DESC LIMIT 1"
    else:
        _told(store, f"ALTER TABLE {SCHEMA}.cases DROP COLUMN industry CASCADE")
        newer = f"UPDATE {SCHEMA}.head SET layout = 99"
    add(store, "b", 1)
    assert Reader.of(store, profile).aggregate(["volume"], ["industry"])["volume"].sum() == 11
    _told(store, newer)
    with pytest.raises(StoreError, match="请升级程序"):
        add(store, "c", 1)


@pytest.mark.slow
def test_an_insert_that_is_lost_or_sent_twice_is_not_published(
    on_clickhouse: ClickHouseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(on_clickhouse, "a", 10)
    whole = ClickHouseStore._insert
    for lost_or_twice in (0, 2):

        def broken(store: ClickHouseStore, place: str, columns: Any, blocks: Any, times: int = lost_or_twice) -> None:
            for block in blocks:
                for _ in range(times):
                    whole(store, place, columns, iter([block]))

        monkeypatch.setattr(ClickHouseStore, "_insert", broken)
        with pytest.raises(StoreError, match="没有发布"):
            add(on_clickhouse, "b", 5)
        monkeypatch.undo()
        assert (on_clickhouse.version, volume(on_clickhouse)) == ("v000001", 10)
    add(on_clickhouse, "b", 5)
    assert volume(on_clickhouse) == rows_held(on_clickhouse) == 15


@pytest.mark.slow
def test_one_machine_waits_for_another_and_repair_frees_what_died(on_clickhouse: ClickHouseStore) -> None:
    add(on_clickhouse, "a", 10)
    _told(
        on_clickhouse,
        f"CREATE TABLE {on_clickhouse._database}.{WRITER} (owner String DEFAULT 'elsewhere') ENGINE = Memory",
    )
    with pytest.raises(StoreBusy, match="elsewhere"), on_clickhouse.writing(wait_seconds=0):
        pass
    assert on_clickhouse.repair() == "v000001"
    add(on_clickhouse, "b", 1)
    assert volume(on_clickhouse) == 11


@pytest.mark.slow
def test_a_server_that_is_too_old_is_said_so(tmp_path: Path) -> None:
    with debians() as address:
        store = ClickHouseStore(f"{address}/old", tmp_path)
        for asked in (lambda: store.version, store.lay_out):
            with pytest.raises(StoreError, match=r"太旧，要 25\.8 以上"):
                asked()


def test_the_documented_statements_are_clickhouse_s(clickhouse: str) -> None:
    """The engine in tests has a single account and no disk for backups: it reads what it cannot carry out."""
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    with contextlib.closing(clickhouse_connect.get_client(dsn=clickhouse.replace("clickhouse:", "http:"))) as client:
        for part in ("grants", "backup", "cluster"):
            shown = operations.split(f"<!-- clickhouse {part} -->")[1].split("```")[1].removeprefix("sql\n")
            for statement in shown.split(";\n")[:-1]:
                with pytest.raises(DatabaseError) as failure:
                    client.command(statement)
                assert "SYNTAX_ERROR" not in str(failure.value), statement
        with pytest.raises(DatabaseError, match="SYNTAX_ERROR"):
            client.command("GRANT SELECT cases.* viewer")


@pytest.mark.slow
def test_a_server_that_goes_away_is_said_so(tmp_path: Path, profile: Profile) -> None:
    with engine() as address:
        store = ClickHouseStore(f"{address}/gone", tmp_path)
        add(store, "a", 1)
        reader = Reader.of(store, profile)
        assert reader.count() == 1
    for asked in (lambda: store.version, lambda: reader.aggregate(["open"]), lambda: add(store, "b", 1)):
        with pytest.raises(StoreError, match=r"连不上案件库|写不进") as failure:
            asked()
        assert "refused" in str(failure.value) and "http" not in str(failure.value)


def test_what_every_page_asks_first_reads_no_whole_table(on_postgres: PostgresStore, profile: Profile) -> None:
    """The clock and the lists of the first filters, over which a page after each import waited for seconds."""
    store, asked = on_postgres, list[tuple[str, Any]]()
    with store.writing() as con:
        con.execute(
            """INSERT INTO cases BY NAME
               SELECT 'a' || i AS case_id, 'hotline' AS source, '东四街道' AS street, repeat('字', 300) AS content,
                      TIMESTAMP '2022-01-01' + INTERVAL 10 MINUTE * i AS created_at, created_at::DATE AS created_day,
                      created_at + INTERVAL 2 DAY AS closed_at, 1 AS batch_id
               FROM range(11_000) t(i)"""
        ).fetchall()
    event.listen(store._readers, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    reader = Reader.of(store, profile)
    assert reader.options("street") == ["东四街道"] and reader.options("source") == ["hotline"]
    assert reader.as_of == reader.span[1] + timedelta(days=2)
    whole = [(statement, given) for statement, given in asked if "FROM cases" in statement and "LIMIT" not in statement]
    with store.reading() as connection:
        plans = ["\n".join(connection.exec_driver_sql(f"EXPLAIN {words}", given).scalars()) for words, given in whole]
    assert len(plans) >= 5 and not [plan for plan in plans if "Seq Scan on cases" in plan]


def test_an_older_store_gets_the_indexes_that_it_lacks(on_postgres: PostgresStore) -> None:
    add(on_postgres, "a", 10)
    _told(on_postgres, f"DROP INDEX {SCHEMA}.cases_latest")
    add(on_postgres, "b", 1)
    with on_postgres._readers.connect() as server:
        assert inspect(server).has_index("cases", "cases_latest", schema=SCHEMA)


def test_the_dashboard_needs_no_more_than_to_read(on_postgres: PostgresStore, profile: Profile) -> None:
    """The grants of docs/operations.md, word by word, are enough to read every version, and nothing else."""
    store = on_postgres
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
            with viewer.reading() as connection, pytest.raises(DBAPIError, match="permission"):
                connection.exec_driver_sql(f"SELECT * FROM {SCHEMA}.cases")
            with pytest.raises(StoreError, match="没有改动任何数据"):
                add(viewer, "c", 1)
        finally:
            viewer._readers.dispose()
            for statement in (f"DROP OWNED BY {role}", f"DROP ROLE {role}"):
                server.exec_driver_sql(statement)


@pytest.mark.parametrize(("begins", "kind"), [("postgresql", PostgresStore), ("clickhouse", ClickHouseStore)])
def test_the_address_decides_and_hides_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins: str, kind: type[ServerStore]
) -> None:
    monkeypatch.setenv("CASES_FOLDER", str(tmp_path))
    url = f"{begins}://someone:secret@127.0.0.1:1/nowhere"
    store = store_for(url)
    assert isinstance(store, kind) and store.folder == tmp_path and "secret" not in store.address
    with pytest.raises(StoreError, match="连不上案件库") as failure:
        open_reader(url=url, profile="dongcheng")
    assert "secret" not in str(failure.value)
