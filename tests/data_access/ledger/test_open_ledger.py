"""Where a district's ledger is found, and which clock its steps are taken by."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import begin_ledger, ledger_if_any, open_ledger
from data_access.ledger.witness import LedgerMissing, LedgerProblem
from tests.data_access.ledger.stories import CENTRE, FIELDS

NEWEST = datetime(2022, 5, 1, 9)


class Made(Protocol):
    def __call__(self, is_demo: bool, newest: datetime = NEWEST) -> Reader: ...


@pytest.fixture(autouse=True)
def _no_ledger_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEDGER_URL", raising=False)


@pytest.fixture
def made(empty_store: Store, profile: Profile) -> Made:
    """A reader of a store of one case, of demo data or of real ones."""

    def make(is_demo: bool, newest: datetime = NEWEST) -> Reader:
        with empty_store.writing() as con:
            con.execute("DELETE FROM store_info WHERE key = 'synthetic'").fetchall()
            con.execute("INSERT INTO store_info VALUES ('synthetic', ?)", [str(int(is_demo))]).fetchall()
            con.execute(
                """INSERT INTO cases (case_id, source, created_at, created_day, batch_id)
                   VALUES ('1', 'hotline', ?, ?, 1)""",
                [newest, newest.date()],
            ).fetchall()
        return Reader.of(empty_store, profile)

    return make


def step(ledger: Ledger) -> datetime:
    """The moment of a step that is taken now."""
    number = ledger.open_matter(ledger.profile.programme("supervision"), CENTRE, "漏雨", fields=FIELDS)
    return ledger.events(number)["at"].iloc[0].to_pydatetime()


def file_of(ledger: Ledger) -> str:
    return Path(str(ledger.engine.url.database)).name


def test_in_the_demo_district_time_stands_still(made: Made) -> None:
    reader = made(True)
    begin_ledger(reader)
    ledger = open_ledger(reader)
    assert ledger.profile == reader.profile and file_of(ledger) == "demo-ledger.db"
    assert ledger.now() == step(ledger) == NEWEST
    later = made(True, NEWEST + timedelta(hours=3))
    assert step(open_ledger(later)) == NEWEST + timedelta(hours=3)
    assert ledger.now() == NEWEST  # the reader that opened it sees its own version


def test_what_the_district_decides_is_dated_by_its_clock_and_never_mixed(made: Made) -> None:
    before, real = beijing_now(), made(False)
    begin_ledger(real)
    ledger = open_ledger(real)
    assert file_of(ledger) == "ledger.db" and before <= step(ledger) <= beijing_now()
    demo = made(True)
    assert ledger_if_any(demo) is None
    begin_ledger(demo)
    tried_out = open_ledger(demo)
    assert file_of(tried_out) == "demo-ledger.db" and tried_out.is_empty and not ledger.is_empty


def test_without_data_the_clock_is_beijings(empty_store: Store, profile: Profile) -> None:
    before, nobody = beijing_now(), Reader.of(empty_store, profile)
    assert before <= begin_ledger(nobody).now() <= open_ledger(nobody).now() <= beijing_now()


def test_a_ledger_is_begun_once_and_never_by_looking(made: Made) -> None:
    reader = made(False)
    with pytest.raises(LedgerMissing, match="ledger init"):
        open_ledger(reader)
    assert ledger_if_any(reader) is None and not list(reader.store.folder.glob("*ledger*"))
    begin_ledger(reader)
    with pytest.raises(LedgerProblem, match="已有台账"):
        begin_ledger(reader)


def test_a_named_database_is_used_as_it_is(
    made: Made, tmp_path: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = made(True)
    step(begin_ledger(reader, ledger_url))
    monkeypatch.setenv("LEDGER_URL", ledger_url)
    elsewhere = open_ledger(reader)
    assert not elsewhere.is_empty
    with pytest.raises(LedgerProblem, match="不见了"):  # the one that is known stands at another address
        open_ledger(reader, f"sqlite:///{tmp_path / 'other.db'}")
    elsewhere.engine.dispose()


def test_a_ledger_that_is_gone_is_missed_and_not_begun_anew(made: Made) -> None:
    reader = made(True)
    first = begin_ledger(reader)
    step(first)
    assert open_ledger(reader).engine is open_ledger(reader).engine
    file, moved = Path(str(first.engine.url.database)), list[Path]()
    open_ledger(reader).engine.dispose()
    first.engine.dispose()
    for left in list(file.parent.glob(f"{file.name}*")):
        moved.append(left.rename(left.with_name(f"old-{left.name}")))
    with pytest.raises(LedgerProblem, match="第 1 条"):
        open_ledger(reader)
    for left in moved:
        left.rename(left.with_name(left.name.removeprefix("old-")))
    assert not open_ledger(reader).is_empty


def test_a_ledger_of_ones_own_takes_the_clock_it_is_given(tmp_path: Path, profile: Profile) -> None:
    ledger = Ledger.at(f"sqlite:///{tmp_path / 'ledger.db'}", profile, now=lambda: NEWEST)
    assert step(ledger) == NEWEST
    row = ledger.matters("supervision").iloc[0]  # lights turn by the same clock
    assert (row["opened_at"], row["changed_at"]) == (NEWEST, NEWEST)
