"""What the office's papers tell beside the overview: each figure is the question's that the page asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from briefs import again, coming, focus, rates, seasonal
from briefs.asked import Asked, Part
from briefs.content import period_of
from briefs.hard_cases import LONGEST, _short
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY
from data_access.district.focus import Focus, focuses_at
from data_access.district.periods import Period, assessment_month
from data_access.district.vocabulary import HOTLINE
from questions.league import DAY, STREET, league_of
from questions.one_matter import one_matter

WEEK, WINTER = date(2022, 11, 16), date(2022, 12, 10)


@pytest.fixture
def asked(reader: Reader) -> Callable[..., Asked]:
    def about(kind: str, on: date = WEEK, **whose: tuple[str, ...]) -> Asked:
        where = CaseFilter(period=period_of(reader, kind, on)).replace(**whose)
        return Asked(reader, where, kind)

    return about


@pytest.fixture
def year(asked: Callable[..., Asked]) -> Asked:
    """Long enough that the small demo's streets have a place."""
    about = asked("free")
    return replace(about, where=CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1))))


def rows_of(part: Part | None) -> pd.DataFrame:
    assert part is not None and part.rows is not None
    return part.rows


def said_by(part: Part | None) -> str:
    assert part is not None
    return "".join(part.sentences)


def test_departments_stand_in_the_pages_league_apart_from_companies(year: Asked) -> None:
    about, told = year, rates.others(year)
    assert [part.heading for part in told] == ["部门三率", "企业三率"]
    for part in told:
        kind = part.heading.removesuffix("三率")
        league = league_of(about.reader, about.where, kind).units
        rows = rows_of(part).set_index("unit")
        assert rows["composite"].to_dict() == pytest.approx(league["composite"].to_dict(), nan_ok=True)
        assert set(rows.index) == set(league.index)
        assert part.paper is not None and part.paper["place"].notna().all()


def test_one_alone_is_not_ranked(year: Asked) -> None:
    about = year
    table = league_of(about.reader, about.where, STREET)
    units = table.units.assign(place=float("nan"))
    first = table.placed.index[0]
    units.loc[first, "place"] = 1.0
    alone = replace(table, units=units)
    assert "不比" in rates.standing_words(alone, STREET)
    rows, _ = rates.league_rows(alone)
    assert rows["place"].isna().all() and not rows["band"].str.contains(r"\d").any()


def test_places_day_by_day_end_where_the_league_stands(asked: Callable[..., Asked], year: Asked) -> None:
    about = year
    assert rates.course(asked("month")) is None  # of too few callbacks no street has a place
    part = rates.course(about)
    table = league_of(about.reader, about.where, STREET)
    lines = table.day_by_day()
    last = lines[lines[DAY] == lines[DAY].max()].set_index("unit")["place"]
    rows = rows_of(part).set_index("unit")
    assert rows.iloc[:, -1].dropna().to_dict() == last.dropna().to_dict()
    assert part is not None and part.chart is not None
    for unit in table.surely_worse[:5]:
        assert unit in said_by(part)


def test_a_day_stands_in_its_assessment_month(asked: Callable[..., Asked]) -> None:
    about = asked("day")
    end, clock = about.where.when.end, about.reader.profile.settings.clock
    where = about.where.replace(period=Period(assessment_month(end - timedelta(seconds=1), clock).start, end))
    cases = about.reader.count(where.replace(source=(HOTLINE,)))
    part, *annex = rates.month_so_far(about)
    assert part.heading == "三率" and all(one.is_annex for one in annex)
    assert f"受理 {cases:,} 件" in said_by(part)
    league = league_of(about.reader, where, STREET).units["composite"]
    assert rows_of(part).set_index("unit")["composite"].to_dict() == pytest.approx(league.to_dict(), nan_ok=True)


def test_who_called_again_is_counted_as_in_the_cases(asked: Callable[..., Asked]) -> None:
    about = asked("week")
    rows, least, days = again.repeats_of(about)
    period = about.where.when
    every = about.reader.sql(
        "SELECT caller_key, category2, count(*) AS n, max(created_at) AS newest FROM cases "
        "WHERE source = 'hotline' AND is_void = 0 AND caller_key <> '' AND category2 <> '' "
        "AND created_at >= :start AND created_at < :end GROUP BY 1, 2",
        {"start": period.end - timedelta(days=days), "end": period.end},
    )
    known = every[(every["n"] >= least) & (every["newest"] >= period.start)]
    assert (len(rows), rows["cases"].sum()) == (len(known), known["n"].sum())
    assert "caller_key" not in rows


