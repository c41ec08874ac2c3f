"""What a district's files may say: one model per row or table, checked on load.

Rules that change over the years carry `valid_from`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from data_access.district.clock import Clock
from data_access.district.focus import Focus
from data_access.district.rows import Row
from data_access.district.vocabulary import DIMENSIONS_75


def _split(value: Any) -> Any:
    return tuple(part for part in value.split("|") if part) if isinstance(value, str) else value


class Street(Row):
    code: str
    name: str
    aliases: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    area_km2: float | None = None
    population: int | None = None
    communities: int | None = None
    source: str = ""
    district: str = ""  # of a city's streets; the profile's own where there is but one

    _aliases = field_validator("aliases", mode="before")(_split)


class Community(Row):
    code: str = ""
    name: str
    street: str
    aliases: tuple[str, ...] = ()

    _aliases = field_validator("aliases", mode="before")(_split)


class Category(Row):
    source: Literal["hotline", "grid"]
    category1: str
    category2: str
    category3: str
    dimension: str
    unit: str = ""
    limit_class: str


class Unit(Row):
    name: str
    unit_type: Literal["街道", "部门", "企业"]
    aliases: tuple[str, ...] = ()

    _aliases = field_validator("aliases", mode="before")(_split)


class Bridge(Row):
    """A category that belongs to a family of problems which both sources report.

    Without `category3` the row stands for everything below `category2`.
    """

    family: str = Field(min_length=1)
    source: Literal["hotline", "grid"]
    category2: str = Field(min_length=1)
    category3: str = ""


class Benchmark(Row):
    subject: str
    period: str
    measure: str
    value: float
    unit: str
    calibre: str
    source: str


class Topic(Row):
    year: int
    topic: str
    category3: tuple[str, ...] = Field(min_length=1)
    lead_unit: str = ""
    target: str = ""

    _category3 = field_validator("category3", mode="before")(_split)


class District(Row):
    name: str
    city: str = ""
    code: str = ""
    area_km2: float | None = None
    population: int | None = None
    population_source: str = ""


class Geography(Row):
    crs: Literal["WGS-84", "GCJ-02", "BD-09"] = "WGS-84"
    boundaries: str = ""
    boundaries_note: str = ""
    landmarks: str = ""
    bbox: tuple[float, float, float, float] | None = None
    # Fewer cases than this in a cell could point at a household: the map leaves the cell out.
    min_cell_count: int = Field(default=5, ge=1)


def _weights_sum_to_one(row: Any) -> Any:
    if abs(row.response + row.resolution + row.satisfaction - 1) > 1e-9:
        raise ValueError("三项权重之和必须为 1")
    return row


class Scoring(Row):
    """Weights of the composite score and values of the grades, from `valid_from` on."""

    valid_from: dt.date
    response: float = Field(ge=0, le=1)
    resolution: float = Field(ge=0, le=1)
    satisfaction: float = Field(ge=0, le=1)
    partly_resolved: float = Field(ge=0, le=1)
    grades: dict[str, float]
    # A valid callback whose answer is blank: it stays in the denominator as "not resolved", "not satisfied", or it is
    # left out. A word that is not known is always left out.
    blanks: Literal["counted", "left_out"] = "counted"
    small_sample: int = Field(ge=1)
    # `decimals`: scores are rounded to so many before they are compared; without, not at all.
    # `ties`: among equal scores the unit with more cases comes first, or all of them share the place.
    # `headline`: the district's score is that of all callbacks together, or the mean of the units' scores.
    decimals: int | None = Field(default=None, ge=0, le=6)
    ties: Literal["volume", "shared"] = "volume"
    headline: Literal["pooled", "mean"] = "pooled"
    note: str

    _sum = model_validator(mode="after")(_weights_sum_to_one)

    def composite(self, response: Any, resolution: Any, satisfaction: Any) -> Any:
        """The composite score (综合成绩), 0..100, of three rates 0..1.

        No other code combines the rates, or two screens would differ. Linear: it takes numbers, columns of a frame and
        database expressions alike.
        """
        return 100 * (self.response * response + self.resolution * resolution + self.satisfaction * satisfaction)

    @property
    def basically_satisfied(self) -> float:
        """What the best grade counts for that counts in part (基本满意), 0..1; 0 where none does."""
        return max((value for value in self.grades.values() if 0 < value < 1), default=0.0)

    def with_weights(self, preset: Preset) -> Scoring:
        """The same rules under other weights, for a trial."""
        weights = ("response", "resolution", "satisfaction")
        return self.model_copy(update={name: getattr(preset, name) for name in weights})


class TimeLimit(Row):
    limit_class: str
    valid_from: dt.date
    dispatch_hours: float
    handle_hours: float
    note: str = ""


class Indicator(Row):
    """One indicator of the 七有五性 index. Without `goalposts`, the spread of the base year's values sets them."""

    name: str
    label: str
    measure: str
    weight: float = Field(gt=0)
    better: Literal["up", "down", ""] = ""
    goalposts: tuple[float, float] | None = None
    against_base: bool = False
    filter: dict[str, tuple[str, ...]] = Field(default={})
    dimensions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _goalposts_rise(self) -> Indicator:
        if self.goalposts and self.goalposts[0] >= self.goalposts[1]:
            raise ValueError("goalposts 须为 [最低, 最高]，且最低小于最高")
        return self


