"""How long the usual questions take: median of five runs in milliseconds, and how many times the plain total it costs,
so that two machines can be compared by the second number."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
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
