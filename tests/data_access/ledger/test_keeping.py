"""A ledger is begun once, watched from outside, copied, put back and upgraded; on a file and on a server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, literal, select, text
from sqlalchemy.exc import SQLAlchemyError

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.people import Refused
from data_access.district.profile import Profile
from data_access.ledger.audit import verify
from data_access.ledger.engine import engine_at
from data_access.ledger.keeping import adopt, anchor, anchors_in, back_up, restore, upgrade
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import Place, begin_ledger, ledger_if_any, ledger_or_none_yet, open_ledger, place_of
from data_access.ledger.schema import FORMAT, GENESIS, hash_of
from data_access.ledger.witness import LedgerMissing, LedgerProblem
from tests.data_access.ledger.stories import CENTRE, FIELDS


@pytest.fixture
def district(empty_store: Store, profile: Profile, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader of a district's store whose ledger stands at the address of the engine that is tried."""
    monkeypatch.setenv("LEDGER_URL", ledger_url)
    return Reader.of(empty_store, profile)


@pytest.fixture
def place(district: Reader) -> Place:
    return place_of(district.store, is_demo=False)


@pytest.fixture
def ledger(district: Reader) -> Iterator[Ledger]:
    begun = begin_ledger(district)
    yield begun
    begun.engine.dispose()


def step(ledger: Ledger, title: str = "漏雨") -> str:
    return ledger.open_matter(ledger.profile.programme("supervision"), CENTRE, title, fields=FIELDS)


def titles(ledger: Ledger) -> list[str]:
    return sorted(ledger.matters("supervision")["title"])


def test_a_ledger_comes_to_be_only_when_it_is_begun(district: Reader) -> None:
    assert ledger_if_any(district) is None
    with pytest.raises(LedgerMissing, match="ledger init"):
        open_ledger(district)
    begun = begin_ledger(district)
    step(begun)
    assert titles(open_ledger(district)) == ["漏雨"]
    with pytest.raises(LedgerProblem, match="已有台账"):
        begin_ledger(district)


