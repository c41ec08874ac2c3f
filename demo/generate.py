"""Writing the demo district: month by month, so that a large one needs no more memory than a small one."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import duckdb
import numpy as np

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.district.vocabulary import GRID, HOTLINE
from data_access.intake.loading import append_cases, mark_repeats, next_batch_id, record_batch
from demo.arrivals import DAY, Arrivals, month_of_arrivals, seconds
from demo.draw import Ints
from demo.foresight import see_first
from demo.handling import call_back, handle
from demo.ledger_file import write_ledger
from demo.stage import ROWS, stage
from demo.world import World, make_world

Progress = Callable[[int, int], None]
Bar = Callable[[str, str], AbstractContextManager[Progress | None]]  # of a label and a unit


def _serials(world: World, source: str, created: Ints, counters: dict[str, int]) -> Ints:
    """Running numbers: within the day or within the year, as the source's number pattern asks."""
    daily = "{day}" in world.settings.stream(source).prefix
    stamps = created // DAY if daily else created.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64)
    first = np.maximum.accumulate(np.where(np.diff(stamps, prepend=-1) != 0, np.arange(len(stamps)), 0))
    serial = np.arange(len(stamps)) - first + 1
    if not len(stamps):
        return serial
    key = f"{source}{stamps[0]}"
    serial[stamps == stamps[0]] += counters.get(key, 0)
    last = stamps == stamps[-1]
    counters[f"{source}{stamps[-1]}"] = int(serial[last].max())
    return serial


def _arrivals(world: World, source: str, number: int, month: dt.date) -> tuple[np.random.Generator, Arrivals]:
    draw = np.random.default_rng([world.seed, int(source == GRID), number])
    arrivals = month_of_arrivals(draw, world, source, month)
    now = seconds(world.settings.as_of)
    if source == HOTLINE and len(arrivals.created) and month == world.catalogues[source].plan.months[-1]:
        arrivals.created[-1] = now  # the newest case is the data's clock
    return draw, arrivals


def _fill(con: duckdb.DuckDBPyConnection, world: World, batch_id: int, progress: Progress | None) -> int:
    counters: dict[str, int] = {}
    now, done = seconds(world.settings.as_of), 0
    total = sum(int(catalogue.plan.counts.sum()) for catalogue in world.catalogues.values())
    months = world.catalogues[HOTLINE].plan.months
    for number, month in enumerate(months):
        came = {source: _arrivals(world, source, number, month) for source in (HOTLINE, GRID)}
        see_first(np.random.default_rng([world.seed, 19, number]), world, came[HOTLINE][1], came[GRID][1])
        for source, (draw, arrivals) in came.items():
            handling = handle(draw, world, source, arrivals, now)
            calls = call_back(draw, world, arrivals, handling, now) if source == HOTLINE else None
            serial = _serials(world, source, arrivals.created, counters)
            done += append_cases(
                con, stage(con, draw, world, source, arrivals, handling, calls, serial), batch_id=batch_id
            )
            con.unregister(ROWS)
            # Nobody reads the copy before it is published: a month may be committed, which frees its memory.
            con.execute("COMMIT")
            con.execute("BEGIN")
            if progress:
                progress(done, max(total, done))
    return done


def generate(
    store: Store, profile: Profile, *, seed: int = 2022, scale: float = 1.0, progress: Progress | None = None
) -> int:
    """Replace the store's content by the demo district; returns the number of cases.

    The same seed and scale give the same cases. `scale` multiplies volumes; rates and shapes stay.
    """
    world = make_world(profile, seed, scale)
    started = beijing_now()
    with store.writing() as con:
        store.forget_everything(con)
        batch_id = next_batch_id(con)
        count = _fill(con, world, batch_id, progress)
        mark_repeats(con, profile, batch_id)
        demo_toml = (profile.folder / "demo.toml").read_bytes()
        record_batch(
            con,
            batch_id=batch_id,
            file_name="演示数据（合成）",
            file_sha256=hashlib.sha256(demo_toml + f"{seed} {scale}".encode()).hexdigest(),
            mapping="demo",
            source="",
            started_at=started,
            finished_at=beijing_now(),
            rows_read=count,
            inserted=count,
            updated=0,
            unchanged=0,
            rejected=0,
            notes="{}",
        )
        notes = {"profile": profile.name, "synthetic": "1", "seed": str(seed), "scale": str(scale)}
        con.executemany("INSERT INTO store_info VALUES (?, ?)", [list(item) for item in notes.items()])
    return count


def generate_all(
    store: Store,
    profile: Profile,
    *,
    seed: int = 2022,
    scale: float = 1.0,
    bar: Bar = lambda label, unit: nullcontext(),
) -> tuple[int, int]:
    """The cases and then the ledger about them; returns the numbers of cases and of events (as `write_ledger`)."""
    with bar("生成演示数据", "件") as progress:
        count = generate(store, profile, seed=seed, scale=scale, progress=progress)
    with bar("生成演示台账", "步") as progress:
        return count, write_ledger(Reader.of(store, profile), progress=progress)
