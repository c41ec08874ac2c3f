"""Whoever writes a profile's file by hand is told in Chinese what is wrong, and where."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from data_access.district.profile import PROFILES, ProfileError, load_profile

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
