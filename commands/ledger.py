"""The ledger's commands: verify, begin, copy, put back, keep its head elsewhere, take on, upgrade."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from commands.output import say as _say
from data_access.cases.errors import StoreError
from data_access.cases.reader import Reader
from data_access.ledger.audit import verify
from data_access.ledger.keeping import adopt, anchor, anchors_in, back_up, restore, upgrade
from data_access.ledger.opening import Place, begin_ledger, is_demo, open_ledger, place_of


def _place(reader: Reader) -> Place:
    return place_of(reader.store, is_demo=is_demo(reader))


def _verify(options: argparse.Namespace, reader: Reader) -> int:
    ledger = open_ledger(reader)
    anchors = anchors_in(options.file) if options.file else []
    verdict = verify(ledger.engine, ledger.key, anchors)
    if verdict.broken:
        _say(f"不完整：{verdict.broken}，{verdict.reason}（共 {verdict.events:,} 条记录）")
        return 1
    _say(f"完整：{verdict.events:,} 条记录，逐条相连，与事项一致")
    if options.file:
        _say(f"与另存的 {len(anchors)} 个链头一致")
    _say(f"末条散列 {verdict.head}")
    _say("同时拿到数据库和密钥的人可以把整条链重写一遍：请定期用 ledger anchor 把链头另存到别处，核对时用 --file")
    return 0


def _restore(options: argparse.Namespace, reader: Reader) -> int:
    head = restore(_place(reader), _wanted(options.file), older=options.older)
    _say(f"已恢复到第 {head.seq:,} 条；那里原来如有文件，改名留在旁边（.replaced-…）")
    return 0


def _wanted(path: Path | None) -> Path:
    if path is None:
        raise StoreError("请用 --file 写明文件")
    return path


def _init(options: argparse.Namespace, reader: Reader) -> int:
    begin_ledger(reader)
    _say(f"办理台账已建立；密钥在 {_place(reader).key_file}，请与台账分开备份")
    return 0


def _backup(options: argparse.Namespace, reader: Reader) -> int:
    head = back_up(_place(reader), _wanted(options.file))
    _say(f"已备份到 {options.file}：到第 {head.seq:,} 条")
    return 0


def _adopt(options: argparse.Namespace, reader: Reader) -> int:
    _say(f"已采用这本台账：到第 {adopt(_place(reader)).seq:,} 条，核验完整")
    return 0


def _upgrade_ledger(options: argparse.Namespace, reader: Reader) -> int:
    head = upgrade(_place(reader))
    _say(f"台账已升级，链带上了密钥：到第 {head.seq:,} 条" if head else "台账已是最新格式")
    return 0


def _anchor(options: argparse.Namespace, reader: Reader) -> int:
    head = anchor(_place(reader), _wanted(options.file))
    _say(f"链头已写入 {options.file}：第 {head.seq:,} 条")
    return 0


LEDGER_ACTIONS: dict[str, tuple[Callable[[argparse.Namespace, Reader], int], str]] = {
    "verify": (_verify, "核验每条记录；--file 为另存链头的文件时一并核对；不完整时退出码为 1"),
    "init": (_init, "第一次启用时建立台账"),
    "backup": (_backup, "备份到 --file（.gz 则压缩），可在看板运行时做"),
    "restore": (_restore, "从 --file 恢复，先核验；原来的留在旁边"),
    "anchor": (_anchor, "把现在的链头追加到 --file，应放在本机账号改不了的地方"),
    "adopt": (_adopt, "确认就用现在这一本（换过位置、换过库之后）"),
    "upgrade": (_upgrade_ledger, "把旧格式的台账升级（请先备份）"),
}


def run_ledger(options: argparse.Namespace, reader: Reader) -> int:
    return LEDGER_ACTIONS[options.action][0](options, reader)


def add_arguments(command: argparse.ArgumentParser) -> None:
    about = "；".join(f"{name} {words}" for name, (_, words) in LEDGER_ACTIONS.items())
    command.add_argument("action", choices=LEDGER_ACTIONS, help=about)
    command.add_argument("--file", type=Path, help="备份、恢复或链头的文件")
    command.add_argument("--older", action="store_true", help="恢复时，备份比现在知道的少也照做")
