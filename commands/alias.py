"""An alias for a street, a community or a unit: written into the profile's table, and tried before it stays."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from pathlib import Path

from data_access.cases.reader import Reader
from data_access.district.profile import ProfileError, load_profile
from data_access.intake.naming import PLACED

TABLES = {"street": "streets.csv", "community": "communities.csv", "unit": "units.csv"}


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("kind", choices=TABLES, help="哪一种：street 街道，community 社区，unit 承办单位")
    command.add_argument("written", help="导出里的写法")
    command.add_argument("name", help="配置里的名称")


def run_alias(options: argparse.Namespace, reader: Reader) -> int:
    path = reader.profile.folder / TABLES[options.kind]
    before = path.read_bytes()
    _replace(path, _with_alias(path, before.decode("utf-8-sig"), options))
    try:
        load_profile(reader.profile.folder)
    except ProfileError:
        _replace(path, before)
        raise
    said = f"{PLACED[options.kind]}“{options.written}”即“{options.name}”，已写入 {path}"
    sys.stdout.write(f"{said}；再导入原来的文件，旧件随之改正\n")
    return 0


def _with_alias(path: Path, text: str, options: argparse.Namespace) -> bytes:
    """The table with one more alias; raises `ProfileError`."""
    if "|" in options.written or not options.written.strip():
        raise ProfileError("写法不能是空的，也不能有竖线")
    header, *rows = csv.reader(io.StringIO(text))
    if "aliases" not in header:
        header, rows = [*header, "aliases"], [[*row, ""] for row in rows]
    at = {name: header.index(name) for name in ("name", "aliases")}
    chosen = [row for row in rows if row and row[at["name"]] == options.name]
    if not chosen:
        raise ProfileError(f"{path} 里没有“{options.name}”")
    for row in chosen:
        aliases = [alias for alias in row[at["aliases"]].split("|") if alias]
        row[at["aliases"]] = "|".join(dict.fromkeys((*aliases, options.written.strip())))
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([header, *rows])
    return written.getvalue().encode()


def _replace(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(content)
    os.replace(new, path)
