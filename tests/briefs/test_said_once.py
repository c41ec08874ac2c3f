"""What a paper says it says once and no two parts say different things of one figure; what nobody can judge it leaves
out."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from briefs import coming, focus, parts, portrait, rates, scores
from briefs.asked import Asked, Part
from briefs.content import period_of
from briefs.words import UNSURE, changes_words
from data_access.cases.comparison import Change
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.focus import focuses_at
from data_access.district.periods import Period
from data_access.district.vocabulary import HOTLINE
from questions.league import STREET, league_of

YEAR = Period(datetime(2022, 1, 1), datetime(2023, 1, 1))
QUIET = Period(datetime(2022, 5, 2), datetime(2022, 5, 9))


@pytest.fixture
def year(reader: Reader) -> Asked:
    return Asked(reader, CaseFilter(period=YEAR), "free")


def test_days_without_a_case_say_that_and_no_rate_of_nothing(reader: Reader) -> None:
    nobody = Asked(reader, CaseFilter(period=QUIET, category1=("没有这一类",)), "week")
    told = [parts.overview(nobody), rates.rates(nobody), parts.classes(nobody)]
    said = "".join(sentence for part in told if part for sentence in part.sentences)
    assert "共受理 0 件；上期也没有，上年同期也没有。" in said and said.count(parts.NO_HOTLINE) == 2
    assert not any(part.rows is not None or part.chart for part in told if part)


@pytest.mark.parametrize(("start", "holiday"), [(datetime(2022, 1, 31), True), (datetime(2022, 5, 16), False)])
def test_a_week_of_the_new_year_says_so_beside_its_comparison(reader: Reader, start: datetime, holiday: bool) -> None:
    week = Asked(reader, CaseFilter(period=Period(start, start + (QUIET.end - QUIET.start))), "week")
    assert any("春节假期本期 6 天、上期、上年同期 0 天" in one for one in parts.overview(week).sentences) is holiday


def test_counts_of_more_days_are_said_to_be_brought_to_as_many(reader: Reader) -> None:
    month = Asked(reader, CaseFilter(period=period_of(reader, "month", date(2022, 12, 10))), "month")
    assert "上期有 31 天，件数折算到本期的 30 天。" in parts.overview(month).sentences


def test_one_class_has_one_verdict(reader: Reader) -> None:
    month = Asked(reader, CaseFilter(period=period_of(reader, "month", date(2022, 12, 10))), "month")
    moved = reader.compare_groups("volume", "category2", month.where.replace(source=(HOTLINE,)), parts.PREVIOUS)
    sure = moved.set_index("category2")["is_sure"]
    for one in focuses_at(reader.profile.settings.focus, month.where.when.start.date()):
        rows = focus.classes_of(month, focus.cases_of(month, one), "category2")
        assert len(rows) and set(rows["category2"]) <= set(one.category2)
        for row in rows.to_dict("records"):
            assert (row["sure"] in ("上升", "下降")) is bool(sure[row["category2"]])


def test_a_paper_has_the_ends_of_a_long_league_and_none_without_a_place(year: Asked) -> None:
    table = league_of(year.reader, year.where.replace(source=(HOTLINE,)), STREET)
    whole = rates.league_part("街道", (), table, STREET)
    assert whole.rows is not None and whole.printed is not None and whole.printed["place"].notna().all()
    assert len(whole.rows) == len(table.units)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rates, "LONG", 5)
        patch.setattr(rates, "ENDS", 2)
        long = rates.league_part("街道", (), table, STREET)
    assert long.printed is not None and len(long.printed) == 2 + max(len(table.surely_worse), 2)
    assert long.rows is not None and len(long.rows) == len(whole.rows) and "下表列前 2 位" in long.sentences[-1]


def test_rates_that_chance_alone_may_have_moved_are_told_together() -> None:
    alike = [Change(name, 0.9, 0.89, 0.01, "", -0.02, 0.04) for name in ("response_rate", "satisfaction_rate")]
    fell = Change("resolution_rate", 0.8, 0.9, -0.1, "", -0.12, -0.08)
    said = changes_words([alike[0], fell, alike[1]], "上期")
    assert said.startswith("解决率") and "低 10.0 个百分点" in said
    assert said.count(UNSURE) == 1 and said.count("+1.0 个百分点") == 2
    assert changes_words([fell], "上期").count("；") == 0


def test_a_rate_of_few_is_not_told_in_a_table(year: Asked) -> None:
    rows = pd.DataFrame({"street": ["甲", "乙"], "on_time_rate": [1.0, 0.5], "on_time_rate__den": [3, 3000]})
    known, said = parts.told_enough(year, rows, "on_time_rate")
    assert pd.isna(known["on_time_rate"][0]) and known["on_time_rate"][1] == 0.5 and "不足" in said[0]
    assert parts.told_enough(year, rows[1:], "on_time_rate")[1] == []


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([coming.LATE, coming.LATE, "办理中"], "已过期 2 项，此后 7 天内到期 1 项，共 3 项：督办 3 项。"),
        (["办理中"], "督办与协同里此后 7 天内到期 1 项：督办 1 项。"),
        ([coming.LATE], "督办与协同里已过期 1 项：督办 1 项。"),
    ],
)
def test_what_is_due_adds_up(reader: Reader, monkeypatch: pytest.MonkeyPatch, states: list[str], said: str) -> None:
    rows = [("督办", str(n), "名称", "单位", "2022-12-14", state) for n, state in enumerate(states)]
    monkeypatch.setattr(coming, "due", lambda asked, days: pd.DataFrame(rows, columns=list(coming.DUE)))
    week = Asked(reader, CaseFilter(period=QUIET, street=("东四街道",)), "week")
    part = coming.coming(week)
    assert part is not None and said in part.sentences[0] and not part.sentences[0].startswith("1．")


def test_a_street_without_a_score_has_no_table_of_dashes(reader: Reader) -> None:
    street = reader.profile.streets[0].name
    part = scores.livelihood(Asked(reader, CaseFilter(period=QUIET, street=(street,)), "portrait"))
    assert part is not None and not any("—" in sentence for sentence in part.sentences)
    assert part.rows is None or "—" not in set(part.rows["score"])


def test_classes_that_stand_out_are_counted_only_where_there_are_any(year: Asked) -> None:
    street = year.reader.profile.streets[0].name
    part: Part = portrait.handled(year.within(year.where.replace(street=(street,))))
    assert not any("有 0 个" in sentence for sentence in part.sentences)
