"""How many cases of which category in which month: whole numbers that meet the published totals exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import chinese_calendar
import numpy as np

from data_access.district.models import Category
from data_access.district.profile import Profile
from data_access.district.vocabulary import GRID, HOTLINE
from demo.draw import Bools, Draw, Floats, Ints, split_total
from demo.settings import DemoSettings, named

SPRING_FESTIVAL = "Spring Festival"


@dataclass(frozen=True)
class Plan:
    """`counts` has a row per category, a column per month; surges come on top."""

    source: str
    categories: tuple[Category, ...]
    months: tuple[dt.date, ...]
    counts: Ints


def months_of(settings: DemoSettings) -> tuple[dt.date, ...]:
    first, last = settings.first_day, settings.as_of
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(
        dt.date(first.year + (first.month - 1 + i) // 12, (first.month - 1 + i) % 12 + 1, 1) for i in range(count)
    )


def days_of(month: dt.date) -> list[dt.date]:
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return [month + dt.timedelta(days=i) for i in range((following - month).days)]


def day_weight(settings: DemoSettings, source: str, day: dt.date) -> float:
    """A day's busyness by weekday and public holiday."""
    holiday, festival = (
        (settings.holiday, settings.lunar_new_year)
        if source == HOTLINE
        else (settings.grid_holiday, settings.grid_lunar_new_year)
    )
    is_off, name = chinese_calendar.get_holiday_detail(day)
    if is_off and name:
        return festival if name == SPRING_FESTIVAL else holiday
    weekday = 0 if not is_off and day.weekday() >= 5 else day.weekday()  # a worked weekend is a working day
    return settings.stream(source).weekdays[weekday]


def elapsed(settings: DemoSettings, source: str, day: dt.date) -> float:
    """The part of a day's cases that came in until as_of."""
    if day != settings.as_of.date():
        return float(day < settings.as_of.date())
    hours = np.array(settings.stream(source).hours) / sum(settings.stream(source).hours)
    now = settings.as_of
    return float(hours[: now.hour].sum() + hours[now.hour] * now.minute / 60)


def _base_weights(settings: DemoSettings, source: str, categories: tuple[Category, ...]) -> Floats:
    """Category weights: level 1 as given; below it earlier rows of categories.csv are the commoner ones."""
    first = settings.weights.hotline if source == HOTLINE else settings.weights.grid
    names, rank, seen = settings.weights.names, [], dict[tuple[str, str], int]()
    for category in categories:
        key = (category.category1, category.category2)
        seen[key] = seen.get(key, 0) + 1
        rank.append(names.get(category.category3, 1.0) * names.get(category.category2, 1.0) / seen[key] ** 0.8)
    weights = np.array(rank)
    level1 = np.array([category.category1 for category in categories])
    for name in np.unique(level1):
        inside = level1 == name
        weights[inside] *= first.get(str(name), 1.0) / weights[inside].sum()
    return weights


def mix(settings: DemoSettings, source: str, categories: tuple[Category, ...], months: Sequence[dt.date]) -> Floats:
    """Relative weights: a row per category, a column per month, seasons applied."""
    weights = np.tile(_base_weights(settings, source, categories)[:, None], (1, len(months)))
    for season in settings.seasons:
        rows = [i for i, category in enumerate(categories) if set(named(category)) & set(season.names)]
        for column, month in enumerate(months):
            if not season.years or month.year in season.years:
                weights[rows, column] *= season.months[month.month - 1]
    return weights


def _expected(settings: DemoSettings, source: str, categories: tuple[Category, ...]) -> Floats:
    months = months_of(settings)
    expected = mix(settings, source, categories, months)
    busy = [
        sum(day_weight(settings, source, day) * elapsed(settings, source, day) for day in days_of(month))
        for month in months
    ]
    return expected * np.array(busy)


class _Quota:
    """Cells of the plan handed out group by group, each group with its exact total."""

    def __init__(self, draw: Draw, expected: Floats) -> None:
        self.draw, self.expected = draw, expected
        self.counts = np.zeros(expected.shape, dtype=np.int64)
        self.open = np.ones(expected.shape, dtype=bool)

    def fill(self, cells: Bools, total: int) -> None:
        """Give the still open ones of `cells` what is missing to `total` over all of `cells`."""
        missing = max(total - int(self.counts[cells].sum()), 0)
        free = cells & self.open
        self.counts[free] = split_total(self.draw, missing, self.expected[free])
        self.open &= ~cells


def _fill_topics(quota: _Quota, profile: Profile, settings: DemoSettings, leaves: list[str], scale: float) -> None:
    months, topic_settings = months_of(settings), settings.topics
    within = np.array([topic_settings.first_month <= month.month <= topic_settings.last_month for month in months])
    years = np.array([month.year for month in months])
    for topic in profile.topics:
        if topic.year != topic_settings.year or topic.topic not in topic_settings.volumes:
            continue
        rows = np.isin(leaves, topic.category3)
        for year, volume in zip(
            (topic_settings.year - 1, topic_settings.year), topic_settings.volumes[topic.topic], strict=True
        ):
            given = within & (years == year)
            same = (years >= year) if year == topic_settings.year else (years == year)
            cells, rest = (rows[:, None] & chosen[None, :] for chosen in (given, same & ~given))
            # Months without a given volume keep the topic's level relative to all else of the year.
            level = volume / settings.hotline.totals[year]
            quota.expected[rest] *= level * quota.expected[:, years == year].sum() / quota.expected[cells].sum()
            quota.fill(cells, round(volume * scale))


def _surge_total(settings: DemoSettings, year: int, scale: float) -> int:
    return sum(round(surge.count * scale) for surge in settings.surges if surge.start.year == year)


def make_plan(profile: Profile, settings: DemoSettings, source: str, seed: int, scale: float) -> Plan:
    """The plan of one source. A year that as_of cuts gets its part of the year's totals."""
    categories = tuple(category for category in profile.categories if category.source == source)
    months = months_of(settings)
    years = np.array([month.year for month in months])
    quota = _Quota(np.random.default_rng([seed, source == GRID, 7]), _expected(settings, source, categories))
    leaves = [category.category3 for category in categories]
    if source == HOTLINE:
        _fill_topics(quota, profile, settings, leaves, scale)
        inside = np.array([category.category1 == settings.environment.category1 for category in categories])
        for year, total in settings.environment.totals.items():
            quota.fill(inside[:, None] & (years == year)[None, :], round(total * scale))
    for year, total in settings.stream(source).totals.items():
        cells = np.broadcast_to(years == year, quota.open.shape)
        planned = round(total * _part_of_year(settings, source, year) * scale)
        surges = _surge_total(settings, year, scale) if source == HOTLINE else 0
        quota.fill(cells, planned - surges)
    return Plan(source, categories, months, quota.counts)


def _part_of_year(settings: DemoSettings, source: str, year: int) -> float:
    days = [day for month in range(1, 13) for day in days_of(dt.date(year, month, 1))]
    weights = np.array([day_weight(settings, source, day) for day in days])
    return float((weights * [elapsed(settings, source, day) for day in days]).sum() / weights.sum())
