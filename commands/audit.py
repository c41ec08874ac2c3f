"""python -m data_access audit: whether the trail is whole, what stands in it, and taking away what is too old."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from commands.output import say
from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import Reader
from data_access.district.periods import beijing_now
from data_access.intake.importing import ImportResult
from data_access.ledger.opening import trail_of
from data_access.trail.anchors import anchor, contradiction, heads_in
from data_access.trail.reading import search, verify
from data_access.trail.schema import KINDS, Record, TrailProblem
from data_access.trail.trail import Trail

HERE = "本机"  # where a command is run from
EVERY = 10**9


def by_command(kind: str, what: str = "", **details: Any) -> Record:
    """A record of something done on the command line, by the account that runs it."""
    return Record(kind, getpass.getuser(), "命令行", "", HERE, what, details)


def noted(reader: Reader, kind: str, what: str = "", **details: Any) -> None:
    """Record what a command has done; where that cannot be written it says so, and what was done stays done."""
    try:
        if trail := trail_of(reader):
            trail.write(by_command(kind, what, **details))
    except (DatabaseError, StoreError) as error:
        sys.stderr.write(f"审计没有记下这一步：{getattr(error, 'orig', None) or error}\n")


def note_import(reader: Reader, source: str, result: ImportResult) -> None:
    """Record an import, by how many rows of it did what. `source`: the file or the live source."""
    counts = {"read": result.rows_read, "inserted": result.inserted, "updated": result.updated}
    noted(reader, "import", source, **counts, rejected=result.rejected)


def trail_for(reader: Reader) -> Trail:
    """The trail; raises `TrailProblem` where none was begun."""
    trail = trail_of(reader)
    if trail is None:
        raise TrailProblem("还没有办理台账，审计也还没有开始：运行 python -m data_access ledger init")
    return trail


def _verify(options: argparse.Namespace, reader: Reader) -> int:
    found = verify(trail_for(reader))
    if found.broken:
        say(f"不完整：{found.broken}，{found.reason}")
        return 1
    pruned = f"（第 {found.first:,} 条以前的已清理，有清理记录）" if found.first > 1 else ""
    say(f"完整：{found.records:,} 条记录，逐条相连{pruned}")
    if options.file:
        heads = heads_in(options.file)
        if wrong := contradiction(trail_for(reader), heads):
            say(f"与另存的链头不符：{wrong}")
            return 1
        say(f"与另存的 {len(heads)} 个链头一致")
    say(f"末条散列 {found.head}")
    say("同时拿到数据库和密钥的人可以把整条链重写一遍：请定期用 audit anchor 把链头另存到别处，核对时用 --file")
    return 0


def _anchor(options: argparse.Namespace, reader: Reader) -> int:
    if options.file is None:
        raise TrailProblem("请用 --file 写明文件")
    say(f"链头已写入 {options.file}：第 {anchor(trail_for(reader), options.file).seq:,} 条")
    return 0


def _found(options: argparse.Namespace, reader: Reader, most: int) -> pd.DataFrame:
    start = options.since or beijing_now() - dt.timedelta(days=7)
    end = options.until or beijing_now() + dt.timedelta(days=1)
    kinds = [kind for kind, words in KINDS.items() if options.kind in (kind, words)] if options.kind else []
    if options.kind and not kinds:
        raise TrailProblem(f"没有“{options.kind}”这一类记录；有：{'、'.join(KINDS.values())}")
    rows = search(trail_for(reader), start, end, who=options.who, kinds=kinds, case=options.case, most=most)
    return rows.assign(kind=rows["kind"].map(lambda kind: KINDS.get(kind, kind)))


def _list(options: argparse.Namespace, reader: Reader) -> int:
    rows = _found(options, reader, options.limit)
    shown = rows[["at", "who", "role", "kind", "what", "address", "result"]]
    say("没有记录" if rows.empty else shown.to_string(index=False, max_colwidth=60))
    noted(reader, "export", "audit list", rows=len(rows))
    return 0


def _export(options: argparse.Namespace, reader: Reader) -> int:
    if options.file is None:
        raise TrailProblem("请用 --file 写明文件")
    rows = _found(options, reader, EVERY)
    rows.to_json(options.file, orient="records", lines=True, force_ascii=False, date_format="iso")
    options.file.chmod(0o600)
    noted(reader, "export", "audit export", rows=len(rows))
    say(f"已写出 {len(rows):,} 条到 {options.file}")
    return 0


def _prune(options: argparse.Namespace, reader: Reader) -> int:
    days = reader.profile.settings.audit.keep_days
    count = trail_for(reader).prune(days, by_command("prune", f"保留 {days} 天"))
    say(f"已清理 {count:,} 条早于 {days} 天的记录，清理本身已记入审计" if count else f"没有早于 {days} 天的记录")
    return 0


ACTIONS: Mapping[str, tuple[Callable[[argparse.Namespace, Reader], int], str]] = {
    "verify": (_verify, "核验整条链；--file 为另存链头的文件时一并核对；不完整时退出码为 1"),
    "anchor": (_anchor, "把现在的链头追加到 --file，应放在本机账号改不了的地方"),
    "list": (_list, "列出最近的记录（默认七天）"),
    "export": (_export, "把记录写到 --file（每行一条 JSON）"),
    "prune": (_prune, "清理早于 [audit] keep_days 的记录，留下清理记录"),
}


def run_audit(options: argparse.Namespace, reader: Reader) -> int:
    """Do what was asked."""
    return ACTIONS[options.action][0](options, reader)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of the command."""
    about = "；".join(f"{name} {words}" for name, (_, words) in ACTIONS.items())
    command.add_argument("action", choices=ACTIONS, help=about)
    command.add_argument("--who", default="", help="只要这个人的")
    command.add_argument("--kind", default="", help="只要这一类，例如 export 或 导出")
    command.add_argument("--case", default="", help="只要与这个案件或事项编号有关的")
    command.add_argument("--since", type=dt.datetime.fromisoformat, help="从什么时候，例如 2022-05-01")
    command.add_argument("--until", type=dt.datetime.fromisoformat, help="到什么时候（不含）")
    command.add_argument("--limit", type=int, default=200, help="最多列几条")
    command.add_argument("--file", type=Path, help="写到哪个文件")
