"""Pages of a city: its districts are chosen, ranked and named; of a single district none of it is on the screen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district import profile as profile_module
from data_access.district.profile import current_profile
from tests.cities import DISTRICTS, city_folder
from tests.pages.ledgers import begun
from tests.pages.test_pages import words

Visit = Callable[..., AppTest]
OFFICER = "某区员"


@pytest.fixture
def in_city(
    stores: dict[str, tuple[str, Store]], visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Visit:
    with (city_folder(tmp_path) / "people.csv").open("a", encoding="utf-8") as people:
        people.write(f"{OFFICER},街道,甲区\n")
    shutil.copytree(profile_module.PROFILES / "dongcheng", tmp_path / "dongcheng")
    monkeypatch.setattr(profile_module, "PROFILES", tmp_path)
    monkeypatch.setitem(stores, "city", ("city", stores["plenty"][1]))
    begun(Reader.of(stores["plenty"][1], current_profile("city")))
    return lambda page, **query: visit(page, "city", **query)


def fields(seen: AppTest) -> list[str]:
    return [one.label for one in seen.multiselect]


def test_a_district_is_chosen_before_its_streets(in_city: Visit, reader: Reader) -> None:
    seen = in_city("overview", district="甲区", period="全部")
    assert fields(seen)[:3] == ["区", "街道", "来源"] and not seen.warning
    town = current_profile("city")
    assert set(seen.multiselect[1].options) <= set(town.districts["甲区"])
    count = reader.count(CaseFilter(street=town.districts["甲区"]))
    assert f"{count:,}" in words(seen)


@pytest.mark.parametrize(("which", "query"), [("three_rates", {"kind": "区"}), ("weak_spots", {"view": "区"})])
def test_districts_are_set_against_each_other(in_city: Visit, which: str, query: dict[str, str]) -> None:
    seen = in_city(which, **query, period="近一年")
    assert any(set(DISTRICTS) <= set(one.value.astype(str).to_numpy().ravel()) for one in seen.dataframe)


def test_a_single_district_has_no_choice_of_one(visit: Visit) -> None:
    seen = visit("overview")
    assert "区" not in fields(seen)
    assert "区" in fields(visit("overview", district="东城区"))  # what an address holds is never passed over


def test_the_map_may_be_of_districts(in_city: Visit, reader: Reader, visit: Visit) -> None:
    seen = in_city("heat", by="区", period="全部")
    town = current_profile("city")
    most = max(DISTRICTS, key=lambda name: reader.count(CaseFilter(street=town.districts[name])))
    assert f"{most}最多" in words(seen) and "各区受理量" in words(seen)
    assert "by" not in [one.key for one in visit("heat").get("button_group")]


def test_a_district_may_be_ones_own(in_city: Visit, reader: Reader) -> None:
    seen = in_city("mine", who="甲区")
    town = current_profile("city")
    assert seen.selectbox(key="who").options[:3] == list(DISTRICTS)
    assert "甲区" in words(seen) and "名次在区里比" in words(seen)
    overdue = reader.count(CaseFilter(street=town.districts["甲区"], status=("overdue_open",)))
    assert {one.label: one.value for one in seen.metric}["区内的逾期未办结"] == f"{overdue:,}"
    assert "等着办的连同写明区内街道的" in words(seen)


@pytest.mark.parametrize("which", ["supervision", "whistles"])
def test_who_answers_for_a_district_is_told_of_its_streets(
    in_city: Visit, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    """Their matters are those of the district and of its streets."""
    seen = in_city(which)
    monkeypatch.delenv("DASHBOARD_OPEN")
    seen.session_state["actor_name"] = OFFICER
    said = words(seen.run())
    assert "写明本区和区内街道的" in said and "您单位" not in said
