"""What a server costs while it is looked at: its processor time, its memory, what it sends."""

from __future__ import annotations

import asyncio
import itertools
import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser

from scripts.bench.viewers import Run, viewing

Figures = dict[str, Any]
CHANGES = 12
WALLS, WALL_RESTS = 10, 20.0  # and seconds between a wall's questions
NEW, ONE = (2, 3), (1,)  # streets chosen at a time: what nobody asked before, and each office's own
THINKS = (3.0, 7.0)  # seconds that a viewer looks before changing something, evenly between


def cpu_ms(process: int) -> float:
    """The processor time that a process has used so far, all its threads together."""
    return time.clock_gettime((~process << 3) | 2) * 1000  # Linux: the clock of another process, clock_getcpuclockid(3)


def memory_mb(process: int) -> int:
    """What a process holds in memory."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


def choices(streets: Sequence[str], seed: int, at_once: Sequence[int] = NEW) -> Iterator[list[str]]:
    """So many streets at a time, in an order of its own for each seed."""
    found = [list(some) for number in at_once for some in itertools.combinations(streets, number)]
    random.Random(seed).shuffle(found)
    return itertools.cycle(found)


async def page_costs(
    address: str,
    process: int,
    page: str,
    streets: Sequence[str],
    headers: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Figures:
    """One viewer opens the page, changes its streets, and changes them the same way again. `seed`: which ones.

    Processor time is the median per run; bytes are the mean, packed as they came.
    """
    async with viewing(address, page, headers) as viewer:
        costs: dict[str, list[float]] = {"new": [], "again": []}
        before = cpu_ms(process)
        first = await viewer.run()
        opened = cpu_ms(process) - before
        chosen = list(itertools.islice(choices(streets, len(page) + seed), CHANGES))
        runs: list[Run] = []
        for kind, streets_of_run in [(kind, some) for kind in costs for some in chosen]:
            before = cpu_ms(process)
            runs.append(await viewer.choose(street=streets_of_run))
            costs[kind].append(cpu_ms(process) - before)
    return {
        "page": page,
        "visit_cpu_ms": round(opened),
        "visit_bytes": first.bytes,
        **{f"{kind}_cpu_ms": round(statistics.median(taken)) for kind, taken in costs.items()},
        "change_bytes": round(statistics.mean(run.bytes for run in runs)),
    }


async def _look(address: str, page: str, chosen: Iterator[list[str]], number: int, changes: int) -> list[float]:
    """A viewer at work; the seconds that each change took."""
    wait, taken = random.Random(number), []
    async with viewing(address, page, {"Cookie": f"process={number}"}) as viewer:
        await asyncio.sleep(wait.uniform(0, THINKS[1]))
        await viewer.run()
        for some in itertools.islice(chosen, changes):
            await asyncio.sleep(wait.uniform(*THINKS))
            taken.append((await viewer.choose(street=some)).seconds)
    return taken


async def _hang(address: str, screens: Sequence[str]) -> None:
    """A wall: it asks for its screens in turn, as wall.js does; a failure raises."""
    for screen in itertools.cycle(screens):
        await asyncio.to_thread(lambda path: urlopen(path, timeout=60).read(), f"{address}/wall/{screen}")
        await asyncio.sleep(WALL_RESTS)


async def crowd(
    address: str,
    processes: Sequence[int],
    viewers: int,
    page: str,
    streets: Sequence[str],
    changes: int = 8,
    screens: Sequence[str] = (),
    at_once: Sequence[int] = NEW,
) -> Figures:
    """So many viewers of one page, each changing its streets every few seconds; a failure ends the measurement.

    `screens`: what WALLS walls show beside them (wall/screen); without any there are no walls. `at_once`: how many
    streets each chooses.
    """
    before, used = sum(map(memory_mb, processes)), sum(map(cpu_ms, processes))
    walls = [asyncio.create_task(_hang(address, screens)) for _ in range(WALLS if screens else 0)]
    looks = [_look(address, page, choices(streets, number, at_once), number, changes) for number in range(viewers)]
    taken = sorted(seconds for one in await asyncio.gather(*looks) for seconds in one)
    for wall in walls:
        if wall.done():
            wall.result()
        wall.cancel()
    ranks = statistics.quantiles(taken, n=20)
    return {
        "viewers": viewers,
        "streets": "/".join(map(str, at_once)),
        "walls": len(walls),
        "processes": len(processes),
        "changes": len(taken),
        "p50_ms": round(statistics.median(taken) * 1000),
        "p95_ms": round(ranks[-1] * 1000),
        "cpu_ms_per_change": round((sum(map(cpu_ms, processes)) - used) / len(taken)),
        "memory_mb": [before, sum(map(memory_mb, processes))],
    }


def first_visit_bytes(browser: Browser, address: str, page: str) -> Figures:
    """What a browser that was never here loads, as it comes over the wire, and how many files."""
    context = browser.new_context(locale="zh-CN")
    shown = context.new_page()
    wire, files = context.new_cdp_session(shown), {}
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: files.update({event["requestId"]: event["encodedDataLength"]}))
    shown.goto(f"{address}/{page}")
    shown.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"] :is(canvas, svg.marks, table)')
    shown.wait_for_load_state("networkidle")
    context.close()
    return {"page": page, "files": len(files), "file_bytes": round(sum(files.values()))}
