"""The small demo district with a surge this morning, where one is asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

from data_access.cases.store import Store, store_for

COUNT = 24
# In the busiest street and class of all: where the usual is not nothing.
BUSIEST = (
    "SELECT street, category3 FROM cases WHERE source = 'hotline' GROUP BY ALL ORDER BY count(*) DESC, 1, 2 LIMIT 1"
)


def copied(demo_store: Store, folder: Path) -> Store:
    """The store's cases as a store of a test's own."""
    store = store_for(f"duckdb:///{folder}/store")
    shutil.copytree(demo_store.folder, Path(store.folder), ignore=shutil.ignore_patterns("*ledger*", "*.lock"))
    return store


def surged(demo_store: Store, folder: Path) -> tuple[Store, str, str]:
    """A copy of the store with `COUNT` more cases within the last minute, and their street and class."""
    store = copied(demo_store, folder)
    with store.writing() as con:
        street, leaf = con.execute(BUSIEST).fetchone()  # type: ignore[misc]
        con.execute(f"""
            INSERT INTO cases BY NAME SELECT * REPLACE (
                case_id || '_s' AS case_id, caller_key || '_s' AS caller_key,
                (SELECT max(created_day) FROM cases) AS created_day,
                (SELECT max(created_at) FROM cases) - INTERVAL '1 second' * row_number() OVER (ORDER BY case_id)
                    AS created_at)
            FROM cases WHERE source = 'hotline' AND street = '{street}' AND category3 = '{leaf}'
            ORDER BY case_id LIMIT {COUNT}""")
    return store, street, leaf
