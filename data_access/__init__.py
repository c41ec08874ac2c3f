"""The district's cases and decisions: the only place that knows SQL. What analysts and scripts need stands here.

    from data_access import open_reader, CaseFilter, catalog

Rooms, each knowing only those before it: district (the profile: rules, programmes, working time, periods,
vocabulary), cases (the store and every question about it), intake (imports) and ledger (what the district decides).
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data_access.cases.catalog import Catalog, catalog
from data_access.cases.dimensions import DIMENSIONS, Dimension
from data_access.cases.errors import QueryFailed, StoreError
from data_access.cases.filters import STATUSES, CaseFilter
from data_access.cases.measures import MEASURES, Measure
from data_access.cases.reader import NoData, Reader, open_reader
from data_access.district.names import UnknownName, UnknownValue
from data_access.district.periods import PRESETS, Period, preset
from data_access.district.profile import Profile, ProfileError, current_profile

__all__ = [
    "DIMENSIONS",
    "MEASURES",
    "PRESETS",
    "STATUSES",
    "CaseFilter",
    "Catalog",
    "Dimension",
    "Measure",
    "NoData",
    "Period",
    "Profile",
    "ProfileError",
    "QueryFailed",
    "Reader",
    "StoreError",
    "UnknownName",
    "UnknownValue",
    "catalog",
    "current_profile",
    "open_reader",
    "preset",
    "sql",
]


def sql(
    statement: str, params: Mapping[str, Any] | None = None, frames: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """As `Reader.sql`, of the store and district that the environment names."""
    return open_reader().sql(statement, params, frames)
