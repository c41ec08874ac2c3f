"""The command line: python -m data_access. Exit codes: 0 done, 1 failed, 2 wrong call."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pandas as pd
from tqdm import tqdm

import demo
from commands import access, alias, audit, brief, doors, ledger, move, page, retain, sync, watch
from commands import profile as profiles
from commands.output import say as _say
from commands.results import begin_if_first, say_nearest, say_result
from data_access.cases.disks import refusal
from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.format import FORMAT, FORMAT_KEY
from data_access.cases.history import DEMO
from data_access.cases.reader import QueryFailed, Reader, open_reader
from data_access.cases.store import Store, store_for
from data_access.district.boundaries import boundary_problem
from data_access.district.periods import BEIJING
from data_access.district.profile import ProfileError, current_profile
from data_access.district.vocabulary import SOURCES
from data_access.intake import quality
from data_access.intake.guessing import guess_mapping
from data_access.intake.importing import ImportFailed, import_file
from data_access.intake.live import SourceLost, SourceUnusable
from data_access.intake.mapping import MappingError
from data_access.intake.objective import import_sheet
from data_access.intake.repair import meaning_of, repair_of

FORMATS: dict[str, Callable[[pd.DataFrame], str]] = {
    "table": lambda frame: frame.to_string(index=False, max_colwidth=60),
    "csv": lambda frame: frame.to_csv(index=False).rstrip("\n"),
    "json": lambda frame: frame.to_json(orient="records", force_ascii=False, date_format="iso", indent=1),
}


@contextmanager
def _bar(label: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; silent when nobody watches (cron)."""
    with tqdm(desc=label, unit=unit, unit_scale=True, disable=None, dynamic_ncols=True) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def run_demo(options: argparse.Namespace, reader: Reader) -> int:
    if options.live:
        _say("正在持续写入演示数据，按 Ctrl+C 停止")
        demo.live(reader.store, reader.profile, speed=options.speed, interval_seconds=options.interval)
        return 0
    store, profile = reader.store, reader.profile
    if options.if_missing and not (profile.folder / "demo.toml").exists():
        if not store.exists:
            _say(f"{profile.settings.district.name}没有演示数据；导入自己的案件：python -m data_access import 文件")
        return 0
    if store.exists and options.if_missing:
        return _make_ledger(reader) if reader.is_synthetic and demo.ledger_is_missing(reader) else 0
    if store.exists and not reader.is_synthetic and not options.replace:
        raise StoreError(f"{store.address} 里是真实数据，未写入演示数据；确要覆盖请加 --replace（可用 rollback 退回）")
    count, steps = demo.generate_all(store, profile, seed=options.seed, scale=options.scale, bar=_bar)
    _say(f"演示数据已写入 {count:,} 件，数据截至 {reader.latest().as_of:%Y年%m月%d日 %H:%M}，版本 {store.version}")
    _say_ledger(steps)
    return 0


def _make_ledger(reader: Reader) -> int:
    with _bar("生成演示台账", "步") as progress:
        steps = demo.write_ledger(reader, progress=progress)
    _say_ledger(steps)
    return 0


def _say_ledger(steps: int) -> None:
    if steps:
        _say(f"演示台账已写入 {steps:,} 条记录")
    else:
        _say("演示台账未写入：LEDGER_URL 所指的台账里已有记录，或配置里没有 demo_ledger.toml；原有记录未动")


def run_import(options: argparse.Namespace, reader: Reader) -> int:
    if options.guess:
        _say(guess_mapping(options.file, reader.profile, sheet=options.sheet, header_row=options.header_row))
        return 0
    with _bar("导入", "行") as progress:
        result = import_file(
            options.file,
            profile=reader.profile,
            store=reader.store,
            mapping=options.mapping,
            sheet=options.sheet,
            header_row=options.header_row,
            replace_demo=options.replace_demo,
            as_of=options.as_of,
            progress=progress,
        )
    say_result(result)
    say_nearest(result, reader)
    if result.rows_read and result.rejected == result.rows_read:
        sys.stderr.write("失败：一行也没有读进来，全部隔离：请看隔离的原因，或用 --guess 重写对照表\n")
        audit.note_import(reader, options.file.name, result)
        return 1
    _say(f"  数据截至 {reader.latest().as_of:%Y-%m-%d %H:%M}（看板的“现在”；不对时用 --as-of 说明）")
    begin_if_first(reader.latest())
    audit.note_import(reader.latest(), options.file.name, result)
    return 0


