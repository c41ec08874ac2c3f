"""python -m data_access access: which role sees and does what, and what the newest rights changed."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from commands.output import say
from data_access.cases.outside import in_words, mistakes
from data_access.cases.reader import Reader
from data_access.district.granted import acts, changes, rights
from data_access.district.periods import beijing_now

PAGES = Path(__file__).resolve().parents[1] / "pages"
APART = "三权分立：定权限的只有能改 access.toml 的人（不在看板里）"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("check", nargs="?", choices=["check"], help="同不写：核对并列出")
    parser.add_argument("--day", type=dt.date.fromisoformat, help="哪一天有效的权限，例如 2022-07-01，默认今天")


def run_access(options: argparse.Namespace, reader: Reader) -> int:
    """Print every role's rights on a day, and what is different from those before. A mistake in the files was said
    when the profile was read, with file, line and field; names of pages and measures are checked here."""
    profile, day = reader.profile, options.day or beijing_now().date()
    if not profile.access:
        say(f"{profile.name} 没有 access.toml：真实数据只有汇总可看，除非设 DASHBOARD_OPEN=1")
        return 0
    lines = [f"{day} 有效的权限（{profile.folder.name}/access.toml）："]
    for role in profile.programmes.roles:
        people = sum(person.role == role for person in profile.people)
        told = [f"{label} {words}" for label, words in rights(profile.grant_at(day, role)).items() if words]
        lines.append(f"  {role}（{people} 人）：{'；'.join([*told, *acts(profile, role)])}")
    lines.append(f"  不能逐件看的，不足 {profile.least_at(day)} 件的数不给，其余取它的倍数")
    titles = {path.stem: path.stem for path in PAGES.glob("[!_]*.py")}
    lines.append(f"  {in_words(profile, day, titles)}")
    grants = [profile.grant_at(day, role) for role in profile.programmes.roles]
    auditors, setters = (
        "、".join(one.role for one in grants if right in one.rights) for right in ("audit", "settings")
    )
    lines.append(
        f"{APART}，看权限配置的是{setters or '（没有）'}；看审计的是{auditors or '（没有）'}；都看不到案件，也不能办理"
    )
    wrong = mistakes(profile, titles)
    say("\n".join([*lines, *changes(profile, day), *wrong]))
    return 1 if wrong else 0
