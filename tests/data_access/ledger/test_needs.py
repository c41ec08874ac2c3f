"""What the menu counts is what the matters' own pages show, under the viewer's rights, for one statement a click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from data_access.cases.reader import Reader
from data_access.cases.sight import NO_MATTER, Matters
from data_access.district.people import Actor
from data_access.ledger.ledger import Ledger
from data_access.ledger.needs import Needs, needs
from tests.pages.ledgers import own_ledger

CENTRE, HEAD = Actor("指挥员甲", "指挥中心"), Actor("联络员丙", "街道", "东四街道")


@pytest.fixture
def kept(reader: Reader, tmp_path: Path) -> Iterator[Ledger]:
    with own_ledger(reader, tmp_path / "needs.db") as ledger:
        yield ledger


def order(ledger: Ledger, unit: str, hours: float) -> str:
    """An order that is due in so many hours."""
    fields = {"unit": unit, "reason": "领导批示", "level": "督办"}
    return ledger.open_matter(ledger.profile.programme("supervision"), CENTRE, "督", fields=fields,
                              due_at=ledger.now() + timedelta(hours=hours))  # fmt: skip


@contextmanager
def asked() -> Iterator[list[str]]:
    """The statements that are asked in the block, of whatever database."""
    told: list[str] = []

    def tell(_: object, __: object, statement: str, *___: object) -> None:
        told.extend([statement] if statement.startswith("SELECT") else [])

    event.listen(Engine, "before_cursor_execute", tell)
    try:
        yield told
    finally:
        event.remove(Engine, "before_cursor_execute", tell)


def test_no_ledger_needs_nobody(reader: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEDGER_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert needs(reader, None) == {} and not (tmp_path / "none.db").exists()


def test_the_counts_are_those_of_the_lists(reader: Reader, kept: Ledger) -> None:
    order(kept, "东四街道", -1)  # red
    taken = order(kept, "景山街道", 40)  # green, and taken up
    order(kept, "景山街道", 40)  # green, waits for its receipt
    kept.move(taken, "receive", Actor("联络员丁", "街道", "景山街道"), seen=1)
    whistle = {"street": "东四街道", "reason": "综合执法", "place": "路口"}
    blown = kept.open_matter(kept.profile.programme("whistle"), HEAD, "哨", fields=whistle)
    kept.open_matter(kept.profile.programme("whistle_call"), HEAD, "报到", parent=blown,
                     fields={"unit": "区水务局", "street": "东四街道"})  # fmt: skip
    rows = kept.matters("supervision")
    told = needs(reader, None)
    assert told["supervision"] == Needs(int((rows["light"] == "红").sum()), 1) == (1, 1)
    assert told["whistle"] == (0, 2) and "whistle_call" not in told  # a call is its whistle's


def test_a_viewer_is_told_of_what_they_see(reader: Reader, kept: Ledger) -> None:
    order(kept, "东四街道", -1)
    order(kept, "景山街道", -1)
    own = Matters("own", HEAD.name, HEAD.unit)
    for seen, late in ((own, 1), (reader.sight.matters, 2)):
        one = replace(reader, sight=replace(reader.sight, matters=seen))
        assert needs(one, HEAD)["supervision"].late == late
    assert needs(replace(reader, sight=replace(reader.sight, matters=NO_MATTER)), HEAD) == {}


def test_a_click_costs_one_statement_until_somebody_writes(reader: Reader, kept: Ledger) -> None:
    order(kept, "东四街道", -1)
    before = needs(reader, CENTRE)
    with asked() as statements:
        assert needs(reader, CENTRE) == before
    assert len(statements) == 1 and "ledger_head" in statements[0]
    order(kept, "东四街道", -1)
    assert needs(reader, CENTRE)["supervision"].late == before["supervision"].late + 1
