"""The three servers, each with two workers on a port of this machine: installed, given the same cases, started."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from data_access.cases.store import Store
from scripts.bench.peers.boards.superset_board import ACCOUNT
from scripts.serve import started
from tests.browser.serving import ROOT, free_port, wait_until_answered

FOLDER = ROOT / "artefacts" / "peers"
DATA, BOARDS = FOLDER / "data", Path(__file__).with_name("boards")
WORKERS, THREADS = 2, 8
REQUIREMENTS = {
    "superset": ["apache-superset==6.1.*", "rich", "cachetools", "flask-caching==2.3.1", "gunicorn", "duckdb",
                 "duckdb-engine"],
    "vizro": ["vizro==1.0.*", "gunicorn", "duckdb"],
}  # fmt: skip
VERSIONS = {"superset": ["apache-superset", "duckdb", "duckdb-engine"], "vizro": ["vizro", "dash", "duckdb"]}
PARTS = ("analysis", "app.py", "authoring", "briefs", "commands", "data_access", "demo", "pages", "profiles",
         "pyproject.toml", "questions", "scripts", "ui", ".streamlit")  # fmt: skip
PATIENCE = 180  # seconds until a server answers


@dataclass(frozen=True)
class Server:
    """One that runs: where it answers, and the process above all of its others."""

    port: int
    process: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def program(name: str, command: str) -> str:
    """A program of a dashboard's own environment."""
    return str(FOLDER / name / "bin" / command)


def install(name: str) -> None:
    """The dashboard in an environment of its own; nothing to do when it is there as asked for."""
    asked = "\n".join(REQUIREMENTS[name])
    stamp = FOLDER / name / "installed"
    if stamp.exists() and stamp.read_text() == asked:
        return
    venv.create(FOLDER / name, clear=True, with_pip=True)
    run(program(name, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS[name])
    stamp.write_text(asked)


def versions(name: str) -> dict[str, str]:
    """What was installed of it."""
    told = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    command = [program(name, "python"), "-c", told, *VERSIONS[name]]
    found = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    return dict(zip(VERSIONS[name], found, strict=True))


def run(*command: str, **environment: str) -> None:
    """Run a command to its end; raises `CalledProcessError`, and what it said is in the log."""
    with (FOLDER / "setup.log").open("ab") as log:
        told = {**os.environ, **environment}
        subprocess.run(command, check=True, env=told, stdout=log, stderr=subprocess.STDOUT, cwd=FOLDER)


def superset_home() -> dict[str, str]:
    """A Superset that has an administrator and nothing else; returns its environment."""
    home = FOLDER / "superset-home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    told = {
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(BOARDS / "superset_config.py"),
        "SUPERSET_SECRET_KEY": secrets.token_urlsafe(48),
    }
    superset = program("superset", "superset")
    person = ["--firstname", "b", "--lastname", "b", "--email", "bench@localhost.localdomain"]
    run(superset, "db", "upgrade", **told)
    run(superset, "fab", "create-admin", *(f"--{name}={word}" for name, word in ACCOUNT.items()), *person, **told)
    run(superset, "init", **told)
    return told


def _gunicorn(name: str, app: str, port: int) -> list[str]:
    workers = ["-w", str(WORKERS), "-k", "gthread", "--threads", str(THREADS), "--timeout", "120"]
    return [program(name, "gunicorn"), "--chdir", str(FOLDER), *workers, "-b", f"127.0.0.1:{port}", app]


@contextmanager
def _answering(
    name: str, command: Sequence[str], port: int, healthy: str, environment: Mapping[str, str]
) -> Iterator[Server]:
    with (FOLDER / f"{name}.log").open("wb") as log, ExitStack() as running:
        process = running.enter_context(
            started(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **environment})
        )
        server = Server(port, process.pid)
        wait_until_answered(f"{server.address}{healthy}", process, PATIENCE)
        yield server


@contextmanager
def superset() -> Iterator[Server]:
    told, port = superset_home(), free_port()
    command = _gunicorn("superset", "superset.app:create_app()", port)
    with _answering("superset", command, port, "/health", told) as server:
        yield server


@contextmanager
def vizro() -> Iterator[Server]:
    port, kept = free_port(), FOLDER / "vizro-cache"
    shutil.rmtree(kept, ignore_errors=True)
    command = _gunicorn("vizro", "vizro_app:server", port)
    with _answering("vizro", command, port, "/", {"PYTHONPATH": str(BOARDS)}) as server:
        yield server


@contextmanager
def ours(store: Store) -> Iterator[Server]:
    """A copy of the dashboard with the bench's page among its own, and of the store, as make serve starts it."""
    copy, cases = FOLDER / "ours", FOLDER / "ours-cases"
    for folder in (copy, cases):
        shutil.rmtree(folder, ignore_errors=True)
    copy.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / part)
    shutil.copy(BOARDS / "our_board.py", copy / "pages" / "board.py")
    shutil.copytree(store.folder, cases)
    port, first = free_port(), free_port()
    command = [sys.executable, "-m", "scripts.serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--first", str(first), "--processes", str(WORKERS)]
    told = {"CASES_URL": f"duckdb:///{cases}", "DASHBOARD_OPEN": "1", "PYTHONPATH": str(copy)}
    with _answering("ours", ["env", "-C", str(copy), *command], port, "/_stcore/health", told) as server:
        yield server
