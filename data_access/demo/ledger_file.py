"""Where the demo district's ledger is kept: a file of its own beside the store, replaced as a whole or not at all."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

from data_access.demo.decisions import Progress, decide
from data_access.demo.ledger_settings import ledger_rules
from data_access.ledger import Ledger, ledger_for
from data_access.profile import Profile
from data_access.query import store_value
from data_access.store import Store


def ledger_is_missing(store: Store) -> bool:
    """Whether nothing was ever decided on this demo store."""
    return ledger_for(store=store).is_empty


def write_ledger(store: Store, profile: Profile, *, progress: Progress | None = None) -> int:
    """Write the ledger of the demo store; returns the number of events.

    0 = left as it is: the one at LEDGER_URL already holds something, or the profile has no demo_ledger.toml.
    """
    if not ledger_rules(profile).exists():
        return 0
    seed, scale, ledger = int(store_value("seed", store)), float(store_value("scale", store)), ledger_for(store=store)
    if not os.environ.get("LEDGER_URL"):
        return _replace(ledger, store, profile, seed, scale, progress)
    return decide(ledger, store, profile, seed=seed, scale=scale, progress=progress) if ledger.is_empty else 0


def _replace(ledger: Ledger, store: Store, profile: Profile, seed: int, scale: float, progress: Progress | None) -> int:
    """Write another file and put it in the ledger's place: a crash leaves the old one."""
    path = Path(str(ledger.engine.url.database))
    with TemporaryDirectory(dir=path.parent, prefix=f"{path.stem}-") as folder:
        new = Ledger(f"sqlite:///{folder}/{path.name}")
        count = decide(new, store, profile, seed=seed, scale=scale, progress=progress)
        for one in (new, ledger):
            _settle(one)
        with FileLock(f"{path}.lock"):  # who opens a ledger takes it too
            # The old file's log must be gone before the new one stands there: it would be played into it.
            for ending in ("-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            os.replace(f"{folder}/{path.name}", path)
    return count


def _settle(ledger: Ledger) -> None:
    """Bring everything from the log into the file, and let go of it."""
    with closing(ledger.engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.engine.dispose()
