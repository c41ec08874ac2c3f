"""Hot and cold spots: where a share is high or low together with its neighbours, beyond what chance would do.

Local Gi* (Getis and Ord 1992, Ord and Getis 1995) by PySAL's esda, on shares shrunken towards the whole, so that it
marks where much is wrong and not where many people live; the false-discovery rate is kept below `alpha`
(Benjamini, Hochberg 1995).
"""

from __future__ import annotations

import warnings

import h3
import numpy as np
import pandas as pd

from analysis.weakness import shrunken

HOT, COLD = "热点", "冷点"


def hot_spots(cells: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """The cells with their share and spot. Wants h3_cell (one resolution), cases, of (what the cases are a share of).

    Adds: share (cases/of, shrunken), z (Gi*), p (two-sided), spot (热点, 冷点 or ''). Fewer than 8 cells with
    something to be a share of say nothing: no spots.
    """
    rated = cells[cells["of"] > 0].reset_index(drop=True)
    share = shrunken(rated["cases"], rated["of"])
    blank = rated.assign(share=share, z=np.nan, p=np.nan, spot="")
    if len(rated) < 8 or share.nunique() < 2:
        return blank
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cells without neighbours are allowed, and numba is not installed
        # Loaded when somebody asks for hot spots: it takes a second.
        from esda import G_Local, fdr
        from libpysal.weights import W

        here = set(rated["h3_cell"])
        neighbours = {
            cell: [neighbour for neighbour in h3.grid_ring(cell, 1) if neighbour in here] for cell in rated["h3_cell"]
        }
        near = W(neighbours, id_order=list(rated["h3_cell"]), silence_warnings=True)
        local = G_Local(share.to_numpy(), near, transform="B", star=True, permutations=0)
        p = np.minimum(2 * np.asarray(local.p_norm), 1.0)
        cut = fdr(p, alpha)
    z = pd.Series(np.asarray(local.Zs), index=rated.index)
    spot = np.where((p <= cut) & (z > 0), HOT, np.where((p <= cut) & (z < 0), COLD, ""))
    return rated.assign(share=share, z=z, p=p, spot=spot)
