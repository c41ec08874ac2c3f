"""审计: what people do on pages is recorded, auditors alone read it, and where it cannot be written doors stay shut."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest
from sqlalchemy import Engine, event
from streamlit.testing.v1 import AppTest

from data_access.cases.errors import DatabaseError
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.access import Grant
from data_access.district.people import Actor
from data_access.district.periods import beijing_now
from data_access.ledger import opening
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import open_ledger, trail_of
from data_access.trail.background import BACKGROUND
from data_access.trail.reading import search, verify
from data_access.trail.schema import DoorClosed, Record
from data_access.trail.trail import Trail
from tests.data_access.ledger.stories import FIELDS
from tests.pages.ledgers import own_ledger
from tests.pages.test_pages import words
from ui.drawing import downloads
from ui.watch import doors, mark, viewer
from ui.watch.viewer import Viewer

Visit = Callable[..., AppTest]
AUDITOR, HEAD = "审计员甲", "指挥中心"
SHELL = Path(__file__).resolve().parents[2] / "ui" / "frame" / "shell.py"


@pytest.fixture
def ledger(reader: Reader, tmp_path: Path) -> Iterator[Ledger]:
    with own_ledger(reader, tmp_path / "ledger.db") as begun:
        yield begun


@pytest.fixture
def trail(ledger: Ledger, reader: Reader) -> Trail:
    found = trail_of(reader)
    assert found
    return found


def told(trail: Trail, *kinds: str) -> pd.DataFrame:
    BACKGROUND.flush()
    return search(trail, dt.datetime(2020, 1, 1), beijing_now() + dt.timedelta(days=1), kinds=kinds)


@pytest.fixture
def shell(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """The whole frame with its menu, at the page that comes first."""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")

    def start(who: str = "") -> AppTest:
        seen = AppTest.from_file(str(SHELL), default_timeout=60)
        if who:
            seen.session_state["actor_name"] = who
        seen.run()
        assert not seen.exception
        return seen

    return start


def test_a_page_is_recorded_once_for_each_set_of_conditions(trail: Trail, reader: Reader, shell: Callable) -> None:  # type: ignore[type-arg]
    street = reader.profile.streets[0].name
    seen = shell("区领导甲")
    seen.run().run()  # what runs again and says the same is not another record
    assert list(told(trail, "page")["what"]) == ["区情总览"]
    seen.multiselect(key="street").set_value([street]).run()
    newest = told(trail, "page").iloc[0]
    assert (newest["who"], newest["role"]) == ("区领导甲", "区领导")
    assert newest["details"]["filter"]["street"] == [street]
    assert not verify(trail).broken


def test_of_words_that_were_typed_only_their_number_is_kept(
    visit: Visit, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = visit("cases", text="张三 13800000000").session_state[viewer.ASKED]
    assert asked["text"] == ["张三 13800000000"]
    monkeypatch.setattr(viewer.st, "session_state", {viewer.ASKED: {**asked, "street": ["甲街13800000000号"]}})
    kept = viewer.conditions()
    assert kept["text"] == ["（14 个字）"] and kept["street"] == ["甲街…号"]
    assert "张三" not in json.dumps(kept, ensure_ascii=False)


def test_a_case_is_recorded_when_it_is_opened(visit: Visit, trail: Trail, reader: Reader) -> None:
    number = str(reader.list_cases(CaseFilter(), page_size=1)["case_id"].iloc[0])
    seen = visit("cases", case=number)
    seen.run()
    assert list(told(trail, "case")["what"]) == [number]
    assert "没有这个编号" in words(visit("cases", case="没有-1"))
    refusals = told(trail, "refusal")
    assert list(refusals["what"]) == ["没有-1"]


def full(engine: Engine) -> Callable[[], None]:
    """From now on the database's disk is full; returns what empties it again."""

    def fill(connection: Any, *_: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with engine.connect() as connection:
        fill(connection.connection.driver_connection)
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    event.listen(engine, "connect", fill)
    return lambda: event.remove(engine, "connect", fill)


def until_it_fails(trail: Trail, record: Record) -> None:
    for _ in range(99):
        trail.write(record)


def fill_up(trail: Trail) -> None:
    """Records, ever smaller ones, until none fits any more."""
    for size in (3000, 300, 0):
        record = Record("page", details={"filter": {"text": ["x" * size]}})
        with pytest.raises(DatabaseError, match="full"):
            until_it_fails(trail, record)


def test_where_nothing_can_be_recorded_the_doors_stay_shut(visit: Visit, trail: Trail, reader: Reader) -> None:
    row = reader.list_cases(CaseFilter(), page_size=1).iloc[0]
    number = str(row["case_id"])
    kept = len(told(trail))
    empty = full(trail.engine)
    fill_up(trail)
    # Single cases, files and acts stay shut, and say so; the pages go on.
    seen = visit("cases", case=number)
    assert [one.value for one in seen.error] == [f"{doors.SHUT}。"] and not seen.dataframe
    who = Viewer("值班长甲", reader=reader)
    with pytest.raises(DoorClosed, match="写不进审计"):
        doors.opens_export(who, "x.csv", 3, ["编号"])
    assert visit("overview").metric
    engine = trail.engine
    engine.dispose()
    empty()
    assert not verify(trail).broken and len(told(trail, "case")) == 0 and len(told(trail)) >= kept
    # And open again once there is room.
    assert "编号" in words(visit("cases", case=number))


def test_an_act_that_cannot_be_recorded_is_not_taken(trail: Trail, reader: Reader) -> None:
    programme, actor = reader.profile.programme("supervision"), Actor("值班长甲", HEAD)
    acting = dataclasses.replace(open_ledger(reader), watch=doors.Acts(Viewer("值班长甲", reader=reader)))
    number = acting.open_matter(programme, actor, "漏雨", fields=FIELDS)
    acts = told(trail, "act")
    assert list(acts["what"]) == [number] and list(acts["who"]) == ["值班长甲"]
    with trail.engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("UPDATE trail_head SET format = 99")  # as a newer program would leave it
    opening._TRAILS.clear()
    with pytest.raises(DoorClosed, match="写不进审计"):
        acting.move(number, "note", actor, seen=1, text="记")
    assert len(acting.events(number)) == 1


def test_a_file_says_who_made_it_and_a_shut_door_gives_none(
    trail: Trail, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, Callable[[], bytes]] = {}

    def menu(_: str, name_of: Callable[[str], str], make: Callable[[str, str], Callable[[], bytes]]) -> None:
        made.update({ending: make(ending, name_of(ending)) for ending in downloads.FILES})

    monkeypatch.setattr(downloads, "menu", menu)
    monkeypatch.setattr(downloads, "viewer", lambda: Viewer("=区领导甲", "区领导", "", "10.0.0.7", reader))
    frame = pd.DataFrame({"street": ["甲", "乙"], "volume": [1, 2]})
    downloads.downloads(frame, "各街道", key="x")
    last = made["csv"]().decode("utf-8-sig").splitlines()[-1]
    assert last.startswith("# =区领导甲（区领导）") and "10.0.0.7" in last and str(beijing_now().year) in last
    assert made["xlsx"]()[:2] == b"PK"
    records = told(trail, "export")
    assert [(name[:3], name.rsplit(".", 1)[1]) for name in records["what"]] == [("各街道", "xlsx"), ("各街道", "csv")]
    assert records["details"][0]["rows"] == 2 and records["details"][0]["columns"] == ["街道", "受理量"]

    def fails(*_: Any, **__: Any) -> None:
        raise DoorClosed("写不进审计")

    monkeypatch.setattr(downloads, "opens_export", fails)
    downloads.downloads(frame, "各街道", key="x")
    assert "写不进审计" in made["csv"]().decode() and "甲" not in made["csv"]().decode()


def test_the_page_is_there_for_auditors_alone(visit: Visit, trail: Trail) -> None:
    for who in ("", "区领导甲", "值班长甲", "东四街道联络员"):
        seen = visit("audit")
        seen.session_state["actor_name"] = who
        seen.run()
        assert [one.value for one in seen.info] == ["没有这个页面。"] and not seen.dataframe, who


def audited(visit: Visit, **query: str) -> AppTest:
    seen = visit("audit", **query)
    seen.session_state["actor_name"] = AUDITOR
    seen.run()
    assert not seen.exception
    return seen


def test_an_auditor_finds_what_was_done(visit: Visit, trail: Trail, reader: Reader) -> None:
    assert "没有记录" in words(audited(visit))
    number = str(reader.list_cases(CaseFilter(), page_size=1)["case_id"].iloc[0])
    many = [Record("case", "值班长甲", HEAD, what=f"件{place}") for place in range(70)]
    trail.write(*many, Record("case", "区领导甲", what=number, address="10.0.0.9"), Record("refusal", "丙"))
    seen = audited(visit)
    assert "异常 <b>1</b> 处" in words(seen) and list(seen.dataframe[0].value["人"] if "人" in seen.dataframe[0].value else
                                                   seen.dataframe[0].value["who"]) == ["值班长甲"]  # fmt: skip
    found = audited(visit, case=number).dataframe[-1].value
    assert len(found) == 1 and "10.0.0.9" in found.to_string()
    day = audited(visit, person="值班长甲")
    assert "件69" in words(day) and number not in words(day)
    day.button(key="verify").click().run()
    assert "完整：第 1 条起共 72 条" in day.success[-1].value


def test_an_auditor_sees_no_case_and_sets_nothing(reader: Reader) -> None:
    with pytest.raises(ValueError, match="audit"):
        Grant(role="审计员", audit=True, cases="all")
    grant = reader.profile.grant_at(reader.as_of.date(), "审计员")
    assert grant.audit and grant.cases == "none"
    readers = {
        role for role in reader.profile.programmes.roles if reader.profile.grant_at(dt.date(2022, 6, 1), role).audit
    }
    assert readers == {"审计员"}
    for programme in reader.profile.programmes.programmes:
        assert "审计员" not in (*programme.opens, *(role for move in programme.moves for role in move.roles))


def test_what_an_address_says_is_kept_without_a_residents_words() -> None:
    assert viewer.harmless("电话 13800000000，1号楼") == "电话 …，1号楼"


def test_screens_with_cases_are_marked_and_every_sheet_says_who(visit: Visit, trail: Trail, reader: Reader) -> None:
    def styles(page: str, **query: str) -> str:
        seen = visit(page, **query)
        seen.session_state["actor_name"] = "区领导甲"
        return " ".join(str(one.proto.body) for one in seen.run().get("html"))

    number = str(reader.list_cases(CaseFilter(), page_size=1)["case_id"].iloc[0])
    name = quote("区领导甲")
    assert name in styles("cases") and name in styles("cases", case=number) and name not in styles("definitions")
    assert "@bottom-left" in styles("definitions") and "区领导甲" in styles("definitions")
    assert mark._css('甲";}</style>') == "甲\\22 \\3b \\7d \\3c \\2f style\\3e "
