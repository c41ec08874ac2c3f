"""重要案件优先 for pages and walls: the signs that cases show, and those that matters in the ledger give them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from data_access.cases.filters import CaseFilter
from data_access.cases.priority import Noted, important
from data_access.cases.reader import Reader
from data_access.ledger.ledger import Ledger
from data_access.ledger.pen import cases_of

NOTED_BY = {"hard_case": "hard_case", "leader_note": "supervision"}  # sign -> the kind of matter that gives it


def noted_in(ledger: Ledger) -> Noted:
    """The cases of the signs that only the ledger knows: of open hard cases, and those a leader's order is about."""
    noted: dict[str, tuple[CaseFilter, ...]] = {}
    for sign in ledger.profile.programmes.priority:
        kind = NOTED_BY.get(sign.rule)
        if kind and ledger.profile.has_programme(kind):
            rows = ledger.matters(kind)
            rows = rows[~rows["over"]]
            rows = rows[rows["reason"].isin(sign.values)] if kind == "supervision" else rows
            noted[sign.rule] = tuple(where for row in rows.to_dict("records") if (where := cases_of(row)))
    return noted


def pressing(
    reader: Reader, ledger: Ledger | None, where: CaseFilter, *, signs: Sequence[str] = (), limit: int = 100
) -> pd.DataFrame:
    """The most important cases. As `important`, with the ledger's signs where there is a ledger."""
    return important(reader, where, noted=noted_in(ledger) if ledger else None, signs=signs, limit=limit)
