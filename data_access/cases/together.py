"""Several questions about the same cases in one statement: each one costs its planning, however little it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from data_access.cases import comparison
from data_access.cases.aggregation import By, ask_of
from data_access.cases.filters import CaseFilter, until_now

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

Groups = Mapping[By, Sequence[str]]  # dimensions -> measures


def ask_together(reader: Reader, where: CaseFilter, groups: Groups, compared: Groups, kind: str) -> None:
    """As `Reader.ask_together`."""
    if not reader.has_data:
        return
    asked: dict[tuple[Reader, CaseFilter], dict[By, list[str]]] = {}

    def note(whose: Reader, of: CaseFilter, more: Groups) -> None:
        together = asked.setdefault((whose, until_now(of, whose.as_of)), {})
        for by, measures in more.items():
            together.setdefault(by, []).extend(measures)

    note(reader, where, groups)
    note(reader, where, {(): compared.get((), ())})
    if (sides := comparison.sides_of(reader, where, kind)) and compared:
        days = {("day", *by): comparison.counted(sides.measures, measures) for by, measures in compared.items()}
        note(reader, sides.current, {**compared, ("day",): [name for names in days.values() for name in names]})
        note(sides.then, sides.base, compared)
        note(reader, comparison.reference(sides), days)
    for (whose, of), together in asked.items():
        ask_of(whose, together, of)