def test_one_matter_of_the_newest_week_is_the_pages(asked: Callable[..., Asked]) -> None:
    about = asked("free", date(2023, 1, 10))
    found = one_matter(about.reader)
    assert again.found_by(about) == found
    part = again.one_matters(about)
    assert f"{len(found.gatherings):,} 处" in said_by(part) and f"{len(found.matters):,} 组" in said_by(part)
    earlier = again.found_by(asked("week"))
    assert earlier.period == asked("week").where.when


def test_a_focus_is_counted_by_its_classes_and_lists_no_words(asked: Callable[..., Asked]) -> None:
    about = asked("week")
    for one in about.reader.profile.settings.focus:
        where = focus.cases_of(about, one)
        whole, *listed = focus._told(about, one)
        cases = about.reader.count(where)
        assert f"{cases:,} 件" in whole.sentences[0] and one.unknown in said_by(whole)
        assert rows_of(whole)["current"].sum() == cases if cases else whole.rows is None
        for part in listed:
            needing = about.reader.count(where.replace(status=focus.NEEDING))
            assert len(rows_of(part)) == min(needing, focus.MOST) if needing else "没有" in said_by(part)
            assert not {"title", "content", "address"} & set(part.labels)


def test_who_sees_no_single_case_is_listed_none(asked: Callable[..., Asked]) -> None:
    about = asked("week")
    outside = replace(about, reader=replace(about.reader, sight=NOTHING_SINGLY))
    for part in focus.focuses(outside):
        assert "case_id" not in part.labels or part.rows is None
    assert again.one_matters(outside) is None
    people = again.callers(outside)
    assert people is None or people.rows is None
    assert coming.due(outside, 30).empty


def test_a_street_is_listed_its_own(asked: Callable[..., Asked]) -> None:
    street = asked("week").reader.profile.streets[0].name
    about = asked("week", street=(street,))
    for part in focus.focuses(about):
        if part.rows is not None and "case_id" in part.rows:
            assert set(part.rows["street"]) == {street}
    rows, *_ = again.repeats_of(about)
    assert set(rows["street"]) <= {street}
    told = again.one_matters(about)
    assert told is None or told.rows is None or set(told.rows["street"]) == {street}


def test_the_seasons_own_classes_and_companies(asked: Callable[..., Asked]) -> None:
    about = asked("season", WINTER)
    season = seasonal.season_of(about)
    assert season is not None and season.category2
    where = about.where.replace(source=(HOTLINE,), category2=season.category2)
    part = seasonal.classes(about)
    assert f"受理量 {about.reader.count(where):,} 件" in said_by(part)
    assert rows_of(part)["current"].sum() == about.reader.count(where)
    league = league_of(about.reader, where, seasonal.COMPANY)
    companies = seasonal.companies(about)
    assert set(rows_of(companies)["unit"]) == set(league.units.index)
    assert "来源没有" in said_by(companies)
    ended = datetime(2022, 3, 16)
    before = about.reader.count(where.replace(period=Period(ended, about.where.when.start)))
    assert f"{before:,} 件" in said_by(part)


def test_a_season_without_classes_of_its_own_has_no_such_part(asked: Callable[..., Asked]) -> None:
    about = asked("free", date(2022, 4, 20))
    assert seasonal.season_of(about) is None
    assert seasonal.classes(about) is None and seasonal.companies(about) is None


def test_the_next_step_is_what_the_data_knows(asked: Callable[..., Asked]) -> None:
    now = asked("free", date(2023, 1, 10))
    every = now.where.replace(period=None)
    late, today = (now.reader.count(every.replace(status=(name,))) for name in ("overdue_open", "due_today"))
    said = said_by(coming.coming(now))
    assert f"逾期未办结 {late:,} 件，今天到期未办结 {today:,} 件" in said
    assert said.endswith(coming.LAST)
    old = coming.coming(asked("week", date(2022, 11, 10)))
    assert "供暖季自 2022年11月15日开始" in said_by(old)
    assert "逾期未办结" not in said_by(old)  # how cases stood then is not known


def test_rules_of_the_district_hold_from_their_day() -> None:
    old = Focus(name="甲", valid_from=date(2020, 1, 1), category2=("一",))
    new = Focus(name="甲", valid_from=date(2022, 1, 1), category2=("二",))
    other = Focus(name="乙", valid_from=date(2021, 1, 1), crowd=("三",))
    assert focuses_at((old, new, other), date(2020, 6, 1)) == (old,)
    assert focuses_at((old, new, other), date(2021, 6, 1)) == (old, other)
    assert focuses_at((old, new, other), date(2022, 6, 1)) == (new, other)
    with pytest.raises(ValueError, match="至少写"):
        Focus(name="丙", valid_from=date(2020, 1, 1))


def test_what_somebody_wrote_is_cut_with_a_mark() -> None:
    assert _short("写完了。") == "写完了"
    assert len(_short("字" * 100)) == LONGEST + 2 and _short("字" * 100).endswith("……")
