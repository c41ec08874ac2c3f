"""What is told of cases that may not be seen one by one: no small figure, neither asked for nor had by subtraction."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select

from data_access.cases import durations
from data_access.cases.demands import demands
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import QueryFailed, Reader
from data_access.cases.schema import cases
from data_access.cases.sight import NOTHING_SINGLY, WITHOUT_WORDS, Sight
from data_access.cases.small import error_of, errors_of, least_of, moved
from data_access.district.periods import Period
from questions import clusters, effect, league
from tests.data_access.cases.asking import DAYS, HOUSING, MONTH, YEAR

STREET = "东四街道"
LEAST = 5
GROUPS = ("category3", "community", "unit", "hour", "crowd")
COUNTS = [name for name, measure in MEASURES.items() if measure.is_count]


@pytest.fixture(scope="module", autouse=True)
def _one_secret() -> Iterator[None]:
    """Thresholds that are the same in every run of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALLER_KEY", "tests")
        yield


@pytest.fixture(scope="module")
def outside(reader: Reader) -> Reader:
    """Whoever sees no case by itself."""
    return dataclasses.replace(reader, sight=NOTHING_SINGLY)


@pytest.fixture(scope="module")
def head(reader: Reader) -> Reader:
    """Whoever sees a street's cases one by one."""
    return dataclasses.replace(reader, sight=Sight((CaseFilter(street=(STREET,)),)))


@pytest.mark.slow
def test_figures_of_others_come_in_steps(outside: Reader, reader: Reader) -> None:
    for by in [(), *((group,) for group in GROUPS), ("street", "category2")]:
        told, true = (one.aggregate(COUNTS, by, MONTH) for one in (outside, reader))
        shown = told[COUNTS].to_numpy(float)
        assert (shown[~np.isnan(shown)] % LEAST == 0).all()
        both = (
            true.merge(told, on=list(by), suffixes=("", "_told"), how="left")
            if by
            else pd.concat([true, told.add_suffix("_told")], axis=1)
        )
        small = both["volume"] < LEAST
        assert both.loc[small, "volume_told"].isin([LEAST, np.nan]).all() and (not by or small.any() or by == ("hour",))
        assert both.loc[both["volume"] == 1, "volume_told"].isna().all()
        far = (both["volume_told"] - both["volume"])[~small]
        assert (far.abs() < LEAST).all()


def test_a_rate_never_leaves_its_range_and_is_near_where_there_are_many(outside: Reader, reader: Reader) -> None:
    names = [name for name, measure in MEASURES.items() if measure.denominator and measure.unit.is_share]
    for by in (("street",), ("category3",)):
        told, true = (one.aggregate([*names, "volume"], by, YEAR).set_index(list(by)) for one in (outside, reader))
        for name in names:
            known = told[name].dropna()
            assert known.between(0, 1).all()
            many = told[f"{name}__den"] >= 1000
            assert (abs(told[name] - true[name].reindex(told.index))[many] < 0.01).all(), name


@pytest.mark.slow
def test_ones_own_are_told_as_they_are(head: Reader, reader: Reader) -> None:
    """And are added as they are: by counting them in, one by one, nobody finds out where a threshold lies."""
    mine = CaseFilter(street=(STREET,))
    for by in ((), ("category3",)):
        pd.testing.assert_frame_equal(
            head.aggregate(tuple(MEASURES), by, mine), reader.aggregate(tuple(MEASURES), by, mine), rtol=1e-9
        )
    other = CaseFilter(street=("景山街道",), category1=("住房",))
    alone = head.count(other)
    for hour in range(0, 24, 3):
        both = CaseFilter(street=(STREET, "景山街道"), category1=("住房",), hour=tuple(range(hour + 1)))
        apart = [head.count(both.replace(street=(street,))) for street in both.street]
        assert head.count(both) == sum(apart) and apart[1] % LEAST == 0
    assert alone % LEAST == 0 and least_of(head, mine) == 0 and least_of(head, other) == LEAST


def test_who_may_see_each_case_is_told_exactly_and_asked_nothing_more(reader: Reader) -> None:
    for sight in (WITHOUT_WORDS, Sight(callers=False)):
        every = dataclasses.replace(reader, sight=sight)
        assert every.least == 0 and every.exact is every
        pd.testing.assert_frame_equal(every.aggregate(COUNTS, ("category3",)), reader.aggregate(COUNTS, ("category3",)))


