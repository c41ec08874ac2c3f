"""What a careful clerk would ask about a file that has come in: said in a few lines, and nothing where all is usual.

Asked in the writer's transaction, of the cases that the batch brought (`arrived`), and of those that were there before,
which readers still see; what the next import is compared with is kept in the batch's notes. How often a usual file
makes it speak, and how surely it finds planted faults: scripts/claims/imports.py, docs/methods.md.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import duckdb
from sqlalchemy import Column, func, select

from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.district.worktime import is_working_day

QUESTIONS, SEEN = "请核对", "空缺"  # keys of a batch's notes: lines to read, and what the next import is compared with
# Known when a case comes in, and therefore alike from import to import.
AT_ONCE = {
    "street": "街道", "community": "社区", "address": "地址", "lon": "坐标", "category1": "一级分类",
    "category2": "二级分类", "category3": "三级分类", "content": "诉求内容", "unit": "承办单位", "channel": "渠道",
    "request_type": "诉求类型", "caller_key": "诉求人",
}  # fmt: skip
# Known later: compared among cases that have settled.
LATER = {
    "dispatched_at": "派单时间", "due_at": "截止时间", "closed_at": "办结时间", "callback_at": "回访时间",
    "resolution": "解决结果", "satisfaction": "满意度",
}  # fmt: skip
NOT_TEXT = {"lon", "dispatched_at", "due_at", "closed_at", "callback_at"}
# A share has changed when the nearer end of its change's interval (Newcombe, Z standard errors) is beyond LEAST.
Z, LEAST = 4.0, 0.02
FEWEST = 50  # cases; of fewer nothing is said of a share
POOLED = 500  # cases of earlier imports that a share is compared with, the newest imports first
NEW = {"street": "街道", "unit": "承办单位", "channel": "渠道", "request_type": "诉求类型"}
LEVELS = ("category3", "category2", "category1")  # the finest one that the file has counts
FAMILIAR = 1000  # cases before; against fewer nothing is new
FEW, SURPRISE = 5, 1e-4  # cases of a new name that are told, and how improbable they must be
WEEKS = 8  # of the same weekday that a day's volume is compared with
USUAL_DAY = 20  # cases; where a day has fewer, its volume says little
DUE = 12  # cases that a street would have in the file; that it has none is no chance
TOGETHER = 10  # cases of one second that are many
DAYS_ONLY = 0.9  # a first file in which such are more tells no time of day
RECENT = 20_000  # cases before the batch by whose ids the new ones are judged
MOST_SHAPES = 30  # of ids; where there are more, ids have no pattern
MOST_LINES = 6


@dataclass(frozen=True)
class Asked:
    """`lines`: what to look at, in Chinese sentences. `seen`: what the next import is compared with."""

    lines: tuple[str, ...] = ()
    seen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def notes(self) -> dict[str, Any]:
        """For the batch's notes."""
        return ({QUESTIONS: list(self.lines)} if self.lines else {}) | ({SEEN: dict(self.seen)} if self.seen else {})


NOTHING = Asked()


@dataclass(frozen=True)
class Batch:
    """The batch that was merged last, in the writer's connection. `stored`: the columns that its file speaks about."""

    con: duckdb.DuckDBPyConnection
    batch_id: int
    mapping: str
    source: str
    stored: tuple[str, ...]

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self.con.execute(statement, list(values)).fetchall()

    def earlier(self) -> list[dict[str, Any]]:
        """What earlier imports of the same mapping noted for this one, the newest first."""
        kept = self.rows(
            "SELECT notes FROM import_batches WHERE mapping = ? AND source = ? ORDER BY batch_id DESC LIMIT 50",
            self.mapping, self.source,
        )  # fmt: skip
        return [noted[SEEN] for (notes,) in kept if SEEN in (noted := json.loads(notes or "{}"))]


@dataclass(frozen=True)
class Before:
    """The cases of a source before a batch, on any engine; none where there is no reader of them."""

    reader: Reader | None
    source: str

    def counted(self, column: Column[Any]) -> dict[Any, int]:
        """Value -> cases."""
        asked = select(column.label("value"), func.count().label("cases")).where(cases.c.source == self.source)
        found = self.reader.rows(asked.group_by(column)) if self.reader else []
        return {row["value"]: row["cases"] for row in found}

    def numbers(self, since: date) -> list[str]:
        """The numbers of the cases that came in since then."""
        asked = select(cases.c.case_id).where(cases.c.source == self.source, cases.c.created_day >= since)
        return [row["case_id"] for row in self.reader.rows(asked)] if self.reader else []


