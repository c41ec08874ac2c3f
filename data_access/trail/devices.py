"""Wall screens that may ask for figures: devices with a token, kept by its hash, and short passes for whoever is in."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert, select

from data_access.trail.schema import TrailProblem, trail_devices
from data_access.trail.trail import Trail

NAME = re.compile(r"[\w.-]{1,40}")
PASS_LASTS = timedelta(hours=12)


def _hash(token: str) -> str:
    # A token is 32 random bytes: nobody tries them all, so that a quick hash is enough.
    return hashlib.sha256(token.encode()).hexdigest()


def add(trail: Trail, name: str, address: str = "") -> str:
    """Make a device; returns its token, which is nowhere kept. `address`: from which alone it may ask, '' from any.

    Raises `TrailProblem` for a name that is taken or that no device can have.
    """
    if not NAME.fullmatch(name):
        raise TrailProblem(f"设备名“{name}”不能用：一到四十个字、字母、数字、点、横线")
    token, table = secrets.token_urlsafe(32), trail_devices
    with trail.engine.execution_options(writing=True).begin() as connection:
        if connection.execute(select(table.c.name).where(table.c.name == name)).first():
            raise TrailProblem(f"已有名为“{name}”的设备：先用 wall remove 去掉")
        made = {"name": name, "token": _hash(token), "address": address, "made_at": trail.now()}
        connection.execute(insert(table).values(made))
    return token


def remove(trail: Trail, name: str) -> bool:
    """Withdraw a device; False where there is none of that name."""
    with trail.engine.execution_options(writing=True).begin() as connection:
        gone = connection.execute(delete(trail_devices).where(trail_devices.c.name == name))
    return bool(gone.rowcount)


def devices(trail: Trail) -> pd.DataFrame:
    """Grain: one row per device, with name, address and made_at."""
    table = trail_devices.c
    with trail.engine.connect() as connection:
        return pd.read_sql(select(table.name, table.address, table.made_at).order_by(table.name), connection)


def device_of(trail: Trail, token: str) -> dict[str, Any] | None:
    """The device of a token: its name and the address it is tied to; None for a token that no device has."""
    table = trail_devices.c
    with trail.engine.connect() as connection:
        asked = select(table.name, table.address).where(table.token == _hash(token))
        row = connection.execute(asked).mappings().first()
    return dict(row) if row else None


def pass_of(trail: Trail, until: datetime | None = None) -> str:
    """What lets a browser look at walls for some hours without being a device: made for whoever is logged in."""
    ends = f"{(until or trail.now() + PASS_LASTS):%Y%m%d%H%M%S}"
    return f"{ends}.{_sign(trail, ends)}"


def is_good(trail: Trail, given: str) -> bool:
    """Whether a pass was made here and has not run out."""
    ends, _, signed = given.partition(".")
    return hmac.compare_digest(signed, _sign(trail, ends)) and ends > f"{trail.now():%Y%m%d%H%M%S}"


def _sign(trail: Trail, ends: str) -> str:
    return hmac.digest(trail.key or b"without a key", f"wall pass {ends}".encode(), "sha256").hex()
