"""Whoever sees some matters meets nothing of the others, by whichever door of the ledger: they are as if they were not."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import data_access.ledger
import questions
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import ALL_MATTERS, NO_MATTER, Matters
from data_access.district.people import Actor, Refused
from data_access.district.profile import Profile
from data_access.ledger.ledger import Ledger
from data_access.ledger.pen import Pen
from questions import meeting, mine, patrols, priority
from tests.cities import DISTRICTS, city
from tests.data_access.cases.test_sight import told

NOW = datetime(2022, 5, 2, 9)
CENTRE, HEAD = Actor("指挥员甲", "指挥中心"), Actor("联络员丙", "街道", "东四街道")
PLATE = "京N12345"  # somebody's, in every word of all of them
MINE, THEIRS = "本街道", "金丝雀"  # what stands in every word of the matters that may be seen, and of the others
OWN = Matters("own", HEAD.name, HEAD.unit)


@dataclass(frozen=True)
class Lived:
    """The ledger as who sees all has it; the numbers of what the head of 东四街道 may see, and of what they may not."""

    ledger: Ledger
    mine: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def limited(self) -> Ledger:
        return replace(self.ledger, seen=OWN)


@pytest.fixture
def lived(ledger: Ledger) -> Lived:
    """Orders to two units; a whistle of each of two streets with two calls each, one of them to the head's street; a
    hard case of others with a milestone of the head's; an order of others in which the head once took a step."""
    programme = ledger.profile.programme
    mine: list[str] = []
    theirs: list[str] = []
    with ledger.writing() as pen:

        def opened(kind: str, into: list[str], fields: dict[str, str], who: Actor = CENTRE, parent: str = "") -> str:
            word = MINE if into is mine else THEIRS
            said = {name: value.format(f"{word}车号{PLATE}，") for name, value in fields.items()}
            ids = CaseFilter(case_id=(f"{word}{len(into)}",))
            new = pen.open(programme(kind), who, f"{word}事项，车号{PLATE}", fields=said, where=ids, due_at=NOW, at=NOW,
                           parent=parent, text=f"{word}说车号{PLATE}")  # fmt: skip
            into.append(new)
            return new

        order = {"reason": "领导批示", "level": "督办", "evidence": "{}附件"}
        opened("supervision", mine, {"unit": "东四街道", **order})
        opened("supervision", theirs, {"unit": "景山街道", **order})
        whistle = {"reason": "综合执法", "place": "{}地点"}
        blown = opened("whistle", mine, {"street": "东四街道", **whistle}, HEAD)
        for unit in ("区园林绿化局", "区水务局"):
            opened("whistle_call", mine, {"street": "东四街道", "unit": unit}, HEAD, blown)
        other = opened("whistle", theirs, {"street": "景山街道", **whistle})
        opened("whistle_call", theirs, {"street": "景山街道", "unit": "区水务局"}, parent=other)
        opened("whistle_call", theirs, {"street": "景山街道", "unit": "某局"}, parent=other)
        hard_case = {
            "street": "景山街道",
            "unit": "区水务局",
            "year": "2022",
            "evidence": "{}论据",
            "dimension": "事项",
        }
        hard = opened("hard_case", mine, hard_case)
        opened("milestone", mine, {"unit": "东四街道"}, parent=hard)
        opened("milestone", theirs, {"unit": "区水务局"}, parent=hard)
        touched = opened("supervision", mine, {"unit": "景山街道", **order})
        pen.move(touched, "escalate", replace(CENTRE, name=HEAD.name), seen=1, text=f"{MINE}说", at=NOW,
                 fields={"level": "提级"})  # fmt: skip
    return Lived(ledger, tuple(mine), tuple(theirs))


