"""python -m scripts.alarms.table: how good the alarms are, tried on the data there is (CASES_URL).

Prints false alarms a week where nothing happened, how many surges of several shapes and sizes were found and how late,
and the demo's planted ones; writes them to the table that the page shows (questions/alarm_quality.csv). Takes minutes.
With --as-it-was: how many new alarms the data itself would have brought in its last weeks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader, open_reader
from data_access.cases.watched import COLUMNS
from data_access.district.periods import DAY
from questions.alarm_quality import FILE
from questions.warning import contains, watched
from scripts.alarms.worlds import Surge, World
from scripts.claims import SEED

WITHIN, KEPT = 14, 14  # days in which a surge is to be found; days in which an event that comes again is the same one
FIRST_DAY = 420  # of those watched: a year and two months of history
PLACES = {"全区一类，每周约 20 件": (False, 20.0), "一个街道的一类，每周约 20 件": (True, 20.0),
          "一个街道的一类，每周约 5 件": (True, 5.0)}  # fmt: skip
FORMS = [("持续多五成", 0.5, "step"), ("持续翻一番", 1.0, "step"), ("持续到四倍", 3.0, "step"),
         ("两周内慢慢翻一番", 1.0, "ramp"), ("一天里多出一周的量", 1.0, "spike")]  # fmt: skip


def cases_of(reader: Reader) -> pd.DataFrame:
    """Every watched case's day, place and class."""
    where = CaseFilter(source=reader.profile.settings.watch.sources)
    rows = reader.aggregate(["volume"], ["day", *COLUMNS], where)
    rows = rows[~(rows[list(COLUMNS)] == "").any(axis=1)]
    return rows.loc[rows.index.repeat(rows["volume"].astype(int)), ["day", *COLUMNS]].reset_index(drop=True)


def false_alarms(world: World, weeks: int) -> list[int]:
    """New events in each week, looked at every evening."""
    known: list[tuple[tuple[Any, ...], int]] = []
    found = []
    for week in range(weeks):
        new = 0
        for today in range(FIRST_DAY + 7 * week, FIRST_DAY + 7 * week + 7):
            for names, _ in world.events(today):
                same = [at for at, (other, day) in enumerate(known) if today - day <= KEPT and _alike(names, other)]
                for at in same:
                    known[at] = (known[at][0], today)
                if not same:
                    known.append((names, today))
                    new += week > 0  # the first week begins with what stands already
        found.append(new)
    return found[1:]


def _alike(names: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether two events could share cases."""
    return all(a is None or b is None or a == b for a, b in zip(names, other, strict=True))


def delays(world: World, start: int) -> Iterator[tuple[str, str, float]]:
    """Place, form and after how many days each surge was found (0: the same evening; NaN: not within WITHIN)."""
    taken: set[str] = set()
    combinations = [(place, form) for place in PLACES for form in FORMS]
    planted = []
    for at in world.random.permutation(len(combinations)):
        place, (name, size, shape) = combinations[at]
        local, a_week = PLACES[place]
        mine = world.add(Surge(size, shape, local, a_week), start, start + WITHIN, taken)
        if mine:
            planted.append((place, name, set(mine)))
    standing = set().union(*(found for _, found in world.events(start - 1)), set())
    first: dict[int, int] = {}
    for day in range(WITHIN):
        alarmed = set().union(*(found for _, found in world.events(start + day)), set())
        for at, (_, _, series) in enumerate(planted):
            if series & alarmed and not series & standing:
                first.setdefault(at, day)
    for at, (place, name, _) in enumerate(planted):
        yield place, name, float(first.get(at, np.nan))


def planted(reader: Reader) -> Iterator[dict[str, Any]]:
    """The demo's own surges: on which evening each is an alarm of its street and class."""
    from demo.settings import load

    for surge in load(reader.profile).surges:
        for day in range(7):
            when = datetime.combine(surge.start, datetime.min.time()) + (day + 1) * DAY - timedelta(seconds=1)
            alarms = watched(reader.seen_at(min(when, reader.as_of))).alarms
            hit = [one for one in alarms if one.where.street == (surge.street,) and surge.category3 in one.key]
            if hit:
                break
        yield {"kind": "埋设", "world": f"{surge.name}（{surge.start:%Y-%m-%d} 起）", "said": "当天或次日报警",
               "found": float(bool(hit) and day <= 1), "delay": float(day) if hit else np.nan, "runs": 1}  # fmt: skip


def as_it_was(reader: Reader, weeks: int) -> list[int]:
    """New alarms in each of the data's last weeks, looked at every evening as the page does."""
    known: list[tuple[CaseFilter, int]] = []
    found, last = [0] * (weeks + 1), reader.as_of
    for day in range(7 * (weeks + 1)):
        evening = last - (7 * (weeks + 1) - 1 - day) * DAY
        for alarm in watched(reader.seen_at(evening)).alarms:
            mine = alarm.series
            same = [at for at, (one, seen) in enumerate(known)
                    if day - seen <= KEPT and (contains(one, mine) or contains(mine, one))]  # fmt: skip
            known = [(one, day if at in same else seen) for at, (one, seen) in enumerate(known)]
            if not same:
                known.append((mine, day))
                found[day // 7] += 1
    return found[1:]  # the first week begins with what stands already


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.alarms.table", description=__doc__)
    parser.add_argument("--worlds", type=int, default=12, help="试多少个世界")
    parser.add_argument("--weeks", type=int, default=8, help="每个什么也没发生的世界看几周")
    parser.add_argument(
        "--as-it-was", action="store_true", help="只把库里最近 --weeks 周每晚看一遍，数新的预警，不改表"
    )
    asked = parser.parse_args()
    reader = open_reader()
    if asked.as_it_was:
        new = as_it_was(reader, asked.weeks)
        sys.stdout.write(f"每周新的预警：{new}，平均 {np.mean(new):.1f}\n")
        return 0
    cases = cases_of(reader)
    rows = list(planted(reader)) if reader.is_synthetic else []
    weekly: list[int] = []
    found: list[tuple[str, str, float]] = []
    for run in range(asked.worlds):
        random = np.random.default_rng([SEED, run])
        weekly += false_alarms(World(cases, reader.profile, random), asked.weeks) if run < asked.worlds // 3 else []
        found += delays(World(cases, reader.profile, random), FIRST_DAY + int(random.integers(0, 280)))
        sys.stdout.write(f"{run + 1}/{asked.worlds}\n")
        sys.stdout.flush()
    rows.append({"kind": "误报", "world": "什么也没发生，天天看，一周里新的预警（条）", "said": "平均",
                 "found": float(np.mean(weekly)), "delay": np.nan, "runs": len(weekly)})  # fmt: skip
    told = pd.DataFrame(found, columns=["place", "form", "delay"])
    for place, (form, _, _) in product(PLACES, FORMS):
        delayed = told.loc[(told["place"] == place) & (told["form"] == form), "delay"]
        rows.append({"kind": "突增", "world": f"{place}，{form}", "said": f"{WITHIN} 天内报警",
                     "found": float(delayed.notna().mean()), "delay": float(delayed.median()),
                     "runs": len(delayed)})  # fmt: skip
    table = pd.DataFrame(rows)
    table.to_csv(FILE, index=False)
    sys.stdout.write(table.to_string() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
