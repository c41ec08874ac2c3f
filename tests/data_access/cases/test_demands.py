"""Demands by place, against SQL written by hand."""

from datetime import datetime

from sqlalchemy import text

from data_access.cases.demands import demands
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import Period
from data_access.district.profile import Profile

YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
BY_HAND = """
    select h3_cell, count(*) as demands from (
        select distinct h3_cell, case when caller_key = '' then case_id else caller_key end as who,
               case when caller_key = '' then '' else category2 end as what
        from cases where is_void = 0 and year(created_day) = 2022
    ) as once group by h3_cell order by h3_cell"""


def test_a_persons_demand_counts_once_a_place(reader: Reader) -> None:
    found = demands(reader, YEAR)
    with reader.store.reading() as connection:
        expected = connection.execute(text(BY_HAND)).all()
    assert list(found.itertuples(index=False, name=None)) == [(cell, float(count)) for cell, count in expected]
    assert found["demands"].sum() < reader.count(YEAR)


def test_nothing_yet(empty_store: Store, profile: Profile) -> None:
    assert demands(Reader.of(empty_store, profile), YEAR).empty
