"""Names that somebody writes, in a page, a notebook or a file: one that is not known is told with the nearest ones."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

NEAREST = 3
Thing = TypeVar("Thing")


class UnknownName(KeyError, ValueError):
    """A name that nothing has. The message says which names look most like it."""

    def __init__(self, kind: str, name: object, near: Iterable[str] = ()) -> None:
        told = "、".join(near)
        super().__init__(f"没有名为“{name}”的{kind}" + (f"；最接近的：{told}" if told else ""))

    def __str__(self) -> str:  # a KeyError would show it in quotation marks
        return str(self.args[0])


class UnknownValue(UserWarning):
    """A filter asks for a value that no case has and the profile does not list: the answer may be empty for that."""


def nearest(name: object, known: Mapping[str, str], cutoff: float = 0.0) -> list[str]:
    """The three names that look most like one that is not known, each with its label. `known`: name -> label.

    Whoever writes a label in place of a name finds the name too.
    """
    spelt = {word.lower(): key for key, label in known.items() for word in (label, key)}
    close = difflib.get_close_matches(str(name).lower(), spelt, n=2 * NEAREST, cutoff=cutoff)
    found = list(dict.fromkeys(spelt[word] for word in close))[:NEAREST]
    return [key if known[key] in ("", key) else f"{key}（{known[key]}）" for key in found]


class Named(Mapping[str, Thing], Generic[Thing]):
    """Things by their names. Asked for one that is not there, it raises `UnknownName`.

    `kind`: what they are called; `label`: how people call one of them. `told` puts others in place of all of them, at
    once for every thread.
    """

    def __init__(self, kind: str, things: Mapping[str, Thing], label: Callable[[Thing], str]) -> None:
        self._things = dict(things)
        self._kind, self._label = kind, label

    def told(self, things: Mapping[str, Thing]) -> None:
        self._things = dict(things)

    def __getitem__(self, name: str) -> Thing:
        things = self._things
        if name not in things:
            raise UnknownName(self._kind, name, nearest(name, self.labels))
        return things[name]

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def get(self, name: str, otherwise: Any = None) -> Any:
        return self._things.get(name, otherwise)

    @property
    def labels(self) -> dict[str, str]:
        """Name -> label."""
        return {name: self._label(thing) for name, thing in self._things.items()}


def as_names(names: str | Iterable[str]) -> tuple[str, ...]:
    """One name counts as a list of it: a text's letters are no names."""
    return (names,) if isinstance(names, str) else tuple(names)
