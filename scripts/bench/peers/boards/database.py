"""The DuckDB file of the other dashboards, made by their own DuckDB: python database.py FOLDER."""

import json
import sys
from pathlib import Path

import duckdb

folder = Path(sys.argv[1])
outlines = json.loads((folder / "streets.json").read_text(encoding="utf-8"))
(folder / "cases.duckdb").unlink(missing_ok=True)
with duckdb.connect(str(folder / "cases.duckdb")) as con:
    # In the order of time, as our own store has them: the usual questions are about a stretch of it.
    con.execute(
        "CREATE TABLE cases AS SELECT * FROM read_parquet(?) ORDER BY created_at", [str(folder / "cases.parquet")]
    )
    con.execute("CREATE TABLE streets (street VARCHAR, outline VARCHAR)")
    con.executemany(
        "INSERT INTO streets VALUES (?, ?)",
        [[name, json.dumps(shape["coordinates"][0])] for name, shape in outlines.items()],
    )
