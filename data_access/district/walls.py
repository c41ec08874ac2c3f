"""The profile's walls (wall.toml): which screens hang where, and how often they change."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from data_access.district.models import Row


class Wall(Row):
    """One wall: the screens it shows in turn, each for `seconds`; a wall of one screen never changes it."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$")
    title: str
    screens: tuple[str, ...] = Field(min_length=1)
    seconds: int = Field(default=20, ge=5)
    theme: Literal["auto", "light", "dark"] = "auto"
    density: Literal["near", "far"] = "near"  # far (远看): fewer lines in larger letters, to be read across a hall


class Walls(Row):
    """The profile's walls: how often a screen asks for new figures, and when night begins and ends (hours)."""

    refresh_seconds: int = Field(default=10, ge=1)
    night: tuple[int, int] = (19, 7)
    walls: tuple[Wall, ...] = ()
