"""Questions as people ask them are understood as the pages would ask, and no word is passed over in silence."""

from __future__ import annotations

import csv
import itertools
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from questions.asking.answer import answered
from questions.asking.averages import TIMES
from questions.asking.grammar import Question, understood
from questions.asking.times import number
from questions.asking.words import PAGE_WORDS, lexicon

WRITTEN = list(csv.DictReader((Path(__file__).parent / "asked.csv").open(encoding="utf-8")))
IGNORED = "IGNORED"
# What else people say for the same: composed, so that every street and every measure is asked for.
WAYS = (
    "上个月{street}的{measure}",
    "请问{street}上个月{measure}是多少",
    "{street}上月{measure}怎么样？",
    "上月，{measure}，{street}",
)
SPOKEN = {"解决率": "resolution_rate", "满意度": "satisfaction_rate", "响应率": "response_rate", "件数": "volume",
          "按时办结率": "on_time_rate", "重复率": "repeat_share", "综合成绩": "composite", "办理时长": "median_hours"}  # fmt: skip
LAST_MONTH = Period(datetime(2022, 12, 1), datetime(2023, 1, 1))


def filter_of(row: dict[str, str]) -> CaseFilter:
    period = Period(datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"]))
    parts = (part.partition("=") for part in row["where"].split(";") if part)
    fields = {name: tuple(values.split("|")) for name, _, values in parts}
    numbers = {name: tuple(map(int, fields.pop(name, ()))) for name in ("hour", "weekday")}
    return CaseFilter(period=period, **numbers, **fields)


def is_right(question: Question, row: dict[str, str]) -> bool:
    if row["where"] == IGNORED:
        return not question.is_understood
    per = f"{question.per.unit}={question.per.many}" if question.per else ""
    asked = (question.measure, question.by, question.compare, question.order, question.limit, per)
    meant = (row["measure"], row["by"], row["compare"], row["order"], int(row["limit"]), row["per"])
    if "|".join(question.others) != row["others"]:
        return False
    period, known = question.where.when, filter_of(row)
    # The oldest case begins the first day of 历年.
    bound = question.bound.written if question.bound else ""
    if bound != row["bound"]:
        return False
    begins = period.start.date() == known.when.start.date() and period.end.date() == known.when.end.date()
    return asked == meant and begins and question.where.replace(period=known.period) == known and question.is_understood


def composed(reader: Reader) -> list[tuple[str, str, str]]:
    """Question, street, measure: every street, every measure, every way of saying it."""
    streets = [street.name for street in reader.profile.streets]
    pairs = itertools.islice(itertools.product(streets, SPOKEN.items()), 0, None)
    asked = []
    for place, (street, (word, measure)) in enumerate(pairs):
        spoken = street if place % 2 else street.removesuffix("街道")
        asked.append((WAYS[place % len(WAYS)].format(street=spoken, measure=word), street, measure))
    return asked


def test_two_hundred_questions(reader: Reader) -> None:
    """At least nine of ten are right; of the others every word that was left is shown, so none is silently wrong."""
    wrong = [row["question"] for row in WRITTEN if not is_right(understood(reader, row["question"]), row)]
    for text, street, measure in composed(reader):
        question = understood(reader, text)
        meant = CaseFilter(period=LAST_MONTH, street=(street,))
        if (question.measure, question.where, question.ignored) != (measure, meant, ()):
            wrong.append(text)
    whole = len(WRITTEN) + len(composed(reader))
    assert whole >= 200
    assert len(wrong) <= 0.1 * whole, wrong
    silent = [text for text in wrong if understood(reader, text).is_understood]
    assert not silent


@pytest.mark.slow
@settings(deadline=None)  # the first question reads the lexicon
@given(
    st.lists(
        st.sampled_from(
            ["供暖", "上个月", "最多", "街道", "飞碟", "除了", "东四", "吃瓜", "同比", "xyz", "日均", "夜里"]
        ),
        max_size=7,
    )
)
def test_every_letter_is_accounted_for(reader: Reader, parts: list[str]) -> None:
    """What nothing was made of is among the ignored, whatever stands around it."""
    text = "".join(parts)
    if not text:
        return
    question = understood(reader, text)
    for strange in ("飞碟", "吃瓜", "xyz"):
        if strange in text:
            assert any(word in strange or strange in word for word in question.ignored), question
    assert question.measure in MEASURES


def test_an_answer_is_the_pages_figure(reader: Reader) -> None:
    told = answered(reader, understood(reader, "上月东四街道受理量"))
    assert told.figure == reader.count(CaseFilter(period=LAST_MONTH, street=("东四街道",)))
    ranked = answered(reader, understood(reader, "去年哪个街道受理量最多"))
    assert ranked.rows is not None
    year = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
    streets = reader.aggregate(["volume"], ["street"], year, order_by="volume", limit=1)
    assert ranked.rows["street"].iloc[0] == streets["street"].iloc[0]
    compared = answered(reader, understood(reader, "上月受理量环比")).change
    assert compared == reader.changes(["volume"], CaseFilter(period=LAST_MONTH), "previous")["volume"]


@pytest.mark.parametrize("status", ["overdue_open", "open"])
def test_the_state_of_yesterday_is_that_at_its_end_whenever_cases_came_in(reader: Reader, status: str) -> None:
    said = {"overdue_open": "昨天逾期未办结", "open": "昨天未办结"}[status]
    midnight = datetime(2023, 1, 10)
    late = "AND due_at < :at" if status == "overdue_open" else ""
    plain = reader.sql(
        "SELECT count(*) AS n FROM cases WHERE is_void = 0 AND created_at < :at "
        f"AND (is_closed = 0 OR closed_at > :at) {late}", {"at": midnight}
    )["n"].iloc[0]  # fmt: skip
    told = answered(reader, understood(reader, said))
    assert told.figure == plain > 0
    assert told.question.at == midnight and "不论哪天受理" in "".join(told.question.assumed)


IN_DECEMBER = "is_void = 0 AND created_at >= '2022-12-01' AND created_at < '2023-01-01'"
BY = f"SELECT {{0}} AS told, {{1}} AS figure FROM cases WHERE {IN_DECEMBER} AND {{2}} GROUP BY {{0}}"
RATE = "avg(CASE WHEN resolution = 'yes' THEN 1.0 ELSE 0 END)"
TWO = "street IN ('东四街道', '朝阳门街道')"


@pytest.mark.parametrize(
    ("said", "sql"),
    [
        ("上月东四街道和朝阳门街道的受理量", BY.format("street", "count(*)", TWO)),
        ("上月热线和网格各多少件", BY.format("source", "count(*)", "1 = 1")),
        ("上月投诉和举报各有多少", BY.format("request_type", "count(*)", "request_type IN ('投诉', '举报')")),
        ("上月哪些企业件最多", BY.format("unit", "count(*)", "unit_type = '企业'")),
        ("上月受理量超过20件的街道", BY.format("street", "count(*)", "1 = 1") + " HAVING count(*) > 20"),
        ("上月解决率低于95%的街道", BY.format("street", RATE, "is_valid_callback = 1 AND is_excluded = 0")
         + f" HAVING {RATE} < 0.95 AND count(*) >= 30"),
    ],
)  # fmt: skip
def test_groups_are_those_that_plain_sql_counts(reader: Reader, said: str, sql: str) -> None:
    """Several values of a field are told apart, not summed; a bound keeps the groups within it and no other."""
    question = understood(reader, said)
    told = answered(reader, question).rows
    plain = reader.sql(sql).sort_values("figure", ascending=False).head(question.limit or 50)
    assert question.is_understood and told is not None
    figures = told[question.measure].to_numpy(dtype=float)
    assert sorted(figures) == pytest.approx(sorted(plain["figure"].astype(float)))
    if not question.limit:  # where it has one, groups of equal figures may be cut anywhere
        assert set(told[question.by]) == set(plain["told"])


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("上月已办结的重复诉求", "is_closed = 1 AND is_repeat = 1"),
        ("上月没有解决的件有多少", "is_valid_callback = 1 AND resolution IN ('no', 'partly')"),
        ("上月周末受理量", "isodow(created_at) >= 6"),
        ("上月除了疫情防控和东四街道以外的受理量", "category1 <> '疫情防控' AND street <> '东四街道'"),
        ("上月不含剔除的受理量", "is_excluded <> 1"),
        ("上月非周末受理量", "isodow(created_at) < 6"),
        ("上月上班时间受理量", "isodow(created_at) < 6 AND hour(created_at) IN (9, 10, 11, 13, 14, 15, 16, 17)"),
        ("上月夜间受理量", "(hour(created_at) >= 22 OR hour(created_at) < 5)"),
        ("上月吹哨的件", "is_whistled = 1"),
        ("上月群体诉求有多少", "is_group = 1"),
        ("上月晚上十点以后受理量", "(hour(created_at) >= 22 OR hour(created_at) < 5)"),
        ("上月早上7点到9点的件", "hour(created_at) IN (7, 8)"),
        ("上月凌晨受理量", "hour(created_at) < 5"),
        ("上月上午10点到2点受理量", "hour(created_at) BETWEEN 10 AND 13"),
        ("上月因重复派单剔除的件", "is_excluded = 1 AND excluded_reason = '重复派单'"),
    ],
)
def test_conditions_are_those_that_plain_sql_counts(reader: Reader, said: str, condition: str) -> None:
    """Two states are both asked for; 没有 before a state turns it round."""
    question = understood(reader, said)
    plain = reader.sql(f"SELECT count(*) AS n FROM cases WHERE {IN_DECEMBER} AND {condition}")["n"].iloc[0]
    assert question.is_understood and answered(reader, question).figure == plain > 0


