"""Streets, communities and units as people write them: recognised where only form differs, else told with the nearest.

What only looks like a name of the profile (東四街道) is nobody's until an alias says so.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from data_access.district.models import Community, Street, Unit
from data_access.district.profile import Profile
from data_access.district.spelling import BRACKETS, bare

PLACED = {"street": "街道", "community": "社区", "unit": "承办单位"}
CLOSE = 0.6  # of difflib's ratio


def recognised(profile: Profile, field: str, names: Iterable[str]) -> dict[str, str]:
    """Name as written -> the profile's, where nothing differs but spaces, width, an ending, city and district before.

    What fits two rows of the profile is left as it is.
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for row in _rows(profile, field):
        within = row.street if isinstance(row, Community) else row.district if isinstance(row, Street) else ""
        written = (row.name, *row.aliases)
        for name in (*written, *(within + one for one in written if within)):
            owners[_key(profile, field, name)].add(row.name)
    asked = {name: owners.get(_key(profile, field, name), set()) for name in names}
    return {name: min(found) for name, found in asked.items() if len(found) == 1}


def in_their_districts(
    profile: Profile, districts: pa.Array | pa.ChunkedArray, streets: pa.Array | pa.ChunkedArray
) -> pa.Array:
    """The streets by the profile's names where their districts tell which is meant; else as they are written."""
    written = streets.to_pylist()
    whole = [f"{district}{street}" if district and street else "" for district, street in
             zip(districts.to_pylist(), written, strict=True)]  # fmt: skip
    known = recognised(profile, "street", {*whole} - {""})
    return pa.array([known.get(place, street) for place, street in zip(whole, written, strict=True)], pa.string())


def nearest(profile: Profile, field: str, name: str) -> str:
    """The profile's name that looks most like it; '' where none does."""
    names = [row.name for row in _rows(profile, field)]
    return next(iter(difflib.get_close_matches(name, names, 1, CLOSE)), "")


def recognise_names(con: duckdb.DuckDBPyConnection, profile: Profile, fields: Iterable[str]) -> None:
    """Write the profile's names into `incoming` where they are recognised."""
    for field in PLACED.keys() & set(fields):
        known = [row.name for row in _rows(profile, field)]
        asked = f"SELECT DISTINCT {field} FROM incoming WHERE {field} IS NOT NULL AND NOT list_contains(?, {field})"
        strange = [name for (name,) in con.execute(asked, [known]).fetchall()] if known else []
        if strange and (found := recognised(profile, field, strange)):
            con.register("recognised", pa.table({"written": list(found), "known": list(found.values())}))
            con.execute(
                f"UPDATE incoming SET {field} = r.known FROM recognised r WHERE incoming.{field} = r.written"
            ).fetchall()
            con.unregister("recognised")


def _rows(profile: Profile, field: str) -> tuple[Street, ...] | tuple[Community, ...] | tuple[Unit, ...]:
    return {"street": profile.streets, "community": profile.communities, "unit": profile.units}[field]  # type: ignore[return-value]


def _key(profile: Profile, field: str, name: str) -> str:
    """What is left of a name without what does not tell it from others."""
    district = profile.settings.district
    text = "".join(unicodedata.normalize("NFKC", name).split())
    is_office = field == "unit"  # of the city, it is another than the district's of the same name
    for before, short in ((district.city + district.name, "区"), (district.name, "区"), (district.city, "市")):
        if before and text.startswith(before) and text != before:
            text = (short if is_office and before.endswith(short) else "") + text.removeprefix(before)
            break
    return bare(field, BRACKETS.sub("", text))
