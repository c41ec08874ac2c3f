"""The pool of places: every synthetic case happens at one of a few thousand points inside its street."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data_access.district.boundaries import street_shapes
from data_access.district.models import Street
from data_access.district.profile import Profile
from demo.draw import Bools, Draw, Floats, Ints, pick_one
from demo.settings import DemoSettings

METRES_PER_DEGREE = 111_320.0
CROWDING = 1.1  # Pareto exponent: a few addresses bring much of a street's volume


@dataclass(frozen=True)
class Places:
    """Points grouped by street: `street[i]` is the index of point i's street. `in_spot`: inside the hot spot."""

    street: Ints
    community: Ints
    lon: Floats
    lat: Floats
    weight: Floats
    address: NDArray[np.str_]
    in_spot: Bools

    def by_street(self, count: int) -> Floats:
        """Weights of the points, one row per street."""
        table = np.zeros((count, len(self.street)))
        table[self.street, np.arange(len(self.street))] = self.weight
        return table


def _shapes(profile: Profile) -> dict[str, shapely.Geometry]:
    shapes = street_shapes(profile)
    return {shape["properties"]["name"]: shapely.geometry.shape(shape["geometry"]) for shape in shapes}


def _square(street: Street) -> shapely.Geometry:
    """Without a boundary: a square of the street's area around its centre."""
    if street.lon is None or street.lat is None:
        raise ValueError(f"{street.name}：没有边界，也没有中心点，不能生成点位")
    half = (street.area_km2 or 1.0) ** 0.5 * 1000 / 2 / METRES_PER_DEGREE
    return shapely.box(street.lon - half, street.lat - half, street.lon + half, street.lat + half)


def _inside(draw: Draw, shape: shapely.Geometry, around: Floats, spread: float, count: int) -> Floats:
    """`count` points of the shape, scattered around the given centres."""
    points = np.empty((0, 2))
    while len(points) < count:
        centres = around[draw.integers(len(around), size=4 * count)]
        tried = np.round(centres + draw.normal(0, spread, centres.shape), 6)
        points = np.vstack([points, tried[shapely.contains_xy(shape, tried[:, 0], tried[:, 1])]])
    return points[:count]


def _scatter(draw: Draw, shape: shapely.Geometry) -> Floats:
    left, bottom, right, top = shape.bounds
    return _inside(
        draw, shape, np.array([[(left + right) / 2, (bottom + top) / 2]]), max(right - left, top - bottom), 400
    )


def _points(draw: Draw, shape: shapely.Geometry, communities: int, count: int) -> tuple[Floats, Ints]:
    """Clustered points of a street, each with the community whose centre is nearest."""
    spread = _scatter(draw, shape)
    centres = spread[:1]
    while len(centres) < communities:  # each next centre as far as possible from the others
        distance = np.linalg.norm(spread[:, None] - centres[None], axis=2).min(axis=1)
        centres = np.vstack([centres, spread[distance.argmax()]])
    clusters = spread[: 4 * communities]
    half = count // 2
    points = np.vstack(
        [_inside(draw, shape, clusters, 0.0006, half), _inside(draw, shape, spread, 0.002, count - half)]
    )
    return points, np.linalg.norm(points[:, None] - centres[None], axis=2).argmin(axis=1)


def _addresses(draw: Draw, settings: DemoSettings, communities: list[str]) -> list[str]:
    patterns = pick_one(draw, settings.addresses.weights, len(communities))
    numbers = draw.integers(1, 60, len(communities))
    return [
        settings.addresses.patterns[pattern].format(c=name.removesuffix("社区"), n=number)
        for name, pattern, number in zip(communities, patterns, numbers, strict=True)
    ]


def _spot_points(draw: Draw, settings: DemoSettings, shape: shapely.Geometry) -> Floats:
    spot = settings.hot_spot
    radius = spot.radius_m / METRES_PER_DEGREE
    circle = shapely.Point(spot.lon, spot.lat).buffer(radius * 0.9)
    return _inside(draw, circle.intersection(shape), np.array([[spot.lon, spot.lat]]), radius, 40)


def make_places(profile: Profile, settings: DemoSettings, seed: int) -> tuple[Places, list[str]]:
    """The pool, and the community names its indexes mean."""
    draw = np.random.default_rng([seed, 11])
    shapes, names = _shapes(profile), [community.name for community in profile.communities]
    total = sum(shape.hotline + shape.grid for shape in settings.streets.values())
    street, community, points, in_spot = [], [], [], []
    for index, place in enumerate(profile.streets):
        shape = shapes.get(place.name) or _square(place)
        mine = [i for i, row in enumerate(profile.communities) if row.street == place.name]
        weights = settings.streets[place.name]
        count = max(round(settings.pool_points * (weights.hotline + weights.grid) / total), 40)
        own_points, nearest = _points(draw, shape, len(mine), count)
        special = np.zeros(len(own_points), dtype=bool)
        if place.name == settings.hot_spot.street:
            added = _spot_points(draw, settings, shape)
            home = nearest[np.linalg.norm(own_points - added.mean(axis=0), axis=1).argmin()]
            own_points, nearest = np.vstack([own_points, added]), np.append(nearest, np.full(len(added), home))
            special = np.append(special, np.ones(len(added), dtype=bool))
        street.append(np.full(len(own_points), index))
        community.append(np.array(mine)[nearest])
        points.append(own_points)
        in_spot.append(special)
    places = np.concatenate(community)
    located = np.vstack(points)
    weight = draw.pareto(CROWDING, len(places)) + 0.3
    weight = np.minimum(weight, 40.0)
    address = np.array(_addresses(draw, settings, [names[i] for i in places]))
    pool = Places(
        np.concatenate(street), places, located[:, 0], located[:, 1], weight, address, np.concatenate(in_spot)
    )
    return pool, names
