"""No statement goes on without end: its limit, its asker's leaving and the readers' memory end it on the engine."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from data_access.cases import running
from data_access.cases.cache import Answers
from data_access.cases.clickhouse import ClickHouseStore
from data_access.cases.errors import NobodyWaits, StoreError, TooLong, TooMuch
from data_access.cases.files import FileStore
from data_access.cases.memory import share
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import QueryFailed, Reader
from data_access.cases.store import store_for
from data_access.cases.versions import Store
from data_access.district.profile import Profile
from tests.data_access.cases.test_store import add

JOINED = " || ".join(f"{name}.case_id" for name in "abcd")
ENDLESS = f"SELECT count(*) AS n FROM cases a, cases b, cases c, cases d WHERE {JOINED} = 'x'"
LONG = 60.0  # seconds: never waited for unless something is broken


@pytest.fixture(params=["duckdb", "postgresql", "clickhouse"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    found: Store = FileStore(tmp_path / "cases")
    if request.param == "postgresql":
        found = PostgresStore(request.getfixturevalue("postgres_database"), tmp_path / "kept")
    if request.param == "clickhouse":
        found = ClickHouseStore(request.getfixturevalue("clickhouse_database"), tmp_path / "kept")
    add(found, "a", 2000)
    return found


def until(state: Callable[[], Any]) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + LONG
    while not state():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def asked_of(store: Store, statement: str) -> Any:
    """The first figure that a statement gives."""
    with running.reading(store, store.version, LONG) as connection:
        return connection.exec_driver_sql(statement).scalar()


def is_idle() -> bool:
    """Whether this process, and with it an engine that runs in it, does nothing."""
    before = time.process_time()
    time.sleep(0.3)
    return time.process_time() - before < 0.1


@pytest.mark.slow
def test_a_statement_ends_at_its_limit(store: Store, profile: Profile) -> None:
    reader = Reader(store, profile, version=store.version, seconds=1)
    with pytest.raises(TooLong, match="超过了 1 秒"):
        reader.sql(ENDLESS)
    assert not running.RUNNING
    until(is_idle)
    assert reader.sql("SELECT count(*) AS n FROM cases")["n"].tolist() == [2000]  # the next one is not ended with it


def test_what_an_analyst_may_ask_says_that_it_was_too_long(profile: Profile) -> None:
    assert issubclass(TooLong, QueryFailed) and issubclass(TooLong, StoreError)
    assert profile.settings.limits.statement_seconds == 20


@pytest.mark.parametrize("engine", ["duckdb", "postgresql"])
def test_a_statement_ends_when_its_asker_leaves(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, profile: Profile
) -> None:
    store = (
        FileStore(tmp_path / "cases")
        if engine == "duckdb"
        else PostgresStore(request.getfixturevalue("postgres_database"), tmp_path / "kept")
    )
    add(store, "a", 2000)
    reader = Reader(store, profile, version=store.version, seconds=LONG)
    with ThreadPoolExecutor(1) as asker:
        asked = asker.submit(reader.sql, ENDLESS)
        until(lambda: running.RUNNING)
        thread = next(iter(running.RUNNING)).thread
        running.leave(thread)
        with pytest.raises(NobodyWaits):
            asked.result(LONG)
        with pytest.raises(NobodyWaits):  # and nothing is begun any more
            asker.submit(reader.sql, "SELECT 1").result(LONG)
    until(is_idle)
    if isinstance(store, PostgresStore):
        active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%%cases d%%'"
        until(lambda: asked_of(store, f"{active} AND pid <> pg_backend_pid()") == 0)


def test_clickhouse_is_told_which_statement_to_end(
    clickhouse_database: str, tmp_path: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ClickHouseStore(clickhouse_database, tmp_path / "kept")
    add(store, "a", 10)
    told: list[str] = []

    class Client:
        def command(self, statement: str) -> None:
            told.append(statement)

        def close(self) -> None:
            told.append("closed")

    with store.reading() as connection:
        end = store.ending(connection, 5)
        settings = connection.get_execution_options()["settings"]
        monkeypatch.setattr(store, "_connect", Client)
        end()
    assert settings["max_execution_time"] == 5
    assert told == [f"KILL QUERY WHERE query_id = '{settings['query_id']}' ASYNC", "closed"]


@pytest.mark.slow
def test_readers_have_a_memory_limit(tmp_path: Path, profile: Profile) -> None:
    store = FileStore(tmp_path / "cases", memory=256 << 20)
    add(store, "a", 20_000)
    reader = Reader(store, profile, version=store.version, seconds=LONG)
    with pytest.raises(TooMuch, match="内存"):
        asked_of(store, "SELECT len(list(a.case_id || b.case_id || a.case_id)) AS n FROM cases a, cases b")
    assert reader.count() == 20_000
    with pytest.raises(DBAPIError, match="locked"):
        asked_of(store, "SET memory_limit = '1TB'")


def test_the_memory_limit_is_said_or_a_quarter_of_the_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASES_MEMORY", "0.5")
    store = store_for(f"duckdb:///{tmp_path / 'said'}")
    add(store, "a", 1)
    with store.reading() as connection:
        said = connection.exec_driver_sql("SELECT current_setting('memory_limit')").scalar()
    assert said == "512.0 MiB"
    monkeypatch.setenv("CASES_MEMORY", "much")
    with pytest.raises(StoreError, match="CASES_MEMORY"):
        store_for(f"duckdb:///{tmp_path / 'other'}")
    assert 1 << 30 <= share(0.25) <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


class _Asked:
    """As much of a reader as a cache asks for."""

    store, version = "store", "v1"


def test_who_waits_for_an_answer_is_not_left_without_it() -> None:
    """The asker leaves while another waits for the same answer: that one gets it, asked anew where it was ended."""
    answers, key = Answers(), ("question", _Asked, ())
    begun, ended = threading.Event(), threading.Event()

    def left() -> str:
        begun.set()
        ended.wait(LONG)
        raise NobodyWaits("已停止")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(answers.get, key, left)
        begun.wait(LONG)
        second = pool.submit(answers.get, key, lambda: "answer")
        until(lambda: any(running.AWAITED.values()))
        ended.set()
        assert second.result(LONG) == "answer"
        with pytest.raises(NobodyWaits):
            first.result(LONG)
    assert answers.get(key, lambda: "another") == "answer"


def test_a_page_that_is_ended_takes_no_other_with_it() -> None:
    answers, key = Answers(), ("question", _Asked, ())

    def ended() -> str:
        raise SystemExit

    with pytest.raises(SystemExit):
        answers.get(key, ended)
    assert answers.get(key, lambda: "answer") == "answer"


def test_a_log_learns_what_was_asked_without_what_was_looked_for(reader: Reader) -> None:
    reader.sql("SELECT count(*) FROM cases")
    assert "FROM cases" in running.last_statement()
