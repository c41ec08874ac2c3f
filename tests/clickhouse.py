"""A ClickHouse of the tests' own. Nothing else on the machine is touched."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import clickhouse_connect
import httpx
import pytest
from sqlalchemy import make_url

from tests.browser.serving import free_port

DEBIANS = """<yandex>
  <logger><level>none</level></logger>
  <http_port>{port}</http_port><listen_host>127.0.0.1</listen_host>
  <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path><mark_cache_size>1000000</mark_cache_size>
  <users_config>config.xml</users_config><default_profile>default</default_profile>
  <profiles><default/></profiles><quotas><default/></quotas>
  <users><default>
    <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
  </default></users>
</yandex>"""
ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def engine() -> Iterator[str]:
    """Today's engine on a free port; yields its address, without a database."""
    with laid_out() as running, running() as address:
        yield address


@contextmanager
def laid_out() -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """An engine that does not run yet. What is yielded runs it, as `engine`, and kills it; again and again."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="clickhouse-") as folder:

        @contextmanager
        def running() -> Iterator[str]:
            command = [sys.executable, "-m", "tests.clickhouse_server", str(port), folder]
            with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
                try:
                    assert server.stdout
                    assert server.stdout.readline() == b"ready\n", "ClickHouse did not start"
                    yield f"clickhouse://default@127.0.0.1:{port}"
                finally:
                    server.kill()

        yield running


@contextmanager
def debians() -> Iterator[str]:
    """Debian's server, of 2018, on a free port; yields its address, without a database."""
    program, port = "/usr/sbin/clickhouse-server", free_port()
    if not Path(program).exists():
        pytest.skip("没有 clickhouse-server：以管理员身份运行 scripts/bootstrap")
    with tempfile.TemporaryDirectory(prefix="clickhouse-") as folder:
        Path(folder, "config.xml").write_text(DEBIANS.format(port=port, folder=folder), encoding="utf-8")
        with subprocess.Popen([program, f"--config-file={folder}/config.xml"], stderr=subprocess.DEVNULL) as server:
            try:
                while server.poll() is None:
                    try:
                        if httpx.get(f"http://127.0.0.1:{port}/ping").text == "Ok.\n":
                            break
                    except httpx.TransportError:
                        continue
                yield f"clickhouse://default@127.0.0.1:{port}"
            finally:
                server.kill()


@contextmanager
def fresh_database(address: str) -> Iterator[str]:
    """The address of a store's database that is not there yet; it goes afterwards, with those of its versions."""
    name = f"test_{uuid.uuid4().hex}"
    url = make_url(address)
    yield url.set(database=name).render_as_string(hide_password=False)
    client = clickhouse_connect.get_client(host=url.host, port=url.port)
    for (one,) in client.query(f"SELECT name FROM system.databases WHERE startsWith(name, '{name}')").result_rows:
        client.command(f"DROP DATABASE `{one}`")
    client.close()
