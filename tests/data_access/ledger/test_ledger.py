"""The ledger: what the rules allow and refuse, for every programme, and what belongs together."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from data_access.cases.filters import CaseFilter, filter_as_data, filter_from_data
from data_access.district.people import Actor, Refused, may_care
from data_access.district.periods import Period
from data_access.district.profile import Profile, current_profile
from data_access.district.programmes import VOID, FieldRule, Move, Programme, Programmes
from data_access.ledger import pen as pen_module
from data_access.ledger.audit import verify
from data_access.ledger.engine import engine_at
from data_access.ledger.ledger import Ledger
from data_access.ledger.machine import Overtaken, check_fields, light, reminder
from data_access.ledger.pen import cases_of
from data_access.ledger.schema import matter_events, matters
from tests.data_access.ledger.stories import CASES, CENTRE, FIELDS, NOW, UNIT, lived, opened


def test_a_matter_lives_through_its_stages(ledger: Ledger, programme: Programme) -> None:
    number = lived(ledger, programme)
    row = ledger.matters("supervision", NOW).iloc[0]
    assert (row["matter_id"], row["stage"], row["reply"], row["events"], row["light"]) == (
        number,
        "办结",
        "重做防水",
        6,
        "",
    )
    told = ledger.events(number)
    assert told["stage"].tolist() == ["待签收", "办理中", "待核查", "办理中", "待核查", "办结"]
    assert told["who"].tolist()[:2] == ["指挥员甲", "经办乙"] and told["text"].tolist()[3] == "仍在漏"
    assert verify(ledger.engine).events == 6 and not verify(ledger.engine).broken


def test_what_is_kept_of_matters_follows_every_writer_and_the_clock(ledger: Ledger, programme: Programme) -> None:
    number = opened(ledger, programme)
    due = ledger.matters(programme.kind, NOW).iloc[0]["due_at"]
    own = ledger.matters(programme.kind, NOW)
    own["title"] = "改了自己的那份"
    assert ledger.matters(programme.kind, NOW).iloc[0]["title"] != "改了自己的那份"
    assert [ledger.matters(programme.kind, due + timedelta(hours=hours)).iloc[0]["light"] for hours in (-1000, 1)] == [
        "绿", "红"]  # fmt: skip
    another = Ledger(engine_at(ledger.engine.url.render_as_string(hide_password=False)), ledger.profile)
    another.move(number, "receive", UNIT, seen=1)
    assert ledger.matters(programme.kind, NOW).iloc[0]["stage"] == "办理中"


@pytest.fixture(scope="module")
def open_to_all(profile: Profile) -> Profile:
    """The shipped rules with care switched on, for one person."""
    care = profile.programmes.care.model_copy(update={"enabled": True, "users": ("乙",)})
    return profile.model_copy(update={"programmes": profile.programmes.model_copy(update={"care": care})})


def full_fields(programme: Programme, unit: str) -> dict[str, str]:
    """Something in every field that may be filled; every unit and street is `unit`."""
    values = {"unit": unit, "street": unit, "number": "2022", "score": "3", "day": "2022-05-01", "text": "有"}
    values["secret"] = values["text"]
    return {one.name: one.options[0] if one.options else values[one.kind]
            for one in programme.fields if one.kind != "moment" and not one.copies}  # fmt: skip


def may(rules: Programmes, programme: Programme, stage: str, move: Move, who: Actor, unit: str) -> bool:
    """What the profile's file says, read anew: not by the machine's own functions."""
    from_here = stage in move.from_ if move.from_ else stage not in (*programme.ends, VOID)
    at_home = not move.own or who.role in rules.everywhere or who.unit == unit
    return (
        from_here and who.role in move.roles and at_home and (not programme.restricted or who.name in rules.care.users)
    )


KINDS = [one.kind for one in current_profile("dongcheng").programmes.programmes]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_move_that_the_rules_do_not_name_is_refused(tmp_path: Path, open_to_all: Profile, kind: str) -> None:
    """Every stage, role, unit and move: taken when the rules say so, refused otherwise, and then nothing is written."""
    programme, ledger = open_to_all.programme(kind), Ledger.at(f"sqlite:///{tmp_path / 'ledger.db'}", open_to_all)
    rules, tried, taken = open_to_all.programmes, 0, 0
    everywhere = next(role for role in programme.opens if role in rules.everywhere)
    opener, full = Actor("乙", everywhere), full_fields(programme, "某局")
    for stage, role, unit, move in product((*programme.stages, VOID), rules.roles, ("某局", "别局"), programme.moves):
        who = Actor("乙", role, unit)
        with ledger.writing() as pen:
            above = open_to_all.programme(programme.parent) if programme.parent else None
            parent = pen.open(above, opener, "上", fields=full_fields(above, "某局")) if above else ""
            number = pen.open(programme, opener, "试", fields=full, parent=parent)
        with ledger.engine.begin() as connection:
            connection.execute(matters.update().where(matters.c.matter_id == number).values(stage=stage))
        # A field that may only rise is tried one higher.
        said = {**full, **{one.name: one.options[1] for one in programme.fields if one.rises}}
        allowed = may(rules, programme, stage, move, who, "某局")
        if allowed:
            with ledger.writing() as pen:
                pen.move(number, move.name, who, seen=1, text="有", fields=said)
            taken += 1
        else:
            with pytest.raises(Refused), ledger.writing() as pen:
                pen.move(number, move.name, who, seen=1, text="有", fields=said)
            with ledger.engine.connect() as connection:
                count = matter_events.select().where(matter_events.c.matter_id == number)
                assert len(connection.execute(count).all()) == 1, (stage, role, unit, move.name)
        tried += 1
    assert 0 < taken < tried
    with pytest.raises(Refused, match="没有“fly”这一步"), ledger.writing() as pen:
        pen.move(number, "fly", opener, seen=1)


def test_what_is_for_named_people_is_closed_to_all_others(
    tmp_path: Path, profile: Profile, open_to_all: Profile
) -> None:
    ledger, care = Ledger.at(f"sqlite:///{tmp_path / 'ledger.db'}", profile), profile.programme("care")
    listed, other = Actor("乙", "指挥中心"), Actor("甲", "区领导")
    fields = full_fields(care, "某局")
    for who, rules in ((other, open_to_all), (listed, profile)):
        with (
            pytest.raises(Refused, match="只对配置里列出姓名的人开放"),
            replace(ledger, profile=rules).writing() as pen,
        ):
            pen.open(care, who, "x", fields=fields)
    with replace(ledger, profile=open_to_all).writing() as pen:
        number = pen.open(care, listed, "x", fields=fields)
    for viewer in (None, other, listed):  # the shipped rules have it off
        with pytest.raises(Refused):
            ledger.matters("care", viewer=viewer)
        with pytest.raises(Refused):
            ledger.events(number, viewer=viewer)
    assert may_care(open_to_all.programmes, listed) and not may_care(open_to_all.programmes, None)
    assert ledger.matters("supervision").empty


def test_what_must_be_said_must_be_said(ledger: Ledger, programme: Programme) -> None:
    with pytest.raises(Refused, match="还缺：级别"):
        ledger.open_matter(programme, CENTRE, "x", fields={**FIELDS, "level": ""})
    with pytest.raises(Refused, match="只能是：催办、督办、提级"):
        ledger.open_matter(programme, CENTRE, "x", fields={**FIELDS, "level": "严办"})
    with pytest.raises(Refused, match="没有字段"):
        ledger.open_matter(programme, CENTRE, "x", fields={**FIELDS, "colour": "红"})
    with pytest.raises(Refused, match="由指挥中心、区领导发起"):
        ledger.open_matter(programme, UNIT, "x", fields=FIELDS)
    with pytest.raises(Refused, match="请写标题"):
        ledger.open_matter(programme, CENTRE, " ", fields=FIELDS)
    with pytest.raises(Refused, match="控制字符"):
        ledger.open_matter(programme, CENTRE, "a\x00b", fields=FIELDS)
    with pytest.raises(Refused, match="您是谁"):
        Actor(" ", "指挥中心")
    number = opened(ledger, programme)
    with pytest.raises(Refused, match="要写明情况"):
        ledger.move(number, "withdraw", CENTRE, seen=1)
    assert len(ledger.events(number)) == 1 and verify(ledger.engine).events == 1


def test_the_second_of_two_is_told_and_nothing_is_overwritten(ledger: Ledger, programme: Programme) -> None:
    number = opened(ledger, programme)
    ledger.move(number, "note", CENTRE, seen=1, text="先看到的")
    with pytest.raises(Overtaken, match="请刷新"):
        ledger.move(number, "receive", UNIT, seen=1)
    assert ledger.events(number)["text"].tolist() == ["", "先看到的"]


def test_lights_turn_by_the_profile(profile: Profile, programme: Programme) -> None:
    office = profile.programmes.office
    for hours, colour in ((25, "绿"), (24, "黄"), (5, "黄"), (4, "橙"), (0, "橙"), (-1, "红")):
        assert light(programme, "办理中", NOW + timedelta(hours=hours), NOW, office) == colour
    assert light(programme, "办结", NOW, NOW, office) == light(programme, "办理中", None, NOW, office) == ""
    assert light(programme, VOID, NOW, NOW, office) == ""


def test_lights_and_reminders_count_office_hours_where_the_profile_says_so(profile: Profile) -> None:
    part, office = profile.programme("milestone"), profile.programmes.office  # yellow at 40 office hours, orange at 8
    friday = datetime(2022, 6, 10, 17)
    for due, colour in (("2022-06-13T17:00", "橙"), ("2022-06-13T18:00", "黄"), ("2022-06-17T17:00", "黄"),
                        ("2022-06-17T17:30", "绿"), ("2022-06-10T16:59", "红")):  # fmt: skip
        assert light(part, "未完成", datetime.fromisoformat(due), friday, office) == colour, due
    # Past its deadline at night is past it, though no office hour has gone by since.
    night = datetime(2022, 6, 10, 22)
    assert light(part, "未完成", night, night + timedelta(hours=1), office) == "红"
    hard = profile.programme("hard_case")  # ten working days of 8 hours
    assert reminder(hard, "待启动", datetime(2022, 6, 6, 9), datetime(2022, 6, 17, 17), office) == ""
    assert (
        reminder(hard, "待启动", datetime(2022, 6, 6, 9), datetime(2022, 6, 17, 18), office) == "入库十个工作日未启动"
    )
    assert reminder(hard, "销账", datetime(2022, 6, 6, 9), datetime(2022, 8, 17, 18), office) == ""


def test_the_first_receiver_stays_and_the_ladder_only_rises(ledger: Ledger, programme: Programme) -> None:
    number = opened(ledger, programme)
    ledger.move(number, "transfer", CENTRE, seen=1, text="职责在别局", fields={"unit": "别局"})
    ledger.move(number, "escalate", CENTRE, seen=2, text="一直未办", fields={"level": "提级"})
    row = ledger.matters("supervision", NOW).iloc[0]
    assert (row["unit"], row["first_unit"], row["level"], row["stage"]) == ("别局", "某局", "提级", "待签收")
    with pytest.raises(Refused, match="只能升高，现在是提级"):
        ledger.move(number, "escalate", CENTRE, seen=3, text="退", fields={"level": "催办"})
    with pytest.raises(Refused, match="发起时已经记下"):
        ledger.move(number, "note", CENTRE, seen=3, text="改", fields={"first_unit": "别局"})
    with pytest.raises(Refused, match="由别局操作，您属于某局"):
        ledger.move(number, "receive", UNIT, seen=3)
    ledger.move(number, "receive", Actor("经办丙", "承办单位", "别局"), seen=3)
    assert not verify(ledger.engine).broken


def test_a_level_that_the_rules_no_longer_name_can_be_left(ledger: Ledger, programme: Programme) -> None:
    number = opened(ledger, programme)
    ledger.move(number, "escalate", CENTRE, seen=1, text="一直未办", fields={"level": "提级"})
    level = next(field for field in programme.fields if field.name == "level")
    fewer = level.model_copy(update={"options": tuple(one for one in level.options if one != "提级")})
    for said in ("", "提级"):
        with pytest.raises(Refused):
            check_fields(with_field(programme, fewer), {"level": said}, (), {"level": "提级"})
    check_fields(with_field(programme, fewer), {"level": fewer.options[0]}, (), {"level": "提级"})


def with_field(programme: Programme, field: FieldRule) -> Programme:
    fields = tuple(field if one.name == field.name else one for one in programme.fields)
    return programme.model_copy(update={"fields": fields})


STREET, BUREAU = Actor("街道甲", "街道", "某街道"), Actor("局乙", "承办单位", "某局")


def whistled(ledger: Ledger) -> tuple[str, str]:
    profile = ledger.profile
    with ledger.writing() as pen:
        fields = {"street": "某街道", "reason": "综合执法", "place": "路口"}
        whistle = pen.open(profile.programme("whistle"), STREET, "占道", fields=fields, at=NOW)
        call = pen.open(profile.programme("whistle_call"), STREET, "占道", fields={"street": "某街道", "unit": "某局"},
                        parent=whistle, due_at=NOW + timedelta(hours=24), at=NOW)  # fmt: skip
    return whistle, call


def test_a_whistle_and_what_it_calls_belong_together(ledger: Ledger, profile: Profile) -> None:
    whistle, call = whistled(ledger)
    calls = profile.programme("whistle_call")
    for parent, words in (("", "要写明属于哪件事项"), ("哨1999-1", "没有编号"), (call, "不是")):
        with pytest.raises(Refused, match=words):
            ledger.open_matter(calls, STREET, "x", fields={"street": "某街道", "unit": "某局"}, parent=parent)
    with pytest.raises(Refused, match="由某街道操作"):
        ledger.open_matter(calls, Actor("丙", "街道", "别街道"), "x", parent=whistle,
                           fields={"street": "某街道", "unit": "某局"})  # fmt: skip
    ledger.move(call, "arrive", BUREAU, seen=1, at=NOW + timedelta(hours=3))
    row = ledger.matters("whistle_call", NOW, parent=whistle).iloc[0]
    assert row["arrived_at"] == "2022-05-01T12:00" and row["parent"] == whistle
    with pytest.raises(Refused, match="由系统记下"):
        ledger.move(call, "score", STREET, seen=2, fields={"arrived_at": "2022-05-01T09:00"})
    ledger.move(whistle, "begin", STREET, seen=1)
    ledger.move(whistle, "finish", STREET, seen=2, fields={"result": "解决", "summary": "清了"})
    with pytest.raises(Refused, match="还有 1 项没有结束"):
        ledger.move(whistle, "close", STREET, seen=3)
    marks = {"promptness": "5", "duty": "3", "outcome": "4"}
    with pytest.raises(Refused, match="应在 1 到 5 之间"):
        ledger.move(call, "score", STREET, seen=2, fields={**marks, "duty": "6"})
    ledger.move(call, "score", STREET, seen=2, fields=marks)
    # .3 x 4/4 + .3 x 2/4 + .4 x 3/4
    assert ledger.matters("whistle_call", NOW)["score"].tolist() == pytest.approx([75.0])
    ledger.move(call, "appeal", BUREAU, seen=3, text="路上堵车")
    ledger.move(call, "rule", CENTRE, seen=4, text="维持", fields=marks)
    ledger.move(whistle, "close", STREET, seen=3)
    assert ledger.matters("whistle", NOW)["over"].all() and not verify(ledger.engine).broken
    with pytest.raises(Refused, match="已经结束"):
        ledger.open_matter(calls, STREET, "x", fields={"street": "某街道", "unit": "某局"}, parent=whistle)


def test_one_turn_at_writing_stands_or_falls_together(ledger: Ledger, programme: Programme) -> None:
    first, second = opened(ledger, programme), opened(ledger, programme)
    ledger.move(second, "note", CENTRE, seen=1, text="先动")
    with pytest.raises(Overtaken), ledger.writing() as pen:  # noqa: PT012 - the first is taken, the second not
        for number in (first, second):
            pen.move(number, "escalate", CENTRE, seen=1, text="齐升", fields={"level": "提级"})
    assert set(ledger.matters("supervision", NOW)["level"]) == {"督办"} and verify(ledger.engine).events == 3
    with ledger.writing() as pen:
        pen.move(first, "note", CENTRE, seen=1, text="一")
        pen.move(first, "note", CENTRE, seen=2, text="二")
    assert ledger.events(first)["text"].tolist() == ["", "一", "二"]


def test_a_step_is_taken_back_by_who_took_it_and_stays_told(ledger: Ledger, programme: Programme) -> None:
    number = opened(ledger, programme)
    ledger.move(number, "receive", UNIT, seen=1, at=NOW)
    ledger.move(number, "reply", UNIT, seen=2, fields={"reply": "修了"}, at=NOW)

    def undo(who: Actor, seen: int) -> None:
        with ledger.writing() as pen:
            pen.undo(number, who, seen=seen, at=NOW + timedelta(minutes=1))

    for who, seen, words in ((CENTRE, 3, "自己刚走的"), (UNIT, 2, "请刷新")):
        with pytest.raises(Refused, match=words):
            undo(who, seen)
    undo(UNIT, 3)
    row = ledger.matters("supervision", NOW).iloc[0]
    assert (row["stage"], row["reply"], row["events"]) == ("办理中", "", 4)
    assert ledger.events(number)["move"].tolist() == ["open", "receive", "reply", "undo"]
    with pytest.raises(Refused, match="自己刚走的"):
        undo(UNIT, 4)  # what is taken back is not taken back again
    assert not verify(ledger.engine).broken


@pytest.mark.parametrize("elsewhere", [True, False], ids=["taken by another process", "taken by this one"])
def test_a_step_is_taken_back_soon_or_not_at_all(
    ledger: Ledger, programme: Programme, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    """A step of this process is told by a clock that nobody can set, another's by what is written of it."""
    late, soon = (timedelta(minutes=minutes) for minutes in (11, 9))
    for age in (late, soon):
        number = opened(ledger, programme)
        if elsewhere:
            monkeypatch.setattr(pen_module, "TAKEN", OrderedDict())
        else:
            monkeypatch.setattr(pen_module, "TAKEN", OrderedDict(
                (step, moment - age.total_seconds()) for step, moment in pen_module.TAKEN.items()
            ))  # fmt: skip
        at = NOW + (age if elsewhere else 5 * late)
        if age == late:
            with pytest.raises(Refused, match="已过 10 分钟"), ledger.writing() as pen:
                pen.undo(number, CENTRE, seen=1, at=at)
        else:
            with ledger.writing() as pen:
                pen.undo(number, CENTRE, seen=1, at=at)
            assert ledger.events(number)["move"].tolist() == ["open", "undo"]


