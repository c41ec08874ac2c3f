"""python -m data_access brief: write the office's papers, for cron and systemd."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from commands.output import say
from data_access.cases.errors import StoreError
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader

TEMPLATE = "template"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    kinds = "日报 day、周报 week、月报 month（考核月）、季节专报 season、自定时段 free、街道或单位的画像 portrait、"
    kinds += "攻百难调度材料 hard_case、每月一题会议材料 topic；template 写出可编辑的 Word 模板"
    named = ("day", "week", "month", "season", "free", "portrait", "hard_case", "topic", TEMPLATE)
    parser.add_argument("kind", choices=named, help=kinds)
    parser.add_argument("--date", type=dt.date.fromisoformat, help="哪一天所在的时段，例如 2023-01-10，默认数据的今天")
    parser.add_argument("--until", type=dt.date.fromisoformat, help="自定时段、画像的最后一天")
    parser.add_argument("--street", help="只写一个街道的")
    parser.add_argument("--unit", help="只写一个承办单位的")
    parser.add_argument("--each-street", action="store_true", help="每个街道各写一份")
    parser.add_argument("--out", type=Path, help="写到哪个文件夹，默认取环境变量 BRIEFS_DIR，再默认 data/briefs")


def run_brief(options: argparse.Namespace, reader: Reader) -> int:
    """Write a brief as Word and Excel, with its record, and send it to where BRIEF_URLS says."""
    # What draws and writes is only loaded by this command: the others stay quick.
    from briefs.asked import NoBrief
    from briefs.content import brief_of, period_of
    from briefs.keeping import ADDRESSES, addresses, folder, keep, sent
    from briefs.word import TEMPLATE as FILE
    from briefs.word import template
    from questions.messages import sender

    if options.kind == TEMPLATE:
        place = reader.profile.folder / FILE
        if place.exists():
            raise StoreError(f"{place} 已经有了，没有覆盖；要重新开始请先改名")
        place.write_bytes(template())
        say(f"模板已写到 {place}：用 Word 改字体、页边距和固定的文字，保留 {{{{标题}}}}、{{{{正文}}}} 等记号")
        return 0
    if not reader.has_data:
        raise StoreError("还没有数据，写不出简报")
    unit = _known(reader, "unit", options.unit)
    streets = [_known(reader, "street", options.street)]
    if options.each_street:
        streets = [(street.name,) for street in reader.profile.streets]
    outward, unsent = sender(addresses(), ADDRESSES), 0
    try:
        period = period_of(reader, options.kind, options.date or reader.as_of.date(), options.until)
        for street in streets:
            brief = brief_of(reader, options.kind, period, where=CaseFilter(street=street, unit=unit))
            kept = keep(brief, reader, made_by="命令行", where=options.out or folder())
            say(f"已写出 {brief.title}：{kept.docx} 和 {kept.xlsx.name}")
            unsent += outward is not None and not sent(brief, kept, outward)
    except NoBrief as nothing:
        raise StoreError(str(nothing)) from nothing
    if unsent:
        raise StoreError(f"写出了，但有 {unsent} 份没有送到 {ADDRESSES} 的每个地址：见日志，修好后再运行一次")
    return 0


def _known(reader: Reader, field: str, value: str | None) -> tuple[str, ...]:
    """The value as a filter's; raises `StoreError` for one that no case has, with the nearest."""
    if not value:
        return ()
    there = reader.options(field)
    if value in there:
        return (value,)
    near = [name for name in there if name and (value in name or name in value)][:3]
    raise StoreError(f"没有“{value}”的案件" + (f"；是不是：{'、'.join(near)}" if near else ""))
