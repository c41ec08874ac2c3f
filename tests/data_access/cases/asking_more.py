"""Questions of screens that tell why, where and whose: as in asking.py, which holds the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd

from data_access.cases import listing, sums
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.repeats import repeated
from data_access.cases.reports import by_place_and_week, reports
from data_access.district.periods import Period
from questions import landing, one_matter, portrait, streets_now, usual, why

SPRING = CaseFilter(period=Period(datetime(2022, 3, 1), datetime(2022, 5, 1)))

ALL = 10**6


def _of_streets(reader: Reader) -> list[pd.DataFrame]:
    """Sums of some streets, of which a half of the cases has one or none; then those of others, which are added up."""
    groupings: list[sums.By] = [(), ("unit",), ("day", "street")]
    names = [street.name for street in reader.profile.streets] if reader.has_data else []
    wanted = [SPRING.replace(street=tuple(some)) for some in (names[3:12:4], names[2:5], names[6:10]) if some]
    told = [sums.sums_of(reader.exact, ("volume", "composite", "callers"), groupings, where) for where in wanted]
    return [pd.DataFrame({**one.rows, **one.of}) for found in told for one in found.values()]


MORE: dict[str, Callable[[Reader, Any], Any]] = {
    "data_access.cases.reports.reports": lambda reader, _: reports(reader, SPRING),
    "data_access.cases.repeats.repeated": lambda reader, _: repeated(reader, SPRING, 2, 30),
    "data_access.cases.reports.by_place_and_week": lambda reader, _: by_place_and_week(reader, SPRING, 8),
    "data_access.cases.sums.sums_of": lambda reader, _: _of_streets(reader),
    "questions.one_matter.one_matter": lambda reader, _: one_matter.one_matter(reader),
    "data_access.cases.listing.same_caller": lambda reader, known: [
        listing.same_caller(reader, number, ALL) for number in known.numbers[:40]
    ],
    "questions.usual.courses_beside_usual": lambda reader, _: usual.courses_beside_usual(
        reader, ("volume", "resolution_rate", "on_time_rate", "composite"), SPRING
    ),
    "questions.landing.landing": lambda reader, _: list(landing.landing(reader, SPRING, "previous")),
    "questions.portrait.classes_of": lambda reader, _: portrait.classes_of(reader, SPRING, SPRING),
    "questions.streets_now.streets_now": lambda reader, _: streets_now.streets_now(reader, CaseFilter()),
    "questions.why.lost_by": lambda reader, _: [
        part for by in why.SPLITS for told in [why.lost_by(reader, "composite", by, SPRING)] for part in (told.parts, told.end)
    ],
    "questions.why.moved_by": lambda reader, _: [
        why.moved_by(reader, rate, "category2", SPRING, "previous").parts for rate in ("resolution_rate", "on_time_rate")
    ],
}  # fmt: skip
