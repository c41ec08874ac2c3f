"""The whole demo district, and a PostgreSQL of the tests' own (what production's ledger runs on). Nothing else is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from data_access import demo
from data_access.ledger import Ledger
from data_access.profile import Profile, current_profile
from data_access.programmes import Programme
from data_access.store import Store, store_for
from tests.browser.serving import free_port

AS_ROOT = os.geteuid() == 0
# The account that owns the package's programs: the server refuses to run as root.
RUN_AS = ("runuser", "-u", "postgres", "--") if AS_ROOT else ()
# Durability against power cuts only slows tests; committed work survives a killed process without it.
SERVER = "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them out of PATH, one folder per version."""
    found = shutil.which("initdb") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), default="")
    return Path(found).parent if found else None


@pytest.fixture(scope="session")
def full_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The whole demo district, as `make run` makes it."""
    store = store_for(f"duckdb:///{tmp_path_factory.mktemp('full_store')}")
    demo.generate(store, current_profile(), seed=2022)
    yield store
    for file in store.folder.glob("*.duckdb"):
        file.unlink()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A throwaway cluster on a free port; yields the address of its database `postgres`."""
    programs = _programs()
    if not programs:
        pytest.skip("没有 PostgreSQL：以管理员身份运行 scripts/bootstrap")
    port = free_port()
    # Not pytest's folder: only its owner may enter that.
    with tempfile.TemporaryDirectory(prefix="postgres-", dir="/tmp") as folder:
        if AS_ROOT:
            shutil.chown(folder, "postgres")

        def run(program: str, *options: str) -> None:
            command = [*RUN_AS, str(programs / program), "-D", f"{folder}/cluster", *options]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr

        run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
        run("pg_ctl", "start", "--wait", "--log", f"{folder}/log", "--options", SERVER.format(port=port))
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "--mode=immediate")


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[str]:
    """The address of a fresh, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, empty database on each engine that a ledger may stand on."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_database")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(scope="module")
def profile() -> Profile:
    return current_profile("dongcheng")


@pytest.fixture(scope="module")
def programme(profile: Profile) -> Programme:
    return profile.programme("supervision")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    found = Ledger(ledger_url)
    yield found
    found.engine.dispose()
