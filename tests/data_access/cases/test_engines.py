"""Every question has one answer, whichever engine the cases stand on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_access.cases.files import FileStore
from data_access.cases.filters import CaseFilter
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import Reader
from data_access.cases.schema import metadata
from data_access.cases.versions import Store
from data_access.district.profile import Profile
from tests.data_access.cases.asking import ASKED, OF_THE_DISTRICT, Known
from tests.data_access.cases.test_scope import assert_same, halves, known, open_to_care, whole  # noqa: F401
from tests.postgres import fresh_database


def copied(store: Store, to: Store) -> None:
    """The newest version of a store of files as the next version of another store."""
    with to.writing() as con:
        to.forget_everything(con)
        con.execute("DELETE FROM store_info")
        con.execute("COMMIT")  # a file is attached outside of a transaction
        con.execute(f"ATTACH '{store.folder / f'{store.version}.duckdb'}' AS other (READ_ONLY)")
        con.execute("BEGIN")
        for table in metadata.sorted_tables:
            con.execute(f"INSERT INTO {table.name} BY NAME FROM other.{table.name}").fetchall()


@pytest.fixture(scope="module")
def elsewhere(
    whole: Reader,  # noqa: F811
    postgres: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reader]:
    """The same district on PostgreSQL."""
    with fresh_database(postgres) as address:
        store = PostgresStore(address, tmp_path_factory.mktemp("kept"))
        copied(whole.store, store)
        yield Reader.of(store, whole.profile)


def seen_by(reader: Reader, who: str) -> Reader:
    """The reader itself, or within a scope."""
    return reader if who == "everybody" else dataclasses.replace(reader, scope=halves(reader.profile)[who].scope)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["everybody", "streets"])
@pytest.mark.parametrize("name", ASKED)
def test_every_engine_gives_the_same_answer(
    whole: Reader,  # noqa: F811
    elsewhere: Reader,
    known: Known,  # noqa: F811
    name: str,
    who: str,
) -> None:
    assert_same(ASKED[name](seen_by(elsewhere, who), known), ASKED[name](seen_by(whole, who), known))


@pytest.mark.parametrize("name", OF_THE_DISTRICT)
def test_every_engine_has_the_same_clock(whole: Reader, elsewhere: Reader, name: str) -> None:  # noqa: F811
    assert_same(OF_THE_DISTRICT[name](elsewhere), OF_THE_DISTRICT[name](whole))


@pytest.mark.parametrize(
    ("word", "found"), [("ёлка", True), ("ЁЛКА", True), ("Wi-Fi", True), ("暖气", True), ("100%", True), ("1_0", False)]
)
def test_words_are_found_alike(
    postgres_database: str, tmp_path: Path, profile: Profile, word: str, found: bool
) -> None:
    for store in (FileStore(tmp_path / "files"), PostgresStore(postgres_database, tmp_path / "kept")):
        with store.writing() as con:
            con.execute(
                "INSERT INTO cases (case_id, source, created_at, created_day, batch_id, content) "
                "VALUES ('1', 'hotline', now(), today(), 1, 'Ёлка，WI-FI，暖气不热，涨了100%')"
            ).fetchall()
        assert Reader.of(store, profile).count(CaseFilter(text=word)) == int(found)
