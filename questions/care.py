"""Whether care changed the calls (一网情深): of one plan, and of all that can be compared.

Each answer asks for the viewer: whom the profile does not name is refused before anything is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.effects import Estimate, ratio_of_sums
from data_access.cases.care import Change, before_after
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.district.programmes import Programme


def change_of(
    reader: Reader, viewer: Actor | None, programme: Programme, plan: pd.Series, plans: pd.DataFrame
) -> Change:
    """A plan's calls before and after, beside those of who met the same rules and is in none of `plans`."""
    ended, planned = plan["changed_at"] if plan["over"] else None, set(plans["caller"])
    days = programme.effect_days
    return before_after(reader, viewer, plan["caller"], plan["opened_at"], ended, days, planned=planned)


@dataclass(frozen=True)
class Together:
    """Of all plans that can be compared: how many, the calls after, and how many there would have been, had they come
    as often as before, and had they changed as the others' did; the calls after against the latter, judged."""

    plans: int
    after: int
    expected: float
    expected_as_others: float
    judged: Estimate


def together(reader: Reader, viewer: Actor | None, programme: Programme, plans: pd.DataFrame) -> Together:
    """The changes of all plans that can be compared, added up."""
    changes = [change_of(reader, viewer, programme, plan, plans) for _, plan in plans.iterrows()]
    known = [change for change in changes if not change.reason]
    after, others = (np.array([getattr(one, name) for one in known]) for name in ("after", "expected_as_others"))
    alike = float(np.mean([one.others for one in known])) if known else 0.0
    expected = sum(change.expected for change in known)
    return Together(len(known), int(after.sum()), expected, float(others.sum()), ratio_of_sums(after, others, alike))
