"""Gi* against its formula by hand, chance alone, and a planted cluster."""

import h3
import numpy as np
import pandas as pd
import pytest

from analysis.hotspots import COLD, HOT, hot_spots
from analysis.weakness import shrunken

CENTRE = h3.latlng_to_cell(39.93, 116.41, 9)
CELLS = sorted(h3.grid_disk(CENTRE, 8))


def district(rate: float, seed: int, of: int = 200) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame({"h3_cell": CELLS, "cases": draw.binomial(of, rate, len(CELLS)).astype(float), "of": float(of)})


def test_z_equals_ord_and_getis_formula() -> None:
    """Gi* = (sum w x - W mean) / (s sqrt((n W2 - W^2) / (n - 1))) with itself among its neighbours, binary weights."""
    cells = district(0.2, 5)
    cells.loc[cells["h3_cell"].isin(h3.grid_disk(CENTRE, 1)), "cases"] += 40
    found = hot_spots(cells).set_index("h3_cell")
    x = shrunken(cells["cases"], cells["of"]).set_axis(cells["h3_cell"])
    near = [cell for cell in h3.grid_disk(CENTRE, 1) if cell in x.index]
    n, spread = len(x), x.std(ddof=0)
    by_hand = (x[near].sum() - len(near) * x.mean()) / (spread * np.sqrt((n * len(near) - len(near) ** 2) / (n - 1)))
    assert found.at[CENTRE, "z"] == pytest.approx(by_hand)
    assert found.at[CENTRE, "spot"] == HOT


def test_chance_alone_makes_no_spots() -> None:
    assert sum(len(hot_spots(district(0.2, seed)).query("spot != ''")) > 0 for seed in range(20)) <= 3


def test_many_people_are_no_hot_spot_and_few_complaints_are_a_cold_one() -> None:
    cells = district(0.3, 7)
    busy, quiet = h3.grid_disk(CELLS[30], 1), h3.grid_disk(CELLS[150], 1)
    cells.loc[cells["h3_cell"].isin(busy), ["cases", "of"]] *= 20
    cells.loc[cells["h3_cell"].isin(quiet), "cases"] = 5
    found = hot_spots(cells).set_index("h3_cell")
    assert not (found["spot"] == HOT).any()
    assert found.at[CELLS[150], "spot"] == COLD


def test_too_little_says_nothing() -> None:
    few = district(0.2, 1).head(5)
    assert (hot_spots(few)["spot"] == "").all()
    assert hot_spots(few.assign(of=0.0)).empty