def ask(batch: Batch, before: Before, settled_days: int) -> Asked:
    """What is unusual in the batch; nothing where it brought no new case.

    `settled_days`: after so many days a case's closing and callback are known. Wants the temporary table `former` (the
    batch's cases as they were), which the merge leaves.
    """
    batch.con.execute(
        f"""CREATE OR REPLACE TEMP VIEW arrived AS SELECT * FROM cases
            WHERE batch_id = {batch.batch_id} AND case_id NOT IN (SELECT case_id FROM former)"""
    )
    ((arrived, last),) = batch.rows("SELECT count(*), max(created_day) FROM arrived")
    if not arrived:
        return NOTHING
    earlier, days = batch.earlier(), before.counted(cases.c.created_day)
    known = sum(days.values())
    seen = _blanks(batch, settled_days)
    lines = [*_missing_columns(seen, earlier), *_changed_shares(seen, earlier)]
    latest: list[str] = []
    if known >= FAMILIAR:
        first_known, last_known = min(days), max(days)
        names = [name for name in (*NEW, *LEVELS) if name in batch.stored]
        here, there = _named(batch, names), {name: before.counted(cases.c[name]) for name in names}
        lines += [*_new_names(here, there), *_absent_streets(here, there)]
        judged = date.fromisoformat(earlier[0]["judged"]) if earlier and "judged" in earlier[0] else None
        lines += _odd_days(batch, days, judged or last_known - timedelta(days=1), max(last, last_known), first_known)
        seen["judged"] = str(max(last, last_known) - timedelta(days=1))
        latest = before.numbers(last_known - (last_known - first_known) * min(1, RECENT / known))
    lines += [*_same_second(batch, seen, earlier), *_odd_ids(batch, latest)]
    shown = lines[: MOST_LINES - 1] if len(lines) > MOST_LINES else lines
    more = [f"另有 {len(lines) - len(shown)} 处类似"] if len(lines) > len(shown) else []
    return Asked((*shown, *more), seen)


# What the file leaves blank.


def _blanks(batch: Batch, settled_days: int) -> dict[str, Any]:
    """Rows and blanks: of what is known at once among the new cases, of what is known later among the settled ones."""
    at_once = [name for name in AT_ONCE if name in batch.stored]
    later = [name for name in LATER if name in batch.stored]
    settled = f"""(SELECT * FROM cases WHERE batch_id = {batch.batch_id} AND created_at <
                  (SELECT max(created_at) FROM arrived) - INTERVAL {settled_days} DAY)"""
    seen: dict[str, Any] = {"columns": sorted(batch.stored)}
    for key, names, table in (("new", at_once, "arrived"), ("old", later, settled)):
        blank = [f"count(*) FILTER ({n} IS NULL{'' if n in NOT_TEXT else f' OR {n} = {chr(39) * 2}'})" for n in names]
        (counts,) = batch.rows(f"SELECT {', '.join(['count(*)', *blank])} FROM {table}")
        seen[key], seen[f"{key}_blank"] = counts[0], dict(zip(names, counts[1:], strict=True))
    return seen


def _missing_columns(seen: Mapping[str, Any], earlier: list[dict[str, Any]]) -> list[str]:
    """Columns that the last files had and this one has not."""
    if not earlier:
        return []
    always = set.intersection(*(set(one["columns"]) for one in earlier[:3]))
    labels = AT_ONCE | LATER
    gone = [labels[name] for name in labels if name in always - set(seen["columns"])]
    return [f"这次的文件没有这些列（上次有）：{'、'.join(gone)}"] if gone else []


def _changed_shares(seen: Mapping[str, Any], earlier: list[dict[str, Any]]) -> list[str]:
    lines = []
    for key, labels, of in (("new", AT_ONCE, "新件"), ("old", LATER, "满期的件")):
        for name, label in labels.items():
            rows, blank = seen[key], seen[f"{key}_blank"].get(name)
            base_rows, base = _pooled(earlier, key, name)
            if blank is None or min(rows, base_rows) < FEWEST or not _differs((blank, rows), (base, base_rows)):
                continue
            lines.append(
                f"“{label}”空缺 {_percent(blank, rows)}（{blank:,}/{rows:,} 件{of}），上次 {_percent(base, base_rows)}"
            )
    return lines


