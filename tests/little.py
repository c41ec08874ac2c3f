"""Stores that know little: each lacks one thing that other districts' exports lack as well."""

from __future__ import annotations

import shutil
from pathlib import Path

from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.profile import current_profile
from data_access.intake.importing import import_file
from tests.pages.ledgers import begun

# Name -> what becomes of the demo district's cases. What is derived from a column goes with it, as an import has it.
LACKING = {
    "dimensions": "UPDATE cases SET dimension = ''",
    "categories": "UPDATE cases SET category1 = '', category2 = '', category3 = '', dimension = '', is_repeat = 0",
    "callbacks": "UPDATE cases SET callback_at = NULL, is_valid_callback = 0, is_contacted = 0, resolution = '', "
    "satisfaction = ''",
    "streets": "UPDATE cases SET street = '', community = ''",
    "coordinates": "UPDATE cases SET lon = NULL, lat = NULL, h3_cell = ''",
    "units": "UPDATE cases SET unit = '', unit_type = ''",
    "closings": "UPDATE cases SET closed_at = NULL, handling_seconds = NULL, is_closed = 0, is_late = 0, status = '', "
    "callback_at = NULL, is_valid_callback = 0, is_contacted = 0, resolution = '', satisfaction = ''",
    "deadlines": "UPDATE cases SET due_at = NULL, has_deadline = 0, is_late = 0",
    "callers": "UPDATE cases SET caller_key = '', is_repeat = 0",
    "texts": "UPDATE cases SET title = '', content = '', address = '', crowd = '', industry = ''",
    "hotline": "DELETE FROM cases WHERE source = 'hotline'",
    "grid": "DELETE FROM cases WHERE source = 'grid'",
    "days": "DELETE FROM cases WHERE created_day < (SELECT max(created_day) FROM cases)",
    "years": "DELETE FROM cases WHERE created_at < (SELECT max(created_at) - INTERVAL '40 days' FROM cases)",
}
HEADER = "工单编号,来电时间\n"
FILES = {
    "rows": HEADER + "1,2022-03-01 09:00:00\n",
    # Ids and times only: four months, so that there are whole ones.
    "columns": HEADER
    + "".join(f"T{n:05},2022-{n // 40 + 1:02}-{n % 28 + 1:02} {8 + n % 10:02}:00:00\n" for n in range(120)),
}
LITTLE = [*LACKING, *FILES]


def little(name: str, folder: Path, demo_store: Store) -> Store:
    """The store that lacks what `name` says, made in `folder` at the first call, with the ledger beside it begun."""
    store, profile = store_for(f"duckdb:///{folder / name}"), current_profile("dongcheng")
    if store.exists:
        return store
    if name in LACKING:
        shutil.copytree(demo_store.folder, store.folder, ignore=shutil.ignore_patterns("*ledger*", "*.lock"))
        with store.writing() as con:
            con.execute(LACKING[name]).fetchall()
    else:
        file = folder / f"{name}.csv"
        file.write_text(FILES[name], encoding="utf-8")
        import_file(file, profile=profile, store=store)
    begun(Reader.of(store, profile))
    return store
