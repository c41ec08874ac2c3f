"""What happens to a case after it came in: dispatch, deadline, closing, rework, callback. Nothing after `now`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_access.district.vocabulary import HOTLINE
from demo.arrivals import DAY, Arrivals
from demo.draw import Bools, Draw, Floats, Ints, pick_one, scaled_to, systematic
from demo.world import Catalogue, World

NEVER = np.int64(-1)  # a time that has not come
HOUR = 3600
TYPICAL_SHARE_OF_LIMIT = 0.40  # the median case is closed after this part of its limit
FORGOTTEN = 0.0012  # share of cases that lie for weeks after the deadline until somebody closes them
LATE = 0.014  # share of cases that are closed after the deadline
UNSOLVED_AND_UNHAPPY = 0.60  # share of those not helped who say that they are dissatisfied
RESOLUTIONS = ["", "yes", "partly", "no"]
GRADES = ["", "非常满意", "满意", "基本满意", "不满意", "非常不满意"]


@dataclass
class Handling:
    """One entry per case; times in seconds since 1970 or NEVER."""

    unit: Ints
    dispatched: Ints
    due: Ints
    closed: Ints
    channel: Ints
    rework: Ints
    whistled: Bools
    excluded: Ints  # reason's number + 1, 0 = not excluded


@dataclass
class Callback:
    at: Ints
    valid: Bools
    contacted: Bools
    resolution: Ints
    satisfaction: Ints


def _units(draw: Draw, world: World, catalogue: Catalogue, arrivals: Arrivals, street: Ints) -> Ints:
    own = np.array([world.units.index(name) for name in world.streets])[street]
    unit = catalogue.unit[arrivals.category]
    local = draw.random(len(unit)) < world.settings.street_handles
    return np.where((unit < 0) | local, own, unit)


def office_hours(moment: Ints) -> Ints:
    """Nobody closes a seven-day case at night: what ends then is closed the next morning."""
    hour = moment % DAY // HOUR
    return moment + np.where(hour < 7, (8 - hour) * HOUR, np.where(hour >= 21, 11 * HOUR, 0))


def _closed(draw: Draw, world: World, limit: Floats, slower: Floats, due: Ints, start: Ints) -> Ints:
    size = len(limit)
    part = np.minimum(draw.lognormal(np.log(TYPICAL_SHARE_OF_LIMIT), 0.42, size) * slower, 0.97)
    late = systematic(draw, scaled_to(slower**3, LATE))
    part = np.where(late, 1.02 + draw.exponential(0.6, size), part)
    closed = start + (part * limit * HOUR).astype(np.int64)
    rested = office_hours(closed)
    closed = np.where((limit > 24) & ((rested <= due) | late), rested, closed)
    lain = office_hours(due + draw.integers(10 * DAY, 90 * DAY, size))
    return np.where(draw.random(size) < FORGOTTEN, lain, closed)


def handle(draw: Draw, world: World, source: str, arrivals: Arrivals, now: int) -> Handling:
    """How each case was handled until `now`."""
    settings, catalogue, size = world.settings, world.catalogues[source], len(arrivals.category)
    street = world.places.street[arrivals.point]
    limit = catalogue.handle_hours[arrivals.category]
    quick = draw.lognormal(-2.2, 0.7, size)  # most are dispatched within a tenth of the limit
    dispatched = arrivals.created + np.minimum(
        quick * catalogue.dispatch_hours[arrivals.category] * HOUR, catalogue.dispatch_hours[arrivals.category] * HOUR
    ).astype(np.int64)
    due = dispatched + (limit * HOUR).astype(np.int64)
    slower = np.array([settings.streets[name].slower for name in world.streets])[street]
    closed = _closed(draw, world, limit, slower, due, dispatched)
    stream = settings.stream(source)
    channel = pick_one(draw, list(stream.channels.values()), size)
    if stream.self_handled:
        # What the supervisor settles on the spot is dispatched to nobody and done within the hour.
        own = channel == list(stream.channels).index(stream.self_handled)
        dispatched = np.where(own, arrivals.created, dispatched)
        closed = np.where(own, arrivals.created + draw.integers(120, HOUR, size), closed)
    closed = np.where(closed > now, NEVER, closed)
    hotline = source == HOTLINE
    reasons = pick_one(draw, list(settings.excluded_reasons.values()), size) + 1
    return Handling(
        unit=_units(draw, world, catalogue, arrivals, street),
        dispatched=np.where(dispatched > now, NEVER, dispatched),
        due=due,
        closed=closed,
        channel=channel,
        rework=np.where((closed >= 0) & (draw.random(size) < settings.rework_share), draw.integers(1, 3, size), 0),
        whistled=(draw.random(size) < settings.whistled_share) & hotline,
        excluded=np.where((draw.random(size) < settings.excluded_share) & hotline, reasons, 0),
    )


def _year(created: Ints) -> Ints:
    return created.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970


def _unsolved(draw: Draw, world: World, arrivals: Arrivals, handling: Handling, asked: Bools) -> Bools:
    """Who says the matter was not solved: more often where the matter or the street is hard, and when it was late."""
    rates, catalogue = world.settings.rates, world.catalogues[HOTLINE]
    month = arrivals.created.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    street = np.array([world.settings.streets[name].harder for name in world.streets])
    hard = catalogue.harder[arrivals.category] * street[world.places.street[arrivals.point]]
    hard = hard * np.where(handling.closed > handling.due, 2.0, 1.0) * np.where(handling.rework > 0, 1.5, 1.0)
    unsolved = np.zeros(len(hard), dtype=bool)
    for year in np.unique(_year(arrivals.created)):
        points = np.array(rates.month_points) - _mean_points(world, int(year))
        for excluded, shift in ((False, 0.0), (True, rates.excluded_points)):
            rows = np.flatnonzero(asked & (_year(arrivals.created) == year) & ((handling.excluded > 0) == excluded))
            wanted = 1 - (rates.resolution[int(year)] + shift + points[month[rows]].mean()) / 100 if len(rows) else 0
            unsolved[rows] = systematic(draw, scaled_to(hard[rows], wanted))
    return unsolved


def _mean_points(world: World, year: int) -> float:
    """The months' ups and downs, weighted by volume: taken off, so that the year keeps its published rate."""
    plan = world.catalogues[HOTLINE].plan
    volume = {month.month: plan.counts[:, i].sum() for i, month in enumerate(plan.months) if month.year == year}
    points = world.settings.rates.month_points
    return float(sum(points[month - 1] * count for month, count in volume.items()) / max(sum(volume.values()), 1))


