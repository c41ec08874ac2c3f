"""EARS C1, C2 and C3: a count against the mean and the scatter of the few days before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from analysis.surveillance.series import Counts, flags, long_frame, matrix, periods

GAP = {"C1": 0, "C2": 2, "C3": 2}  # periods between the baseline and the one judged
LOOK_BACK = {"C1": 0, "C2": 0, "C3": 2}  # earlier ones whose excess counts too
ALPHA = {"C1": 0.001, "C2": 0.001, "C3": 0.025}
LEAST_BASELINE = 3


def ears(
    observed: Counts,
    *,
    range: Sequence[int] | None = None,
    method: str = "C1",
    baseline: int = 7,
    minSigma: float = 0.0,
    alpha: float | None = None,
) -> pd.DataFrame:
    """Which periods have more than the few before them bear: R's surveillance::earsC.

    `observed`: counts by period (usually days), NaN for unknown; a table has a column for each series. `range`: the
    periods to judge, from 1; all that have a baseline unless given. `baseline`: how many periods before are the
    reference, at least 3. `minSigma`: standard deviation that is assumed at least, in cases. `alpha`: the chance of a
    false alarm in one period, were the counts normal: 0.001 for C1 and C2, 0.025 for C3.

    C1: the baseline ends with the period before. C2: it ends two periods earlier, so that a beginning surge is not its
    own reference. C3: C2's excess over one standard deviation of the two periods before is added, for slow surges.
    Expected is the baseline's mean.

    Gives k, observed, expected, upperbound, alarm (unknown where a count is, or where C3 divides by a scatter of 0);
    series stands before k for a table. The null: independent normal counts around a constant mean; weekdays and seasons
    break it, and counts below about 5 alarm too often. Raises ValueError for a history that is too short.
    Source: Hutwagner et al. 2003; Fricker, Hegler, Dunfee 2008; Salmon, Schumacher, Höhle 2016.
    """
    from scipy.special import ndtri

    if method not in GAP:
        raise ValueError(f"method 应为 C1、C2 或 C3，现为 {method}")
    if baseline < LEAST_BASELINE or minSigma < 0:
        raise ValueError(f"baseline 至少为 {LEAST_BASELINE}，minSigma 不能为负")
    counts, names = matrix(observed)
    lag = baseline + GAP[method] + LOOK_BACK[method]
    ks = periods(range, lag + 1, len(counts))
    if ks[0] <= lag:
        raise ValueError(f"第 {ks[0]} 期之前不足 {lag} 期：请减小 baseline，或让 range 从第 {lag + 1} 期起")
    z = float(ndtri(1 - (ALPHA[method] if alpha is None else alpha)))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, sd = _baseline(counts, ks, baseline, GAP[method], minSigma)
        upper = mean + z * sd
        if method == "C3":
            earlier = sum(_excess(counts, ks - back, baseline, minSigma) for back in (1, 2))
            upper = np.maximum(counts[ks - 1] + sd * (z - earlier), 0)
        now = counts[ks - 1]
        alarm, known = now > upper, ~np.isnan(now + upper)
    return long_frame(ks, names, {"observed": now, "expected": mean, "upperbound": upper}).assign(
        alarm=flags(alarm, known)
    )


def _baseline(
    counts: NDArray[np.float64], ks: NDArray[np.int_], baseline: int, gap: int, least: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the `baseline` periods that end `gap` periods before each k. Periods x series."""
    windows = sliding_window_view(counts, baseline, axis=0)[ks - 1 - gap - baseline]
    return windows.mean(axis=-1), np.maximum(windows.std(axis=-1, ddof=1), least)


def _excess(counts: NDArray[np.float64], ks: NDArray[np.int_], baseline: int, least: float) -> NDArray[np.float64]:
    """C2's statistic over 1, at least 0."""
    mean, sd = _baseline(counts, ks, baseline, GAP["C2"], least)
    return np.asarray(np.maximum((counts[ks - 1] - mean) / sd - 1, 0))