def run_indicators(options: argparse.Namespace, reader: Reader) -> int:
    where = {"sheet": options.sheet, "header_row": options.header_row}
    say_result(import_sheet(options.file, profile=reader.profile, store=reader.store, **where))
    return 0


def run_words(options: argparse.Namespace, reader: Reader) -> int:
    for row in quality.unknown_words(reader).to_dict("records"):
        _say(f"{SOURCES[row['source']]}　{row['label']}：{row['word']}（{row['cases']:,} 件）")
        repair = repair_of(reader.profile, row["mapping"], row["source"], row["field"], row["word"])
        place = f"profiles/{reader.profile.name}/{repair.file} 的 [{repair.section}]"
        then = "加其中一行，再导入原来的文件" if repair.again else "换掉原来的一行"
        _say(f"  在 {place} 里{then}。{meaning_of(row['field'])}")
        for line in repair.lines:
            _say(f"    {line}")
    return 0


def run_status(options: argparse.Namespace, reader: Reader) -> int:
    store, profile = reader.store, reader.profile
    if not store.exists:
        _say(f"{profile.settings.district.name}：还没有数据（{store.address}）")
        return 1
    kind = "演示数据" if reader.is_synthetic else "真实数据"
    _say(f"{profile.settings.district.name}（{kind}），版本 {store.version}，位置 {store.address}")
    _say(FORMATS["table"](quality.freshness(reader)))
    run_versions(options, reader)
    if problem := boundary_problem(profile):
        _say(f"配置有问题，地图画不出来：{problem}")
    return 1 if problem else 0


def run_versions(options: argparse.Namespace, reader: Reader) -> int:
    for info in reader.store.versions():
        mark, size = "→" if info.is_current else " ", f"{info.size_bytes / 1e6:,.1f} MB"
        kind = "　演示数据" if info.kind == DEMO else ""
        when, origin = f"{info.published_at:%Y-%m-%d %H:%M:%S}", f"（由 {info.parent} 而来）" if info.parent else ""
        _say(f"{mark} {info.name}  {when}  {size}  {info.state}{origin}{kind}  {info.what}")
    return 0


def run_repair(options: argparse.Namespace, store: Store) -> int:
    name = store.repair(options.to or "")
    _say(f"CURRENT 已指向 {name}；请用 status 核对件数和最新时间，不对时用 rollback --to 换一版")
    return 0


def run_schema(options: argparse.Namespace, store: Store) -> int:
    store.lay_out()
    _say(f"案件库的表已就绪（格式 {FORMAT}，{store.address}）；已有的数据没有改动")
    return 0


def run_upgrade(options: argparse.Namespace, reader: Reader) -> int:
    if not reader.store.exists:
        _say("还没有数据，没有要升级的")
        return 0
    if int(reader.note(FORMAT_KEY) or 1) >= FORMAT:
        _say(f"案件库已是最新格式（{FORMAT}）")
        return 0
    with reader.store.writing():
        pass  # every version that is published is in today's format
    _say(f"案件库已升级到格式 {FORMAT}，版本 {reader.store.version}（升级前的可用 rollback 退回）")
    return 0


def run_rejected(options: argparse.Namespace, reader: Reader) -> int:
    rows = quality.rejected(reader, options.batch, options.limit)
    if rows.empty and options.format == "table":
        _say("没有被隔离的行" if options.batch is None else f"批次 {options.batch} 没有被隔离的行")
    else:
        _say(FORMATS[options.format](rows))
    return 0


def run_rollback(options: argparse.Namespace, reader: Reader) -> int:
    version = reader.store.rollback(options.to or "", with_ledger=options.with_ledger)
    audit.noted(reader.latest(), "rollback", version)
    _say(f"已退回版本 {version}")
    return 0


