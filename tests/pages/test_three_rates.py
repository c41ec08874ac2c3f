"""The league of the page is the measures' league; what it says of chance is said of its own rows."""

import dataclasses
from collections.abc import Callable
from datetime import datetime

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analysis.league import FEW, scores
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period, preset
from questions.league import League, league_of
from questions.standing import among_all
from questions.weak_spots import weak_spots

MONTHS = CaseFilter(period=Period(datetime(2021, 6, 1), datetime(2022, 12, 1)))  # so long that some have too few


@pytest.mark.parametrize("calibre", ["", "_all"])
def test_scores_from_counts_equal_the_measure(reader: Reader, calibre: str) -> None:
    names = {"valid_callbacks": "valid", "contacted": "contacted", "resolved": "resolved", "partly_resolved": "partly",
             "satisfied": "satisfied", "basically_satisfied": "basically"}  # fmt: skip
    wanted = {name + calibre: part for name, part in names.items()}
    found = reader.aggregate(["composite" + calibre, *wanted], ["unit"], CaseFilter(source=("hotline",)))
    score = scores(found.rename(columns=wanted), reader.profile.settings.scoring[0])
    assert score.to_numpy() == pytest.approx(found["composite" + calibre].to_numpy(), nan_ok=True)


def rounding(reader: Reader, **changes: object) -> Reader:
    """The same cases in a district that gives places otherwise."""
    settings = reader.profile.settings
    scoring = tuple(one.model_copy(update=changes) for one in settings.scoring)
    folder = reader.profile.folder / "-".join(
        map(str, changes.values())
    )  # another district: another answer in the cache
    profile = reader.profile.model_copy(
        update={"settings": settings.model_copy(update={"scoring": scoring}), "folder": folder}
    )
    return dataclasses.replace(reader, profile=profile)


@pytest.fixture(params=["街道", "部门"])
def ranks(reader: Reader, request: pytest.FixtureRequest) -> League:
    return league_of(reader, MONTHS, request.param)


def test_the_answers_together_are_the_measures(ranks: League) -> None:
    parts = [f"{measure.name}__{part}" for measure in (ranks.composite, *ranks.rates) for part in ("num", "den")]
    summed = ranks.answers.groupby("unit")[parts].sum()
    pd.testing.assert_frame_equal(summed, ranks.units[parts].sort_index(), check_exact=False)


def test_every_unit_with_a_place_has_it_in_its_band_and_its_rates_in_their_intervals(ranks: League) -> None:
    placed = ranks.placed.join(ranks.bands)
    assert len(placed) > 5
    assert ((placed["best"] <= placed["place"]) & (placed["place"] <= placed["worst"])).all()
    for rate in ranks.rates:
        low, high = ranks.interval(rate)
        known = ranks.placed.index
        assert (placed[rate.name].between(low[known] - 1e-9, high[known] + 1e-9)).all()
    assert ranks.bands.drop(ranks.placed.index).isna().all(axis=None)


def test_the_days_end_at_the_table(ranks: League) -> None:
    lines = ranks.day_by_day()
    last = lines[lines["assessment_day"] == lines["assessment_day"].max()].set_index("unit")
    placed = ranks.placed
    assert last["place"].reindex(placed.index).tolist() == placed["place"].tolist()


@pytest.mark.parametrize(("decimals", "ties"), [(1, "volume"), (0, "volume"), (0, "shared")])
def test_places_follow_the_districts_rounding(reader: Reader, decimals: int, ties: str) -> None:
    """Against the rule written out: the score rounded half up, then the volume."""
    ranks = league_of(rounding(reader, decimals=decimals, ties=ties), MONTHS, "街道")
    units = ranks.placed.assign(rounded=lambda rows: (rows["composite"] + 1e-9).round(decimals))
    assert units["rounded"].duplicated().any() or decimals
    if ties == "shared":
        expected = units["rounded"].rank(ascending=False, method="min").astype(int)
    else:
        ordered = units.sort_values(["rounded", "volume"], ascending=False)
        expected = pd.Series(range(1, len(units) + 1), index=ordered.index)
    assert units["place"].to_dict() == expected.to_dict()
    assert ("四舍五入" in ranks.order) and (("并列" in ranks.order) == (ties == "shared"))
    held = units.join(ranks.bands)
    assert ((held["best"] <= held["place"]) & (held["place"] <= held["worst"])).all()