def test_an_opening_taken_back_is_void(ledger: Ledger, programme: Programme) -> None:
    number = opened(ledger, programme)
    with ledger.writing() as pen:
        pen.undo(number, CENTRE, seen=1, at=NOW)
    row = ledger.matters("supervision", NOW).iloc[0]
    assert (row["stage"], row["light"], row["over"]) == (VOID, "", True) and cases_of(row) == CASES
    with pytest.raises(Refused, match="撤销"):
        ledger.move(number, "receive", UNIT, seen=2)
    assert not verify(ledger.engine).broken


def test_who_touched_what_and_how_often(ledger: Ledger, programme: Programme) -> None:
    number, other = lived(ledger, programme), opened(ledger, programme)
    assert ledger.touched_by(UNIT.name) == {number} and ledger.touched_by(CENTRE.name) == {number, other}
    times = ledger.times("supervision").set_index(["matter_id", "move"])["times"]
    assert times[number, "reply"] == 2 and times[number, "return"] == 1 and times[other, "open"] == 1


def test_the_time_lines_of_a_kind_are_those_of_its_matters(ledger: Ledger, programme: Programme) -> None:
    number, other = lived(ledger, programme), opened(ledger, programme)
    told = ledger.events_of("supervision")
    assert told["seq"].is_monotonic_increasing and set(told["matter_id"]) == {number, other}
    assert told.loc[told["matter_id"] == number, "hash"].tolist() == ledger.events(number)["hash"].tolist()
    assert ledger.events_of("hard_case").empty
    with pytest.raises(Refused, match="只对"):
        ledger.events_of("care", viewer=CENTRE)


def test_a_filter_comes_back_as_it_was() -> None:
    where = CaseFilter(period=Period(NOW, NOW + timedelta(days=3)), street=("a", ""), hour=(3, 4), text="供暖 不热")
    assert filter_from_data(filter_as_data(where)) == where
    assert filter_from_data(filter_as_data(CaseFilter())) == CaseFilter()