def run_sql(options: argparse.Namespace, reader: Reader) -> int:
    rows = dataclasses.replace(reader, seconds=options.seconds).sql(options.statement, most=10**9)
    audit.noted(reader, "sql", hashlib.sha256(options.statement.encode()).hexdigest()[:16], rows=len(rows))
    _say(FORMATS[options.format](rows))
    return 0


AS_OF = "这份导出知道到什么时候（如“2022-12-31 08:00”），即看板的“现在”；默认从文件里的时间看出"


def _file_arguments() -> argparse.ArgumentParser:
    a_file = argparse.ArgumentParser(add_help=False)
    a_file.add_argument("file", type=Path, help="要导入的文件")
    a_file.add_argument("--sheet", default="", help="只读这张工作表；默认读列相同的各张，其余的说明为什么没有读")
    a_file.add_argument("--header-row", type=int, default=0, help="表头在第几行；默认按内容找")
    return a_file


def _moment(text: str) -> dt.datetime:
    """A Beijing time without seconds or with; another zone's is brought to it."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"看不懂时间“{text}”：请写成 2022-12-31 08:00") from error
    return moment.astimezone(BEIJING).replace(tzinfo=None) if moment.tzinfo else moment


def _add_import_arguments(read: argparse.ArgumentParser) -> None:
    read.add_argument("--mapping", help="字段对照表：配置里的名称，或 .toml 文件路径；默认按表头自动识别")
    read.add_argument("--guess", action="store_true", help="不导入，只输出建议的字段对照表，改好后用 --mapping 指定")
    read.add_argument("--as-of", type=_moment, metavar="时间", help=AS_OF)
    read.add_argument("--replace-demo", action="store_true", help="库里是演示数据时，清掉演示数据再导入")


def _add_demo_arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--seed", type=int, default=2022, help="随机种子，同一种子得到同样的数据")
    made.add_argument("--scale", type=float, default=1.0, help="数据量倍数，用于压力测试")
    made.add_argument("--if-missing", action="store_true", help="已有数据时不再生成；缺演示台账时只补台账")
    made.add_argument("--replace", action="store_true", help="允许覆盖真实数据的库")
    made.add_argument("--live", action="store_true", help="持续追加新案件和回访，让大屏动起来")
    made.add_argument("--speed", type=float, default=1.0, help="时间加速倍数（配合 --live）")
    made.add_argument("--interval", type=float, default=10.0, help="写入间隔，秒（配合 --live）")


def _add_keepers(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands about who may look and who did."""
    audit.add_arguments(
        command("audit", audit.run_audit, "审计：谁、什么时候、从哪里、做了什么；核验、列出、写出、清理")
    )
    doors.add_wall_arguments(command("wall", doors.run_wall, "大屏设备的登记：令牌只显示一次，库里只存散列"))
    doors.add_login_arguments(command("login", doors.run_login, "结束或撤销一个账号的登录，几个进程都管"))
    kept = partial(retain.run_retain, bar=_bar), "清除超过 privacy.toml 期限的文字、地址和诉求人代号，各版和台账都清"
    asked = partial(retain.run_forget, bar=_bar), "按一个人的申请清除几件案件里的个人信息，各版和台账都清"
    retain.add_arguments(command("retain", *kept), command("forget", *asked))
    access.add_arguments(command("access", access.run_access, "列出谁能看到哪些案件（配置里的 access.toml）"))


