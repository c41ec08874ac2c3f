"""A disk that takes no more, takes nothing, or has lost something: every command ends in a sentence, and nothing is lost."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commands import main
from data_access.cases.files import FileStore
from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.district.people import Actor
from data_access.district.profile import current_profile
from data_access.ledger.opening import open_ledger
from data_access.ledger.witness import LedgerProblem
from tests.data_access.intake.sources import Source, mapping_file
from tests.data_access.intake.test_sync import orders

ORDER = {"unit": "某局", "reason": "领导批示", "level": "督办"}
IS_ROOT = os.geteuid() == 0


class Disk:
    """A small disk of its own, where this machine lets one be mounted; else a folder with the same refusals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
        self.is_mounted = IS_ROOT and subprocess.run(command, check=False, capture_output=True).returncode == 0
        self._view = folder.with_name("view")
        self._limit = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        if not self.is_mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024, self._limit[1]))
            return
        with (self.folder / "filling").open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def lock(self) -> Path:
        """The folder of the store as one that takes nothing."""
        if not self.is_mounted:
            (self.folder / "store").chmod(0o500)
            return self.folder / "store"
        self._view.mkdir()
        subprocess.run(["mount", "--bind", str(self.folder), str(self._view)], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(self._view)], check=True)
        return self._view / "store"

    def release(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limit)
        (self.folder / "filling").unlink(missing_ok=True)

    def close(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limit)
        if self._view.exists():
            subprocess.run(["umount", "--lazy", str(self._view)], check=True)
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
        else:
            (self.folder / "store").chmod(0o700)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "disk")
    yield made
    made.close()


@pytest.fixture
def store(disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    """Two versions of real cases on the small disk, and a ledger."""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{disk.folder / 'store'}")
    for name in ("first", "second"):
        assert main(["import", str(file_of(tmp_path, name))]) == 0
    made = store_for()
    assert isinstance(made, FileStore)
    return made


def file_of(folder: Path, name: str) -> Path:
    path = folder / f"{name}.csv"
    path.write_text(f"工单编号,来电时间\n{name},2022-03-01 09:00:00\n", encoding="utf-8")
    return path


def count(store: FileStore) -> int:
    return Reader.of(FileStore(store.folder), current_profile()).count()


def commands(folder: Path) -> dict[str, list[str]]:
    source = Source(f"sqlite:///{folder / 'orders.db'}")
    source.add(*orders(0, 5))
    return {
        "import": ["import", str(file_of(folder, "third"))],
        "rollback": ["rollback"],
        "repair": ["repair"],
        "demo": ["demo", "--replace", "--scale", "0.005"],
        "sync": ["sync", "--from", source.url, "--mapping", str(mapping_file(folder))],
        "ledger": ["ledger", "backup", "--file", str(folder / "disk" / "store" / "backup.gz")],
    }


@pytest.mark.slow
@pytest.mark.parametrize("refusal", ["full", "read-only"])
def test_every_command_ends_in_a_sentence_and_nothing_is_lost(
    disk: Disk,
    store: FileStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    refusal: str,
) -> None:
    asked = commands(tmp_path)
    if refusal == "full":
        disk.fill()
    else:
        monkeypatch.setenv("CASES_URL", f"duckdb:///{disk.lock()}")
    version = store.version
    for name, command in asked.items():
        capsys.readouterr()
        assert main(command) == 1, name
        said = capsys.readouterr().err
        assert said.startswith("失败：") and said.count("\n") == 1, (name, said)
        expected = ("磁盘已满", "文件大小的限制") if refusal == "full" else ("只读", "没有写入权限")
        assert any(words in said for words in expected), (name, said)
        assert (FileStore(store.folder).version, count(store)) == (version, 2), name
    if refusal == "full":
        disk.release()
        assert main(asked["import"]) == 0 and count(store) == 3


@pytest.mark.slow
def test_a_step_that_the_disk_refuses_is_said_and_not_half_kept(disk: Disk, store: FileStore) -> None:
    reader = Reader.of(store, current_profile())
    ledger, programme = open_ledger(reader), reader.profile.programme("supervision")
    who = Actor("区领导甲", "区领导")
    first = ledger.open_matter(programme, who, "先办的一件", fields=ORDER)
    disk.fill()
    said = ""
    for number in range(200):  # what the log of the database still takes is in
        try:
            ledger.open_matter(programme, who, f"第 {number} 件", fields=ORDER, text="字" * 2000)
        except LedgerProblem as error:
            said = str(error)
            break
    assert "磁盘已满" in said or "文件大小的限制" in said
    disk.release()
    assert main(["ledger", "verify"]) == 0
    kept = open_ledger(reader).matters("supervision")
    assert first in set(kept["matter_id"]) and len(kept) == number + 1


BROKEN: dict[str, Callable[[Path], object]] = {
    "no pointer": lambda folder: (folder / "CURRENT").unlink(),
    "a pointer of rubbish": lambda folder: (folder / "CURRENT").write_bytes(b"\xff\xfe\0rubbish"),
    "a folder for a pointer": lambda folder: ((folder / "CURRENT").unlink(), (folder / "CURRENT").mkdir()),
    "no file": lambda folder: (folder / "v000002.duckdb").unlink(),
    "a file of rubbish": lambda folder: (folder / "v000002.duckdb").write_bytes(b"rubbish" * 9000),
    "half a file": lambda folder: os.truncate(folder / "v000002.duckdb", 9000),
    "a history of rubbish": lambda folder: (folder / "HISTORY").write_bytes(b"\xff\xfe\0rubbish"),
}


@pytest.mark.parametrize("damage", BROKEN)
def test_what_is_lost_is_said_with_the_way_back(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "store"
    store = FileStore(folder)
    for name in ("first", "second"):
        with store.writing() as con:
            con.execute(
                "INSERT INTO cases (case_id, source, created_at, created_day, batch_id) "
                "VALUES (?, 'hotline', now(), today(), 1)", [name],
            ).fetchall()  # fmt: skip
    BROKEN[damage](folder)
    monkeypatch.setenv("CASES_URL", f"duckdb:///{folder}")
    store_for.__globals__["_files_in"].cache_clear()
    for command in (["import", str(file_of(tmp_path, "third"))], ["status"], ["sql", "SELECT 1"]):
        capsys.readouterr()
        assert main(command) == 1, command
        said = capsys.readouterr().err
        assert said.startswith("失败：") and ("请" in said), (command, said)
