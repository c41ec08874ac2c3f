"""What an import's result says on the command line, whichever command brought the rows in."""

from __future__ import annotations

import shlex

from commands.output import say
from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import Reader
from data_access.intake.completing import NOT_LISTED
from data_access.intake.importing import ImportResult
from data_access.intake.naming import PLACED, nearest
from data_access.intake.unread import NO_COLUMN, NOTE
from data_access.ledger.opening import begin_ledger, ledger_if_any

NEAREST = 5  # names of each kind that an import tells with their nearest


def _shortened(note: int | dict[str, int]) -> str:
    if isinstance(note, int):
        return f"{note:,}"
    shown = "、".join(f"{name} {count:,}" for name, count in list(note.items())[:5])
    return shown + (f" 等 {len(note)} 个（全部见数据质量页）" if len(note) > 5 else "")


def say_result(result: ImportResult) -> None:
    """The counts, the notes and the questions."""
    if result.batch_id:
        say(
            f"批次 {result.batch_id}：读取 {result.rows_read:,} 行＝新增 {result.inserted:,}＋更新 {result.updated:,}"
            f"＋未变 {result.unchanged:,}＋隔离 {result.rejected:,}"
        )
    else:
        say(f"没有变化：读取 {result.rows_read:,} 行，都与库里一样，没有发布新版本")
    for label, note in result.notes.items():
        say(f"  {label}：{_shortened(note)}")
    for line in result.asked.lines:
        say(f"  请核对：{line}")
    if any(label.startswith((NOTE.split("：")[0], NO_COLUMN.split("“")[0])) for label in result.notes):
        say("  不认识的词、缺的列的补法：python -m data_access words，或看数据质量页")
    if result.rejected and result.batch_id:
        say(f"  隔离的行及原因：python -m data_access rejected --batch {result.batch_id}")


def say_nearest(result: ImportResult, reader: Reader) -> None:
    """Of names that the profile does not have: the nearest it has, and how to say that they are the same."""
    for field, label in PLACED.items():
        for name in list(result.notes.get(NOT_LISTED.format(label), ()))[:NEAREST]:
            if near := nearest(reader.profile, field, name):
                command = f"python -m data_access alias {field} {shlex.quote(name)} {shlex.quote(near)}"
                say(f"  “{name}”最接近“{near}”；确是同一个，请运行：{command}")


def begin_if_first(reader: Reader) -> None:
    """The district's first import is the explicit first start of its ledger; later ones never make another."""
    try:
        if ledger_if_any(reader) is None:
            begin_ledger(reader)
            say("办理台账已建立（督办、吹哨等区里办的事记在这里；请一并备份，见 docs/operations.md）")
    except (StoreError, DatabaseError, OSError) as error:
        say(f"案件已导入；办理台账有问题：{error}")
