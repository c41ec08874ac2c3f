"""The demo district goes on: new cases, closings and callbacks, in real time or faster, so that walls move."""

from __future__ import annotations

import datetime as dt
import threading
import time

import duckdb
import numpy as np
import pyarrow as pa

from data_access.cases.errors import StoreError
from data_access.cases.files import FileStore
from data_access.cases.reader import Reader
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
    if not isinstance(store, FileStore):
        raise StoreError(
            "持续写入演示数据（--live）会碰到全部案件，只用于 DuckDB 文件的案件库：请改用 duckdb:///文件夹"
        )
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


def go_on(store: Store, world: World, draw: Draw, now: dt.datetime, then: dt.datetime) -> None:
    """What happens between two moments, as one import."""
    started = beijing_now()
    with store.writing() as con:
        batch_id = next_batch_id(con)
        inserted = sum(_arrive(con, world, draw, source, now, then, batch_id) for source in (HOTLINE, GRID))
        mark_repeats(con, world.profile, batch_id)
        # Nothing may happen after the data's clock, which is the newest case.
        then = con.execute("SELECT max(created_at) FROM cases").fetchall()[0][0]
        updated = _close(con, world, now, then) + _call_back(con, world, draw, now, then)
        record_batch(
            con, batch_id=batch_id, file_name="演示数据（实时）", file_sha256="", mapping="demo", source="",
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


def _arrive(
    con: duckdb.DuckDBPyConnection,
    world: World,
    draw: Draw,
    source: str,
    now: dt.datetime,
    then: dt.datetime,
    batch_id: int,
) -> int:
    created = np.array(_created(world, draw, source, now, then), dtype=np.int64)
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
        serial[rows] = _last_serial(con, source, EPOCH + dt.timedelta(seconds=int(created[rows[0]])), groups is days)
        serial[rows] += np.arange(1, len(rows) + 1)
    count = append_cases(con, stage(con, draw, world, source, arrivals, handling, calls, serial), batch_id=batch_id)
    con.unregister(ROWS)
    return count


def _last_serial(con: duckdb.DuckDBPyConnection, source: str, moment: dt.datetime, daily: bool) -> int:
    """How many cases the day (or the year) has; numbers run without gaps."""
    first = moment.date() if daily else moment.date().replace(month=1, day=1)
    asked = "SELECT count(*) FROM cases WHERE source = ? AND created_day >= ? AND created_day <= ?"
    return int(con.execute(asked, [source, first, moment.date()]).fetchall()[0][0])


def _close(con: duckdb.DuckDBPyConnection, world: World, now: dt.datetime, then: dt.datetime) -> int:
    """Close open cases at random, after CLOSES_WITHIN of the limit on average; at night only those of short limits."""
    passed, count = (then - now).total_seconds(), 0
    for source in (HOTLINE, GRID):
        stream = world.settings.stream(source)
        count += con.execute(
            """
            UPDATE cases SET dispatched_at = coalesce(dispatched_at, ?), closed_at = ?, updated_at = ?, status = ?,
                is_closed = 1, handling_seconds = date_diff('second', created_at, CAST(? AS TIMESTAMP)),
                is_late = CASE WHEN due_at < ? THEN 1 ELSE 0 END
            WHERE is_closed = 0 AND source = ? AND created_at <= ?
              AND (? BETWEEN 7 AND 20 OR date_diff('hour', created_at, due_at) <= 30)
              AND random() < 1 - exp(-? / (? * greatest(date_diff('second', created_at, due_at), 3600)))
            """,
            [then, then, then, stream.closed, then, then, source, now, then.hour, passed, CLOSES_WITHIN],
        ).fetchall()[0][0]
    return int(count)


def _call_back(con: duckdb.DuckDBPyConnection, world: World, draw: Draw, now: dt.datetime, then: dt.datetime) -> int:
    rates, passed = world.settings.rates, (then - now).total_seconds()
    if not 8 <= then.hour <= 20:
        return 0
    asks_nothing = [name for name, habit in world.settings.request_habits.items() if not habit.called_back]
    ids = con.execute(
        """SELECT case_id FROM cases WHERE source = ? AND is_closed = 1 AND callback_at IS NULL
           AND request_type NOT IN (SELECT unnest(?)) AND closed_at BETWEEN ? AND ? AND random() < 1 - exp(-? / ?)""",
        [HOTLINE, asks_nothing, then - dt.timedelta(days=20), then - 15 * HOUR, passed, CALLBACK_DAYS * 86_400],
    ).fetchnumpy()["case_id"]
    year = max(rates.resolution)
    unsolved = draw.random(len(ids)) > rates.resolution[year] / 100
    valid = draw.random(len(ids)) < rates.valid_share
    grade = grades(draw, world, np.full(len(ids), year), unsolved) if len(ids) else np.zeros(0, dtype=np.int64)
    answers = pa.table(
        {
            "case_id": pa.array(ids, pa.string()),
            "valid": pa.array(valid.astype(np.int16)),
            "contacted": pa.array((valid & (draw.random(len(ids)) < rates.response[year] / 100)).astype(np.int16)),
            "resolution": pa.array(
                [RESOLUTIONS[3 if no else 1] if ok else "" for no, ok in zip(unsolved, valid, strict=True)], pa.string()
            ),
            "satisfaction": pa.array(
                [GRADES[g] if ok else "" for g, ok in zip(grade, valid, strict=True)], pa.string()
            ),
        }
    )
    con.register("demo_answers", answers)
    done = con.execute(
        """UPDATE cases SET callback_at = ?, updated_at = ?, is_valid_callback = a.valid, is_contacted = a.contacted,
           resolution = a.resolution, satisfaction = a.satisfaction
           FROM demo_answers a WHERE cases.case_id = a.case_id""",
        [then, then],
    ).fetchall()[0][0]
    con.unregister("demo_answers")
    return int(done)
