"""Every page and every wall on stores that lack one thing each: none fails, each says what it cannot know."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from authoring.visit import NO_WORDS, told
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import current_profile
from data_access.intake import quality
from questions.one_matter import one_matter
from questions.warning import watched
from tests.little import LITTLE, little
from tests.pages.test_pages import PAGES, ROOT
from tests.ui.walls.test_wall import SCREENS, shown

# The one that lacks most runs always, the others with the whole suite.
MARKED = [pytest.param(name, marks=[] if name == "columns" else pytest.mark.slow) for name in LITTLE]


@pytest.fixture(scope="session")
def lacking(tmp_path_factory: pytest.TempPathFactory, demo_store: Store) -> Callable[[str], Store]:
    folder = tmp_path_factory.mktemp("little")
    return lambda name: little(name, folder, demo_store)


# What a page must say, and what it must not, where the source does not tell.
SAID = [
    ("overview", "columns", "来源没有截止时间", "没有逾期未办结"),
    ("overview", "columns", "未办结 — 件", "未办结 0 件"),
    ("overview", "deadlines", "其中逾期 — 件", "没有逾期未办结"),
    ("supervision", "columns", "逾期未办结 — 件", "逾期未办结 0 件"),
    ("heat", "columns", "只有未填写街道（", "最多的是"),
    ("heat", "streets", "只有未填写街道（", "最多的是"),
    ("livelihood_index", "columns", "没有一个维度算得出分", "最弱的维度"),
    ("livelihood_index", "rows", "不足一个整月", "最弱的维度"),
    ("monthly_topics", "columns", "来源没有三级分类", "题共受理"),
    ("fusion", "columns", "来源没有坐标", "没有需要派人去看"),
    ("fusion", "categories", "来源没有分类", "没有需要派人去看"),
    ("clusters", "coordinates", "来源没有坐标", "聚集"),
    ("trends", "categories", "都没有填写一级分类", "点选一类"),
    ("unit", "units", "没有填写承办单位", "解决率"),
    ("three_rates", "callbacks", "没有有效回访", "可能名次"),
]


@pytest.mark.parametrize(("page", "lack", "must", "must_not"), SAID)
def test_a_page_says_what_it_cannot_know(  # type: ignore[no-untyped-def]
    lacking, monkeypatch, page: str, lack: str, must: str, must_not: str
) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{lacking(lack).folder}")
    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    seen = re.sub("<[^>]*>", "", told(AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60).run()))
    assert must in seen and must_not not in seen.replace("聚集热点", "")


@pytest.mark.parametrize("page", [path.stem for path in PAGES])
def test_a_filter_that_leaves_no_case_is_no_lack_of_the_source(demo_store, monkeypatch, page: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")
    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    app = AppTest.from_file(str(next(path for path in PAGES if path.stem == page)), default_timeout=60)
    app.query_params["category1"] = "没有这一类"
    seen = app.run()
    assert not seen.exception, seen.exception
    assert "没有填写" not in told(seen) and "没有一件填写" not in told(seen)


@pytest.mark.parametrize("lack", MARKED)
@pytest.mark.parametrize("page", [path.stem for path in PAGES])
def test_every_page_runs_on_every_little_store(lacking, monkeypatch, page: str, lack: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CASES_URL", f"duckdb:///{lacking(lack).folder}")
    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    seen = AppTest.from_file(str(next(path for path in PAGES if path.stem == page)), default_timeout=60).run()
    assert not seen.exception, seen.exception
    assert not NO_WORDS.findall(told(seen))
    assert not [one.proto.id for one in seen.dataframe if one.value.empty]  # a table without rows says nothing


@pytest.mark.parametrize("lack", MARKED)
@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_draws_on_every_little_store(lacking, screen: str, lack: str) -> None:  # type: ignore[no-untyped-def]
    reader = Reader.of(lacking(lack), current_profile("dongcheng"))
    html = shown(reader, screen)["html"]
    assert "数据截至" in html
    assert ("来源没有" in html) == bool(quality.absent(reader))
    assert not NO_WORDS.findall(html)


def test_the_wall_of_a_district_without_boundaries_lists_its_streets(demo_store: Store) -> None:
    elsewhere = current_profile("pingshan")
    html = shown(Reader.of(demo_store, elsewhere), "today")["html"]
    assert "各街道今日受理（件）" in html and "未提供街道边界" in html


@pytest.mark.parametrize("lack", MARKED)
def test_what_is_unusual_can_be_asked_of_every_little_store(lacking: Callable[[str], Store], lack: str) -> None:
    """Where too little is known to say, that is the answer: no screen waits for one that never comes."""
    reader = Reader.of(lacking(lack), current_profile("dongcheng"))
    assert watched(reader).moment == reader.as_of and one_matter(reader).period.end > reader.as_of