class Preset(Row):
    """Weights that a viewer may try in place of those in force."""

    name: str
    response: float = Field(ge=0, le=1)
    resolution: float = Field(ge=0, le=1)
    satisfaction: float = Field(ge=0, le=1)

    _sum = model_validator(mode="after")(_weights_sum_to_one)


class IndexRules(Row):
    """How the 七有五性 index is computed, from `valid_from` on."""

    valid_from: dt.date
    label: str
    note: str
    base_year: int
    aggregation: Literal["arithmetic", "geometric"] = "arithmetic"
    min_cases: int = Field(default=10, ge=1)
    min_known: float = Field(default=0.5, gt=0, le=1)
    winsorise_at_most: int = Field(default=5, ge=0)
    pinned_at_most: float = Field(default=0.05, ge=0, le=1)
    dimension_weights: dict[str, float] = Field(default={})
    indicators: tuple[Indicator, ...] = Field(min_length=1)

    @property
    def is_geometric(self) -> bool:
        return self.aggregation == "geometric"

    @model_validator(mode="after")
    def _known_dimensions(self) -> IndexRules:
        named = {*self.dimension_weights, *(name for indicator in self.indicators for name in indicator.dimensions)}
        if unknown := named - set(DIMENSIONS_75):
            raise ValueError(f"不是七有五性的维度：{'、'.join(sorted(unknown))}")
        return self


class Keywords(Row):
    """Words that tell a case's 人群 and 行业 from its text: label -> words."""

    sources: tuple[Literal["hotline", "grid"], ...] = ("hotline",)
    crowd: dict[str, tuple[str, ...]] = Field(default={})
    industry: dict[str, tuple[str, ...]] = Field(default={})


class WeakSpots(Row):
    """When a weak spot becomes a candidate: how many of the four signs, and cases in the period, it has.

    Fewer cases than that tell nothing of a rate: such groups show no sign of one.
    """

    least_signs: int = Field(default=2, ge=1, le=4)
    least_volume: int = Field(default=30, ge=1)


class GridChannels(Row):
    """The grid's channels that mean a case was settled on the spot, or opened because somebody called the hotline."""

    self_handled: tuple[str, ...] = ()
    prompted: tuple[str, ...] = ()


class Fusion(Row):
    """How near a grid case must be to a hotline order to count as the same problem, and which points need a patrol."""

    window_days: int = Field(default=7, ge=1)
    rings: int = Field(default=1, ge=0, le=10)  # rings of H3 cells around the order's cell
    hot_least: int = Field(default=3, ge=1)  # orders of one family in one cell that make it a point
    low_callbacks: int = Field(default=2, ge=1)  # callbacks; the unresolved share of fewer is not judged
    low_unresolved: float = Field(default=0.5, gt=0, le=1)
    # First-level categories whose orders the funnel starts from (城市环境类诉求); none: the orders of all families.
    environment: tuple[str, ...] = ()