def test_what_lifts_a_unit_is_said_by_the_tables_rules(reader: Reader) -> None:
    ranks = league_of(reader, MONTHS, "街道")
    first, second = ranks.placed.index[:2]
    assert ranks.to_pass(first) is None
    lift = ranks.to_pass(second)
    assert lift and lift.above == first


@pytest.mark.parametrize("named", ["unit", "street", "community"])
def test_a_filter_on_who_is_ranked_changes_nobodys_place(reader: Reader, named: str) -> None:
    """The last of all streets stays the last when somebody looks at it alone."""
    whole = league_of(reader, MONTHS, "街道")
    last = str(whole.placed.index[-1])
    home = reader.aggregate(["volume"], ["street", "community"], MONTHS.replace(unit=(last,)), order_by="volume")
    value = {"unit": last, "street": last, "community": home[home["street"] == last]["community"].iloc[0]}[named]
    alone = league_of(reader, MONTHS.replace(**{named: (value,)}), "街道")
    pd.testing.assert_frame_equal(alone.units, whole.units)
    pd.testing.assert_frame_equal(alone.bands, whole.bands)
    assert alone.pooled == whole.pooled and alone.to_pass(last) == whole.to_pass(last)
    assert alone.chosen == {last} and not whole.chosen


def test_a_filter_on_what_is_ranked_elsewhere_only_chooses(reader: Reader) -> None:
    """Spots and streets keep their place among all; a filter on something else still narrows the cases."""
    whole = weak_spots(reader, MONTHS, ["street"], "previous").set_index("street")
    street = str(whole.index[-1])
    own = weak_spots(reader, MONTHS.replace(street=(street,)), ["street"], "previous").set_index("street")
    pd.testing.assert_frame_equal(
        own.drop(columns=["chosen", "by_chance"]), whole.drop(columns=["chosen", "by_chance"])
    )
    assert whole["chosen"].all() and own.index[own["chosen"]].tolist() == [street]
    narrower = weak_spots(reader, MONTHS.replace(street=(street,)), ["category3"], "previous")
    assert narrower["volume"].sum() == whole.at[street, "volume"]
    assert among_all(MONTHS.replace(street=(street,), source=("grid",)), ["community"]) == MONTHS.replace(
        source=("grid",)
    )


def test_too_few_callbacks_are_not_ranked(ranks: League) -> None:
    small = ranks.is_small[ranks.is_small].index
    assert len(small) < len(ranks.units)
    assert ranks.units["place"][small].isna().all() and ranks.bands.loc[small].isna().all(axis=None)
    assert sorted(ranks.placed["place"]) == list(range(1, len(ranks.placed) + 1))
    lines = ranks.day_by_day().dropna(subset=["place"])
    assert not lines["unit"].isin(small).any()


@pytest.mark.slow
def test_the_page_tells_a_street_where_it_stands_among_all(visit: Callable[..., AppTest], reader: Reader) -> None:
    page = visit("three_rates", period="近一年", street="前门街道")
    words = "".join(one.value for one in page.markdown) + "".join(one.proto.body for one in page.get("html"))
    ranked = len(league_of(reader, CaseFilter(period=preset("last365", reader.as_of, reader.profile.settings.clock)),
                           "街道").placed)  # fmt: skip
    assert "前门街道" in words and (FEW in words or f"共 {ranked} 个" in words)


@pytest.mark.slow
def test_the_page_says_whose_coverage_a_band_has(visit: Callable[..., AppTest]) -> None:
    page = visit("three_rates", kind="部门")
    said = "".join(one.value for one in page.caption)
    assert "不保证所有单位同时" in said and "平均每 10 个约有 9 个" in said
    assert any("可能名次" in one.proto.body for one in page.get("html"))
