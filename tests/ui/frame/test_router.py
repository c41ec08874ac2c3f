"""Pages are found without being run: a broken one does not break the others."""

import os
from pathlib import Path

import pytest

from ui.frame.router import BROKEN, entries

GOOD = 'PAGE = {"title": "好页", "group": "分析", "order": 5}\n'


@pytest.mark.parametrize(
    ("source", "problem"),
    [("PAGE = {", "语法错误"), ("x = 1\n", "缺少 PAGE"), ('PAGE = {"title": "x"}\n', "group"), ("PAGE = dict(title=1)\n", "字面量"),
     ('PAGE = {"title": "x", "group": "y", "order": "z"}\n', "不完整")],
)  # fmt: skip
def test_a_broken_file_says_why_and_others_go_on(tmp_path: Path, source: str, problem: str) -> None:
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.py").write_text(source, encoding="utf-8")
    good, bad = entries(tmp_path)
    assert (good.title, good.problem) == ("好页", "")
    assert bad.group == BROKEN and problem in bad.problem


def test_a_file_is_never_run_to_be_listed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(GOOD + "raise SystemExit\n", encoding="utf-8")
    assert entries(tmp_path)[0].title == "好页"


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    page, told = tmp_path / "a.py", []
    for number in (1, 2):
        page.write_text(f"{GOOD}told.append({number})\n", encoding="utf-8")
        os.utime(page, ns=(number, number))
        code = entries(tmp_path)[0].code
        assert code is not None
        exec(code, {"told": told})
    assert told == [1, 2]


def test_order_is_by_group_then_number(tmp_path: Path) -> None:
    for name, group, order in (
        ("a", "报告", 1),
        ("b", "总览", 2),
        ("c", "总览", 1),
        ("d", "自己的", 1),
        ("_x", "总览", 0),
    ):
        (tmp_path / f"{name}.py").write_text(
            f'PAGE = {{"title": "{name}", "group": "{group}", "order": {order}}}\n', encoding="utf-8"
        )
    assert [entry.title for entry in entries(tmp_path)] == ["c", "b", "a", "d"]
