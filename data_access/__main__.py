"""The command line of the case store: python -m data_access. Exit codes: 0 done, 1 failed, 2 wrong call."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from data_access import demo, quality
from data_access.audit import verify
from data_access.guess import guess_mapping
from data_access.importer import ImportFailed, ImportResult, import_file
from data_access.ledger import ledger_for
from data_access.objective import import_sheet
from data_access.profile import Profile, ProfileError, current_profile
from data_access.query import as_of, is_synthetic
from data_access.store import Store, StoreError, store_for

FORMATS: dict[str, Callable[[pd.DataFrame], str]] = {
    "table": lambda frame: frame.to_string(index=False, max_colwidth=60),
    "csv": lambda frame: frame.to_csv(index=False).rstrip("\n"),
    "json": lambda frame: frame.to_json(orient="records", force_ascii=False, date_format="iso", indent=1),
}


def _say(message: str) -> None:
    sys.stdout.write(message + "\n")


@contextmanager
def _bar(label: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; silent when nobody watches (cron)."""
    with tqdm(desc=label, unit=unit, unit_scale=True, disable=None, dynamic_ncols=True) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def run_demo(options: argparse.Namespace, store: Store, profile: Profile) -> int:
    if options.live:
        _say("正在持续写入演示数据，按 Ctrl+C 停止")
        demo.live(store, profile, speed=options.speed, interval_seconds=options.interval)
        return 0
    if store.exists and options.if_missing:
        return _make_ledger(store, profile) if is_synthetic(store) and demo.ledger_is_missing(store) else 0
    if store.exists and not is_synthetic(store) and not options.replace:
        raise StoreError(f"{store.folder} 里是真实数据，未写入演示数据；确要覆盖请加 --replace（可用 rollback 退回）")
    count, steps = demo.generate_all(store, profile, seed=options.seed, scale=options.scale, bar=_bar)
    _say(f"演示数据已写入 {count:,} 件，数据截至 {as_of(store):%Y年%m月%d日 %H:%M}，版本 {store.version}")
    _say_ledger(steps)
    return 0


def _make_ledger(store: Store, profile: Profile) -> int:
    with _bar("生成演示台账", "步") as progress:
        steps = demo.write_ledger(store, profile, progress=progress)
    _say_ledger(steps)
    return 0


def _say_ledger(steps: int) -> None:
    if steps:
        _say(f"演示台账已写入 {steps:,} 条记录")
    else:
        _say("演示台账未写入：LEDGER_URL 所指的台账里已有记录，或配置里没有 demo_ledger.toml；原有记录未动")


def _shortened(found: int | dict[str, int]) -> str:
    if isinstance(found, int):
        return f"{found:,}"
    shown = "、".join(f"{name} {count:,}" for name, count in list(found.items())[:5])
    return shown + (f" 等 {len(found)} 个（全部见数据质量页）" if len(found) > 5 else "")


def run_import(options: argparse.Namespace, store: Store, profile: Profile) -> int:
    if options.guess:
        _say(guess_mapping(options.file, profile))
        return 0
    if is_synthetic(store) and not options.replace_demo:
        raise StoreError(
            "当前库里是演示数据，不能与真实数据混放：加 --replace-demo 用这个文件替换演示数据（可用 rollback 退回），"
            "或用 CASES_URL 指定另一个库"
        )
    with _bar("导入", "行") as progress:
        result = import_file(
            options.file,
            profile=profile,
            store=store,
            mapping=options.mapping,
            replace=is_synthetic(store),
            progress=progress,
        )
    _say_result(result)
    return 0


def run_indicators(options: argparse.Namespace, store: Store, profile: Profile) -> int:
    _say_result(import_sheet(options.file, profile=profile, store=store))
    return 0


def _say_result(result: ImportResult) -> None:
    _say(
        f"批次 {result.batch_id}：读取 {result.rows_read:,} 行＝新增 {result.inserted:,}＋更新 {result.updated:,}"
        f"＋未变 {result.unchanged:,}＋隔离 {result.rejected:,}"
    )
    for label, found in result.notes.items():
        _say(f"  {label}：{_shortened(found)}")
    if result.rejected:
        _say(f"  隔离的行及原因：python -m data_access rejected --batch {result.batch_id}")


def run_status(options: argparse.Namespace, store: Store, profile: Profile) -> int:
    if not store.exists:
        _say(f"{profile.settings.district.name}：还没有数据（{store.folder}）")
        return 1
    kind = "演示数据" if is_synthetic(store) else "真实数据"
    _say(f"{profile.settings.district.name}（{kind}），版本 {store.version}，位置 {store.folder}")
    _say(FORMATS["table"](quality.freshness(store)))
    for info in store.versions():
        mark = "→" if info.is_current else " "
        _say(f"{mark} {info.name}  {info.published_at:%Y-%m-%d %H:%M:%S}  {info.size_bytes / 1e6:,.1f} MB")
    return 0


