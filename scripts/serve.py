"""Several processes of the dashboard behind nginx, as one command: python -m scripts.serve --port 8501 --processes 2.

A Python process uses one core. When one of the processes ends all are stopped, and whoever started this (systemd)
starts it anew.
"""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = Path(__file__).with_name("nginx.conf")
TYPES = Path("/etc/nginx/mime.types")
NO_NGINX = "没有 nginx：以管理员身份运行 scripts/bootstrap，或 apt-get install nginx-light"
HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"
PATIENCE = 120  # seconds for a process to open the store and answer


def configuration(template: str, folder: Path, address: str, ports: Sequence[int]) -> str:
    """The text of nginx.conf. `folder`: where nginx keeps what it needs while it runs."""
    filled = {
        "USER": getpass.getuser(),
        "FOLDER": str(folder),
        "TYPES": str(TYPES),
        "ADDRESS": address,
        "PROCESSES": "\n".join(f"    server 127.0.0.1:{port} max_fails=0;" for port in ports),
    }
    for name, value in filled.items():
        template = template.replace(f"@{name}@", value)
    return template


@contextmanager
def started(command: Sequence[str], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block."""
    process = subprocess.Popen(command, cwd=ROOT, **how)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def dashboard(port: int) -> list[str]:
    """The command that starts one process of the dashboard, for this machine only."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    return [*command, "--server.address", "127.0.0.1", "--server.port", str(port)]


def wait_until_healthy(address: str, process: subprocess.Popen[bytes], stopped: threading.Event) -> bool:
    """Whether the process answers; it may take a while to open the store."""
    for _ in range(PATIENCE * 5):
        if process.poll() is not None:
            return False
        asking = HTTPConnection(address, timeout=2)
        try:
            asking.request("GET", "/_stcore/health")
            if asking.getresponse().status == HTTPStatus.OK:
                return True
        except OSError:
            pass  # not there yet
        if stopped.wait(0.2):
            return False
    return False


def serve(host: str, port: int, processes: int, first: int) -> int:
    """Run until told to stop (0), or until one of the processes has ended (1)."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if not nginx:
        sys.stderr.write(f"{NO_NGINX}\n")
        return 1
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    ports = [first + place for place in range(processes)]
    with tempfile.TemporaryDirectory(prefix="dashboard-") as name:
        folder = Path(name)
        written = configuration(TEMPLATE.read_text(encoding="utf-8"), folder, f"{host}:{port}", ports)
        (folder / "nginx.conf").write_text(written, encoding="utf-8")
        proxy = [nginx, "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        return _run(ports, proxy, stopped, f"{host}:{port}")


def _run(ports: Sequence[int], proxy: Sequence[str], stopped: threading.Event, address: str) -> int:
    with ExitStack() as running:
        told = {**os.environ, "DASHBOARD_PROXIES": HERE}  # nginx says where a request comes from
        processes = [running.enter_context(started(dashboard(port), env=told)) for port in ports]
        if all(wait_until_healthy(f"{HERE}:{port}", one, stopped) for port, one in zip(ports, processes, strict=True)):
            processes.append(running.enter_context(started(proxy)))
            if wait_until_healthy(address.replace(EVERYWHERE, HERE), processes[-1], stopped):
                sys.stdout.write(f"看板地址：{address}（{len(ports)} 个进程，按 Ctrl+C 停止）\n")
                sys.stdout.flush()
        while not stopped.wait(0.5):
            if len(processes) == len(ports) or any(one.poll() is not None for one in processes):
                sys.stderr.write("有一个进程没有起来或结束了，全部停止；原因在上面\n")
                return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.serve", description="几个看板进程放在 nginx 后面，一个地址"
    )
    parser.add_argument("--host", default=EVERYWHERE, help="在哪个地址上接受访问")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--processes", type=int, default=2, help="看板进程数，与处理器核数相同为宜")
    parser.add_argument("--first", type=int, default=18501, help="看板进程自己用的端口，从这一个起")
    chosen = parser.parse_args(arguments)
    return serve(chosen.host, chosen.port, chosen.processes, chosen.first)


if __name__ == "__main__":
    sys.exit(main())
