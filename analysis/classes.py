"""Classing values for a map, and cells for a zoom."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd


def breaks(values: pd.Series, classes: int) -> list[float]:
    """The inner limits of up to `classes` quantile classes, rising and distinct; [] with fewer than two values."""
    known = values.dropna()
    if known.nunique() < 2:
        return []
    limits = np.quantile(known, np.linspace(0, 1, classes + 1)[1:-1])
    return sorted({float(limit) for limit in limits})


def class_of(values: pd.Series, limits: list[float]) -> pd.Series:
    """Each value's class, 0 the lowest; -1 where the value is unknown."""
    found = np.searchsorted(limits, values.to_numpy(dtype=float), side="right")
    return pd.Series(np.where(values.isna(), -1, found), index=values.index)


def coarser(frame: pd.DataFrame, cell: str, value: str, resolution: int, least: int) -> tuple[pd.DataFrame, float]:
    """Sums over larger H3 cells, and the sum in cells below `least`, which are left out; places unknown count there.

    Columns of the frame: `cell` and `value`, one row per larger cell.
    """
    known = frame[frame[cell] != ""]
    parents = known.assign(**{cell: [h3.cell_to_parent(one, resolution) for one in known[cell]]})
    summed = parents.groupby(cell, as_index=False)[value].sum()
    kept = summed[summed[value] >= least].reset_index(drop=True)
    return kept, float(frame[value].sum() - kept[value].sum())
