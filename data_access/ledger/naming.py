"""What people wrote in matters, as those read it who have no right to words: nobody is named in it (unnaming.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from data_access.cases.unnaming import unnamed
from data_access.district.programmes import Programme
from data_access.ledger.schema import NOTHING, as_json


def nameless(programme: Programme, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `matters` or `matter_events`, all of the programme, in which nobody is named."""
    words = {name: rows[name].map(unnamed) for name in ("title", "text") if name in rows}
    return rows.assign(fields=[_fields(programme, written) for written in rows["fields"]], **words)


def as_written(programme: Programme, said: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What somebody says of the fields; where they hand back what they were shown, it stays as it was written."""
    shown = _texts(programme, before)
    return {name: before[name] if name in shown and value == shown[name] else value for name, value in said.items()}


def _texts(programme: Programme, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that people write in their own words, nameless."""
    free = {field.name for field in programme.fields if field.kind == "text" and not field.options}
    return {name: unnamed(value) for name, value in fields.items() if name in free}


def _fields(programme: Programme, written: str) -> str:
    fields = json.loads(written)
    told = {**fields, **_texts(programme, fields)}
    if NOTHING in told:  # an opening's title
        opening = json.loads(told[NOTHING])
        told[NOTHING] = as_json({**opening, "title": unnamed(opening.get("title", ""))})
    return as_json(told)
