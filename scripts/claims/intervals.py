"""The interval beside a rate of callbacks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.league import wilson
from scripts.claims import Claim


def _covers(rate: float, callbacks: int) -> Claim:
    def trial(random: np.random.Generator) -> float:
        solved = random.binomial(callbacks, rate, size=200)
        low, high = wilson(pd.Series(solved), pd.Series(np.full(200, callbacks)))
        return float(np.mean((low <= rate) & (rate <= high)))

    return Claim("比率的区间", f"真值 {rate:.0%}，{callbacks} 个回访", "95% 区间含真值", 0.93, 0.97, trial)


CLAIMS = [_covers(0.94, 300), _covers(0.80, 50)]
