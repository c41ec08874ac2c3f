"""The trail is one chain whoever writes; every edit is seen; what is pruned leaves its trace; on both engines."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text, update

from data_access.district.people import Actor, Refused
from data_access.district.profile import Profile
from data_access.ledger.engine import engine_at
from data_access.ledger.keeping import back_up, restore
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import Place
from data_access.ledger.witness import Witness
from data_access.trail import sessions
from data_access.trail.anchors import Head, anchor, contradiction, heads_in
from data_access.trail.background import Background
from data_access.trail.reading import newest, people, search, verify
from data_access.trail.schema import (
    GENESIS,
    LONGEST,
    DoorClosed,
    Record,
    TrailProblem,
    hash_of,
    seal_of,
    trail_head,
    trail_records,
)
from data_access.trail.trail import LEAST_DAYS, Trail
from tests.data_access.ledger.stories import FIELDS

KEY = b"for tests"
START, END = datetime(2022, 5, 1), datetime(2022, 6, 1)


@pytest.fixture
def engine(ledger_url: str) -> Iterator[Engine]:
    made = engine_at(ledger_url)
    yield made
    made.dispose()


@pytest.fixture
def moments() -> list[datetime]:
    """What the trail's clock shows: the last one."""
    return [datetime(2022, 5, 1, 9)]


@pytest.fixture
def trail(engine: Engine, moments: list[datetime]) -> Trail:
    return Trail.at(engine, KEY, lambda: moments[-1])


def told(trail: Trail) -> list[str]:
    return list(search(trail, START, END)["what"])[::-1]


def lived(trail: Trail) -> None:
    trail.write(Record("login", "甲", address="10.0.0.1"))
    trail.write(*(Record("page", "甲", what=f"页{n}", details={"filter": {"street": ["东四街道"]}}) for n in range(4)))
    trail.write(Record("case", "乙", what="2022-1"), Record("export", "乙", details={"rows": 7, "case_id": ["2022-1"]}))


def test_what_is_written_is_found(trail: Trail, moments: list[datetime]) -> None:
    lived(trail)
    assert verify(trail).records == 7 and not verify(trail).broken
    assert people(trail, START, END) == ["乙", "甲"]
    assert list(search(trail, START, END, who="甲", kinds=["page"])["what"]) == ["页3", "页2", "页1", "页0"]
    assert list(search(trail, START, END, case="2022-1")["kind"]) == ["export", "case"]
    assert search(trail, START, END, case="2022").empty and search(trail, END, END + timedelta(days=9)).empty
    assert search(trail, START, END, kinds=["page"])["details"][0] == {"filter": {"street": ["东四街道"]}}
    assert newest(trail, "export") == {"rows": 7, "case_id": ["2022-1"]} and newest(trail, "rights") is None
    moments.append(datetime(2022, 4, 1))  # a clock that is set back takes the chain nowhere
    trail.write(Record("logout", "甲"))
    assert search(trail, START, END)["at"].is_monotonic_decreasing and not verify(trail).broken


def test_no_text_is_too_long_or_too_strange_to_be_kept(trail: Trail) -> None:
    trail.write(Record("page", "甲\x00", what="长" * 5000, details={"filter": ["\x00长"] * 9000}))
    kept = search(trail, START, END).iloc[0]
    assert kept["who"] == "甲" and len(kept["what"]) == LONGEST and kept["details"]["length"] > 9000
    assert not verify(trail).broken


EDITS = [
    *(f"UPDATE trail_records SET {column.name} = 'x' WHERE seq = 3"
      for column in trail_records.columns if column.name not in ("seq", "at", "details")),
    "UPDATE trail_records SET at = '2020-01-01 00:00:00.000000' WHERE seq = 3",
    "UPDATE trail_records SET details = '{}' WHERE seq = 3",
    "DELETE FROM trail_records WHERE seq = 1",
    "DELETE FROM trail_records WHERE seq = 4",
    "DELETE FROM trail_records WHERE seq = 7",
    "DELETE FROM trail_records",
    "UPDATE trail_records SET seq = 99 WHERE seq = 7",
    "UPDATE trail_head SET seq = 6",
    # The end cut off, and the head put where it now ends: without the key the seal does not fit.
    "DELETE FROM trail_records WHERE seq > 5; UPDATE trail_head SET seq = 5, "
    "hash = (SELECT hash FROM trail_records WHERE seq = 5)",
    "DELETE FROM trail_records WHERE seq < 4",
]  # fmt: skip


def test_no_edit_goes_unseen(trail: Trail) -> None:
    lived(trail)
    assert not verify(trail).broken
    for edit in EDITS:
        connection = trail.engine.execution_options(writing=True).connect()
        with connection, connection.begin() as change:
            for statement in edit.split("; "):
                connection.execute(text(statement))
            found = verify_within(trail, connection)
            change.rollback()
        assert found, edit
    assert not verify(trail).broken


