"""New cases in, changed cases replaced: what came in meets what is stored, by key."""

from __future__ import annotations

import duckdb

from data_access.cases.schema import cases
from data_access.intake.loading import append_cases

# Flag -> the time it is derived from. Where neither the file nor the store has that time the flag cannot be derived
# again: the stored one stays.
KEPT_FLAGS = {"is_closed": "closed_at", "is_late": "due_at", "has_deadline": "due_at"}


def merge(con: duckdb.DuckDBPyConnection, stored: list[str], source: str, batch_id: int) -> tuple[int, int]:
    """New cases in, changed cases replaced; returns how many of each. Blank fields of the file change nothing."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE former AS SELECT c.* FROM cases c SEMI JOIN incoming i USING (case_id)
            WHERE c.source = '{source}'"""
    )
    brought = [name for name in stored if name != "case_id"]
    differs = " OR ".join(f"(i.{name} IS NOT NULL AND i.{name} IS DISTINCT FROM f.{name})" for name in brought)
    newer = "AND (i.updated_at IS NULL OR f.updated_at IS NULL OR i.updated_at >= f.updated_at)"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE changed AS SELECT {", ".join(_merged(stored))}
            FROM incoming i JOIN former f USING (case_id)
            WHERE ({differs}) {newer if "updated_at" in stored else ""}"""
    ).fetchall()
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW fresh AS SELECT {", ".join(stored)}, '{source}' AS source
            FROM incoming ANTI JOIN former USING (case_id)"""
    )
    inserted = append_cases(con, "fresh", batch_id=batch_id)
    ((changed,),) = con.execute("SELECT count(*) FROM changed").fetchall()
    if changed:
        con.execute(
            f"DELETE FROM cases WHERE source = '{source}' AND case_id IN (SELECT case_id FROM changed)"
        ).fetchall()
    return inserted, append_cases(con, "changed", batch_id=batch_id)


def _merged(stored: list[str]) -> list[str]:
    """Every stored column of `cases`: the file's value where it has one, else what was known."""
    computed = {"created_day", "handling_seconds", "h3_cell", "is_repeat", "batch_id"}
    columns = []
    for name in (column.name for column in cases.columns if column.name not in computed):
        if name == "case_id":
            columns.append("case_id")
        elif name in stored:
            columns.append(f"coalesce(i.{name}, f.{name}) AS {name}")
        elif name in KEPT_FLAGS:
            basis = KEPT_FLAGS[name]
            time = f"coalesce(i.{basis}, f.{basis})" if basis in stored else f"f.{basis}"
            columns.append(f"CASE WHEN {time} IS NULL THEN f.{name} END AS {name}")
        else:
            columns.append(f"f.{name}")
    return columns
