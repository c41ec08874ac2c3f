"""What is unusual is found, told once and at its place, and its figures are those of its cases."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import day_of
from data_access.district.profile import Profile
from questions import drivers, warning
from questions.lookout import Standing
from questions.warning import HOUR, Alarm, watched
from tests.surges import COUNT, copied, surged


@pytest.fixture(scope="module")
def surge(demo_store: Store, profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, str, str]:
    """A reader of the small district with a surge this morning, and its street and class."""
    store, street, leaf = surged(demo_store, tmp_path_factory.mktemp("surged"))
    return Reader.of(store, profile), street, leaf


@pytest.mark.slow
def test_the_first_alarm_is_the_surge_at_its_place(surge: tuple[Reader, str, str]) -> None:
    reader, street, leaf = surge
    alarm = watched(reader).alarms[0]
    assert (alarm.where.street, alarm.where.category3) == ((street,), (leaf,))
    assert alarm.is_sure and alarm.window == HOUR and alarm.since == day_of(reader.as_of)
    assert alarm.observed == reader.count(alarm.where) >= COUNT
    assert alarm.low <= alarm.expected <= alarm.high <= alarm.threshold < alarm.observed


@pytest.mark.slow
def test_a_place_under_a_new_name_is_no_surge(demo_store: Store, profile: Profile, tmp_path: Path) -> None:
    """A unit that the source calls otherwise since a fortnight has no usual: it is named, and alarms nobody."""
    store = copied(demo_store, tmp_path)
    busiest = (
        "SELECT unit FROM cases WHERE source = 'hotline' AND unit <> '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    with store.writing() as con:
        con.execute(f"""
            UPDATE cases SET unit = '新挂牌的单位' WHERE unit = ({busiest})
            AND created_day > (SELECT max(created_day) FROM cases) - INTERVAL 14 DAY""")
    found = watched(Reader.of(store, profile))
    assert found.new_names == ("新挂牌的单位",)
    assert not [alarm for alarm in found.alarms if "新挂牌的单位" in alarm.where.unit]


def test_one_event_is_told_once(surge: tuple[Reader, str, str]) -> None:
    alarms = watched(surge[0]).alarms
    pairs = [(one, other) for one in alarms for other in alarms if one is not other]
    assert not [pair for pair in pairs if warning.contains(pair[0].series, pair[1].series)]


def test_parts_of_an_alarm_add_up_to_it(surge: tuple[Reader, str, str]) -> None:
    alarm = watched(surge[0]).alarms[0]
    assert "community" in drivers.open_dimensions(alarm) and "street" not in drivers.open_dimensions(alarm)
    parts = drivers.drivers(surge[0], alarm, "community")
    assert parts["volume"].sum() == alarm.observed and parts["usual"].sum() <= alarm.expected + 1e-9
    days = drivers.course(surge[0], alarm)
    assert days["volume"].iloc[-1] == alarm.observed > days["threshold"].dropna().iloc[-1]


def test_words_of_places_are_told_apart(surge: tuple[Reader, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A market that stands in the addresses says where, a burst pipe what."""
    now = pd.DataFrame({"title": "", "content": "交林便民市场的爆管", "address": "交林便民市场2号", "caller": range(8)})
    before = pd.DataFrame({"title": "", "content": "水温不够", "address": "", "caller": range(40)})
    alarm = watched(surge[0]).alarms[0]
    monkeypatch.setattr(drivers, "texts", lambda _, where, most: now if where == alarm.where else before)
    told = drivers.said.__wrapped__(surge[0], alarm).set_index("word")["is_place"]
    assert told["市场"] and told["便民"] and not told[[word for word in told.index if "爆" in word]].any()
    assert not told.all()


@pytest.mark.slow
def test_whoever_may_see_sums_sees_the_same(surge: tuple[Reader, str, str]) -> None:
    reader = surge[0]
    mine = Reader.of(reader.store, reader.profile, CaseFilter(street=(surge[1],)))
    assert watched(mine).alarms[0].where.street == (surge[1],)
    assert drivers.said(mine, watched(mine).alarms[0]).columns.tolist() == [
        "word",
        "cases",
        "share",
        "usual",
        "is_place",
    ]


def test_without_a_past_nothing_is_said(empty_store: Store, profile: Profile) -> None:
    found = watched(Reader.of(empty_store, profile))
    assert found.alarms == () and found.windows == ()


@pytest.mark.slow
def test_the_same_number_is_shown_while_newer_ones_are_computed(surge: tuple[Reader, str, str]) -> None:
    reader, known = surge[0], Standing()
    first = known.of(reader)
    assert first is not None and known.of(reader) == first and isinstance(first.alarms[0], Alarm)
    with reader.store.writing() as con:
        con.execute("DELETE FROM cases WHERE source = 'grid' AND created_day < DATE '2021-02-01'")
    newer = reader.latest()
    assert newer.version != reader.version
    assert known.of(newer) in (first, watched(newer))  # the one before, or the new one: never nothing
