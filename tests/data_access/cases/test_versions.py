"""Where versions come from: ancestry, ways back and forward, numbers, what stays, what a lost pointer does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from data_access.cases.errors import NothingNew, StoreDamaged, StoreError
from data_access.cases.files import FileStore
from data_access.cases.filters import CaseFilter
from data_access.cases.format import FORMAT, FORMAT_KEY
from data_access.cases.history import ASIDE, BEFORE, CURRENT, DEMO, REAL, Keeping, VersionInfo, read_history, surplus
from data_access.cases.reader import open_reader
from data_access.intake import quality
from data_access.intake.loading import next_batch_id
from tests.data_access.cases.test_store import add, volume


def states(store: FileStore) -> dict[str, str]:
    return {info.name: info.state for info in store.versions()}


def test_rollback_goes_to_what_the_version_was_made_from_not_to_what_was_just_undone(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    add(store, "b", 5)
    store.rollback()
    add(store, "c", 1)  # made from the first; the second is aside
    assert states(store) == {"v000003": CURRENT, "v000002": ASIDE, "v000001": BEFORE}
    assert store.rollback() == "v000001" and volume(store) == 10


def test_there_is_a_way_forward(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    add(store, "b", 5)
    store.rollback()
    assert store.rollback("v000002") == "v000002" and volume(store) == 15
    with pytest.raises(StoreError, match="没有版本 v000009"):
        store.rollback("v000009")


KILLED = """
import os, signal, sys
from pathlib import Path
from data_access.cases.files import FileStore
store = FileStore(Path(sys.argv[1]))
original = FileStore._replace_file
def stop(self, name, text):
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    original(self, name, text)
FileStore._replace_file = stop
with store.writing() as con:
    con.execute("insert into cases (case_id, source, created_at, created_day, batch_id) values ('x', 'hotline', now(), today(), 9)")
