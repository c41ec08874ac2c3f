"""Objective indicators of the 七有五性 index from a sheet: python -m data_access indicators 文件.

One row per period, street, dimension and indicator; a period of a year counts for each of its months. One transaction;
a row that cannot be read goes to `rejected_rows` with its line and column; the same sheet twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from data_access.cases.masking import masked
from data_access.cases.schema import objective_values
from data_access.cases.store import Store
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.district.vocabulary import DIMENSIONS_75
from data_access.intake.importing import (
    RAW_KEPT,
    ImportFailed,
    ImportResult,
    Origin,
    digest_of,
    keeping_of,
    record_result,
)
from data_access.intake.loading import next_batch_id
from data_access.intake.reading import Expected, Opened, UnreadableFile, open_file

REQUIRED = ("时期", "维度", "指标", "方向", "下限", "上限", "数值")
OPTIONAL = ("街道", "单位", "权重")
EXPECTED = Expected(frozenset((*REQUIRED, *OPTIONAL)), set(REQUIRED).issubset)
BETTER = {"越高越好": "up", "正向": "up", "up": "up", "越低越好": "down", "负向": "down", "down": "down"}
WHOLE_DISTRICT = ("", "全区")
FIELDS = [column.name for column in objective_values.columns]
KEY = ("month", "street", "dimension", "indicator")
Row = dict[str, object]


class _Refused(ValueError):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def import_sheet(path: Path, *, profile: Profile, store: Store, sheet: str = "", header_row: int = 0) -> ImportResult:
    """Import a sheet; raises `ImportFailed`, and then the store is as before. `sheet`, `header_row`: as for cases."""
    started = beijing_now()
    try:
        opened = open_file(path, EXPECTED, sheet=sheet, header_row=header_row)
        if missing := [name for name in REQUIRED if name not in opened.header]:
            raise UnreadableFile(
                f"{path} 缺少列：{'、'.join(missing)}；需要 {'、'.join(REQUIRED)}，可有 {'、'.join(OPTIONAL)}"
            )
        rows = list(_rows(opened))
    except UnreadableFile as error:
        raise ImportFailed(str(error)) from error
    streets = {alias: street.name for street in profile.streets for alias in (street.name, *street.aliases)}
    kept: list[list[Row]] = []
    with store.writing(keeping=keeping_of(profile)) as con:
        batch_id, refused = next_batch_id(con), 0
        for number, cells in rows:
            try:
                kept.append(_read(cells, streets))
            except _Refused as error:
                refused += 1
                place, line = opened.place(number)
                raw = masked(",".join(cells.values())[:RAW_KEPT])
                con.execute("INSERT INTO rejected_rows VALUES (?, ?, ?, ?, ?, ?)",
                            [batch_id, path.name + place, line, error.column, str(error), raw]).fetchall()  # fmt: skip
        counts = [_keep(con, months, batch_id) for months in kept]
        result = ImportResult(
            batch_id, len(kept) + refused, counts.count("inserted"), counts.count("updated"), counts.count("unchanged"),
            refused, opened.notes,
        )  # fmt: skip
        record_result(con, result, Origin(path.name, digest_of(path), "客观指标", "objective"), started)
    return result


def _rows(opened: Opened) -> Iterator[tuple[int, dict[str, str]]]:
    for chunk in opened.chunks():
        columns = [column.to_pylist() for column in chunk.columns]
        for place, line in enumerate(chunk.lines):
            yield line, dict(zip(opened.header, ((column[place] or "").strip() for column in columns), strict=False))
        for refusal in chunk.refused:
            yield refusal.line, {"": refusal.raw}


def _read(cells: dict[str, str], streets: dict[str, str]) -> list[Row]:
    """One row of the sheet as one stored row per month of its period; raises `_Refused`."""
    if "" in cells:
        raise _Refused("", "这一行读不出来")
    dimension, indicator, street = cells["维度"], cells["指标"], cells.get("街道", "")
    if dimension not in DIMENSIONS_75:
        raise _Refused("维度", f"“{dimension}”不是七有五性的维度")
    if not indicator:
        raise _Refused("指标", "缺少指标名称")
    if street not in WHOLE_DISTRICT and street not in streets:
        raise _Refused("街道", f"配置里没有街道“{street}”；全区的数此列留空")
    if cells["方向"] not in BETTER:
        raise _Refused("方向", f"“{cells['方向']}”不是 {'、'.join(BETTER)} 之一")
    low, high, value = (_number(cells, name) for name in ("下限", "上限", "数值"))
    if low >= high:
        raise _Refused("上限", "上限须大于下限")
    weight = _number(cells, "权重") if cells.get("权重") else 1.0
    if weight <= 0:
        raise _Refused("权重", "权重须大于 0")
    shared: Row = {
        "street": streets.get(street, ""), "dimension": dimension, "indicator": indicator,
        "unit": cells.get("单位", ""), "better": BETTER[cells["方向"]],
        "low": low, "high": high, "weight": weight, "value": value,
    }  # fmt: skip
    return [{"month": month, **shared} for month in _months(cells["时期"])]


def _months(text: str) -> list[dt.date]:
    match = re.fullmatch(r"(\d{4})年?(?:[-/]?(\d{1,2})月?(?:[-/]0?1(?: 00:00:00)?)?)?", text)
    if not match or (match[2] and not 1 <= int(match[2]) <= 12) or int(match[1]) < 1:
        raise _Refused("时期", f"“{text}”读不出年月；写成 2022-11，全年写成 2022")
    months = [int(match[2])] if match[2] else range(1, 13)
    return [dt.date(int(match[1]), month, 1) for month in months]


def _number(cells: dict[str, str], column: str) -> float:
    try:
        value = float(cells[column].replace(",", "").replace("，", ""))
    except ValueError as error:
        raise _Refused(column, f"“{cells[column]}”不是数字") from error
    if not math.isfinite(value):
        raise _Refused(column, f"“{cells[column]}”不是有限的数字")
    return value


def _keep(con: duckdb.DuckDBPyConnection, months: list[Row], batch_id: int) -> str:
    """Store one row's months; says whether that inserted, updated or changed nothing."""
    said, same = set(), " AND ".join(f"{name} = ?" for name in KEY)
    for row in months:
        key = [row[name] for name in KEY]
        stored = con.execute(f"SELECT {', '.join(FIELDS[:-1])} FROM objective_values WHERE {same}", key).fetchall()
        values = [row[name] for name in FIELDS[:-1]]
        said.add("inserted" if not stored else "unchanged" if list(stored[0]) == values else "updated")
        con.execute(f"DELETE FROM objective_values WHERE {same}", key).fetchall()
        con.execute(
            f"INSERT INTO objective_values VALUES ({', '.join('?' for _ in FIELDS)})", [*values, batch_id]
        ).fetchall()
    return next(word for word in ("inserted", "updated", "unchanged") if word in said)
