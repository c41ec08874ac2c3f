"""Sides set against each other, the same time last year, what doubled, what is due soon: each as plain SQL tells it."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from data_access.cases.filters import CaseFilter, references
from data_access.cases.priority import important
from data_access.cases.reader import Reader
from data_access.ledger.machine import light
from questions.asking.answer import answered
from questions.asking.grammar import understood
from questions.asking.words import ABSENT, nearest

IN_DECEMBER = "is_void = 0 AND created_at >= '2022-12-01' AND created_at < '2023-01-01'"
MORNING, AFTERNOON = "hour(created_at) BETWEEN 8 AND 11", "hour(created_at) BETWEEN 14 AND 17"
DAYS = "isodow(created_at) {} 5"


def counted(reader: Reader, condition: str) -> int:
    return int(reader.sql(f"SELECT count(*) AS n FROM cases WHERE {IN_DECEMBER} AND {condition}")["n"].iloc[0])


@pytest.mark.parametrize(
    ("said", "sides"),
    [
        ("上月上午比下午多多少", {"上午": MORNING, "下午": AFTERNOON}),
        ("上月上午和下午各多少件", {"上午": MORNING, "下午": AFTERNOON}),
        ("上月早高峰比晚高峰多几件", {"早高峰": "hour(created_at) IN (7, 8)", "晚高峰": "hour(created_at) IN (17, 18)"}),
        ("上月早晚高峰各多少件", {"早高峰": "hour(created_at) IN (7, 8)", "晚高峰": "hour(created_at) IN (17, 18)"}),
        ("上月和平里比东四多收了多少件", {"和平里": "street = '和平里街道'", "东四": "street = '东四街道'"}),
        ("上月夜间噪音比白天多吗", {"夜间": "category2 = '噪声' AND (hour(created_at) >= 22 OR hour(created_at) < 5)",
                          "白天": "category2 = '噪声' AND hour(created_at) BETWEEN 8 AND 17"}),
        ("上月除供暖外上午比下午少多少", {"上午": f"category2 <> '供暖' AND {MORNING}",
                             "下午": f"category2 <> '供暖' AND {AFTERNOON}"}),
        ("上月热线上午比网格下午多多少", {"热线上午": f"source = 'hotline' AND {MORNING}",
                             "网格下午": f"source = 'grid' AND {AFTERNOON}"}),
    ],
)  # fmt: skip
def test_each_side_is_that_of_plain_sql_and_the_difference_is_theirs(
    reader: Reader, said: str, sides: dict[str, str]
) -> None:
    told = answered(reader, understood(reader, said))
    plain = {label: counted(reader, condition) for label, condition in sides.items()}
    assert told.question.is_understood and told.rows is not None and told.apart is not None
    assert told.rows.set_index("side")["volume"].to_dict() == plain
    first, second = plain.values()
    assert told.apart.difference == first - second
    if told.cases:
        assert reader.count(told.cases) == first + second


def test_kinds_of_days_are_set_against_each_other_by_the_day(reader: Reader) -> None:
    told = answered(reader, understood(reader, "上月工作日的件比周末多多少"))
    assert told.days == (22, 9) and told.apart is not None and told.apart.is_sure is None
    plain = [counted(reader, DAYS.format(sign)) / days for sign, days in (("<=", 22), (">", 9))]
    assert told.rows is not None and told.rows["volume"].tolist() == pytest.approx(plain)


@pytest.mark.parametrize(("said", "sure"), [("去年热线比网格少多少", True), ("上月凌晨比夜间多多少", None)])
def test_a_difference_is_sure_beyond_chance_alone(reader: Reader, said: str, sure: bool | None) -> None:
    """Sides that overlap are not judged."""
    apart = answered(reader, understood(reader, said)).apart
    assert apart is not None and apart.is_sure is sure


@pytest.mark.parametrize(
    ("said", "left"),
    [("上月东四上午比下午多多少，朝阳门呢", "朝阳门"), ("上月上午比下午多的街道", "下午"), ("早上8点到现在的件", "到现在"),
     ("上月早高峰和晚高峰各占多少", "各")],
)  # fmt: skip
def test_what_a_side_cannot_hold_is_said(reader: Reader, said: str, left: str) -> None:
    assert left in understood(reader, said).ignored


def test_rush_hours_are_the_districts_and_said_to_be_a_default(reader: Reader) -> None:
    question = understood(reader, "上月早高峰受理量")
    assert question.where.hour == (7, 8) and "默认口径" in "".join(question.assumed)
    assert "还没到" in "".join(understood(reader, "今天下午受理量").assumed)


@pytest.mark.parametrize("said", ["上月供暖去年同期受理量", "去年同期解决率", "上期受理量", "今年去年同期多少件"])
def test_the_same_time_last_year_is_the_base_of_the_comparison(reader: Reader, said: str) -> None:
    told = answered(reader, understood(reader, said))
    question = told.question
    change = reader.changes([question.measure], question.where, question.compare)[question.measure]
    assert question.is_understood and question.of_base and told.figure == pytest.approx(change.base, nan_ok=True)
    if question.measure == "volume" and told.cases:
        assert reader.count(told.cases) == change.base


def test_groups_of_the_same_time_last_year_are_in_its_order(reader: Reader) -> None:
    rows = answered(reader, understood(reader, "上月去年同期哪个街道受理量最多")).rows
    assert rows is not None and len(rows) and rows["base"].is_monotonic_decreasing


@pytest.mark.parametrize(("said", "times"), [("翻番", 2), ("翻了一番", 2), ("翻两番", 4), ("增长两倍", 3), ("翻倍", 2)])
def test_what_doubled_is_told_by_its_own_base(reader: Reader, said: str, times: float) -> None:
    told = answered(reader, understood(reader, f"上月受理量同比{said}的社区"))
    groups = reader.compare_groups("volume", "community", told.question.where, "yoy")
    plain = groups[(groups["base"] > 0) & (groups["current"] >= times * groups["base"])]
    assert told.question.is_understood and told.rows is not None
    assert set(told.rows["community"]) == set(plain["community"])
    whole = answered(reader, understood(reader, f"上月受理量同比{said}了吗"))
    assert whole.question.bound and whole.question.bound.figure == times and whole.change


def test_due_soon_is_what_the_lights_and_the_signs_of_important_cases_say(reader: Reader) -> None:
    """Orange or yellow by the thresholds of 督办; the sign 24小时内到期."""
    then = reader.seen_at(reader.as_of - timedelta(days=40))
    every = then.list_cases(CaseFilter(status=("open",)), page_size=100_000)
    programme, office = reader.profile.programme("supervision"), reader.profile.programmes.office
    lit = [light(programme, programme.stages[0], due, then.as_of, office) if pd.notna(due) else ""
           for due in every["due_at"]]  # fmt: skip
    soon = then.list_cases(CaseFilter(status=("due_soon",)), page_size=100_000)
    expected = references(every[[one in ("橙", "黄") for one in lit]])
    assert len(soon) and set(references(soon)) == set(expected)
    sign = next(sign for sign in reader.profile.programmes.priority if sign.rule == "due_within")
    shown = important(reader, CaseFilter(), signs=["due_within"], limit=10_000)
    now = reader.list_cases(CaseFilter(status=("due_soon",)), page_size=10_000)
    assert set(references(shown)) == set(references(now)) and reader.profile.soon_hours == sign.hours


def test_the_share_that_is_left_out_is_of_the_hotlines_cases(reader: Reader) -> None:
    told = answered(reader, understood(reader, "上月剔除率"))
    plain = counted(reader, "is_excluded = 1 AND source = 'hotline'") / counted(reader, "source = 'hotline'")
    assert told.figure == pytest.approx(plain) and plain > 0


def test_what_cases_have_no_field_for_is_said_with_what_comes_nearest(reader: Reader) -> None:
    question = understood(reader, "上月哪个小区投诉最多")
    assert question.by == "community" and question.ignored == ("哪个小区",)
    assert all(nearest(reader, word, word) == ("社区", "地址") for word in ABSENT)
    assert not {*ABSENT} & {*reader.options("category2"), *reader.options("category3")}
