"""The shipped profiles hold together, and a broken file is named by file, line and field."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from data_access.district.profile import PROFILES, ProfileError, load_profile
from data_access.district.vocabulary import DIMENSIONS_75

DONGCHENG = load_profile(PROFILES / "dongcheng")
PINGSHAN = load_profile(PROFILES / "pingshan")


def test_every_street_counts_its_communities():
    for profile in (DONGCHENG, PINGSHAN):
        listed = [community.street for community in profile.communities]
        assert {s.name: s.communities for s in profile.streets} == {
            s.name: listed.count(s.name) for s in profile.streets
        }


def test_street_areas_add_up_to_the_district():
    total = sum(street.area_km2 or 0 for street in DONGCHENG.streets)
    assert total == pytest.approx(DONGCHENG.settings.district.area_km2)
    assert sum(street.population is not None for street in DONGCHENG.streets) == 7


def test_streets_lie_inside_the_bounding_box():
    west, south, east, north = DONGCHENG.settings.geography.bbox
    assert all(west < street.lon < east and south < street.lat < north for street in DONGCHENG.streets)
    assert DONGCHENG.boundaries.exists()
    assert PINGSHAN.boundaries is None


def test_categories_are_many_unique_and_cover_every_dimension():
    keys = [(c.source, c.category1, c.category2, c.category3) for c in DONGCHENG.categories]
    assert len(set(keys)) == len(keys) >= 300
    assert len({key[1] for key in keys}) >= 15
    assert len({key[1:3] for key in keys}) >= 80
    assert {c.dimension for c in DONGCHENG.categories} == set(DIMENSIONS_75)
    assert {c.source for c in DONGCHENG.categories} == {"hotline", "grid"}


def test_every_street_is_a_unit():
    units = {unit.name for unit in DONGCHENG.units if unit.unit_type == "街道"}
    assert units == {street.name for street in DONGCHENG.streets}


def test_topic_leaves_name_one_category_each():
    leaves = [category.category3 for category in DONGCHENG.categories]
    assert all(leaves.count(leaf) == 1 for topic in DONGCHENG.topics for leaf in topic.category3)
    assert sum(topic.year == 2022 for topic in DONGCHENG.topics) == 13


def test_scoring_and_clock():
    rules = DONGCHENG.scoring_at(dt.date(2022, 6, 1))
    assert (rules.response, rules.resolution, rules.satisfaction) == (0.1, 0.5, 0.4)
    assert "默认口径" in rules.note
    assert (PINGSHAN.settings.clock.assessment_month_start, PINGSHAN.settings.clock.assessment_day_start) == (1, 0)


BROKEN = [
    ("streets.csv", "lon", "东经"),
    ("streets.csv", "aliases", "东华门"),
    ("communities.csv", "street", "无此街道"),
    ("categories.csv", "source", "邮件"),
    ("categories.csv", "dimension", "无此维度"),
    ("categories.csv", "unit", "无此单位"),
    ("categories.csv", "limit_class", "无此时限"),
    ("units.csv", "unit_type", "个人"),
    ("benchmarks.csv", "value", "若干"),
    ("topics.csv", "year", "去年"),
    ("topics.csv", "category3", "无此分类"),
    ("topics.csv", "lead_unit", "无此单位"),
    ("bridge.csv", "source", "邮件"),
    ("bridge.csv", "family", ""),
    ("bridge.csv", "category2", "无此分类"),
    ("bridge.csv", "category3", "无此分类"),
]


def break_field(path: Path, field: str, value: str) -> None:
    """Put `value` into `field` of the third line; the shipped files quote nothing."""
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[2].split(",")
    cells[lines[0].split(",").index(field)] = value
    lines[2] = ",".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(("file", "field", "value"), BROKEN)
def test_a_broken_field_is_named_by_file_line_and_field(tmp_path, file, field, value):
    folder = shutil.copytree(PROFILES / "dongcheng", tmp_path / "district")
    break_field(folder / file, field, value)
    with pytest.raises(ProfileError) as error:
        load_profile(folder)
    assert all(part in str(error.value) for part in (file, "第 3 行", f"字段 {field}"))


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        ("井盖,grid,检查井盖,雨水井盖", "category3", "“雨水井盖”已在第"),
        ("公交,hotline,公共交通,公交线路调整", "source", "“公交”缺少另一来源"),
        ("井盖,grid,市政设施,", "category2", "“市政设施”不在"),
    ],
    ids=["a class twice", "one source only", "the other source's class"],
)
def test_a_bridge_that_cannot_stand_is_named(tmp_path, row, field, message):
    folder = shutil.copytree(PROFILES / "dongcheng", tmp_path / "district")
    lines = (folder / "bridge.csv").read_text(encoding="utf-8").splitlines()
    (folder / "bridge.csv").write_text("\n".join([*lines, row]), encoding="utf-8")
    with pytest.raises(ProfileError) as error:
        load_profile(folder)
    assert all(part in str(error.value) for part in ("bridge.csv", f"第 {len(lines) + 1} 行", f"字段 {field}", message))


def test_a_district_may_have_no_bridge():
    assert DONGCHENG.bridge and PINGSHAN.bridge == ()


def test_a_broken_setting_is_named(tmp_path):
    folder = shutil.copytree(PROFILES / "dongcheng", tmp_path / "district")
    settings = folder / "district.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("response = 0.10", "response = 0.20"), encoding="utf-8"
    )
    with pytest.raises(ProfileError, match=r"district\.toml.*scoring\.0.*三项权重之和必须为 1"):
        load_profile(folder)


def test_a_missing_file_is_named(tmp_path):
    folder = shutil.copytree(PROFILES / "dongcheng", tmp_path / "district")
    (folder / "streets.csv").unlink()
    with pytest.raises(ProfileError, match=r"streets\.csv：缺少这个文件"):
        load_profile(folder)
