"""The ledger: what the rules allow and refuse, that nothing acknowledged is lost, and that no edit goes unseen."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import text

from data_access.audit import verify
from data_access.filters import CaseFilter
from data_access.ledger import (
    Actor,
    Ledger,
    Overtaken,
    Refused,
    filter_as_data,
    filter_from_data,
    light,
    steps,
)
from data_access.ledger_schema import matter_events, matters
from data_access.periods import Period
from data_access.profile import Profile, current_profile
from data_access.rules import Programme

CENTRE, UNIT = Actor("指挥员甲", "指挥中心"), Actor("经办乙", "承办单位", "某局")
FIELDS = {"unit": "某局", "reason": "已经逾期", "level": "督办"}
NOW = datetime(2022, 5, 1, 9)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return current_profile("dongcheng")


@pytest.fixture(scope="module")
def programme(profile: Profile) -> Programme:
    return profile.programme("supervision")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield found
    found.engine.dispose()


def opened(ledger: Ledger, programme: Programme, title: str = "漏雨逾期") -> str:
    return ledger.open_matter(programme, CENTRE, title, fields=FIELDS, case_ids=("1", "2"), due_at=NOW, at=NOW)


def lived(ledger: Ledger, profile: Profile, programme: Programme) -> str:
    number = opened(ledger, programme)
    ledger.move(profile, number, "receive", UNIT, seen=1)
    ledger.move(profile, number, "reply", UNIT, seen=2, fields={"reply": "已修好"})
    ledger.move(profile, number, "return", CENTRE, seen=3, text="仍在漏")
    ledger.move(profile, number, "reply", UNIT, seen=4, fields={"reply": "重做防水"})
    ledger.move(profile, number, "close", CENTRE, seen=5)
    return number


def test_a_matter_lives_through_its_stages(ledger: Ledger, profile: Profile, programme: Programme) -> None:
    number = lived(ledger, profile, programme)
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


@pytest.mark.parametrize("kind", [one.kind for one in current_profile("dongcheng").programmes.programmes])
def test_every_move_that_the_rules_do_not_name_is_refused(tmp_path: Path, profile: Profile, kind: str) -> None:
    """Every stage, role and move: taken when the rules say so, refused otherwise, and then nothing is written."""
    programme, ledger = profile.programme(kind), Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    full = {one.name: one.options[0] if one.options else "有" for one in programme.fields}
    tried = 0
    for stage, role, move in product(programme.stages, profile.programmes.roles, programme.moves):
        number = ledger.open_matter(programme, Actor("甲", programme.opens[0]), "试", fields=full)
        with ledger.engine.begin() as connection:
            connection.execute(matters.update().where(matters.c.matter_id == number).values(stage=stage))
        allowed = move in steps(programme, stage, role)
        count = len(ledger.events(number))
        try:
            ledger.move(profile, number, move.name, Actor("乙", role), seen=1, text="有", fields=full)
            assert allowed
        except Refused:
            assert not allowed and len(ledger.events(number)) == count
        tried += 1
    assert tried == len(programme.stages) * len(profile.programmes.roles) * len(programme.moves)


def test_what_must_be_said_must_be_said(ledger: Ledger, profile: Profile, programme: Programme) -> None:
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
    with pytest.raises(Refused, match="您是谁"):
        Actor(" ", "指挥中心")
    number = opened(ledger, programme)
    with pytest.raises(Refused, match="要写明情况"):
        ledger.move(profile, number, "withdraw", CENTRE, seen=1)
    assert len(ledger.events(number)) == 1 and verify(ledger.engine).events == 1


def test_the_second_of_two_is_told_and_nothing_is_overwritten(
    ledger: Ledger, profile: Profile, programme: Programme
) -> None:
    number = opened(ledger, programme)
    ledger.move(profile, number, "note", CENTRE, seen=1, text="先看到的")
    with pytest.raises(Overtaken, match="请刷新"):
        ledger.move(profile, number, "receive", UNIT, seen=1)
    assert ledger.events(number)["text"].tolist() == ["", "先看到的"]


def test_many_at_once_make_one_chain(ledger: Ledger, profile: Profile, programme: Programme) -> None:
    def work(who: int) -> None:
        for _ in range(5):
            number = ledger.open_matter(programme, Actor(f"甲{who}", "指挥中心"), "并发", fields=FIELDS)
            ledger.move(profile, number, "note", Actor(f"甲{who}", "指挥中心"), seen=1, text="记")

    threads = [threading.Thread(target=work, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(ledger.engine)
    assert (found.events, found.broken) == (80, "")
    assert len(ledger.matters("supervision", NOW)) == 40 and ledger.matters("supervision", NOW)["matter_id"].is_unique


EDITS = [
    *(f"UPDATE matter_events SET {column.name} = 'x' WHERE seq = 3"
      for column in matter_events.columns if column.name not in ("seq", "at", "fields")),
    "UPDATE matter_events SET at = '2020-01-01 00:00:00.000000' WHERE seq = 3",
    "UPDATE matter_events SET fields = '{}' WHERE seq = 3",
    "DELETE FROM matter_events WHERE seq = 2",
    "DELETE FROM matter_events WHERE seq = 6",
    "UPDATE matter_events SET seq = 99 WHERE seq = 6",
    "UPDATE ledger_head SET seq = 5",
    *(f"UPDATE matters SET {name} = 'x'" for name in ("title", "stage", "fields", "cases")),
    "UPDATE matters SET due_at = NULL",
    "UPDATE matters SET events = 5",
    "UPDATE matters SET opened_at = '2020-01-01 00:00:00.000000'",
    "DELETE FROM matters",
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_no_edit_goes_unseen(ledger: Ledger, profile: Profile, programme: Programme, edit: str) -> None:
    lived(ledger, profile, programme)
    assert not verify(ledger.engine).broken
    with ledger.engine.begin() as connection:
        connection.execute(text(edit))
    found = verify(ledger.engine)
    assert found.broken and found.reason
    if "seq = 3" in edit:
        assert found.broken.startswith("第 3 条")


WRITER = """
import sys
from data_access.ledger import Actor, Ledger
from data_access.profile import current_profile
ledger, profile = Ledger(sys.argv[1]), current_profile("dongcheng")
fields = {"unit": "某局", "reason": "已经逾期", "level": "督办"}
while True:
    number = ledger.open_matter(profile.programme("supervision"), Actor("甲", "指挥中心"), "断电", fields=fields)
    print(number, flush=True)
    ledger.move(profile, number, "note", Actor("甲", "指挥中心"), seen=1, text="记")
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [3, 10, 25])
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path, after: int) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    acknowledged = [writer.stdout.readline().strip() for _ in range(after)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    ledger = Ledger(url)
    found = verify(ledger.engine)
    assert not found.broken and found.events >= len(acknowledged)
    for number in set(acknowledged):
        assert len(ledger.events(number)) >= acknowledged.count(number)


def test_lights_turn_by_the_profile(programme: Programme) -> None:
    for hours, colour in ((25, "绿"), (24, "黄"), (5, "黄"), (4, "橙"), (0, "橙"), (-1, "红")):
        assert light(programme, "办理中", NOW + timedelta(hours=hours), NOW) == colour
    assert light(programme, "办结", NOW, NOW) == "" and light(programme, "办理中", None, NOW) == ""


def test_a_filter_comes_back_as_it_was() -> None:
    where = CaseFilter(period=Period(NOW, NOW + timedelta(days=3)), street=("a", ""), hour=(3, 4), text="供暖 不热")
    assert filter_from_data(filter_as_data(where)) == where
    assert filter_from_data(filter_as_data(CaseFilter())) == CaseFilter()
