"""What happens to a case after it came in: dispatch, deadline, closing, rework, callback. Nothing after `now`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from data_access.district.vocabulary import HOTLINE
from demo.arrivals import DAY, Arrivals, stubborn
from demo.clocks import HOUR, in_daylight, in_working_time
from demo.draw import Bools, Draw, Floats, Ints, pick_one, scaled_to, systematic
from demo.settings import RequestHabit
from demo.strain import month_number
from demo.world import Catalogue, World

NEVER = np.int64(-1)  # a time that has not come
TYPICAL_SHARE_OF_LIMIT = 0.40  # the median case is closed after this part of its limit
LAST_MINUTE = 0.8  # what would not be done in time is hurried: closed in the rest of the limit after this part
IN_TIME = 0.985
FORGOTTEN = 0.0012  # share of cases that lie for weeks after the deadline until somebody closes them
LATE = 0.014  # share of cases that are closed after the deadline
RESPONSE_SPREAD = 0.4  # nearly all are reached, so that rate moves less than the others
UNSOLVED_AND_UNHAPPY = 0.60  # share of those not helped who say that they are dissatisfied
RESOLUTIONS = ["", "yes", "partly", "no"]
GRADES = ["", "非常满意", "满意", "基本满意", "不满意", "非常不满意"]


@dataclass
class Handling:
    """One entry per case; times in seconds since 1970 or NEVER."""

    unit: Ints
    kind: Ints  # number among the source's request types
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


@dataclass
class _Pace:
    """One entry per case: multiples of the usual hours and of the usual chance of being late."""

    slower: Floats
    late: Floats


def _habit(world: World, source: str, name: str, kind: Ints) -> Floats:
    """A value of demo.toml's request_habits for each case; 1 (or True) where it names none."""
    habits, usual = world.settings.request_habits, RequestHabit()
    kinds = world.settings.stream(source).request_types
    return np.array([float(getattr(habits.get(request_type, usual), name)) for request_type in kinds])[kind]


def _pace(world: World, source: str, arrivals: Arrivals, unit: Ints, kind: Ints) -> _Pace:
    """How quick and how punctual: by the street, by the unit's month, by the type of request."""
    catalogue, streets = world.catalogues[source], [world.settings.streets[name] for name in world.streets]
    street = np.array([shape.slower for shape in streets])[world.places.street[arrivals.point]]
    month = month_number(catalogue.plan, arrivals.created)
    usual = np.average([shape.slower**3 for shape in streets], weights=[getattr(shape, source) for shape in streets])
    return _Pace(
        street * catalogue.pace.slower[unit, month] * _habit(world, source, "slower", kind),
        street**3 / usual * catalogue.pace.late[unit, month] * _habit(world, source, "late", kind),
    )


def _closed(draw: Draw, world: World, limit: Floats, pace: _Pace, due: Ints, start: Ints) -> Ints:
    size = len(limit)
    part = draw.lognormal(np.log(TYPICAL_SHARE_OF_LIMIT), 0.42, size) * pace.slower
    hurried = LAST_MINUTE + (IN_TIME - LAST_MINUTE) * np.sqrt(draw.random(size))
    part = np.where(part > IN_TIME, hurried, part)
    late = systematic(draw, np.minimum(LATE * pace.late, 1.0))
    part = np.where(late, 1.02 + draw.exponential(0.6, size), part)
    closed = start + (part * limit * HOUR).astype(np.int64)
    latest = np.where(late, np.iinfo(np.int64).max, due)
    long = limit > 24
    closed[~long] = in_daylight(draw, world.settings.night, closed[~long], latest[~long])
    closed[long] = in_working_time(draw, world.settings.closing, closed[long], start[long], latest[long])
    forgotten = np.flatnonzero(draw.random(size) < FORGOTTEN * (pace.late > 0))
    lain = due[forgotten] + draw.integers(10 * DAY, 90 * DAY, len(forgotten))
    closed[forgotten] = in_working_time(draw, world.settings.closing, lain, due[forgotten], no_deadline(lain))
    return closed


def no_deadline(moments: Ints) -> Ints:
    """No deadline, for each of them."""
    return np.full(len(moments), np.iinfo(np.int64).max)


