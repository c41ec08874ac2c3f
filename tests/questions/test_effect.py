"""A matter's effect equals plain SQL, and says what it cannot know."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import windows
from questions.effect import effect, watched

WHERE = CaseFilter(source=("hotline",), category1=("住房",))
OPENED, ENDED, LAST = datetime(2022, 5, 3, 10), datetime(2022, 7, 4, 16), datetime(2023, 1, 10, 10, 46)
RATE = "sum(case when resolution = 'yes' then 1.0 else 0 end) / count(*)"
CALLED = "is_valid_callback = 1 and is_excluded = 0"


def by_hand(reader: Reader, what: str, start: str, end: str, more: str = "") -> float:
    statement = f"select {what} from cases where is_void = 0 and source = 'hotline' and created_at >= '{start}' and created_at < '{end}' {more}"
    with reader.store.reading() as connection:
        return float(connection.execute(text(statement)).scalar_one())


def test_windows_are_whole_days_and_end_where_the_data_ends() -> None:
    spans = windows(OPENED, ENDED, 60, LAST)
    assert spans and spans.days == (60, 60)
    assert spans.before.end == datetime(2022, 5, 3) and spans.after.start == datetime(2022, 7, 5)
    late = windows(datetime(2022, 12, 1), datetime(2023, 1, 6), 60, LAST)
    assert late and late.days == (60, 3) and late.after.end == datetime(2023, 1, 10)
    assert windows(OPENED, LAST - timedelta(hours=1), 60, LAST) is None
    going = windows(OPENED, None, 60, LAST)
    assert going and going.after.start == datetime(2022, 5, 4)


def test_the_effect_is_what_sql_says(reader: Reader) -> None:
    spans = windows(OPENED, ENDED, 60, LAST)
    assert spans
    found = effect(reader, WHERE, spans).set_index("measure")
    mine, rest = "and category1 = '住房'", "and category1 <> '住房'"
    ends = [("2022-03-04", "2022-05-03"), ("2022-07-05", "2022-09-03")]
    before, after = (by_hand(reader, "count(*) / 60.0", *one, mine) for one in ends)
    assert (found.at["volume", "before"], found.at["volume", "after"]) == pytest.approx((before, after))
    others = [by_hand(reader, "count(*) / 60.0", *one, rest) for one in ends]
    assert found.at["volume", "rest_change"] == pytest.approx(others[1] / others[0] - 1)
    assert found.at["volume", "net"] == pytest.approx((after / before) - (others[1] / others[0]))
    solved = [by_hand(reader, RATE, *one, f"{mine} and {CALLED}") for one in ends]
    assert found.at["resolution_rate", "change"] == pytest.approx(solved[1] - solved[0])
    assert found.at["resolution_rate", "after__den"] == by_hand(reader, "count(*)", *ends[1], f"{mine} and {CALLED}")
    rest_solved = [by_hand(reader, RATE, *one, f"{rest} and {CALLED}") for one in ends]
    assert found.at["resolution_rate", "rest_change"] == pytest.approx(rest_solved[1] - rest_solved[0])
    earlier = [by_hand(reader, "count(*) / 60.0", *one, mine) for one in
               (("2021-03-04", "2021-05-03"), ("2021-07-05", "2021-09-03"))]  # fmt: skip
    assert found.at["volume", "year_change"] == pytest.approx(earlier[1] / earlier[0] - 1)
    assert not found["reason"].any()


def test_mine_and_the_rest_are_the_district(reader: Reader) -> None:
    spans = windows(OPENED, ENDED, 60, LAST)
    assert spans
    found = effect(reader, WHERE, spans).set_index("measure").loc["volume"]
    whole = reader.aggregate(["volume"], (), CaseFilter(source=("hotline",), period=spans.before))
    assert (found["before"] + found["rest_before"]) * 60 == pytest.approx(whole["volume"].iloc[0])


def test_what_the_data_does_not_cover_is_not_told(reader: Reader) -> None:
    first, last = reader.span
    spans = windows(first + timedelta(days=10), first + timedelta(days=20), 60, last)
    assert spans
    found = effect(reader, WHERE, spans)
    assert found[["before", "change", "net", "year_change"]].isna().all(axis=None)
    assert set(found["reason"]) == {"数据没有覆盖办前的时段"}
    late = windows(datetime(2021, 12, 1), datetime(2021, 12, 20), 30, last)
    assert late
    found = effect(reader, WHERE, late)
    assert np.isnan(found["year_change"]).all() and not np.isnan(found["change"]).any()


def test_single_cases_are_watched_by_what_they_share(reader: Reader) -> None:
    picked = reader.list_cases(WHERE, page_size=3)
    seen = watched(reader, CaseFilter(case_id=tuple(picked["case_id"])), ("unit", "category2"))
    assert set(seen.unit) == set(picked["unit"]) and set(seen.category2) == set(picked["category2"])
    assert not seen.case_id
    assert watched(reader, WHERE, ("unit",)) == WHERE
