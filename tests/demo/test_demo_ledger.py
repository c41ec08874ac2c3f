"""The demo district's ledger: written by the rules, true to its cases, the published figures in it, same seed same events."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select, text

import demo
from commands import main
from data_access.cases.filters import CaseFilter, filter_from_data
from data_access.cases.reader import Reader, open_reader
from data_access.district.people import Actor, Refused
from data_access.district.periods import Period, course
from data_access.district.profile import Profile, ProfileError
from data_access.district.worktime import working_hours
from data_access.ledger.ledger import Ledger
from data_access.ledger.machine import light
from data_access.ledger.opening import open_ledger
from data_access.ledger.pen import cases_of
from data_access.ledger.schema import OPEN, matter_events, matters
from demo import ledger_file
from demo.ledger_settings import load_ledger
from questions.effect import effect
from tests.conftest import SMALL
from tests.demo.writing import checked, rows, written

pytestmark = pytest.mark.slow

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def ledger(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    found = written(reader, tmp_path_factory.mktemp("ledger"), SMALL)
    yield found
    found.engine.dispose()


def told(ledger: Ledger) -> pd.DataFrame:
    """Every event with the kind of its matter, in the chain's order."""
    statement = select(matter_events, matters.c.kind, matters.c.title).join_from(
        matter_events, matters, matters.c.matter_id == matter_events.c.matter_id
    )
    with ledger.engine.connect() as connection:
        return pd.read_sql(statement.order_by(matter_events.c.seq), connection)


def with_cases(ledger: Ledger, reader: Reader, kind: str) -> pd.DataFrame:
    """Grain: one row per matter and case it names; the case's columns end in _case."""
    found = rows(ledger, kind)
    found["case_id"] = [cases_of(row).case_id for row in found.to_dict("records")]  # type: ignore[union-attr]
    found = found.explode("case_id")
    with reader.store.reading() as connection:
        cases = pd.read_sql(text("SELECT * FROM cases WHERE source = 'hotline'"), connection)
    joined = found.merge(cases, on="case_id", how="left", suffixes=("", "_case"))
    assert joined["created_at"].notna().all(), "a matter names a case that is not there"
    return joined


def test_the_chain_is_whole_and_goes_forward_until_the_datas_clock(ledger: Ledger, reader: Reader) -> None:
    assert not checked(ledger).broken
    events = told(ledger)
    assert events["at"].is_monotonic_increasing
    assert events["at"].max() <= reader.as_of
    # Alarms are the machine's: it opens them when it looks at the cases.
    assert set(events["kind"]) == {one.kind for one in ledger.profile.programmes.programmes} - {"alarm"}


def test_people_work_in_office_hours(ledger: Ledger) -> None:
    """Only what a whistle calls for happens at any hour."""
    office, events = ledger.profile.programmes.office, told(ledger)
    calm = events[events["kind"] != "whistle_call"]["at"].dt.to_pydatetime()
    assert all(working_hours(at - SECOND, at + SECOND, office) > 0 for at in calm)
    assert events["at"].dt.hour.between(6, 23).mean() > 0.999


def test_who_acts_is_one_of_the_profiles_people(ledger: Ledger) -> None:
    people = {(one.name, one.role) for one in ledger.profile.people}
    events = told(ledger)
    assert set(zip(events["who"], events["role"], strict=True)) <= people
    care = events["kind"] == "care"
    assert set(events[care]["who"]) == set(ledger.profile.programmes.care.users)
    assert not set(events[~care]["who"]) & set(ledger.profile.programmes.care.users)


@pytest.mark.parametrize("kind", ["supervision", "whistle", "patrol"])
def test_a_matter_is_about_cases_that_came_before_it(ledger: Ledger, reader: Reader, kind: str) -> None:
    found = with_cases(ledger, reader, kind)
    assert (found["created_at"] < found["opened_at"]).all()


def test_an_order_presses_for_a_true_reason(ledger: Ledger, reader: Reader) -> None:
    found = with_cases(ledger, reader, "supervision")
    assert (found["first_unit"] == found["unit_case"]).all()
    assert found["case_id"].is_unique
    still_open = found["closed_at"].isna() | (found["closed_at"] > found["opened_at"])
    reasons = {
        "已经逾期": (found["due_at_case"] < found["opened_at"]) & still_open,
        "即将逾期": (found["due_at_case"] > found["opened_at"]) & still_open,
        "返工": (found["rework_count"] > 0) & still_open,
        "不满意": found["satisfaction"].isin(["不满意", "非常不满意"]) & (found["callback_at"] < found["opened_at"]),
        "多次重复": found["is_repeat"] == 1,
    }
    assert set(found["reason"]) & set(reasons)
    for reason, holds in reasons.items():
        assert holds[found["reason"] == reason].all(), reason