def verify_within(trail: Trail, connection) -> str:  # type: ignore[no-untyped-def]
    """What `verify` says of a connection's uncommitted state."""

    class Same:
        dialect = trail.engine.dialect

        def execution_options(self, **_: object) -> Same:
            return self

        def connect(self) -> Same:
            return self

        def __enter__(self):  # type: ignore[no-untyped-def]
            return connection

        def __exit__(self, *_: object) -> None:
            pass

    return verify(Trail(Same(), trail.key)).broken  # type: ignore[arg-type]


def test_a_chain_made_without_the_key_does_not_fit(trail: Trail) -> None:
    lived(trail)
    assert verify(Trail(trail.engine, b"another")).broken.startswith("第 1 条")
    with pytest.raises(TrailProblem, match=r"ledger\.key"):
        Trail.at(trail.engine, b"")


WRITER = """
import sys
from data_access.ledger.engine import engine_at
from data_access.trail.schema import Record
from data_access.trail.trail import Trail
trail = Trail.at(engine_at(sys.argv[1]), b"for tests")
for number in range(20):
    trail.write(Record("page", sys.argv[2], what=str(number)))
"""


@pytest.mark.slow
def test_several_processes_write_one_chain(ledger_url: str) -> None:
    """They begin it as well: whoever comes first lays it out."""
    command = [sys.executable, "-c", WRITER, ledger_url]
    writers = [subprocess.Popen([*command, f"人{number}"]) for number in range(3)]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    engine = engine_at(ledger_url)
    found = verify(Trail.at(engine, KEY))
    assert (found.records, found.broken) == (60, "")
    engine.dispose()


def test_what_is_pruned_leaves_its_trace(trail: Trail, moments: list[datetime]) -> None:
    lived(trail)
    moments.append(moments[0] + timedelta(days=100))
    trail.write(Record("login", "丙"))
    with pytest.raises(TrailProblem, match=str(LEAST_DAYS)):
        trail.prune(LEAST_DAYS - 1, Record("prune", "管理员"))
    assert trail.prune(LEAST_DAYS, Record("prune", "管理员")) == 0  # nothing is that old, and nothing is said
    for day, gone, left in ((200, 7, 2), (281, 1, 2), (500, 2, 1)):
        moments.append(moments[0] + timedelta(days=day))
        assert trail.prune(LEAST_DAYS, Record("prune", "管理员")) == gone
        found = verify(trail)
        assert (found.broken, found.records) == ("", left)
        cut = newest(trail, "prune")
        assert cut and cut["records"] == gone and cut["through"] == found.first - 1
    with trail.engine.execution_options(writing=True).begin() as connection:
        connection.execute(text("DELETE FROM trail_records WHERE seq = (SELECT min(seq) FROM trail_records)"))
    assert verify(trail).broken


def test_an_older_trail_gets_its_new_columns(trail: Trail) -> None:
    lived(trail)
    with trail.engine.begin() as connection:
        connection.execute(text("ALTER TABLE trail_head DROP COLUMN format"))
        connection.execute(text("DROP TABLE trail_logins"))
    again = Trail.at(trail.engine, KEY)
    again.write(Record("page", "甲"))
    assert verify(again).records == 8 and not verify(again).broken
    with trail.engine.begin() as connection:
        connection.execute(text("UPDATE trail_head SET format = 99"))
    with pytest.raises(TrailProblem, match="升级程序"):
        Trail.at(trail.engine, KEY)


class Watching:
    """Acts are written into the trail in the transaction in which they are taken."""

    def __init__(self, trail: Trail, fails: bool = False) -> None:
        self.trail, self.fails, self.heard = trail, fails, list[str]()

    def taken(self, connection, events) -> None:  # type: ignore[no-untyped-def]
        self.trail.append(connection, [Record("act", row["who"], what=row["matter_id"]) for row in events])
        if self.fails:
            raise DoorClosed("审计写不进去")

    def refused(self, why: str) -> None:
        self.heard.append(why)


def test_an_act_is_recorded_or_not_taken(trail: Trail, profile: Profile, ledger_url: str) -> None:
    programme, actor = profile.programme("supervision"), Actor("甲", "指挥中心")
    Ledger.at(ledger_url, profile)
    watch = Watching(trail)
    ledger = Ledger(trail.engine, profile, watch=watch)
    number = ledger.open_matter(programme, actor, "漏雨", fields=FIELDS)
    assert told(trail) == [number]
    with pytest.raises(Refused):
        ledger.move(number, "nothing", actor, seen=1)
    watch.fails = True
    with pytest.raises(DoorClosed):
        ledger.move(number, "note", actor, seen=1, text="记")
    assert told(trail) == [number] and len(ledger.events(number)) == 1 and len(watch.heard) == 2
    assert not verify(trail).broken


