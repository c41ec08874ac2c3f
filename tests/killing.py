"""Work that is killed on its way, each time in a new process; it is forked from one that has imported all it needs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


def is_killed(seconds: float, work: Callable[..., object], *arguments: Any, **environment: str) -> bool:
    """Whether it was ended before it was done: after so many seconds of processor time, so that a busy machine changes
    nothing. With 0 it is not ended."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([work.__module__])
    with pytest.MonkeyPatch.context() as patch:
        # A page that was tried before in this process may stand as its main module, which every other would run first.
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        process = processes.Process(target=_do, args=(seconds, environment, work, arguments))
        process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGPROF)
    return process.exitcode != 0


def _do(seconds: float, environment: dict[str, str], work: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    os.environ.update(environment)
    signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal is not handled: the process ends where it stands
    work(*arguments)