"""


@pytest.mark.slow
@pytest.mark.parametrize("file", ["HISTORY", "CURRENT"])
def test_a_publish_killed_at_any_point_leaves_nothing_that_rollback_would_choose(tmp_path: Path, file: str) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    add(store, "b", 5)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), file], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (store.version, volume(store)) == ("v000002", 15)
    assert store.rollback() == "v000001"
    store.rollback("v000002")
    add(store, "c", 1)
    assert volume(store) == 16 and store.version not in ("v000001", "v000002")
    assert store.rollback() == "v000002"


def test_batch_numbers_are_never_used_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    for number in (1, 2):
        with store.writing() as con:
            assert next_batch_id(con) == number
            con.execute(
                "INSERT INTO import_batches SELECT ?, 'f', '', '', '', now(), now(), 1, 1, 0, 0, 0, ''", [number]
            ).fetchall()
    store.rollback()
    with store.writing() as con:
        assert next_batch_id(con) == 3


def test_what_came_in_is_told(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 1)
    with store.writing() as con:
        con.execute(
            "INSERT INTO import_batches SELECT 7, '工单.csv', '', '', '', now(), now(), 5, 3, 2, 0, 0, ''"
        ).fetchall()
    newest = store.versions()[0]
    assert (newest.parent, newest.what) == ("v000001", "批次 7 工单.csv：新增 3，更新 2")


def test_nothing_new_publishes_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    with store.writing() as con:
        con.execute("DELETE FROM cases")
        raise NothingNew
    assert (store.version, volume(store)) == ("v000001", 10) and not list(tmp_path.glob("*.writing*"))


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["missing", "empty", "elsewhere"])
def test_a_lost_pointer_is_refused_in_words_and_repaired(tmp_path: Path, damage: str) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    add(store, "b", 5)
    store.rollback()
    pointer = tmp_path / "CURRENT"
    pointer.unlink()
    if damage != "missing":
        pointer.write_text("" if damage == "empty" else "v000077")
    for ask in (lambda: store.version, lambda: store.exists, store.versions, lambda: add(store, "c", 1)):
        with pytest.raises(StoreDamaged, match="repair"):
            ask()
    assert store.repair() == "v000001" and volume(store) == 10  # the one that was current, not the newest
    assert store.repair("v000002") == "v000002" and volume(store) == 15


def test_repair_passes_over_what_cannot_be_read(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    add(store, "b", 5)
    (tmp_path / "v000002.duckdb").write_bytes(b"broken")
    (tmp_path / "CURRENT").unlink()
    assert store.repair() == "v000001"


def synthetic(store: FileStore, is_demo: bool) -> None:
    with store.writing() as con:
        con.execute("DELETE FROM store_info WHERE key = 'synthetic'").fetchall()
        if is_demo:
            con.execute("INSERT INTO store_info VALUES ('synthetic', '1')").fetchall()


def test_going_back_past_the_demo_says_that_the_ledger_changes(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    synthetic(store, True)
    assert store.kind == DEMO
    synthetic(store, False)
    assert store.kind == REAL
    with pytest.raises(StoreError, match="--with-ledger"):
        store.rollback()
    assert store.kind == REAL
    store.rollback(with_ledger=True)
    assert store.kind == DEMO


def info(name: str, day: int, size: int = 1) -> VersionInfo:
    return VersionInfo(name, "", datetime(2026, 11, day, 12), size, ASIDE, "", REAL)


def test_versions_stay_by_number_by_day_and_within_a_size() -> None:
    known = [
        info(f"v{n:06d}", day)
        for n, day in zip(range(12, 0, -1), [20, 20, 20, 20, 20, 19, 19, 18, 15, 14, 13, 1], strict=True)
    ]
    gone = {one.name for one in surplus(known, Keeping(4, 7, 20), datetime(2026, 11, 20, 13))}
    # The newest four; the last of the 19th, 18th, 15th and 14th; not a second of a day, nor what is older than a week.
    assert gone == {"v000008", "v000006", "v000002", "v000001"}
    large = [info(f"v{n:06d}", 20, 9 * 10**9) for n in range(9, 0, -1)]
    kept = {one.name for one in large} - {one.name for one in surplus(large, Keeping(4, 7, 20), datetime(2026, 11, 20))}
    assert kept == {"v000009", "v000008"}


@pytest.mark.slow
def test_a_cron_that_brings_nothing_keeps_the_last_good_version(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    for _ in range(20):
        with store.writing():
            raise NothingNew
    assert [one.name for one in store.versions()] == ["v000001"]


def test_a_newer_format_is_refused_and_an_older_one_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    file = tmp_path / "v000001.duckdb"
    with duckdb.connect(str(file)) as con:  # as the first stores were: no format, no history, a column fewer
        con.execute("DELETE FROM store_info")
        con.execute("ALTER TABLE cases DROP COLUMN industry")
    (tmp_path / "HISTORY").unlink()
    with store.writing():
        pass
    assert open_reader(url=f"duckdb:///{tmp_path}", profile="dongcheng").note(FORMAT_KEY) == str(FORMAT)
    assert (
        volume(store) == 10
        and open_reader(url=f"duckdb:///{tmp_path}").aggregate(["volume"], ["industry"])["volume"].sum() == 10
    )
    with store.writing() as con:
        con.execute("UPDATE store_info SET value = ? WHERE key = ?", [str(FORMAT + 1), FORMAT_KEY]).fetchall()
    for ask in (lambda: open_reader(url=f"duckdb:///{tmp_path}"), lambda: add(store, "b", 1)):
        with pytest.raises(StoreError, match="请升级程序"):
            ask()


def test_a_store_that_kept_no_words_is_read_and_upgraded(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    file = tmp_path / "v000001.duckdb"
    with duckdb.connect(str(file)) as con:  # as it was in format 2, when a strange word counted as dissatisfied
        con.execute("DROP TABLE unread_words")
        con.execute("UPDATE store_info SET value = '2' WHERE key = ?", [FORMAT_KEY])
        con.execute(
            "UPDATE cases SET is_valid_callback = 1, is_contacted = 1, resolution = 'yes', satisfaction = '5星'"
        )
    url, half = f"duckdb:///{tmp_path}", CaseFilter(street=("x",))
    old = open_reader(url=url, profile="dongcheng")
    assert not old.keeps_unread_words
    words = quality.unknown_words(old)
    assert words[["field", "word", "cases"]].values.tolist() == [["satisfaction", "5星", 10]]
    assert open_reader(url=url, profile="dongcheng", scope=half).count() == 0
    assert old.aggregate(["satisfaction_rate"])["satisfaction_rate"].isna().all()
    with store.writing():
        pass
    new = open_reader(url=url, profile="dongcheng")
    assert new.note(FORMAT_KEY) == str(FORMAT) and new.keeps_unread_words
    assert quality.unknown_words(new)["cases"].tolist() == [10] and volume(store) == 10


def test_a_store_whose_words_had_no_source_is_read_and_upgraded(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 2)
    with duckdb.connect(str(tmp_path / "v000001.duckdb")) as con:  # as it was in format 3
        con.execute("ALTER TABLE unread_words DROP COLUMN source")
        con.execute("UPDATE store_info SET value = '3' WHERE key = ?", [FORMAT_KEY])
        con.execute("UPDATE cases SET is_valid_callback = -1")
        con.execute("INSERT INTO unread_words SELECT case_id, 'is_valid_callback', '回过' FROM cases")
    url = f"duckdb:///{tmp_path}"
    assert quality.unknown_words(open_reader(url=url, profile="dongcheng")).empty
    half = open_reader(url=url, profile="dongcheng", scope=CaseFilter(street=("x",)))
    assert half.count() == 0 and quality.unknown_words(half).empty
    with store.writing():
        pass
    words = quality.unknown_words(open_reader(url=url, profile="dongcheng"))
    assert words[["source", "word", "cases"]].values.tolist() == [["hotline", "回过", 2]]


FULL = """
import resource, sys
from pathlib import Path
from data_access.cases.errors import StoreError
from data_access.cases.files import FileStore
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with FileStore(Path(sys.argv[1])).writing() as con:
        con.execute("insert into cases (case_id, source, created_at, created_day, batch_id) select 'x' || i || repeat(md5(i::varchar), 20), 'hotline', now(), today(), 9 from range(200000) t(i)").fetchall()
