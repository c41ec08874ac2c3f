"""Profiles from the command line: a new district's, from a few answers or from its own cases; and whether one holds."""

from __future__ import annotations

import argparse
import csv
import difflib
import io
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from commands.draft import (
    KINDS,
    RULES,
    SHIPPED,
    checklist,
    copy_rules,
    pair_words,
    read_closed,
    sizes,
    table_text,
    write_settings,
    write_table,
)
from data_access.cases.errors import StoreError
from data_access.cases.files import FileStore
from data_access.cases.own import own_of
from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.district.models import Category, Community, Row, Street, Unit
from data_access.district.profile import PROFILES, Profile, ProfileError, current_profile, load_profile, profile_names
from data_access.district.spelling import alike
from data_access.intake.founding import Found, Rows, found_in
from data_access.intake.guessing import guess_mapping
from data_access.intake.importing import ImportFailed, import_file
from data_access.intake.mapping import MappingError, find_mapping, load_mapping, shipped_mappings
from data_access.intake.reading import UnreadableFile, open_file

SCREENS = Path(__file__).resolve().parents[1] / "pages" / "walls"
NAME = re.compile(r"[\w-]+")
TABLES: dict[str, type[Row]] = {
    "streets.csv": Street, "communities.csv": Community, "units.csv": Unit, "categories.csv": Category,
}  # fmt: skip
MOST_PAIRS = 12  # shown on the screen; README.md lists all


def _say(message: str) -> None:
    sys.stdout.write(message + "\n")


def _new(options: argparse.Namespace) -> int:
    target = PROFILES / options.profile_name
    if not NAME.fullmatch(options.profile_name):
        raise ProfileError(f"配置名“{options.profile_name}”只能用字母、数字、汉字、-、_（它是文件夹名）")
    if options.update:
        return _update(options, target)
    if target.exists() and not options.force:
        raise ProfileError(f"{target} 已经存在，没有改动：加 --update 只补上数据里新出现的名称，加 --force 重写")
    with TemporaryDirectory() as folder:
        draft = Path(folder) / options.profile_name
        like = _like(options.like)
        answers = _answers(options)
        write_settings(draft, answers, Found())
        write_table(draft / "streets.csv", Street, [{"name": name} for name in answers["streets"].split("、") if name])
        found = _found(options, draft, like)
        write_settings(draft, answers, found)
        for name, rows in found.tables.items():
            write_table(draft / name, TABLES[name], rows)
        copy_rules(draft, like, found)
        (draft / "README.md").write_text(checklist(answers["name"], found), encoding="utf-8")
        load_profile(draft)
        shutil.copytree(draft, target, dirs_exist_ok=True)
    _say_found(found)
    files = "、".join(sorted(path.name for path in target.iterdir()))
    _say(f"已写 {target}：{files}")
    _say(f"  规则（事项、大屏、指标、识别词）抄自 {like.name}，都是默认口径，请按本区的改")
    _say_next(options)
    return 0


def _answers(options: argparse.Namespace) -> dict[str, str]:
    """What people say of the district; asked for where somebody sits at the terminal."""
    asked = {"name": options.name, "city": options.city}
    for key, question in (("name", "区的名称（显示在页面上，例如 城北区）："), ("city", "所在城市（可空）：")):
        if asked[key] is None and sys.stdin.isatty():
            asked[key] = input(question).strip()
    return {
        "name": asked["name"] or options.profile_name,
        "city": asked["city"] or "",
        "code": options.code,
        "streets": re.sub(r"[,，;；|\s]+", "、", options.streets).strip("、"),
        "month_start": str(options.month_start),
        "day_start": str(options.day_start),
        "folder": options.profile_name,
    }