def pairs(reader: Reader) -> list[tuple[CaseFilter, CaseFilter]]:
    """Two filters that differ by few cases: a day more, another class, hour, community, unit or street more."""
    start = MONTH.when.start
    days = [CaseFilter(period=Period(start, start + timedelta(days=n))) for n in range(1, 30)]
    days += [where.replace(category1=("住房",)) for where in days]
    found = list(pairwise(days))
    for group in GROUPS[:3]:
        values = tuple(reader.options(group, MONTH))
        wheres = [MONTH.replace(**{group: values[:n]}) for n in range(1, min(len(values), 40))]
        found += list(pairwise(wheres))
        found += [(MONTH.replace(**{group: values}), MONTH.replace(**{group: tuple(v for v in values if v != gone)}))
                  for gone in values[-15:]]  # fmt: skip
    return found


@pytest.mark.slow
def test_no_small_count_is_had_from_two_filters(outside: Reader, reader: Reader) -> None:
    """The attack: of every pair the difference, for whom the small ones are withheld and in truth. Nobody who is told
    the difference knows the number: each of them stands for several, and a difference of none for some as well."""
    attacked: dict[float, set[int]] = {}
    tried = 0
    for one, other in pairs(reader):
        true = abs(reader.count(other) - reader.count(one))
        if not 0 < true < LEAST:
            continue
        tried += 1
        told = abs(outside.count(other) - outside.count(one))
        attacked.setdefault(told, set()).add(true)
    assert tried > 60
    assert attacked == {0: {1, 2, 3, 4}, LEAST: {1, 2, 3, 4}}


def test_nor_from_groups_beside_their_total(outside: Reader, reader: Reader) -> None:
    """A withheld group is not what the others leave of the whole."""
    for group in GROUPS:
        total, told = outside.count(MONTH), outside.aggregate(["volume"], (group,), MONTH)
        true = reader.aggregate(["volume"], (group,), MONTH)
        withheld = true[~true[group].isin(told[group])]
        assert (withheld["volume"] < LEAST).all() and (total - told["volume"].sum()) % LEAST == 0


@pytest.mark.slow
def test_every_other_question_withholds_too(outside: Reader, reader: Reader) -> None:
    named = demands(outside, MONTH)["demands"]
    assert (named >= LEAST).all() and (named % LEAST == 0).all() and len(named) < len(demands(reader, MONTH))
    cells, left_out = clusters.cells(outside, MONTH, 8)
    assert (cells["volume"] % LEAST == 0).all() and left_out % LEAST == 0
    hours = durations.quantiles(outside, (0.5,), ("category3",), MONTH)
    assert (hours["cases"] % LEAST == 0).all() and (hours["hours_0"].dropna() % 0.5 == 0).all()
    found = effect.effect(outside, HOUSING.replace(street=(STREET,)), DAYS, 30)  # type: ignore[arg-type]
    sums = found[["before__num", "after__num"]].to_numpy(float)
    assert (sums % LEAST == 0).all()
    ranked, true = (league.league_of(one, YEAR, "街道").units["place"].dropna() for one in (outside, reader))
    assert (ranked == true.reindex(ranked.index)).all() and len(ranked) == len(true)  # a place is no figure in steps


def test_a_question_that_says_nothing_of_small_figures_is_not_answered(outside: Reader) -> None:
    statement = select(func.count()).select_from(cases)
    for ask in (outside.read, outside.rows):
        with pytest.raises(QueryFailed):
            ask(statement)
    assert outside.exact.read(statement).iloc[0, 0] > 0


def test_steps_are_the_same_everywhere_and_keep_order() -> None:
    values = pd.Series(np.arange(0, 3000, 1.0))
    told = moved(values, 5, b"secret")
    assert told.is_monotonic_increasing and (told % 5 == 0).all() and (abs(told - values) < 5).all()
    assert told[1] == 0 and abs((told - values).mean()) < 2
    jumps = values[told.diff() > 0]
    assert (jumps.diff().dropna() > 4 - 1e-9).all() and (told.diff().dropna() <= 5).all()
    assert (moved(values, 5, b"secret") == told).all() and (moved(values, 5, b"other") != told).any()
    assert moved(pd.Series([np.nan, 7.0]), 5, b"s").isna().tolist() == [True, False]


def test_a_change_counts_what_steps_may_be_off(head: Reader, outside: Reader, reader: Reader) -> None:
    """Neither a rate nor a count of few is called risen because of the steps alone; one's own are exact."""
    sums = pd.Series(np.arange(5.0, 2000.0))
    for secret in (str(number).encode() for number in range(50)):
        assert np.mean((moved(sums, LEAST, secret) - sums) ** 2) <= error_of(outside, MONTH)
    own, other = errors_of(head, MONTH, "street", pd.Series([STREET, "和平里街道"]))
    assert own == 0 < other == error_of(outside, MONTH)
    assert error_of(head, MONTH.replace(street=(STREET,))) == error_of(reader, MONTH) == 0
    few = MONTH.replace(street=("和平里街道",))
    for name in ("volume", "on_time_rate"):
        told, true = (one.changes(name, few, "previous")[name] for one in (outside, reader))
        assert told.high - told.low > true.high - true.low > 0
