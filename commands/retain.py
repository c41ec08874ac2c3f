"""python -m data_access retain, forget: personal data is removed when its time is up, or when asked."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from commands.audit import by_command
from commands.output import say
from data_access.cases.errors import StoreError
from data_access.cases.expunging import Progress
from data_access.cases.filters import OF_GRID
from data_access.cases.reader import Reader
from data_access.ledger.expiring import counted, due_of, of_ledger
from data_access.ledger.keeping import adopt
from data_access.ledger.opening import is_demo, ledger_if_any, place_of, trail_of
from data_access.ledger.redacting import Redaction, redact
from data_access.ledger.witness import LedgerProblem

WHAT = {"texts": "标题内容", "addresses": "地址坐标", "callers": "诉求人代号", "refused": "未入库的行"}
BEGUN = "expunging.secret"  # in the store's folder while it goes on: begun again after a crash, tokens are the same
Bar = Callable[[str, str], AbstractContextManager[Progress]]
ATTENTION = "备份、导出的文件、done/ 与 failed/ 里的原件不在其列，请另行清理；打开着的看板下一次点击即读新的一版"


def _secret(folder: Path) -> str:
    path = folder / BEGUN
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _mended(reader: Reader) -> None:
    """A run that was killed between the ledger's change and its witness left a head that nobody remembers."""
    if (reader.store.folder / BEGUN).exists():
        try:
            ledger_if_any(reader)
        except LedgerProblem:
            adopt(place_of(reader.store, is_demo=is_demo(reader)))


def _run(options: argparse.Namespace, reader: Reader, bar: Bar, kind: str, names: list[str]) -> int:
    if not reader.has_data:
        say("还没有数据")
        return 0
    folder = reader.store.folder
    _mended(reader)
    due = due_of(reader, names, "" if options.dry_run else _secret(folder))
    found, (words, tokens) = counted(reader, due), of_ledger(reader, due)
    versions = len(reader.store.versions())
    told = "，".join(f"{WHAT[name]} {count:,}" for name, count in found.items())
    say(f"要清除：{told}（{versions} 版中最多的一版）；台账里涉及 {len(words):,} 件事项、{len(tokens):,} 个诉求人代号")
    if options.dry_run:
        say("只是看看，没有改动任何数据")
        return 0
    limits = {
        name: f"{getattr(due, name):%Y-%m-%d}" for name in ("texts", "addresses", "callers") if getattr(due, name)
    }
    trail = trail_of(reader)
    if trail:
        trail.write(by_command(kind, "、".join(names) or "到期的", began=True, older_than=limits, **found))
    changed = redact(place_of(reader.store, is_demo=is_demo(reader)), words, tokens) if words or tokens else Redaction()
    with bar("清除", "版") as progress:
        rewritten = reader.store.expunge(due, progress) if any(found.values()) else 0
    now = reader.latest()
    left = counted(now, due)
    (folder / BEGUN).unlink(missing_ok=True)
    if trail:
        heads = {"before": changed.before, "after": changed.after} if changed.steps else {}
        trail.write(by_command(kind, "、".join(names) or "到期的", version=now.store.version, matters=changed.matters,
                               steps=changed.steps, **heads))  # fmt: skip
    say(f"已清除：{rewritten} 版重写，现在是 {now.store.version}；台账 {changed.matters} 件事项、{changed.steps} 步")
    if any(left.values()):
        raise StoreError(f"还有没清掉的：{left}，请再运行一次")
    say(f"核对：各版都没有了。{ATTENTION}")
    if changed.steps:
        say("以前另存的台账链头不再相符，请重新 ledger anchor")
    return 0


def run_retain(options: argparse.Namespace, reader: Reader, bar: Bar) -> int:
    """Remove what is older than the profile's limits."""
    return _run(options, reader, bar, "retain", [])


def run_forget(options: argparse.Namespace, reader: Reader, bar: Bar) -> int:
    """Remove everything personal of some cases, for somebody who asked for it."""
    return _run(options, reader, bar, "forget", options.cases)


def add_arguments(retain: argparse.ArgumentParser, forget: argparse.ArgumentParser) -> None:
    """The options of both commands."""
    forget.add_argument("cases", nargs="+", metavar="编号", help=f"案件编号，网格案件写 {OF_GRID}编号")
    for command in (retain, forget):
        command.add_argument("--dry-run", action="store_true", help="只说会清除多少，不改动")
