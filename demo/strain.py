"""What many cases do to the units that handle them, and how uneven units are from month to month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_access.district.vocabulary import HOTLINE
from demo.draw import Draw, Floats, Ints
from demo.plan import Plan, day_weight, days_of, elapsed
from demo.settings import DemoSettings, Strain

FEW = 1.0  # cases a day at scale 1: below it a unit's ups and downs are no strain
QUICKEST = 0.8  # an idle unit is not quicker than this


@dataclass(frozen=True)
class Pace:
    """Multiples of the usual, one row per unit, one column per month of the plan; `points` one row per rate."""

    slower: Floats
    late: Floats
    harder: Floats
    points: Floats  # what a month's resolution, satisfaction and response differ by, in points


def month_number(plan: Plan, created: Ints) -> Ints:
    """The column of each moment's month; the last one for what comes later."""
    months = created.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    first = plan.months[0]
    return np.clip(months - (first.year - 1970) * 12 - first.month + 1, 0, len(plan.months) - 1)


def _daily_load(settings: DemoSettings, plan: Plan, unit: Ints, streets: list[int], units: int) -> Floats:
    """Cases of each unit in each month, by the usual day: holidays count for what they bring.

    `unit`: of the plan's categories, -1 = the street's own.
    """
    volumes = np.array([getattr(shape, plan.source) for shape in settings.streets.values()])
    load = np.zeros((units, len(plan.months)))
    given = unit >= 0
    np.add.at(load, unit[given], plan.counts[given] * (1 - settings.street_handles))
    local = plan.counts[~given].sum(axis=0) + plan.counts[given].sum(axis=0) * settings.street_handles
    load[streets] += np.outer(volumes / volumes.sum(), local)
    source = plan.source
    days = np.array(
        [
            sum(day_weight(settings, source, day) * elapsed(settings, source, day) for day in days_of(month))
            for month in plan.months
        ]
    )
    return np.asarray(load / np.maximum(days, 1e-9))


def _slower(rules: Strain, load: Floats, few: float) -> Floats:
    """How much longer the units take: by the district's volume and by their own, each against its usual month."""
    district = load.sum(axis=0)
    usual = load.mean(axis=1, keepdims=True)
    own = (load + few) / (usual + few)
    strain = (district / max(float(np.median(district)), 1e-9)) ** rules.district * own**rules.own
    return np.clip(strain, QUICKEST, rules.most)


def _points(draw: Draw, rules: Strain, plan: Plan) -> Floats:
    """Ups and downs of the district's rates by month, that leave each year as it is."""
    points = draw.normal(0.0, rules.month_points, (3, len(plan.months)))
    years, volume = np.array([month.year for month in plan.months]), plan.counts.sum(axis=0)
    for year in np.unique(years):
        inside = years == year
        points[:, inside] -= np.average(points[:, inside], axis=1, weights=volume[inside] + 1e-9)[:, None]
    return points


def make_pace(
    settings: DemoSettings, plan: Plan, unit: Ints, streets: list[int], units: int, *, seed: int, scale: float
) -> Pace:
    """The pace of each of `units` in every month. `streets`: the numbers of the streets' own, in demo.toml's order."""
    draw, rules = np.random.default_rng([seed, plan.source == HOTLINE, 19]), settings.strain
    load = _daily_load(settings, plan, unit, streets, units)
    slower = _slower(rules, load, FEW * scale)
    late = slower**rules.late * draw.lognormal(0.0, rules.late_spread, load.shape)
    late *= draw.lognormal(0.0, rules.late_month_spread, load.shape[1])
    late /= np.average(late, weights=load + 1e-9)
    harder = draw.lognormal(0.0, rules.unsolved_spread, load.shape)
    return Pace(slower, late, harder, _points(draw, rules, plan))
