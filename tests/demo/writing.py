"""What the tests of the demo's ledger share."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select

import demo
from data_access.cases.reader import Reader
from data_access.ledger.audit import Verdict, verify
from data_access.ledger.ledger import Ledger
from data_access.ledger.schema import matters
from demo.ledger_settings import Effect, load_ledger


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


def known_matters(ledger: Ledger) -> list[tuple[Effect, dict[str, Any]]]:
    """The matters whose effect is planted, each with what was planted."""
    found = []
    for effect in load_ledger(ledger.profile).effects:
        of_kind = rows(ledger, effect.kind)
        title = effect.title.format_map(defaultdict(lambda: ".+", effect.where))
        mine = of_kind[of_kind["title"].str.fullmatch(title) & (of_kind["opened_at"].dt.year == effect.opens.year)]
        if effect.after_peak:  # its street is not known before: it is not one of the others'
            mine = mine[(mine["opened_at"] - pd.Timestamp(effect.opens)).dt.days.between(0, 30)]
        found += [(effect, row) for row in mine.head(1).to_dict("records")]
    return found
