"""python -m data_access watch: import the files that arrive in a folder, one at a time."""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from commands.output import say
from commands.results import begin_if_first, say_nearest, say_result
from data_access.cases.disks import refusal
from data_access.cases.errors import StoreBusy, StoreError
from data_access.cases.reader import Reader
from data_access.district.periods import beijing_now
from data_access.intake.importing import ImportFailed, ImportResult, import_file
from data_access.intake.mapping import MappingError

DONE, FAILED = "done", "failed"
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".swp")  # what programs call a file they still write
STILL = 2  # looks in a row at which a file has one size and one time: then it is finished
LOOK = 5.0  # seconds between looks
LATER = 12  # looks after which what was put off is tried again


class Inbox:
    """A folder in which files arrive. What is finished is given one by one, the oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[Path, tuple[tuple[int, int], int]] = {}
        self._told: dict[Path, str] = {}

    def finished(self) -> Iterator[Path]:
        """The files that have not changed for STILL looks; every call is a look.

        A file renamed into the folder has to lie still as well: from within nobody can tell it from one that grows.
        """
        here = {}
        for path in self.folder.iterdir():
            if path.is_file() and not path.name.startswith((".", "~$")) and path.suffix.lower() not in UNFINISHED:
                found = path.stat()
                here[path] = (found.st_size, found.st_mtime_ns)
        before, self._seen = self._seen, {}
        for path, stamp in here.items():
            known, looks = before.get(path, (None, 0))
            self._seen[path] = (stamp, looks + 1 if known == stamp else 1)
        ready = [path for path, (_, looks) in self._seen.items() if looks >= STILL]
        yield from sorted(ready, key=lambda path: (here[path][1], path.name))

    def put_off(self, path: Path, why: str) -> None:
        """Come back to a file after a while; why is said once."""
        self._seen[path] = (self._seen[path][0], STILL - LATER)
        if self._told.get(path) != why:
            self._told[path] = why
            sys.stderr.write(f"{why}\n")
            sys.stderr.flush()

    def put_away(self, path: Path, place: str, report: dict[str, object]) -> Path:
        """Move a file to a folder beside, under a name of its own, with a report beside it; returns where it is."""
        folder = self.folder / place
        folder.mkdir(exist_ok=True)
        target = folder / path.name
        if target.exists():
            target = folder / f"{path.stem}-{beijing_now():%Y%m%d-%H%M%S-%f}{path.suffix}"
        # The report first: a file that was put away has one, whenever the process ends.
        text = json.dumps({"文件": path.name, **report}, ensure_ascii=False, indent=1)
        target.with_name(f"{target.name}.report.json").write_text(text + "\n", encoding="utf-8")
        shutil.move(path, target)
        return target


def run_watch(options: argparse.Namespace, reader: Reader) -> int:
    """Import what arrives, without end, or once (`--once`); raises `StoreError` where another one watches."""
    folder: Path = options.folder
    if not folder.is_dir():
        raise StoreError(f"没有这个文件夹：{folder}")
    lock = FileLock(folder / ".watch.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreBusy(f"已有一个 watch 在看 {folder}：请先停下那一个") from error
    with lock:
        inbox, failed = Inbox(folder), 0
        for look in range(STILL) if options.once else itertools.count():
            if look:
                _wait(LOOK)
            for path in inbox.finished():
                failed += not _bring_in(inbox, path, options.mapping, reader)
    return 1 if failed else 0


def _bring_in(inbox: Inbox, path: Path, mapping: str | None, reader: Reader) -> bool:
    """Import a file and put it away; whether it came in. Where the store cannot be written it stays and is tried again.

    A process that ends between the import and the moving finds the file again: the same rows change nothing.
    """
    say(f"{beijing_now():%Y-%m-%d %H:%M} {path.name}")
    try:
        result = import_file(path, profile=reader.profile, store=reader.store, mapping=mapping)
        say_result(result)
        if result.batch_id:
            say_nearest(result, reader)
            begin_if_first(reader.latest())
        all_refused = bool(result.rows_read) and result.rejected == result.rows_read
        place, report = FAILED if all_refused else DONE, _report_of(result)
    except (ImportFailed, MappingError) as error:
        sys.stderr.write(f"失败：{error}\n")
        place, report = FAILED, {"时间": _now(), "原因": str(error)}
    except (StoreError, OSError) as error:  # nothing is wrong with the file
        inbox.put_off(path, f"暂时不能导入 {path.name}，会一再重试：{refusal(error) or error}")
        return False
    try:
        inbox.put_away(path, place, report)
    except OSError as error:
        inbox.put_off(path, f"{path.name} 已处理，但移不到 {place}/，会一再重试：{refusal(error) or error}")
        return False
    return place == DONE


def _report_of(result: ImportResult) -> dict[str, object]:
    return {
        "时间": _now(),
        "批次": result.batch_id or "没有变化",
        "读取": result.rows_read,
        "新增": result.inserted,
        "更新": result.updated,
        "未变": result.unchanged,
        "隔离": result.rejected,
        "提示": result.notes,
        "请核对": list(result.asked.lines),
    }


def _now() -> str:
    return beijing_now().isoformat(sep=" ", timespec="seconds")


def _wait(seconds: float) -> None:
    time.sleep(seconds)


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder", type=Path, help="放文件的文件夹；导入后移到其中的 done/ 或 failed/，旁边有 .report.json"
    )
    command.add_argument("--mapping", help="字段对照表：配置里的名称，或 .toml 文件路径；默认按表头自动识别")
    command.add_argument("--once", action="store_true", help="把已经放好的导完就结束；有失败的退出码为 1")