HAPPENED = "SELECT count(*) AS n FROM cases WHERE is_void = 0 AND {}"


@pytest.mark.parametrize(
    ("said", "condition", "many"),
    [
        ("上月日均受理量", IN_DECEMBER, 31),
        ("去年每月平均供暖投诉", "created_at >= '2022-01-01' AND created_at < '2023-01-01' AND category2 = '供暖'", 12),
        ("今年以来平均每天受理多少", "created_at >= '2023-01-01' AND created_at < '2023-01-10'", 9),
        ("上月周末日均受理量", f"{IN_DECEMBER} AND isodow(created_at) >= 6", 9),
        ("国庆期间受理量", "created_at >= '2022-10-01' AND created_at < '2022-10-08'", 1),
        ("春节受理量", "created_at >= '2022-01-31' AND created_at < '2022-02-07'", 1),
        ("去年平均每半年受理多少件", "created_at >= '2022-01-01' AND created_at < '2023-01-01'", 2),
        ("前天晚上十点以后的件", "created_at >= '2023-01-08 22:00' AND created_at < '2023-01-09 05:00'", 1),
        ("超过7天没办结的有多少", "is_closed = 0 AND created_at < '2023-01-03 10:46:00'", 1),
    ],
)  # fmt: skip
def test_a_figure_of_whole_days_is_that_of_plain_sql(reader: Reader, said: str, condition: str, many: int) -> None:
    """An average is over the whole days that are over; festivals are their days off; what is old came in before."""
    question = understood(reader, said)
    plain = reader.sql(HAPPENED.format(condition))["n"].iloc[0] / many
    assert question.is_understood and answered(reader, question).figure == pytest.approx(plain) and plain > 0
    assert (question.per.many if question.per else 1) == many