def _pooled(earlier: list[dict[str, Any]], key: str, name: str) -> tuple[int, int]:
    """Rows and blanks of the newest imports that know the column, until they are enough."""
    rows = blank = 0
    for one in earlier:
        if name in one[f"{key}_blank"] and rows < POOLED:
            rows, blank = rows + one[key], blank + one[f"{key}_blank"][name]
    return rows, blank


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%"


def _wilson(part: int, whole: int) -> tuple[float, float]:
    share, square = part / whole, Z * Z / whole
    middle, half = share + square / 2, Z * math.sqrt(share * (1 - share) / whole + square / whole / 4)
    return (middle - half) / (1 + square), (middle + half) / (1 + square)


def _differs(now: tuple[int, int], then: tuple[int, int]) -> bool:
    """Whether a share (part, whole) has surely changed by more than LEAST, by Newcombe's interval of the difference."""
    share, base = now[0] / now[1], then[0] / then[1]
    (low, high), (base_low, base_high) = _wilson(*now), _wilson(*then)
    if share < base:
        return base - share - math.hypot(high - share, base - base_low) > LEAST
    return share - base - math.hypot(share - low, base_high - base) > LEAST


# Names.


def _named(batch: Batch, names: list[str]) -> dict[str, dict[str, int]]:
    """Column -> name -> cases that arrived, in one pass."""
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    columns, sets = ", ".join(names), ", ".join(f"({name})" for name in names)
    asked = f"SELECT {columns}, count(*) AS n FROM arrived GROUP BY GROUPING SETS ({sets}) ORDER BY n DESC, {columns}"
    for *values, count in batch.rows(asked) if names else ():
        # Names are never null: the one that is not is the one grouped by.
        name, value = next((name, value) for name, value in zip(names, values, strict=True) if value is not None)
        found[name][value] = count
    return found


def _new_names(here: Mapping[str, dict[str, int]], there: Mapping[str, dict[str, int]]) -> list[str]:
    """Names never met before, with more cases than a name that was only rare would have."""
    level = next((name for name in LEVELS if name in here), "")
    lines = []
    for name, label in (NEW | {level: "分类"}).items():
        if name not in here:
            continue
        # Unseen among so many cases: its share is hardly above 3 in so many.
        rare = 3 * sum(here[name].values()) / sum(there[name].values())
        fresh = [(value, count) for value, count in here[name].items() if value and value not in there[name]]
        told = [f"{value[:20]} {n:,}" for value, n in fresh if n >= FEW and _at_least(n, rare) < SURPRISE]
        if told:
            lines.append(f"以前没有的{label}：{_some(told, 3, '个')}")
    return lines


def _absent_streets(here: Mapping[str, dict[str, int]], there: Mapping[str, dict[str, int]]) -> list[str]:
    """Streets without one new case where many were due."""
    if "street" not in here:
        return []
    share = sum(here["street"].values()) / sum(there["street"].values())
    due = {street: share * count for street, count in there["street"].items() if street not in here["street"]}
    absent = [f"{street}（往常约 {count:,.0f} 件）" for street, count in due.items() if street and count >= DUE]
    return [f"一件也没有的街道：{_some(absent, 5, '个')}"] if absent else []


def _some(items: list[str], most: int, unit: str) -> str:
    return "、".join(items[:most]) + (f" 等 {len(items)} {unit}" if len(items) > most else "")


def _at_least(count: int, mean: float) -> float:
    """The probability of so many or more, of a Poisson count."""
    term = total = math.exp(-mean)
    for step in range(1, count):
        term *= mean / step
        total += term
    return max(1 - total, 0.0)


# Volume.


