"""The matrix: every role at every door, over cases and matters whose words say whose they are; and all of it stands in
the audit. In the suite some doors, always the same; `make matrix` tries them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import create_engine, delete, func, select, update

from data_access.cases.reader import Reader
from data_access.district.periods import beijing_now
from data_access.ledger.opening import trail_of
from data_access.ledger.schema import matter_events
from data_access.trail.reading import search, verify
from data_access.trail.schema import trail_records
from tests.matrix.crawl import PAGES, Crawl, Some, about
from tests.matrix.doors import submitted
from tests.matrix.talking import Tab, to
from tests.matrix.world import CALLER, NUMBER, PLATE, WORD, World, kinds_of, marked, person, served

pytestmark = pytest.mark.slow

# Whoever sees only their own goes to every page, the others to some.
OWN, OTHERS = Some(pages=99, doors=1, links=3, guesses=4), Some(pages=4, doors=1, links=2, guesses=1)
MOST = 1_000_000


@pytest.fixture(scope="module")
def world(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> World:
    return marked(reader, tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def address(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(world, tmp_path_factory.mktemp("log") / "matrix.log") as running:
        yield running


@pytest.fixture(scope="module")
def crawls(world: World, address: str, pytestconfig: pytest.Config) -> dict[str, Crawl]:
    """Everybody's way, whoever sees most first: what they leave behind must not lead others to it."""
    roles = [grant.role for grant in world.reader.profile.access[-1].grants]
    some = {role: OWN if role == "街道" else OTHERS for role in roles}
    if pytestconfig.getoption("every_door"):
        some = dict.fromkeys(some, None)  # type: ignore[arg-type]
    return {role: Crawl(world, address, role, most).go() for role, most in some.items()}


@pytest.fixture(scope="module")
def acted(world: World, address: str, crawls: dict[str, Crawl]) -> list[Tab]:
    """After the crawls, acts: forms of a matter's next step, filled in and sent; and new briefs that are kept."""
    tabs = []
    for place in (to("supervision", {"matter": world.own}), to("brief")):
        with Tab(address, person(world.reader.profile, "指挥中心").name, place) as tab:
            tab.run()
            for states in submitted(tab):
                tab.run(*states)
            tabs.append(tab)
    return tabs


@pytest.fixture(scope="module")
def kept(world: World, crawls: dict[str, Crawl], acted: list[Tab]) -> pd.DataFrame:
    """The trail's records, once the server's thread has written all that was seen."""
    trail, began = trail_of(world.reader), beijing_now() - timedelta(days=1)
    assert trail
    last = {tab.seat for tab in acted[-1:]}
    while True:
        told = search(trail, began, began + timedelta(days=2), most=MOST)
        if last <= set(told["address"][told["kind"] == "page"]):
            return told


def test_nobody_is_sent_what_is_not_theirs(crawls: dict[str, Crawl], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for role, crawl in crawls.items():
            print(f"\n{role}: {crawl.tried} steps, {len(crawl.pages)} pages, {len(crawl.leaks)} leaks", end="")  # noqa: T201
    assert {role: crawl.leaks[:5] for role, crawl in crawls.items() if crawl.leaks} == {}


def test_there_was_something_to_find(crawls: dict[str, Crawl]) -> None:
    """Else the above would prove nothing: each sees words that are theirs, who may see words."""
    kinds = {role: kinds_of(crawl.found) for role, crawl in crawls.items()}
    assert {NUMBER, WORD, PLATE} <= kinds["指挥中心"] and {NUMBER, WORD, PLATE} <= kinds["街道"]
    assert {NUMBER, WORD} <= kinds["网格监督员"] and not kinds["网格监督员"] & {PLATE, CALLER}
    assert not kinds["系统管理员"] and WORD not in kinds["审计员"]


def test_every_page_was_met(crawls: dict[str, Crawl], world: World) -> None:
    """A page that is added is in it by itself, for whoever may see it."""
    street = world.reader.profile.grant_at(world.reader.as_of.date(), "街道").rights
    assert {page for page in PAGES if about(page).get("needs", "") in ("", *street)} <= crawls["街道"].pages


def test_every_act_of_the_crawl_stands_in_the_audit(
    crawls: dict[str, Crawl], acted: list[Tab], kept: pd.DataFrame, world: World
) -> None:
    told = Counter(zip(kept["address"], kept["kind"], strict=True))
    names = kept[kept["kind"] != "login"].groupby("address")["who"].agg(set).to_dict()
    assert "gap" not in set(kept["kind"])
    for crawl in crawls.values():
        for (seat, kind), times in crawl.did.items():
            assert told[seat, kind] >= times > 0, (crawl.role, seat, kind)
            assert names[seat] == {crawl.who.name}
        for seat, title in crawl.opened:
            mine = kept[(kept["address"] == seat) & kept["kind"].isin(["page", "refusal"])]
            assert title in set(mine["what"]), (crawl.role, title, kept[kept["address"] == seat].to_dict("records"))
        for seat, number in crawl.cases:
            mine = kept[(kept["address"] == seat) & (kept["kind"] == "case")]
            assert number in set(mine["what"]), (crawl.role, seat, number)
        assert sum(told[seat, "login"] for seat in crawl.seats) == len(crawl.seats), crawl.role
    exports = kept[kept["kind"] == "export"]
    assert len(exports) and all({"rows", "columns"} <= {*one} for one in exports["details"])
    assert crawls["街道"].cases and crawls["指挥中心"].opened


def test_every_step_of_the_ledger_stands_in_the_audit(acted: list[Tab], kept: pd.DataFrame, world: World) -> None:
    trail = trail_of(world.reader)
    assert trail
    acts = kept[kept["kind"] == "act"]
    seats = {tab.seat for tab in acted}
    assert seats & set(acts["address"]), "no step was taken"
    assert seats <= set(kept["address"][kept["kind"] == "page"])  # also of pages that stop after the one matter
    with trail.engine.connect() as connection:
        steps = select(matter_events.c.seq).where(matter_events.c.who.in_({*acts["who"]}))
        assert {one["seq"] for one in acts["details"]} == set(connection.execute(steps).scalars())


def test_the_chain_is_whole_and_one_changed_or_missing_row_is_found(
    kept: pd.DataFrame, world: World, tmp_path: Path
) -> None:
    trail = trail_of(world.reader)
    assert trail
    whole = verify(trail)
    assert not whole.broken and whole.records >= len(kept)
    table = trail_records.c
    changes = {"changed": update(trail_records).values(who="别人"), "missing": delete(trail_records)}
    for name, change in changes.items():
        copy = tmp_path / f"{name}.db"
        with trail.engine.connect() as connection:
            connection.connection.driver_connection.execute(f"VACUUM INTO '{copy}'")  # type: ignore[union-attr]
            middle = int(connection.execute(select(func.max(table.seq))).scalar() or 0) // 2
        engine = create_engine(f"sqlite:///{copy}")
        with engine.begin() as connection:
            connection.execute(change.where(table.seq == middle))
        assert verify(replace(trail, engine=engine)).broken == f"第 {middle} 条"
        engine.dispose()
