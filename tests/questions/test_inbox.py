"""The inbox: one matter for an event, whatever is asked how often; what is not told is told later."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from data_access.cases.filters import CaseFilter
from data_access.district.people import Actor, Refused
from data_access.district.periods import DAY, Period
from data_access.district.profile import Profile
from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger
from questions.inbox import KIND, inbox_of, outcomes, record, tell, urgency
from questions.warning import Alarm, Watched

NOW = datetime(2022, 6, 8, 10, 46)
STREET, LEAF = "东四街道", "暖气管道漏水"
CLERK = Actor("区指挥中心甲", "指挥中心")


def alarm_on(now: datetime, *, since: datetime = NOW - DAY, leaf: str = LEAF, street: str = STREET) -> Alarm:
    today = now.replace(hour=0, minute=0)
    where = CaseFilter(
        period=Period(today, today + DAY), source=("hotline",), street=(street,), category1=("住房",),
        category2=("供暖",), category3=(leaf,) if leaf else (),
    )  # fmt: skip
    return Alarm(where, "hour", 62, 0.6, 0, 3, 13, 1e-9, True, since.replace(hour=0, minute=0), 130.0, 4, "", 60, 1e-4)


def found(now: datetime, *alarms: Alarm) -> Watched:
    return Watched(now, alarms, 5000, 1.3, ("hour", "day", "week", "fortnight"))


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def ledger(ledger_url: str, profile: Profile, clock: list[datetime]) -> Ledger:
    return Ledger.at(ledger_url, profile, now=lambda: clock[0])


def test_an_event_is_one_matter_however_often_it_is_seen(ledger: Ledger, clock: list[datetime]) -> None:
    numbers = record(ledger, found(NOW, alarm_on(NOW)))
    assert len(numbers) == 1
    # Seen again, by another process, wider, narrower, and on the next days.
    again = Ledger(ledger.engine, ledger.profile, ledger.now)
    for hours in (0, 1, 25, 49):
        clock[0] = NOW + timedelta(hours=hours)
        wider = alarm_on(clock[0], leaf="")
        assert record(again, found(clock[0], wider if hours == 25 else alarm_on(clock[0]))) == []
    assert len(ledger.matters(KIND)) == 1
    assert record(ledger, found(clock[0], alarm_on(clock[0]), alarm_on(clock[0], street="景山街道"))) != []
    assert not verify(ledger.engine).broken


def test_what_is_over_ends_by_itself_and_midnight_ends_nothing(ledger: Ledger, clock: list[datetime]) -> None:
    (number,) = record(ledger, found(NOW, alarm_on(NOW)))
    clock[0] = NOW + timedelta(hours=14)  # no case yet today
    record(ledger, found(clock[0]))
    assert not ledger.matters(KIND)["over"].any()
    clock[0] = NOW + timedelta(hours=40)
    record(ledger, found(clock[0]))
    ended = ledger.matters(KIND, number=number).iloc[0]
    assert ended["stage"] == "自行平息" and outcomes(ledger.matters(KIND)) == {"自行平息": 1}


def test_what_people_decided_is_not_opened_again_and_a_later_event_is(ledger: Ledger, clock: list[datetime]) -> None:
    (number,) = record(ledger, found(NOW, alarm_on(NOW)))
    with pytest.raises(Refused, match="原因"):
        ledger.move(number, "true", CLERK, seen=1)
    ledger.move(number, "true", CLERK, seen=1, fields={"cause": "热力管道爆管"})
    assert record(ledger, found(NOW, alarm_on(NOW))) == [] and outcomes(ledger.matters(KIND)) == {"属实": 1}
    later = clock[0] = NOW + 20 * DAY
    assert len(record(ledger, found(later, alarm_on(later, since=later)))) == 1


def test_what_nobody_confirmed_comes_first_the_strongest_on_top(ledger: Ledger) -> None:
    streets = ("东四街道", "景山街道", "天坛街道")
    strongest, *weaker = alarms = [alarm_on(NOW, street=street) for street in streets]
    record(ledger, found(NOW, *reversed(alarms)))  # noted in whatever order
    rows = ledger.matters(KIND)
    unread = ledger.profile.programme(KIND).stages[0]

    def order() -> list[str]:
        rows = ledger.matters(KIND)
        ranked = rows.assign(soon=urgency(rows, found(NOW, *alarms), unread)).sort_values("soon")
        return ranked["street"].tolist()

    assert order() == list(streets)
    first = rows[rows["street"] == "".join(strongest.where.street)].iloc[0]
    ledger.move(first["matter_id"], "acknowledge", CLERK, seen=int(first["events"]))
    assert order() == [*("".join(alarm.where.street) for alarm in weaker), streets[0]]


def test_nobody_but_the_system_opens_an_alarm(ledger: Ledger, profile: Profile) -> None:
    with pytest.raises(Refused):
        ledger.open_matter(profile.programme(KIND), CLERK, "突增", fields={"what": "x"})


def test_what_does_not_go_out_is_tried_again_and_quiet_hours_wait(ledger: Ledger, clock: list[datetime]) -> None:
    record(ledger, found(NOW, alarm_on(NOW)))
    sent: list[str] = []

    def out(title: str, text: str) -> bool:
        sent.append(f"{title} {text}")
        return True

    night = NOW.replace(hour=23)
    assert tell(ledger, out, night) == [] and tell(ledger, lambda *_: False, NOW) == [] and not sent
    assert len(tell(ledger, out, NOW)) == 1 and tell(ledger, out, NOW) == []  # once
    assert STREET in sent[0] and "62 件" in sent[0]
    rules = ledger.profile.settings.watch
    for _ in range(rules.repeats + 3):
        clock[0] += timedelta(hours=rules.repeat_hours)
        tell(ledger, out, NOW)
    assert len(sent) == 1 + rules.repeats and all("再次提醒" in one for one in sent[1:])
    number = ledger.matters(KIND)["matter_id"].iloc[0]
    ledger.move(number, "acknowledge", CLERK, seen=int(ledger.matters(KIND)["events"].iloc[0]))
    clock[0] += DAY
    assert tell(ledger, out, NOW) == []


def test_what_nobody_acknowledges_goes_up_once(ledger: Ledger, clock: list[datetime]) -> None:
    record(ledger, found(NOW, alarm_on(NOW)))
    sent: list[str] = []

    def to(whom: str) -> Callable[[str, str], bool]:
        return lambda title, text: not sent.append(f"{whom} {title}")  # type: ignore[func-returns-value]

    rules = ledger.profile.settings.watch
    for _ in range(rules.repeats + 4):
        tell(ledger, to("值班室"), NOW, to("带班领导"))
        clock[0] += timedelta(hours=rules.repeat_hours)
    assert len(sent) == rules.repeats + 2 and sent[-1].startswith("带班领导 【无人确认】")
    assert sum("带班领导" in one for one in sent) == 1


def test_a_district_without_such_matters_has_no_inbox(reader: object, profile: Profile) -> None:
    none = profile.model_copy(update={"programmes": profile.programmes.model_copy(update={"programmes": ()})})
    assert inbox_of(dataclasses.replace(reader, profile=none)) is None  # type: ignore[type-var]
