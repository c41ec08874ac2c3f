"""What somebody kept under a name: filters of a page, statements of 探索. Its owner alone changes it or takes it away.

What is kept is a page's address or a statement, not its cases: whoever opens one sees what their own rights give them
on that day.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from data_access.trail.schema import TrailProblem, trail_kept
from data_access.trail.trail import Trail

Row = dict[str, Any]  # id, title, owner, page, text, made_at


@dataclass(frozen=True)
class Kind:
    """How much of one kind may be kept: characters of a title, characters of a text, how many of one owner."""

    title: int
    text: int
    most: int


FILTER, STATEMENT = Kind(20, 4_000, 30), Kind(40, 20_000, 200)
STATEMENTS = "explore"  # the page whose texts are statements


def kind_of(page: str) -> Kind:
    """What a page keeps."""
    return STATEMENT if page == STATEMENTS else FILTER


def keep(trail: Trail, owner: str, page: str, title: str, text: str) -> str:
    """Keep a text, in place of the owner's one of the same title; returns its number. Raises `TrailProblem`."""
    title, table, kind = _checked(page, title), trail_kept, kind_of(page)
    if len(text) > kind.text:
        raise TrailProblem(f"太长，存不下：至多 {kind.text:,} 个字符")
    mine = (table.c.owner == owner) & (table.c.page == page)
    with trail.engine.execution_options(writing=True).begin() as connection:
        same = connection.execute(select(table.c.id).where(mine, table.c.title == title)).scalar()
        count = connection.execute(select(func.count()).select_from(table).where(mine)).scalar() or 0
        if not same and count >= kind.most:
            raise TrailProblem(f"已存了 {kind.most} 个：先删去不用的")
        number = same or secrets.token_urlsafe(6)
        connection.execute(delete(table).where(table.c.id == number))
        row = {"id": number, "title": title, "owner": owner, "page": page, "text": text, "made_at": trail.now()}
        connection.execute(insert(table).values(row))
    return str(number)


def kept(trail: Trail, page: str, owner: str | None = None) -> list[Row]:
    """What was kept on a page, of everybody or of one owner, the oldest first."""
    of_page = select(trail_kept).where(trail_kept.c.page == page).order_by(trail_kept.c.made_at)
    asked = of_page if owner is None else of_page.where(trail_kept.c.owner == owner)
    with trail.engine.connect() as connection:
        return [dict(row) for row in connection.execute(asked).mappings()]


def rename(trail: Trail, owner: str, number: str, title: str) -> None:
    """Call the owner's text something else. Raises `TrailProblem`."""
    table = trail_kept
    with trail.engine.execution_options(writing=True).begin() as connection:
        mine = connection.execute(select(table).where(table.c.owner == owner)).mappings().all()
        if (row := next((one for one in mine if one["id"] == number), None)) is None:
            raise TrailProblem("没有这一个：可能已在别的标签页删去")
        title = _checked(row["page"], title)
        if any(one["title"] == title and one["page"] == row["page"] and one["id"] != number for one in mine):
            raise TrailProblem(f"已有叫“{title}”的：换一个名称")
        connection.execute(update(table).where(table.c.id == number).values(title=title))


def forget(trail: Trail, owner: str, number: str) -> Row | None:
    """Take the owner's text away; returns it for `restore`, None where they have none of that number."""
    named = (trail_kept.c.id == number) & (trail_kept.c.owner == owner)
    with trail.engine.execution_options(writing=True).begin() as connection:
        row = connection.execute(select(trail_kept).where(named)).mappings().first()
        connection.execute(delete(trail_kept).where(named))
    return dict(row) if row else None


def restore(trail: Trail, row: Row) -> None:
    """Put a text back that was taken away, where it was; nothing where it is there."""
    with trail.engine.execution_options(writing=True).begin() as connection:
        connection.execute(delete(trail_kept).where(trail_kept.c.id == row["id"]))
        connection.execute(insert(trail_kept).values(row))


def _checked(page: str, title: str) -> str:
    longest = kind_of(page).title
    if not (title := title.strip()) or len(title) > longest:
        raise TrailProblem(f"名称一到 {longest} 个字")
    return title
