"""Results of pure functions, kept by what the functions were given: equal frames have an equal result.

Pages run again for every click, and most of what they show did not change since.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
import pandas as pd

Given = ParamSpec("Given")
Result = TypeVar("Result")
MOST = 512  # results of one function; those not asked for longest go
PLAIN = {str, bool, int, float, type(None)}
LARGEST = 20_000  # cells of a frame; of a larger one the result is not kept


class _TooLargeError(Exception):
    """What was given takes more room than keeping its result is worth."""


def kept(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Keep a pure function's results. Its arguments are frames, columns, and what is hashable or holds such.

    A result belongs to everybody who asks: no caller may change it, but for frames, of which each has its own.
    """
    results: OrderedDict[Hashable, Result] = OrderedDict()
    guard = threading.Lock()

    @functools.wraps(function)
    def ask(*arguments: Given.args, **named: Given.kwargs) -> Result:
        try:
            key = told((arguments, named))
            hash(key)
        except (_TooLargeError, TypeError):
            return function(*arguments, **named)
        with guard:
            if known := key in results:
                results.move_to_end(key)
                result = results[key]
        if not known:
            result = function(*arguments, **named)
            with guard:
                results[key] = result
                while len(results) > MOST:
                    results.popitem(last=False)
        return cast(Result, result.copy(deep=False)) if isinstance(result, pd.DataFrame | pd.Series) else result

    return ask


def told(given: Any) -> Hashable:
    """What was given, as a key: equal for equal content, whatever object holds it."""
    if type(given) in PLAIN:  # most of it
        return type(given), given  # 1 is not True
    if isinstance(given, pd.DataFrame):
        if given.size > LARGEST:
            raise _TooLargeError
        return "frame", tuple((name, _column(column)) for name, column in given.items()), _index(given.index)
    if isinstance(given, pd.Series):
        return "column", given.name, _column(given), _index(given.index)
    if isinstance(given, pd.Index):
        return _index(given)
    if isinstance(given, Mapping):
        return "mapping", tuple((name, told(value)) for name, value in given.items())
    if isinstance(given, list | tuple):
        return type(given), tuple(map(told, given))
    if isinstance(given, set | frozenset):
        return frozenset(given)
    if not _is_hashable(given):
        return type(given), told(vars(given))  # an object of settings
    return type(given), given


def _is_hashable(given: object) -> bool:
    try:
        hash(given)
    except TypeError:
        return False
    return True


def _index(index: pd.Index) -> Hashable:
    if isinstance(index, pd.RangeIndex):
        return index.start, index.stop, index.step
    return index.name, _column(index)


def _column(values: pd.Series | pd.Index) -> Hashable:
    dtype = values.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biufmM":
        return dtype, values.to_numpy().tobytes()
    if values.hasnans:  # unknown is not equal to itself
        return dtype, tuple(values.isna()), tuple(values.dropna().tolist())
    return dtype, tuple(values.tolist())
