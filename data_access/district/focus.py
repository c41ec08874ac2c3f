"""What the office's papers tell of by itself (敏感诉求, 涉企诉求): [[focus]] in district.toml, with dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import model_validator

from data_access.district.rows import Row


class Focus(Row):
    """Hotline cases of these classes, crowds or industries (all that are named must hold), from a day on.

    `unknown`: what the source does not tell of them, said in the paper; `listed`: whether those that still need
    somebody are listed one by one.
    """

    name: str
    valid_from: date
    category1: tuple[str, ...] = ()
    category2: tuple[str, ...] = ()
    category3: tuple[str, ...] = ()
    crowd: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    unknown: str = ""
    listed: bool = True

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """The parts of a filter that it names."""
        names = ("category1", "category2", "category3", "crowd", "industry")
        return {name: values for name in names if (values := getattr(self, name))}

    @model_validator(mode="after")
    def _names_something(self) -> Focus:
        if not self.parts:
            raise ValueError("至少写 category1、category2、category3、crowd、industry 中的一项")
        return self


def focuses_at(every: Sequence[Focus], day: date) -> tuple[Focus, ...]:
    """Those in force on `day`, in the order of the file: of several of one name the newest."""
    known = sorted((one for one in every if one.valid_from <= day), key=lambda one: one.valid_from)
    newest = {one.name: one for one in known}
    return tuple(one for one in every if newest.get(one.name) is one)
