"""Small imports write a log beside a base that versions share; everything that holds of versions holds of these."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType

import pytest

from data_access.cases import draft, files
from data_access.cases.draft import log_of
from data_access.cases.errors import StoreDamaged
from data_access.cases.files import FileStore
from data_access.cases.format import FORMAT, FORMAT_KEY
from data_access.cases.history import ASIDE, BEFORE, CURRENT, Keeping
from data_access.cases.reader import open_reader
from tests.data_access.cases.test_store import ADD, add, volume
from tests.data_access.cases.test_versions import states

SLOWLY_FILLED = 200_000  # bytes of a log in these tests, so that it is folded now and then


@pytest.fixture(autouse=True)
def _every_base_is_worth_a_log() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "WORTH_A_LOG", 0)
        yield


def base_of(store: FileStore, name: str) -> int:
    return (store.folder / f"{name}.duckdb").stat().st_ino


def log_length(store: FileStore, name: str) -> int:
    log = log_of(store.folder / f"{name}.duckdb")
    return log.stat().st_size if log.exists() else 0


@pytest.mark.slow
def test_a_small_import_writes_a_log_and_shares_the_base(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 1000)
    base = (tmp_path / "v000001.duckdb").read_bytes()
    for number in range(3):
        add(store, f"b{number}", 10)
        with store.writing() as con:
            con.execute(f"DELETE FROM cases WHERE case_id = 'a{number}'").fetchall()
    assert volume(store) == 1027 and store.version == "v000007"
    assert {base_of(store, info.name) for info in store.versions()} == {base_of(store, "v000007")}
    assert base == (tmp_path / "v000007.duckdb").read_bytes()
    assert 0 < log_length(store, "v000006") < log_length(store, "v000007") < 100_000
    # What all versions take together is what they take on the disk.
    on_disk = (tmp_path / "v000007.duckdb").stat().st_size + sum(log_length(store, one) for one in states(store))
    assert abs(sum(info.size_bytes for info in store.versions()) - on_disk) < len(states(store))


@pytest.mark.slow
def test_versions_with_logs_are_gone_back_to_and_thrown_away_like_others(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    for prefix, count in (("a", 1000), ("b", 10), ("c", 100)):
        add(store, prefix, count)
    assert store.rollback() == "v000002" and volume(store) == 1010
    add(store, "d", 1)  # from the second, not from what was undone
    assert volume(store) == 1011
    assert states(store) == {"v000004": CURRENT, "v000003": ASIDE, "v000002": BEFORE, "v000001": BEFORE}
    assert store.rollback("v000003") == "v000003" and volume(store) == 1110
    for number in range(5):
        with store.writing(keeping=Keeping(versions=2, days=0)) as con:
            con.execute(ADD, [f"e{number}", 1])
    assert len(store.versions()) == 2 and volume(store) == 1115
    with store.writing():
        pass
    assert {path.name for path in tmp_path.glob("*.wal")} == {f"{one}.duckdb.wal" for one in states(store)} | {
        "draft.duckdb.wal"
    }


@pytest.mark.slow
def test_a_long_log_and_a_large_import_make_a_new_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 1000)
    add(store, "b", 200_000)  # blocks of rows go to the file itself, before anybody knows whether it is published
    assert not log_length(store, "v000002") and base_of(store, "v000002") != base_of(store, "v000001")
    add(store, "c", 10)
    assert log_length(store, "v000003")
    monkeypatch.setattr(draft, "LONGEST_LOG", log_length(store, "v000003"))
    add(store, "d", 10)
    assert not log_length(store, "v000004") and volume(store) == 201_020
    assert store.rollback() == "v000003" and volume(store) == 201_010


def test_a_format_of_before_is_brought_up_to_date_in_a_log(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    with store.writing() as con:
        con.execute("ALTER TABLE cases DROP COLUMN industry")
        con.execute("UPDATE store_info SET value = '3' WHERE key = ?", [FORMAT_KEY]).fetchall()
    with store.writing():
        pass
    reader = open_reader(url=f"duckdb:///{tmp_path}", profile="dongcheng")
    assert reader.note(FORMAT_KEY) == str(FORMAT) and log_length(store, store.version)
    assert reader.aggregate(["volume"], ["industry"])["volume"].sum() == 10


@pytest.mark.parametrize("damage", ["gone", "short"])
def test_a_version_without_its_log_is_refused_and_passed_over(tmp_path: Path, damage: str) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    add(store, "b", 5)
    log = log_of(tmp_path / "v000002.duckdb")
    if damage == "gone":
        log.unlink()
    else:
        log.write_bytes(log.read_bytes()[:-40])
    fresh = FileStore(tmp_path)
    for ask in (lambda: volume(fresh), lambda: add(fresh, "c", 1)):
        with pytest.raises(StoreDamaged, match=r"v000002\.duckdb\.wal"):
            ask()
    assert fresh.repair() == "v000001" and volume(fresh) == 10


def test_where_a_file_has_one_name_only_each_version_is_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    store = FileStore(tmp_path)
    add(store, "a", 10)
    add(store, "b", 5)
    assert volume(store) == 15 and not log_length(store, "v000002")
    assert base_of(store, "v000001") != base_of(store, "v000002")


def test_a_copy_that_is_not_what_it_was_is_made_anew(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    add(store, "b", 5)
    with (tmp_path / "draft.duckdb").open("r+b") as copy:
        copy.write(b"\0" * 5000)
    add(store, "c", 1)
    assert volume(store) == 16


def keep_writing(folder: str, delay: float, say: Connection) -> None:
    """Add row after row, each acknowledged, until a signal that nobody handles ends the process where it stands."""
    files.WORTH_A_LOG, draft.LONGEST_LOG = 0, SLOWLY_FILLED
    store = FileStore(Path(folder))
    signal.setitimer(signal.ITIMER_PROF, delay)  # of processor time, so that a busy machine changes nothing
    while True:
        with store.writing(keeping=Keeping(versions=4, days=0)) as con:
            con.execute("INSERT INTO cases (case_id, source, created_at, created_day, batch_id, content) "
                        "SELECT 'n' || count(*), 'hotline', now(), today(), 1, repeat(md5('x'), 300) FROM cases"
                        ).fetchall()  # fmt: skip
        say.send_bytes(b"+")


def acknowledged(hear: Connection) -> int:
    """How often the other side said so before it ended."""
    count = 0
    try:
        while hear.recv_bytes():
            count += 1
    except EOFError:
        return count
    return count


@pytest.mark.slow
def test_thirty_kills_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A page that was tried before in this process may stand as its main module, which every writer would run first.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    store, dice = FileStore(tmp_path), random.Random(5)
    add(store, "n", 10)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    rows, kills, folded = 10, 0, set[int]()
    while kills < 30 or rows <= 40 or len(folded) < 2:  # until there was something to lose, in logs and in new bases
        assert kills < 300
        kills += 1
        hear, say = processes.Pipe(duplex=False)
        writer = processes.Process(target=keep_writing, args=(str(tmp_path), 0.02 + dice.random() * 0.4, say))
        writer.start()
        say.close()
        heard = acknowledged(hear)
        writer.join()
        assert writer.exitcode == -signal.SIGPROF
        found = volume(FileStore(tmp_path))
        assert found in (rows + heard, rows + heard + 1)
        rows = found
        folded.add(base_of(store, store.version))
    assert len(store.versions()) <= 5
    assert len(list(tmp_path.iterdir())) < 25
