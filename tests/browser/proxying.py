"""A real nginx (Debian's) with a server that a test writes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.serving import wait_until_answered

NGINX = Path("/usr/sbin/nginx")
MAIN = """
pid {folder}/nginx.pid; error_log stderr warn; daemon off; {user}
events {{ worker_connections 256; }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{site}
}}
"""


@contextmanager
def nginx(folder: Path, site: str, answered: str) -> Iterator[None]:
    """nginx with this configuration of its http part, once `answered` (an address) is."""
    if not NGINX.exists():
        pytest.skip("没有 nginx：以管理员身份运行 scripts/bootstrap")
    user = f"user {folder.owner()};" if folder.owner() == "root" else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user, site=site), encoding="utf-8")
    server = subprocess.Popen([str(NGINX), "-e", "stderr", "-c", str(folder / "nginx.conf")])
    try:
        wait_until_answered(answered, server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)