def test_kinds_of_days_are_averaged_over_their_own_days(reader: Reader) -> None:
    told = answered(reader, understood(reader, "上月工作日和周末日均受理量")).rows
    plain = reader.sql(
        f"SELECT isodow(created_at) >= 6 AS off, count(*) AS n FROM cases WHERE {IN_DECEMBER} GROUP BY off"
    ).set_index("off")["n"]
    assert told is not None
    figures = told.set_index("kind_of_day")["volume"]
    assert figures.to_dict() == {"工作日": plain[False] / 22, "周末": plain[True] / 9}


def test_several_measures_are_each_that_of_the_page(reader: Reader) -> None:
    told = answered(reader, understood(reader, "上月各街道解决率和满意率"))
    names = ["resolution_rate", "satisfaction_rate"]
    plain = reader.aggregate(names, ["street"], CaseFilter(period=LAST_MONTH)).set_index("street")
    assert told.rows is not None and len(told.rows) + len(told.few) == len(plain)
    for row in told.rows.itertuples():
        assert [row.resolution_rate, row.satisfaction_rate] == plain.loc[row.street, names].tolist()
    assert set(answered(reader, understood(reader, "上月三率")).figures) == {"composite", "response_rate", *names}


def test_a_share_is_of_the_cases_without_what_was_said_last(reader: Reader) -> None:
    where = CaseFilter(period=LAST_MONTH, street=("东四街道",))
    told = answered(reader, understood(reader, "上月东四街道供暖占比"))
    assert told.parts == (reader.count(where.replace(category2=("供暖",))), reader.count(where))
    overdue = answered(reader, understood(reader, "上月受理的重复诉求里逾期的占多少"))
    repeat = CaseFilter(period=LAST_MONTH, status=("repeat",))
    assert overdue.parts == (reader.count(repeat.replace(status=("repeat+overdue",))), reader.count(repeat))


