"""Weak spots (薄弱环节) along one dimension or two crossed, with the signs they show."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pandas as pd

from analysis import weakness
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from questions.standing import among_all, are_chosen

ASKED = ("volume", "resolution_rate", "repeat_share", "callers")


def weak_spots(reader: Reader, where: CaseFilter, by: Sequence[str], kind: str) -> pd.DataFrame:
    """Groups of the chosen period, weakest first; those whose value is not filled in are left out.

    Each is judged among all of its kind, whichever of them `where` names: those are `chosen` (all, where none is
    named), and by_chance is of the chosen alone.

    Grain: one row per combination of `by`. `kind`: the comparison (yoy, previous). Columns: as
    analysis.weakness.weak_spots gives them, and place (from 1), chosen, said (the signs in words); growth (of the
    volume), solved, again_rate (the shrunken rates), all in percent. Without a comparison period nothing is said to
    get worse.
    """
    return _weak_spots(reader, where, tuple(by), kind)


@cached
def _weak_spots(reader: Reader, where: CaseFilter, by: tuple[str, ...], kind: str) -> pd.DataFrame:
    whole = among_all(where, by)
    groups = reader.with_base(ASKED, by, whole, kind)
    if groups.empty:
        groups = reader.aggregate(ASKED, by, whole).assign(volume_base=float("nan"), resolution_rate_base=float("nan"))
    for name in by:
        groups = groups[groups[name] != ""]
    groups = groups[groups["volume"] > 0]
    least = reader.profile.settings.weak_spots.least_volume
    spots = weakness.weak_spots(groups, least_volume=least, alike=_alike(groups))
    spots["place"] = range(1, len(spots) + 1)
    spots["chosen"] = are_chosen(reader, spots, where, by)
    spots["by_chance"] *= spots["chosen"].mean()
    signs = spots[list(weakness.SIGNS)].to_numpy(dtype=bool)
    said = ["、".join(itertools.compress(weakness.SIGNS.values(), row)) for row in signs]
    growth = 100 * (spots["volume"] / spots["volume_base"].where(spots["volume_base"] > 0) - 1)
    return spots.assign(said=said, growth=growth, solved=100 * spots["resolution"], again_rate=100 * spots["repeats"])


def _alike(groups: pd.DataFrame) -> float:
    """How many of one person's calls about one matter turn out the same and count as one answer; 1 where unknown.

    The mean of the calls that a call shares its caller with, itself included, where calls by person are geometric.
    """
    callers = float(groups["callers"].sum())
    return max(2 * float(groups["repeat_share__den"].sum()) / callers - 1, 1.0) if callers > 0 else 1.0
