"""Cases in an order, hours by the clock, half-years and reasons: what is told is what plain SQL tells."""

from __future__ import annotations

from datetime import datetime

import pytest

from data_access.cases.filters import CaseFilter, with_statuses
from data_access.cases.listing import SORTS
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from questions.asking.answer import answered
from questions.asking.grammar import understood
from questions.asking.hours import hours_at
from questions.asking.words import nearest

IN_DECEMBER = "is_void = 0 AND created_at >= '2022-12-01' AND created_at < '2023-01-01'"
NOW = "TIMESTAMP '2023-01-10 10:46:00'"
OPEN = f"SELECT case_id FROM cases WHERE is_void = 0 AND is_closed = 0 {{}} AND created_at <= {NOW} ORDER BY "


@pytest.mark.parametrize(
    ("said", "sql"),
    [
        ("上月办理时长最长的10件", f"SELECT case_id FROM cases WHERE {IN_DECEMBER} AND is_closed = 1 "
         "ORDER BY handling_seconds DESC NULLS LAST, case_id LIMIT 10"),
        ("上月办得最快的3件", f"SELECT case_id FROM cases WHERE {IN_DECEMBER} AND is_closed = 1 "
         "ORDER BY handling_seconds NULLS LAST, case_id LIMIT 3"),
        ("最久没办结的20件", OPEN.format("") + "created_at, case_id LIMIT 20"),
        ("逾期最久的5件", OPEN.format(f"AND due_at < {NOW}") + "due_at, case_id LIMIT 5"),
    ],
)  # fmt: skip
def test_cases_are_listed_in_the_order_of_plain_sql_and_the_link_has_just_them(
    reader: Reader, said: str, sql: str
) -> None:
    told = answered(reader, understood(reader, said))
    plain = list(reader.sql(sql)["case_id"])
    assert told.question.is_understood and told.listed is not None and told.cases is not None
    assert list(told.listed["case_id"]) == plain and plain
    _, column, falling, only = SORTS[told.question.sort]
    linked = reader.list_cases(with_statuses(told.cases, (only,) if only else ()), sort=column, descending=falling)
    assert list(linked["case_id"]) == plain


def test_an_order_of_yesterday_has_no_link(reader: Reader) -> None:
    told = answered(reader, understood(reader, "昨天逾期最久的5件"))
    assert told.listed is not None and len(told.listed) and told.cases is None


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("22点到6点", (22, 23, 0, 1, 2, 3, 4, 5)), ("晚上8点", (20,)), ("下午三点到五点", (15, 16)),
        ("凌晨3点以前", (0, 1, 2)), ("中午12点到2点", (12, 13)), ("7:00-9:00", (7, 8)), ("晚上10点到凌晨2点", (22, 23, 0, 1)),
        ("第一时间", ()), ("好一点", ()), ("7点半", ()), ("25点", ()), ("三点位", ()), ("三点建议", ()),
    ],
)  # fmt: skip
def test_hours_by_the_clock(said: str, hours: tuple[int, ...]) -> None:
    found = [taken for at in range(len(said)) if (taken := hours_at(said, at, 5))]
    assert (found[0][1] if found else ()) == hours


def test_reasons_are_those_of_the_cases_left_out(reader: Reader) -> None:
    told = answered(reader, understood(reader, "上月剔除的主要是什么原因"))
    plain = reader.sql(f"SELECT excluded_reason, count(*) AS n FROM cases WHERE {IN_DECEMBER} AND is_excluded = 1 "
                       "GROUP BY 1").set_index("excluded_reason")["n"]  # fmt: skip
    assert told.rows is not None and told.rows.set_index("excluded_reason")["volume"].to_dict() == plain.to_dict()
    assert "新就业群体" in nearest(reader, "外卖骑手", "外卖骑手的诉求有多少")


def test_half_years_are_told_apart(reader: Reader) -> None:
    told = answered(reader, understood(reader, "去年按半年看受理量"))
    halves = [CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2022, 7, 1))),
              CaseFilter(period=Period(datetime(2022, 7, 1), datetime(2023, 1, 1)))]  # fmt: skip
    assert told.rows is not None and list(told.rows["volume"]) == [reader.count(one) for one in halves]