def handle(draw: Draw, world: World, source: str, arrivals: Arrivals, now: int) -> Handling:
    """How each case was handled until `now`."""
    settings, catalogue, size = world.settings, world.catalogues[source], len(arrivals.category)
    street, stream = world.places.street[arrivals.point], settings.stream(source)
    limit = catalogue.handle_hours[arrivals.category]
    quick = draw.lognormal(-2.2, 0.7, size)  # most are dispatched within a tenth of the limit
    dispatched = arrivals.created + np.minimum(
        quick * catalogue.dispatch_hours[arrivals.category] * HOUR, catalogue.dispatch_hours[arrivals.category] * HOUR
    ).astype(np.int64)
    due = dispatched + (limit * HOUR).astype(np.int64)
    unit = _units(draw, world, catalogue, arrivals, street)
    kind = pick_one(draw, list(stream.request_types.values()), size)
    closed = _closed(draw, world, limit, _pace(world, source, arrivals, unit, kind), due, dispatched)
    channel = pick_one(draw, list(stream.channels.values()), size)
    if stream.self_handled:
        # What the supervisor settles on the spot is dispatched to nobody and done within the hour.
        own = channel == list(stream.channels).index(stream.self_handled)
        dispatched = np.where(own, arrivals.created, dispatched)
        closed = np.where(own, arrivals.created + draw.integers(120, HOUR, size), closed)
    closed = np.where(closed > now, NEVER, closed)
    asks = (_habit(world, source, "called_back", kind) > 0) & (source == HOTLINE)  # who asks for nothing …
    reasons = pick_one(draw, list(settings.excluded_reasons.values()), size) + 1
    reworked = (closed >= 0) & (draw.random(size) < settings.rework_share) & (asks | (source != HOTLINE))
    return Handling(
        unit=unit,
        kind=kind,
        dispatched=np.where(dispatched > now, NEVER, dispatched),
        due=due,
        closed=closed,
        channel=channel,
        rework=np.where(reworked, draw.integers(1, 3, size), 0),
        whistled=(draw.random(size) < settings.whistled_share) & asks,
        excluded=np.where((draw.random(size) < settings.excluded_share) & asks, reasons, 0),
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
    hard = hard * np.where(stubborn(world, catalogue, arrivals), world.settings.stubborn.harder, 1.0)
    number = month_number(catalogue.plan, arrivals.created)
    hard = hard * catalogue.pace.harder[handling.unit, number] * _habit(world, HOTLINE, "harder", handling.kind)
    unsolved = np.zeros(len(hard), dtype=bool)
    for year in np.unique(_year(arrivals.created)):
        points = np.array(rates.month_points) - _mean_points(world, int(year))
        for excluded, shift in ((False, 0.0), (True, rates.excluded_points)):
            rows = np.flatnonzero(asked & (_year(arrivals.created) == year) & ((handling.excluded > 0) == excluded))
            off = points[month[rows]] + catalogue.pace.points[0, number[rows]]
            wanted = 1 - (rates.resolution[int(year)] + shift + off.mean()) / 100 if len(rows) else 0
            unsolved[rows] = systematic(draw, scaled_to(hard[rows], wanted))
    return unsolved


def _mean_points(world: World, year: int) -> float:
    """The months' ups and downs, weighted by volume: taken off, so that the year keeps its published rate."""
    plan = world.catalogues[HOTLINE].plan
    volume = {month.month: plan.counts[:, i].sum() for i, month in enumerate(plan.months) if month.year == year}
    points = world.settings.rates.month_points
    return float(sum(points[month - 1] * count for month, count in volume.items()) / max(sum(volume.values()), 1))


def grades(draw: Draw, world: World, year: Ints, unsolved: Bools, points: Floats | float = 0.0) -> Ints:
    """Satisfaction of those asked, meeting each year's rate with 基本满意 at the profile's value.

    `points`: what the rate differs by, for each of them or for all.
    """
    rates, size = world.settings.rates, len(unsolved)
    unhappy = np.zeros(size, dtype=bool)
    for calendar_year in np.unique(year):
        rows = np.flatnonzero(year == calendar_year)
        half = world.profile.scoring_at(dt.date(int(calendar_year), 1, 1)).grades[GRADES[3]]
        rate = (rates.satisfaction[int(calendar_year)] + float(np.broadcast_to(points, size)[rows].mean())) / 100
        wanted = 1 - rate - (1 - half) * rates.basically_satisfied
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
    made = (handling.closed >= 0) & (_habit(world, HOTLINE, "called_back", handling.kind) > 0)
    at = handling.closed + ((0.6 + draw.exponential(1.4, size)) * DAY).astype(np.int64)
    rows = np.flatnonzero(made)
    at[rows] = in_working_time(
        draw, world.settings.calling_back, at[rows], handling.closed[rows] + HOUR, no_deadline(rows)
    )
    made &= at <= now
    valid = made & (draw.random(size) < rates.valid_share)
    year, plan = _year(arrivals.created), world.catalogues[HOTLINE].plan
    points, number = world.catalogues[HOTLINE].pace.points, month_number(plan, arrivals.created)
    contacted, resolution = np.zeros(size, dtype=bool), np.zeros(size, dtype=np.int64)
    unsolved = _unsolved(draw, world, arrivals, handling, valid)
    for calendar_year in np.unique(year):
        rows = np.flatnonzero(valid & (year == calendar_year))
        response = rates.response[int(calendar_year)] + RESPONSE_SPREAD * points[2, number[rows]]
        contacted[rows] = systematic(draw, np.minimum(response / 100, 1.0))
    partly = draw.random(size) < rates.partly_share
    resolution[valid] = np.where(unsolved, np.where(partly, 2, 3), 1)[valid]
    satisfaction = np.zeros(size, dtype=np.int64)
    for excluded in (False, True):  # the published rates are those without the excluded
        asked = valid & ((handling.excluded > 0) == excluded)
        satisfaction[asked] = grades(draw, world, year[asked], unsolved[asked], points[1, number[asked]])
    return Callback(np.where(made, at, NEVER), valid, contacted, resolution, satisfaction)
