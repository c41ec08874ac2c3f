"""Filters that somebody kept under a name, for themselves: nobody else is shown them, renames or takes them away.

What is kept is the page's address, not its cases: whoever opens it sees what their rights give them on that day.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from data_access.trail.schema import TrailProblem, trail_views
from data_access.trail.trail import Trail

LONGEST_TITLE, LONGEST = 20, 4_000  # characters
MOST = 30  # of one owner on a page
Row = dict[str, Any]


def keep(trail: Trail, owner: str, page: str, title: str, query: str) -> str:
    """Keep a filter, in place of the owner's one of the same title; returns its number. Raises `TrailProblem`."""
    title, table = _checked(title), trail_views
    if len(query) > LONGEST:
        raise TrailProblem("条件太多，存不下：请先去掉一些")
    mine = (table.c.owner == owner) & (table.c.page == page)
    with trail.engine.execution_options(writing=True).begin() as connection:
        same = connection.execute(select(table.c.id).where(mine, table.c.title == title)).scalar()
        count = connection.execute(select(func.count()).select_from(table).where(mine)).scalar() or 0
        if not same and count >= MOST:
            raise TrailProblem(f"已存了 {MOST} 个：先删去不用的")
        number = same or secrets.token_urlsafe(6)
        connection.execute(delete(table).where(table.c.id == number))
        row = {"id": number, "title": title, "owner": owner, "page": page, "query": query, "made_at": trail.now()}
        connection.execute(insert(table).values(row))
    return str(number)


def kept(trail: Trail, owner: str, page: str) -> list[Row]:
    """The owner's filters of a page, the oldest first: id, title, owner, page, query, made_at."""
    mine = select(trail_views).where(trail_views.c.owner == owner, trail_views.c.page == page)
    with trail.engine.connect() as connection:
        return [dict(row) for row in connection.execute(mine.order_by(trail_views.c.made_at)).mappings()]


def rename(trail: Trail, owner: str, number: str, title: str) -> None:
    """Call the owner's filter something else. Raises `TrailProblem`."""
    title, table = _checked(title), trail_views
    with trail.engine.execution_options(writing=True).begin() as connection:
        mine = connection.execute(select(table).where(table.c.owner == owner)).mappings().all()
        if (row := next((one for one in mine if one["id"] == number), None)) is None:
            raise TrailProblem("没有这个筛选：可能已在别的标签页删去")
        if any(one["title"] == title and one["page"] == row["page"] and one["id"] != number for one in mine):
            raise TrailProblem(f"已有叫“{title}”的：换一个名称")
        connection.execute(update(table).where(table.c.id == number).values(title=title))


def forget(trail: Trail, owner: str, number: str) -> Row | None:
    """Take the owner's filter away; returns it for `restore`, None where they have none of that number."""
    table = trail_views
    with trail.engine.execution_options(writing=True).begin() as connection:
        named = select(table).where(table.c.id == number, table.c.owner == owner)
        row = connection.execute(named).mappings().first()
        connection.execute(delete(table).where(table.c.id == number, table.c.owner == owner))
    return dict(row) if row else None


def restore(trail: Trail, row: Row) -> None:
    """Put a filter back that was taken away, where it was; nothing where it is there."""
    with trail.engine.execution_options(writing=True).begin() as connection:
        connection.execute(delete(trail_views).where(trail_views.c.id == row["id"]))
        connection.execute(insert(trail_views).values(row))


def _checked(title: str) -> str:
    if not (title := title.strip()) or len(title) > LONGEST_TITLE:
        raise TrailProblem(f"名称一到 {LONGEST_TITLE} 个字")
    return title
