"""`page new` writes a page that works and keeps the rules; `page check` says in Chinese what is wrong with one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from authoring import house, typed_text
from authoring.check import check, people_of
from authoring.template import write_page
from commands import main
from commands import page as command
from data_access.district.profile import Profile
from ui.frame.router import BROKEN, entries


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """The product's pages, to which others may be added."""
    return Path(shutil.copytree(house.ROOT / "pages", tmp_path / "pages", ignore=shutil.ignore_patterns("__pycache__")))


def checked(page: Path, profile: Profile, seconds: float = 60) -> list[str]:
    return [str(finding) for finding in check(page, profile, dict(os.environ), seconds).findings]


@pytest.mark.slow
def test_what_the_template_writes_keeps_the_rules(pages: Path) -> None:
    page = write_page(pages, "try_it", "试一试")
    source, path = page.read_text(encoding="utf-8"), f"pages/{page.name}"
    assert not [breach for rule in house.RULES.values() for breach in rule(path, source)]
    assert not [breach for rule in typed_text.RULES for breach in typed_text.breaches(rule, path, source)]
    entry = next(entry for entry in entries(pages) if entry.path == page)
    assert (entry.title, entry.problem) == ("试一试", "")


@pytest.mark.parametrize(
    ("name", "title", "why"),
    [
        ("Try", "", "小写字母"),
        ("../out", "", "小写字母"),
        ("trends", "", "已经有了"),
        ("other", "诉求趋势", "trends.py"),
        ("q", 'a"b', "引号"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(pages: Path, name: str, title: str, why: str) -> None:
    before = sorted(pages.iterdir())
    with pytest.raises(ValueError, match=why if name != "q" else "小写字母"):
        write_page(pages, name, title)
    with pytest.raises(ValueError, match="引号"):
        write_page(pages, "quoted", 'a"b')
    assert sorted(pages.iterdir()) == before


@pytest.mark.slow
def test_a_new_page_is_fine_on_every_store_under_every_role(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], profile: Profile
) -> None:
    monkeypatch.setattr(command, "PAGES", pages)
    monkeypatch.setattr(command, "ROOT", pages.parent)
    assert main(["page", "new", "try_it", "--title", "试一试"]) == 0
    assert main(["page", "check", "try_it", "--profile", "dongcheng"]) == 0
    said = capsys.readouterr().out
    assert all(words in said for words in ("空库", "只有一件", "只有一个街道", "许多件", "最慢的提问", "没有问题"))
    assert {"指挥中心", "街道", "审计员"} <= set(people_of(profile)) and all(
        role in said for role in people_of(profile)
    )


BAD = """import numpy as np
import streamlit as st

from data_access import CaseFilter
from ui.frame.page import open_page

PAGE = {"title": "诉求趋势", "group": "分析", "order": 90}
reader = open_page("诉求趋势")
rows = reader.aggregate("volum", "street") if reader.count() > 1000 else None
first = reader.aggregate("volume", "street", CaseFilter(street="东四街道")).iloc[0]
st.write(f"{first['street']} {np.nan}")
st.button("甲", key="a")
st.button("乙", key="a")
"""


@pytest.mark.slow
def test_everything_that_is_wrong_is_said_with_its_line(pages: Path, profile: Profile) -> None:
    page = pages / "bad.py"
    page.write_text(BAD, encoding="utf-8")
    found = checked(page, profile)
    for words in (
        "标题“诉求趋势”已是 trends.py 的",
        "第 9 行：没有名为“volum”的指标；最接近的：volume（受理量）",
        "第 10 行：写了街道名“东四”",
        "第 10 行：取了没有的行",
        "第 11 行：write 会把",
        "第 13 行：key“a”在第 12 行已经用过",
    ):
        assert any(words in one for one in found), (words, found)
    assert any("许多件" in one for one in found if "volum" in one)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "words"),
    [("import sys\nsys.exit(1)\n", "页面自己结束了进程"), ("while True:\n    pass\n", "行：5 秒没有跑完，停在这里")],
    ids=["exit", "endless"],
)
def test_a_page_that_ends_or_never_ends_is_named(pages: Path, profile: Profile, body: str, words: str) -> None:
    page = pages / "odd.py"
    page.write_text(
        f'import streamlit as st\nPAGE = {{"title": "怪", "group": "分析", "order": 90}}\nst.title("怪")\n{body}',
        encoding="utf-8",
    )
    assert any(words in one for one in checked(page, profile, 5 if "while" in body else 60))


def test_what_cannot_be_read_is_said_at_once(pages: Path, profile: Profile) -> None:
    page = pages / "broken.py"
    page.write_text("PAGE = {\n", encoding="utf-8")
    assert ["语法错误" in one and "第 1 行" in one for one in checked(page, profile)] == [True]


def added(pages: Path, name: str, about: str) -> None:
    """A page that is newer than all the others."""
    page = pages / f"{name}.py"
    page.write_text(f"PAGE = {about}\n", encoding="utf-8")
    newest = max(one.stat().st_mtime_ns for one in pages.glob("*.py"))
    os.utime(page, ns=(newest + 10**9, newest + 10**9))


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ('{"title": "诉求趋势", "group": "总览", "order": 900}', "已是 trends.py 的"),
        ('{"title": "新首页", "group": "总览", "order": 1}', "会占去首页“区情总览”的位置"),
        ('{"title": "另一个首页", "group": "分析", "order": 1, "home": True}', "会占去首页“区情总览”的位置"),
    ],
)
def test_a_page_that_takes_anothers_place_is_refused_with_a_notice(pages: Path, about: str, why: str) -> None:
    before = [entry.title for entry in entries(pages)]
    added(pages, "newcomer", about)
    *others, refused = entries(pages)
    assert [entry.title for entry in others] == before and others[0].address == "overview"
    assert refused.group == BROKEN and why in refused.problem and refused.code is None
