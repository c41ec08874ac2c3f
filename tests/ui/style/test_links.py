"""A filter and its address are the same thing."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from data_access.cases.filters import CaseFilter
from data_access.district.periods import Period
from ui.style.links import cases_address, filter_of, query_of

FILTERS = [
    CaseFilter(),
    CaseFilter(period=Period(datetime(2022, 12, 1, 12), datetime(2022, 12, 2, 12)), street=("东四街道", "景山街道")),
    CaseFilter(
        source=("grid",),
        category3=("a&b=c", "供暖 不热"),
        hour=(9, 23),
        weekday=(1, 7),
        status=("open", "late"),
        text="漏水 三层",
    ),
    CaseFilter(unit=("",), h3_cell=("8a31aa",)),
]


@pytest.mark.parametrize("where", FILTERS)
def test_there_and_back(where: CaseFilter) -> None:
    assert filter_of(query_of(where)) == where
    parsed = parse_qs(urlsplit(cases_address(where)).query, keep_blank_values=True)
    assert filter_of(parsed) == where


@pytest.mark.parametrize(
    "times", [("2022-02-30", "2022-03-01"), ("2022-03-02", "2022-03-01"), ("2022-03-01T00:00:00+08:00", "2022-03-02")]
)
def test_a_stretch_that_is_none_restricts_nothing(times: tuple[str, str]) -> None:
    assert filter_of({"start": [times[0]], "end": [times[1]]}) == CaseFilter()
