"""Whoever writes a profile's file by hand is told in Chinese what is wrong, and where."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from data_access.district.access import AccessFile
from data_access.district.mistakes import WORDS
from data_access.district.models import IndexFile, Keywords, Settings
from data_access.district.profile import PROFILES, ProfileError, load_profile
from data_access.district.programmes import Programmes
from data_access.district.retention import RetentionFile
from data_access.district.walls import Walls
from data_access.intake.mapping import Mapping, MappingError, load_mapping
from demo.settings import DemoSettings, read

STUDY = (Path(__file__).resolve().parents[3] / "docs/recipes/09_study.toml").read_text(encoding="utf-8")
LATIN = re.compile(r"[A-Za-z]{3,} [a-z]+")  # words of another language in a row


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROFILES / "dongcheng", tmp_path / "dongcheng"))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('kind = "study"', 'kind = "Study"', "不合写法"),
        ("yellow_hours", "yelow_hours", "没有这一项"),
        ('title = "调研课题"\n', "", "必须写"),
        ('opens = ["指挥中心", "分析人员"]', 'opens = "指挥中心"', "要写成列表"),
        ("due_hours = 240", 'due_hours = "两周"', "要写数字"),
        ("due_hours = 240", "due_hours = 0", "要大于 0"),
        ('to = "调研"', 'to = "调查"', "没有这些阶段：调查"),
        ('kind = "unit"', 'kind = "units"', "只能是"),
        ("working_time = true", 'working_time = "对"', "要写 true 或 false"),
    ],
)
def test_a_mistake_in_a_programme_is_told_with_its_line(folder: Path, right: str, wrong: str, said: str) -> None:
    file = folder / "programmes.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + "\n" + STUDY.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ProfileError) as told:
        load_profile(folder)
    words = str(told.value)
    line = int(re.search(r"第 (\d+) 行", words)[1])  # type: ignore[index]
    assert said in words and line > before.count("\n") and not LATIN.search(words.partition("行")[2]), words


# What somebody may write where something else belongs; None: nothing, where something must be.
INSTEAD: tuple[object, ...] = ("字", "2022", 2022, -1, 10**30, 1.5, True, dt.date(2022, 1, 1), dt.datetime(2022, 1, 1, 8), [],
                               [{}], ["字"] * 99, {}, {"字": "字"}, None)  # fmt: skip
FILES: list[tuple[Path, type[BaseModel]]] = [
    *(
        (PROFILES / "dongcheng" / f"{name}.toml", model)
        for name, model in {
            "district": Settings, "indicators": IndexFile, "keywords": Keywords, "wall": Walls,
            "programmes": Programmes, "access": AccessFile, "privacy": RetentionFile, "demo": DemoSettings,
        }.items()
    ),
    *((path, Mapping) for path in sorted((PROFILES / "dongcheng" / "mappings").glob("*.toml"))),
]  # fmt: skip


def spoilt(whole: object, part: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """The file with each of its parts spoilt in every way, one at a time; of a list's elements the first."""
    keys: list[Any] = list(part) if isinstance(part, dict) else [0] if isinstance(part, list) and part else []
    for key in keys:
        kept = part[key]  # type: ignore[index]
        for other in INSTEAD:
            if other is None and isinstance(part, dict):
                del part[key]
            else:
                part[key] = other  # type: ignore[index]
            yield (*path, str(key)), whole
            part[key] = kept  # type: ignore[index]
        yield from spoilt(whole, kept, (*path, str(key)))


@pytest.mark.parametrize(("file", "model"), FILES, ids=lambda given: getattr(given, "name", ""))
def test_every_mistake_has_words(file: Path, model: type[BaseModel]) -> None:
    """None is told in the words of the library that found it."""
    whole, unknown, told = tomllib.loads(file.read_text(encoding="utf-8")), set[str](), 0
    for _, wrong in spoilt(whole, whole):
        try:
            model.model_validate(wrong)
        except ValidationError as error:
            told += 1
            unknown |= {one["type"] for one in error.errors()} - WORDS.keys()
    assert told and not unknown


MAPPING = """label = "导出"
source = "hotline"
[columns]
case_id = "工单编号"
created_at = "来电时间"
[values.is_excluded]
"剔除" = 1
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"hotline"', '"hotlines"', "第 2 行，字段 source：只能是 'hotline'、'grid'"),
        ('label = "导出"', "label = 1", "第 1 行，字段 label：要写成文字，加引号"),
        ('"工单编号"', "3", "第 3 行，字段 columns：case_id 须写成 列名 或 [列名, …]"),
        ('created_at = "来电时间"\n', "", "第 3 行，字段 columns：缺少必需的字段：created_at"),
        ("= 1\n", "= 1.5\n", "第 7 行，字段 values.is_excluded.剔除：要写成文字，加引号，或要写整数"),
        ("[columns]", "as_of = 昨天\n[columns]", "第 3 行：写法不对"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_with_its_line(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    file = tmp_path / "对照表.toml"
    file.write_text(MAPPING.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(MappingError) as told:
        load_mapping(file)
    assert str(told.value).startswith(f"{file} {said}")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (r"repeat_share = .*", 'repeat_share = "多"', "字段 repeat_share：要写数字"),
        (r"hours = \[", "hours = [1, ", "字段 hotline.hours：至多 24 项"),
        (r"first_day = .*", "first_day = 3", "字段 first_day：要写成日期，如 2022-12-31"),
    ],
)
def test_a_mistake_in_the_demo_is_told_with_its_line(folder: Path, right: str, wrong: str, said: str) -> None:
    file = folder / "demo.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(re.sub(right, wrong, before, count=1), encoding="utf-8")
    with pytest.raises(ProfileError) as told:
        read(file, DemoSettings)
    line = before[: re.search(right, before).start()].count("\n") + 1  # type: ignore[union-attr]
    assert str(told.value) == f"{file} 第 {line} 行，{said}"