def test_some_orders_are_going_and_show_a_light(ledger: Ledger, reader: Reader) -> None:
    profile, found = ledger.profile, rows(ledger, "supervision")
    programme, now = profile.programme("supervision"), reader.as_of
    going = found[~found["stage"].map(programme.is_over)]
    assert len(going)
    for row in going.itertuples():
        assert light(programme, row.stage, row.due_at, now, profile.programmes.office)


def test_a_whistle_calls_departments_that_come_and_are_scored(ledger: Ledger) -> None:
    profile, whistles, calls = ledger.profile, rows(ledger, "whistle"), rows(ledger, "whistle_call")
    assert calls.groupby("parent").size().reindex(whistles["matter_id"]).between(2, 5).all()
    assert not set(calls["unit"]) & {one.name for one in profile.streets}
    assert not calls.duplicated(["parent", "unit"]).any()
    over = calls[calls["stage"] == "已评定"]
    assert len(over) and (over[["promptness", "duty", "outcome"]] != "").all(axis=None)
    came = over[over["arrived_at"] != ""]
    assert (pd.to_datetime(came["arrived_at"]) >= came["opened_at"].dt.floor("min")).all()


def test_the_hard_cases_of_2022_are_all_settled_in_2022(ledger: Ledger) -> None:
    found, parts = rows(ledger, "hard_case"), rows(ledger, "milestone")
    done, coming = found[found["year"] == "2022"], found[found["year"] == "2023"]
    assert len(done) == 28 and set(done["stage"]) == {"销账"} and done["changed_at"].max() < datetime(2023, 1, 1)
    assert set(done["leader"]) == {"区领导甲", "区领导乙"} and (done["budget"].astype(float) > 0).all()
    assert done["title"].is_unique and set(done["dimension"]) == {"人群", "区域", "事项", "行业", "社区"}
    assert parts.groupby("parent").size().reindex(done["matter_id"]).between(3, 5).all()
    assert set(parts["stage"]) == {"完成"}
    events = told(ledger)
    assert events[events["move"] == "dispatch"].groupby("matter_id").size().reindex(done["matter_id"]).min() >= 6
    assert 6 <= len(coming) <= 8 and set(coming["stage"]) <= {"待启动", "数据分析", "路径研判"}


def test_a_hard_case_was_chosen_on_true_figures(ledger: Ledger, reader: Reader) -> None:
    years = {str(one.year): one for one in load_ledger(ledger.profile).hard_case.years}
    for row in rows(ledger, "hard_case").to_dict("records"):
        where, year = cases_of(row), years[row["year"]]
        assert where
        span = Period(*(datetime.combine(day, datetime.min.time()) for day in year.evidence))
        known = reader.count(where.replace(period=span))
        assert f"热线诉求{known}件" in row["evidence"]
        assert year.opened[0] <= row["opened_at"].date()


def test_every_topic_has_its_plan_three_lists_and_a_report_a_month(ledger: Ledger, reader: Reader) -> None:
    found, items = rows(ledger, "topic"), rows(ledger, "topic_item")
    assert found["year"].value_counts().to_dict() == {"2022": 13, "2021": 5}
    assert (found["plan"] != "").all() and set(found["stage"]) == {"完成"}
    lists = items.groupby("parent")["list"].agg(set).reindex(found["matter_id"])
    assert all(one == {"任务清单", "责任清单", "政策清单"} for one in lists)
    assert items.groupby("parent").size().between(6, 10).all()
    reports = told(ledger).query("move == 'progress'")
    assert reports.groupby("matter_id").size().reindex(found["matter_id"]).eq(11).all()
    for row in found[found["year"] == "2022"].to_dict("records"):
        first = reports[reports["matter_id"] == row["matter_id"]].iloc[0]
        now, base = (
            _volume(reader, cases_of(row), datetime(year, 1, 1), datetime(year, 2, 1)) for year in (2022, 2021)
        )
        assert first["text"].startswith(f"1月诉求{now}件，上年同期{base}件")


def _volume(reader: Reader, where: CaseFilter | None, start: datetime, end: datetime) -> int:
    assert where
    return reader.count(where.replace(period=Period(start, end)))


def test_only_what_was_found_is_filed(ledger: Ledger) -> None:
    found = rows(ledger, "patrol")
    filed = found[found["stage"].isin(["已立案", "办结"])]
    assert len(filed) and set(filed["finding"]) <= {"属实", "部分属实"}
    assert (filed["unit"] != "").all() and (found[found["stage"] == "待核实"]["finding"] == "").all()


def test_care_tells_nothing_personal_and_is_refused_while_it_is_off(ledger: Ledger, reader: Reader) -> None:
    found = rows(ledger, "care")
    with reader.store.reading() as connection:
        keys = set(connection.execute(text("SELECT DISTINCT caller_key FROM cases")).scalars())
    assert set(found["caller"]) <= keys and found["caller"].is_unique
    assert found["title"].nunique() == 1 and set(found["cases"]) == {"{}"}
    user = Actor(ledger.profile.programmes.care.users[0], "指挥中心")
    with pytest.raises(Refused):
        ledger.matters("care", viewer=user)