def _like(wanted: str) -> Profile:
    """The profile whose rules are copied: by name, or the program's first that has programmes."""
    folders = [root / wanted for root in (PROFILES, SHIPPED)] if wanted else sorted(SHIPPED.iterdir())
    usable = [folder for folder in folders if (folder / RULES[0]).exists()]
    if not usable:
        raise ProfileError(f"没有可以照抄的配置“{wanted}”（要有 {RULES[0]}）")
    return load_profile(usable[0])


def _found(options: argparse.Namespace, draft: Path, like: Profile) -> Found:
    """What the file or the store says; nothing where neither is given."""
    if options.source_file:
        proposal = _take_mapping(options, draft, like)
        with TemporaryDirectory() as folder:
            profile, store = load_profile(draft), FileStore(Path(folder))
            import_file(options.source_file, profile=profile, store=store)
            found = found_in(Reader.of(store, profile))
        if proposal and (done := read_closed(proposal, found)):
            _say(f"没有办结时间，状态里这些词读作已办结：{'、'.join(done)}（对照表的 [values.is_closed]，请核对）\n")
        return found
    if options.from_store:
        owner = current_profile(options.profile)
        reader = Reader.of(store_for(profile=owner.name), owner)
        if not reader.has_data:
            raise StoreError(f"{reader.store.folder} 里还没有数据：先导入，或用 --from 给出文件")
        if reader.is_synthetic:
            raise StoreError("库里是演示数据，不能当作别的区的底稿：用 --from 给出自己的文件")
        return found_in(reader)
    return Found()


def _take_mapping(options: argparse.Namespace, draft: Path, like: Profile) -> Path | None:
    """Put the file's mapping into the draft: the one given, one that a profile ships and that fits, or a proposal.

    Returns the proposal, which is all that may still be changed.
    """
    (draft / "mappings").mkdir(exist_ok=True)
    try:
        header = open_file(options.source_file).header
    except UnreadableFile as error:
        raise ImportFailed(str(error)) from error
    if options.mapping:
        find_mapping(like, header, options.mapping)
        given = shipped_mappings(like).get(options.mapping) or Path(options.mapping)
        shutil.copy(given, draft / "mappings" / given.name)
        return None
    for profile in (like, *(load_profile(PROFILES / name) for name in profile_names())):
        try:
            name, mapping = find_mapping(profile, header, None)
        except MappingError:
            continue
        shutil.copy(shipped_mappings(profile)[name], draft / "mappings")
        _say(f"表头与 {profile.name} 的对照表“{mapping.label}”相符，照用")
        return None
    proposal = guess_mapping(options.source_file, like)
    path = draft / "mappings" / f"{options.profile_name}.toml"
    # The examples stay on the screen: they are people's words, and the profile is passed on.
    path.write_text(re.sub(r"  # 例：.*", "", proposal) + "\n", encoding="utf-8")
    _say(f"{proposal}\n")
    try:
        load_mapping(path)
    except MappingError as error:
        kept = Path(f"{options.profile_name}.toml")
        if not kept.exists():
            kept.write_text(proposal + "\n", encoding="utf-8")
        gap = str(error).rsplit("：", 1)[-1]
        raise MappingError(
            f"按表头猜不全（缺 {gap}）：上面的对照表已存为 {kept}，补好后加 --mapping {kept} 再运行"
        ) from error
    _say("表头不认识，暂按上面的对照表读。请逐行核对；不对就改 mappings/ 里的这一份，或加 --mapping 与 --force 重来\n")
    return path


def _say_found(found: Found) -> None:
    if not found.span:
        return
    _say(f"读到 {found.cases:,} 件（{found.span[0]:%Y-%m-%d} 至 {found.span[1]:%Y-%m-%d}）：{sizes(found)}")
    same = [pair for pair in found.pairs if pair.is_same]
    for pair in same[:MOST_PAIRS]:
        _say(f"  只差写法，已并为一处：{pair_words(pair, found.counts)}")
    if found.unsure:
        _say("看着像一处两写的，没有合并（是同一处的，删去后一行，写进前一行的 aliases）：")
    for pair in found.unsure[:MOST_PAIRS]:
        _say(f"  {pair_words(pair, found.counts)}")
    if len(found.unsure) > MOST_PAIRS:
        _say(f"  等 {len(found.unsure)} 对，全部见 README.md")


