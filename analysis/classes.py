"""Classes of values for a map's colours, and H3 cells merged for a map's zoom."""

from __future__ import annotations

import warnings

import h3
import numpy as np
import pandas as pd

BREAKS = {"quantile": "分位数", "equal": "等间距", "natural": "自然断点"}
MOST_FOR_NATURAL = 256  # values: the search for natural breaks grows with their square


def breaks(values: pd.Series, classes: int, kind: str = "quantile") -> list[float]:
    """The inner limits of up to `classes` classes, rising and distinct; [] with fewer than two values.

    `kind`: one of BREAKS. A value belongs to the class whose upper limit it does not exceed.
    """
    # Loaded when the first map is drawn: it takes a second.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mapclassify warns that numba is not installed
        import mapclassify

        known = (
            np.unique(values.dropna().to_numpy(dtype=float)) if kind == "natural" else values.dropna().to_numpy(float)
        )
        if len(np.unique(known)) < 2:
            return []
        if len(known) > MOST_FOR_NATURAL and kind == "natural":
            known = np.quantile(known, np.linspace(0, 1, MOST_FOR_NATURAL))
        how = {
            "quantile": mapclassify.Quantiles,
            "equal": mapclassify.EqualInterval,
            "natural": mapclassify.FisherJenks,
        }
        limits = how[kind](known, k=min(classes, len(np.unique(known)))).bins[:-1]
    return sorted({float(limit) for limit in limits if limit < known.max()})


def class_of(values: pd.Series, limits: list[float]) -> pd.Series:
    """Each value's class, 0 the lowest; -1 where the value is unknown."""
    classes = np.searchsorted(limits, values.to_numpy(dtype=float), side="left")
    return pd.Series(np.where(values.isna(), -1, classes), index=values.index)


def symmetric(changes: pd.Series, classes: int) -> list[float]:
    """Limits of `classes` (odd) classes around zero, the same on both sides: the middle one holds small changes."""
    size = changes.abs().dropna()
    size = size[size > 0]
    if size.empty:
        return []
    upper = [float(limit) for limit in np.quantile(size, np.linspace(0, 1, classes // 2 + 2)[1:-1])]
    return [*(-limit for limit in reversed(upper)), *upper]


def coarser(
    frame: pd.DataFrame, cell: str, values: list[str], resolution: int, least: int
) -> tuple[pd.DataFrame, float]:
    """Sums over larger H3 cells, and how much of the first value is left out: cells below `least`.

    Columns of the frame: `cell` and `values`; one row per larger cell, with the cells it was made of as `within`.
    Cases without a place count as left out.
    """
    known = frame[frame[cell] != ""]
    parents = known.assign(
        within=known[cell], **{cell: [h3.cell_to_parent(cell_id, resolution) for cell_id in known[cell]]}
    )
    sums = dict.fromkeys(values, "sum")
    summed = parents.groupby(cell, as_index=False).agg({**sums, "within": tuple})
    kept = summed[summed[values[0]] >= least].reset_index(drop=True)
    return kept, float(frame[values[0]].sum() - kept[values[0]].sum())


def middles(frame: pd.DataFrame, cell: str) -> pd.DataFrame:
    """The frame's rows that have a cell, with its middle: lon, lat (WGS-84 degrees)."""
    known = frame[frame[cell] != ""]
    points = [h3.cell_to_latlng(cell_id) for cell_id in known[cell]]
    return known.assign(lon=[lon for _, lon in points], lat=[lat for lat, _ in points])


def centres(frame: pd.DataFrame, by: str, cell: str, weight: str) -> pd.DataFrame:
    """Where each group's cases lie on average: one row per `by`, columns lon, lat. `weight`: the cases in each cell."""
    placed = middles(frame, cell)
    weighted = placed.assign(lon=placed["lon"] * placed[weight], lat=placed["lat"] * placed[weight])
    summed = weighted.groupby(by)[["lon", "lat", weight]].sum()
    return summed[["lon", "lat"]].div(summed[weight], axis=0).reset_index()
