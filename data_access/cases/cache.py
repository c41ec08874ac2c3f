"""Answers kept under (question, reader, arguments): a hundred viewers of one page cost one query.

A reader names its store, profile, scope, sight and data version, so an answer about another of these is never given;
who it is that asks is not told to the question (`Reader.anonymous`). The answers kept are limited in bytes, and those
about old versions are dropped as soon as a new version is read.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import is_dataclass
from typing import Any, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from data_access.cases import running
from data_access.cases.errors import NobodyWaits

MOST_BYTES = 256 << 20
LARGEST = MOST_BYTES // 8  # bytes of one answer; a larger one would push out what many ask for
REMEMBERED = 100  # versions of a store: a run that still reads one of them pushes out no newer one's answers
VERSIONS = 2  # of a store, those that came last: the newest, and the one that page runs may still be reading
LOOKED_AT = 64  # objects of an array, of which its size is told
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Key(tuple[Any, ...]):
    """(question, reader, arguments), whose hash is told once: a filter has two dozen parts."""

    def __hash__(self) -> int:
        if "told" not in self.__dict__:
            self.told = super().__hash__()
        return self.told


class Answers:
    """Who asks first computes, others wait for the answer. At the limit, answers not asked for longest are dropped."""

    def __init__(self, most_bytes: int = MOST_BYTES, largest: int = LARGEST) -> None:
        self._most, self._largest = most_bytes, largest
        self._answers: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self._bytes = 0  # all sizes together: adding up thousands of them for each new answer takes longer than asking
        self._versions: dict[Hashable, list[str]] = {}  # store -> versions in the order in which they came
        self._owners: WeakKeyDictionary[Future[Any], threading.Thread] = (
            WeakKeyDictionary()
        )  # the threads that compute them
        self._guard = threading.Lock()

    @property
    def bytes(self) -> int:
        """The size of all kept answers, about."""
        with self._guard:
            return self._bytes

    def get(self, key: Any, compute: Callable[[], Answer]) -> Answer:
        """The answer kept under `key` (question, reader, arguments), or computed now."""
        return self.each([key], lambda _: [compute()])[0]

    def each(self, keys: Sequence[Any], compute: Callable[[list[int]], Sequence[Answer]]) -> list[Answer]:
        """The answers under `keys`, all of one reader. `compute` gives those that nobody has asked for yet, by their
        places among the keys, in one go."""
        running.go_on()
        with self._guard:
            self._follow(keys[0][1])
            mine = [place for place, key in enumerate(keys) if key not in self._answers]
            for place in mine:
                self._answers.setdefault(keys[place], Future())
            futures: list[Future[Answer]] = [self._answers[key] for key in keys]
            for key in keys:
                self._answers.move_to_end(key)
            self._owners.update((futures[place], threading.current_thread()) for place in mine)
        if mine:
            try:
                _fill([futures[place] for place in mine], lambda: compute(mine))
            finally:
                for place in mine:
                    self._settle(keys[place], futures[place])
        return [
            futures[place].result() if place in mine else self._awaited(key, futures[place], compute, place)
            for place, key in enumerate(keys)
        ]

    def _awaited(
        self, key: Any, future: Future[Answer], compute: Callable[[list[int]], Sequence[Answer]], place: int
    ) -> Answer:
        """What another thread answers; where its own asker left before it had, this thread asks."""
        try:
            with nullcontext() if future.done() else running.waiting_for(self._owners[future]):
                return future.result()
        except NobodyWaits:
            self._settle(key, future)
            return self.get(key, lambda: compute([place])[0])

    def at_hand(self, key: Any) -> Any | None:
        """The answer under `key` if it has been computed; None while it has not, or is being computed, or failed."""
        with self._guard:
            kept = self._answers.get(key)
        return kept.result() if kept and kept.done() and not kept.exception() else None

    def forget(self) -> None:
        """Drop everything, to measure what a first visit costs."""
        with self._guard:
            self._answers.clear()
            self._sizes.clear()
            self._bytes = 0

    def _settle(self, key: Hashable, future: Future[Any]) -> None:
        """Keep a computed answer if it is not too large. A failure is not kept: whoever asks next computes again."""
        size = 0 if future.exception() else size_of(future.result())
        with self._guard:
            if self._answers.get(key) is not future:  # dropped meanwhile, or asked for anew
                return
            if future.exception() or size > self._largest:
                self._drop(key)
                return
            self._bytes += size - self._sizes.get(key, 0)
            self._sizes[key] = size
            while self._bytes > self._most:
                self._drop(next(oldest for oldest in self._answers if oldest in self._sizes))

    def _follow(self, reader: Any) -> None:
        """Note a version that is read for the first time; drop the answers about the one before the last VERSIONS."""
        seen = self._versions.setdefault(reader.store, [])
        if reader.version in seen:
            return
        seen.append(reader.version)
        for gone in seen[-VERSIONS - 1 : -VERSIONS]:
            for key in [key for key in self._answers if key[1].store is reader.store and key[1].version == gone]:  # type: ignore[index]
                self._drop(key)
        del seen[:-REMEMBERED]

    def _drop(self, key: Hashable) -> None:
        self._answers.pop(key, None)
        self._bytes -= self._sizes.pop(key, 0)


ANSWERS = Answers()


def cached(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Cache a function of a reader and hashable arguments."""
    question = (function.__module__, function.__qualname__)

    @functools.wraps(function)
    def ask(*arguments: Asked.args, **named: Asked.kwargs) -> Answer:
        reader, rest = arguments[0].anonymous, (*arguments[1:], *sorted(named.items()))  # type: ignore[attr-defined]
        answer = ANSWERS.get(Key((question, reader, rest)), lambda: function(reader, *arguments[1:], **named))  # type: ignore[arg-type]
        if isinstance(answer, pd.DataFrame):
            # pandas copies on write: the caller may change its frame, the cached one stays.
            return cast(Answer, answer.copy(deep=False))
        return answer

    return ask


