"""python -m data_access sync: follow a live source, once or every few minutes."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterator

from commands.audit import note_import
from commands.output import say
from commands.results import begin_if_first, say_nearest, say_result
from data_access.cases.errors import StoreBusy, StoreError
from data_access.cases.reader import Reader
from data_access.district.periods import beijing_now
from data_access.intake.contact import Contact, contact_with, keep_contact
from data_access.intake.importing import ImportFailed, ImportResult
from data_access.intake.live import LiveSource, Moment, SourceLost, SourceUnusable, like
from data_access.intake.mapping import load_mapping, path_of
from data_access.intake.syncing import Sync

FROM = "SYNC_FROM"  # the variable that may name the source: what stands on a command line, others on the machine see
TRIES = 5  # of a single sync
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0  # seconds between tries; doubled each time


def run_sync(options: argparse.Namespace, reader: Reader) -> int:
    """Bring in what changed, once or without end; raises `SourceUnusable`, `StoreError` and what an import raises."""
    url = options.source or os.environ.get(FROM, "")
    if not url:
        raise SourceUnusable(f"请用 --from 写源库的地址，或设环境变量 {FROM}（地址里有密码时用后者）")
    path = path_of(reader.profile, options.mapping)
    source = LiveSource(url, load_mapping(path))
    sync = Sync(source, path.stem, reader.profile, reader.store, options.replace_demo)
    with sync.alone():
        if options.since or options.until:
            _tell(reader, sync, _again(sync, options.since, options.until))
            return 0
        _follow(reader, sync, options.every)
    return 0


def _again(sync: Sync, since: dt.datetime | None, until: dt.datetime | None) -> Iterator[ImportResult]:
    """What changed within a stretch, read once more."""
    sync.source.check()
    if not sync.source.told_by:
        raise SourceUnusable("来源没有修改时间列，不能按范围补读：不写 --since、--until，每次都会读全部")
    sample = sync.source.sample

    def as_kept(moment: dt.datetime | None) -> Moment | None:
        return None if moment is None else like(sample, moment)

    yield from sync.again(as_kept(since), as_kept(until))


def _follow(reader: Reader, sync: Sync, every: float) -> None:
    """Round after round, once where `every` (minutes) is 0; what goes wrong on the way is tried again."""
    failed, told = 0, ""
    while True:
        began = time.monotonic()
        try:
            sync.source.check()
            _tell(reader, sync, sync.round(), quiet=bool(every))
        except (SourceLost, StoreBusy, StoreError, ImportFailed, SourceUnusable) as error:
            failed += 1
            _keep(sync, every, str(error))
            passing = isinstance(error, SourceLost | StoreBusy)
            if not every and (not passing or failed == TRIES):
                raise
            if str(error) != told:
                told = str(error)
                sys.stderr.write(f"{told}。会一再重试，恢复后从断处接着读\n")
                sys.stderr.flush()
            _wait(min(FIRST_WAIT * 2 ** (failed - 1), LONGEST_WAIT))
            continue
        _keep(sync, every, "")
        if failed:
            say(f"{beijing_now():%Y-%m-%d %H:%M} 恢复：{sync.source.name} 又读到了")
        failed, told = 0, ""
        if not every:
            return
        _wait(max(0.0, every * 60 - (time.monotonic() - began)))


def _tell(reader: Reader, sync: Sync, results: Iterator[ImportResult], *, quiet: bool = False) -> None:
    any_ = False
    for result in results:
        if result.batch_id or not quiet:
            say_result(result)
        if result.batch_id:
            say_nearest(result, reader)
            begin_if_first(reader.latest())
            note_import(reader.latest(), sync.source.name, result)
        any_ = True
    if not any_ and not quiet:
        say(f"没有变化：{sync.source.name} 里没有新的修改")


def _keep(sync: Sync, every: float, problem: str) -> None:
    before = contact_with(sync.store, sync.key)
    read_at = before.read_at if before else ""
    if not problem:
        read_at = beijing_now().isoformat(timespec="seconds")
    keep_contact(sync.store, sync.key, Contact(sync.source.mapping.label, read_at, every, problem))


def _wait(seconds: float) -> None:
    time.sleep(seconds)


def add_arguments(command: argparse.ArgumentParser, moment: Callable[[str], dt.datetime]) -> None:
    command.add_argument(
        "--from", dest="source", metavar="地址", help=f"源库的地址（SQLAlchemy 写法），默认取环境变量 {FROM}"
    )
    command.add_argument("--mapping", required=True, help="字段对照表：配置里的名称，或 .toml 文件路径；要有 [live]")
    command.add_argument("--every", type=float, default=0, metavar="分钟", help="每几分钟一次，不停；不写就读一次")
    command.add_argument("--since", type=moment, metavar="时间", help="补读修改时间在这之后的（含），不动水位")
    command.add_argument("--until", type=moment, metavar="时间", help="补读修改时间在这之前的（含）")
    command.add_argument("--replace-demo", action="store_true", help="库里是演示数据时，清掉演示数据再读")
