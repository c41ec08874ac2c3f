"""That somebody's rights were changed: the profile's files that say who may what are other ones than last recorded."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import select

from data_access.district.profile import Profile
from data_access.trail.schema import Record, trail_head, trail_records
from data_access.trail.trail import Trail

FILES = ("access.toml", "people.csv", "programmes.toml", "wall.toml")


def digests(profile: Profile) -> dict[str, str]:
    """File -> SHA-256 of what it holds now, '' where the profile has none."""
    paths = {name: profile.folder / name for name in FILES}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "" for name, path in paths.items()
    }


def note_rights(trail: Trail, profile: Profile) -> list[str]:
    """Record that the files are other ones than at the last record; returns which, [] where they are the same."""
    now = digests(profile)
    with trail.engine.execution_options(writing=True).begin() as connection:
        connection.execute(select(trail_head).with_for_update()).one()  # of two processes that start one records it
        asked = select(trail_records.c.details).where(trail_records.c.kind == "rights")
        known = connection.execute(asked.order_by(trail_records.c.seq.desc()).limit(1)).scalar()
        before = json.loads(known)["digests"] if known else {}
        changed = [name for name in FILES if before.get(name) != now[name]]
        if changed:
            details = {"digests": now, "files": changed, "profile": profile.name}
            trail.append(connection, [Record("rights", what="启用的权限配置", details=details)])
    return changed
