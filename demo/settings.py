"""A profile's demo.toml, validated on load: what the synthetic district is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from data_access.district.mistakes import read_toml
from data_access.district.models import Category
from data_access.district.profile import Profile, ProfileError
from data_access.district.vocabulary import GRID, HOTLINE

Weights = dict[str, float]
ByYear = dict[int, float]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=Part)


class Stream(Part):
    """One source's volume, rhythm and words."""

    prefix: str
    serial_digits: int
    totals: dict[int, int]
    hours: list[float] = Field(min_length=24, max_length=24)
    weekdays: list[float] = Field(min_length=7, max_length=7)
    closed: str
    handling: str
    waiting: str
    channels: Weights
    self_handled: str = ""  # the channel whose cases the finder settles on the spot
    request_types: Weights


class Components(Part):
    names: list[str]
    request_type: str


class CategoryWeights(Part):
    hotline: Weights
    grid: Weights
    names: Weights


class Topics(Part):
    year: int
    first_month: int
    last_month: int
    volumes: dict[str, tuple[int, int]]  # topic -> cases of the year before, cases of the year


class Environment(Part):
    category1: str
    totals: dict[int, int]


class Rates(Part):
    valid_share: float
    partly_share: float
    basically_satisfied: float
    very_satisfied: float
    very_dissatisfied: float
    response: ByYear
    resolution: ByYear
    satisfaction: ByYear
    excluded_points: float
    month_points: list[float] = Field(min_length=12, max_length=12)
    harder: Weights


class Rhythm(Part):
    """Categories that are called about at hours of their own."""

    names: list[str]
    hours: list[float] = Field(min_length=24, max_length=24)


class Work(Part):
    """When people close or call back. `day_off`: the part of what would end on a day off that does end then."""

    hours: list[float] = Field(min_length=24, max_length=24)
    day_off: float = Field(ge=0, le=1)


class Strain(Part):
    """What many cases do to the units, and how uneven the units are from month to month."""

    district: float  # hours grow with the district's cases a day to this power …
    own: float  # … and with the unit's own
    most: float  # … up to this factor
    late: float  # lateness grows with the factor of the hours to this power
    late_spread: float  # standard deviation of the logarithm, between units and months
    late_month_spread: float  # the same between months, for all units together
    unsolved_spread: float
    month_points: float  # standard deviation of a month's rates, in points


class RequestHabit(Part):
    """How a type of request is handled, as multiples of the others' hours, lateness and unsolved share."""

    slower: float = 1.0
    late: float = 1.0
    harder: float = 1.0
    called_back: bool = True


class Stubborn(Part):
    """Matters that stay unsolved and bring their caller back. `harder`, `again`: multiples of the others'."""

    share: float = Field(ge=0, lt=1)
    harder: float
    again: float
    gap_days: float  # mean time to the next call


class StreetShape(Part):
    hotline: float
    grid: float
    harder: float
    slower: float


class Addresses(Part):
    patterns: list[str]
    weights: list[float]


class Season(Part):
    names: list[str]
    months: list[float] = Field(min_length=12, max_length=12)
    years: list[int] = []


class Event(Part):
    names: list[str]
    spans: list[tuple[dt.date, dt.date]]
    factor: float


class Surge(Part):
    name: str
    category3: str
    street: str
    start: dt.date
    days: int
    count: int


class HotSpot(Part):
    name: str
    category3: list[str]
    start: dt.date
    end: dt.date
    lon: float
    lat: float
    radius_m: float
    share: float
    street: str


class Foresight(Part):
    """The share of orders that the grid truly saw within the week before, by street and by family of bridge.csv."""

    streets: Weights = {}
    families: Weights = {}


class Texts(Part):
    title: str
    hotline: dict[str, list[str]]
    grid: dict[str, list[str]]
    endings: dict[str, list[str]]


class DemoSettings(Part):
    first_day: dt.date
    as_of: dt.datetime
    pool_points: int
    repeat_share: float
    frequent_share: float
    frequent_callers: int
    group_share: float
    whistled_share: float
    rework_share: float
    street_handles: float
    excluded_share: float
    lunar_new_year: float
    grid_lunar_new_year: float
    holiday: float
    grid_holiday: float
    excluded_reasons: Weights
    hotline: Stream
    grid: Stream
    grid_components: Components
    weights: CategoryWeights
    topics: Topics
    environment: Environment
    rates: Rates
    rhythms: list[Rhythm]
    closing: Work
    night: float = Field(ge=0, le=1)  # part of what a day's limit lets end at night that does
    calling_back: Work
    strain: Strain
    request_habits: dict[str, RequestHabit]
    stubborn: Stubborn
    streets: dict[str, StreetShape]
    addresses: Addresses
    seasons: list[Season]
    events: list[Event]
    surges: list[Surge]
    hot_spot: HotSpot
    foresight: Foresight = Foresight()
    crowds: dict[str, Weights]
    industries: dict[str, Weights]
    texts: Texts

    def stream(self, source: str) -> Stream:
        return {HOTLINE: self.hotline, GRID: self.grid}[source]


def named(category: Category) -> tuple[str, str, str]:
    """The names under which demo.toml may speak of a category."""
    return category.category1, category.category2, category.category3


def read(path: Path, model: type[Model]) -> Model:
    """Read and check one file; raises `ProfileError` naming line and field."""
    if not path.exists():
        raise ProfileError(f"{path}：缺少这个文件，“{path.parent.name}”没有演示数据")
    return read_toml(path, model, ProfileError)


def load(profile: Profile) -> DemoSettings:
    """Read demo.toml of `profile`; raises `ProfileError` naming the field."""
    settings = read(profile.folder / "demo.toml", DemoSettings)
    _check_names(profile, settings)
    return settings


def _check_names(profile: Profile, settings: DemoSettings) -> None:
    categories = {name for category in profile.categories for name in named(category)}
    streets = {street.name for street in profile.streets}
    topics = {topic.topic for topic in profile.topics if topic.year == settings.topics.year}
    used: list[tuple[str, Iterable[str], set[str]]] = [
        ("weights", [*settings.weights.hotline, *settings.weights.grid, *settings.weights.names], categories),
        ("seasons", [name for season in settings.seasons for name in season.names], categories),
        ("rhythms", [name for rhythm in settings.rhythms for name in rhythm.names], categories),
        ("request_habits", settings.request_habits, {*settings.hotline.request_types}),
        ("events", [name for event in settings.events for name in event.names], categories),
        ("surges", [surge.category3 for surge in settings.surges], categories),
        ("crowds", [name for shares in settings.crowds.values() for name in shares], categories),
        ("industries", [name for shares in settings.industries.values() for name in shares], categories),
        ("hot_spot.category3", settings.hot_spot.category3, categories),
        ("rates.harder", settings.rates.harder, categories),
        ("streets", settings.streets, streets),
        ("surges.street", [surge.street for surge in settings.surges], streets),
        ("foresight.streets", settings.foresight.streets, streets),
        ("foresight.families", settings.foresight.families, {row.family for row in profile.bridge}),
        ("topics.volumes", settings.topics.volumes, topics),
    ]
    for field, names, known in used:
        unknown = sorted(set(names) - known)
        if unknown:
            raise ProfileError(f"{profile.folder / 'demo.toml'}，字段 {field}：不认识“{'、'.join(unknown)}”")