class Watch(Row):
    """What the alarms watch, how often they may be wrong, and when they are told outward."""

    sources: tuple[Literal["hotline", "grid"], ...] = ("hotline",)
    false_a_week: float = Field(default=2.0, gt=0)  # alarms a week, over all that is watched, where nothing happened
    least_cases: int = Field(default=5, ge=2)  # fewer are no alarm
    comparable_days: int = Field(default=30, ge=5)  # at most so many days are what a day is set against
    least_together: int = Field(default=3, ge=2)  # people who report one matter, for it to be listed as one
    reasons: dict[str, str] = Field(
        default={}
    )  # kind of matter -> what its field `reason` says where an alarm opens it
    quiet: tuple[int, int] | None = None  # from which hour to which nothing is told; None: at any hour
    repeat_hours: float = Field(default=4, gt=0)  # after which what nobody acknowledged is told again,
    repeats: int = Field(default=2, ge=0)  # so many times at most

    def is_quiet(self, hour: int) -> bool:
        """Whether nothing is told at that hour of the day."""
        if self.quiet is None:
            return False
        begins, ends = self.quiet
        return (hour >= begins or hour < ends) if begins > ends else begins <= hour < ends


class TopicYear(Row):
    """每月一题: the month up to which a year is counted unless the viewer chooses another."""

    until_month: int = Field(default=12, ge=1, le=12)


class Versions(Row):
    """Which versions of the case store stay: the newest, the last of each of so many days, within so many GB in all."""

    newest: int = Field(default=4, ge=2)
    days: int = Field(default=7, ge=0)
    gigabytes: float = Field(default=20.0, gt=0)


class Words(Row):
    """The words of one source's coded columns that no other file lists; a column without words is not checked."""

    request_type: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    crowd: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()


class Intake(Row):
    """Words that stand in a source's cells where there is nothing to say.

    `no_caller`: in place of a caller's number; all of them together are no person. `still_open`: in place of the time
    a case was closed.
    """

    no_caller: tuple[str, ...] = (
        "匿名", "保密", "未知", "未提供", "不详", "不愿透露", "拒绝提供", "隐藏", "无号码", "未留", "先生", "女士",
    )  # fmt: skip
    still_open: tuple[str, ...] = ("未办结", "未结案", "未完成", "办理中", "处理中", "处置中", "在办", "待办")


class Auditing(Row):
    """How long records of who did what are kept, what counts as unusual, and whether screens with cases are marked.

    `night`: from which hour to which (exports then are named). `other_streets_a_day`: how many different views of other
    streets somebody of a street may look at in a day.
    """

    keep_days: int = Field(default=200, ge=180)
    many_cases_an_hour: int = Field(default=60, ge=2)
    night: tuple[int, int] = (22, 6)
    other_streets_a_day: int = Field(default=20, ge=1)
    watermark: bool = True


class Limits(Row):
    """How many seconds a statement, and one run of a page, may take."""

    statement_seconds: float = Field(default=20, gt=0)
    page_seconds: float = Field(default=60, gt=0)


class Season(Row):
    """A stretch of every year in which other things are asked (供暖季): first and last day as MM-DD, both within.

    `category2`: the classes that it is about; the paper of the season tells of them by themselves.
    """

    name: str
    category2: tuple[str, ...] = ()
    first: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
    last: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")

    @property
    def first_day(self) -> tuple[int, int]:
        return int(self.first[:2]), int(self.first[3:])

    @property
    def last_day(self) -> tuple[int, int]:
        return int(self.last[:2]), int(self.last[3:])


class Settings(Row):
    district: District
    clock: Clock
    geography: Geography
    scoring: tuple[Scoring, ...]
    presets: tuple[Preset, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
    weak_spots: WeakSpots = WeakSpots()
    topics: TopicYear = TopicYear()
    grid: GridChannels = GridChannels()
    fusion: Fusion = Fusion()
    watch: Watch = Watch()
    versions: Versions = Versions()
    intake: Intake = Intake()
    audit: Auditing = Auditing()
    limits: Limits = Limits()
    words: dict[Literal["hotline", "grid"], Words] = Field(default={})
    seasons: tuple[Season, ...] = ()
    focus: tuple[Focus, ...] = ()


class IndexFile(Row):
    index: tuple[IndexRules, ...]
