"""What differs between a file and a server: who waits for whom, what a reader sees meanwhile, what a restart does."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, event, inspect, text

from data_access.district.people import Actor
from data_access.district.profile import Profile
from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger
from data_access.ledger.schema import matters

CENTRE = Actor("指挥员甲", "指挥中心")
FIELDS = {"unit": "某局", "reason": "已经逾期", "level": "督办"}
PROCESSES, EACH = 4, 10
# Starts on a word, so that all of them meet an empty database at the same moment.
WRITER = f"""
import sys
from data_access.district.people import Actor
from data_access.district.profile import current_profile
from data_access.ledger.ledger import Ledger
profile, actor = current_profile("dongcheng"), Actor(sys.argv[2], "指挥中心")
print("ready", flush=True)
sys.stdin.readline()
ledger = Ledger.at(sys.argv[1], profile)
for _ in range({EACH}):
    number = ledger.open_matter(profile.programme("supervision"), actor, "并发", fields={FIELDS!r})
    ledger.move(number, "note", actor, seen=1, text="记")
"""


def open_one(ledger: Ledger, profile: Profile, title: str = "漏雨", at: datetime | None = None) -> str:
    return ledger.open_matter(profile.programme("supervision"), CENTRE, title, fields=FIELDS, due_at=at, at=at)


@pytest.mark.slow
def test_processes_that_start_at_once_make_one_ledger_with_one_chain(ledger_url: str, profile: Profile) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, ledger_url, f"甲{nth}"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for nth in range(PROCESSES)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    said = [writer.communicate(timeout=60)[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * PROCESSES, said
    ledger = Ledger.at(ledger_url, profile)
    assert (verify(ledger.engine).events, verify(ledger.engine).broken) == (2 * EACH * PROCESSES, "")
    with ledger.engine.connect() as connection:
        who = connection.execute(text("SELECT who FROM matter_events")).scalars().all()
    assert {one: who.count(one) for one in who} == {f"甲{nth}": 2 * EACH for nth in range(PROCESSES)}


def test_a_step_taken_while_the_ledger_is_verified_is_no_damage(ledger: Ledger, profile: Profile) -> None:
    """A step falls between the verifier's reading of the events and of what they must add up to."""
    open_one(ledger, profile)
    other = Ledger.at(ledger.engine.url.render_as_string(hide_password=False), profile)

    @event.listens_for(ledger.engine, "after_cursor_execute")
    def _step_in(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "FROM matter_events" in statement:
            open_one(other, profile)

    meanwhile, afterwards = verify(ledger.engine), verify(other.engine)
    assert (meanwhile.events, meanwhile.broken, meanwhile.reason) == (1, "", "")
    assert (afterwards.events, afterwards.broken) == (2, "")
    other.engine.dispose()


@pytest.mark.parametrize("at", [datetime(2022, 5, 1, 23, 59, 59, 123456), datetime(2022, 5, 1)])
def test_times_and_texts_come_back_as_they_were(ledger: Ledger, profile: Profile, at: datetime) -> None:
    """The hashes are made before writing and checked after reading: not a digit may differ."""
    title = "😀 '引号' \"%s\" :冒号 \\反斜线\n换行"
    open_one(ledger, profile, title, at)
    row = ledger.matters("supervision", at).iloc[0]
    assert (row["title"], row["opened_at"], row["due_at"]) == (title, at, at)
    assert verify(ledger.engine).events == 1 and not verify(ledger.engine).broken


def test_an_older_ledger_gets_the_columns_it_lacks(ledger: Ledger, profile: Profile) -> None:
    number = open_one(ledger, profile)
    with ledger.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_matters_parent"))
        connection.execute(text("ALTER TABLE matters DROP COLUMN parent"))
    newer = Ledger.at(ledger.engine.url.render_as_string(hide_password=False), profile)
    looked_at = inspect(newer.engine)
    assert {one["name"] for one in looked_at.get_columns("matters")} == {one.name for one in matters.columns}
    assert {one["name"] for one in looked_at.get_indexes("matters")} == {one.name for one in matters.indexes}
    assert newer.matters("supervision")["matter_id"].tolist() == [number] and not verify(newer.engine).broken
    newer.engine.dispose()


def test_a_restarted_server_is_found_again(postgres_database: str, profile: Profile) -> None:
    ledger, other = Ledger.at(postgres_database, profile), create_engine(postgres_database)
    open_one(ledger, profile)
    with other.connect() as connection:
        ended = connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE datname = current_database() AND pid <> pg_backend_pid()")
        )  # fmt: skip
        assert ended.scalars().all()
    open_one(ledger, profile)
    assert verify(ledger.engine).events == 2
    ledger.engine.dispose()
    other.dispose()


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_writers_queue_whatever_the_server_is_set_to(postgres_database: str, profile: Profile, level: str) -> None:
    other = create_engine(postgres_database, isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {other.url.database} SET default_transaction_isolation = '{level}'")
    other.dispose()
    ledger, failures = Ledger.at(postgres_database, profile), list[Exception]()

    def write() -> None:
        try:
            for _ in range(10):
                open_one(ledger, profile)
        except Exception as problem:  # noqa: BLE001  a thread's error would be lost otherwise
            failures.append(problem)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert (verify(ledger.engine).events, verify(ledger.engine).broken) == (40, "")
    ledger.engine.dispose()
