"""Single cases in an order: 办理时长最长的10件, 最久没办结的20件."""

from __future__ import annotations

from dataclasses import dataclass, field

from data_access.cases.filters import CaseFilter, with_statuses
from questions.asking.cutting import Found
from questions.asking.states import OVERDUE, parts_of
from questions.asking.words import Meaning

USUAL, MOST = 10, 50  # rows where no number was said; one page of the list of cases
ELSE = {"by", "compare", "base", "moved", "than", "per", "place"}  # what makes it a question about figures
LONGEST = "longest"
OPEN = {"open", "due_later", "due_today", "due_soon"}


@dataclass(frozen=True)
class Listing:
    """`sort`: an order of SORTS; `many`: rows; `where`: the cases that stand in it; `words`: what it is made of."""

    sort: str
    many: int
    where: CaseFilter
    words: tuple[str, ...]
    assumed: list[str] = field(default_factory=list)


def listing_of(values: list[tuple[str, Meaning]], found: Found, where: CaseFilter) -> Listing | None:
    """The cases that are to be listed, None where no list of cases is asked for or no order says it."""
    kinds = {meaning.kind for _, meaning in values}
    orders = {word: meaning.value for word, meaning in values if meaning.kind == "order"}
    if kinds & ELSE or found.bounds or found.limits or len(found.rows) > 1:
        return None
    if not found.rows and LONGEST not in orders.values():
        return None
    is_of_time = any((meaning.kind, meaning.value) == ("measure", "median_hours") for _, meaning in values)
    ends = {_end(order, is_of_time) for order in orders.values()}
    if len(ends) != 1 or "" in ends:
        return None
    many, assumed = found.rows[0][1] if found.rows else USUAL, list[str]()
    assumed += [] if found.rows else [f"没有说几件，列 {USUAL} 件"]
    assumed += [f"一次最多列 {MOST} 件"] if many > MOST else []
    sort, where, taken = _sorted_as(ends.pop(), where)
    words = (*orders, *(word for word, _ in found.rows), *(word for word, one in values if one.value == "cases"))
    return Listing(sort, min(many, MOST), where, words, assumed + taken) if sort else None


def _end(order: str, is_of_time: bool) -> str:
    """longest, shortest, oldest or newest; '' for an order of figures."""
    known = {"slow": "longest", "longest": "longest", "fast": "shortest", "oldest": "oldest", "newest": "newest"}
    of_time = {"most": "longest", "least": "shortest"} if is_of_time else {}
    return (known | of_time).get(order, "")


def _sorted_as(end: str, where: CaseFilter) -> tuple[str, CaseFilter, list[str]]:
    """The order of SORTS that tells it, of which cases, and how that was taken; '' where none does."""
    parts = parts_of(where)
    if end in ("oldest", "newest"):
        return {"oldest": "oldest", "newest": "created_at"}[end], where, []
    if parts & {"overdue", "overdue_open"}:
        late = tuple(OVERDUE.sub("overdue_open", one) for one in where.status)
        if end != "longest":
            return "", where, []
        return "latest", where.replace(status=late), ["按截止时间排，只排还没办结的"]
    if parts & OPEN:
        return ("oldest", where, ["从受理起算，最早受理的在前"]) if end == "longest" else ("", where, [])
    ends = {"longest": "slowest", "shortest": "fastest"}
    told = "从受理到办结的用时，只排已办结的；还没办结的请说“最久没办结的”"
    return ends[end], where if "closed" in parts else with_statuses(where, ("closed",)), [told]
