"""Who calls about what, when and where: one month of one source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from data_access.district.vocabulary import HOTLINE
from demo.draw import Bools, Draw, Floats, Ints, mixed, pick, scaled_to, systematic
from demo.plan import day_weight, days_of, elapsed
from demo.settings import DemoSettings, Surge, named
from demo.world import Catalogue, World

DAY = 86_400
EPOCH = dt.datetime(1970, 1, 1)
CHOICES = 6  # earlier cases among which a repeat finds its first
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


def clock_times(draw: Draw, settings: DemoSettings, catalogue: Catalogue, days: Ints, category: Ints) -> Ints:
    """A second of the day for each of `days` (seconds at midnight), at its category's hours, never after as_of."""
    rhythm = catalogue.rhythm[category]
    created = days + pick(draw, catalogue.hours, rhythm) * 3600 + draw.integers(0, 3600, len(days))
    end = seconds(settings.as_of)
    late = np.flatnonzero(created > end)
    while len(late):  # drawn again: the hours before as_of keep their shares of the day that it cuts
        again = pick(draw, catalogue.hours, rhythm[late]) * 3600 + draw.integers(0, 3600, len(late))
        created[late] = days[late] + again
        late = late[created[late] > end]
    return created


def _created(draw: Draw, world: World, catalogue: Catalogue, month: dt.date, category: Ints) -> Ints:
    settings, source, days = world.settings, catalogue.plan.source, days_of(month)
    weight = np.array([day_weight(settings, source, day) * elapsed(settings, source, day) for day in days])
    nth_day = pick(draw, weight * _event_factors(settings, catalogue, days), category)
    first = seconds(dt.datetime.combine(month, dt.time()))
    return clock_times(draw, settings, catalogue, first + nth_day * DAY, category)


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


def _move_away(draw: Draw, world: World, catalogue: Catalogue, arrivals: Arrivals) -> None:
    """Where a matter had an effect, cases come from elsewhere instead: the district's totals stay as they are."""
    for effect in world.effects:
        start = seconds(dt.datetime.combine(effect.starts or effect.opens, dt.time()))
        if not effect.change or not (arrivals.created >= start).any():
            continue
        inside = np.ones(len(world.places.street), dtype=bool)
        for column, names in (("street", world.streets), ("community", world.communities)):
            if column in effect.where:
                inside &= getattr(world.places, column) == names.index(effect.where[column])
        of_kind = np.array([one.category2 == effect.where["category2"] for one in catalogue.plan.categories])
        concerned = of_kind[arrivals.category] & inside[arrivals.point] & (arrivals.created >= start)
        moved = np.flatnonzero(concerned & ~arrivals.planted & (draw.random(len(concerned)) < -effect.change))
        weights = catalogue.street.copy()
        weights[:, np.unique(world.places.street[inside])] = 0.0
        street = pick(draw, weights, catalogue.first[arrivals.category[moved]])
        arrivals.point[moved] = points(draw, world, catalogue, arrivals.category[moved], street)


def _surge(draw: Draw, world: World, catalogue: Catalogue, surge: Surge) -> Arrivals:
    size = round(surge.count * world.scale)
    leaves = [category.category3 for category in catalogue.plan.categories]
    category = np.full(size, leaves.index(surge.category3))
    first = seconds(dt.datetime.combine(surge.start, dt.time()))
    days = first + np.sort(draw.integers(0, surge.days, size)) * DAY
    street = np.full(size, world.streets.index(surge.street))
    return Arrivals(
        category,
        clock_times(draw, world.settings, catalogue, days, category),
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


def stubborn(world: World, catalogue: Catalogue, arrivals: Arrivals) -> Bools:
    """Which cases are of a stubborn matter: all of one caller about one second-level category are, or none is."""
    matter = arrivals.caller * (int(catalogue.second.max()) + 1) + catalogue.second[arrivals.category]
    return mixed(matter, world.seed + 23).astype(np.float64) < world.settings.stubborn.share * 2.0**64


def _call_again(draw: Draw, world: World, catalogue: Catalogue, arrivals: Arrivals) -> None:
    """Make the wanted share of cases repeats: caller and place of an earlier case of the same second-level category.

    Of several earlier cases, some days back, a stubborn one is the likelier to be called about again.
    """
    rules, numbers = world.settings.stubborn, np.arange(len(arrivals.category))
    order = np.lexsort((arrivals.created, catalogue.second[arrivals.category]))
    group, created = catalogue.second[arrivals.category][order], arrivals.created[order]
    first = np.searchsorted(group, group)  # where each case's category begins
    # Hard matters bring their callers back more often, though less so than they stay unsolved.
    chance = scaled_to(np.sqrt(catalogue.harder[arrivals.category[order]]), world.settings.repeat_share)
    rows = np.flatnonzero(systematic(draw, chance) & ~arrivals.planted[order] & (numbers > first))
    if not len(rows):
        return
    # One sorted search finds the case so many days back, within the category: a month fits between two of them.
    moment = group * (40 * DAY) + created - created.min()
    back = moment[rows, None] - (draw.exponential(rules.gap_days * DAY, (len(rows), CHOICES))).astype(np.int64)
    anywhere = first[rows, None] + (draw.random(back.shape) * (rows - first[rows])[:, None]).astype(np.int64)
    earlier = np.searchsorted(moment, back, side="right") - 1
    earlier = np.where(earlier >= first[rows, None], earlier, anywhere)
    likely = np.where(stubborn(world, catalogue, arrivals)[order][earlier], rules.again, 1.0)
    origin = numbers.copy()
    origin[rows] = earlier[np.arange(len(rows)), pick(draw, likely, np.arange(len(rows)))]
    while (origin[origin] != origin).any():  # a repeat of a repeat is about the first case
        origin = origin[origin]
    arrivals.caller[order] = arrivals.caller[order][origin]
    arrivals.point[order] = arrivals.point[order][origin]


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
        _move_away(draw.spawn(1)[0], world, catalogue, arrivals)
        arrivals.caller = callers(draw, world, len(arrivals.category))
        _call_again(draw, world, catalogue, arrivals)
    order = np.argsort(arrivals.created, kind="stable")
    return Arrivals(*(getattr(arrivals, name)[order] for name in Arrivals.__dataclass_fields__))
