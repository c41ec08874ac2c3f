"""Where the demo district's ledger is kept: a file of its own beside the store, replaced as a whole or not at all."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

from data_access.cases.reader import Reader
from data_access.district.periods import beijing_now
from data_access.ledger.engine import engine_at, is_laid_out
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import Place, begin_ledger, open_ledger, place_of
from data_access.ledger.witness import PRIVATE, head_of
from demo.decisions import Progress, decide
from demo.ledger_settings import ledger_rules


def ledger_is_missing(reader: Reader) -> bool:
    """Whether nothing was ever decided on this demo store."""
    engine = engine_at(place_of(reader.store, is_demo=True).url)
    missing = not is_laid_out(engine) or Ledger(engine, reader.profile).is_empty
    engine.dispose()
    return missing


def write_ledger(reader: Reader, *, progress: Progress | None = None) -> int:
    """Write the ledger of the demo store; returns the number of events.

    0 = left as it is: the one at LEDGER_URL already holds something, or the profile has no demo_ledger.toml. A demo
    store without either still gets an empty one, so that things can be tried out.
    """
    place, has_rules = place_of(reader.store, is_demo=True), ledger_rules(reader.profile).exists()
    seed, scale = int(reader.note("seed")), float(reader.note("scale"))
    if has_rules and place.file and not os.environ.get("LEDGER_URL"):
        return _replace(place, place.file, reader, seed, scale, progress)
    engine = engine_at(place.url)
    is_new = not is_laid_out(engine)
    engine.dispose()
    ledger = begin_ledger(reader) if is_new else open_ledger(reader)
    return decide(ledger, reader, seed=seed, scale=scale, progress=progress) if has_rules and ledger.is_empty else 0


def _replace(place: Place, path: Path, reader: Reader, seed: int, scale: float, progress: Progress | None) -> int:
    """Write another file and put it in the ledger's place: a crash leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=f"{path.stem}-") as folder:
        new = Ledger.at(f"sqlite:///{folder}/{path.name}", reader.profile, key=place.key(make=True))
        count = decide(new, reader, seed=seed, scale=scale, progress=progress)
        head = head_of(new.engine, beijing_now().isoformat(timespec="seconds"))
        _settle(new)
        with FileLock(f"{path}.lock"):  # opening a ledger takes the same lock
            # The old file's log must be gone before the new file stands there: SQLite would write it into the new one.
            for ending in ("-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            os.replace(f"{folder}/{path.name}", path)
        path.chmod(PRIVATE)
    place.witness.remember(head, whatever=True)
    return count


def _settle(ledger: Ledger) -> None:
    """Write the log into the file and close the file."""
    with closing(ledger.engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.engine.dispose()
