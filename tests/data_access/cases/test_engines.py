"""Every question has one answer, whichever engine the cases stand on."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import pytest

from data_access.cases import files
from data_access.cases.clickhouse import ClickHouseStore
from data_access.cases.draft import log_of
from data_access.cases.files import FileStore
from data_access.cases.filters import CaseFilter
from data_access.cases.moving import move
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import Reader
from data_access.cases.versions import Store
from data_access.district.profile import Profile
from tests.cities import DISTRICTS, city
from tests.clickhouse import fresh_database as fresh_store
from tests.data_access.cases.asking import ASKED, OF_THE_DISTRICT, YEAR, Known
from tests.data_access.cases.test_scope import assert_same, halves, known, open_to_care, whole  # noqa: F401
from tests.postgres import fresh_database


def unwatched(_: int, __: int) -> None:
    """Nobody watches."""


def changed_and_back(store: FileStore) -> None:
    """The same cases, a good part of them in a log over a base that knew them otherwise."""
    with store.writing() as con:
        con.execute("CREATE TEMP TABLE right_ones AS FROM cases WHERE hash(case_id) % 10 = 0")
        con.execute("DELETE FROM cases WHERE hash(case_id) % 20 = 0").fetchall()
        con.execute(
            "UPDATE cases SET street = '', is_closed = 0, closed_at = NULL, content = '另一件', caller_key = 'x' "
            "WHERE hash(case_id) % 20 = 10"
        ).fetchall()
        con.execute("INSERT INTO cases BY NAME SELECT * REPLACE ('多' || case_id AS case_id) FROM right_ones")
        con.execute("CREATE TABLE kept AS FROM right_ones")
    with store.writing() as con:
        con.execute("DELETE FROM cases WHERE hash(case_id) % 10 = 0 OR case_id LIKE '多%'").fetchall()
        con.execute("INSERT INTO cases FROM kept").fetchall()
        con.execute("DROP TABLE kept")
    assert log_of(store.folder / f"{store.version}.duckdb").stat().st_size > 10_000


@contextmanager
def emptied(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    """A store nothing was ever written to, on a server."""
    fresh, kind = {"postgres": (fresh_database, PostgresStore), "clickhouse": (fresh_store, ClickHouseStore)}[engine]
    with fresh(request.getfixturevalue(engine)) as address:
        yield kind(address, folder)


@pytest.fixture(scope="module")
def elsewhere(
    whole: Reader,  # noqa: F811
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], Reader]]:
    """The same district on a server, or in files after small imports (log: a base and a log); each made once."""
    with ExitStack() as stack:

        @functools.cache
        def made(engine: str) -> Reader:
            if engine == "log":
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(files, "WORTH_A_LOG", 0)
                    logged = FileStore(tmp_path_factory.mktemp("logged"))
                    move(whole.store, logged, unwatched)
                    changed_and_back(logged)
                return Reader.of(logged, whole.profile)
            store = stack.enter_context(emptied(engine, request, tmp_path_factory.mktemp("kept")))
            move(whole.store, store, unwatched)
            return Reader.of(store, whole.profile)

        yield made


def seen_by(reader: Reader, who: str) -> Reader:
    """The reader itself, or within a scope."""
    return reader if who == "everybody" else dataclasses.replace(reader, scope=halves(reader.profile)[who].scope)


# Where a scope comes in is the same for every question; on one engine all of them are asked within one.
SCOPED = {"postgres": [*ASKED], "log": [*ASKED], "clickhouse": [name for name in ASKED if name.startswith("Reader.")]}
QUESTIONS = [
    (engine, name, who)
    for engine, scoped in SCOPED.items()
    for who, names in (("everybody", [*ASKED]), ("streets", scoped))
    for name in names
]


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "name", "who"), QUESTIONS)
def test_every_engine_gives_the_same_answer(
    whole: Reader,  # noqa: F811
    elsewhere: Callable[[str], Reader],
    known: Known,  # noqa: F811
    engine: str,
    name: str,
    who: str,
) -> None:
    assert_same(ASKED[name](seen_by(elsewhere(engine), who), known), ASKED[name](seen_by(whole, who), known))


@pytest.mark.slow
@pytest.mark.parametrize("engine", [*SCOPED])
@pytest.mark.parametrize("name", OF_THE_DISTRICT)
def test_every_engine_has_the_same_clock(
    whole: Reader,  # noqa: F811
    elsewhere: Callable[[str], Reader],
    engine: str,
    name: str,
) -> None:
    assert_same(OF_THE_DISTRICT[name](elsewhere(engine)), OF_THE_DISTRICT[name](whole))


def _by_district(reader: Reader, town: Profile) -> list[object]:
    reader = dataclasses.replace(reader, profile=town)
    return [
        reader.aggregate(["volume", "resolution_rate", "median_hours"], ["district"]),
        reader.aggregate(["volume"], ["district", "month"], YEAR.replace(district=DISTRICTS[1:])),
        reader.aggregate(["composite"], ["street"], YEAR.replace(district=(DISTRICTS[0], ""))),
        dataclasses.replace(reader, scope=CaseFilter(district=DISTRICTS[:1])).aggregate(["volume"], ["street"]),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("engine", [*SCOPED])
def test_every_engine_tells_a_city_by_district(
    whole: Reader,  # noqa: F811
    elsewhere: Callable[[str], Reader],
    tmp_path: Path,
    engine: str,
) -> None:
    town = city(tmp_path)
    odd = town.streets[0].model_copy(update={"name": """甲's "100%" :乙 街道"""})
    town = town.model_copy(update={"streets": (*town.streets, odd)})
    assert_same(_by_district(elsewhere(engine), town), _by_district(whole, town))


@pytest.mark.parametrize("engine", ["duckdb", "postgres", "clickhouse"])
@pytest.mark.parametrize(
    ("word", "found"), [("ёлка", True), ("ЁЛКА", True), ("Wi-Fi", True), ("暖气", True), ("100%", True), ("1_0", False)]
)
def test_words_are_found_alike(
    request: pytest.FixtureRequest, tmp_path: Path, profile: Profile, engine: str, word: str, found: bool
) -> None:
    on_files = nullcontext(FileStore(tmp_path))
    with on_files if engine == "duckdb" else emptied(engine, request, tmp_path) as store:
        with store.writing() as con:
            con.execute(
                "INSERT INTO cases (case_id, source, created_at, created_day, batch_id, content) "
                "VALUES ('1', 'hotline', now(), today(), 1, 'Ёлка，WI-FI，暖气不热，涨了100%')"
            ).fetchall()
        assert Reader.of(store, profile).count(CaseFilter(text=word)) == int(found)