def parser() -> argparse.ArgumentParser:
    """The command line as a whole; docs/reference.md is written from it."""
    whole = argparse.ArgumentParser(prog="python -m data_access", description="案件库：生成、导入、查看、退回、查询")
    commands = whole.add_subparsers(dest="command", required=True, metavar="命令")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--profile", help="区情配置名（profiles/ 下的文件夹），默认取环境变量 DISTRICT_PROFILE")

    a_file = _file_arguments()

    def command(
        name: str, run: Callable[..., int], help_: str, *more: argparse.ArgumentParser, given: str = "reader"
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common, *more], help=help_, description=help_)
        sub.set_defaults(run=run, given=given)
        return sub

    _add_demo_arguments(command("demo", run_demo, "生成演示数据（合成，非真实案件）"))
    read = command("import", run_import, "导入表格文件（CSV、Excel、Parquet、zip 等）；重复导入不会重复计数", a_file)
    _add_import_arguments(read)

    followed = "从源库增量同步：只读有变化的行，重复读不会重复计数，断了接着读"
    sync.add_arguments(command("sync", sync.run_sync, followed), _moment)
    watch.add_arguments(command("watch", watch.run_watch, "看着一个文件夹：放好的文件逐个导入，移到 done/ 或 failed/"))

    sheet = "导入七有五性的客观指标表（时期、街道、维度、指标、方向、下限、上限、权重、数值）"
    command("indicators", run_indicators, sheet, a_file)

    command("status", run_status, "显示数据版本、新鲜度和占用空间；没有数据或街道边界用不了时退出码为 1")

    refused = command("rejected", run_rejected, "列出被隔离的行及原因")
    refused.add_argument("--batch", type=int, help="批次号，默认全部")
    refused.add_argument("--limit", type=int, default=1000, help="最多行数")
    refused.add_argument("--format", choices=FORMATS, default="table", help="输出格式")

    alias.add_arguments(command("alias", alias.run_alias, "把导出里的一种写法记为街道、社区、承办单位的别名"))
    command("words", run_words, "列出代码列里不认识的词、件数和补法（在配置里加哪一行）")
    command("versions", run_versions, "列出各版本：由哪一版而来、带来了什么、是否在用")

    back = command("rollback", run_rollback, "退回当前版本所由来的那一版（撤销最近一次导入）")
    back.add_argument("--to", help="换到指名的版本，往前往后都可以")
    back.add_argument("--with-ledger", action="store_true", help="真实数据与演示数据之间换版本时，办理台账一起换")

    mended = command("repair", run_repair, "CURRENT 丢失或损坏时，指回最新的完整版本", given="store")
    mended.add_argument("--to", help="指回哪一版，默认最新发布的")

    command("schema", run_schema, "在服务器上建立案件库的表，或补上新程序要的列和索引；可重复运行", given="store")
    command("upgrade", run_upgrade, "把旧格式的案件库升级为本程序的格式")
    move.add_arguments(command("move", partial(move.run_move, bar=_bar), move.WHAT, given="store"))
    ledger.add_arguments(command("ledger", ledger.run_ledger, "办理台账：核验、建立、备份、恢复、另存链头、采用、升级"))

    brief.add_arguments(command("brief", brief.run_brief, "写简报（Word 和 Excel），可由 cron、systemd 定时运行"))
    _add_keepers(command)
    page.add_arguments(command("page", page.run_page, "写一页、查一页（docs/analysts.md）", given="nothing"))
    profiles.add_arguments(command("profile", profiles.run_profile, "区情配置：为另一个区新建，核对", given="nothing"))

    asked = command("sql", run_sql, "对当前版本做只读查询")
    asked.add_argument("statement", help='SQL 语句，例如 "SELECT street, count(*) FROM cases GROUP BY street"')
    asked.add_argument("--format", choices=FORMATS, default="table", help="输出格式")
    asked.add_argument("--seconds", type=float, default=0, help="最多几秒，默认按区情配置的 [limits]")
    return whole


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        if options.given == "nothing":
            return int(options.run(options))
        profile = current_profile(options.profile)
        store = store_for(profile=profile.name)
        # Where CURRENT is lost no reader can be opened: `repair` is given the store itself.
        return int(options.run(options, store if options.given == "store" else open_reader(profile=profile)))
    except (StoreError, ProfileError, ImportFailed, MappingError, SourceLost, SourceUnusable) as error:
        sys.stderr.write(f"失败：{error}\n")
    except QueryFailed as error:
        sys.stderr.write(f"查询失败：{error}\n")
    except DatabaseError as error:
        sys.stderr.write(f"数据库失败：{getattr(error, 'orig', None) or error}\n")
    except OSError as error:
        sys.stderr.write(f"失败：{error.filename or '磁盘'}：{refusal(error) or error.strerror or error}\n")
    except KeyboardInterrupt:
        sys.stderr.write("已停止\n")
    return 1
