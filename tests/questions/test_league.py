"""The league for who does not see every case: the district's own is told as it is; of any other only places are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY, Sight
from data_access.district.periods import DAY, Period, assessment_month, previous
from questions.league import STREET, League, league_of

OWN = "和平里街道"


@pytest.fixture(scope="module")
def reader(reader: Reader) -> Reader:
    """The small demo district, whose streets have few callbacks, where six are enough."""
    settings = reader.profile.settings
    rules = tuple(scoring.model_copy(update={"small_sample": 6}) for scoring in settings.scoring)
    profile = reader.profile.model_copy(update={"settings": settings.model_copy(update={"scoring": rules})})
    return dataclasses.replace(reader, profile=profile)


@pytest.fixture(scope="module")
def month(reader: Reader) -> Period:
    clock = reader.profile.settings.clock
    return previous(assessment_month(reader.as_of, clock), clock)


@pytest.fixture(scope="module", params=["head", "outside"])
def told(request: pytest.FixtureRequest, reader: Reader) -> Reader:
    head = Sight((CaseFilter(street=(OWN,)), CaseFilter(unit=(OWN,))))
    seen = dataclasses.replace(reader, sight=head if request.param == "head" else NOTHING_SINGLY)
    assert seen.least and not reader.least
    return seen


def both(told: Reader, reader: Reader, where: CaseFilter) -> tuple[League, League]:
    return league_of(told, where, STREET), league_of(reader, where, STREET)


def test_the_districts_league_is_one_for_everybody(told: Reader, reader: Reader, month: Period) -> None:
    mine, true = both(told, reader, CaseFilter(period=month))
    placed = true.placed
    assert mine.published and len(placed) and mine.pooled == true.pooled
    names = ["place", "composite", *(rate.name for rate in true.rates), "volume", "valid_callbacks"]
    assert mine.units.loc[placed.index, names].equals(placed[names])
    assert (placed["composite"].diff().dropna() <= 0).all()
    for mine_end, true_end in zip(mine.interval(true.rates[1]), true.interval(true.rates[1]), strict=True):
        assert mine_end[placed.index].equals(true_end[placed.index])
    assert [mine.to_pass(str(unit)) for unit in placed.index] == [true.to_pass(str(unit)) for unit in placed.index]


def test_no_day_is_later_than_the_period(reader: Reader, month: Period) -> None:
    """What comes in after noon of the last day is of an assessment day that the period has no more of."""
    ranks = league_of(reader, CaseFilter(period=month), STREET)
    lines = ranks.day_by_day()
    last = lines["assessment_day"].max()
    afternoon = Period(month.end - DAY / 2, month.end)
    assert reader.count(ranks.where.replace(period=afternoon)) and last == month.end - DAY
    ends = lines[lines["assessment_day"] == last].set_index("unit")["place"]
    assert ends.reindex(ranks.placed.index).tolist() == ranks.placed["place"].tolist()


def test_few_callbacks_of_others_stay_in_steps(told: Reader, reader: Reader, month: Period) -> None:
    mine, true = both(told, reader, CaseFilter(period=Period(month.start, month.start + 3 * DAY)))
    few = true.units.index[true.units["place"].isna()].difference([OWN]).intersection(mine.units.index)
    assert len(few) and (mine.units.loc[few, "valid_callbacks"] % told.least == 0).all()
    assert mine.units.loc[few, "composite"].isna().all()


@pytest.mark.parametrize(
    "change",
    [
        lambda where: where.replace(category1=("住房",)),
        lambda where: where.replace(period=Period(where.when.start + DAY, where.when.end)),
        lambda where: where.replace(period=Period(where.when.start, where.when.end + DAY)),
        lambda where: where.replace(period=Period(where.when.start, where.when.end - DAY)),
    ],
    ids=["a class", "a day later", "a day more", "a day less"],
)
def test_of_any_other_league_only_places_are_told(told: Reader, reader: Reader, month: Period, change) -> None:
    """What is left between it and the published one could be a single case."""
    mine, true = both(told, reader, change(CaseFilter(period=month)))
    assert not mine.published and mine.to_pass(OWN) is None and np.isnan(mine.mean)
    assert mine.units["place"].dropna().to_dict() == true.units.loc[mine.units.index, "place"].dropna().to_dict()
    rates = ["composite", *(rate.name for rate in true.rates)]
    others = mine.units.index.difference([OWN])
    assert mine.units.loc[others, rates].isna().all(axis=None)
    assert all(bound[others].isna().all() for bound in mine.interval(true.rates[0]))
    if told.sight.cases:
        assert mine.units.loc[OWN, rates].notna().all()
    assert mine.day_by_day()["score"].isna().all()