def _odd_days(batch: Batch, known: Mapping[date, int], begun: date, last: date, first_known: date) -> list[str]:
    """Whole days after `begun` with more than twice the most, or less than half the least, of their weekday lately."""
    counted = Counter(known) + Counter(dict(batch.rows("SELECT created_day, count(*) FROM arrived GROUP BY 1")))
    odd = []
    for step in range(1, (last - begun).days):
        day = begun + timedelta(days=step)
        before = [day - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]
        usual = [counted[one] for one in before if one > first_known]
        holiday = day.weekday() < 5 and not is_working_day(day)
        if len(usual) < 4 or sorted(usual)[len(usual) // 2] < USUAL_DAY:
            continue
        count = counted[day]
        if count > 2 * max(usual) or (count < min(usual) / 2 and not holiday):
            odd.append(f"{day.month}月{day.day}日 {count:,} 件（往常 {min(usual):,}—{max(usual):,}）")
    return [f"受理量与往常同一星期几相差很大：{_some(odd, 3, '天')}"] if odd else []


# Times and numbers.


def _same_second(batch: Batch, seen: dict[str, Any], earlier: list[dict[str, Any]]) -> list[str]:
    """Many cases of one second, or at midnight; a source that tells only days is used to it."""
    midnight = "CAST(created_at AS TIME) = TIME '00:00:00'"
    groups = batch.rows(
        f"""SELECT created_at, count(*) AS n, {midnight} AS untimed FROM arrived
            GROUP BY 1 HAVING n >= ? OR untimed ORDER BY n DESC, 1""",
        TOGETHER,
    )
    rows, together = seen["new"], sum(count for _, count, _ in groups)
    seen["new_blank"]["together"] = together
    base_rows, base = _pooled(earlier, "new", "together")
    if base_rows >= FEWEST:
        unusual = together * base_rows > base * rows and _differs((together, rows), (base, base_rows))
    else:
        unusual = together > LEAST * rows and sum(count for _, count, untimed in groups if untimed) < DAYS_ONLY * rows
    if rows < FEWEST or not unusual or groups[0][1] < TOGETHER:
        return []
    moment, most, _ = groups[0]
    return [f"{together:,} 件同一秒受理的很多，最多的是 {moment:%Y-%m-%d %H:%M:%S}，{most:,} 件"]


SHAPE = "length(case_id), strlen(case_id), try_cast(case_id AS HUGEINT) IS NULL, lower(case_id) <> upper(case_id)"
Shape = tuple[int, int, bool, bool]


def _odd_ids(batch: Batch, before: list[str]) -> list[str]:
    """Numbers of another length or other letters than those before, or, in a first file, than nearly all others."""
    shapes: dict[Shape, int] = {
        (length, size, worded, lettered): count
        for length, size, worded, lettered, count in batch.rows(f"SELECT {SHAPE}, count(*) FROM arrived GROUP BY ALL")
    }
    if before:
        latest = batch.rows(f"SELECT {SHAPE}, count(*) FROM (SELECT unnest(?) AS case_id) GROUP BY ALL", before)
        usual = {shape[:4]: shape[4] for shape in latest}
    else:
        usual = {shape: count for shape, count in shapes.items() if count > 0.01 * sum(shapes.values())}
    odd = [shape for shape in shapes if shape not in usual and not _is_next(shape, set(usual), set(shapes))]
    count = sum(shapes[shape] for shape in odd)
    if not odd or len(usual) > MOST_SHAPES or (not before and count > 0.01 * sum(shapes.values())):
        return []
    lengths = "、".join(str(length) for length in sorted({shape[0] for shape in odd})[:3])
    mostly = max(usual, key=lambda shape: usual[shape])[0] if usual else 0
    ((line,),) = batch.rows(
        f"""SELECT min(line) FROM incoming WHERE case_id IN (SELECT case_id FROM arrived)
            AND ({SHAPE}) IN ({', '.join(['(?, ?, ?, ?)'] * len(odd))})""",
        *(value for shape in odd for value in shape),
    )  # fmt: skip
    about = "位数相同，字符不同" if lengths == str(mostly) else f"多为 {mostly} 位，这些 {lengths} 位"
    return [f"{count:,} 件的编号不像其余（{about}），如第 {line:,} 行"]


def _is_next(shape: Shape, usual: set[Shape], shapes: set[Shape]) -> bool:
    """Whether it is a running number's next or earlier length: lengths vary already, and there is no gap between."""
    length, kind = shape[0], shape[2:]
    lengths, have = ({one[0] for one in group if one[2:] == kind} for group in (usual, usual | shapes))
    if len(lengths) < 2:
        return False
    low, high = sorted((length, min(lengths, key=lambda one: abs(one - length))))
    return all(step in have for step in range(low, high + 1))
