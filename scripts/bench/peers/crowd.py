"""Ten viewers of each board, without browsers: what a browser sends when a filter changes is recorded once and sent
again with other values, as many at a time as a browser has connections."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from scripts.bench.server import THINKS, choices
from scripts.bench.viewers import viewing

AT_ONCE = 6  # connections of a browser to one host over HTTP/1.1
Change = Callable[[list[str]], Awaitable[None]]
Opens = Callable[[int], AbstractAsyncContextManager[Change]]


@dataclass(frozen=True)
class Request:
    """One of the requests that a change of the filter sent."""

    path: str
    body: Any  # of the JSON


def with_values(told: Any, old: list[str], new: list[str]) -> Any:
    """What was told, with every list of the old values replaced; words that are JSON themselves are seen into."""
    if told == old:
        return new
    if isinstance(told, dict):
        return {name: with_values(value, old, new) for name, value in told.items()}
    if isinstance(told, list):
        return [with_values(value, old, new) for value in told]
    if isinstance(told, str) and told[:1] in "{[" and old[0] in told:
        return json.dumps(with_values(json.loads(told), old, new), ensure_ascii=False)
    return told


def streamlit(address: str) -> Opens:
    """Viewers of ours, who speak Streamlit's protocol."""

    @asynccontextmanager
    async def opened(number: int) -> AsyncIterator[Change]:
        async with viewing(address, "board", {"Cookie": f"process={number}"}) as viewer:
            await viewer.run()

            async def change(streets: list[str]) -> None:
                await viewer.choose(street=streets)

            yield change

    return opened


def recorded(address: str, requests: Sequence[Request], old: list[str], headers: dict[str, str]) -> Opens:
    """Viewers who send what was recorded when `old` was chosen."""

    @asynccontextmanager
    async def opened(number: int) -> AsyncIterator[Change]:
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(
            base_url=address, headers=headers, limits=limits, timeout=120, trust_env=False
        ) as client:

            async def ask(request: Request, streets: list[str]) -> None:
                answer = await client.post(request.path, json=with_values(request.body, old, streets))
                answer.raise_for_status()

            async def change(streets: list[str]) -> None:
                await asyncio.gather(*(ask(request, streets) for request in requests))

            yield change

    return opened


async def _look(opens: Opens, streets: Sequence[str], number: int, seed: int, changes: int) -> list[float]:
    wait, taken = random.Random(number), []
    async with opens(number) as change:
        await asyncio.sleep(wait.uniform(0, THINKS[1]))
        for some in itertools.islice(choices(streets, seed + number), changes):
            await asyncio.sleep(wait.uniform(*THINKS))
            start = time.perf_counter()
            await change(some)
            taken.append((time.perf_counter() - start) * 1000)
    return taken


async def crowd(opens: Opens, streets: Sequence[str], viewers: int, seed: int, changes: int) -> list[float]:
    """The milliseconds of each change of so many viewers, who change their streets every few seconds."""
    looks = [_look(opens, streets, number, seed, changes) for number in range(viewers)]
    return [ms for one in await asyncio.gather(*looks) for ms in one]
