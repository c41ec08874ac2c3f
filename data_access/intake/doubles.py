"""Rows of one file under one number: the same row again, the states of one case, or cases that were mixed up."""

from __future__ import annotations

import duckdb

from data_access.cases.masking import masked_sql
from data_access.intake.cleaning import LOST, Cleaner

# What a case is about, which its handling does not change. Rows of one number that differ in it are not one case.
ABOUT = ("street", "community", "address", "category1", "category2", "category3", "title", "content", "caller_key")
SAME_ROW = "文件内完全相同的行"
LATER_STATE = "文件内重复编号（以最后一次为准）"


def sort_out_doubles(con: duckdb.DuckDBPyConnection, cleaner: Cleaner) -> dict[str, int]:
    """Leave one row per number in `incoming`; returns label -> rows dropped. Cases that were mixed up are refused."""
    rows, numbers = con.execute("SELECT count(*), count(DISTINCT case_id) FROM incoming").fetchall()[0]
    if rows == numbers:
        return {}
    _refuse_mixed_up(con, cleaner)
    return _keep_latest(con, cleaner.stored)


def _refuse_mixed_up(con: duckdb.DuckDBPyConnection, cleaner: Cleaner) -> None:
    """Move rows of different cases under one number from `incoming` to `refused`: which of them is right nobody knows.

    Different cases: they came in at different moments, or are about different things and no time of update tells which
    row is the later one.
    """
    stored = cleaner.stored
    differs = ["count(DISTINCT created_at) > 1"]
    about = [f"count(DISTINCT {name}) > 1" for name in ABOUT if name in stored]
    if about:
        rows = f"count(DISTINCT hash({', '.join(stored)}))"
        in_order = f"(count(updated_at) = count(*) AND count(DISTINCT updated_at) = {rows})"
        differs.append(f"({' OR '.join(about)}){f' AND NOT {in_order}' if 'updated_at' in stored else ''}")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE mixed_up AS SELECT case_id, count(*) AS rows FROM incoming
            GROUP BY case_id HAVING count(*) > 1 AND ({" OR ".join(differs)})"""
    )
    texts = [name for name in stored if name in ("case_id", "created_at", *ABOUT[:-1])]
    raw = masked_sql(f"left(concat_ws(',', {', '.join(f'CAST({name} AS VARCHAR)' for name in texts)}), 2000)")
    con.execute(
        f"""INSERT INTO refused SELECT line, ?, '{LOST}，或不是编号：“' || left(case_id, 40) || '”下有 ' || rows
            || ' 行，说的不是同一件', {raw} FROM incoming JOIN mixed_up USING (case_id)""",
        [cleaner.present["case_id"]],
    ).fetchall()
    con.execute("DELETE FROM incoming WHERE case_id IN (SELECT case_id FROM mixed_up)").fetchall()


def _keep_latest(con: duckdb.DuckDBPyConnection, stored: list[str]) -> dict[str, int]:
    """Keep one row per case, the latest the source knows."""
    latest = "updated_at DESC NULLS LAST, line DESC" if "updated_at" in stored else "line DESC"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE dropped AS SELECT line, again FROM (
                SELECT line, row_number() OVER (PARTITION BY case_id ORDER BY {latest}) AS place,
                       hash({", ".join(stored)}) = first(hash({", ".join(stored)})) OVER (
                           PARTITION BY case_id ORDER BY {latest}) AS again
                FROM incoming WHERE case_id IN (SELECT case_id FROM incoming GROUP BY case_id HAVING count(*) > 1))
            WHERE place > 1"""
    )
    con.execute("DELETE FROM incoming WHERE line IN (SELECT line FROM dropped)").fetchall()
    same, later = con.execute("SELECT count(*) FILTER (again), count(*) FILTER (NOT again) FROM dropped").fetchall()[0]
    return {label: int(rows) for label, rows in ((SAME_ROW, same), (LATER_STATE, later)) if rows}
