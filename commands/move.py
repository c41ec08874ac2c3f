"""python -m data_access move: a case store changes its engine."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from contextlib import AbstractContextManager

from commands.output import say
from data_access.cases.errors import StoreError
from data_access.cases.expunging import Progress
from data_access.cases.files import FileStore
from data_access.cases.moving import move
from data_access.cases.store import Store, store_for

WHAT = "把当前版本整个搬进另一个空的案件库，文件和服务器之间也可以"

Bar = Callable[[str, str], AbstractContextManager[Progress]]


def run_move(options: argparse.Namespace, store: Store, bar: Bar) -> int:
    """Move, and say what to set next; raises `StoreError`."""
    url = options.to or os.environ.get("MOVE_TO", "")
    if not url:
        raise StoreError("请用 --to 写新库的地址，或设环境变量 MOVE_TO（地址里有密码时用后者）")
    target = store_for(url)
    with bar("搬库", "行") as progress:
        rows = move(store, target, progress)
    say(f"已搬 {rows:,} 行到 {target.address}，版本 {target.version}；原库未动。把 CASES_URL 改为新地址即用新库")
    if target.folder != store.folder:
        keep = "" if isinstance(target, FileStore) else f"设 CASES_FOLDER={store.folder} 接着用，或"
        say(f"办理台账还在 {store.folder}：{keep}用 ledger backup、restore 搬过去")
    return 0


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--to", help="新库的地址，写法同 CASES_URL，默认取环境变量 MOVE_TO")
