"""Somebody's own statements run on a small DuckDB of their own, which sees the version and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from data_access.cases import files
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.intake.importing import import_file

HEADER = "工单编号,来电时间\n"


def test_it_is_small_and_sees_the_version_alone(reader: Reader, tmp_path: Path) -> None:
    file = tmp_path / "outside.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    with reader.reading(apart=True) as connection:

        def one(said: str) -> object:
            return connection.execute(text(said)).scalar()

        assert one("SELECT current_setting('threads')") == 1
        assert one("SELECT count(*) FROM cases WHERE is_void = 0") == reader.count()
        for said in (f"SELECT * FROM read_csv('{file}')", "CREATE TABLE stored.mine (a INT)", "DELETE FROM cases",
                     "SET threads = 8", f"ATTACH '{tmp_path / 'other.duckdb'}'"):  # fmt: skip
            with pytest.raises(DBAPIError):
                connection.execute(text(said))


@pytest.mark.slow
@pytest.mark.parametrize("worth", [None, 0])
def test_it_sees_what_each_import_brought(
    empty_store: Store, profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worth: int | None
) -> None:
    """Whether a version is a file, or an older one with a log beside it."""
    if worth is not None:
        monkeypatch.setattr(files, "WORTH_A_LOG", worth)
    for nth in (1, 2, 3):
        file = tmp_path / f"{nth}.csv"
        file.write_text(f"{HEADER}T{nth},2022-03-0{nth} 09:00:00\n", encoding="utf-8")
        import_file(file, profile=profile, store=empty_store)
        found = Reader.of(empty_store, profile).sql("SELECT count(*) AS n FROM cases")
        assert found["n"].tolist() == [nth]
    assert not list(Path(empty_store.address).glob("own-*"))