def _refused(ask: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refusal:
        ask()
    return str(refusal.value)


def _kinds(ledger: Ledger) -> list[str]:
    return [one.kind for one in ledger.profile.programmes.programmes if not one.restricted]


def _said_of(ledger: Ledger, number: str) -> list[Any]:
    """What is told of a number that somebody guessed, by reading and by writing."""
    who = replace(CENTRE, name="别人")
    return [
        ledger.kind_of(number), ledger.events(number), *(ledger.matters(kind, number=number) for kind in _kinds(ledger)),
        *(ledger.matters(kind, parent=number) for kind in _kinds(ledger)),
        _refused(lambda: ledger.move(number, "receive", who, seen=1)),
        _refused(lambda: _with_pen(ledger, lambda pen: pen.undo(number, who, seen=1))),
        _refused(lambda: ledger.open_matter(
            ledger.profile.programme("milestone"), who, "新", fields={"unit": "某局"}, parent=number)),
    ]  # fmt: skip


def _with_pen(ledger: Ledger, act: Callable[[Pen], Any]) -> Any:
    with ledger.writing() as pen:
        return act(pen)


# Every door: a ledger and a guessed number -> all that comes out.
DOORS: dict[str, Callable[[Ledger, Reader, str], Any]] = {
    "Ledger.matters": lambda ledger, _, number: [ledger.matters(kind) for kind in _kinds(ledger)],
    "Ledger.going": lambda ledger, *_: ledger.going(),
    "Ledger.kind_of": lambda ledger, _, number: ledger.kind_of(number),
    "Ledger.events": lambda ledger, _, number: ledger.events(number),
    "Ledger.events_of": lambda ledger, _, number: [ledger.events_of(kind) for kind in _kinds(ledger)],
    "Ledger.touched_by": lambda ledger, _, number: [ledger.touched_by(one.name) for one in (CENTRE, HEAD)],
    "Ledger.times": lambda ledger, _, number: [ledger.times(kind) for kind in _kinds(ledger)],
    "Ledger.move": lambda ledger, _, number: _said_of(ledger, number),
    "Ledger.open_matter": lambda ledger, _, number: _said_of(ledger, number),
    "Pen.move": lambda ledger, _, number: _said_of(ledger, number),
    "Pen.undo": lambda ledger, _, number: _said_of(ledger, number),
    "Pen.open": lambda ledger, _, number: _said_of(ledger, number),
    "questions.meeting.meeting_of": lambda ledger, reader, _: [
        meeting.meeting_of(reader, ledger, ledger.profile.programme("hard_case"), datetime(2022, month, 1))
        for month in (4, 5)
    ],
    "questions.priority.noted_in": lambda ledger, _, number: priority.noted_in(ledger),
    "questions.priority.pressing": lambda ledger, reader, _: priority.pressing(reader, ledger, CaseFilter()),
    "questions.mine.waiting": lambda ledger, *_: [mine.waiting(ledger, unit.name) for unit in ledger.profile.units],
    "questions.patrols.funnel": lambda ledger, reader, _: patrols.funnel(
        reader, ledger.profile.programme("patrol"), ledger.matters("patrol"), CaseFilter()
    ),
}
# Sums over the district; the turn at writing, whose acts stand above; the ledger's own keeping, by command.
NO_DOORS = {
    "Ledger.at", "Ledger.of_all", "Ledger.writing", "Ledger.is_empty", "Ledger.last", "Ledger.watch", "Pen.now", "Pen.close",
    "questions.inbox.record", "questions.inbox.tell",
}  # fmt: skip


def there_are() -> set[str]:
    """Every public way into a ledger: what the two classes offer, and every public function that takes one or gives
    what it was told."""
    fields = {"engine", "profile", "now", "key", "witness", "absent", "seen", "names"}
    ways = {f"{one.__name__}.{name}" for one in (Ledger, Pen) for name in vars(one)
            if not name.startswith("_") and (one is Pen or name not in fields)}  # fmt: skip
    for package in (data_access.ledger, questions):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, one in vars(importlib.import_module(info.name)).items():
                if inspect.isfunction(one) and not name.startswith("_") and one.__module__ == info.name:
                    takes = {str(part.annotation) for part in inspect.signature(one).parameters.values()}
                    ways |= {f"{info.name}.{name}"} if any("Ledger" in each for each in takes) else set()
    return ways | {"questions.patrols.funnel"}


def test_every_door_is_tried_here() -> None:
    assert there_are() == {*DOORS, *NO_DOORS}


@pytest.mark.slow
def test_the_others_are_there_for_who_sees_all(lived: Lived, reader: Reader) -> None:
    """Else the test below would prove nothing."""
    shown = {name for name, door in DOORS.items()
             if any(THEIRS in text or lived.theirs[0] in text for text in told(door(lived.ledger, reader, lived.theirs[0])))}  # fmt: skip
    assert {"Ledger.matters", "Ledger.events", "Ledger.events_of", "Ledger.touched_by", "Ledger.times", "Ledger.move",
            "questions.meeting.meeting_of", "questions.priority.noted_in"} <= shown  # fmt: skip


@pytest.mark.slow
def test_no_door_tells_of_the_others(lived: Lived, reader: Reader) -> None:
    for name, door in DOORS.items():
        for number in lived.theirs:
            for text in told(door(lived.limited, reader, number)):
                assert THEIRS not in text, name
                assert not any(other in text.replace(number, "") for other in lived.theirs), name


@pytest.mark.slow
def test_without_the_right_to_words_nobody_is_named(lived: Lived, reader: Reader) -> None:
    """Through no door; what the matters are about is told all the same."""
    nameless, said = replace(lived.ledger, names=False), ""
    for name, door in DOORS.items():
        said += (told_here := "".join(told(door(nameless, reader, lived.mine[0]))))
        assert PLATE not in told_here, name
    assert "〔车牌〕" in said and MINE in said


def test_what_is_handed_back_as_it_was_shown_stays_as_it_was_written(lived: Lived) -> None:
    """A form is filled in with what its user was shown: sending it takes no name out of the ledger."""
    ledger, number = lived.ledger, lived.mine[0]
    nameless = replace(ledger, names=False)
    shown = json.loads(nameless.events(number)["fields"].iloc[0])
    fields = {"evidence": shown["evidence"], "level": "提级"}
    assert PLATE not in fields["evidence"]
    nameless.move(number, "escalate", CENTRE, seen=1, fields=fields, text="提级")
    row = ledger.matters("supervision", number=number).iloc[0]
    assert PLATE in row["evidence"] and row["level"] == "提级"
    with ledger.writing() as pen:
        pen.undo(number, CENTRE, seen=2)
    nameless.move(number, "escalate", CENTRE, seen=3, fields={"evidence": "另有附件", "level": "提级"}, text="再说")
    assert ledger.matters("supervision", number=number).iloc[0]["evidence"] == "另有附件"


@pytest.mark.slow
def test_a_number_of_the_others_is_as_one_that_does_not_exist(lived: Lived) -> None:
    said = ["".join(told(_said_of(lived.limited, number))).replace(number, "此号") for number in
            (*lived.theirs, "督2022-999999", "乱写的")]  # fmt: skip
    assert len({*said}) == 1
    assert lived.ledger.kind_of(lived.theirs[0])


def test_what_is_seen_is_ones_own_with_what_belongs_to_it(lived: Lived, reader: Reader) -> None:
    rows = [number for kind in _kinds(lived.ledger) for number in lived.limited.matters(kind)["matter_id"]]
    assert {*rows} == {*lived.mine}
    for number in lived.mine:
        assert len(lived.limited.events(number)) == len(lived.ledger.events(number)) > 0
    nothing, all_again = replace(lived.ledger, seen=NO_MATTER), lived.limited.of_all
    assert all(nothing.matters(kind).empty for kind in _kinds(nothing)) and all_again.seen == ALL_MATTERS
    lived.limited.move(lived.mine[0], "receive", HEAD, seen=1)


def test_a_units_name_is_matched_as_a_whole(ledger: Ledger) -> None:
    """Nor does a text that looks like a field make a matter somebody's."""
    order = {"reason": "领导批示", "level": "督办"}
    for unit, said in (("东四街道办", ""), ("x东四街道", ""), ("某局", '","unit":"东四街道","x":"')):
        fields = {**order, "unit": unit, "evidence": said}
        ledger.open_matter(ledger.profile.programme("supervision"), CENTRE, "督", fields=fields)
    assert replace(ledger, seen=OWN).matters("supervision").empty
    quoted = Matters("own", "无", '东"四%_')
    ledger.open_matter(ledger.profile.programme("supervision"), CENTRE, "督", fields={**order, "unit": quoted.unit})
    assert len(replace(ledger, seen=quoted).matters("supervision")) == 1


def test_care_is_for_whom_the_profile_names(ledger: Ledger, profile: Profile) -> None:
    """Whatever else they may see; and nobody else sees more by being of a unit."""
    care = profile.programmes.care.model_copy(update={"enabled": True, "users": (HEAD.name,)})
    rules = profile.model_copy(update={"programmes": profile.programmes.model_copy(update={"care": care})})
    plans = replace(ledger, profile=rules, seen=OWN)
    fields = {"caller": "k", "basis": "多", "unit": "景山街道"}
    number = plans.of_all.open_matter(rules.programme("care"), replace(HEAD), "关怀", fields=fields)
    assert plans.matters("care", viewer=HEAD)["matter_id"].tolist() == [number]
    for viewer in (None, Actor("别人", "街道", "景山街道")):
        with pytest.raises(Refused):
            plans.matters("care", viewer=viewer)


@pytest.mark.parametrize("seen", [OWN, NO_MATTER, ALL_MATTERS])
def test_an_answer_that_is_shared_knows_no_person(reader: Reader, seen: Matters) -> None:
    """A hundred people of different names who see the same cases share one answer, in which there is no matter."""
    one = replace(reader, sight=replace(reader.sight, matters=seen))
    assert one.anonymous.sight.matters == (ALL_MATTERS if seen == ALL_MATTERS else NO_MATTER)
    assert one.singly is one and one.sees_all


def test_of_a_district_are_the_matters_of_its_streets(lived: Lived, tmp_path: Path) -> None:
    """And no other's: what its own streets see together, whichever door they come by."""
    town = city(tmp_path)
    ledger = replace(lived.ledger, profile=town)

    def seen(*units: str) -> set[str]:
        of = [replace(ledger, seen=Matters("own", "区里的人", unit)) for unit in units]
        return {number for one in of for kind in _kinds(one) for number in one.matters(kind)["matter_id"]}

    told = {district: seen(district) for district in DISTRICTS}
    assert told == {district: seen(*town.districts[district]) for district in DISTRICTS}
    assert len({frozenset(numbers) for numbers in told.values()}) > 1 and set().union(*told.values())
