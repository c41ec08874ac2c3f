"""Today's ClickHouse behind its HTTP interface: the engine is the real one (chdb), this only carries requests to it.

Debian's clickhouse-server is of 2018 and knows no WITH; chdb is the current engine as a library. What is kept here is
the part of the interface that drivers use: a statement in `query` or in the body, rows to insert in the body, the
database and settings as parameters. Requests with other settings are other sessions. Started as a program: port, folder.
"""

from __future__ import annotations

import re
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import chdb

# What the interface itself consumes; everything else is a setting of the engine.
OF_THE_INTERFACE = {
    "database", "query", "query_id", "session_id", "compress", "decompress", "wait_end_of_query", "buffer_size",
    "send_progress_in_http_headers", "http_headers_progress_interval_ms", "enable_http_compression",
    "client_protocol_version",
}  # fmt: skip


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Carrier(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    folder = ""

    def setup(self) -> None:
        super().setup()
        self.sessions: dict[tuple[tuple[str, str], ...], chdb.Connection] = {}

    def finish(self) -> None:
        for session in self.sessions.values():
            session.close()
        super().finish()

    def do_GET(self) -> None:
        self._answer(b"Ok.\n")

    def do_POST(self) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self._body()
        try:
            settings = tuple((name, value) for name, value in asked.items() if name not in OF_THE_INTERFACE)
            if settings not in self.sessions:
                self.sessions[settings] = chdb.connect(self.folder)
                for name, value in settings:
                    self.sessions[settings].query(f"SET {name} = {quoted(value)}")
            session = self.sessions[settings]
            session.query(f"USE `{asked.get('database') or 'default'}`")
            self._answer(self._result(session, asked.get("query", ""), body))
        except Exception as error:  # noqa: BLE001 - whatever the engine says goes to who asked
            said = str(error)
            code = re.search(r"Code: (\d+)", said)
            self._answer(said.encode(), 500, {"X-ClickHouse-Exception-Code": code[1] if code else "1002"})

    def _result(self, session: chdb.Connection, query: str, body: bytes) -> bytes:
        if not query:
            query = body.decode()
        elif body:
            with tempfile.NamedTemporaryFile() as rows:
                rows.write(body)
                rows.flush()
                into, _, form = query.rpartition(" FORMAT ")
                return bytes(session.query(f"{into} FROM INFILE {quoted(rows.name)} FORMAT {form}").bytes())
        return bytes(session.query(query, "TSV").bytes())

    def _body(self) -> bytes:
        if length := self.headers.get("Content-Length"):
            return self.rfile.read(int(length))
        parts = []
        while self.headers.get("Transfer-Encoding") == "chunked" and (size := int(self.rfile.readline(), 16)):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        return b"".join(parts)

    def _answer(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        lines = {"Content-Length": str(len(body)), "X-ClickHouse-Timezone": "UTC", **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.wfile.write(
            f"HTTP/1.1 {status} -\r\n{head}\r\n".encode() + body
        )  # at once: no waiting for a second packet

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked has no place in a log."""


def main(port: int, folder: str) -> None:
    Carrier.folder = folder
    with chdb.connect(folder), ThreadingHTTPServer(("127.0.0.1", port), Carrier) as server:  # the engine stays open
        server.daemon_threads = True
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
