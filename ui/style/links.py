"""A filter as an address and back: a link reproduces the view, and every figure leads to its cases.

One codec serves the links, the filter bar's widgets (which write their choices into the address in the same words)
and what stands in the address without a widget: `written` and `read` are each other's inverse for every field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from data_access.cases.filters import BOTH, IN_COLUMNS, IS, STATUSES, CaseFilter
from data_access.district.periods import PRESETS, Period
from data_access.district.vocabulary import SOURCES
from ui.style.markup import Address

START, END = "start", "end"
RANGES = {"hour": (0, 23), "weekday": (1, 7)}
NUMBERS = tuple(RANGES)
FIRST_YEAR, LAST_YEAR = 1900, 2200  # beyond, the calendar of no district reaches
TEXT, STATUS, WITHOUT = "text", "status", "without"
EXPORT = "/export/cases.csv"
TICKET = "ticket"
FIELDS = (*IN_COLUMNS, *NUMBERS, STATUS, TEXT, WITHOUT)  # of CaseFilter; the period stands as START and END
UNKNOWN_VALUE = "（未填写）"
AS_IT_IS = "\\"  # before a stored value that would otherwise read as something else


def written(field: str, value: Any) -> str:
    """A stored value of a field as people read it, on screen and in the address."""
    if field in (*NUMBERS, STATUS, TEXT, WITHOUT):
        return str(value)
    labels = SOURCES if field == "source" else {}
    if value in labels:
        return labels[value]
    if value in (UNKNOWN_VALUE, *labels.values()) or value.startswith(AS_IT_IS):
        return AS_IT_IS + str(value)
    return str(value) or UNKNOWN_VALUE


def read(field: str, words: str) -> str:
    """The stored value that `written` shows so."""
    if words.startswith(AS_IT_IS):
        return words.removeprefix(AS_IT_IS)
    codes = {label: code for code, label in SOURCES.items()} if field == "source" else {}
    return "" if words == UNKNOWN_VALUE else codes.get(words, words)


def query_of(where: CaseFilter) -> dict[str, list[str]]:
    """The address parameters that say this filter exactly; what restricts nothing is left out."""
    query = {name: [written(name, value) for value in _values(where, name)] for name in FIELDS if _values(where, name)}
    if where.period:
        query[START] = [where.period.start.isoformat()]
        query[END] = [where.period.end.isoformat()]
    return query


def _values(where: CaseFilter, name: str) -> tuple[Any, ...]:
    values = getattr(where, name)
    return ((values,) if values else ()) if name == TEXT else values


def filter_of(query: Mapping[str, list[str]]) -> CaseFilter:
    """The filter of address parameters; what is not understood restricts nothing."""
    chosen: dict[str, Any] = {
        name: tuple(read(name, words) for words in query[name]) for name in IN_COLUMNS if query.get(name)
    }
    for name, (low, high) in RANGES.items():
        given = (_number(words) for words in query.get(name, []))
        chosen[name] = tuple(number for number in given if low <= number <= high)
    chosen[STATUS] = tuple(words for words in query.get(STATUS, []) if set(words.split(BOTH)) <= set(STATUSES))
    chosen[WITHOUT] = tuple(words for words in query.get(WITHOUT, []) if _leaves_out(words))
    chosen[TEXT] = " ".join(query.get(TEXT, []))
    return CaseFilter(period=period_of(query), **chosen)


def _leaves_out(words: str) -> bool:
    """Whether they say a field and a value of it: what cases are left out."""
    field, said, value = words.partition(IS)
    known = bool(said) and field in (*IN_COLUMNS, *NUMBERS, STATUS)
    return known and not not_understood({field: [written(field, value)]})


def _number(words: str) -> int:
    """-1 for what is none. Of forty digits the first are as much too large as all of them."""
    return int(words.lstrip("0")[:9] or 0) if words.isdecimal() and words.isascii() else -1


def not_understood(query: Mapping[str, list[str]]) -> list[str]:
    """What of an address's conditions means nothing, as it stands there.

    A condition that is passed over would show more than was asked for: pages show nothing then, and say so.
    """
    strange = [words for words in query.get(STATUS, []) if not set(words.split(BOTH)) <= set(STATUSES)]
    for name, (low, high) in RANGES.items():
        strange += [words for words in query.get(name, []) if not low <= _number(words) <= high]
    strange += [words for words in query.get(WITHOUT, []) if not _leaves_out(words)]
    # A source's own code reads as no choice of the filter bar, which would then choose nothing, and so everything.
    strange += [words for words in query.get("source", []) if written("source", read("source", words)) != words]
    if (START in query or END in query) and period_of(query) is None:
        strange.append(" – ".join((query.get(name) or ["？"])[0] for name in (START, END)))
    return strange


def period_of(query: Mapping[str, list[str]]) -> Period | None:
    """The exact stretch an address names, or None."""
    try:
        start, end = (datetime.fromisoformat(query[name][0]) for name in (START, END))
    except (KeyError, IndexError, ValueError):
        return None
    if start.tzinfo or end.tzinfo or start >= end or start.year < FIRST_YEAR or end.year > LAST_YEAR:
        return None
    return Period(start, end)


def page_address(page: str, where: CaseFilter, **chosen: str) -> Address:
    """The address of a page under exactly this filter; `chosen`: what the page's own widgets stand at."""
    return Address(f"/{page}?" + urlencode({**query_of(where), **chosen}, doseq=True))


def cases_address(where: CaseFilter, **chosen: str) -> Address:
    """The address of the list of exactly these cases. Without a period they are of all time, which the address says:
    the list by itself begins with the newest. `chosen`: as in `page_address`."""
    return page_address("cases", where, **({} if where.period else {"period": PRESETS["all"]}), **chosen)


def export_address(where: CaseFilter, ticket: str) -> Address:
    """The address of a file of exactly these cases. `ticket`: whose sight it is made by (ui/drawing/exporting.py)."""
    return Address(f"{EXPORT}?" + urlencode({**query_of(where), TICKET: ticket}, doseq=True))


def wall_address(ticket: str = "") -> Address:
    """The address of the list of walls. `ticket`: a pass by which a browser may look at them (ui/walls/entry.py)."""
    return Address("/?wall" + (f"&{urlencode({'pass': ticket})}" if ticket else ""))


def case_address(case_id: str) -> Address:
    """The address of one case."""
    return Address("/cases?" + urlencode({"case": case_id}))
