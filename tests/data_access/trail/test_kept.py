"""What was kept is its owner's: kept, called otherwise, taken away and put back by nobody else; statements are read
by all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from data_access.ledger.engine import engine_at
from data_access.trail import kept as shelf
from data_access.trail.kept import STATEMENTS, Kind
from data_access.trail.schema import TrailProblem
from data_access.trail.trail import Trail


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail.at(engine_at(f"sqlite:///{tmp_path / 'trail.db'}"))


def titles(trail: Trail, owner: str, page: str = "cases") -> list[tuple[str, str]]:
    return [(row["title"], row["text"]) for row in shelf.kept(trail, page, owner)]


def test_a_title_is_kept_once_and_anew(trail: Trail) -> None:
    number = shelf.keep(trail, "甲", "cases", " 逾期 ", "state=逾期")
    assert shelf.keep(trail, "甲", "cases", "逾期", "state=open") == number
    shelf.keep(trail, "乙", "cases", "逾期", "x=1")
    shelf.keep(trail, "甲", "trends", "逾期", "y=1")
    assert titles(trail, "甲") == [("逾期", "state=open")] and titles(trail, "甲", "trends") == [("逾期", "y=1")]


def test_what_is_taken_away_can_be_put_back_as_it_was(trail: Trail) -> None:
    for name in "一二":
        shelf.keep(trail, "甲", "cases", name, name)
    before = shelf.kept(trail, "cases", "甲")
    gone = shelf.forget(trail, "甲", before[0]["id"])
    assert gone and titles(trail, "甲") == [("二", "二")]
    for _ in range(2):  # pressed twice, it is there once
        shelf.restore(trail, gone)
    assert shelf.kept(trail, "cases", "甲") == before


def test_nobody_elses_is_touched(trail: Trail) -> None:
    number = shelf.keep(trail, "甲", "cases", "一", "x")
    assert shelf.forget(trail, "乙", number) is None and titles(trail, "乙") == []
    with pytest.raises(TrailProblem, match="没有这一个"):
        shelf.rename(trail, "乙", number, "我的")
    assert titles(trail, "甲") == [("一", "x")]


def test_two_never_have_one_name(trail: Trail) -> None:
    one, _ = (shelf.keep(trail, "甲", "cases", name, name) for name in "一二")
    with pytest.raises(TrailProblem, match="已有叫“二”的"):
        shelf.rename(trail, "甲", one, "二")
    shelf.rename(trail, "甲", one, "三")
    assert [title for title, _ in titles(trail, "甲")] == ["三", "二"]


@pytest.mark.parametrize(
    ("page", "title", "text"),
    [
        ("cases", "", "x"), ("cases", "  ", "x"), ("cases", "名" * 21, "x"), ("cases", "名", "x" * 4_001),
        (STATEMENTS, "", "x"), (STATEMENTS, "名" * 41, "x"), (STATEMENTS, "名", "x" * 20_001),
    ],
)  # fmt: skip
def test_what_is_no_name_or_too_long_is_refused(trail: Trail, page: str, title: str, text: str) -> None:
    with pytest.raises(TrailProblem):
        shelf.keep(trail, "甲", page, title, text)
    assert titles(trail, "甲", page) == []


def test_a_statement_is_read_by_all_and_taken_away_by_its_owner(trail: Trail) -> None:
    number = shelf.keep(trail, "甲", STATEMENTS, "名" * 40, "SELECT 1")
    shelf.keep(trail, "乙", STATEMENTS, "二", "SELECT 2")
    shelf.keep(trail, "乙", "cases", "二", "state=open")
    assert [(row["owner"], row["text"]) for row in shelf.kept(trail, STATEMENTS)] == [
        ("甲", "SELECT 1"),
        ("乙", "SELECT 2"),
    ]
    assert shelf.forget(trail, "乙", number) is None and len(shelf.kept(trail, STATEMENTS)) == 2


def test_nobody_fills_the_ledger(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "FILTER", Kind(20, 100, 2))
    for name in "一二":
        shelf.keep(trail, "甲", "cases", name, "x")
    with pytest.raises(TrailProblem, match="已存了 2 个"):
        shelf.keep(trail, "甲", "cases", "三", "x")
    assert shelf.keep(trail, "甲", "cases", "一", "y") and shelf.keep(trail, "乙", "cases", "三", "x")


def test_a_trail_that_had_none_gets_them(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'trail.db'}"
    Trail.at(engine_at(address))
    with create_engine(address).begin() as connection:
        connection.execute(text("DROP TABLE trail_kept"))
    assert shelf.kept(Trail.at(engine_at(address)), STATEMENTS) == []
