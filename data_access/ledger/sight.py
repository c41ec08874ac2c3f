"""Which matters somebody may see: one condition on the rows of `matters`, for every question of the ledger.

A matter names its units and streets in its fields. Whoever is of one of those, or of its district, sees the matter, its
parts, and what it is a part of; of the other parts of that one nothing, unless they may for their own sake. The same
holds for whoever took a step in it, its opening included.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.sql.selectable import FromClause

from data_access.cases.sight import Matters
from data_access.district.profile import Profile
from data_access.ledger.schema import as_json, matter_events, matters


def visible(profile: Profile, seen: Matters) -> ColumnElement[bool]:
    """The condition under which a row of `matters` may be seen; what it belongs to has another row."""
    if seen.whose == "all":
        return true()
    if seen.whose == "none":
        return false()
    other = matters.alias("related")
    parts = select(other.c.parent).where(_own(profile, seen, other), other.c.parent != "")
    wholes = select(other.c.matter_id).where(_own(profile, seen, other))
    # A kind that is kept for the people whom the profile names is theirs wholly, see machine.check_sight.
    named = [programme.kind for programme in profile.programmes.programmes if programme.restricted]
    return or_(
        matters.c.kind.in_(named), _own(profile, seen, matters), matters.c.matter_id.in_(parts),
        and_(matters.c.parent != "", matters.c.parent.in_(wholes)),
    )  # fmt: skip


def _own(profile: Profile, seen: Matters, row: FromClause) -> ColumnElement[bool]:
    touched = select(matter_events.c.matter_id).where(matter_events.c.who == seen.name)
    places = {
        field.name
        for programme in profile.programmes.programmes
        for field in programme.fields
        if field.kind in ("unit", "street")
    }
    # The fields are JSON as `as_json` writes it, in which no value holds a bare quotation mark: what is taken out of
    # the text is the field with just this value. So on every engine, whatever JSON functions it has.
    own = profile.units_of(seen.unit)
    written = [as_json({name: unit})[1:-1] for name in sorted(places) for unit in own]
    return or_(
        row.c.matter_id.in_(touched), *(func.replace(row.c.fields, pair, "") != row.c.fields for pair in written)
    )
