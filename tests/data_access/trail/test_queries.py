"""Kept statements: the owner's own, opened by anybody, copied with the ledger, made in a trail that had none."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from data_access.ledger.engine import engine_at
from data_access.trail import queries
from data_access.trail.schema import TrailProblem
from data_access.trail.trail import Trail


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail.at(engine_at(f"sqlite:///{tmp_path / 'trail.db'}"))


def test_the_owner_keeps_changes_and_forgets(trail: Trail) -> None:
    number = queries.keep(trail, "街道件数", "甲", "SELECT 1")
    assert queries.keep(trail, "街道件数", "甲", "SELECT 2") == number
    assert queries.keep(trail, "街道件数", "乙", "SELECT 3") != number
    found = queries.one(trail, number)
    assert found and (found["owner"], found["statement"]) == ("甲", "SELECT 2") and len(queries.kept(trail)) == 2
    assert not queries.forget(trail, number, "乙") and queries.one(trail, number)
    assert queries.forget(trail, number, "甲") and queries.one(trail, number) is None


@pytest.mark.parametrize(
    ("title", "statement"), [("", "SELECT 1"), ("名" * 41, "SELECT 1"), ("名", " "), ("名", "x" * 20_001)]
)
def test_what_is_no_query_is_not_kept(trail: Trail, title: str, statement: str) -> None:
    with pytest.raises(TrailProblem):
        queries.keep(trail, title, "甲", statement)


def test_nobody_fills_the_ledger(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST", 2)
    for name in "一二":
        queries.keep(trail, name, "甲", "SELECT 1")
    with pytest.raises(TrailProblem):
        queries.keep(trail, "三", "甲", "SELECT 1")
    assert queries.keep(trail, "一", "甲", "SELECT 4") and queries.keep(trail, "三", "乙", "SELECT 1")


def test_a_trail_that_had_none_gets_them(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'trail.db'}"
    Trail.at(engine_at(address))
    with create_engine(address).begin() as connection:
        connection.execute(text("DROP TABLE trail_queries"))
    assert queries.kept(Trail.at(engine_at(address))).empty
