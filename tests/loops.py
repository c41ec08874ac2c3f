"""Asynchronous code in tests: in a loop of its own, on a thread of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import anyio

Answer = TypeVar("Answer")


def run(asynchronous: Callable[..., Awaitable[Answer]], *arguments: object) -> Answer:
    """As anyio.run; a test's own thread may have a loop running already, a browser's driver leaves one there."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, asynchronous, *arguments).result()
