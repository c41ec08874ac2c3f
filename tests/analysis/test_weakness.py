"""Shrinkage by hand and by its limits; signs on groups whose answer is plain."""

import numpy as np
import pandas as pd
import pytest

from analysis.weakness import candidates, shrunken, weak_spots


def test_shrinkage_equals_marshalls_formula_by_hand() -> None:
    """m = 60/120 = .5; scatter = (40 * .1^2 + 80 * .05^2)/120 = .005; chance = .25/60; A = .005 - .0041667."""
    found = shrunken(pd.Series([24.0, 36.0]), pd.Series([40.0, 80.0]))
    between = 0.005 - 0.25 / 60
    expected = [0.5 + between / (between + 0.25 / 40) * 0.1, 0.5 - between / (between + 0.25 / 80) * 0.05]
    assert found.tolist() == pytest.approx(expected)


def test_small_groups_do_not_lead_and_large_ones_keep_their_rate() -> None:
    successes, trials = pd.Series([0.0, 5_000, 9_000, 9_500]), pd.Series([1.0, 10_000, 10_000, 10_000])
    found = shrunken(successes, trials)
    assert found[0] > found[1] and found[1] == pytest.approx(0.5, abs=0.01)


def test_groups_that_scatter_by_chance_alone_are_the_whole() -> None:
    found = shrunken(pd.Series([9.0, 10.0, 11.0]), pd.Series([20.0, 20.0, 20.0]))
    assert found.tolist() == pytest.approx([0.5, 0.5, 0.5])
    assert shrunken(pd.Series([0.0]), pd.Series([0.0])).isna().all()
    assert shrunken(pd.Series([0.0, 5.0]), pd.Series([0.0, 5.0])).tolist() == [1.0, 1.0]


def groups(**rows: tuple[float, ...]) -> pd.DataFrame:
    columns = ["volume", "volume_base", "resolution_rate__num", "resolution_rate__den", "resolution_rate_base",
               "repeat_share__num", "repeat_share__den"]  # fmt: skip
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("group").reset_index()
    frame["resolution_rate"] = frame["resolution_rate__num"] / frame["resolution_rate__den"].replace(0, np.nan)
    return frame


def test_the_weak_one_leads_with_every_sign() -> None:
    frame = groups(
        weak=(1000, 800, 700, 900, 0.9, 300, 1000),
        good=(2000, 2100, 1700, 1800, 0.9, 100, 2000),
        small=(10, 10, 0, 2, 0.9, 1, 10),
        fine=(500, 600, 430, 450, 0.9, 20, 500),
        unknown=(5, 0, 0, 0, np.nan, 0, 0),
    )
    found = weak_spots(frame)
    assert found.iloc[0]["group"] == "weak" and found.iloc[0]["signs"] == 4
    assert found.set_index("group").at["good", "signs"] == 1
    kept = candidates(found, least_signs=3, least_volume=30)
    assert kept["group"].tolist() == ["weak"]
    # What lies beyond the average adds up to nothing over all groups whose rates are not shrunk.
    whole = 2830 / 3152
    assert found.iloc[0]["beyond"] == pytest.approx(900 * (whole - found.iloc[0]["resolution"]))