@pytest.mark.parametrize(
    ("said", "by", "field"),
    [("去年各季度疫情防控占比", "quarter", "category1"), ("上月投诉类占多少，求助类占多少", "request_type", "")],
)
def test_shares_by_groups_are_of_all_cases_and_not_of_those_named(
    reader: Reader, said: str, by: str, field: str
) -> None:
    """In each quarter of what came in then; each type of all types."""
    told = answered(reader, understood(reader, said))
    period = CaseFilter(period=told.question.where.period)
    plain = reader.aggregate("volume", [by, *([field] if field else [])], period)
    assert told.rows is not None and len(told.rows) > 1
    for row in told.rows.itertuples(index=False):
        group = plain[plain[by] == getattr(row, by)]
        part = group[group[field] == "疫情防控"] if field else group
        whole = group if field else plain
        assert row.share == pytest.approx(part["volume"].sum() / whole["volume"].sum())


def test_a_bound_on_all_measures_holds_for_all(reader: Reader) -> None:
    rows = answered(reader, understood(reader, "去年解决率和满意率都高于94%的街道")).rows
    names = ["resolution_rate", "satisfaction_rate"]
    year = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
    plain = reader.aggregate(names, "street", year)
    assert rows is not None and 0 < len(rows) < len(plain)
    assert set(rows["street"]) == set(plain[(plain[names] > 0.94).all(axis=1)]["street"])


def test_the_place_of_one_is_among_all(reader: Reader) -> None:
    told = answered(reader, understood(reader, "上月东四街道受理量排第几"))
    plain = reader.aggregate(["volume"], ["street"], CaseFilter(period=LAST_MONTH))
    ours = plain.loc[plain["street"] == "东四街道", "volume"].iloc[0]
    assert told.place == (1 + int((plain["volume"] > ours).sum()), len(plain))


@pytest.mark.parametrize(
    "said", ["上月受理量超过100件的街道", "去年投诉最多的三个社区", "上月哪天受理量最多的1个", "上月受理量最多的两个时段",
             "去年受理量最多的1个季度", "去年受理量最多的1个半年", "上月星期几来电最多前两名", "上月哪个街道解决率最低"],
)  # fmt: skip
def test_the_link_leads_to_the_cases_of_the_rows(reader: Reader, said: str) -> None:
    told = answered(reader, understood(reader, said))
    assert told.rows is not None and len(told.rows) and told.cases is not None
    assert reader.count(told.cases) == told.rows["volume"].sum() < reader.count(told.question.where)


