"""Surges: how often one is seen where nothing happened, and how often one that did happen is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.surveillance import farrington_flexible
from analysis.surveillance.today import against_comparable_days, among_many
from questions.streets_now import MORE, USUAL, among_streets
from scripts.claims import Claim

METHOD = "突增"
SERIES = 40
NOUFAILY: dict[str, Any] = {"weightsThreshold": 2.58, "pThresholdTrend": 1, "noPeriods": 10, "pastWeeksNotIncluded": 26}


def _counts(random: np.random.Generator, mean: np.ndarray, phi: float) -> np.ndarray:
    """Cases whose variance is `phi` times their mean."""
    return random.poisson(mean) if phi == 1 else random.negative_binomial(mean / (phi - 1), 1 / phi)


def _weekly(method: str, surge: float = 1.0) -> Callable[[np.random.Generator], float]:
    """The share of series of 20 a week, with a season and five years of history, whose last week is an alarm."""

    def trial(random: np.random.Generator) -> float:
        weeks = np.arange(52 * 5 + 8)
        mean = np.repeat(20 * np.exp(0.3 * np.sin(2 * np.pi * weeks / 52))[:, None], SERIES, axis=1)
        mean[-1] *= surge
        counts = _counts(random, mean, 2.0)
        found = farrington_flexible(counts, range=[len(weeks)], thresholdMethod=method, **NOUFAILY)
        return float(found["alarm"].mean())

    return trial


def _today(mean: float, phi: float, days: int) -> Callable[[np.random.Generator], float]:
    """The share of series whose next such day lies within the interval."""

    def trial(random: np.random.Generator) -> float:
        counts = _counts(random, np.full((days + 1, SERIES), mean), phi)
        found = against_comparable_days(counts[:-1], counts[-1])
        return float(found["observed"].between(found["low"], found["high"]).mean())

    return trial


def _among_many(random: np.random.Generator) -> float:
    """Whether any of the streets and classes is kept that are all as ever."""
    mean = np.exp(random.normal(1.5, 1, 1360))
    counts = _counts(random, np.repeat(mean[None], 31, axis=0), 1.5)
    return float(among_many(against_comparable_days(counts[:-1], counts[-1])["p"])["kept"].any())


def _found_among_many(random: np.random.Generator) -> float:
    mean = np.exp(random.normal(1.5, 1, 1360))
    counts = _counts(random, np.repeat(mean[None], 31, axis=0), 1.5)
    counts[-1, 0] = 85
    return float(among_many(against_comparable_days(counts[:-1], counts[-1])["p"])["kept"][0])


def _streets(random: np.random.Generator, surge: float = 1.0) -> pd.Series:
    """What is said of 17 unequal streets by this hour, the last a busy one; whole days are lively or quiet as well."""
    mean = np.geomspace(3, 40, 17) * random.gamma(50, 1 / 50, (31, 1))
    mean[0, -4] *= surge
    return among_streets(pd.DataFrame(_counts(random, mean, 1.5)))["verdict"]


def _any_street(random: np.random.Generator) -> float:
    return float((_streets(random) != USUAL).any())


def _the_street(random: np.random.Generator) -> float:
    return float(_streets(random, 3.0).iloc[-4] == MORE)


CLAIMS = [
    Claim(METHOD, "每周约 20 件、有季节，什么也没发生，muan，α＝0.05", "报警的序列", 0, 0.05, _weekly("muan"), 10, 300),
    Claim(METHOD, "同上，这一周翻一番", "报警的序列", 0.8, 1, _weekly("muan", 2.0), 5, 50),
    Claim(
        METHOD,
        "今日同时段：每天约 2 件，方差是平均的 1.5 倍，20 天",
        "落在 95% 区间里",
        0.95,
        1,
        _today(2, 1.5, 20),
        20,
        2000,
    ),
    Claim(
        METHOD,
        "今日同时段：每天约 30 件，方差是平均的 3 倍，8 天",
        "落在 95% 区间里",
        0.95,
        1,
        _today(30, 3, 8),
        20,
        2000,
    ),
    Claim(
        METHOD,
        "今日同时段：1,360 个序列都照旧，30 天",
        "有任何一个入选（错误发现率 5%）",
        0,
        0.05,
        _among_many,
        20,
        1000,
    ),
    Claim(METHOD, "今日同时段：1,360 个序列，一个多到 85 件", "这一个入选", 0.8, 1, _found_among_many, 10, 500),
    Claim(METHOD, "地图“比平常”：17 个街道都照旧，30 天", "有任何一个多于或少于平常", 0, 0.05, _any_street),
    Claim(METHOD, "地图“比平常”：平常约 23 件的街道多到 3 倍", "这个街道多于平常", 0.8, 1, _the_street),
]
