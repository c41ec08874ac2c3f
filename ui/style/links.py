"""A filter as an address and back: a link reproduces the view, and every figure leads to its cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from data_access.cases.filters import IN_COLUMNS, STATUSES, CaseFilter
from data_access.district.periods import Period
from data_access.district.vocabulary import SOURCES

START, END = "start", "end"
NUMBERS = ("hour", "weekday")
UNKNOWN_VALUE = "（未填写）"


def written(value: str) -> str:
    """A stored value as people read it; the widgets write the same into the address."""
    return SOURCES.get(value, value) or UNKNOWN_VALUE


def _read(text: str) -> str:
    codes = {label: code for code, label in SOURCES.items()}
    return "" if text == UNKNOWN_VALUE else codes.get(text, text)


def query_of(where: CaseFilter) -> dict[str, list[str]]:
    """The address parameters that say this filter exactly; what restricts nothing is left out."""
    found = {name: [written(value) for value in getattr(where, name)] for name in IN_COLUMNS if getattr(where, name)}
    if where.status:
        found["status"] = list(where.status)
    for name in NUMBERS:
        if values := getattr(where, name):
            found[name] = [str(value) for value in values]
    if where.text:
        found["text"] = [where.text]
    if where.period:
        found[START] = [where.period.start.isoformat()]
        found[END] = [where.period.end.isoformat()]
    return found


def filter_of(query: Mapping[str, list[str]]) -> CaseFilter:
    """The filter of address parameters; what is not understood restricts nothing."""
    chosen: dict[str, object] = {name: tuple(map(_read, query[name])) for name in IN_COLUMNS if query.get(name)}
    chosen["status"] = tuple(name for name in query.get("status", []) if name in STATUSES)
    for name in NUMBERS:
        chosen[name] = tuple(int(value) for value in query.get(name, []) if value.isdecimal())
    chosen["text"] = " ".join(query.get("text", []))
    return CaseFilter(period=period_of(query), **chosen)  # type: ignore[arg-type]


def period_of(query: Mapping[str, list[str]]) -> Period | None:
    """The exact stretch an address names, or None."""
    try:
        start, end = (datetime.fromisoformat(query[name][0]) for name in (START, END))
    except (KeyError, IndexError, ValueError):
        return None
    return None if start.tzinfo or end.tzinfo or start >= end else Period(start, end)


def page_address(page: str, where: CaseFilter, **chosen: str) -> str:
    """The address of a page under exactly this filter; `chosen`: what the page's own widgets stand at."""
    return f"/{page}?" + urlencode({**query_of(where), **chosen}, doseq=True)


def cases_address(where: CaseFilter) -> str:
    """The address of the list of exactly these cases."""
    return page_address("cases", where)
