"""Who acts, and whom the district lets see what is restricted."""

from __future__ import annotations

from dataclasses import dataclass

from data_access.district.programmes import Programmes


class Refused(ValueError):
    """The rules do not allow the step; the message says why."""


@dataclass(frozen=True)
class Actor:
    """Who acts, by the session's identity; never anonymous."""

    name: str
    role: str
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise Refused("请先说明您是谁，再操作")


def may_care(programmes: Programmes, viewer: Actor | None) -> bool:
    """Whether somebody may see who calls again and again (一网情深)."""
    return programmes.care.enabled and viewer is not None and viewer.name in programmes.care.users
