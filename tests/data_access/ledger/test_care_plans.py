"""一网情深 in the ledger: plans are kept from everybody whom the profile does not name."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from data_access.district.people import Actor, Refused
from data_access.district.profile import Profile
from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger

LISTED, OTHER = Actor("关怀专员甲", "指挥中心"), Actor("值班长甲", "指挥中心")
LEADER = Actor("区领导甲", "区领导")
OPENED = datetime(2022, 6, 8, 10)
FIELDS = {"caller": "00d49f3a1b2c4d5e", "basis": "多"}


@pytest.fixture
def plan(caring: Profile, tmp_path: Path) -> tuple[Ledger, str]:
    """A ledger with one plan."""
    ledger = Ledger.at(f"sqlite:///{tmp_path / 'ledger.db'}", caring)
    return ledger, ledger.open_matter(caring.programme("care"), LISTED, "结对帮扶", fields=FIELDS, at=OPENED)


@pytest.mark.parametrize("viewer", [None, OTHER, LEADER])
def test_the_ledger_keeps_plans_from_the_others(
    plan: tuple[Ledger, str], caring: Profile, viewer: Actor | None
) -> None:
    ledger, number = plan
    for ask in (
        lambda: ledger.matters("care", viewer=viewer),
        lambda: ledger.matters("care", viewer=viewer, number=number),
        lambda: ledger.events(number, viewer=viewer),
        lambda: ledger.times("care", viewer=viewer),
    ):
        with pytest.raises(Refused, match="只对配置里列出姓名的人开放"):
            ask()
    assert ledger.kind_of(number) == "care"  # which says no more than the number's own prefix
    assert number not in set(ledger.matters("supervision", viewer=viewer)["matter_id"])
    if viewer is None:
        return
    with pytest.raises(Refused), ledger.writing() as pen:
        pen.open(caring.programme("care"), viewer, "x", fields=FIELDS)
    with pytest.raises(Refused), ledger.writing() as pen:
        pen.move(number, "pair", viewer, seen=1, fields={"unit": "某街道"})
    with pytest.raises(Refused), ledger.writing() as pen:
        pen.undo(number, viewer, seen=1, at=OPENED)
    assert len(ledger.events(number, viewer=LISTED)) == 1 and ledger.times("care", viewer=LISTED)["times"].sum() == 1


def test_a_plans_caller_stays_the_same(plan: tuple[Ledger, str]) -> None:
    ledger, number = plan
    ledger.move(number, "pair", LISTED, seen=1, fields={"unit": "某街道"})
    with pytest.raises(Refused, match="在发起时已经记下"):
        ledger.move(number, "visit", LISTED, seen=2, text="走访", fields={"caller": "ffffffffffffffff"})
    row = ledger.matters("care", viewer=LISTED).iloc[0]
    assert (row["caller"], row["stage"], row["cases"]) == (FIELDS["caller"], "帮扶中", "{}")
    assert not verify(ledger.engine).broken
