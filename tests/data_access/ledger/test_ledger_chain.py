"""The ledger's chain: one whoever writes, every edit is seen, and a kill loses nothing that was acknowledged."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from data_access.district.people import Actor
from data_access.district.profile import Profile
from data_access.district.programmes import Programme
from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger
from data_access.ledger.schema import matter_events
from tests.data_access.ledger.stories import FIELDS, NOW, lived, opened


@pytest.mark.slow
def test_many_at_once_make_one_chain(ledger: Ledger, programme: Programme) -> None:
    def work(who: int) -> None:
        for _ in range(5):
            number = ledger.open_matter(programme, Actor(f"甲{who}", "指挥中心"), "并发", fields=FIELDS)
            ledger.move(number, "note", Actor(f"甲{who}", "指挥中心"), seen=1, text="记")

    threads = [threading.Thread(target=work, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(ledger.engine)
    assert (found.events, found.broken) == (80, "")
    assert len(ledger.matters("supervision", NOW)) == 40 and ledger.matters("supervision", NOW)["matter_id"].is_unique


EDITS = [
    *(f"UPDATE matter_events SET {column.name} = 'x' WHERE seq = 3"
      for column in matter_events.columns if column.name not in ("seq", "at", "fields")),
    "UPDATE matter_events SET at = '2020-01-01 00:00:00.000000' WHERE seq = 3",
    "UPDATE matter_events SET fields = '{}' WHERE seq = 3",
    "DELETE FROM matter_events WHERE seq = 2",
    "DELETE FROM matter_events WHERE seq = 6",
    "UPDATE matter_events SET seq = 99 WHERE seq = 6",
    "UPDATE ledger_head SET seq = 5",
    *(f"UPDATE matters SET {name} = 'x'" for name in ("kind", "parent", "title", "stage", "fields", "cases")),
    "UPDATE matters SET due_at = NULL",
    "UPDATE matters SET events = 5",
    "UPDATE matters SET opened_at = '2020-01-01 00:00:00.000000'",
    "DELETE FROM matters",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS)
def test_no_edit_goes_unseen(ledger: Ledger, programme: Programme, edit: str) -> None:
    lived(ledger, programme)
    assert not verify(ledger.engine).broken
    with ledger.engine.begin() as connection:
        connection.execute(text(edit))
    found = verify(ledger.engine)
    assert found.broken and found.reason
    if "seq = 3" in edit:
        assert found.broken.startswith("第 3 条")


@pytest.mark.slow
def test_random_edits_of_rows_are_each_found(tmp_path: Path, profile: Profile, programme: Programme) -> None:
    """Any one value of any row changed to another of its kind."""
    draw, path = random.Random(7), tmp_path / "ledger.db"
    ledger = Ledger.at(f"sqlite:///{path}", profile)
    for _ in range(4):
        lived(ledger, programme)
    ledger.engine.dispose()
    whole = path.read_bytes()
    for _ in range(60):
        path.write_bytes(whole)
        with sqlite3.connect(path) as connection:
            table = draw.choice(["matters", "matter_events"])
            rows = connection.execute(f"SELECT rowid, * FROM {table}")
            columns = [one[0] for one in rows.description[1:]]
            row = draw.choice(rows.fetchall())
            place = draw.randrange(len(columns))
            value = row[place + 1]
            other = value + 1000 if isinstance(value, int) else _altered(draw, str(value or ""), columns[place])
            connection.execute(f"UPDATE {table} SET {columns[place]} = ? WHERE rowid = ?", (other, row[0]))
        connection.close()
        touched = Ledger.at(f"sqlite:///{path}", profile)
        assert verify(touched.engine).broken, (table, columns[place], value, other)
        touched.engine.dispose()


def _altered(draw: random.Random, value: str, column: str) -> str:
    if column.endswith("at"):  # another moment
        return f"2020-01-{draw.randrange(1, 29):02} 00:00:00.000000"
    place = draw.randrange(len(value) + 1)
    return value[:place] + draw.choice("改甲x0") + value[place:]


def test_an_edit_of_the_files_bytes_is_found(tmp_path: Path, profile: Profile, programme: Programme) -> None:
    path = tmp_path / "ledger.db"
    ledger = Ledger.at(f"sqlite:///{path}", profile)
    lived(ledger, programme)
    ledger.engine.dispose()
    whole = path.read_bytes()
    for old, new in (("仍在漏", "不再漏"), ("经办乙", "经办丙"), ("重做防水", "没做防水"), ("漏雨逾期", "漏雨按期")):
        assert old.encode() in whole
        path.write_bytes(whole.replace(old.encode(), new.encode()))
        touched = Ledger.at(f"sqlite:///{path}", profile)
        assert verify(touched.engine).broken
        touched.engine.dispose()


WRITER = """
import sys
from data_access.district.people import Actor
from data_access.district.profile import current_profile
from data_access.ledger.ledger import Ledger
profile = current_profile("dongcheng")
ledger = Ledger.at(sys.argv[1], profile)
fields = {"unit": "某局", "reason": "已经逾期", "level": "督办"}
while True:
    number = ledger.open_matter(profile.programme("supervision"), Actor("甲", "指挥中心"), "断电", fields=fields)
    print(number, flush=True)
    ledger.move(number, "note", Actor("甲", "指挥中心"), seen=1, text="记")
    print(number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [3, 10, 25])
def test_a_kill_loses_nothing_that_was_acknowledged(
    ledger_url: str, profile: Profile, programme: Programme, after: int
) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, ledger_url], stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    acknowledged = [writer.stdout.readline().strip() for _ in range(after)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    ledger = Ledger.at(ledger_url, profile)
    found = verify(ledger.engine)
    assert not found.broken and found.events >= len(acknowledged)
    for number in set(acknowledged):
        assert len(ledger.events(number)) >= acknowledged.count(number)
    opened(ledger, programme)  # nobody waits for the dead one's turn to end
