"""Where a unit stands, what lifts it and what waits for it are the figures of the league, the list and the ledger."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.district.periods import Period, day_of
from data_access.ledger.ledger import Ledger
from questions import mine
from questions.league import DISTRICT, League, league_of
from tests.cities import DISTRICTS, city

YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))


@pytest.fixture(scope="module")
def ranks(reader: Reader) -> League:
    return league_of(reader, YEAR, "街道")


def test_neighbours_are_those_of_the_table(ranks: League) -> None:
    order, score = list(ranks.placed.index), ranks.units[ranks.composite.name]
    for place, unit in enumerate(order):
        own = mine.standing_of(ranks, unit)
        assert (own.place, own.among) == (ranks.placed["place"][unit], len(order))
        above, below = own.above, own.below
        assert (above.unit if above else None) == (order[place - 1] if place else None)
        assert (below.unit if below else None) == (order[place + 1] if place + 1 < len(order) else None)
        if above:
            assert above.gap == pytest.approx(score[above.unit] - score[unit]) and above.gap >= 0


def test_the_candidates_are_as_many_as_are_said_to_be_unresolved(reader: Reader, ranks: League) -> None:
    for unit in ranks.placed.index[1:6]:
        lift = mine.standing_of(ranks, unit).lift
        assert lift and reader.count(mine.candidates(ranks, unit)) == lift.unresolved > 0


def test_solving_the_candidates_would_lift(reader: Reader, ranks: League) -> None:
    """As many as are said, and no fewer: by the rates' own parts."""
    unit = str(ranks.placed.index[-1])
    lift, score = mine.standing_of(ranks, unit).lift, ranks.units[ranks.composite.name]
    assert lift and lift.needed
    one = 100 * ranks.scoring.composite(0.0, 1.0, 0.0) / 100 / ranks.counts["valid"][unit]
    assert score[unit] + one * lift.needed >= score[lift.above] > score[unit] + one * (lift.needed - 1)


def test_nobody_without_callbacks_has_a_place(ranks: League) -> None:
    own = mine.standing_of(ranks, "没有这个街道")
    assert own.place is None and own.lift is None and own.above is None


def test_what_is_due_today_is_open_and_due_before_midnight(reader: Reader) -> None:
    then = reader.seen_at(datetime(2022, 6, 15, 9))
    listed = then.list_cases(CaseFilter(status=("due_today",)), page_size=1000)
    late = day_of(then.as_of) + timedelta(days=1)
    assert len(listed) and listed["due_at"].between(then.as_of, late, inclusive="left").all()
    assert listed["closed_at"].isna().all()
    unit = listed["unit"].iloc[0]
    assert then.count(mine.pressing(reader.profile, unit)["今天到期"]) == (listed["unit"] == unit).sum() > 0


def test_matters_wait_for_whom_they_name(profile: object, tmp_path: object, reader: Reader) -> None:
    ledger = Ledger.at(f"sqlite:///{tmp_path}/ledger.db", reader.profile)
    street, other = (one.name for one in reader.profile.units[:2])
    head = Actor("值班长甲", "指挥中心")
    programme = reader.profile.programme("whistle")
    ledger.open_matter(programme, head, "井盖", fields={"street": street, "reason": "应急处置", "place": "路口"})
    found = {row.kind: row.going for row in mine.waiting(ledger, street)}
    assert found["whistle"] == 1 and {row.kind: row.going for row in mine.waiting(ledger, other)}["whistle"] == 0


def test_what_waits_for_a_district_waits_for_its_streets(reader: Reader, tmp_path: Path) -> None:
    town = city(tmp_path)
    ledger = Ledger.at(f"sqlite:///{tmp_path}/ledger.db", town)
    one, other = DISTRICTS[:2]
    for street in (*town.districts[one][:2], town.districts[other][0]):
        said = {"street": street, "reason": "应急处置", "place": "路口"}
        ledger.open_matter(town.programme("whistle"), Actor("值班长甲", "指挥中心"), "井盖", fields=said)
    found = {unit: {row.kind: row.going for row in mine.waiting(ledger, unit)}["whistle"] for unit in DISTRICTS}
    assert list(found.values()) == [2, 1, 0]
    ranks = league_of(replace(reader, profile=town), mine.cases_of(town, one).replace(period=YEAR.period), DISTRICT)
    lift = mine.standing_of(ranks, str(ranks.placed.index[1])).lift
    assert lift and ranks.reader.count(mine.candidates(ranks, str(ranks.placed.index[1]))) == lift.unresolved > 0
