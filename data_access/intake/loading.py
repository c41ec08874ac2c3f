"""The only way by which rows enter `cases`: from a staged table, in bulk, inside the writer's transaction.

Imports and the demo district both come through here, so what is stored beside the source's own
words (the day, the handling time, lateness, repeats) is computed once and alike.
"""

from __future__ import annotations

import duckdb
import h3
import pyarrow as pa

from data_access.cases.format import LAST_BATCH
from data_access.cases.schema import cases, import_batches
from data_access.district.profile import Profile

H3_RESOLUTION = 10  # about 66 m across: a building or two
# Columns that the store computes from the stage `s`. A stage brings a flag itself where its source tells the flag but
# not the time behind it.
DERIVED = {
    "created_day": "CAST(s.created_at AS DATE)",
    "handling_seconds": "CASE WHEN s.closed_at >= s.created_at THEN date_diff('second', s.created_at, s.closed_at) END",
    "is_closed": "CASE WHEN s.closed_at IS NULL THEN 0 ELSE 1 END",
    "is_late": "CASE WHEN s.closed_at > s.due_at THEN 1 ELSE 0 END",
    "has_deadline": "CASE WHEN s.due_at IS NULL THEN 0 ELSE 1 END",
}
_TIMES = ("due_at", "closed_at")


def next_batch_id(con: duckdb.DuckDBPyConnection) -> int:
    """The number the next import gets; numbers are never used twice within a store's history."""
    kept = "SELECT max(batch_id) AS n FROM import_batches"
    given = "SELECT CAST(value AS INTEGER) FROM store_info WHERE key = ?"
    highest = f"SELECT coalesce(max(n), 0) FROM ({kept} UNION ALL {given})"
    return int(con.execute(highest, [LAST_BATCH]).fetchall()[0][0]) + 1


def record_batch(con: duckdb.DuckDBPyConnection, **fields: object) -> None:
    """Write one row of `import_batches`; `fields` are its columns, all of them."""
    names = [column.name for column in import_batches.columns]
    con.execute(
        f"INSERT INTO import_batches ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})",
        [fields[name] for name in names],
    )


def append_cases(con: duckdb.DuckDBPyConnection, stage: str, *, batch_id: int) -> int:
    """Append every row of the table or view `stage`; returns how many.

    `stage` has any of the columns of `cases` (at least case_id, source, created_at); flags it
    brings win over the derived ones where they are not null. Call `mark_repeats` when all is in.
    """
    brought = {row[0] for row in con.execute(f"DESCRIBE {stage}").fetchall()}
    if "h3_cell" not in brought and {"lon", "lat"} <= brought:
        _stage_cells(con, stage)
    columns = {column.name: _value(column.name, brought) for column in cases.columns}
    columns["batch_id"] = str(int(batch_id))
    blanks = ", ".join(f"NULL::TIMESTAMP AS {name}" for name in _TIMES if name not in brought)
    source = f"(SELECT *{', ' + blanks if blanks else ''} FROM {stage}) s"
    if "c.cell" in columns["h3_cell"]:
        source += " LEFT JOIN place_cells c ON c.lon = s.lon AND c.lat = s.lat"
    chosen = f"SELECT {', '.join(columns.values())} FROM {source} ORDER BY s.created_at"
    return int(con.execute(f"INSERT INTO cases ({', '.join(columns)}) {chosen}").fetchall()[0][0])


def _value(name: str, brought: set[str]) -> str:
    """The SQL that fills a column of `cases` from the stage `s`."""
    column = cases.c[name]
    if name == "h3_cell" and name not in brought:
        return "coalesce(c.cell, '')" if {"lon", "lat"} <= brought else "''"
    if name in DERIVED:
        return f"coalesce(s.{name}, {DERIVED[name]})" if name in brought else DERIVED[name]
    if name not in brought:
        blank = "NULL" if column.server_default is None else f"'{_default(name)}'"
        return f"CAST({blank} AS {column.type.compile()})"
    return f"s.{name}" if column.server_default is None else f"coalesce(s.{name}, '{_default(name)}')"


def _default(name: str) -> str:
    return str(cases.c[name].server_default.arg)  # type: ignore[union-attr]


def _stage_cells(con: duckdb.DuckDBPyConnection, stage: str) -> None:
    """The H3 cell of every distinct point of the stage, as the temporary table place_cells."""
    points = con.execute(
        f"SELECT DISTINCT lon, lat FROM {stage} WHERE lon IS NOT NULL AND lat IS NOT NULL"
    ).fetchnumpy()
    cells = [h3.latlng_to_cell(lat, lon, H3_RESOLUTION) for lon, lat in zip(points["lon"], points["lat"], strict=True)]
    point_cells = pa.table({"lon": points["lon"], "lat": points["lat"], "cell": pa.array(cells, pa.string())})
    con.register("found_cells", point_cells)
    con.execute("CREATE OR REPLACE TEMP TABLE place_cells AS SELECT * FROM found_cells")
    con.unregister("found_cells")


def mark_repeats(con: duckdb.DuckDBPyConnection, profile: Profile, batch_id: int, former: str = "") -> None:
    """Set is_repeat of every case whose caller has a case in the batch.

    Recomputed for all of a caller's cases, because a batch may bring older cases than those stored. `former`: the table
    of the batch's cases as they were, whose callers may have one case less now.
    """
    before = f"UNION ALL SELECT caller_key FROM {former}" if former else ""
    con.execute(
        f"""
        UPDATE cases SET is_repeat = marked.is_repeat FROM (
            SELECT source, case_id,
                   CASE WHEN created_at - lag(created_at) OVER earlier <= to_days(?) THEN 1 ELSE 0 END AS is_repeat
            FROM cases
            WHERE caller_key <> '' AND is_void = 0
              AND caller_key IN (SELECT caller_key FROM cases WHERE batch_id = ? {before})
            WINDOW earlier AS (PARTITION BY caller_key, category2 ORDER BY created_at, case_id, source)
        ) marked
        WHERE cases.source = marked.source AND cases.case_id = marked.case_id AND cases.is_repeat <> marked.is_repeat
        """,
        [profile.settings.clock.repeat_window_days, batch_id],
    )
