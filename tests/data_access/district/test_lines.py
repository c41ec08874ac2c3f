"""A mistake in a TOML file is told with its line."""

import shutil
from pathlib import Path

import pytest

from data_access.district.lines import line_of, line_with
from data_access.district.profile import PROFILES, ProfileError, load_profile

TEXT = """# [[access]] in a comment
[[access]]
valid_from = 2022-01-01
grants = [
  { role = "甲, [乙]", cases = "all" },   # grants = [
  { role = "丙",
    cases = "own" },
]

[[access]]
valid_from = 2023-01-01
grants = [{ role = "甲" }, { role = "丁", cases = "none" }]
[[access.notes]]
words = "x"
[[access.notes]]
words = "y"
[audit]
night = [22, 6]
[words.of.hotline]
"一 = 二" = "x"
'三' = "y"
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("access", 0), 2), (("access", 0, "valid_from"), 3), (("access", 0, "grants", 0, "cases"), 5),
        (("access", 0, "grants", 1), 6), (("access", 0, "grants", 1, "cases"), 7), (("access", 1), 10),
        (("access", 1, "grants", 1, "cases"), 12), (("access", 1, "notes", 1, "words"), 16), (("audit", "night", 1), 18),
        (("access", 0, "grants", 1, "missing"), 6), (("access", 0, "missing"), 2), (("missing",), 1), ((), 1),
        (("words", "of", "hotline", "三"), 21), (("words", "of", "hotline", "一 = 二"), 20),
    ],
)  # fmt: skip
def test_a_value_is_found_by_what_leads_to_it(place: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, place) == line


def test_a_value_is_found_by_its_words() -> None:
    assert (line_with(TEXT, "丁"), line_with(TEXT, "没有")) == (12, 1)


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("access.toml", 'role = "街道", cases = "own"', 'role = "街道", cases = "every"', "cases"),
        ("access.toml", 'role = "网格监督员"', 'role = "没有的角色"', "role"),
        ("access.toml", 'role = "审计员", audit = true', 'role = "审计员", audit = true, settings = true', "不能同写"),
        ("access.toml", 'role = "网格监督员", cases = "all"', 'role = "网格监督员", audit = true', "须与"),
        ("privacy.toml", "callers = 1095", "callers = 0", "callers"),
        ("programmes.toml", "undo_minutes = 10", "undo_minutes = -1", "undo_minutes"),
    ],
)
def test_the_mistake_is_told_with_its_line(tmp_path: Path, file: str, right: str, wrong: str, said: str) -> None:
    folder = tmp_path / "dongcheng"
    shutil.copytree(PROFILES / "dongcheng", folder)
    path = folder / file
    text = path.read_text(encoding="utf-8")
    line = text[: text.index(right)].count("\n") + 1
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ProfileError) as error:
        load_profile(folder)
    assert f"{file} 第 {line} 行" in str(error.value) and said in str(error.value), error.value