def _say_next(options: argparse.Namespace) -> None:
    file = options.source_file or "文件"
    _say("接下来：")
    _say(f"  export DISTRICT_PROFILE={options.profile_name}")
    _say(f"  python -m data_access import {file}")
    if profile_names()[0] == options.profile_name:
        _say("  （它排在各配置之首：从此不设 DISTRICT_PROFILE 时看板也用它）")
    _say("  DASHBOARD_OPEN=1 make run HOST=127.0.0.1   # 只在自己的机器上试；http://localhost:8501，大屏在 /?wall")


def _update(options: argparse.Namespace, target: Path) -> int:
    """Add what the cases name and the tables do not; nothing that stands there is changed but a list of aliases."""
    if not target.exists():
        raise ProfileError(f"还没有 {target}：去掉 --update 就会新建")
    profile = load_profile(target)
    if options.source_file:
        with TemporaryDirectory() as folder:
            store = FileStore(Path(folder))
            import_file(options.source_file, profile=profile, store=store, mapping=options.mapping)
            found = found_in(Reader.of(store, profile))
    else:
        found = found_in(Reader.of(store_for(profile=profile.name), profile))
    if not found.span:
        raise StoreError("库里还没有数据：先导入，或用 --from 给出文件")
    changed = 0
    with TemporaryDirectory() as folder:
        draft = Path(shutil.copytree(target, Path(folder) / target.name))
        for name, rows in found.tables.items():
            changed += _add_rows(draft / name, TABLES[name], rows)
        load_profile(draft)
        for name in found.tables if changed else ():
            shutil.copy(draft / name, target / name)
    _say(f"补了 {changed} 处，其余未动；再导入一次文件即按新表归并" if changed else "数据里的名称表里都有，没有改动")
    return 0


def _add_rows(path: Path, model: type[Row], rows: Rows) -> int:
    """Add rows whose name is new, say the difference, and return how many lines differ."""
    before = path.read_text(encoding="utf-8-sig") if path.exists() else table_text(model, [])
    kept: Rows = list(csv.DictReader(io.StringIO(before)))
    known = {key for row in kept for key in _keys(row)}
    fresh = [row for row in rows if not known & set(_keys(row))]
    after = table_text(model, [*kept, *fresh]) if fresh else before
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0):
        if line[0] in "+-" and line[:3] not in ("+++", "---"):
            _say(f"  {path.name}　{line}")
    path.write_text(after, encoding="utf-8")
    return len(fresh)


def _keys(row: dict[str, str]) -> list[str]:
    """What a row answers to: its name and aliases, or the levels of a category."""
    if "category3" in row:
        return ["/".join(row[level] for level in ("source", "category1", "category2", "category3"))]
    return [row["name"], *filter(None, (row.get("aliases") or "").split("|"))]


def _check(options: argparse.Namespace) -> int:
    profile = current_profile(options.profile_name or options.profile)
    for path in shipped_mappings(profile).values():
        load_mapping(path)
    if profile.boundaries and not profile.boundaries.exists():
        raise ProfileError(
            f"{profile.folder / 'district.toml'}，字段 geography.boundaries：没有 {profile.boundaries.name}"
        )
    for wall in profile.walls.walls:
        for screen in wall.screens:
            if not (SCREENS / f"{screen}.py").exists():
                raise ProfileError(f"{profile.folder / 'wall.toml'}，大屏 {wall.name}：没有“{screen}”这一屏")
    if problems := own_of(profile).problems:
        raise ProfileError(f"{profile.folder}/{'；'.join(map(str, problems))}")
    _say(f"{profile.settings.district.name}（{profile.folder}）：没有错误")
    if profile.several:
        told = "、".join(f"{name} {len(profile.districts[name])}" for name in profile.several)
        _say(f"  {len(profile.several)} 个区，各有几个街道：{told}")
    for line in _gaps(profile):
        _say(f"  {line}")
    return 0


