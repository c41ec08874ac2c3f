"""A version's file on a small DuckDB of its own, for somebody's own statements: one thread, the asker's, and little
memory. The readers' DuckDB shares its workers among all who ask: a cross join there slows every page.
"""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import TimeoutError

from data_access.cases.errors import QueryFailed
from data_access.cases.format import OFFLINE

KEPT, MORE, PATIENCE = 2, 4, 20  # connections held open, further ones, seconds that one waits for its turn
SHUT = ("enable_external_access = false", "lock_configuration = true")  # once the file is there


class Apart:
    """The small DuckDB of the version that was asked last. `memory`: as `engine_apart`."""

    def __init__(self, memory: int) -> None:
        self._memory, self._guard = memory, threading.Lock()
        self._file = Path()
        self._engine: Engine | None = None

    def connected(self, file: Path) -> Connection:
        """A connection to a version's file; raises `QueryFailed` where too many are asking."""
        with self._guard:
            if self._engine is None or self._file != file:
                self._close()
                self._file, self._engine = file, engine_apart(file, self._memory)
            engine = self._engine
        try:
            return engine.connect()
        except TimeoutError as error:
            raise QueryFailed("正在运行的自己写的查询太多，请稍后再试") from error

    def let_go(self, file: Path) -> None:
        """Close what is held open of a file."""
        with self._guard:
            if self._file == file:
                self._close()

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None


def engine_apart(file: Path, memory: int) -> Engine:
    """Connections that read the file only, and may ask nothing else. `memory`: bytes that each may use."""
    limits = {**OFFLINE, "threads": "1", "memory_limit": f"{memory >> 20}MiB",
              "max_temp_directory_size": f"{memory >> 20}MiB"}  # fmt: skip
    engine = create_engine(
        "duckdb:///:memory:", connect_args={"config": limits}, poolclass=QueuePool, pool_size=KEPT, max_overflow=MORE,
        pool_timeout=PATIENCE, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, hide_parameters=True,
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def _bring(connection: Any, _: Any) -> None:
        cursor, path = connection.cursor(), str(file).replace("'", "''")
        spill = str(file.parent / f"own-{secrets.token_hex(4)}.tmp").replace("'", "''")
        for said in (f"SET temp_directory = '{spill}'", f"ATTACH '{path}' AS stored (READ_ONLY)", "USE stored"):
            cursor.execute(said)
        for setting in SHUT:
            cursor.execute(f"SET {setting}")
        cursor.close()

    return engine
