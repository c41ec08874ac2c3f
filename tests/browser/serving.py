"""The application as a process of its own, as `make run` starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from data_access.cases.store import Store

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_answered(address: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Until something is served there; raises `RuntimeError` when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    raise RuntimeError(f"the server did not become healthy (exit code {server.poll()})")


@contextmanager
def serving(
    store: Store, log: Path, port: int = 0, *, app: Path = ROOT / "app.py", **environment: str
) -> Iterator[str]:
    """The application as `make run` starts it, on `store`; yields its address. `port`: to come back at the same one.

    `app`: another script in its place.
    """
    with started(store, log, port, app=app, **environment) as (address, _):
        yield address


@contextmanager
def started(
    store: Store, log: Path, port: int = 0, *, app: Path = ROOT / "app.py", **environment: str
) -> Iterator[tuple[str, int]]:
    """As `serving`; yields the server's address and the number of its process."""
    port = port or free_port()
    environment = {**os.environ, "CASES_URL": f"duckdb:///{store.folder}", **environment}
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_answered(f"{address}/_stcore/health", server)
            yield address, server.pid
        finally:
            server.terminate()
            server.wait(timeout=20)
