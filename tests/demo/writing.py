"""What the tests of the demo's ledger share."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from sqlalchemy import select

import demo
from data_access.cases.reader import Reader
from data_access.ledger.audit import Verdict, verify
from data_access.ledger.ledger import Ledger
from data_access.ledger.schema import matters


def checked(ledger: Ledger) -> Verdict:
    return verify(ledger.engine, ledger.key)


def written(reader: Reader, folder: Path, scale: float, seed: int = 2022) -> Ledger:
    ledger = Ledger.at(f"sqlite:///{folder / f'{seed}.db'}", reader.profile)
    assert demo.decide(ledger, reader, seed=seed, scale=scale) == checked(ledger).events
    return ledger


def rows(ledger: Ledger, kind: str) -> pd.DataFrame:
    """A kind's matters, restricted ones too. Grain: one row per matter; its fields are columns."""
    with ledger.engine.connect() as connection:
        found = pd.read_sql(select(matters).where(matters.c.kind == kind).order_by(matters.c.matter_id), connection)
    said = pd.DataFrame([json.loads(one) for one in found["fields"]], index=found.index).fillna("")
    return found.join(said)
