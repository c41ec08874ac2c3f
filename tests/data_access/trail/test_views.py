"""Kept filters are their owner's alone: kept, called otherwise, taken away and put back by nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_access.ledger.engine import engine_at
from data_access.trail import views
from data_access.trail.schema import TrailProblem
from data_access.trail.trail import Trail


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail.at(engine_at(f"sqlite:///{tmp_path / 'trail.db'}"))


def titles(trail: Trail, owner: str, page: str = "cases") -> list[tuple[str, str]]:
    return [(row["title"], row["query"]) for row in views.kept(trail, owner, page)]


def test_a_title_is_kept_once_and_anew(trail: Trail) -> None:
    number = views.keep(trail, "甲", "cases", " 逾期 ", "state=逾期")
    assert views.keep(trail, "甲", "cases", "逾期", "state=open") == number
    views.keep(trail, "乙", "cases", "逾期", "x=1")
    views.keep(trail, "甲", "trends", "逾期", "y=1")
    assert titles(trail, "甲") == [("逾期", "state=open")] and titles(trail, "甲", "trends") == [("逾期", "y=1")]


def test_what_is_taken_away_can_be_put_back_as_it_was(trail: Trail) -> None:
    for name in "一二":
        views.keep(trail, "甲", "cases", name, name)
    before = views.kept(trail, "甲", "cases")
    gone = views.forget(trail, "甲", before[0]["id"])
    assert gone and titles(trail, "甲") == [("二", "二")]
    for _ in range(2):  # pressed twice, it is there once
        views.restore(trail, gone)
    assert views.kept(trail, "甲", "cases") == before


def test_nobody_elses_is_touched(trail: Trail) -> None:
    number = views.keep(trail, "甲", "cases", "一", "x")
    assert views.forget(trail, "乙", number) is None and titles(trail, "乙") == []
    with pytest.raises(TrailProblem, match="没有这个筛选"):
        views.rename(trail, "乙", number, "我的")
    assert titles(trail, "甲") == [("一", "x")]


def test_two_never_have_one_name(trail: Trail) -> None:
    one, _ = (views.keep(trail, "甲", "cases", name, name) for name in "一二")
    with pytest.raises(TrailProblem, match="已有叫“二”的"):
        views.rename(trail, "甲", one, "二")
    views.rename(trail, "甲", one, "三")
    assert [title for title, _ in titles(trail, "甲")] == ["三", "二"]


@pytest.mark.parametrize(("title", "query"), [("", "x"), ("  ", "x"), ("名" * 21, "x"), ("名", "x" * 4_001)])
def test_what_is_no_name_is_refused(trail: Trail, title: str, query: str) -> None:
    with pytest.raises(TrailProblem):
        views.keep(trail, "甲", "cases", title, query)
    assert titles(trail, "甲") == []


def test_nobody_fills_the_ledger(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 2)
    for name in "一二":
        views.keep(trail, "甲", "cases", name, "x")
    with pytest.raises(TrailProblem, match="已存了 2 个"):
        views.keep(trail, "甲", "cases", "三", "x")
    assert views.keep(trail, "甲", "cases", "一", "y")