def run_rejected(options: argparse.Namespace, store: Store, profile: Profile) -> int:
    _say(FORMATS[options.format](quality.rejected(options.batch, limit=options.limit, store=store)))
    return 0


def run_rollback(options: argparse.Namespace, store: Store, profile: Profile) -> int:
    _say(f"已退回版本 {store.rollback()}")
    return 0


def run_ledger(options: argparse.Namespace, store: Store, profile: Profile) -> int:
    found = verify(ledger_for().engine)
    if found.broken:
        _say(f"不完整：{found.broken}，{found.reason}（共 {found.events:,} 条记录）")
        return 1
    _say(f"完整：{found.events:,} 条记录，逐条相连，与事项一致")
    return 0


def run_sql(options: argparse.Namespace, store: Store, profile: Profile) -> int:
    with store.reading() as connection:
        # A colon in an analyst's text is theirs, not a parameter.
        result = connection.execute(text(options.statement.replace(":", r"\:")))
        frame = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
    _say(FORMATS[options.format](frame))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data_access", description="案件库：生成、导入、查看、退回、查询")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--profile", help="区情配置名（profiles/ 下的文件夹），默认取环境变量 DISTRICT_PROFILE")

    def command(name: str, run: Callable[..., int], help_: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common], help=help_, description=help_)
        sub.set_defaults(run=run)
        return sub

    made = command("demo", run_demo, "生成演示数据（合成，非真实案件）")
    made.add_argument("--seed", type=int, default=2022, help="随机种子，同一种子得到同样的数据")
    made.add_argument("--scale", type=float, default=1.0, help="数据量倍数，用于压力测试")
    made.add_argument("--if-missing", action="store_true", help="已有数据时不再生成；缺演示台账时只补台账")
    made.add_argument("--replace", action="store_true", help="允许覆盖真实数据的库")
    made.add_argument("--live", action="store_true", help="持续追加新案件和回访，让大屏动起来")
    made.add_argument("--speed", type=float, default=1.0, help="时间加速倍数（配合 --live）")
    made.add_argument("--interval", type=float, default=10.0, help="写入间隔，秒（配合 --live）")

    read = command("import", run_import, "导入 CSV、XLSX 或 Parquet 文件；重复导入不会重复计数")
    read.add_argument("file", type=Path, help="要导入的文件")
    read.add_argument("--mapping", help="字段对照表：配置里的名称，或 .toml 文件路径；默认按表头自动识别")
    read.add_argument("--guess", action="store_true", help="不导入，只输出建议的字段对照表，改好后用 --mapping 指定")

    read.add_argument("--replace-demo", action="store_true", help="库里是演示数据时，清掉演示数据再导入")

    sheet = command(
        "indicators", run_indicators, "导入七有五性的客观指标表（时期、街道、维度、指标、方向、下限、上限、权重、数值）"
    )
    sheet.add_argument("file", type=Path, help="CSV、XLSX 或 Parquet 文件")

    command("status", run_status, "显示数据版本、新鲜度和占用空间；没有数据时退出码为 1")

    refused = command("rejected", run_rejected, "列出被隔离的行及原因")
    refused.add_argument("--batch", type=int, help="批次号，默认全部")
    refused.add_argument("--limit", type=int, default=1000, help="最多行数")
    refused.add_argument("--format", choices=FORMATS, default="table", help="输出格式")

    command("rollback", run_rollback, "退回上一个版本（撤销最近一次导入）")

    kept = command("ledger", run_ledger, "核验办理台账：记录是否被改动、缺失；不完整时退出码为 1")
    kept.add_argument("action", choices=["verify"], help="verify 核验")

    asked = command("sql", run_sql, "对当前版本做只读查询")
    asked.add_argument("statement", help='SQL 语句，例如 "SELECT street, count(*) FROM cases GROUP BY street"')
    asked.add_argument("--format", choices=FORMATS, default="table", help="输出格式")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.profile:
        os.environ["DISTRICT_PROFILE"] = options.profile  # every layer below asks for the current profile
    try:
        return int(options.run(options, store_for(), current_profile()))
    except (StoreError, ProfileError, ImportFailed) as error:
        sys.stderr.write(f"失败：{error}\n")
    except SQLAlchemyError as error:
        sys.stderr.write(f"查询失败：{getattr(error, 'orig', None) or error}\n")
    except KeyboardInterrupt:
        sys.stderr.write("已停止\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
