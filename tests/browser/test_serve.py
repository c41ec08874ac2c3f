"""Several processes behind a real nginx: who comes again comes to the same one, and when it stops nothing is left."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from data_access.cases.store import Store
from scripts import serve
from scripts.bench.viewers import viewing
from tests.browser.serving import ROOT, free_port
from tests.loops import run

PROCESSES = 2


@contextmanager
def behind_nginx(store: Store, log: Path, first: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of make serve, once it answers, and its process."""
    port, environment = free_port(), {"CASES_URL": f"duckdb:///{store.folder}", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "scripts.serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--first", str(first), "--processes", str(PROCESSES)]
    with log.open("wb") as output, serve.started(command, env=environment, stdout=output, stderr=output) as server:
        while "看板地址" not in (said := log.read_text(encoding="utf-8")):
            assert server.poll() is None, said
        yield f"http://127.0.0.1:{port}", server


def asked(url: str, **headers: str) -> tuple[dict[str, str], bytes]:
    with urlopen(Request(url, headers=headers), timeout=60) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}, answer.read()


async def _visit(address: str, cookie: str) -> int:
    async with viewing(address, "overview", {"Cookie": f"process={cookie}"}) as viewer:
        return (await viewer.run()).messages


@pytest.mark.slow
def test_two_processes_answer_as_one(demo_store: Store, tmp_path: Path) -> None:
    if not Path("/usr/sbin/nginx").exists():
        pytest.skip("没有 nginx：以管理员身份运行 scripts/bootstrap")
    log = tmp_path / "serve.log"
    with behind_nginx(demo_store, log, free_port()) as (address, server):
        headers, document = asked(f"{address}/overview", Accept="text/html")
        assert re.fullmatch(r"process=\w+; Path=/; HttpOnly; SameSite=Lax", headers["set-cookie"])
        cookie = headers["set-cookie"].split(";")[0]
        again = asked(f"{address}/overview", Accept="text/html", Cookie=cookie)[0]
        assert "process=" not in again.get("set-cookie", "")
        # The program's scripts come packed, from nginx as from the process, with the rules that guard them.
        script = re.search(rb'src="\.?/?(static/js/[^"]+\.js)"', document)
        assert script
        packed = [asked(f"{address}/{script[1].decode()}", **{"Accept-Encoding": "gzip"}) for _ in range(2)]
        assert packed[0][1] == packed[1][1] and gzip.decompress(packed[0][1])
        assert all(found["x-content-type-options"] == "nosniff" for found, _ in packed)
        # Each viewer's session lives in the process that the cookie tells, whichever it is.
        seen = [run(_visit, address, str(number)) for number in range(4)]
        assert min(seen) > 10
        server.terminate()
        assert server.wait(timeout=60) == 0
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_the_template_is_filled(tmp_path: Path) -> None:
    written = serve.configuration(serve.TEMPLATE.read_text(encoding="utf-8"), tmp_path, "0.0.0.0:80", [1, 2, 3])
    assert "@" not in written.replace(serve.TEMPLATE.read_text(encoding="utf-8").splitlines()[1], "")
    assert written.count("server 127.0.0.1:") == 3 and "listen 0.0.0.0:80;" in written
    assert 'proxy_set_header X-Remote-User "";' in written
    assert (ROOT / "scripts" / "nginx.conf") == serve.TEMPLATE


def test_without_nginx_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve.shutil, "which", lambda *_, **__: None)
    assert serve.main(["--port", "1"]) == 1
    assert "nginx-light" in capsys.readouterr().err
