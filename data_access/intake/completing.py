"""What a delivery's rows leave blank and the profile knows, and what there is to say about them."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
from prcoords import bd_wgs, gcj_wgs

from data_access.district.profile import Profile
from data_access.district.vocabulary import UNIT_TYPES
from data_access.intake.cleaning import NAMES, Cleaner, put_table
from data_access.intake.keywords import fill_from_text
from data_access.intake.mapping import Mapping
from data_access.intake.naming import recognise_names
from data_access.intake.unread import mark_absent_answers, strangers, unread_notes

NOT_LISTED = "配置中没有的{}（已保留）"
# Fields that keywords in the text may fill -> how the notes call them.
FROM_TEXT = {"crowd": "人群", "industry": "行业"}


def complete(con: duckdb.DuckDBPyConnection, cleaner: Cleaner, mapping: Mapping, profile: Profile) -> dict[str, Any]:
    """Complete the rows from the profile; returns notes for whoever imports them."""
    notes: dict[str, Any] = {}
    if {"lon", "lat"} <= set(cleaner.stored):
        dropped = _convert_coordinates(con, profile, mapping.crs)
        if dropped:
            notes["坐标在区外，已舍去"] = dropped
    recognise_names(con, profile, cleaner.stored)
    _fill_from_profile(con, cleaner, mapping.source, profile)
    for field, count in fill_from_text(con, cleaner.fields, mapping.source, profile).items():
        notes[f"按关键词识别{FROM_TEXT[field]}"] = count
    known = {
        "street": [street.name for street in profile.streets],
        "community": [community.name for community in profile.communities],
        "unit": [unit.name for unit in profile.units],
        "category3": [category.category3 for category in profile.categories if category.source == mapping.source],
    }
    for field, label in NAMES.items():
        if field in cleaner.stored and known[field] and (strange := strangers(con, field, known[field])):
            notes[NOT_LISTED.format(label)] = strange
    mark_absent_answers(con, cleaner)
    notes |= unread_notes(con, cleaner, profile)
    if "closed_at" in cleaner.stored:
        ((early,),) = con.execute("SELECT count(*) FROM incoming WHERE closed_at < created_at").fetchall()
        if early:
            notes["办结早于受理（不计办理时长）"] = int(early)
    return notes


def _fill_from_profile(con: duckdb.DuckDBPyConnection, cleaner: Cleaner, source: str, profile: Profile) -> None:
    """What the source leaves blank and the profile knows of the leaf (levels, dimension, limit class) and the unit."""
    leaves = [category for category in profile.categories if category.source == source]
    if "category3" in cleaner.stored and leaves:
        fields = {
            "category1": "category1",
            "category2": "category2",
            "dimension": "dimension",
            "urgency": "limit_class",
        }
        table = pa.table(
            {name: pa.array([getattr(leaf, origin) for leaf in leaves], pa.string()) for name, origin in fields.items()}
            | {"category3": pa.array([leaf.category3 for leaf in leaves], pa.string())}
        )
        _fill(con, cleaner, "category3", list(fields), table)
    if "unit" in cleaner.stored and profile.units:
        table = pa.table(
            {"unit": [u.name for u in profile.units], "unit_type": [str(u.unit_type) for u in profile.units]}
        )
        _fill(con, cleaner, "unit", ["unit_type"], table)


def _fill(con: duckdb.DuckDBPyConnection, cleaner: Cleaner, key: str, names: list[str], table: pa.Table) -> None:
    for name in names:
        if name not in cleaner.stored:
            con.execute(f"ALTER TABLE incoming ADD COLUMN {name} VARCHAR")
            cleaner.fields.append(name)
    con.register("from_profile", table)
    told = {"unit_type": f"CASE WHEN list_contains({list(UNIT_TYPES)}, incoming.unit_type) THEN incoming.unit_type END"}
    changes = ", ".join(
        # A word that is not known gives way to what the profile knows, and stands where it knows nothing.
        f"{name} = coalesce({told.get(name, f'incoming.{name}')}, p.{name}, incoming.{name})"
        for name in names
    )
    con.execute(
        f"""UPDATE incoming SET {changes} FROM (SELECT {key}, {", ".join(f"any_value({n}) AS {n}" for n in names)}
            FROM from_profile GROUP BY {key} HAVING count(*) = 1) p WHERE incoming.{key} = p.{key}"""
    ).fetchall()
    con.unregister("from_profile")


def _convert_coordinates(con: duckdb.DuckDBPyConnection, profile: Profile, crs: str) -> int:
    """Make the coordinates of `incoming` WGS-84 and drop those outside the district; returns how many were dropped."""
    if crs != "WGS-84":
        points = con.execute(
            "SELECT DISTINCT lon, lat FROM incoming WHERE lon IS NOT NULL AND lat IS NOT NULL"
        ).fetchall()
        turn = {"GCJ-02": gcj_wgs, "BD-09": bd_wgs}[crs]
        converted = [(lon, lat, *turn((lat, lon), check_china=False)) for lon, lat in points]
        put_table(con, "turned", ["lon", "lat", "new_lat", "new_lon"], converted, pa.float64())
        con.execute(
            """UPDATE incoming SET lon = new_lon, lat = new_lat
               FROM turned t WHERE incoming.lon = t.lon AND incoming.lat = t.lat"""
        ).fetchall()
    box = profile.settings.geography.bbox or (-180, -90, 180, 90)
    # Of an unreadable one the other half tells nothing; that it was unreadable is noted by itself.
    con.execute("UPDATE incoming SET lon = NULL, lat = NULL WHERE (lon IS NULL) <> (lat IS NULL)").fetchall()
    outside = "lon IS NOT NULL AND NOT (lon BETWEEN ? AND ? AND lat BETWEEN ? AND ?)"
    statement = f"UPDATE incoming SET lon = NULL, lat = NULL WHERE {outside}"
    return int(con.execute(statement, [box[0], box[2], box[1], box[3]]).fetchall()[0][0])
