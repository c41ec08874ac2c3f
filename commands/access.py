"""python -m data_access access: which role sees which cases."""

from __future__ import annotations

import argparse
import datetime as dt

from commands.output import say
from data_access.cases.reader import Reader
from data_access.district.periods import beijing_now

CASES = {"all": "全区", "own": "本街道发生的、本单位承办的", "none": "只看汇总"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--day", type=dt.date.fromisoformat, help="哪一天有效的权限，例如 2022-07-01，默认今天")


def run_access(options: argparse.Namespace, reader: Reader) -> int:
    """Print every role's rights on a day."""
    profile, day = reader.profile, options.day or beijing_now().date()
    lines = [f"{day} 有效的权限（{profile.folder.name}/access.toml）："]
    for role in profile.programmes.roles if profile.access else ():
        grant = profile.grant_at(day, role)
        people = sum(person.role == role for person in profile.people)
        extra = [words for words, given in (("标题内容地址", grant.words), ("诉求人代号", grant.callers)) if given]
        lines.append(f"  {role}（{people} 人）：案件 {'，'.join([CASES[grant.cases], *extra])}")
    if not profile.access:
        lines = [f"{profile.name} 没有 access.toml：真实数据只有汇总可看，除非设 DASHBOARD_OPEN=1"]
    say("\n".join(lines))
    return 0