except StoreError as error:
    sys.exit(f"REFUSED {error}")
"""


@pytest.mark.slow
def test_a_disk_that_takes_no_more_changes_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 10)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), str(4 << 20)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "REFUSED 写不进" in done.stderr and "没有改动任何数据" in done.stderr, done.stderr
    assert (store.version, volume(store)) == ("v000001", 10)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="只有管理员能换成别的账号来试没有权限的文件夹")
def test_a_folder_without_permission_is_refused_in_words(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    add(store, "a", 10)
    for path in (*tmp_path.parents, tmp_path, store.folder, *store.folder.iterdir()):
        if str(path).startswith("/tmp/"):
            path.chmod(0o755 if path.is_dir() else 0o644)
    # Everything is loaded before the account changes: the other one may not even read the program.
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom data_access.cases.errors import StoreError\n"
        "from data_access.cases.files import FileStore\nos.setgid(65534); os.setuid(65534)\n"
        "try:\n    with FileStore(Path(sys.argv[1])).writing(): pass\n"
        "except StoreError as error: sys.exit(f'REFUSED {error}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(store.folder)], capture_output=True, text=True, check=False
    )
    assert "REFUSED 写不进" in done.stderr and "没有写入权限" in done.stderr, done.stderr
    assert volume(store) == 10


def test_data_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    add(store, "a", 1)
    assert {path.name: path.stat().st_mode & 0o077 for path in store.folder.iterdir() if path.suffix != ".lock"} == {
        "CURRENT": 0, "HISTORY": 0, "v000001.duckdb": 0,
    }  # fmt: skip
    assert read_history(store.folder) is not None
