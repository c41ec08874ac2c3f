"""What every synthetic case is drawn from: the district's names as numbered lists, its places, its habits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import h3
import numpy as np

from data_access.district.models import Category, TimeLimit
from data_access.district.profile import Profile
from data_access.district.vocabulary import GRID, HOTLINE
from data_access.intake.loading import H3_RESOLUTION
from demo.draw import Bools, Floats, Ints
from demo.ledger_settings import Effect, planted_effects
from demo.places import Places, make_places
from demo.plan import Plan, make_plan
from demo.settings import DemoSettings, load, named
from demo.strain import Pace, make_pace

FIRST_LEVEL_SPREAD = 0.35  # how much a street's mix of first-level categories differs from the district's


@dataclass(frozen=True)
class Catalogue:
    """A source's categories as arrays, one entry per category. `unit` -1: the street itself."""

    plan: Plan
    first: Ints
    second: Ints
    unit: Ints
    dispatch_hours: Floats
    handle_hours: Floats
    harder: Floats
    in_spot: Bools
    crowd: Floats
    industry: Floats
    street: Floats  # first-level category x street
    hours: Floats  # rhythm x hour of the day
    rhythm: Ints
    pace: Pace


@dataclass(frozen=True)
class World:
    profile: Profile
    settings: DemoSettings
    seed: int
    scale: float
    places: Places
    cells: list[str]
    streets: list[str]
    communities: list[str]
    units: list[str]
    affinity: dict[str, list[Floats]]  # source -> per street: first-level category x the street's points
    catalogues: dict[str, Catalogue]
    effects: list[Effect]


def _index(names: Iterable[str]) -> Ints:
    """Each name's number, counted in order of first appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def _product(factors: Mapping[str, float], category: Category) -> float:
    return float(np.prod([factors.get(name, 1.0) for name in named(category)]))


def _chances(shares: Mapping[str, Mapping[str, float]], categories: Iterable[Category]) -> Floats:
    """Chance of each label per category, by the finest level that demo.toml names; the last column is for no label."""
    rows = []
    for category in categories:
        row = [next((share[n] for n in reversed(named(category)) if n in share), 0.0) for share in shares.values()]
        total = sum(row)
        rows.append([*(value / max(total, 1.0) for value in row), max(0.0, 1.0 - total)])
    return np.array(rows)


def _limits(profile: Profile) -> dict[str, TimeLimit]:
    return {limit.limit_class: limit for limit in profile.settings.time_limits}


def _catalogue(
    plan: Plan, profile: Profile, settings: DemoSettings, units: list[str], *, seed: int, scale: float
) -> Catalogue:
    draw, limits, categories = np.random.default_rng([seed, 13]), _limits(profile), plan.categories
    first = _index(category.category1 for category in categories)
    volumes = [getattr(settings.streets[street.name], plan.source) for street in profile.streets]
    tilt = draw.lognormal(0.0, FIRST_LEVEL_SPREAD, (first.max() + 1, len(volumes)))
    unit = np.array([units.index(category.unit) if category.unit else -1 for category in categories])
    streets = [units.index(name) for name in settings.streets]
    return Catalogue(
        plan=plan,
        first=first,
        second=_index(f"{category.category1}/{category.category2}" for category in categories),
        unit=unit,
        dispatch_hours=np.array([limits[category.limit_class].dispatch_hours for category in categories]),
        handle_hours=np.array([limits[category.limit_class].handle_hours for category in categories]),
        harder=np.array([_product(settings.rates.harder, category) for category in categories]),
        in_spot=np.array([category.category3 in settings.hot_spot.category3 for category in categories]),
        crowd=_chances(settings.crowds, categories),
        industry=_chances(settings.industries, categories),
        street=np.array(volumes) * tilt,
        hours=np.array([settings.stream(plan.source).hours, *(rhythm.hours for rhythm in settings.rhythms)]),
        rhythm=_rhythms(plan, settings),
        pace=make_pace(settings, plan, unit, streets, len(units), seed=seed, scale=scale),
    )


def _rhythms(plan: Plan, settings: DemoSettings) -> Ints:
    """Each category's row of `Catalogue.hours`: 0, or where a category of the hotline has hours of its own."""
    own = settings.rhythms if plan.source == HOTLINE else []
    chosen = [[number for number, one in enumerate(own, 1) if set(named(c)) & set(one.names)] for c in plan.categories]
    return np.array([numbers[0] if numbers else 0 for numbers in chosen], dtype=np.int64)


def _affinity(catalogue: Catalogue, places: Places, streets: int, seed: int) -> list[Floats]:
    """Which points bring which matters: every first-level category has its own busy addresses."""
    draw = np.random.default_rng([seed, 17])
    kinds = int(catalogue.first.max()) + 1
    affinities = []
    for street in range(streets):
        weight = np.where(places.in_spot, 0.0, places.weight)[places.street == street]
        affinities.append(weight * draw.lognormal(0.0, 1.0, (kinds, len(weight))))
    return affinities


def make_world(profile: Profile, seed: int, scale: float) -> World:
    """Everything that does not change from month to month."""
    settings = load(profile)
    places, communities = make_places(profile, settings, seed)
    units = [unit.name for unit in profile.units]
    catalogues = {
        source: _catalogue(
            make_plan(profile, settings, source, seed, scale), profile, settings, units, seed=seed, scale=scale
        )
        for source in (HOTLINE, GRID)
    }
    streets = [street.name for street in profile.streets]
    return World(
        profile=profile,
        settings=settings,
        seed=seed,
        scale=scale,
        places=places,
        cells=[h3.latlng_to_cell(lat, lon, H3_RESOLUTION) for lon, lat in zip(places.lon, places.lat, strict=True)],
        streets=streets,
        communities=communities,
        units=units,
        affinity={name: _affinity(catalogue, places, len(streets), seed) for name, catalogue in catalogues.items()},
        catalogues=catalogues,
        effects=planted_effects(profile),
    )
