"""Some problems the grid saw first: its cases are led to where a resident is about to call, none is added."""

from __future__ import annotations

import numpy as np

from data_access.district.vocabulary import GRID, HOTLINE
from demo.arrivals import DAY, Arrivals, clock_times
from demo.draw import Draw, Floats, Ints
from demo.world import World

MOST = 0.5  # of a street's grid cases of a family within a month: the others stay where they came by themselves


def see_first(draw: Draw, world: World, hotline: Arrivals, grid: Arrivals) -> None:
    """Move some of the grid's cases to the place and the days before an order of the same family and street.

    Both hold one month, oldest first, and so does `grid` afterwards. Its first day's orders stay unseen.
    """
    families = list(dict.fromkeys(row.family for row in world.profile.bridge))
    asked, found = (_groups(world, source, families, of) for source, of in ((HOTLINE, hotline), (GRID, grid)))
    day = hotline.created // DAY * DAY
    first = day.min(initial=np.iinfo(np.int64).max)
    chosen = (asked >= 0) & (draw.random(len(asked)) < _shares(world, families)[asked]) & (day > first)
    orders = draw.permutation(np.flatnonzero(chosen))
    cases = draw.permutation(np.flatnonzero(found >= 0))
    room = np.bincount(found[cases], minlength=1 + max(found.max(initial=0), asked.max(initial=0))) * MOST
    orders = orders[_ranks(asked[orders]) < room[asked[orders]]]
    size = len(world.places.street) + len(asked) + len(found)
    _, of_orders, of_cases = np.intersect1d(
        asked[orders] * size + _ranks(asked[orders]), found[cases] * size + _ranks(found[cases]), return_indices=True
    )
    order, case = orders[of_orders], cases[of_cases]
    most = np.minimum((day[order] - first) // DAY, world.profile.settings.fusion.window_days - 1)
    before = day[order] - draw.integers(1, most + 1) * DAY
    grid.point[case] = hotline.point[order]
    grid.created[case] = clock_times(draw, world.settings, world.catalogues[GRID], before, grid.category[case])
    oldest_first = np.argsort(grid.created, kind="stable")
    for name in Arrivals.__dataclass_fields__:
        setattr(grid, name, getattr(grid, name)[oldest_first])


def _groups(world: World, source: str, families: list[str], arrivals: Arrivals) -> Ints:
    """Family and street of each case as one number, -1 where its class has no family."""
    number = {family: nth for nth, family in enumerate(families)}
    of = [
        number.get(world.profile.family_of(source, category.category2, category.category3), -1)
        for category in world.catalogues[source].plan.categories
    ]
    family = np.array(of)[arrivals.category]
    return np.where(family < 0, -1, family * len(world.streets) + world.places.street[arrivals.point])


def _shares(world: World, families: list[str]) -> Floats:
    """Share of the orders seen first, per family and street: the family's or the street's, whichever is larger."""
    foresight = world.settings.foresight
    by_family = np.array([foresight.families.get(family, 0.0) for family in families])
    by_street = np.array([foresight.streets.get(street, 0.0) for street in world.streets])
    return np.maximum.outer(by_family, by_street).ravel()


def _ranks(groups: Ints) -> Ints:
    """Each entry's place among those of its group, from 0."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[order] = np.arange(len(groups)) - np.searchsorted(ordered, ordered)
    return ranks
