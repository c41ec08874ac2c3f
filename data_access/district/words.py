"""Which words of a coded column a district knows.

A coded column is one whose words decide what is counted where. A word outside its list is kept and is unknown: neither
yes nor no, neither satisfied nor dissatisfied.
"""

from __future__ import annotations

from data_access.district.profile import Profile
from data_access.district.vocabulary import DIMENSIONS_75, GRID, RESOLUTIONS, UNIT_TYPES

# Column -> its label. The store keeps the source's own word where it is not known.
TEXTS = {
    "satisfaction": "满意度",
    "resolution": "解决结果",
    "unit_type": "单位类别",
    "request_type": "诉求类型",
    "channel": "受理渠道",
    "status": "状态",
    "urgency": "时限类别",
    "dimension": "七有五性",
    "crowd": "人群",
    "industry": "行业",
}
# Flag -> its label. The store keeps UNREAD, and the word in `unread_words`.
FLAGS = {
    "is_valid_callback": "是否有效回访",
    "is_contacted": "是否联系",
    "is_excluded": "是否剔除",
    "is_closed": "是否办结",
    "is_late": "是否逾期",
    "has_deadline": "是否有时限",
    "is_whistled": "是否吹哨",
    "is_group": "是否群体",
    "is_void": "是否作废",
}


def known_words(profile: Profile, field: str, source: str) -> tuple[str, ...]:
    """The words of a column in TEXTS that the district knows, as the store writes them; none: it is not checked."""
    settings = profile.settings
    if field == "satisfaction":
        return tuple(dict.fromkeys(grade for scoring in settings.scoring for grade in scoring.grades))
    if field == "urgency":
        return tuple(dict.fromkeys(limit.limit_class for limit in settings.time_limits))
    fixed = {"resolution": tuple(RESOLUTIONS), "unit_type": UNIT_TYPES, "dimension": DIMENSIONS_75}
    if field in fixed:
        return fixed[field]
    listed: tuple[str, ...] = getattr(settings.words[source], field) if source in settings.words else ()
    if field == "channel" and source == GRID and listed:
        listed = tuple(dict.fromkeys((*listed, *settings.grid.self_handled, *settings.grid.prompted)))
    return listed
