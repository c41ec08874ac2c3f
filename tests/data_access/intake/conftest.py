"""Imports go into a store on each engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_access.cases.clickhouse import ClickHouseStore
from data_access.cases.postgres import PostgresStore
from data_access.cases.store import Store, store_for


@pytest.fixture(params=["duckdb", "postgresql"])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store nothing was ever written to; each test has its own."""
    if request.param == "clickhouse":
        return ClickHouseStore(request.getfixturevalue("clickhouse_database"), tmp_path / "kept")
    if request.param == "postgresql":
        return PostgresStore(request.getfixturevalue("postgres_database"), tmp_path / "kept")
    return store_for(f"duckdb:///{tmp_path / 'empty_store'}")
