"""The district's own measures: as many cases as Python counts, on every engine; what is wrong with one stays with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from data_access import CaseFilter, Period, Reader, UnknownName, catalog, current_profile, open_reader
from data_access.cases import expressions
from data_access.cases.measures import BUILT_IN, MEASURES
from data_access.cases.moving import move
from data_access.cases.own import in_use, measures_of, own_of
from data_access.cases.schema import cases
from data_access.district import profile as profile_module
from data_access.district.own_measures import read_measures
from data_access.district.profile import Profile
from questions.asking.grammar import understood
from tests.cities import DISTRICTS, city
from tests.data_access.cases.test_engines import emptied, unwatched

YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
DAY = timedelta(days=1)
Count = Callable[[pd.DataFrame, datetime], "pd.Series[bool]"]
# A condition as it is written, and as pandas has it.
WRITTEN: dict[str, Count] = {
    "hours(created_at, closed_at) <= 24": lambda c, now: c["closed_at"] - c["created_at"] <= DAY,
    "not (hours(created_at, closed_at) <= 24)": lambda c, now: ~(c["closed_at"] - c["created_at"] <= DAY),
    "closed and hours(created_at, closed_at) > 12.5": lambda c, now: (c["is_closed"] == 1)
    & (c["closed_at"] - c["created_at"] > timedelta(hours=12.5)),
    "0 <= hours(created_at, dispatched_at) * 60 < 30": lambda c, now: (
        c["dispatched_at"] - c["created_at"]
    ).between(timedelta(0), timedelta(minutes=30), inclusive="left"),
    "days(created_at, as_of) >= 30 and open": lambda c, now: (now - c["created_at"] >= 30 * DAY) & (c["is_closed"] == 0),
    "hour(created_at) >= 22 or hour(created_at) < 6": lambda c, now: ~c["created_at"].dt.hour.between(6, 21),
    "weekday(created_at) in (6, 7)": lambda c, now: c["created_at"].dt.weekday >= 5,
    "year(created_at) == 2022 and created_at < '2022-07-01'": lambda c, now: c["created_at"].between(
        datetime(2022, 1, 1), datetime(2022, 7, 1), inclusive="left"
    ),
    "source == 'hotline' and category1 not in ('住房', '市容环卫')": lambda c, now: (c["source"] == "hotline")
    & ~c["category1"].isin(["住房", "市容环卫"]),
    "due_at < closed_at": lambda c, now: c["due_at"] < c["closed_at"],
    "known(due_at) and not known(unit) or known(closed_at)": lambda c, now: c["due_at"].notna() & (c["unit"] == "")
    | c["closed_at"].notna(),
    "is_repeat and not is_excluded": lambda c, now: (c["is_repeat"] == 1) & (c["is_excluded"] != 1),
    "rework_count + 1 > 1 or reworked": lambda c, now: c["rework_count"] > 0,
    "unit_type != '街道' and is_contacted in (-1, 0)": lambda c, now: (c["unit_type"] != "街道")
    & c["is_contacted"].isin([-1, 0]),
    "all": lambda c, now: c["case_id"].notna(),
}  # fmt: skip


def toml(name: str, numerator: str, denominator: str = "", **more: str) -> str:
    said = {"name": name, "label": f"指标{name}", "unit": "%" if denominator else "件", "definition": "试一试的指标",
            "numerator": numerator, **({"denominator": denominator} if denominator else {}), **more}  # fmt: skip
    return "[[measures]]\n" + "".join(f'{key} = "{value}"\n' for key, value in said.items())


def having(profile: Profile, *measures: str) -> Profile:
    return profile.model_copy(update={"own": read_measures("\n".join(measures))})


@pytest.fixture(scope="module")
def everything(reader: Reader) -> pd.DataFrame:
    return reader.read(select(*cases.c).where(cases.c.is_void == 0))


@pytest.fixture(scope="module", params=["duckdb", "postgres", "clickhouse"])
def somewhere(
    request: pytest.FixtureRequest, reader: Reader, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reader]:
    if request.param == "duckdb":
        yield reader
        return
    with emptied(request.param, request, tmp_path_factory.mktemp("kept")) as store:
        move(reader.store, store, unwatched)
        yield Reader.of(store, reader.profile)


def test_24_hours_in_six_lines_equal_python_for_every_street(somewhere: Reader, everything: pd.DataFrame) -> None:
    counted = everything[
        (somewhere.as_of - everything["created_at"] >= DAY)
        & ((everything["is_closed"] == 0) | everything["closed_at"].notna())
    ]
    soon = counted["closed_at"] - counted["created_at"] <= DAY
    expected = soon.groupby(counted["street"]).mean().sort_index()
    found = somewhere.aggregate("closed_24h_rate", "street").set_index("street")["closed_24h_rate"]
    assert len(found) >= 17 and found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_every_condition_counts_what_python_counts(somewhere: Reader, everything: pd.DataFrame) -> None:
    written = [toml(f"tried_{place}", text) for place, text in enumerate(WRITTEN)]
    asked = Reader.of(somewhere.store, having(somewhere.profile, *written))
    assert not own_of(asked.profile).problems
    names = list(own_of(asked.profile).measures)
    found = asked.aggregate(names, "source").set_index("source")
    for name, (text, counts) in zip(names, WRITTEN.items(), strict=True):
        expected = counts(everything, asked.as_of).groupby(everything["source"]).sum()
        assert found[name].to_dict() == expected.to_dict(), text


def test_a_citys_measures_and_statements_know_the_district(somewhere: Reader, tmp_path: Path) -> None:
    town = having(
        city(tmp_path), toml("one_two", "district in ('甲区', '乙区')"), toml("others", "district != '甲区'"),
        toml("of_none", "not known(district)"),
    )  # fmt: skip
    asked = Reader.of(somewhere.store, town)
    assert not own_of(town).problems
    told = {name: asked.figure(name) for name in own_of(town).measures}
    counts = {name: asked.count(CaseFilter(district=(name,))) for name in (*DISTRICTS, "")}
    one, two, _, none = counts.values()
    assert told == {"one_two": one + two, "others": asked.count() - one, "of_none": none} and one and two
    found = asked.sql("SELECT district, count(*) AS n FROM cases WHERE is_void = 0 GROUP BY 1")
    assert found.set_index("district")["n"].to_dict() == {name: count for name, count in counts.items() if count}


def test_a_rate_counts_only_what_it_is_set_against(reader: Reader) -> None:
    asked = Reader.of(reader.store, having(reader.profile, toml("odd_rate", "all", "source == 'grid'")))
    assert asked.figure("odd_rate", YEAR) == 1 and np.isnan(asked.figure("odd_rate", CaseFilter(source="hotline")))
    months = asked.aggregate(
        "closed_24h_rate" if "closed_24h_rate" in measures_of(asked.profile) else "odd_rate", "month"
    )
    assert {"odd_rate__num", "odd_rate__den"} <= set(months)


def test_it_is_compared_with_an_interval_and_taken_back_to_its_age(reader: Reader) -> None:
    measure = measures_of(reader.profile)["closed_24h_rate"]
    assert measure.dated_by == ("closed_at",) and not measure.is_snapshot
    month = CaseFilter(period=Period(datetime(2022, 12, 20), datetime(2023, 1, 10)))
    change = reader.changes(measure.name, month, "previous")[measure.name]
    assert change.is_known and change.low < change.change < change.high
    streets = reader.compare_groups(measure.name, "street", month, "previous")
    assert len(streets) > 10 and streets["is_sure"].dtype == bool
    before = reader.seen_at(datetime(2022, 6, 20, 10)).figure(measure.name, YEAR)
    assert 0 < before < 1 and before != reader.figure(measure.name, YEAR)


def test_what_no_source_tells_is_unknown(reader: Reader) -> None:
    counts = having(
        reader.profile, toml("soon", "hours(created_at, closed_at) <= 24"), toml("per_head", "all", unit="件/万人")
    )
    asked = Reader.of(reader.store, counts)
    assert own_of(counts).measures["soon"].is_count and asked.figure("soon") > 0
    people = reader.profile.settings.district.population
    assert people and asked.figure("per_head", YEAR) == pytest.approx(reader.count(YEAR) / (people / 1e4))


WRONG = {
    "a comma is missing": (toml("broken", "category1 in ('a', 'b')").replace('label = "', 'label = '), "", "少了引号、逗号或等号"),
    "a list that is not closed": ('[[measures]]\nname = "broken"\nunits = ["%" "件"]\n', "", "少了引号、逗号或等号"),
    "no label": (toml("broken", "all").replace("label", "lable"), "label", "必须写"),
    "a field too many": (toml("broken", "all", units="件"), "units", "最接近的：unit"),
    "an unknown unit": (toml("broken", "all", unit="次"), "unit", "只能是"),
    "a share of nothing": (toml("broken", "all", unit="%"), "unit", "有 denominator 的写 %"),
    "a strange name": (toml("坏指标", "all"), "name", "小写字母"),
    "an unknown column": (toml("broken", "clsed_at > created_at"), "numerator", "closed_at（办结时间）"),
    "a person": (toml("broken", "caller_key != ''"), "numerator", "没有名为“caller_key”的字段"),
    "two kinds": (toml("broken", "created_at > 5"), "numerator", "created_at 是时间，5 是数"),
    "no condition": (toml("broken", "hours(created_at, closed_at)"), "numerator", "是数，这里要的是条件"),
    "no field": (toml("broken", "1 + 1 == 2"), "numerator", "里没有字段"),
    "SQL": (toml("broken", "closed_at IS NOT NULL"), "numerator", "读不懂"),
    "a call": (toml("broken", "__import__('os')"), "numerator", "没有 __import__"),
    "an attribute": (toml("broken", "street.__class__"), "numerator", "不能写 street.__class__"),
    "a lambda": (toml("broken", "(lambda: 1)() == 1"), "numerator", "没有"),
    "a division": (toml("broken", "rework_count / 0 > 1"), "numerator", "只有 +、-、*"),
    "a date that is none": (toml("broken", "created_at > '去年'"), "numerator", "不是时间"),
    "too long": (toml("broken", " or ".join(f"unit=='{n}'" for n in range(40))), "numerator", "至多 500 个字"),
    "a measure's name": (toml("volume", "all"), "name", "已有名为“volume”的指标"),
    "a column's name": (toml("street", "all"), "name", "换一个"),
    "a measure's label": (toml("broken", "all", label="受理量"), "label", "已是 volume 的名称"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_broken_measure_is_named_and_the_others_go_on(reader: Reader, wrong: str) -> None:
    text, field, reason = WRONG[wrong]
    good = toml("good_one", "all", label="好的一个"), toml("last_one", "is_closed == 1", label="最后一个")
    profile = having(reader.profile, "# 说明", good[0], text, good[1])
    own = own_of(profile)
    assert list(own.measures) == ["good_one", "last_one"] and len(own.problems) == 1
    (problem,) = own.problems
    first = 2 + good[0].count("\n") + 1
    assert problem.field == field and reason in str(problem) and first <= problem.line <= first + text.count("\n")
    if problem.name not in BUILT_IN:
        with pytest.raises(UnknownName):
            Reader.of(reader.store, profile).aggregate(problem.name or "broken")
    assert Reader.of(reader.store, profile).figure("good_one") == reader.count()


def test_of_two_with_one_name_the_second_is_refused(reader: Reader) -> None:
    own = own_of(having(reader.profile, toml("twice", "all", label="甲的"), toml("twice", "closed", label="乙的")))
    assert [one.label for one in own.measures.values()] == ["甲的"] and own.problems[0].line == 9


def test_what_stands_outside_of_a_measure_is_named(reader: Reader) -> None:
    own = own_of(having(reader.profile, "unit = '%'", toml("good_one", "all", label="好的一个")))
    assert list(own.measures) == ["good_one"] and "只能有 [[measures]]" in str(own.problems[0])


@pytest.fixture
def own_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a district that somebody edits while it is in use."""
    folder = tmp_path / "profiles" / "dongcheng"
    shutil.copytree(profile_module.PROFILES / "dongcheng", folder)
    monkeypatch.setattr(profile_module, "PROFILES", folder.parent)
    profile_module._loaded.cache_clear()
    yield folder
    profile_module._loaded.cache_clear()
    monkeypatch.undo()
    in_use(current_profile("dongcheng"))


