"""A PostgreSQL of the tests' own, which production's ledger runs on. Nothing else on the machine is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

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


@contextmanager
def cluster() -> Iterator[str]:
    """A throwaway cluster on a free port; yields the address of its database `postgres`."""
    with laid_out() as running, running() as address:
        yield address


@contextmanager
def laid_out() -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """A cluster that does not run yet. What is yielded runs it, as `cluster`, and kills it; again and again."""
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

        @contextmanager
        def running() -> Iterator[str]:
            run("pg_ctl", "start", "--wait", "--log", f"{folder}/log", "--options", SERVER.format(port=port))
            try:
                yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
            finally:
                run("pg_ctl", "stop", "--mode=immediate")

        yield running


@contextmanager
def fresh_database(address: str) -> Iterator[str]:
    """The address of a new, empty database beside the one at `address`."""
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield make_url(address).set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()
