"""The window's score by hand, chance alone, a planted cluster, and one that must not hide itself."""

import h3
import numpy as np
import pandas as pd
import pytest

from analysis.hotspots import COLD, HOT, Chance, _root, hot_spots

CENTRE = h3.latlng_to_cell(39.93, 116.41, 9)
CELLS = sorted(h3.grid_disk(CENTRE, 8))


def district(rate: float, seed: int, of: int = 200) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame({"h3_cell": CELLS, "cases": draw.binomial(of, rate, len(CELLS)).astype(float), "of": float(of)})


def test_the_score_is_the_signed_root_of_the_deviance() -> None:
    """30 of 100 against 50 of 400: 80 of 500 together; 2 sum o ln(o / e) over the four counts."""
    by_hand = 2 * (
        30 * np.log(30 / 16) + 70 * np.log(70 / 84) + 50 * np.log(50 / 64) + 350 * np.log(350 / 336)
    )  # fmt: skip
    one, hundred, around = np.array([30.0]), np.array([100.0]), (np.array([50.0]), np.array([400.0]))
    assert _root(one, hundred, *around)[0] == pytest.approx(np.sqrt(by_hand))
    assert _root(np.array([0.0]), hundred, *around)[0] < 0
    assert _root(np.array([0.0]), hundred, np.array([0.0]), np.array([0.0]))[0] == 0


@pytest.mark.parametrize(("clump", "alike"), [(1.0, 0.0), (3.0, 0.0), (1.0, 0.01), (2.0, 0.002)])
def test_drawn_maps_scatter_as_they_should(clump: float, alike: float) -> None:
    of = np.full(50, 400.0)
    chance = Chance(np.full(50, 0.05), clump, alike)
    drawn = np.concatenate(list(chance.maps(of, 400, np.random.default_rng(3))), axis=1)
    assert drawn.shape == (50, 400)
    assert drawn.mean() == pytest.approx(20, rel=0.02)
    assert drawn.var() == pytest.approx((400 * 0.05 * 0.95 * chance.inflation(of))[0], rel=0.06)


@pytest.mark.parametrize("surroundings", [True, False])
def test_chance_alone_makes_no_spots(surroundings: bool) -> None:
    found = [hot_spots(district(0.2, seed), surroundings=surroundings, draws=199) for seed in range(20)]
    assert sum((cells["spot"] != "").any() for cells in found) <= 3


def test_a_planted_cluster_is_found_and_nothing_else() -> None:
    cells = district(0.2, 5)
    cells.loc[cells["h3_cell"].isin(h3.grid_disk(CENTRE, 1)), "cases"] += 20
    for surroundings in (True, False):
        found = hot_spots(cells, surroundings=surroundings).set_index("h3_cell")
        assert found.at[CENTRE, "spot"] == HOT
        assert set(found.index[found["spot"] != ""]) <= set(h3.grid_disk(CENTRE, 2))


def test_a_large_spot_neither_hides_nor_chills_its_neighbours() -> None:
    cells = district(0.005, 6)
    cells.loc[cells["h3_cell"] == CENTRE, "cases"] = 100
    found = hot_spots(cells).set_index("h3_cell")
    assert found.index[found["spot"] != ""].tolist() == [CENTRE] and found.at[CENTRE, "alone"]
    assert found.at[CENTRE, "beyond"] == pytest.approx(100 - 200 * found.at[CENTRE, "reference"])


def test_many_people_are_no_hot_spot_and_few_complaints_are_a_cold_one() -> None:
    cells = district(0.3, 7)
    busy, quiet = h3.grid_disk(CELLS[30], 1), h3.grid_disk(CELLS[150], 1)
    cells.loc[cells["h3_cell"].isin(busy), ["cases", "of"]] *= 20
    cells.loc[cells["h3_cell"].isin(quiet), "cases"] = 5
    found = hot_spots(cells).set_index("h3_cell")
    assert not (found["spot"] == HOT).any()
    assert found.at[CELLS[150], "spot"] == COLD


def test_what_rises_from_south_to_north_is_no_spot() -> None:
    cells, latitude = district(0.2, 8), np.array([h3.cell_to_latlng(cell)[0] for cell in CELLS])
    share = 0.1 + 0.2 * (latitude - latitude.min()) / np.ptp(latitude)
    cells["cases"] = np.random.default_rng(8).binomial(200, share).astype(float)
    assert (hot_spots(cells)["spot"] == "").all()


def test_too_little_says_nothing() -> None:
    few = district(0.2, 1).head(5)
    assert (hot_spots(few)["spot"] == "").all()
    assert hot_spots(few.assign(of=0.0)).empty
    whole = district(0.2, 1).assign(cases=200.0)
    assert (hot_spots(whole)["spot"] == "").all()
