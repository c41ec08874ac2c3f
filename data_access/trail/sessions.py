"""Logins that several processes know of: which have begun, which were ended, which accounts were withdrawn."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from data_access.trail.schema import trail_logins
from data_access.trail.trail import Trail

ACCOUNT, WITHDRAWN = "account:", "withdrawn:"


def key_of(*parts: str) -> str:
    """The name of one login, from what tells it from others; leads back to nobody."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def begin(trail: Trail, key: str) -> bool:
    """Note that a login is there; False where it was known."""
    with trail.engine.connect() as connection:
        if connection.execute(select(trail_logins.c.key).where(trail_logins.c.key == key)).first():
            return False
    try:
        with trail.engine.execution_options(writing=True).begin() as connection:
            connection.execute(insert(trail_logins).values(key=key, began_at=trail.now()))
    except IntegrityError:  # another process was told of it at the same moment
        return False
    return True


def end(trail: Trail, key: str) -> None:
    """End a login, in every tab and process."""
    begin(trail, key)
    with trail.engine.execution_options(writing=True).begin() as connection:
        connection.execute(update(trail_logins).where(trail_logins.c.key == key).values(ended_at=trail.now()))


def is_over(trail: Trail, key: str, account: str, since: datetime) -> bool:
    """Whether a login was ended, or began before all of its account's were, or its account is withdrawn.

    `since`: when it began, naive Beijing time.
    """
    table, names = trail_logins.c, (key, ACCOUNT + key_of(account), WITHDRAWN + key_of(account))
    with trail.engine.connect() as connection:
        asked = select(table.key, table.ended_at).where(table.key.in_(names), table.ended_at.is_not(None))
        ended = {row.key: row.ended_at for row in connection.execute(asked)}
    return key in ended or names[2] in ended or (names[1] in ended and since <= ended[names[1]])


def end_all_of(trail: Trail, account: str) -> None:
    """End every login of an account; who logs in again is let in."""
    end(trail, ACCOUNT + key_of(account))


def withdraw(trail: Trail, account: str) -> None:
    """Let the account in no more, and end what is open."""
    end(trail, WITHDRAWN + key_of(account))


def give_back(trail: Trail, account: str) -> None:
    """Let a withdrawn account in again."""
    with trail.engine.execution_options(writing=True).begin() as connection:
        key = WITHDRAWN + key_of(account)
        connection.execute(update(trail_logins).where(trail_logins.c.key == key).values(ended_at=None))