def test_a_copy_of_the_ledger_holds_the_trail_and_brings_none_back_to_before(
    trail: Trail, profile: Profile, ledger_url: str, tmp_path: Path
) -> None:
    Ledger.at(ledger_url, profile)
    place = Place(ledger_url, Witness(tmp_path / "ledger.head"), tmp_path / "ledger.key")
    lived(trail)
    back_up(place, tmp_path / "copy.jsonl")
    trail.write(Record("case", "甲", what="后来的"))
    trail.engine.dispose()
    restore(place, tmp_path / "copy.jsonl")
    trail.engine.dispose()
    assert told(trail)[-1] == "后来的" and verify(trail).records == 8
    with trail.engine.begin() as connection:
        for table in ("trail_records", "trail_head", "trail_logins"):
            connection.execute(text(f"DROP TABLE {table}"))
    trail.engine.dispose()
    restore(place, tmp_path / "copy.jsonl")
    trail.engine.dispose()
    assert verify(trail).records == 7 and not verify(trail).broken


def test_a_login_ends_everywhere(trail: Trail, moments: list[datetime]) -> None:
    one, other, begun = sessions.key_of("s", "1"), sessions.key_of("s", "2"), moments[0]
    assert sessions.begin(trail, one) and not sessions.begin(trail, one)
    sessions.end(trail, one)
    assert sessions.is_over(trail, one, "a@x", begun) and not sessions.is_over(trail, other, "a@x", begun)
    sessions.end_all_of(trail, "a@x")
    later = begun + timedelta(minutes=1)
    assert sessions.is_over(trail, other, "a@x", begun) and not sessions.is_over(trail, other, "b@x", begun)
    assert not sessions.is_over(trail, sessions.key_of("s", "3"), "a@x", later)
    sessions.withdraw(trail, "b@x")
    assert sessions.is_over(trail, sessions.key_of("s", "4"), "b@x", later)
    sessions.give_back(trail, "b@x")
    assert not sessions.is_over(trail, sessions.key_of("s", "4"), "b@x", later)


def test_what_nobody_waits_for_is_written_and_what_is_lost_is_counted(trail: Trail) -> None:
    background, gate, works = Background(most=3), threading.Event(), [False]

    def opening() -> Trail:
        gate.wait(30)
        if not works[0]:
            raise TrailProblem("磁盘满")
        return trail

    for number in range(20):  # returns at once, although nothing can be written
        background.add(opening, Record("page", what=str(number)))
    gate.set()
    background.flush()
    assert background.missing == 20
    works[0] = True
    background.add(opening, Record("page", what="又能写了"))
    background.flush()
    assert newest(trail, "gap") == {"records": 20} and background.missing == 0
    assert told(trail)[-1] == "又能写了"


def test_random_bytes_are_found(trail: Trail) -> None:
    """Any one value of any row changed to another of its kind."""
    lived(trail)
    draw = random.Random(3)
    for _ in range(20):
        seq, column = draw.randrange(1, 8), draw.choice(["who", "what", "details", "result", "address", "kind"])
        with trail.engine.execution_options(writing=True).begin() as connection:
            was = connection.execute(text(f"SELECT {column} FROM trail_records WHERE seq = {seq}")).scalar()
            connection.execute(text(f"UPDATE trail_records SET {column} = {column} || ' ' WHERE seq = {seq}"))
        assert verify(trail).broken == f"第 {seq} 条", column
        with trail.engine.execution_options(writing=True).begin() as connection:
            change = text(f"UPDATE trail_records SET {column} = :was WHERE seq = {seq}")
            connection.execute(change, {"was": was})


def test_a_head_kept_elsewhere_finds_a_chain_that_was_written_anew(trail: Trail, tmp_path: Path) -> None:
    """By somebody who has the key: in itself such a chain is whole."""
    lived(trail)
    path = tmp_path / "heads"
    for _ in range(2):
        anchor(trail, path)
        trail.write(Record("page", "甲", what="又一页"))
    heads = heads_in(path)
    assert [head.seq for head in heads] == [7, 8] and contradiction(trail, heads) == ""
    records, key = trail_records, trail.key
    with trail.engine.execution_options(writing=True).begin() as connection:
        connection.execute(update(records).where(records.c.seq == 3).values(who="乙"))
        before = GENESIS
        for row in connection.execute(select(records).order_by(records.c.seq)).mappings().all():
            sealed = hash_of({**row, "before": before}, key)
            connection.execute(update(records).where(records.c.seq == row["seq"]).values(before=before, hash=sealed))
            before = sealed
        head = connection.execute(select(trail_head)).one()
        seal = seal_of(head.identity, head.seq, before, key)
        connection.execute(update(trail_head).values(hash=before, seal=seal))
    assert not verify(trail).broken and "重写过" in contradiction(trail, heads)
    path.write_text("没有", encoding="utf-8")
    with pytest.raises(TrailProblem, match="读不了"):
        heads_in(path)


def test_a_head_kept_elsewhere_finds_a_cut_end_and_lets_pruning_pass(trail: Trail, moments: list[datetime]) -> None:
    lived(trail)
    with trail.engine.connect() as connection:
        head = connection.execute(select(trail_head)).one()
    kept = Head(head.identity, head.seq, head.hash, "2022")
    assert "末尾被删去" in contradiction(trail, [replace(kept, seq=99)])
    assert "被换过" in contradiction(trail, [replace(kept, identity="x")])
    assert contradiction(trail, [kept, replace(kept, seq=0, hash="x")]) == ""