def at_hand(function: Callable[..., Answer], reader: Any, *rest: Hashable) -> Answer | None:
    """What a cached function would answer, where it has been computed; None where not yet. Waits for nothing."""
    return cast(
        "Answer | None", ANSWERS.at_hand(((function.__module__, function.__qualname__), reader.anonymous, rest))
    )


def cached_each(function: Callable[..., Sequence[Answer]]) -> Callable[..., list[Answer]]:
    """Cache a function of a reader, names and further hashable arguments that has one answer per name.

    Each name's answer is kept by itself, and the function is asked for all that are missing at once.
    """
    question = (function.__module__, function.__qualname__)

    @functools.wraps(function)
    def ask(reader: Any, names: Sequence[str], *rest: Hashable) -> list[Answer]:
        reader = reader.anonymous
        keys = [Key((question, reader, (name, *rest))) for name in names]
        return ANSWERS.each(keys, lambda places: function(reader, tuple(names[place] for place in places), *rest))

    return ask


def _fill(futures: Sequence[Future[Answer]], compute: Callable[[], Sequence[Answer]]) -> None:
    try:
        for future, answer in zip(futures, compute(), strict=True):
            future.set_result(answer)
    except BaseException as error:  # whatever it is: who waits for a future would wait without end
        told = error if isinstance(error, Exception) else NobodyWaits("已停止")  # a page that was ended: only that one
        for future in futures:
            if not future.done():
                future.set_exception(told)
        if told is not error:
            raise


def size_of(answer: object) -> int:
    """Bytes an answer takes, about: frames by their columns, containers and objects by what they hold."""
    if isinstance(answer, pd.DataFrame):
        # The numbers' at once: column by column they take longer than being asked for.
        plain = [isinstance(kind, np.dtype) and not kind.hasobject for kind in answer.dtypes]
        numbers = sum(kind.itemsize for kind, is_plain in zip(answer.dtypes, plain, strict=True) if is_plain)
        others = [answer.iloc[:, place].array for place, is_plain in enumerate(plain) if not is_plain]
        return numbers * len(answer) + sum(map(size_of, others)) + answer.index.nbytes
    if isinstance(answer, np.ndarray | ExtensionArray):
        objects = answer.dtype == object or getattr(answer.dtype, "storage", "") == "python"
        return answer.nbytes + (_size_of_objects(answer) if objects else 0)
    if isinstance(answer, dict):
        return sys.getsizeof(answer) + sum(size_of(key) + size_of(value) for key, value in answer.items())
    if isinstance(answer, list | tuple | set | frozenset):
        return sys.getsizeof(answer) + sum(map(size_of, answer))
    if is_dataclass(answer):
        return sys.getsizeof(answer) + size_of(vars(answer)) if hasattr(answer, "__dict__") else sys.getsizeof(answer)
    return sys.getsizeof(answer)


def _size_of_objects(array: Any) -> int:
    """Bytes of an array's objects, told by a sample: looking at each takes as long as many a question."""
    some = array[:: max(1, len(array) // LOOKED_AT)]
    return sum(map(sys.getsizeof, some)) * len(array) // max(1, len(some))