def grades(draw: Draw, world: World, year: Ints, unsolved: Bools) -> Ints:
    """Satisfaction of those asked, meeting each year's rate with 基本满意 at the profile's value."""
    rates, size = world.settings.rates, len(unsolved)
    half = world.profile.settings.scoring[0].grades[GRADES[3]]
    unhappy = np.zeros(size, dtype=bool)
    for calendar_year in np.unique(year):
        rows = np.flatnonzero(year == calendar_year)
        wanted = 1 - rates.satisfaction[int(calendar_year)] / 100 - (1 - half) * rates.basically_satisfied
        # First the unhappy among the unsolved; those still missing to the year's rate come from those who were helped.
        sure = unsolved[rows] * UNSOLVED_AND_UNHAPPY
        rest = scaled_to((~unsolved[rows]).astype(float), max(wanted - float(sure.mean()), 0.0))
        unhappy[rows] = systematic(
            draw, np.minimum(sure + rest, 1.0) * min(1.0, wanted / max(float(sure.mean()), 1e-9))
        )
    if not size:
        return np.zeros(0, dtype=np.int64)
    basically = systematic(draw, np.where(unhappy, 0.0, rates.basically_satisfied / max(1 - unhappy.mean(), 1e-9)))
    grade = np.where(draw.random(size) < rates.very_satisfied, 1, 2)
    grade = np.where(basically, 3, grade)
    return np.where(unhappy, np.where(draw.random(size) < rates.very_dissatisfied, 5, 4), grade)


def call_back(draw: Draw, world: World, arrivals: Arrivals, handling: Handling, now: int) -> Callback:
    """The callbacks made until `now`: a day or more after closing, in the daytime."""
    rates, size = world.settings.rates, len(arrivals.category)
    at = office_hours(handling.closed + ((0.6 + draw.exponential(1.4, size)) * DAY).astype(np.int64))
    made = (handling.closed >= 0) & (at <= now)
    valid = made & (draw.random(size) < rates.valid_share)
    year = _year(arrivals.created)
    contacted, resolution = np.zeros(size, dtype=bool), np.zeros(size, dtype=np.int64)
    unsolved = _unsolved(draw, world, arrivals, handling, valid)
    for calendar_year in np.unique(year):
        rows = np.flatnonzero(valid & (year == calendar_year))
        contacted[rows] = systematic(draw, np.full(len(rows), rates.response[int(calendar_year)] / 100))
    partly = draw.random(size) < rates.partly_share
    resolution[valid] = np.where(unsolved, np.where(partly, 2, 3), 1)[valid]
    satisfaction = np.zeros(size, dtype=np.int64)
    for excluded in (False, True):  # the published rates are those without the excluded
        asked = valid & ((handling.excluded > 0) == excluded)
        satisfaction[asked] = grades(draw, world, year[asked], unsolved[asked])
    return Callback(np.where(made, at, NEVER), valid, contacted, resolution, satisfaction)
