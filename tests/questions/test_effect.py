"""A matter's effect equals plain SQL, and says what it cannot know."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text

from analysis.effects import BLOCK, UNCERTAIN, ratio_of_ratios
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import DAY, course
from questions.effect import ELSEWHERE, YEAR_BEFORE, effect, watched

WHERE = CaseFilter(source=("hotline",), street=("体育馆路街道", "东直门街道"))
CLASS = CaseFilter(source=("hotline",), category1=("住房",))
OPENED, ENDED, LAST = datetime(2022, 5, 3, 10), datetime(2022, 7, 4, 16), datetime(2023, 1, 10, 10, 46)
FIRST = datetime(2021, 1, 1, 0, 7)
CALLED = "is_valid_callback = 1 and is_excluded = 0"


def by_hand(
    reader: Reader, what: str, start: datetime, end: datetime, more: str = "1 = 1", by: str = ""
) -> dict[str, float]:
    statement = f"""select {by or "''"} as part, {what} from cases where is_void = 0 and source = 'hotline'
        and created_at >= '{start}' and created_at < '{end}' and {more} group by 1"""
    with reader.store.reading() as connection:
        return {str(part): float(value) for part, value in connection.execute(text(statement))}


def test_the_days_are_whole_and_leave_out_what_led_to_the_choice() -> None:
    days = course(OPENED, ENDED, 60, 90, (FIRST, LAST))
    assert days
    assert (days.history.start, days.history.end) == (datetime(2021, 1, 2), datetime(2022, 5, 3) - 90 * DAY)
    assert (days.after.start, days.after.end) == (datetime(2022, 7, 5), datetime(2022, 9, 3))
    late = course(datetime(2022, 12, 1), datetime(2023, 1, 6), 60, 90, (FIRST, LAST))
    assert late and late.after.end == datetime(2023, 1, 10)
    assert course(OPENED, LAST - timedelta(hours=1), 60, 90, (FIRST, LAST)) is None
    going = course(OPENED, None, 60, 90, (FIRST, LAST))
    assert going and going.after.start == datetime(2022, 5, 4)
    early = course(datetime(2021, 2, 1), ENDED, 60, 90, (FIRST, LAST))
    assert early and early.history.start == early.history.end


def test_the_effect_is_what_sql_says(reader: Reader) -> None:
    streets = tuple(reader.options("street")[:2])
    days = course(OPENED, ENDED, 60, 90, reader.span)
    assert days
    found = effect(reader, WHERE.replace(street=streets), days).set_index("measure")
    ours = f"street in {streets}"
    count = (days.history.end - days.history.start).days // BLOCK
    begins = days.history.end - count * BLOCK * DAY
    bounds = [(begins + n * BLOCK * DAY, begins + (n + 1) * BLOCK * DAY) for n in range(count)] + [
        (days.after.start, days.after.end)
    ]
    mine = [sum(by_hand(reader, "count(*)", *bound, ours).values()) for bound in bounds]
    assert found.at["volume", "before"] == pytest.approx(sum(mine[:-1]) / (count * BLOCK))
    assert found.at["volume", "after"] == pytest.approx(mine[-1] / 60)
    # The others in the same proportions of classes, by hand: what each class had here for one elsewhere.
    here = by_hand(reader, "count(*)", begins, days.history.end, ours, by="category3")
    there = by_hand(reader, "count(*)", begins, days.history.end, f"not {ours}", by="category3")
    weights = {part: number / there[part] for part, number in here.items() if part in there}
    each = [by_hand(reader, "count(*)", *bound, f"not {ours}", by="category3") for bound in bounds]
    expected = np.array([sum(weights.get(part, 0) * number for part, number in one.items()) for one in each])
    varies = sum(weights.get(part, 0) ** 2 * number for one in each[:-1] for part, number in one.items())
    control = expected * expected[:-1].sum() / varies
    judged = ratio_of_ratios(np.array(mine[:-1]), control[:-1], mine[-1], control[-1])
    assert found.loc["volume", ["value", "low", "high"]].tolist() == pytest.approx(
        [judged.value - 1, judged.low - 1, judged.high - 1]
    )
    assert (found.at["volume", "verdict"], found.at["volume", "control"]) == (judged.verdict, ELSEWHERE)
    solved = "sum(case when resolution = 'yes' then 1.0 else 0 end) / count(*)"
    before, after = (
        next(iter(by_hand(reader, solved, *bound, f"{ours} and {CALLED}").values()))
        for bound in ((begins, days.history.end), (days.after.start, days.after.end))
    )
    assert found.loc["resolution_rate", ["before", "after"]].tolist() == pytest.approx([before, after])


def test_a_class_of_the_whole_district_stands_beside_the_year_before(reader: Reader) -> None:
    first, _ = reader.span
    days = course(datetime(2022, 10, 20), datetime(2022, 11, 20), 40, 0, reader.span)
    assert days
    found = effect(reader, CLASS, days).set_index("measure")
    assert set(found["control"]) == {YEAR_BEFORE} and found.at["volume", "reason"] == ""
    count = (days.history.end - (first.replace(hour=0, minute=0, second=0) + 365 * DAY)).days // BLOCK
    begins, housing, year = days.history.end - count * BLOCK * DAY, "category1 = '住房'", 364 * DAY
    spans = [(begins, days.history.end), (days.after.start, days.after.end)]
    before, after = (next(iter(by_hand(reader, "count(*)", *span, housing).values())) for span in spans)
    year_before, year_after = (
        next(iter(by_hand(reader, "count(*)", start - year, end - year, housing).values())) for start, end in spans
    )
    assert found.at["volume", "value"] == pytest.approx((after / before) / (year_after / year_before) - 1)


def test_what_the_data_does_not_cover_is_not_told(reader: Reader) -> None:
    first, last = reader.span
    days = course(first + timedelta(days=10), first + timedelta(days=20), 60, 90, (first, last))
    assert days
    found = effect(reader, WHERE.replace(street=tuple(reader.options("street")[:2])), days)
    assert found[["before", "value", "low", "high"]].isna().all(axis=None)
    assert set(found["reason"]) == {"办前的历史太短"} and set(found["verdict"]) == {UNCERTAIN}


def test_rates_leave_out_what_is_young(reader: Reader) -> None:
    where = WHERE.replace(street=tuple(reader.options("street")[:2]))
    days = course(datetime(2022, 9, 1), datetime(2022, 11, 1), 60, 90, reader.span)
    assert days
    whole, settled = (effect(reader, where, days, young).set_index("measure") for young in (0, 30))
    assert settled.at["volume", "after__num"] == whole.at["volume", "after__num"]
    ends = reader.as_of.replace(hour=0, minute=0, second=0, microsecond=0) - 30 * DAY
    counted = by_hand(reader, "count(*)", days.after.start, ends, f"street in {where.street} and {CALLED}")
    assert settled.at["resolution_rate", "after__den"] == sum(counted.values())
    assert settled.at["resolution_rate", "after__den"] < whole.at["resolution_rate", "after__den"]


def test_single_cases_are_watched_by_what_they_share(reader: Reader) -> None:
    picked = reader.list_cases(CLASS, page_size=3)
    seen = watched(reader, CaseFilter(case_id=tuple(picked["case_id"])), ("unit", "category2"))
    assert set(seen.unit) == set(picked["unit"]) and set(seen.category2) == set(picked["category2"])
    assert not seen.case_id
    assert watched(reader, CLASS, ("unit",)) == CLASS
