"""Versions in files are written anew without what is to go: each under a new name, so that readers move on to it.

A version's file never changes once it is published. What was in it stays in its pages until it is deleted, so the rows
are copied, changed, and copied once more into a file that never held them.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb

from data_access.cases.draft import Draft, log_of, sync
from data_access.cases.expunging import Due, Progress, counts, updates
from data_access.cases.files import PRIVATE, FileStore
from data_access.cases.format import OFFLINE
from data_access.cases.history import History, Version, name_of, number_of


def expunge_files(store: FileStore, due: Due, progress: Progress) -> int:
    """Write every kept version anew in which something is to go, the oldest first; returns how many.

    Killed at any point it leaves a store that opens, with some versions done; the next time does the others.
    """
    with store._alone():
        store._clean_up()
        names, done = sorted(store._names()), 0
        for place, name in enumerate(names):
            progress(place, len(names))
            with store.reading(name) as connection:
                is_due = any(counts(connection, due).values())
            if is_due:
                store._let_go(name)
                _anew(store, name, due)
                done += 1
        Draft(store.folder).forget()
        progress(len(names), len(names))
    return done


def _anew(store: FileStore, name: str, due: Due) -> None:
    history = store._history() or History()
    new = name_of(max(history.last, *map(number_of, store._names())) + 1)
    staged = store._staged(new)
    _written(store._file(name), staged, due)
    staged.chmod(PRIVATE)
    sync(staged)
    at = store._published_at(name).isoformat(timespec="seconds")
    known = history.versions.get(name) or Version(name, "", at, "", history.kind)
    staged.replace(store._file(new))
    versions = {**history.versions, new: replace(known, name=new, log=0)}
    store._keep_history(replace(history, last=number_of(new), versions=versions))
    if store.version == name:
        store._point_to(new)
    history = store._history() or history
    # From here on the old one is known to nobody; a writer that comes after a crash here clears it away.
    versions = {one: replace(row, parent=new if row.parent == name else row.parent)
                for one, row in history.versions.items() if one != name}  # fmt: skip
    store._keep_history(replace(history, versions=versions))
    store._let_go(name)
    store._file(name).unlink()
    log_of(store._file(name)).unlink(missing_ok=True)


def _written(old: Path, staged: Path, due: Due) -> None:
    """The rows of a version, changed, in a file that never held the others."""
    between = staged.with_name(f"{staged.name}.between")
    between.unlink(missing_ok=True)
    with closing(duckdb.connect(config=dict(OFFLINE))) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"ATTACH '{old}' AS old (READ_ONLY)")
        con.execute(f"ATTACH '{between}' AS between_")
        con.execute("COPY FROM DATABASE old TO between_").fetchall()
        for statement in updates(due, "duckdb", "between_."):
            con.execute(statement).fetchall()
        con.execute(f"ATTACH '{staged}' AS anew")
        con.execute("COPY FROM DATABASE between_ TO anew").fetchall()
        con.execute("CHECKPOINT anew")
        con.execute("DETACH between_")
    between.unlink()
