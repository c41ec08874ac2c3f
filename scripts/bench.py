"""How long the usual questions take on the current store: python -m scripts.bench.

Each line: median of five runs in milliseconds, and how many times the plain total it costs, so that
two machines can be compared by the second number.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from data_access.filters import CaseFilter
from data_access.periods import Period
from data_access.query import aggregate, list_cases, span

RUNS = 5


def questions(first: Period) -> dict[str, Callable[[CaseFilter], object]]:
    last_90 = Period(first.end - timedelta(days=90), first.end)
    last_year = Period(first.end - timedelta(days=365), first.end)
    return {
        "总量": lambda where: aggregate(["volume"], (), where),
        "近90天 街道三率": lambda where: aggregate(
            ["volume", "response_rate", "resolution_rate", "satisfaction_rate"],
            ["street"],
            where.replace(period=last_90),
        ),
        "近一年 单位时长中位数、P90、诉求人数": lambda where: aggregate(
            ["median_hours", "p90_hours", "callers"], ["unit"], where.replace(period=last_year)
        ),
        "全部 月×来源": lambda where: aggregate(["volume"], ["month", "source"], where),
        "全部 三级分类": lambda where: aggregate(["volume", "repeat_share"], ["category3"], where),
        "案件清单 首页": lambda where: list_cases(where),
    }


def median_ms(ask: Callable[[CaseFilter], object]) -> float:
    """A filter of its own for each run, or the second run would only measure the cache."""
    taken = []
    for run in range(RUNS):
        # Each negative hour matches no case; together with all 24 they change the question's key, not its answer.
        where = CaseFilter(hour=(*range(24), -1 - run))
        start = time.perf_counter()
        ask(where)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def main() -> int:
    found = span()
    if found is None:
        sys.stderr.write("还没有数据：先运行 python -m data_access demo\n")
        return 1
    timings = {name: median_ms(ask) for name, ask in questions(Period(*found)).items()}
    base = timings["总量"]
    for name, taken in timings.items():
        sys.stdout.write(f"{taken:9.1f} ms  ×{taken / base:5.1f}  {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
