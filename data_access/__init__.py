"""The district's cases and decisions: the only place that knows SQL. What analysts and scripts need stands here.

    from data_access import open_reader, CaseFilter, MEASURES

Rooms, each knowing only those before it: district (the profile: rules, programmes, working time, periods,
vocabulary), cases (the store and every question about it), intake (imports) and ledger (what the district decides).
"""

from data_access.cases.dimensions import DIMENSIONS, Dimension
from data_access.cases.errors import StoreError
from data_access.cases.filters import STATUSES, CaseFilter
from data_access.cases.measures import MEASURES, Measure
from data_access.cases.reader import NoData, QueryFailed, Reader, open_reader
from data_access.district.periods import PRESETS, Period, preset
from data_access.district.profile import Profile, ProfileError, current_profile

__all__ = [
    "DIMENSIONS",
    "MEASURES",
    "PRESETS",
    "STATUSES",
    "CaseFilter",
    "Dimension",
    "Measure",
    "NoData",
    "Period",
    "Profile",
    "ProfileError",
    "QueryFailed",
    "Reader",
    "StoreError",
    "current_profile",
    "open_reader",
    "preset",
]
