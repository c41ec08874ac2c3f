"""A city's profile: what is told by district is the sum over its streets, for whoever asks, on every engine."""

from __future__ import annotations

import dataclasses
import shutil
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from data_access import CaseFilter, Period, ProfileError, UnknownValue, catalog
from data_access.cases.dimensions import dimensions_of
from data_access.cases.errors import QueryFailed
from data_access.cases.filters import chosen_streets
from data_access.cases.reader import Reader
from data_access.cases.sight import sight_of
from data_access.cases.small import least_of
from data_access.cases.store import store_for
from data_access.district.people import Actor
from data_access.district.profile import Profile, current_profile, load_profile
from data_access.intake.guessing import guess_mapping
from data_access.intake.importing import import_file
from data_access.intake.mapping import MappingError, load_mapping
from data_access.intake.naming import recognised
from questions import asking, patrols
from questions.league import DISTRICT, league_of
from questions.standing import among_all
from tests.cities import DISTRICTS, city, city_folder

MEASURES = ("volume", "open", "resolution_rate", "composite", "median_hours")
YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
SOME = (DISTRICTS[0], DISTRICTS[2])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return city(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def of_town(reader: Reader, town: Profile) -> Reader:
    return dataclasses.replace(reader, profile=town)


def streets_of(profile: Profile, *districts: str) -> tuple[str, ...]:
    return tuple(street for district in districts for street in profile.districts[district])


def test_a_district_is_its_streets(of_town: Reader, town: Profile) -> None:
    told = of_town.aggregate(MEASURES, ["district"], YEAR).set_index("district")
    for district in DISTRICTS:
        streets = YEAR.replace(street=streets_of(town, district))
        by_street, by_district = (of_town.aggregate(MEASURES, (), one) for one in
                                  (streets, YEAR.replace(district=(district,))))  # fmt: skip
        pd.testing.assert_frame_equal(by_street, by_district)
        pd.testing.assert_series_equal(told.loc[district], by_street.iloc[0], check_names=False)
    assert told["volume"].sum() == of_town.count(YEAR)
    assert of_town.count(YEAR.replace(district=("",))) == of_town.count(YEAR.replace(street=("",)))
    assert of_town.options("district") == list(told["volume"].sort_values(ascending=False).index)


def test_without_streets_there_is_no_district(of_town: Reader, town: Profile) -> None:
    bare = dataclasses.replace(of_town, profile=town.model_copy(update={"streets": (), "name": "bare"}))
    assert bare.aggregate(["volume"], ["district"]).to_numpy().tolist() == [["", of_town.count()]]


def test_a_street_that_no_district_has_is_of_none(of_town: Reader, town: Profile) -> None:
    listed = tuple(street for street in town.streets if street.district != DISTRICTS[0])
    fewer = dataclasses.replace(of_town, profile=town.model_copy(update={"streets": listed, "name": "fewer"}))
    assert fewer.count(CaseFilter(district=("",))) == of_town.count(CaseFilter(district=(DISTRICTS[0], "")))
    with pytest.warns(UnknownValue, match="没有找到名为“甲区”的区"):
        assert fewer.count(CaseFilter(district=(DISTRICTS[0],))) == 0


def test_residents_of_a_district_are_those_of_its_streets(of_town: Reader, town: Profile) -> None:
    known = town.model_copy(
        update={"streets": tuple(street.model_copy(update={"population": 10_000 * place})
                                 for place, street in enumerate(town.streets, 1)), "name": "peopled"}
    )  # fmt: skip
    peopled = dataclasses.replace(of_town, profile=known)
    people = {street.name: place for place, street in enumerate(town.streets, 1)}
    one = streets_of(town, DISTRICTS[0])
    told = peopled.aggregate(["per_10k"], ["district"], YEAR).set_index("district")["per_10k__den"]
    assert told[DISTRICTS[0]] == sum(people[street] for street in one)
    both = YEAR.replace(district=(DISTRICTS[0],), street=(one[0], streets_of(town, DISTRICTS[1])[0]))
    assert peopled.aggregate(["per_10k"], (), both)["per_10k__den"].iloc[0] == people[one[0]]
    scoped = dataclasses.replace(peopled, scope=CaseFilter(district=SOME))
    assert scoped.aggregate(["per_10k"], (), YEAR)["per_10k__den"].iloc[0] == sum(
        people[street] for street in streets_of(town, *SOME)
    )


def test_what_is_no_case_is_narrowed_to_the_districts_streets(of_town: Reader, town: Profile) -> None:
    one, other = streets_of(town, DISTRICTS[0])[:2], streets_of(town, DISTRICTS[1])[0]
    chosen = CaseFilter(district=(DISTRICTS[0],))
    assert chosen_streets(chosen, town) == set(streets_of(town, DISTRICTS[0]))
    assert chosen_streets(chosen.replace(street=(one[0], other)), town) == {one[0]}
    assert chosen_streets(CaseFilter(), town) is None
    points = pd.DataFrame({"street": [*one, other], "finding": "有", "stage": "open", "opened_at": of_town.as_of})
    programme = town.programme("patrol")
    told = [patrols.funnel(of_town, programme, points, where).set_index("stage")["count"]["派出巡查点位"]
            for where in (CaseFilter(), chosen)]  # fmt: skip
    assert told == [3, 2]


def test_whoever_is_of_a_district_sees_its_cases_and_no_other(of_town: Reader, town: Profile) -> None:
    viewer = Actor("某人", "街道", DISTRICTS[0])
    head = dataclasses.replace(of_town, sight=sight_of(town, viewer, of_town.as_of.date()))
    own, mine = CaseFilter(district=(DISTRICTS[0],)), streets_of(town, DISTRICTS[0])
    assert head.singly.count() == of_town.count(own) > 0
    assert set(head.list_cases(CaseFilter())["street"]) <= set(mine)
    assert least_of(head, own) == least_of(head, CaseFilter(street=mine[:2])) == 0 < least_of(head, CaseFilter())
    scoped = dataclasses.replace(of_town, scope=own)
    assert scoped.count() == of_town.count(own) and set(scoped.options("street")) == set(mine)


def test_units_and_rights_may_name_a_district(town: Profile) -> None:
    assert town.unit_named(DISTRICTS[1]) == DISTRICTS[1] and town.unit_named("丁区") == ""


def test_the_league_of_districts_is_the_measures(of_town: Reader) -> None:
    ranks = league_of(of_town, YEAR.replace(street=(of_town.profile.streets[0].name,)), DISTRICT)
    told = of_town.aggregate(["composite"], ["district"], YEAR.replace(source=("hotline",))).set_index("district")
    pd.testing.assert_series_equal(ranks.units["composite"], told["composite"])
    assert ranks.chosen == {DISTRICTS[0]} and len(ranks.placed) == 3 and len(ranks.bands) == 3
    assert ranks.cases_of("甲区").district == ("甲区",) and set(ranks.day_by_day()["district"]) == set(DISTRICTS)
    assert among_all(YEAR.replace(district=SOME), ["street"]) == YEAR


def test_a_question_may_be_about_districts(of_town: Reader) -> None:
    asked = asking.understood(of_town, "2022年甲区和丙区的解决率")
    assert asked.is_understood and set(asked.where.district) == set(SOME) and asked.by == "district"
    assert asking.understood(of_town, "2022年哪个区受理量最多").by == "district"


def test_only_a_city_is_told_by_district(of_town: Reader, town: Profile) -> None:
    alone = load_profile(Path("profiles/dongcheng").resolve())
    assert "district" in dimensions_of(town) and "district" not in dimensions_of(alone)
    assert len(catalog("district", profile=town)) == 3 and not len(catalog("district", profile=alone))
    assert asking.understood(dataclasses.replace(of_town, profile=alone), "2022年哪个区受理量最多").ignored == ("区",)


def test_a_street_without_a_district_among_others_is_an_error(tmp_path: Path) -> None:
    folder = city_folder(tmp_path)
    table = folder / "streets.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("乙区", "", 1), encoding="utf-8")
    with pytest.raises(ProfileError, match="第 3 行，字段 district"):
        load_profile(folder)
    shutil.rmtree(folder)


def with_doubles(folder: Path) -> Profile:
    """A city in two of whose districts there is a street of the same name."""
    made = city_folder(folder)
    table = made / "streets.csv"
    rows = [f"{code},和平街道（{district[0]}）,和平里（{district[0]}）,,,,,,,{district}"
            for code, district in enumerate(DISTRICTS[:2])]  # fmt: skip
    table.write_text("\n".join([table.read_text(encoding="utf-8").rstrip(), *rows, ""]), encoding="utf-8")
    return load_profile(made)


def test_streets_of_one_name_are_told_apart_by_their_district(tmp_path: Path) -> None:
    asked = ["乙区和平街道", "北京市甲区和平街道", "和平街道"]
    assert recognised(with_doubles(tmp_path), "street", asked) == {
        "乙区和平街道": "和平街道（乙）", "北京市甲区和平街道": "和平街道（甲）",
    }  # fmt: skip


def test_a_column_of_districts_tells_streets_of_one_name_apart(tmp_path: Path) -> None:
    profile, store = with_doubles(tmp_path), store_for(f"duckdb:///{tmp_path / 'store'}")
    other = profile.streets[0]  # of 甲区
    told = {
        ("甲区", "和平街道"): "和平街道（甲）",
        ("北京市乙区", "和平街道"): "和平街道（乙）",
        ("乙区", "和平街道办事处"): "和平街道（乙）",
        ("甲区", "乙区和平街道"): "和平街道（乙）",  # the name itself says it
        ("丙区", "和平街道"): "和平街道",  # there is none: kept as it is
        ("", "和平街道"): "和平街道",
        ("甲区", other.name): other.name,
        ("乙区", other.name): other.name,
        ("丙区", ""): "",
    }
    lines = [f"A{place},2022-03-01 09:00,{district},{street}" for place, (district, street) in enumerate(told)]
    file = tmp_path / "工单.csv"
    file.write_text("\n".join(["工单编号,来电时间,被反映区,街道", *lines, ""]), encoding="utf-8")
    mapping = tmp_path / "对照表.toml"
    mapping.write_text(guess_mapping(file, profile), encoding="utf-8")
    assert 'district = "被反映区"' in mapping.read_text(encoding="utf-8")
    import_file(file, profile=profile, store=store, mapping=str(mapping))
    found = Reader.of(store, profile).list_cases(CaseFilter(), sort="case_id", descending=False)
    assert found["street"].tolist() == list(told.values())
    assert Reader.of(store, profile).count(CaseFilter(district=("乙区",))) == 3
    alone = current_profile("dongcheng")
    assert "district" not in guess_mapping(file, alone)


def test_of_a_district_only_its_column_may_be_said(tmp_path: Path) -> None:
    mapping = tmp_path / "对照表.toml"
    for more in ('[values.district]\n"01" = "甲区"\n', '[[set]]\ncolumn = "区"\ncontains = "甲"\nfield = "district"\n'):
        mapping.write_text('label = "x"\nsource = "hotline"\n[columns]\ncase_id = "工单编号"\ncreated_at = "来电时间"\n'
                           f'district = "区"\n{more}', encoding="utf-8")  # fmt: skip
        with pytest.raises(MappingError, match="不认识的字段：district"):
            load_mapping(mapping)


def test_only_a_citys_statement_has_a_district(of_town: Reader) -> None:
    alone = dataclasses.replace(of_town, profile=load_profile(Path("profiles/dongcheng").resolve()))
    with pytest.raises(QueryFailed, match="没有列“district”"):
        alone.sql("SELECT district FROM cases")
