"""Who calls about what, when and where: one month of one source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from data_access.district.vocabulary import HOTLINE
from demo.draw import Bools, Draw, Floats, Ints, pick, pick_one, systematic
from demo.plan import day_weight, days_of, elapsed
from demo.settings import DemoSettings, Surge, named
from demo.world import Catalogue, World

DAY = 86_400
EPOCH = dt.datetime(1970, 1, 1)
RESIDENTS_WHO_CALL = 300_000  # the pool that occasional callers are drawn from, at scale 1


@dataclass
class Arrivals:
    """One entry per case. `created` in seconds since 1970, Beijing time; `point` indexes the places."""

    category: Ints
    created: Ints
    point: Ints
    caller: Ints
    planted: Bools  # belongs to a planted surge


def seconds(moment: dt.datetime) -> int:
    return int((moment - EPOCH).total_seconds())


def _event_factors(settings: DemoSettings, catalogue: Catalogue, days: list[dt.date]) -> Floats:
    """How much more of a category a day brings: rain, cold, school start."""
    factors = np.ones((len(catalogue.plan.categories), len(days)))
    for event in settings.events:
        hit = [any(start <= day <= end for start, end in event.spans) for day in days]
        if any(hit):
            rows = [bool(set(named(category)) & set(event.names)) for category in catalogue.plan.categories]
            factors[np.outer(rows, hit)] *= event.factor
    return factors


def clock_times(draw: Draw, settings: DemoSettings, source: str, days: Ints) -> Ints:
    """A second of the day for each entry of `days` (seconds at midnight), never after as_of."""
    size = len(days)
    hour = pick_one(draw, settings.stream(source).hours, size)
    created = days + hour * 3600 + draw.integers(0, 3600, size)
    end = seconds(settings.as_of)
    late = np.flatnonzero(created > end)
    while len(late):  # drawn again: the hours before as_of keep their shares of the day that it cuts
        again = pick_one(draw, settings.stream(source).hours, len(late)) * 3600 + draw.integers(0, 3600, len(late))
        created[late] = days[late] + again
        late = late[created[late] > end]
    return created


def _created(draw: Draw, world: World, catalogue: Catalogue, month: dt.date, category: Ints) -> Ints:
    settings, source, days = world.settings, catalogue.plan.source, days_of(month)
    weight = np.array([day_weight(settings, source, day) * elapsed(settings, source, day) for day in days])
    nth_day = pick(draw, weight * _event_factors(settings, catalogue, days), category)
    first = seconds(dt.datetime.combine(month, dt.time()))
    return clock_times(draw, settings, source, first + nth_day * DAY)


def points(draw: Draw, world: World, catalogue: Catalogue, category: Ints, street: Ints) -> Ints:
    """A point of each case's street."""
    first, point = catalogue.first[category], np.empty(len(category), dtype=np.int64)
    for number, weights in enumerate(world.affinity[catalogue.plan.source]):
        here = np.flatnonzero(street == number)
        point[here] = np.flatnonzero(world.places.street == number)[pick(draw, weights, first[here])]
    return point


def _draw_to_hot_spot(draw: Draw, world: World, catalogue: Catalogue, arrivals: Arrivals) -> None:
    spot = world.settings.hot_spot
    start, end = (seconds(dt.datetime.combine(day, dt.time())) for day in (spot.start, spot.end + dt.timedelta(days=1)))
    concerned = catalogue.in_spot[arrivals.category] & (arrivals.created >= start) & (arrivals.created < end)
    drawn = np.flatnonzero(concerned & (draw.random(len(concerned)) < spot.share))
    arrivals.point[drawn] = draw.choice(np.flatnonzero(world.places.in_spot), len(drawn))


def _surge(draw: Draw, world: World, catalogue: Catalogue, surge: Surge) -> Arrivals:
    size = round(surge.count * world.scale)
    leaves = [category.category3 for category in catalogue.plan.categories]
    category = np.full(size, leaves.index(surge.category3))
    first = seconds(dt.datetime.combine(surge.start, dt.time()))
    days = first + np.sort(draw.integers(0, surge.days, size)) * DAY
    street = np.full(size, world.streets.index(surge.street))
    return Arrivals(
        category,
        clock_times(draw, world.settings, HOTLINE, days),
        points(draw, world, catalogue, category, street),
        np.zeros(size, dtype=np.int64),
        np.ones(size, dtype=bool),
    )


def _join(parts: list[Arrivals]) -> Arrivals:
    names = Arrivals.__dataclass_fields__
    return Arrivals(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def callers(draw: Draw, world: World, size: int) -> Ints:
    """Caller numbers: a frequent caller (a few of them bring many cases), else one of the many who seldom call."""
    frequent = max(round(world.settings.frequent_callers * world.scale), 10)
    rank = np.minimum(draw.pareto(1.3, size) * frequent / 40, frequent - 1).astype(np.int64)
    other = frequent + draw.integers(0, max(round(RESIDENTS_WHO_CALL * world.scale), 100), size)
    return np.where(draw.random(size) < world.settings.frequent_share, rank, other)


def _call_again(draw: Draw, world: World, catalogue: Catalogue, arrivals: Arrivals) -> None:
    """Make the wanted share of cases repeats: same caller, same place, same second-level category, later."""
    order = np.lexsort((arrivals.created, catalogue.second[arrivals.category]))
    group = catalogue.second[arrivals.category][order]
    chance = np.full(len(order), world.settings.repeat_share)
    again = systematic(draw, chance) & ~arrivals.planted[order]
    again[1:] &= group[1:] == group[:-1]
    again[:1] = False
    origin = np.maximum.accumulate(np.where(again, 0, np.arange(len(order))))
    arrivals.caller[order] = arrivals.caller[order][origin]
    calm = ~arrivals.planted[order]
    arrivals.point[order[calm]] = arrivals.point[order][origin][calm]


def month_of_arrivals(draw: Draw, world: World, source: str, month: dt.date) -> Arrivals:
    """All cases of one source that come in during `month`, oldest first."""
    catalogue = world.catalogues[source]
    counts = catalogue.plan.counts[:, catalogue.plan.months.index(month)]
    category = np.repeat(np.arange(len(counts)), counts)
    street = pick(draw, catalogue.street, catalogue.first[category])
    parts = [
        Arrivals(
            category,
            _created(draw, world, catalogue, month, category),
            points(draw, world, catalogue, category, street),
            np.zeros(len(category), dtype=np.int64),
            np.zeros(len(category), dtype=bool),
        )
    ]
    if source == HOTLINE:
        due = [surge for surge in world.settings.surges if surge.start.replace(day=1) == month]
        parts += [_surge(draw, world, catalogue, surge) for surge in due]
    arrivals = _join(parts)
    if source == HOTLINE:
        _draw_to_hot_spot(draw, world, catalogue, arrivals)
        arrivals.caller = callers(draw, world, len(arrivals.category))
        _call_again(draw, world, catalogue, arrivals)
    order = np.argsort(arrivals.created, kind="stable")
    return Arrivals(*(getattr(arrivals, name)[order] for name in Arrivals.__dataclass_fields__))
