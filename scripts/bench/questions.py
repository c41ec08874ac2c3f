"""How long the usual questions and the pages take on the current store: python -m scripts.bench.

Questions: median of five runs in milliseconds, and how many times the plain total it costs, so that two machines
can be compared by the second number. Pages: one visit with nothing cached, and the part of it that is the database's.
"""

from __future__ import annotations

import logging
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from data_access.cases.cache import ANSWERS
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader, open_reader
from data_access.cases.store import Store
from data_access.district.periods import Period

RUNS = 5


def questions(reader: Reader) -> dict[str, Callable[[CaseFilter], object]]:
    now = reader.as_of
    last_90, last_year = (Period(now - timedelta(days=days), now) for days in (90, 365))
    return {
        "总量": lambda where: reader.aggregate(["volume"], (), where),
        "近90天 街道三率": lambda where: reader.aggregate(
            ["volume", "response_rate", "resolution_rate", "satisfaction_rate"],
            ["street"],
            where.replace(period=last_90),
        ),
        "近一年 单位时长中位数、P90、诉求人数": lambda where: reader.aggregate(
            ["median_hours", "p90_hours", "callers"], ["unit"], where.replace(period=last_year)
        ),
        "全部 月×来源": lambda where: reader.aggregate(["volume"], ["month", "source"], where),
        "全部 三级分类": lambda where: reader.aggregate(["volume", "repeat_share"], ["category3"], where),
        "案件清单 首页": lambda where: reader.list_cases(where),
    }


def median_ms(ask: Callable[[CaseFilter], object]) -> float:
    """The median time in milliseconds. Each run has a filter of its own, or the second would only measure the cache."""
    taken = []
    for run in range(RUNS):
        # Each negative hour matches no case; together with all 24 they change the question's key, not its answer.
        where = CaseFilter(hour=(*range(24), -1 - run))
        start = time.perf_counter()
        ask(where)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


class Clock:
    """Adds up the time that connections to the store are held, and counts them."""

    def __init__(self) -> None:
        self.seconds, self.times = 0.0, 0
        self._inner = Store.reading

    def __enter__(self) -> Clock:
        clock = self

        @contextmanager
        def timed(store: Store, version: str = "") -> Iterator[Any]:
            start = time.perf_counter()
            with clock._inner(store, version) as connection:
                yield connection
            clock.seconds += time.perf_counter() - start
            clock.times += 1

        Store.reading = timed  # type: ignore[assignment, method-assign]
        return self

    def __exit__(self, *failure: object) -> None:
        Store.reading = self._inner  # type: ignore[method-assign]


def visit(page: Path, **chosen: str) -> tuple[float, float, int]:
    """One visit with nothing cached: milliseconds in all, of them the database's, and queries."""
    ANSWERS.forget()
    seen = AppTest.from_file(str(page), default_timeout=300)
    for name, value in chosen.items():
        seen.query_params[name] = value
    start = time.perf_counter()
    with Clock() as clock:
        seen.run()
    if seen.exception:
        raise RuntimeError(f"{page.name}：{seen.exception[0].value}")
    return (time.perf_counter() - start) * 1000, clock.seconds * 1000, clock.times


def time_pages() -> None:
    sys.stdout.write("\n页面（无缓存）    全部    其中数据库   查询数\n")
    logging.disable(logging.WARNING)  # there is no browser, and Streamlit says so many times
    folder = Path(__file__).resolve().parent.parent / "pages"
    for page in sorted(folder.glob("[!_]*.py")):
        for chosen in ({}, {"period": "全部"}):
            total, database, queries = visit(page, **chosen)
            words = "、".join(chosen.values()) or "默认"
            sys.stdout.write(f"{total:9.0f} ms {database:9.0f} ms {queries:5d}  {page.stem}（{words}）\n")


def main() -> int:
    reader = open_reader()
    if not reader.has_data:
        sys.stderr.write("还没有数据：先运行 python -m data_access demo\n")
        return 1
    timings = {name: median_ms(ask) for name, ask in questions(reader).items()}
    base = timings["总量"]
    for name, taken in timings.items():
        sys.stdout.write(f"{taken:9.1f} ms  ×{taken / base:5.1f}  {name}\n")
    time_pages()
    return 0


if __name__ == "__main__":
    sys.exit(main())
