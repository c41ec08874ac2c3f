"""Identities of the measures, and equality with SQL written by hand, on the small demo district."""

import dataclasses
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select, text

from data_access.cases.cache import ANSWERS
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.files import FileStore
from data_access.cases.filters import STATUSES, CaseFilter
from data_access.cases.measures import MEASURES, Basis
from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.cases.units import CASES
from data_access.district.models import GridChannels
from data_access.district.periods import Period
from data_access.district.profile import Profile
from data_access.district.worktime import is_working_day
from data_access.intake.importing import import_file

YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
RANKED = "is_void = 0 and is_valid_callback = 1 and is_excluded = 0 and year(created_day) = 2022"
HAND_WRITTEN = {
    "volume": "select count(*) from cases where is_void = 0 and year(created_day) = 2022",
    "open": "select count(*) from cases where is_void = 0 and is_closed = 0 and year(created_day) = 2022",
    "response_rate": f"select sum(is_contacted) / count(*) from cases where {RANKED}",
    "resolution_rate": f"select avg(case when resolution = 'yes' then 1.0 else 0 end) from cases where {RANKED}",
    "satisfaction_rate": f"""select sum(case satisfaction when '非常满意' then 1.0 when '满意' then 1.0
        when '基本满意' then 0.9 else 0 end) / count(*) from cases where {RANKED}""",
    "resolution_rate_all": f"""select avg(case when resolution = 'yes' then 1.0 else 0 end) from cases
        where {RANKED.replace('and is_excluded = 0', '')}""",
    "callers": """select count(distinct caller_key) from cases
        where is_void = 0 and caller_key <> '' and year(created_day) = 2022""",
    "settled_rate": """select sum(is_closed) / count(*) from cases where is_void = 0 and year(created_day) = 2022
        and due_at < (select max(created_at) from cases)""",
    "on_time_rate": """select sum(is_closed * (1 - is_late)) / count(*) from cases where is_void = 0
        and year(created_day) = 2022 and due_at < (select max(created_at) from cases)""",
    "filed_rate": """select count(dispatched_at) / count(*) from cases
        where is_void = 0 and source = 'grid' and year(created_day) = 2022""",
    "self_handled_share": """select avg(case when channel = '监督员自行处理' then 1.0 else 0 end) from cases
        where is_void = 0 and source = 'grid' and year(created_day) = 2022""",
    "repeat_share": """select sum(is_repeat) / sum(case when caller_key <> '' then 1 else 0 end) from cases
        where is_void = 0 and year(created_day) = 2022""",
}  # fmt: skip
SUMS = [m.name for m in MEASURES.values() if not m.is_ratio and m.unit == CASES]
RATIOS = [m.name for m in MEASURES.values() if m.denominator is not None]


