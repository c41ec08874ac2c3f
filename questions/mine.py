"""A street, a department or a city's district by itself, for whoever answers for it: where it stands, what would lift
it, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.league import Lift
from data_access.cases.filters import CaseFilter
from data_access.district.profile import Profile
from data_access.district.programmes import Programme
from data_access.ledger.ledger import Ledger
from questions.league import League

# What of its cases cannot wait, in words -> a status of the list.
PRESSING = {"今天到期": "due_today", "逾期未办结": "overdue_open", "返工未办结": "open+reworked"}
CANDIDATES = "unresolved_counted"  # the status of the cases whose resolution lifts a unit
WAITING = ("supervision", "whistle", "whistle_call")  # kinds of matters that wait for a unit


@dataclass(frozen=True)
class Neighbour:
    """Who stands beside a unit, and by how many points."""

    unit: str
    gap: float


@dataclass(frozen=True)
class Standing:
    """A unit's place among `among` that have one; None beside the first and the last, and where it has no place.

    `best`, `worst`: the places that its true score could take. `lift`: what would lift it by one.
    """

    place: int | None
    among: int
    score: float
    best: float = float("nan")
    worst: float = float("nan")
    above: Neighbour | None = None
    below: Neighbour | None = None
    lift: Lift | None = None


def standing_of(ranks: League, unit: str) -> Standing:
    """Where a unit stands in a league; without a place where its callbacks are too few, or it has no case."""
    placed, scores = ranks.placed, ranks.units[ranks.composite.name].to_dict()
    own = float(scores.get(unit, float("nan")))
    if unit not in placed.index:
        return Standing(None, len(placed), own)
    order, at = list(placed.index), list(placed.index).index(unit)

    def beside(step: int) -> Neighbour | None:
        if not 0 <= at + step < len(order):
            return None
        other = order[at + step]
        return Neighbour(str(other), abs(float(scores[other]) - own))

    best, worst = (float(ranks.bands[end].to_dict()[unit]) for end in ("best", "worst"))
    place, lift = int(placed["place"].to_dict()[unit]), ranks.to_pass(unit)
    return Standing(place, len(placed), own, best, worst, beside(-1), beside(1), lift)


def candidates(ranks: League, unit: str) -> CaseFilter:
    """The cases whose resolution would lift a unit."""
    return ranks.cases_of(unit).replace(status=(CANDIDATES if not ranks.calibre else "unresolved",))


def cases_of(profile: Profile, unit: str) -> CaseFilter:
    """The cases that a unit handles; of a city's district those that came in there."""
    return CaseFilter(district=(unit,)) if unit in profile.several else CaseFilter(unit=(unit,))


def pressing(profile: Profile, unit: str) -> dict[str, CaseFilter]:
    """What of a unit's cases cannot wait, of whatever day: in words -> which cases."""
    return {words: cases_of(profile, unit).replace(status=(status,)) for words, status in PRESSING.items()}


@dataclass(frozen=True)
class Waiting:
    """Matters of a kind that are not over and name a unit: how many, and of these how many past their deadline."""

    kind: str
    title: str
    going: int
    red: int


def waiting(ledger: Ledger, unit: str) -> list[Waiting]:
    """What of the ledger waits for a unit, by kind of WAITING; also where it is nothing."""
    profile, rows = ledger.profile, []
    for kind in filter(profile.has_programme, WAITING):
        programme = profile.programme(kind)
        going = ledger.matters(kind)
        going = going[~going["over"] & _names(programme, going, profile.units_of(unit))]
        rows.append(Waiting(kind, programme.title, len(going), int((going["light"] == "红").sum())))
    return rows


def _names(programme: Programme, matters: pd.DataFrame, units: Sequence[str]) -> pd.Series:
    """By matter: whether it waits for one of the units. A call waits for who is called, not for who calls."""
    fields = (
        [programme.lead] if programme.parent else [f.name for f in programme.fields if f.kind in ("unit", "street")]
    )
    return matters[fields].isin(units).any(axis=1)
