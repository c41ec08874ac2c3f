"""The demo district goes on: new cases, closings and callbacks, in real time or faster, so that walls move."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import func, select

from data_access.cases.errors import StoreError
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.cases.store import Store
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.district.vocabulary import GRID, HOTLINE
from data_access.intake.loading import append_cases, mark_repeats, next_batch_id, record_batch
from demo.arrivals import EPOCH, Arrivals, callers, points, seconds
from demo.draw import Draw, pick
from demo.handling import GRADES, RESOLUTIONS, call_back, grades, handle
from demo.plan import day_weight, mix
from demo.stage import ROWS, stage
from demo.world import World, make_world

HOUR = dt.timedelta(hours=1)
CLOSES_WITHIN = 0.45  # of the limit, on average
CALLBACK_DAYS = 1.4


def live(
    store: Store,
    profile: Profile,
    *,
    speed: float = 1.0,
    interval_seconds: float = 10.0,
    stop: threading.Event | None = None,
) -> None:
    """Append to the demo district until `stop` is set; every interval publishes one version.

    The data's clock runs on from the newest case, `speed` times as fast as the real one.
    """
    reader = Reader.of(store, profile)
    if not reader.has_data or not reader.is_synthetic:
        raise StoreError("这里没有演示数据可以延续：先运行 python -m data_access demo")
    world = make_world(profile, int(reader.note("seed")), float(reader.note("scale")))
    stop, draw, began = stop or threading.Event(), np.random.default_rng(), time.monotonic()
    start = now = reader.as_of
    while not stop.wait(interval_seconds):
        then = start + dt.timedelta(seconds=(time.monotonic() - began) * speed)
        go_on(store, world, draw, now, then)
        now = then


@dataclass(frozen=True)
class Step:
    """What happens between two moments, as one import into `con`. `before`: the version that it goes on from."""

    store: Store
    con: duckdb.DuckDBPyConnection
    before: Reader
    world: World
    draw: Draw
    now: dt.datetime
    then: dt.datetime
    batch_id: int

    @property
    def seconds(self) -> float:
        return (self.then - self.now).total_seconds()


def go_on(store: Store, world: World, draw: Draw, now: dt.datetime, then: dt.datetime) -> None:
    """What happens between two moments, as one import."""
    started = beijing_now()
    with store.writing() as con:
        step = Step(store, con, Reader.of(store, world.profile), world, draw, now, then, next_batch_id(con))
        inserted = sum(_arrive(step, source) for source in (HOTLINE, GRID))
        mark_repeats(con, world.profile, step.batch_id)
        # Nothing may happen after the data's clock, which is the newest case.
        arrived = con.execute("SELECT max(created_at) FROM cases WHERE batch_id = ?", [step.batch_id]).fetchall()[0][0]
        step = replace(step, then=max(step.before.span[1], arrived or now))
        updated = _close(step) + _call_back(step)
        record_batch(
            con, batch_id=step.batch_id, file_name="演示数据（实时）", file_sha256="", mapping="demo", source="",
            started_at=started, finished_at=beijing_now(), rows_read=inserted + updated,
            inserted=inserted, updated=updated, unchanged=0, rejected=0, notes="{}",
        )  # fmt: skip


def _volume(world: World, source: str, moment: dt.datetime) -> float:
    """Cases expected in the hour of `moment`."""
    stream = world.settings.stream(source)
    year = stream.totals[max(stream.totals)] / 365
    return world.scale * year * day_weight(world.settings, source, moment.date()) * (
        stream.hours[moment.hour] / sum(stream.hours)
    )  # fmt: skip


def _created(world: World, draw: Draw, source: str, now: dt.datetime, then: dt.datetime) -> list[int]:
    moments: list[int] = []
    while now < then:
        end = min(then, now.replace(minute=0, second=0, microsecond=0) + HOUR)
        count = draw.poisson(_volume(world, source, now) * ((end - now) / HOUR))
        moments += draw.integers(seconds(now) + 1, max(seconds(end), seconds(now) + 1) + 1, count).tolist()
        now = end
    return sorted(moment for moment in moments if moment <= seconds(then))


def _arrive(step: Step, source: str) -> int:
    con, world, draw, then = step.con, step.world, step.draw, step.then
    created = np.array(_created(world, draw, source, step.now, then), dtype=np.int64)
    if not len(created):
        return 0
    catalogue = world.catalogues[source]
    weights = mix(world.settings, source, catalogue.plan.categories, [then.date().replace(day=1)])[:, 0]
    rhythms = catalogue.hours / catalogue.hours.sum(axis=1, keepdims=True)
    by_hour = (rhythms / rhythms[0])[catalogue.rhythm].T * weights  # what each hour brings, a row per hour
    category = pick(draw, by_hour, created % 86_400 // 3600)
    street = pick(draw, catalogue.street, catalogue.first[category])
    arrivals = Arrivals(
        category,
        created,
        points(draw, world, catalogue, category, street),
        callers(draw, world, len(created)),
        np.zeros(len(created), dtype=bool),
    )
    handling = handle(draw, world, source, arrivals, seconds(then))
    calls = call_back(draw, world, arrivals, handling, seconds(then)) if source == HOTLINE else None
    days, years = created // 86_400, created.astype("datetime64[s]").astype("datetime64[Y]")
    groups = days if "{day}" in world.settings.stream(source).prefix else years.astype(np.int64)
    serial = np.empty(len(created), dtype=np.int64)
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        first = EPOCH + dt.timedelta(seconds=int(created[rows[0]]))
        serial[rows] = _last_serial(step.before, source, first, groups is days) + np.arange(1, len(rows) + 1)
    staged = stage(con, draw, world, source, arrivals, handling, calls, serial)
    step.store.bring(con, staged)
    count = append_cases(con, staged, batch_id=step.batch_id)
    con.unregister(ROWS)
    return count


def _last_serial(before: Reader, source: str, moment: dt.datetime, daily: bool) -> int:
    """How many cases the day (or the year) has; numbers run without gaps."""
    first = moment.date() if daily else moment.date().replace(month=1, day=1)
    asked = select(func.count().label("cases")).where(
        cases.c.source == source, cases.c.created_day >= first, cases.c.created_day <= moment.date()
    )
    return int(before.rows(asked)[0]["cases"])


@contextmanager
def _brought(step: Step, chosen: pd.DataFrame) -> Iterator[str]:
    """The chosen cases at hand in the store, and the table of them; columns source, case_id and others."""
    step.con.register("chosen_cases", pa.Table.from_pandas(chosen, preserve_index=False))
    step.store.bring(step.con, "chosen_cases")
    yield "chosen_cases c WHERE cases.source = c.source AND cases.case_id = c.case_id"
    step.con.unregister("chosen_cases")


def _close(step: Step) -> int:
    """Close open cases at random, after CLOSES_WITHIN of the limit on average; at night only those of short limits."""
    known = cases.c.source, cases.c.case_id, cases.c.created_at, cases.c.due_at
    opened = step.before.read(
        select(*known).where(cases.c.is_closed == 0, cases.c.created_at <= step.now).order_by(*known[:2])
    )
    limit = (opened["due_at"] - opened["created_at"]).dt.total_seconds().to_numpy()
    chance = 1 - np.exp(-step.seconds / (CLOSES_WITHIN * np.fmax(limit, 3600)))
    is_now = (7 <= step.then.hour <= 20) | (limit <= 30 * 3600)
    chosen = opened[is_now & (step.draw.random(len(opened)) < chance)]
    if chosen.empty:
        return 0
    words = {source: step.world.settings.stream(source).closed for source in (HOTLINE, GRID)}
    with _brought(step, chosen.assign(word=chosen["source"].map(words))) as those:
        done = step.con.execute(
            f"""UPDATE cases SET dispatched_at = coalesce(dispatched_at, $1), closed_at = $1, updated_at = $1,
                status = c.word, is_closed = 1, is_late = CASE WHEN cases.due_at < $1 THEN 1 ELSE 0 END,
                handling_seconds = date_diff('second', cases.created_at, CAST($1 AS TIMESTAMP)) FROM {those}""",
            [step.then],
        )
        return int(done.fetchall()[0][0])


def _call_back(step: Step) -> int:
    world, draw, then = step.world, step.draw, step.then
    if not 8 <= then.hour <= 20:
        return 0
    rates, habits = world.settings.rates, world.settings.request_habits.items()
    waiting = step.before.read(
        select(cases.c.source, cases.c.case_id).where(
            cases.c.source == HOTLINE, cases.c.is_closed == 1, cases.c.callback_at.is_(None),
            cases.c.request_type.not_in([name for name, habit in habits if not habit.called_back]),
            cases.c.closed_at >= then - dt.timedelta(days=20), cases.c.closed_at <= then - 15 * HOUR,
        ).order_by(cases.c.case_id)
    )  # fmt: skip
    chosen = waiting[draw.random(len(waiting)) < 1 - np.exp(-step.seconds / (CALLBACK_DAYS * 86_400))]
    if not (count := len(chosen)):
        return 0
    year = max(rates.resolution)
    unsolved = draw.random(count) > rates.resolution[year] / 100
    valid = draw.random(count) < rates.valid_share
    grade = grades(draw, world, np.full(count, year), unsolved)
    answers = chosen.assign(
        valid=valid.astype(np.int16),
        contacted=(valid & (draw.random(count) < rates.response[year] / 100)).astype(np.int16),
        resolved=[RESOLUTIONS[3 if no else 1] if ok else "" for no, ok in zip(unsolved, valid, strict=True)],
        grade=[GRADES[g] if ok else "" for g, ok in zip(grade, valid, strict=True)],
    )
    with _brought(step, answers) as those:
        done = step.con.execute(
            f"""UPDATE cases SET callback_at = $1, updated_at = $1, is_valid_callback = c.valid,
                is_contacted = c.contacted, resolution = c.resolved, satisfaction = c.grade FROM {those}""",
            [then],
        )
        return int(done.fetchall()[0][0])
