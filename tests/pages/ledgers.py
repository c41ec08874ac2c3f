"""Ledgers for tests: the one beside a store, and one of a test's own beside cases that many share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data_access.cases.reader import Reader
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import begin_ledger, is_demo, ledger_if_any, place_of


def begun(reader: Reader) -> Ledger:
    """The ledger beside the reader's store, which whoever needs it first begins."""
    return ledger_if_any(reader) or begin_ledger(reader)


@contextmanager
def own_ledger(reader: Reader, file: Path) -> Iterator[Ledger]:
    """An empty ledger in `file`, which LEDGER_URL names meanwhile, for pages and servers as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEDGER_URL", f"sqlite:///{file}")
        place = place_of(reader.store, is_demo=is_demo(reader))
        yield begin_ledger(reader)
    # What the store remembers of it would refuse the next test its own.
    place.witness.path.unlink()
