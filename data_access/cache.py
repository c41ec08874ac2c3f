"""Results cached under (question, data version): a hundred viewers of one page cost one query."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import pandas as pd

MOST = 1000
Answer = TypeVar("Answer")
_answers: OrderedDict[Any, Future[Any]] = OrderedDict()
_guard = threading.Lock()


def cached(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Cache a function of a store and hashable arguments; whoever asks first computes, the others wait."""

    @functools.wraps(function)
    def ask(store: Any, *arguments: Any) -> Answer:
        key = (function.__qualname__, store.folder, store.version, arguments)
        with _guard:
            future = _answers.get(key)
            mine = future is None
            if future is None:
                future = _answers[key] = Future()
            _answers.move_to_end(key)
            while len(_answers) > MOST:
                _answers.popitem(last=False)
        if mine:
            _fill(key, future, lambda: function(store, *arguments))
        answer = future.result()
        # pandas copies on write: the caller may change its frame, the cached one stays.
        return answer.copy(deep=False) if isinstance(answer, pd.DataFrame) else answer

    return ask


def _fill(key: Any, future: Future[Any], compute: Callable[[], Any]) -> None:
    try:
        future.set_result(compute())
    except BaseException as error:
        with _guard:
            _answers.pop(key, None)
        future.set_exception(error)
