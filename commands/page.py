"""Pages from the command line: a new one from the template, and what is wrong with one.

What draws is loaded where it is asked for: it would make every other command slow to start.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from commands.output import say
from data_access.cases.store import ROOT
from data_access.district.profile import current_profile

if TYPE_CHECKING:
    from authoring.check import Report

PAGES = ROOT / "pages"
ACTIONS = {
    "new": "从模板写出一页（筛选、三张卡片、图、表、下载），可直接打开",
    "check": "查一页：规矩、四个小库（没有件、一件、一个街道、许多件）、每种身份、重名、哪个提问慢；有问题退出码为 1",
}


def run_page(options: argparse.Namespace) -> int:
    from authoring.check import check, people_of
    from authoring.template import write_page

    name = Path(options.page_name).stem
    if options.action == "new":
        try:
            path = write_page(PAGES, name, options.title)
        except ValueError as refused:
            sys.stderr.write(f"失败：{refused}\n")
            return 1
        say(f"已写 {path.relative_to(ROOT)}：刷新浏览器，菜单“分析”里就有；地址 /{name}")
        say(f"改完查一查：python -m data_access page check {name}")
        return 0
    path = Path(options.page_name) if options.page_name.endswith(".py") else PAGES / f"{name}.py"
    if not path.exists():
        known = "、".join(sorted(one.stem for one in PAGES.glob("[!_]*.py")))
        sys.stderr.write(f"失败：没有 {path}；现有：{known}\n")
        return 1
    profile = current_profile(options.profile)
    report = check(path.resolve(), profile, dict(os.environ))
    _say(path, report, list(people_of(profile)))
    return 1 if report.findings else 0


def _say(path: Path, report: Report, roles: list[str]) -> None:
    from authoring.stores import STORES

    say(path.name)
    for store, visits in report.visits.items():
        times = "、".join(f"{visit.seconds:.1f}" for visit in visits)
        under = f"（{'、'.join(roles)}）" if len(visits) > 1 else ""
        say(f"  {STORES[store]}：{times} 秒{under}")
    if report.slowest:
        line, said, seconds = report.slowest
        say(f"  最慢的提问：{f'第 {line} 行 ' if line else ''}{said}，{seconds:.2f} 秒")
    say(f"  一共 {report.seconds:.0f} 秒")
    for number, finding in enumerate(report.findings, start=1):
        say(f"{number}. {finding}")
    say(f"有 {len(report.findings)} 处要改" if report.findings else "没有问题")


def add_arguments(command: argparse.ArgumentParser) -> None:
    about = "；".join(f"{name} {words}" for name, words in ACTIONS.items())
    command.add_argument("action", choices=ACTIONS, help=about)
    command.add_argument("page_name", metavar="名称", help="pages/ 里的文件名，不带 .py")
    command.add_argument("--title", default="", help="new：菜单里的标题，默认同名称")
