"""Where the demo district's ledger is kept: a file of its own beside the store, replaced as a whole or not at all."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

from data_access.cases.reader import Reader
from data_access.ledger.ledger import Ledger, open_ledger
from demo.decisions import Progress, decide
from demo.ledger_settings import ledger_rules


def ledger_is_missing(reader: Reader) -> bool:
    """Whether nothing was ever decided on this demo store."""
    return open_ledger(reader).is_empty


def write_ledger(reader: Reader, *, progress: Progress | None = None) -> int:
    """Write the ledger of the demo store; returns the number of events.

    0 = left as it is: the one at LEDGER_URL already holds something, or the profile has no demo_ledger.toml.
    """
    if not ledger_rules(reader.profile).exists():
        return 0
    seed, scale, ledger = int(reader.note("seed")), float(reader.note("scale")), open_ledger(reader)
    if not os.environ.get("LEDGER_URL"):
        return _replace(ledger, reader, seed, scale, progress)
    return decide(ledger, reader, seed=seed, scale=scale, progress=progress) if ledger.is_empty else 0


def _replace(ledger: Ledger, reader: Reader, seed: int, scale: float, progress: Progress | None) -> int:
    """Write another file and put it in the ledger's place: a crash leaves the old one."""
    path = Path(str(ledger.engine.url.database))
    with TemporaryDirectory(dir=path.parent, prefix=f"{path.stem}-") as folder:
        new = Ledger.at(f"sqlite:///{folder}/{path.name}", reader.profile)
        count = decide(new, reader, seed=seed, scale=scale, progress=progress)
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