def _gaps(profile: Profile) -> list[str]:
    """What the profile leaves open, and what the pages then cannot say."""
    populated = sum(street.population is not None for street in profile.streets)
    classified = sum(bool(category.dimension) for category in profile.categories)
    told = {
        "没有街道：按街道的图表只有数据里的名称": bool(profile.streets),
        "没有街道边界：街道热力不画街道图": profile.boundaries is not None,
        f"有常住人口的街道 {populated} 个，共 {len(profile.streets)} 个：其余的万人诉求量为“—”":
            populated == len(profile.streets),
        f"归入七有五性的分类 {classified} 个，共 {len(profile.categories)} 个：七有五性只计这些和来源写明的":
            bool(profile.categories) and classified == len(profile.categories),
        "没有对照表（mappings/）：导入时要加 --mapping": bool(shipped_mappings(profile)),
        "没有办理人（people.csv）：谁也不能办理事项": bool(profile.people),
        "没有网格与热线的对应（bridge.csv）：不做网格融合": bool(profile.bridge),
        "没有每月一题（topics.csv）": bool(profile.topics),
        "没有公布的数字（benchmarks.csv）：不与公布数对照": bool(profile.benchmarks),
    }  # fmt: skip
    gaps = [line for line, is_there in told.items() if not is_there]
    for kind, rows in (("street", profile.streets), ("community", profile.communities), ("unit", profile.units)):
        names = dict.fromkeys((row.name for row in rows), 0)
        gaps += [f"{KINDS[kind]}“{pair.other}”与“{pair.kept}”只差写法" for pair in alike(kind, names)]
    return gaps


ACTIONS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "new": (_new, "为另一个区建配置，从几句回答，或从自己的文件（--from）、已导入的库（--from-store）"),
    "check": (_check, "核对一个区的配置：有错指出文件、行、字段，退出码为 1；没有错列出还空着什么"),
}  # fmt: skip


def run_profile(options: argparse.Namespace) -> int:
    if options.action == "new" and not options.profile_name:
        raise ProfileError("请写出配置名（文件夹名），例如：profile new north --name 城北区")
    return ACTIONS[options.action][0](options)


def add_arguments(command: argparse.ArgumentParser) -> None:
    about = "；".join(f"{name} {words}" for name, (_, words) in ACTIONS.items())
    command.add_argument("action", choices=ACTIONS, help=about)
    command.add_argument("profile_name", nargs="?", default="", metavar="配置名", help="profiles/ 下的文件夹名")
    command.add_argument("--name", help="区的名称，显示在页面上；不写时在终端上问")
    command.add_argument("--city", help="所在城市")
    command.add_argument("--code", default="", help="行政区划代码")
    command.add_argument("--streets", default="", help="街道名称，用顿号或逗号分开")
    command.add_argument("--month-start", type=int, default=1, help="考核期从每月几日起，1 为自然月（默认）")
    command.add_argument("--day-start", type=int, default=0, help="考核日从几时起，0 为自然日（默认）")
    command.add_argument(
        "--from", dest="source_file", type=Path, metavar="文件", help="从这个文件取街道、社区、单位、分类"
    )
    command.add_argument(
        "--mapping", help="读 --from 的字段对照表（.toml），一并放进配置；不写时找相符的，再没有就按表头猜"
    )
    command.add_argument("--from-store", action="store_true", help="从已导入的库取（--profile 所指的区）")
    command.add_argument("--like", default="", help="规则抄自哪个配置，默认程序自带的第一个")
    command.add_argument("--update", action="store_true", help="已有的配置：只补上数据里新出现的名称，列出补了什么")
    command.add_argument("--force", action="store_true", help="已有的配置：重写")