def test_where_no_filter_says_just_the_rows_there_is_no_link(reader: Reader) -> None:
    for said in ("上月受理量最多的3个地址", "去年受理量最多的两个月份", "上月解决率低于1%的街道"):
        told = answered(reader, understood(reader, said))
        assert told.question.is_understood and told.cases is None


def test_words_of_other_pages_lead_there_by_their_titles(reader: Reader) -> None:
    """The first word of each is its page's title, as the menu has it."""
    question = understood(reader, "攻百难进展怎么样")
    assert question.is_led and question.pages == ("hard_cases",)
    assert understood(reader, "今年吹了多少哨").pages == ("whistles",)
    for page, words in PAGE_WORDS.items():
        text = (Path(__file__).parents[2] / "pages" / f"{page}.py").read_text(encoding="utf-8")
        assert f'"title": "{words[0]}"' in text, page


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("上月各街道解决率和满意率同比", "满意率"), ("去年每月受理量同比", "同比"), ("上月受理量最多和最少的街道", "最少"),
        ("上月供暖和住房多少件", "供暖"), ("昨天比上周受理量", "上周"), ("上月受理量同比环比", "环比"),
        ("上月3个", "3个"), ("上月受理量最好的街道", "最好"), ("上月解决率低于95件的街道", "低于95件"),
        ("未办结和逾期各多少", "逾期"), ("截至昨天受理量", "截至"),
        ("去年占比", "占比"), ("上月谁的件最多", "谁"), ("东直门外的件", "外"), ("其他街道的解决率", "其他"),
        ("去年日均受理量同比", "日均"), ("今年每季度平均多少件", "每季度平均"), ("除了最多", "除了"), ("攻百难的进展", "攻百难"),
        ("超过7天的投诉", "超过7天"), ("疫情期间的投诉", "期间"), ("上月各街道日均和周均", "日均"),
    ],
)  # fmt: skip
def test_what_is_known_but_cannot_be_asked_together_is_said(reader: Reader, said: str, left: str) -> None:
    """A second measure, a comparison of a series, a family of cases in another: left out, and said so."""
    assert left in understood(reader, said).ignored


def test_which_end_is_worst_tells_the_measure(reader: Reader) -> None:
    assert understood(reader, "上月重复率最差的街道").order == "most"
    assert understood(reader, "上月解决率最差的街道").order == "least"


def test_what_is_asked_of_today_is_the_newest_state(reader: Reader) -> None:
    told = answered(reader, understood(reader, "今天逾期未办结"))
    assert told.question.at is None and told.figure == reader.count(CaseFilter(status=("overdue_open",)))


def test_a_rate_of_too_few_callbacks_has_no_rank(reader: Reader) -> None:
    told = answered(reader, understood(reader, "昨天哪个街道解决率最低"))
    assert told.few or told.rows is None or told.rows.empty
    assert told.rows is not None
    assert told.rows.empty


def test_a_series_is_in_the_order_of_time(reader: Reader) -> None:
    told = answered(reader, understood(reader, "去年每月受理量"))
    assert told.rows is not None
    assert told.question.by in TIMES
    assert told.rows["month"].is_monotonic_increasing
    assert len(told.rows) == 12


@pytest.mark.parametrize(("said", "meant"), [("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("30", 30), ("两", 2)])
def test_numbers_in_words(said: str, meant: int) -> None:
    assert number(said) == meant


@pytest.mark.parametrize("text", ["", "   ", "长" * 201])
def test_no_question_and_too_long_a_one_are_refused(reader: Reader, text: str) -> None:
    with pytest.raises(ValueError, match="一句话"):
        understood(reader, text)


def test_every_example_on_the_page_is_understood(reader: Reader) -> None:
    from ui.desk.ask import examples

    assert all(understood(reader, example).is_understood for example in examples(reader))
    assert len(lexicon(reader)) > 300
