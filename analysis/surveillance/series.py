"""What every method here takes and gives: counts by period and series, in long frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Counts = Sequence[float] | NDArray[Any] | pd.Series | pd.DataFrame


def matrix(observed: Counts) -> tuple[NDArray[np.float64], list[Any] | None]:
    """The counts as periods x series, and the names of the series; None for a single one. NaN or NA: unknown."""
    columns = list(observed.columns) if isinstance(observed, pd.DataFrame) else None
    if isinstance(observed, pd.Series | pd.DataFrame):
        counts = observed.to_numpy(dtype=float, na_value=np.nan)
    else:
        counts = np.asarray(observed, dtype=float)
    if counts.ndim not in (1, 2) or not counts.size:
        raise ValueError("observed 应是一列数，或一张表：一行一期，一列一个序列")
    if (counts < 0).any() or np.isinf(counts).any():
        raise ValueError("observed 应是件数：不能是负数或无穷大；不知道的写 NaN")
    table = counts.reshape(len(counts), -1)
    return table, None if counts.ndim == 1 else columns or list(range(table.shape[1]))


def periods(wanted: Sequence[int] | None, first: int, last: int) -> NDArray[np.int_]:
    """The periods to judge, counted from 1, in order; all from `first` to `last` unless they are named."""
    chosen = np.arange(first, last + 1) if wanted is None else np.unique(np.asarray(wanted, dtype=int))
    if not len(chosen):
        raise ValueError(f"历史太短：共 {last} 期，最早要从第 {first} 期起才能判断")
    if chosen[0] < 1 or chosen[-1] > last:
        raise ValueError(f"range 超出数据：应在 1 到 {last} 之间，现为 {chosen[0]} 到 {chosen[-1]}")
    return chosen


def long_frame(ks: NDArray[np.int_], names: list[Any] | None, values: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """One row for each series and period, series by series. `values`: periods x series. Booleans may be unknown."""
    columns: dict[str, Any] = {} if names is None else {"series": np.repeat(np.array(names, dtype=object), len(ks))}
    columns["k"] = np.tile(ks, 1 if names is None else len(names))
    return pd.DataFrame(columns | {name: part.ravel(order="F") for name, part in values.items()})


def flags(true: NDArray[np.bool_], known: NDArray[np.bool_]) -> pd.arrays.BooleanArray:
    """Booleans that may be unknown, periods x series, as one column of a long frame."""
    return pd.arrays.BooleanArray(true.ravel(order="F"), ~known.ravel(order="F"))
