"""Two sides of a question (上午比下午): days of two sides that are alike, and of two that are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from data_access.cases import chance
from data_access.cases.comparison import REFERENCE
from scripts.claims import Claim
from scripts.claims.periods import WEEKDAYS

DAYS = REFERENCE.days
SHARED = 0.1  # of a day's mean: by how much a day is a larger or a smaller one for both sides
OWN = 2.0  # variance by mean of a side's own days
RATE = 0.94


def _days(random: np.random.Generator, a_day: float, more: float) -> np.ndarray:
    """Days x 2 of cases. `more`: how many times as many the second side has."""
    means = a_day * np.resize(WEEKDAYS, DAYS) * random.normal(1, SHARED, DAYS).clip(0.5)
    both = np.column_stack([means, means * more])
    return random.negative_binomial(both / (OWN - 1), 1 / OWN).astype(float)


def _is_sure(now: list[np.ndarray], daily: list[np.ndarray]) -> bool:
    figures = now[0] / now[1] if len(now) > 1 else now[0]
    return bool(abs(figures[0] - figures[1]) > chance.limit(DAYS) * chance.error_between(now, daily))


def _counts(a_day: float, days: int, more: float = 1.0) -> Claim:
    def trial(random: np.random.Generator) -> bool:
        daily = _days(random, a_day, more)
        return _is_sure([daily[-days:].sum(axis=0)], [daily])

    return _claim(f"近{days}天，两边各约每天 {a_day:g} 件" + f"，第二边多 {more - 1:.0%}" * (more > 1), more > 1, trial)


def _rates(a_day: float, days: int, less: float = 0.0) -> Claim:
    def trial(random: np.random.Generator) -> bool:
        called = _days(random, a_day, 1.0)
        solved = random.binomial(called.astype(int), [RATE, RATE - less]).astype(float)
        return _is_sure([solved[-days:].sum(axis=0), called[-days:].sum(axis=0)], [solved, called])

    other = f"，第二边低 {less * 100:g} 个百分点" * (less > 0)
    return _claim(f"近{days}天，两边各约每天 {a_day:g} 个回访，解决率 {RATE:.0%}{other}", less > 0, trial)


def _claim(world: str, are_apart: bool, trial: Callable[[np.random.Generator], float]) -> Claim:
    said, low, high = ("差得出偶然", 0.8, 1.0) if are_apart else ("说差得出偶然", 0.0, 0.05)
    return Claim("问数", f"一边比另一边，{world}", said, low, high, trial, many=4000)


CLAIMS = [
    _counts(100, 7), _counts(8, 7), _counts(8, 30), _counts(100, 1), _counts(100, 7, more=1.3),
    _rates(60, 7), _rates(6, 30), _rates(60, 7, less=0.06),
]  # fmt: skip