def emptied(place: Place) -> None:
    """The ledger as somebody deletes it."""
    if place.file:
        for path in place.file.parent.glob(f"{place.file.name}*"):
            path.unlink()
        return
    engine = engine_at(place.url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE matter_events, matters, ledger_head"))
    engine.dispose()


def test_a_deleted_ledger_is_refused_and_not_made_anew(district: Reader, place: Place, ledger: Ledger) -> None:
    step(ledger)
    emptied(place)
    for ask in (open_ledger, begin_ledger, ledger_if_any):
        with pytest.raises(LedgerProblem, match="restore"):
            ask(district)


def test_another_ledger_in_its_place_is_refused_until_it_is_adopted(
    district: Reader, place: Place, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    step(ledger)
    emptied(place)
    other = Ledger.at(place.url, district.profile, key=place.key())
    step(other, "另一本")
    other.engine.dispose()
    with pytest.raises(LedgerProblem, match="不是上次用的那一本"):
        open_ledger(district)
    assert adopt(place).seq == 1
    assert titles(open_ledger(district)) == ["另一本"]


def test_a_copy_is_put_back_whole(district: Reader, place: Place, ledger: Ledger, tmp_path: Path) -> None:
    step(ledger, "甲")
    file = tmp_path / "copy.jsonl.gz"
    assert back_up(place, file).seq == 1 and file.stat().st_mode & 0o077 == 0
    emptied(place)
    assert restore(place, file).seq == 1
    again = open_ledger(district)
    assert titles(again) == ["甲"] and not verify(again.engine, again.key).broken
    step(again, "乙")
    assert titles(open_ledger(district)) == ["乙", "甲"]


def test_an_older_copy_is_refused_unless_it_is_meant(
    district: Reader, place: Place, ledger: Ledger, tmp_path: Path
) -> None:
    step(ledger, "甲")
    back_up(place, tmp_path / "old.jsonl")
    step(ledger, "乙")
    with pytest.raises(LedgerProblem, match="会少 1 条"):
        restore(place, tmp_path / "old.jsonl")
    assert titles(open_ledger(district)) == ["乙", "甲"]
    restore(place, tmp_path / "old.jsonl", older=True)
    assert titles(open_ledger(district)) == ["甲"]


@pytest.mark.parametrize("damage", ["cut", "changed", "strange"])
def test_a_damaged_copy_changes_nothing(
    district: Reader, place: Place, ledger: Ledger, tmp_path: Path, damage: str
) -> None:
    for title in ("甲", "乙"):
        step(ledger, title)
    file = tmp_path / "copy.jsonl"
    back_up(place, file)
    lines = file.read_text(encoding="utf-8").splitlines()
    if damage == "cut":
        lines = lines[:-1]
    elif damage == "changed":
        lines = [line.replace("指挥员甲", "别人") for line in lines]
    else:
        lines = ["{}"]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(LedgerProblem):
        restore(place, file)
    assert titles(open_ledger(district)) == ["乙", "甲"]


def test_a_copy_goes_from_a_file_to_a_server(
    empty_store: Store, profile: Profile, postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEDGER_URL", raising=False)
    reader = Reader.of(empty_store, profile)
    step(begin_ledger(reader), "甲")
    back_up(place_of(empty_store, is_demo=False), tmp_path / "copy.jsonl")
    monkeypatch.setenv("LEDGER_URL", postgres_database)
    restore(place_of(empty_store, is_demo=False), tmp_path / "copy.jsonl")
    moved = open_ledger(reader)
    assert titles(moved) == ["甲"] and moved.engine.dialect.name == "postgresql"
    moved.engine.dispose()


def rewrite(ledger: Ledger, key: bytes) -> None:
    """The whole chain as whoever has this key writes it: one word of one event is another."""
    with ledger.engine.begin() as connection:
        rows = connection.execute(text("SELECT * FROM matter_events ORDER BY seq")).mappings().all()
        before = GENESIS
        for row in rows:
            at = row["at"] if isinstance(row["at"], datetime) else datetime.fromisoformat(row["at"])
            event = {**row, "at": at, "text": "改过", "before": before}
            event["hash"] = before = hash_of(event, key)
            connection.execute(
                text("UPDATE matter_events SET text = :text, before = :before, hash = :hash WHERE seq = :seq"),
                {name: event[name] for name in ("text", "before", "hash", "seq")},
            )
        connection.execute(text("UPDATE ledger_head SET hash = :hash"), {"hash": before})


def test_without_the_key_nobody_writes_the_chain_anew(district: Reader, ledger: Ledger) -> None:
    step(ledger)
    rewrite(ledger, b"")
    assert verify(ledger.engine, ledger.key).broken
    with pytest.raises(LedgerProblem, match="被改写过"):
        open_ledger(district)


def test_with_the_key_only_a_head_kept_elsewhere_tells(
    district: Reader, place: Place, ledger: Ledger, tmp_path: Path
) -> None:
    step(ledger)
    anchor(place, tmp_path / "heads")
    step(ledger, "乙")
    anchor(place, tmp_path / "heads")
    rewrite(ledger, ledger.key)
    assert not verify(ledger.engine, ledger.key).broken
    verdict = verify(ledger.engine, ledger.key, anchors_in(tmp_path / "heads"))
    assert verdict.broken == "第 1 条" and "另存" in verdict.reason


def test_a_lost_key_is_refused(district: Reader, place: Place, ledger: Ledger) -> None:
    step(ledger)
    place.key_file.unlink()
    with pytest.raises(LedgerProblem, match=r"ledger\.key"):
        open_ledger(district)


def test_an_older_ledger_is_upgraded_and_a_newer_one_refused(district: Reader, place: Place, tmp_path: Path) -> None:
    old = Ledger.at(place.url, district.profile)  # as the first ledgers were: no key, no identity, no format
    step(old, "甲")
    with old.engine.begin() as connection:
        for column in ("identity", "format", "sealed"):
            connection.execute(text(f"ALTER TABLE ledger_head DROP COLUMN {column}"))
    old.engine.dispose()
    with pytest.raises(LedgerProblem, match="ledger upgrade"):
        open_ledger(district)
    back_up(place, tmp_path / "before.jsonl")  # an old one can be copied first
    head = upgrade(place)
    assert head and head.seq == 1 and upgrade(place) is None
    now = open_ledger(district)
    step(now, "乙")
    assert titles(now) == ["乙", "甲"] and not verify(now.engine, now.key).broken
    with now.engine.begin() as connection:
        connection.execute(text(f"UPDATE ledger_head SET format = {FORMAT + 1}"))
    with pytest.raises(LedgerProblem, match="请升级程序"):
        open_ledger(district)


def test_time_never_runs_backwards(district: Reader, ledger: Ledger) -> None:
    clock = [datetime(2026, 5, 1, 12)]
    turned = Ledger(ledger.engine, ledger.profile, lambda: clock[0], ledger.key, ledger.witness)
    first = step(turned)
    clock[0] -= timedelta(days=3)
    turned.move(first, "note", CENTRE, seen=1, text="记")
    assert turned.events(first)["at"].is_monotonic_increasing


@pytest.mark.parametrize("jump", [timedelta(days=2), -timedelta(days=2)])
def test_a_step_can_be_taken_back_soon_after_it_whatever_the_clock_does(ledger: Ledger, jump: timedelta) -> None:
    clock = [datetime(2026, 5, 1, 12)]
    turned = Ledger(ledger.engine, ledger.profile, lambda: clock[0], ledger.key, ledger.witness)
    number = step(turned)
    clock[0] += jump
    with turned.writing() as pen:
        pen.undo(number, CENTRE, seen=1)
    assert turned.matters("supervision")["over"].all()


def test_and_not_later_whatever_the_clock_says(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    number, real = step(ledger), time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + 24 * 3600)
    with pytest.raises(Refused, match="不能撤销"), ledger.writing() as pen:
        pen.undo(number, CENTRE, seen=1)


LONG: dict[str, Callable[[Ledger], object]] = {
    "title": lambda ledger: step(ledger, "长" * 201),
    "text": lambda ledger: ledger.open_matter(
        ledger.profile.programme("supervision"), CENTRE, "漏雨", fields=FIELDS, text="长" * 3_000_000
    ),
    "field": lambda ledger: ledger.open_matter(
        ledger.profile.programme("supervision"), CENTRE, "漏雨", fields={**FIELDS, "unit": "长" * 5_001}
    ),
}


@pytest.mark.parametrize("what", LONG)
def test_texts_have_an_end(ledger: Ledger, what: str) -> None:
    with pytest.raises(Refused, match="最多"):
        LONG[what](ledger)
    assert ledger.is_empty


def test_what_is_known_outside_is_readable_and_private(place: Place, ledger: Ledger) -> None:
    step(ledger)
    told = json.loads(place.witness.path.read_text(encoding="utf-8"))
    assert told["seq"] == 1 and len(told["hash"]) == 64
    assert place.witness.path.stat().st_mode & 0o077 == place.key_file.stat().st_mode & 0o077 == 0


def test_what_was_written_stays_out_of_the_log(ledger_url: str) -> None:
    engine = engine_at(ledger_url)
    with engine.connect() as connection, pytest.raises(SQLAlchemyError, match="no_such_thing") as failure:
        connection.execute(select(func.no_such_thing(literal("张某某的诉求"))))
    engine.dispose()
    assert "张某某" not in str(failure.value)


def test_a_copy_that_fails_leaves_nothing(
    place: Place, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step(ledger)
    back_up(place, tmp_path / "copy.jsonl")
    before = (tmp_path / "copy.jsonl").read_bytes()

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("data_access.ledger.keeping.os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        back_up(place, tmp_path / "copy.jsonl")
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.jsonl"]
    assert (tmp_path / "copy.jsonl").read_bytes() == before


def test_where_no_ledger_was_begun_there_are_no_matters_and_none_can_be_opened(district: Reader, place: Place) -> None:
    none_yet = ledger_or_none_yet(district)
    assert "ledger init" in none_yet.absent
    assert none_yet.matters("supervision").empty
    with pytest.raises(Refused, match="ledger init"):
        step(none_yet)
    assert ledger_if_any(district) is None and not (place.file and place.file.exists())
