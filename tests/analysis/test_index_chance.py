"""What chance leaves open of scores and places: draws follow their laws, places hold together, what is known stays."""

import numpy as np
import pandas as pd
import pytest

from analysis.index import Weights
from analysis.index_chance import Noise, beyond, beyond_chance, drawn, noise_of, rank_bands, rank_sets

MONTHS = pd.date_range("2022-01-01", periods=12, freq="MS")
DEFINED = pd.DataFrame(
    [("甲", "rate", 0.0, 1.0, "up"), ("甲", "also", 0.0, 1.0, "up"), ("甲", "load", 0.0, 200.0, "up"),
     ("甲", "change", -1.0, 1.0, "up"), ("甲", "beds", 0.0, 10.0, "up")],
    columns=["dimension", "indicator", "low", "high", "better"],
)  # fmt: skip
LEAVES = pd.MultiIndex.from_frame(DEFINED[["dimension", "indicator"]])
WEIGHTS = Weights(pd.Series(1.0, index=LEAVES), pd.Series({"甲": 1.0}))
PLAIN = Noise(pd.Series(1.0, index=LEAVES), pd.DataFrame(np.eye(5), LEAVES.levels[1], LEAVES.levels[1]))


def panel(streets: int = 40, seed: int = 1, dispersion: float = 1.0) -> pd.DataFrame:
    """All streets alike: rate and also from the same callbacks, load and change from volumes, beds without a law."""
    random = np.random.default_rng(seed)
    shape = (len(MONTHS), streets)
    mean = np.full(shape, 100.0)
    volume = random.poisson(random.gamma(mean / (dispersion - 1), dispersion - 1) if dispersion > 1 else mean)
    yes = random.binomial(50, 0.8, shape)
    also = random.binomial(yes, 0.95) + random.binomial(50 - yes, 0.2)
    base = random.poisson(mean)
    labels = pd.MultiIndex.from_product([MONTHS, [f"{nth}" for nth in range(streets)]], names=["month", "street"])

    def rows(name: str, law: str, counted: object, among: object) -> pd.DataFrame:
        both = {"counted": np.ravel(counted), "among": np.ravel(np.broadcast_to(among, shape))}
        made = pd.DataFrame(both, index=labels, dtype=float).reset_index()
        value = made["counted"] / made["among"] - (law == "ratio")
        return made.assign(dimension="甲", indicator=name, value=value, cases=made["among"], law=law)

    return pd.concat(
        [rows("rate", "share", yes, 50), rows("also", "share", also, 50), rows("load", "count", volume, 1),
         rows("change", "ratio", volume, base), rows("beds", "", np.full(shape, 4.0), 1)],
        ignore_index=True,
    )  # fmt: skip


def test_noise_is_found_as_it_was_made() -> None:
    noise = noise_of(panel(dispersion=3.0))
    assert noise.dispersion["甲", "load"] == pytest.approx(3.0, rel=0.25)
    assert noise.dispersion["甲", "rate"] < 1.2 and ("甲", "beds") not in noise.dispersion
    assert noise.together.loc["rate", "also"] == pytest.approx(0.73, abs=0.1)  # that of the two answers of one call
    assert noise.together.loc["load", "change"] == pytest.approx(1.0) and abs(noise.together.loc["rate", "load"]) < 0.15


def test_draws_spread_as_the_values_themselves_do() -> None:
    """By leaf: the spread of the drawn scores against that of the streets, which differ by chance alone."""
    rows = panel(dispersion=2.0)
    month = rows[rows["month"] == MONTHS[5]]
    found = drawn(month, DEFINED, noise_of(rows))
    seen = found.parts.std(axis=2).mean(axis=0)
    means = rows.pivot(index=["month", "street"], columns="indicator", values="value").groupby("month").std().mean()
    expected = [100 * means["rate"], 100 * means["also"], means["load"] / 2, 50 * means["change"], 0.0]
    assert seen == pytest.approx(expected, rel=0.2, abs=1e-9)
    answers = [np.corrcoef(street[0], street[1])[0, 1] for street in found.parts]
    assert np.mean(answers) == pytest.approx(0.73, abs=0.1)
    assert found.parts[:, 4] == pytest.approx(40.0)  # what has no law is not varied
    assert np.array_equal(found.parts, drawn(month, DEFINED, noise_of(rows)).parts)


def test_a_value_at_the_end_of_its_scale_is_not_taken_for_certain() -> None:
    rows = panel(5)
    month = rows[rows["month"] == MONTHS[0]].copy()
    month.loc[month["street"].eq("0") & month["indicator"].eq("rate"), ["counted", "value"]] = [50.0, 1.0]
    found = drawn(month, DEFINED, PLAIN).parts[:, 0].std(axis=1)
    assert found[0] > 0.5 * found[1]


def test_an_unknown_value_stays_unknown() -> None:
    rows = panel(3)
    month = rows[rows["month"] == MONTHS[0]].copy()
    month.loc[month["street"].eq("1") & month["indicator"].eq("rate"), "value"] = np.nan
    found = drawn(month, DEFINED, PLAIN)
    assert np.isnan(found.parts[1, 0]).all() and not np.isnan(found.parts[[0, 2], 0]).any()


def test_places_hold_what_differences_leave_open() -> None:
    random = np.random.default_rng(2)
    score = np.array([90.0, 60.0, 59.5, 59.0, 20.0])
    sets = rank_sets(score, beyond_chance(score, score[:, None] + random.normal(0, 2, (5, 2000))))
    assert sets["place"].tolist() == [1, 2, 3, 4, 5]
    assert sets["best"].tolist() == [1, 2, 2, 2, 5] and sets["worst"].tolist() == [1, 4, 4, 4, 5]
    assert beyond_chance(score, np.repeat(score[:, None], 10, axis=1))[0].tolist() == [False, True, True, True, True]


def test_bands_leave_out_what_has_no_score_and_hold_the_own_place() -> None:
    rows = panel(6)
    month = rows[rows["month"] == MONTHS[0]].copy()
    month.loc[month["street"].eq("2"), "value"] = np.nan
    worse = month["street"].eq("4") & month["law"].eq("share")
    month.loc[worse, "counted"], month.loc[worse, "value"] = 5.0, 0.1
    month.loc[month["street"].eq("0") & month["indicator"].eq("beds"), "value"] = np.nan  # leaves the places alone
    found = drawn(month, DEFINED, PLAIN)
    parts = 100 * month.pivot(index=["month", "street"], columns="indicator", values="value")[["rate", "also"]]
    parts = parts.reindex(columns=LEAVES.get_level_values(1)).set_axis(LEAVES, axis=1)
    parts["甲", "beds"] = np.where(parts.index.get_level_values("street") == "0", np.nan, 40.0)
    loose = Weights(WEIGHTS.indicators, WEIGHTS.dimensions, min_known=0.3)
    parts.loc[(MONTHS[0], "2")] = np.nan
    bands = rank_bands(parts, loose, found).droplevel("month")
    assert bands.loc["2"].isna().all() and bands.loc["4", ["place", "best", "worst"]].tolist() == [5, 5, 5]
    placed = bands.drop(index="2")
    assert ((placed["best"] <= placed["place"]) & (placed["place"] <= placed["worst"])).all()


def test_more_statements_ask_for_more() -> None:
    assert beyond() == pytest.approx(1.96, abs=0.001) and beyond(15) == pytest.approx(2.93, abs=0.01)
