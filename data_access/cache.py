"""Results cached under (question, data version): a hundred viewers of one page cost one query."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

import pandas as pd

MOST = 1000
Answer = TypeVar("Answer")
_answers: OrderedDict[Any, Future[Any]] = OrderedDict()
_newest: dict[Any, str] = {}  # folder -> the version last asked for
_guard = threading.Lock()


def cached(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Cache a function of a store and hashable arguments; whoever asks first computes, the others wait."""

    @functools.wraps(function)
    def ask(store: Any, *arguments: Any) -> Answer:
        key = (function.__qualname__, store.folder, store.version, arguments)
        future, mine = _claim(key)
        if mine:
            _fill(future, lambda: function(store, *arguments))
            # An answer that a failure spoiled, or that a newer version overtook, belongs to nobody.
            if future.exception() or store.version != key[2]:
                _forget(key)
        answer = future.result()
        if isinstance(answer, pd.DataFrame):
            # pandas copies on write: the caller may change its frame, the cached one stays.
            answer = answer.copy(deep=False)
        return cast(Answer, answer)

    return ask


def _claim(key: Any) -> tuple[Future[Any], bool]:
    """The answer's place, and whether the caller is the one to fill it."""
    _, folder, version, _ = key
    with _guard:
        if _newest.get(folder) != version:
            # What an import overtook is never asked for again; kept, it would grow with every import.
            for old in [old for old in _answers if old[1] == folder and old[2] != version]:
                del _answers[old]
            _newest[folder] = version
        mine = key not in _answers
        future = _answers.setdefault(key, Future())
        _answers.move_to_end(key)
        while len(_answers) > MOST:
            _answers.popitem(last=False)
    return future, mine


def _fill(future: Future[Any], compute: Callable[[], Any]) -> None:
    try:
        future.set_result(compute())
    except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
        future.set_exception(error)


def forget_answers() -> None:
    """Drop everything, to measure what a first visit costs."""
    with _guard:
        _answers.clear()


def _forget(key: Any) -> None:
    with _guard:
        _answers.pop(key, None)
