"""The league of the page is the measures' league; what it says of chance is said of its own rows."""

import dataclasses
from collections.abc import Callable
from datetime import datetime

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analysis.league import scores
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from questions.league import League, league_of

MONTHS = CaseFilter(period=Period(datetime(2022, 9, 1), datetime(2022, 12, 1)))


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
    assert len(placed) > 10
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


@pytest.mark.slow
def test_the_page_says_whose_coverage_a_band_has(visit: Callable[..., AppTest]) -> None:
    page = visit("three_rates", kind="部门")
    said = "".join(one.value for one in page.caption)
    assert "不保证所有单位同时" in said and "平均每 10 个约有 9 个" in said
    assert "可能名次" in page.get("html")[0].proto.body
