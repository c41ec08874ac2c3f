"""The store on disk: versions follow one another, a failed write leaves none, readers never wait."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from data_access.cases.errors import StoreBusy, StoreError
from data_access.cases.files import FileStore
from data_access.cases.history import Keeping
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import NoData, Reader
from data_access.cases.versions import Store
from data_access.district.profile import Profile, current_profile

ADD = """insert into cases (case_id, source, created_at, created_day, batch_id)
         select ? || i, 'hotline', timestamp '2022-01-01' + to_minutes(i), date '2022-01-01', 1 from range(?) t(i)"""


@pytest.fixture(params=["duckdb", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store nothing was ever written to, on each engine."""
    if request.param == "postgresql":
        return PostgresStore(request.getfixturevalue("postgres_database"), tmp_path / "kept")
    return FileStore(tmp_path / "store")


def again(store: Store) -> Store:
    """The same place as another process sees it."""
    return PostgresStore(store.url, store.folder) if isinstance(store, PostgresStore) else FileStore(store.folder)


def add(store: Store, prefix: str, count: int) -> None:
    with store.writing() as connection:
        connection.execute(ADD, [prefix, count])


def volume(store: Store) -> int:
    return Reader.of(store, current_profile()).count()


def test_an_empty_store_says_what_to_do(store: Store, profile: Profile) -> None:
    nobody = Reader.of(store, profile)
    assert not store.exists and not nobody.has_data
    with pytest.raises(NoData, match="demo"):
        _ = nobody.as_of
    with pytest.raises(StoreError, match="demo"), store.reading():
        pass


def test_each_write_is_a_version_that_readers_follow(store: Store) -> None:
    add(store, "a", 10)
    first = store.version
    assert volume(store) == 10
    add(store, "b", 5)
    assert store.version > first and volume(store) == 15


def test_a_failed_write_publishes_nothing(store: Store) -> None:
    add(store, "a", 10)
    before = store.version
    with pytest.raises(ZeroDivisionError), store.writing() as connection:  # noqa: PT012 - it fails after writing
        connection.execute("delete from cases")
        raise ZeroDivisionError
    assert (store.version, volume(store)) == (before, 10)
    assert not [*store.folder.glob("*.writing*"), *store.folder.glob("workshop-*")]


def test_a_reader_keeps_its_version_while_another_is_published(store: Store) -> None:
    add(store, "a", 10)
    with store.reading() as connection:
        add(store, "b", 5)
        assert connection.execute(text("select count(*) from cases")).scalar() == 10
    assert volume(store) == 15


def test_rollback_returns_to_the_version_before_and_numbers_are_never_reused(store: Store) -> None:
    add(store, "a", 10)
    add(store, "b", 5)
    undone = store.version
    store.rollback()
    assert volume(store) == 10
    with pytest.raises(StoreError, match="没有更早"):
        store.rollback()
    add(store, "c", 1)
    assert store.version > undone and volume(store) == 11


@pytest.mark.slow
def test_old_versions_are_cleaned_away(store: Store) -> None:
    for number in range(Keeping().versions + 3):
        add(store, f"{number}-", 1)
    assert len(store.versions()) == Keeping().versions
    assert volume(store) == Keeping().versions + 3


def test_leftovers_of_a_dead_writer_are_cleaned(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    add(store, "a", 1)
    (tmp_path / "v000099.writing").write_bytes(b"half")
    add(store, "b", 1)
    assert not list(tmp_path.glob("*.writing")) and volume(store) == 2


def test_a_second_writer_is_told(store: Store) -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.writing():
            holding.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(10)
    try:
        with pytest.raises(StoreBusy, match="正在写入"), again(store).writing(wait_seconds=0.1):
            pass
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(
    "statement",
    ["delete from cases", "select * from read_text('/etc/hostname')", "commit; delete from case_store.cases"],
)
def test_readers_can_neither_write_nor_leave_the_store(store: Store, statement: str) -> None:
    add(store, "a", 1)
    with pytest.raises(SQLAlchemyError), store.reading() as connection:
        connection.execute(text(statement))
    assert volume(store) == 1
