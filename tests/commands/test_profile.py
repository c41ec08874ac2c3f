"""profile new and profile check: another district, from answers, from a file, from a store."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

import commands.profile
import data_access.district.profile as profiles
from commands import main
from data_access.district.profile import load_profile
from data_access.intake.mapping import shipped_mappings

HEADER = "Ticket,Opened,Done,Borough,Area,Office,Kind,Leaf,Lon,Lat"
MAPPING = """label = "tickets"
source = "hotline"
[columns]
case_id = "Ticket"
created_at = "Opened"
closed_at = "Done"
street = "Borough"
community = "Area"
unit = "Office"
category2 = "Kind"
category3 = "Leaf"
lon = "Lon"
lat = "Lat"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the district's profiles lie: none yet."""
    place = tmp_path / "profiles"
    place.mkdir()
    monkeypatch.setattr(profiles, "PROFILES", place)
    monkeypatch.setattr(commands.profile, "PROFILES", place)
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path / 'store'}")
    monkeypatch.chdir(tmp_path)
    profiles._loaded.cache_clear()
    yield place
    profiles._loaded.cache_clear()


def written(path: Path, boroughs: list[str]) -> Path:
    """A file of 200 tickets whose header no mapping knows."""
    pick = random.Random(1)
    rows = [
        f"T{n:05},2024-0{1 + n % 3}-{1 + n % 28:02} 09:{n % 60:02}:00,,{boroughs[n % len(boroughs)]},Area {n % 4},"
        f"{pick.choice(['Parks', 'Roads Inc'])},Noise,Leaf {n % 5},{-74 + n / 1000},{40 + n / 1000}"
        for n in range(200)
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.*")}


def made(folder: Path, *more: str) -> int:
    (folder.parent / "map.toml").write_text(MAPPING, encoding="utf-8")
    return main(["profile", "new", "north", "--name", "北区", "--mapping", str(folder.parent / "map.toml"), *more])


@pytest.mark.slow
def test_a_profile_from_a_file_holds_and_the_file_goes_in(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "tickets.csv", ["EAST", "EAST", "WEST", "West"])
    assert made(folder, "--from", str(path)) == 0
    said = capsys.readouterr().out
    assert "“WEST”（50 件）与“West”（50 件）" in said and "DISTRICT_PROFILE=north" in said
    profile = load_profile(folder / "north")
    assert {street.name: street.aliases for street in profile.streets} == {"EAST": (), "WEST": ("West",)}
    assert {unit.name: unit.unit_type for unit in profile.units} == {"Parks": "部门", "Roads Inc": "企业"}
    assert {row.street for row in profile.communities} == {"EAST", "WEST"}
    assert len(profile.categories) == 5 and profile.programmes.programmes and profile.walls.walls and profile.people
    assert profile.index[0].base_year == 2024 and "# bbox = [-74" in texts(folder)["north/district.toml"]
    # What the cases cannot feed is not on the wall's round; nothing of the other district's names came along.
    assert profile.walls.walls[0].screens == ("today", "supervision", "heat")
    assert "东华门" not in "".join(texts(folder).values())
    assert main(["import", str(path), "--profile", "north"]) == 0
    assert "配置中没有的" not in capsys.readouterr().out
    assert main(["profile", "check", "north"]) == 0
    assert "没有错误" in capsys.readouterr().out


@pytest.mark.slow
def test_a_status_tells_what_is_done_where_no_time_does(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["已办结", "办理中", "未办结", "按期办结", "Closed"]
    rows = [f"{n},2024-01-{1 + n % 28:02},{words[n % 5]}" for n in range(100)]
    (tmp_path / "a.csv").write_text("\n".join(["工单号码编号,登记时间,状态", *rows]), encoding="utf-8")
    assert main(["profile", "new", "a", "--from", "a.csv"]) == 0
    assert "Closed、已办结、按期办结" in capsys.readouterr().out
    assert main(["import", "a.csv", "--profile", "a"]) == 0
    capsys.readouterr()
    assert main(["sql", "SELECT sum(is_closed) AS n FROM cases", "--format", "csv", "--profile", "a"]) == 0
    assert capsys.readouterr().out.split() == ["n", "60"]


@pytest.mark.slow
def test_what_stands_is_never_overwritten_and_new_names_are_added(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "tickets.csv", ["EAST", "WEST"])
    assert made(folder, "--from", str(path)) == 0
    settings = folder / "north" / "district.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("北区", "北区人民"), encoding="utf-8")
    before = texts(folder)
    assert made(folder, "--from", str(path)) == 1 and "--update" in capsys.readouterr().err
    assert made(folder, "--from", str(path), "--update") == 0 and "没有改动" in capsys.readouterr().out
    assert texts(folder) == before
    more = written(tmp_path / "more.csv", ["EAST", "WEST", "SOUTH"])
    assert made(folder, "--from", str(more), "--update") == 0
    assert "streets.csv　+,SOUTH," in capsys.readouterr().out
    after = texts(folder)
    assert {name for name in after if after[name] != before[name]} == {"north/streets.csv"}
    assert after["north/streets.csv"].startswith(before["north/streets.csv"])
    assert made(folder, "--from", str(path), "--force") == 0
    assert "北区人民" not in settings.read_text(encoding="utf-8")


@pytest.mark.slow
def test_from_an_imported_store(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "new", "first", "--streets", "甲街道，乙街道"]) == 0
    assert [street.name for street in load_profile(folder / "first").streets] == ["甲街道", "乙街道"]
    path = written(tmp_path / "tickets.csv", ["EAST", "WEST"])
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    assert main(["profile", "new", "second", "--from-store", "--profile", "first"]) == 1
    assert "还没有数据" in capsys.readouterr().err and not (folder / "second").exists()
    assert main(["import", str(path), "--mapping", str(tmp_path / "map.toml"), "--profile", "first"]) == 0
    assert main(["profile", "new", "second", "--from-store", "--profile", "first"]) == 0
    assert [street.name for street in load_profile(folder / "second").streets] == ["EAST", "WEST"]


def test_demo_data_is_nobodys_draft(
    demo_store: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")  # type: ignore[attr-defined]
    monkeypatch.setattr(commands.profile, "PROFILES", tmp_path)
    assert main(["profile", "new", "x", "--from-store", "--profile", "dongcheng"]) == 1
    assert "演示数据" in capsys.readouterr().err and not (tmp_path / "x").exists()


def test_a_header_that_cannot_be_guessed_leaves_a_mapping_to_complete(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    assert main(["profile", "new", "odd", "--from", "odd.csv"]) == 1
    assert "odd.toml" in capsys.readouterr().err
    assert (tmp_path / "odd.toml").exists() and not (folder / "odd").exists()


def test_a_proposed_mapping_carries_no_examples(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("工单号码编号,登记时间,标题\n1,2024-01-01,楼下王某某太吵\n", encoding="utf-8")
    assert main(["profile", "new", "a", "--from", "a.csv"]) == 0
    (mapping,) = shipped_mappings(load_profile(folder / "a")).values()
    assert "王某某" not in "".join(texts(folder).values()) and "created_at" in mapping.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("district.toml", "response = 0.10", "response = 0.20", "三项权重之和必须为 1"),
        ("district.toml", 'boundaries = ""', 'boundaries = "none.geojson"', "没有 none.geojson"),
        ("wall.toml", '"today"', '"todai"', "没有“todai”这一屏"),
        ("mappings/map.toml", 'created_at = "Opened"', 'opened_at = "Opened"', "opened_at"),
    ],
)
def test_check_names_what_is_wrong(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, told: str
) -> None:
    assert made(folder, "--from", str(written(tmp_path / "tickets.csv", ["EAST"]))) == 0
    path = folder / "north" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    profiles._loaded.cache_clear()
    assert main(["profile", "check", "north"]) == 1
    said = capsys.readouterr().err
    assert told in said and Path(file).name in said


@pytest.mark.parametrize("name", ["dongcheng", "pingshan"])
def test_the_shipped_profiles_hold(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "check", name]) == 0
    assert "没有错误" in capsys.readouterr().out


def test_a_name_that_is_no_folder_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("../north", "a/b", ""):
        assert main(["profile", "new", name]) == 1
    assert list(folder.iterdir()) == [] and "配置名" in capsys.readouterr().err


def test_every_column_of_a_written_table_is_the_models(folder: Path, tmp_path: Path) -> None:
    assert made(folder, "--from", str(written(tmp_path / "tickets.csv", ["EAST"]))) == 0
    for name, model in commands.profile.TABLES.items():
        with (folder / "north" / name).open(encoding="utf-8") as file:
            assert next(csv.reader(file)) == list(model.model_fields)


def test_a_district_without_demo_data_starts_without(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "new", "bare"]) == 0
    assert main(["demo", "--if-missing", "--profile", "bare"]) == 0
    assert "没有演示数据" in capsys.readouterr().out
