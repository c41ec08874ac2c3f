"""Statements that somebody kept under a name: whoever may ask opens them, under rights of their own; the owner alone
changes them or takes them away."""

from __future__ import annotations

import secrets
from typing import Any

import pandas as pd
from sqlalchemy import delete, func, insert, select

from data_access.trail.schema import TrailProblem, trail_queries
from data_access.trail.trail import Trail

LONGEST_TITLE, LONGEST = 40, 20_000  # characters
MOST = 200  # of one owner


def keep(trail: Trail, title: str, owner: str, statement: str) -> str:
    """Keep a statement, in place of the owner's one of the same title; returns its number. Raises `TrailProblem`."""
    title, table = title.strip(), trail_queries
    if not title or len(title) > LONGEST_TITLE or not statement.strip() or len(statement) > LONGEST:
        raise TrailProblem(f"名称一到 {LONGEST_TITLE} 个字，语句至多 {LONGEST:,} 个字符")
    mine = table.c.owner == owner
    with trail.engine.execution_options(writing=True).begin() as connection:
        same = connection.execute(select(table.c.id).where(mine, table.c.title == title)).scalar()
        count = connection.execute(select(func.count()).select_from(table).where(mine)).scalar() or 0
        if not same and count >= MOST:
            raise TrailProblem(f"已存了 {MOST} 条：先删去不用的")
        number = same or secrets.token_urlsafe(6)
        connection.execute(delete(table).where(table.c.id == number))
        row = {"id": number, "title": title, "owner": owner, "statement": statement, "made_at": trail.now()}
        connection.execute(insert(table).values(row))
    return str(number)


def kept(trail: Trail) -> pd.DataFrame:
    """Grain: one row per kept statement, newest first; columns id, title, owner, statement, made_at."""
    with trail.engine.connect() as connection:
        return pd.read_sql(select(trail_queries).order_by(trail_queries.c.made_at.desc()), connection)


def one(trail: Trail, number: str) -> dict[str, Any] | None:
    """A kept statement; None where there is none of that number."""
    with trail.engine.connect() as connection:
        row = connection.execute(select(trail_queries).where(trail_queries.c.id == number)).mappings().first()
    return dict(row) if row else None


def forget(trail: Trail, number: str, owner: str) -> bool:
    """Take the owner's statement away; False where they have none of that number."""
    table = trail_queries.c
    with trail.engine.execution_options(writing=True).begin() as connection:
        gone = connection.execute(delete(trail_queries).where(table.id == number, table.owner == owner))
    return bool(gone.rowcount)