def test_no_personal_data(ledger: Ledger) -> None:
    events = told(ledger)
    said = (
        events["title"] + events["text"] + events[events["move"] != OPEN]["fields"].reindex(events.index, fill_value="")
    )
    assert not said.str.contains(re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx]")).any()


def test_what_was_decided_can_be_measured(ledger: Ledger, reader: Reader) -> None:
    done = rows(ledger, "hard_case").query("stage == '销账'")
    measured = 0
    for row in done.to_dict("records"):
        days = course(row["opened_at"], row["changed_at"], 90, 90, reader.span)
        assert days
        found = effect(reader, filter_from_data(json.loads(row["cases"])), days).set_index("measure")
        measured += int(found.loc["volume", "after"] > 0)
    assert measured >= len(done) / 3  # a fiftieth of the cases leaves some spots without any


def test_same_seed_same_events(reader: Reader, ledger: Ledger, tmp_path: Path) -> None:
    again, other = (written(reader, tmp_path, SMALL, seed) for seed in (2022, 7))
    assert told(again)["hash"].tolist() == told(ledger)["hash"].tolist()
    assert told(other)["hash"].iloc[-1] != told(ledger)["hash"].iloc[-1]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: Profile) -> Reader:
    """A tiny demo district with its ledger, to be changed."""
    monkeypatch.delenv("LEDGER_URL", raising=False)
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path / 'store'}")
    demo.generate_all(open_reader(profile=profile).store, profile, scale=0.002)
    return open_reader(profile=profile)


def try_out(ledger: Ledger) -> None:
    ledger.open_matter(
        ledger.profile.programme("supervision"), Actor("值班长甲", "指挥中心"), "试",
        fields={"unit": "区房屋管理局", "reason": "其他", "level": "督办"},
    )  # fmt: skip


def test_the_ledger_stands_beside_the_store_and_is_replaced_as_a_whole(own: Reader) -> None:
    before = open_ledger(own)
    count = checked(before).events
    assert count and not demo.ledger_is_missing(own)
    try_out(before)
    assert demo.write_ledger(own) == count
    after = open_ledger(own)
    assert after.engine is not before.engine and checked(after).events == count and not checked(after).broken
    assert {path.name for path in own.store.folder.glob("*ledger*")} <= {
        "demo-ledger.db", "demo-ledger.db.lock", "demo-ledger.db-wal", "demo-ledger.db-shm",
        "demo-ledger.head", "demo-ledger.head.lock", "ledger.key",
    }  # fmt: skip


def test_a_crash_leaves_the_old_ledger(own: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    count = checked(open_ledger(own)).events

    def crash(ledger: Ledger, *_: object, **__: object) -> int:
        try_out(ledger)
        raise OSError("disk full")

    monkeypatch.setattr(ledger_file, "decide", crash)
    with pytest.raises(OSError, match="disk full"):
        demo.write_ledger(own)
    assert checked(open_ledger(own)).events == count
    assert not [path for path in own.store.folder.iterdir() if path.is_dir()]


def test_if_missing_makes_the_ledger_that_is_missing(own: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    count = checked(open_ledger(own)).events
    assert main(["demo", "--if-missing"]) == 0
    assert capsys.readouterr().out == ""
    (own.store.folder / "demo-ledger.db").rename(own.store.folder / "moved.db")
    assert main(["demo", "--if-missing"]) == 0
    assert f"{count:,}" in capsys.readouterr().out
    assert checked(open_ledger(own)).events == count and own.store.version == own.version


def test_a_ledger_elsewhere_is_filled_only_when_empty(
    own: Reader, ledger_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = checked(open_ledger(own)).events
    monkeypatch.setenv("LEDGER_URL", ledger_url)
    assert main(["demo", "--if-missing"]) == 0
    assert f"{beside:,}" in capsys.readouterr().out
    elsewhere = open_ledger(own)
    assert checked(elsewhere).events == beside and not checked(elsewhere).broken
    assert main(["demo", "--scale", "0.002"]) == 0
    assert "未写入" in capsys.readouterr().out
    assert checked(elsewhere).events == beside
    elsewhere.engine.dispose()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [("[kinds.topic.steps.launch]", "launched"), ("[kinds.topic]", "topics"), ('role = "区领导"', "区长")],
)
def test_a_slip_in_the_file_is_named(tmp_path: Path, profile: Profile, wrong: str, named: str) -> None:
    rules = (profile.folder / "demo_ledger.toml").read_text(encoding="utf-8")
    new = {"launched": "[kinds.topic.steps.launched]", "topics": "[kinds.topics]", "区长": 'role = "区长"'}[named]
    assert wrong in rules
    (tmp_path / "demo_ledger.toml").write_text(rules.replace(wrong, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=named):
        load_ledger(profile.model_copy(update={"folder": tmp_path}))