GROUPINGS: list[tuple[str, ...]] = [
    (), ("street",), ("day",), ("day", "source"), ("source", "day"), ("hour", "weekday"), ("assessment_month",),
    ("unit", "is_contacted", "resolution", "satisfaction"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("moment", [None, datetime(2022, 6, 20, 10)])
def test_asked_together_or_alone_the_figures_are_the_same(reader: Reader, moment: datetime | None) -> None:
    """Also where nobody has a case, and those of an earlier moment."""
    asked, names = reader.seen_at(moment) if moment else reader, tuple(MEASURES)
    for where in (CaseFilter(period=Period(datetime(2022, 5, 1), datetime(2022, 7, 1))), CaseFilter(hour=(25,))):
        alone = [asked.aggregate(names, by, where) for by in GROUPINGS]
        ANSWERS.forget()
        asked.ask_together(where, dict.fromkeys(GROUPINGS, names))
        with pytest.MonkeyPatch.context() as nothing_more:
            nothing_more.setattr(FileStore, "reading", None)
            together = [asked.aggregate(names, by, where) for by in GROUPINGS]
        for one, other in zip(alone, together, strict=True):
            pd.testing.assert_frame_equal(one, other, rtol=1e-12)
    assert len(alone[0]) == 1 and not len(alone[1])


@pytest.mark.parametrize("name", HAND_WRITTEN)
def test_equals_sql_written_by_hand(reader: Reader, name: str) -> None:
    with reader.store.reading() as connection:
        expected = float(connection.execute(text(HAND_WRITTEN[name])).scalar_one())
    assert reader.aggregate([name], where=YEAR)[name].iloc[0] == pytest.approx(expected, rel=1e-12)


def test_composite_is_the_weighted_sum_of_the_three_rates(reader: Reader) -> None:
    rule = reader.profile.scoring_at(date(2022, 6, 1))
    found = reader.aggregate(["composite", "response_rate", "resolution_rate", "satisfaction_rate"], ["street"], YEAR)
    expected = 100 * (
        rule.response * found["response_rate"]
        + rule.resolution * found["resolution_rate"]
        + rule.satisfaction * found["satisfaction_rate"]
    )
    pd.testing.assert_series_equal(found["composite"], expected, check_names=False)


def test_scoring_rules_change_on_their_day(profile: Profile) -> None:
    old = profile.settings.scoring[0]
    new = old.model_copy(
        update={"valid_from": date(2022, 7, 1), "response": 0.3, "resolution": 0.35, "satisfaction": 0.35}
    )
    settings = profile.settings.model_copy(update={"scoring": (old, new)})
    changed = profile.model_copy(update={"settings": settings})
    assert changed.scoring_at(date(2022, 6, 30)) == old and changed.scoring_at(date(2022, 7, 1)) == new
    expression = MEASURES["composite"].numerator(Basis(datetime(2022, 8, 1), changed))
    assert "created_day" in str(select(expression))


@pytest.mark.parametrize("by", [name for name in DIMENSIONS if name != "h3_cell"])
def test_groups_sum_to_the_total(reader: Reader, by: str) -> None:
    total = reader.aggregate(SUMS, where=YEAR).iloc[0]
    parts = reader.aggregate(SUMS, [by], YEAR)
    assert {"volume", "open", "resolved"} <= set(SUMS)
    assert parts[SUMS].sum().to_dict() == total[SUMS].to_dict()


@pytest.mark.parametrize("name", RATIOS)
def test_parts_of_a_rate_add_up_to_the_rate(reader: Reader, name: str) -> None:
    months = reader.aggregate([name], ["month", "street"], YEAR)
    total = reader.aggregate([name], where=YEAR)[name].iloc[0]
    assert months[f"{name}__num"].sum() / months[f"{name}__den"].sum() == pytest.approx(total, rel=1e-9)


def test_the_grids_rates_say_nothing_of_the_hotline(reader: Reader) -> None:
    names = ["filed_rate", "self_handled_share"]
    both, grid, hotline = (
        reader.aggregate(names, where=YEAR.replace(source=source)).iloc[0] for source in ((), ("grid",), ("hotline",))
    )
    assert both.equals(grid) and hotline[names].isna().all()


def test_self_handling_is_unknown_where_the_profile_names_no_channel(reader: Reader, profile: Profile) -> None:
    settings = profile.settings.model_copy(update={"grid": GridChannels()})
    rules = Basis(datetime(2023, 1, 1), profile.model_copy(update={"settings": settings}))
    measure = MEASURES["self_handled_share"]
    assert measure.denominator
    with reader.store.reading() as connection:
        assert connection.execute(select(measure.numerator(rules), measure.denominator(rules))).one() == (0, 0)


def test_shares_sum_to_one(reader: Reader) -> None:
    assert reader.aggregate(["share"], ["category1"], YEAR)["share"].sum() == pytest.approx(1)


def test_assessment_months_agree_with_their_periods(reader: Reader) -> None:
    by_month = reader.aggregate(["volume"], ["assessment_month"]).set_index("assessment_month")["volume"]
    december = CaseFilter(period=Period(datetime(2022, 11, 19), datetime(2022, 12, 19)))
    assert by_month["2022-12"] == reader.aggregate(["volume"], where=december)["volume"].iloc[0]


def test_unknown_population_gives_no_figure(reader: Reader) -> None:
    known = {street.name for street in reader.profile.streets if street.population}
    found = reader.aggregate(["per_10k"], ["street"], YEAR).set_index("street")["per_10k"]
    assert {street for street in found.index if not np.isnan(found[street])} == known & set(found.index)


def test_demands_by_residents_are_the_hotlines_and_the_grids_stand_apart(reader: Reader) -> None:
    hotline, grid = (YEAR.replace(source=(source,)) for source in ("hotline", "grid"))
    names = ["per_10k", "grid_per_10k"]
    both = reader.aggregate(names, where=YEAR).iloc[0]
    people = reader.profile.settings.district.population
    assert people and both["per_10k"] == pytest.approx(reader.count(hotline) / (people / 1e4))
    assert both["grid_per_10k"] == pytest.approx(reader.count(grid) / (people / 1e4))
    assert both["per_10k"] == reader.figure("per_10k", hotline)
    # Of the other source's cases neither says anything: unknown, and not 0.
    assert np.isnan(reader.figure("per_10k", grid)) and np.isnan(reader.figure("grid_per_10k", hotline))
    sources = reader.aggregate(names, ["source"], YEAR).set_index("source")
    assert sources.isna().to_dict()["per_10k"] == {"grid": True, "hotline": False}


def test_a_share_asked_first_of_all_does_not_wait_for_itself(reader: Reader) -> None:
    """Of filters that nobody has asked before: of the whole, and of groups beside another measure of the whole."""
    assert reader.figure("share", YEAR.replace(hour=(3,), weekday=(1,))) == 1
    fresh = YEAR.replace(hour=(3,), weekday=(2,))
    reader.ask_together(fresh, {(): ["closing_rate"], ("street",): ["share"]})
    assert reader.aggregate("share", "street", fresh)["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("status", STATUSES)
def test_the_list_behind_a_count_has_as_many_cases(reader: Reader, status: str) -> None:
    where = YEAR.replace(status=(status,))
    count = int(reader.aggregate(["volume"], where=where)["volume"].iloc[0])
    pages = [reader.list_cases(where, page=page, page_size=4000) for page in range(1, count // 4000 + 2)]
    listed = pd.concat(pages)["case_id"]
    assert len(listed) == count == listed.nunique()


def test_search_finds_every_word_literally(reader: Reader) -> None:
    case = reader.list_cases(YEAR, page_size=1).iloc[0]
    found = reader.list_cases(CaseFilter(text=f"{case.case_id} {case.title[:2]}"))
    assert found["case_id"].tolist() == [case.case_id]
    assert reader.list_cases(CaseFilter(text="%")).empty
    detail = reader.get_case(case.case_id)
    assert detail is not None and detail["title"] == case.title


def test_comparison_equals_two_aggregates(reader: Reader) -> None:
    month = CaseFilter(period=Period(datetime(2022, 6, 1), datetime(2022, 7, 1)))
    year_ago = CaseFilter(period=Period(datetime(2021, 6, 1), datetime(2021, 7, 1)))
    found = reader.compare(["volume", "resolution_rate", "open"], month, "yoy").set_index("measure")
    current, base = (reader.aggregate(["volume", "resolution_rate"], where=w).iloc[0] for w in (month, year_ago))
    assert found.loc["volume", "change"] == pytest.approx(current["volume"] / base["volume"] - 1)
    assert found.loc["resolution_rate", "change"] == pytest.approx(current["resolution_rate"] - base["resolution_rate"])
    assert np.isnan(found.loc["open", "change"]) and "当前状态" in found.loc["open", "reason"]


def test_no_base_before_the_data_begins(reader: Reader) -> None:
    early = CaseFilter(period=Period(datetime(2021, 2, 1), datetime(2021, 3, 1)))
    found = reader.compare(["volume"], early, "yoy").iloc[0]
    assert np.isnan(found["change"]) and found["reason"] == "数据没有覆盖比较期"


def test_options_come_by_volume(reader: Reader) -> None:
    found = reader.aggregate(["volume"], ["street"], YEAR).set_index("street")["volume"]
    volumes = [found[name] for name in reader.options("street", YEAR)]
    assert volumes == sorted(volumes, reverse=True) and len(volumes) == len(found)


def test_who_sees_some_streets_divides_by_the_people_there(reader: Reader) -> None:
    known = [street for street in reader.profile.streets if street.population][:3]
    streets = tuple(street.name for street in known)
    mine = dataclasses.replace(reader, scope=CaseFilter(street=streets))
    people = sum(street.population or 0 for street in known)
    hotline = reader.count(CaseFilter(street=streets, source=("hotline",)))
    assert people and mine.figure("per_10k") == pytest.approx(hotline / (people / 1e4))
    assert mine.figure("per_10k", CaseFilter(street=streets[:1])) == reader.figure(
        "per_10k", CaseFilter(street=streets[:1])
    )
    community = dataclasses.replace(reader, scope=CaseFilter(community=(reader.profile.communities[0].name,)))
    grid = dataclasses.replace(reader, scope=CaseFilter(source=("grid",)))
    assert np.isnan(community.figure("per_10k")) and np.isnan(grid.figure("per_10k"))


@pytest.mark.slow
def test_what_no_source_tells_is_unknown_and_no_zero(tmp_path: Path, profile: Profile) -> None:
    """No deadline: nobody knows what is late. Neither closings nor a status: nobody knows what is open."""
    counts = ["open", "closed", "overdue", "overdue_open"]
    for name, columns, values, known in (
        ("bare", "", "", []),
        ("status", ",状态", ",办理中", ["open", "closed"]),
        ("ends", ",办结时间", ",2022-03-02 09:00", ["open", "closed"]),
        ("deadline", ",办结时间,截止时间", ",2022-03-02 09:00,2022-03-08 09:00", counts),
    ):
        store, file = store_for(f"duckdb:///{tmp_path / name}"), tmp_path / f"{name}.csv"
        rows = "".join(f"{number},2022-03-01 09:00{values}\n" for number in (1, 2))
        file.write_text(f"工单编号,来电时间{columns}\n{rows}", encoding="utf-8")
        import_file(file, profile=profile, store=store)
        reader = Reader.of(store, profile)
        whole = reader.aggregate(counts)
        assert len(whole) == 1 and [count for count in counts if not np.isnan(whole[count].iloc[0])] == known, name
        nothing = reader.aggregate(["overdue"], (), CaseFilter(street=("无",)))["overdue"]
        assert len(nothing) == 1 and (not known or nothing.iloc[0] == 0)  # of no case none is late


def test_the_stretches_of_a_day_come_in_their_order(reader: Reader) -> None:
    named = [band.name for band in reader.profile.settings.clock.hour_bands]
    found = reader.aggregate("volume", "hour_band")["hour_band"].tolist()
    assert found == [name for name in named if name in found] and len(found) > 2


def test_days_and_hours_are_told_by_their_kind(reader: Reader) -> None:
    """As the calendar and the clock say, case by case."""
    days = reader.aggregate(["volume"], ["day"])
    kinds = days["day"].map(
        lambda day: "工作日" if is_working_day(day.date()) else "节假日" if day.weekday() < 5 else "周末"
    )
    told = reader.aggregate(["volume"], ["kind_of_day"]).set_index("kind_of_day")["volume"]
    assert told.to_dict() == days["volume"].groupby(kinds).sum().to_dict() and set(told.index) == {
        "工作日",
        "节假日",
        "周末",
    }
    hours = reader.aggregate(["volume"], ["hour", "hour_band"])
    bands = reader.profile.settings.clock.hour_bands
    for hour, band in zip(hours["hour"], hours["hour_band"], strict=True):
        assert band == next((one.name for one in reversed(bands) if hour >= one.start), bands[-1].name)
