"""A server to try out, with the demo district on it and the dashboard before it: make postgres, make clickhouse.

The server lives as long as the dashboard, in a temporary folder; nothing else on the machine is touched.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory

from tests import clickhouse, postgres

# Its server, and a database on it.
SERVERS = {
    "postgres": (postgres.cluster, postgres.fresh_database),
    "clickhouse": (clickhouse.engine, clickhouse.fresh_database),
}
SCALE = os.environ.get("SCALE", "0.1")
HOST, PORT = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8501")


def main(name: str) -> int:
    # Stopped from without it takes its server along, as by Ctrl+C.
    for told in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, signal.default_int_handler)
    started, database = SERVERS[name]
    with started() as server, database(server) as address, TemporaryDirectory(prefix="cases-") as kept:
        environment = {**os.environ, "CASES_URL": address, "CASES_FOLDER": kept}

        def run(*command: str) -> int:
            return subprocess.run([sys.executable, "-m", *command], env=environment, check=False).returncode

        sys.stdout.write(f"案件库：{address}\n看板地址：http://localhost:{PORT}（按 Ctrl+C 停止，数据随之删除）\n")
        sys.stdout.flush()
        try:
            return run("data_access", "schema") or run("data_access", "demo", "--scale", SCALE) or run(
                "streamlit", "run", "app.py", "--server.headless", "true",
                "--server.address", HOST, "--server.port", PORT,
            )  # fmt: skip
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