def test_it_is_there_at_the_next_reader_without_a_restart(own_profile: Path, reader: Reader) -> None:
    url, file = f"duckdb:///{reader.store.folder}", own_profile / "measures.toml"
    before = open_reader(url=url, profile="dongcheng")
    file.write_text(toml("night_count", "hour(created_at) < 6", label="凌晨受理"), encoding="utf-8")
    after = open_reader(url=url, profile="dongcheng")
    assert "night_count" in MEASURES and "closed_24h_rate" not in MEASURES
    night = after.figure("night_count")
    assert night == reader.count(CaseFilter(hour=tuple(range(6)))) > 0
    with pytest.raises(UnknownName):
        before.aggregate("night_count")
    file.write_text(toml("night_count", "hour(created_at) < 5", label="凌晨受理"), encoding="utf-8")
    assert open_reader(url=url, profile="dongcheng").figure("night_count") < night
    file.unlink()
    assert open_reader(url=url, profile="dongcheng").profile.own.text == ""
    assert open_reader(url=url, profile="dongcheng").profile is open_reader(url=url, profile="dongcheng").profile


def test_it_can_be_asked_for_in_a_sentence(reader: Reader) -> None:
    question = understood(reader, "上个月各街道24小时办结率")
    assert question.measure == "closed_24h_rate" and question.by == "street" and question.is_understood


def test_the_catalogue_lists_what_can_be_asked_with_its_sentence(profile: Profile) -> None:
    frame = catalog(profile=profile).frame
    own = frame[frame["kind"] == "本区指标"]
    assert own["name"].tolist() == ["closed_24h_rate", "excluded_rate"] and "÷" in own["sentence"].iloc[0]
    assert {*BUILT_IN, "street", "last30", "overdue", "yoy", "hours"} <= set(frame["name"])
    assert (frame[frame["kind"] != "写错的指标"]["label"] != "").all() and (frame["sentence"] != "").all()
    assert catalog("解决率", profile=profile).frame["name"].tolist()[:2] == ["resolution_rate", "resolution_rate_all"]
    printed = repr(catalog("24小时", profile=profile))
    assert "closed_24h_rate" in printed and "本区指标" in printed and len(printed.splitlines()) == 2
    assert "写错的指标" in repr(catalog(profile=having(profile, toml("broken", "x > 1"))))


def test_every_word_of_the_language_can_be_written() -> None:
    for words, kind in expressions.VOCABULARY:
        for name in words:
            written = {
                "时间": f"known({name})",
                "文字": f"{name} == 'x'",
                "是否": name,
                "数": f"{name} > 0",
                "条件": name,
            }
            if kind in written:
                expressions.read(written[kind])
