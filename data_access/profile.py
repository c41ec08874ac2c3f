"""A district as data: one folder under profiles/, validated on load.

An error names file, line and field (`ProfileError`), so that whoever edits a CSV can mend it.
Rules carry `valid_from`; ask for the rule at a day, never for a year in code.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import os
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from data_access.schema import DIMENSIONS_75

PROFILES = Path(__file__).resolve().parent.parent / "profiles"


class ProfileError(ValueError):
    """A profile file that cannot be used; the message names file, line and field."""


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_unknown(cls, value: Any, info: Any) -> Any:
        field = cls.model_fields[info.field_name]
        return field.get_default() if value == "" and not field.is_required() else value


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
    category3: tuple[str, ...]
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


class Clock(Row):
    assessment_month_start: int = Field(ge=1, le=28)
    assessment_day_start: int = Field(ge=0, le=23)
    stale_after_hours: float = Field(gt=0)
    repeat_window_days: int = Field(gt=0)


class Geography(Row):
    crs: Literal["WGS-84", "GCJ-02", "BD-09"] = "WGS-84"
    boundaries: str = ""
    boundaries_note: str = ""
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
    small_sample: int = Field(ge=1)
    # Equal scores: the larger volume first, or one shared place. The headline: all callbacks pooled, or units' mean.
    ties: Literal["volume", "shared"] = "volume"
    headline: Literal["pooled", "mean"] = "pooled"
    note: str

    _sum = model_validator(mode="after")(_weights_sum_to_one)


class TimeLimit(Row):
    limit_class: str
    valid_from: dt.date
    dispatch_hours: float
    handle_hours: float
    note: str = ""


class Indicator(Row):
    """One indicator of the 七有五性 index; without goalposts, the base year's spread sets them."""

    name: str
    label: str
    measure: str
    weight: float = Field(gt=0)
    better: Literal["up", "down", ""] = ""
    goalposts: tuple[float, float] | None = None
    against_base: bool = False
    filter: dict[str, tuple[str, ...]] = {}
    dimensions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _goalposts_rise(self) -> Indicator:
        if self.goalposts and self.goalposts[0] >= self.goalposts[1]:
            raise ValueError("goalposts 须为 [最低, 最高]，且最低小于最高")
        return self


class Preset(Row):
    """Weights to look at beside the ones in force."""

    name: str
    response: float = Field(ge=0, le=1)
    resolution: float = Field(ge=0, le=1)
    satisfaction: float = Field(ge=0, le=1)

    _sum = model_validator(mode="after")(_weights_sum_to_one)


class IndexRules(Row):
    """How the 七有五性 index is made, from `valid_from` on."""

    valid_from: dt.date
    label: str
    note: str
    base_year: int
    aggregation: Literal["arithmetic", "geometric"] = "arithmetic"
    min_cases: int = Field(default=10, ge=1)
    min_known: float = Field(default=0.5, gt=0, le=1)
    winsorise_at_most: int = Field(default=5, ge=0)
    dimension_weights: dict[str, float] = {}
    indicators: tuple[Indicator, ...] = Field(min_length=1)

    @property
    def is_geometric(self) -> bool:
        return self.aggregation == "geometric"

    @model_validator(mode="after")
    def _known_dimensions(self) -> IndexRules:
        named = {*self.dimension_weights, *(name for one in self.indicators for name in one.dimensions)}
        if unknown := named - set(DIMENSIONS_75):
            raise ValueError(f"不是七有五性的维度：{'、'.join(sorted(unknown))}")
        return self


class Keywords(Row):
    """Words by which 人群 and 行业 are told from a text: label -> words."""

    sources: tuple[Literal["hotline", "grid"], ...] = ("hotline",)
    crowd: dict[str, tuple[str, ...]] = {}
    industry: dict[str, tuple[str, ...]] = {}


class WeakSpots(Row):
    """When a weak spot is a candidate: signs of the four, and cases in the period."""

    least_signs: int = Field(default=3, ge=1, le=4)
    least_volume: int = Field(default=30, ge=1)


class Settings(Row):
    district: District
    clock: Clock
    geography: Geography
    scoring: tuple[Scoring, ...]
    presets: tuple[Preset, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
    weak_spots: WeakSpots = WeakSpots()


class Profile(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    name: str
    folder: Path
    settings: Settings
    streets: tuple[Street, ...]
    communities: tuple[Community, ...]
    categories: tuple[Category, ...]
    units: tuple[Unit, ...]
    benchmarks: tuple[Benchmark, ...]
    topics: tuple[Topic, ...]
    index: tuple[IndexRules, ...] = ()
    keywords: Keywords | None = None

    def __hash__(self) -> int:
        return hash((self.name, str(self.folder)))

    def scoring_at(self, day: dt.date) -> Scoring:
        """The scoring rules in force on `day` (the earliest ones before their start)."""
        return _in_force(self.settings.scoring, day)

    def index_at(self, day: dt.date) -> IndexRules | None:
        """The rules of the 七有五性 index in force on `day`; None where the profile has none."""
        return _in_force(self.index, day) if self.index else None

    @property
    def boundaries(self) -> Path | None:
        """The street polygons' file, or None when the district brought none."""
        name = self.settings.geography.boundaries
        return self.folder / name if name else None


Dated = TypeVar("Dated", Scoring, IndexRules)
Model = TypeVar("Model", bound=Row)


def _in_force(rules: Sequence[Dated], day: dt.date) -> Dated:
    ordered = sorted(rules, key=lambda rule: rule.valid_from)
    return next((rule for rule in reversed(ordered) if rule.valid_from <= day), ordered[0])


def _field_errors(error: ValidationError) -> str:
    return "；".join(
        f"字段 {'.'.join(str(part) for part in item['loc']) or '（整行）'}：{item['msg']}" for item in error.errors()
    )


def _read_csv(path: Path, model: type[Model], *, required: bool = False) -> tuple[Model, ...]:
    if not path.exists():
        if required:
            raise ProfileError(f"{path}：缺少这个文件")
        return ()
    rows = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for record in reader:
            try:
                rows.append(model.model_validate(record))
            except ValidationError as error:
                raise ProfileError(f"{path} 第 {reader.line_num} 行，{_field_errors(error)}") from error
    return tuple(rows)


class IndexFile(Row):
    index: tuple[IndexRules, ...]


def _read_toml(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ProfileError(f"{path}：缺少这个文件") from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}：{error}") from error
    except ValidationError as error:
        raise ProfileError(f"{path}，{_field_errors(error)}") from error


def load_profile(folder: Path) -> Profile:
    """Read and check one district's folder; raises `ProfileError`."""
    indicators, keywords = folder / "indicators.toml", folder / "keywords.toml"
    profile = Profile(
        name=folder.name,
        folder=folder,
        settings=_read_toml(folder / "district.toml", Settings),
        streets=_read_csv(folder / "streets.csv", Street, required=True),
        communities=_read_csv(folder / "communities.csv", Community),
        categories=_read_csv(folder / "categories.csv", Category),
        units=_read_csv(folder / "units.csv", Unit),
        benchmarks=_read_csv(folder / "benchmarks.csv", Benchmark),
        topics=_read_csv(folder / "topics.csv", Topic),
        index=_read_toml(indicators, IndexFile).index if indicators.exists() else (),
        keywords=_read_toml(keywords, Keywords) if keywords.exists() else None,
    )
    _check_references(profile)
    return profile


def _check_known(path: Path, field: str, values: Iterable[str | tuple[str, ...]], known: set[str], where: str) -> None:
    """Raise for the first value (the rows of `path` in order) that is not among the known names."""
    for line, value in enumerate(values, start=2):
        for name in (value,) if isinstance(value, str) else value:
            if name and name not in known:
                raise ProfileError(f"{path} 第 {line} 行，字段 {field}：“{name}”不在{where}中")


def _check_names(path: Path, rows: Sequence[Street | Community | Unit]) -> None:
    """A name or alias stands for one row only: an import could not choose between two."""
    owner: dict[str, str] = {}
    for line, row in enumerate(rows, start=2):
        for name in (row.name, *row.aliases):
            if owner.setdefault(name, row.name) != row.name:
                raise ProfileError(f"{path} 第 {line} 行，字段 aliases：“{name}”也是“{owner[name]}”的名称或别名")


def _check_references(profile: Profile) -> None:
    folder, categories = profile.folder, profile.categories
    streets = {street.name for street in profile.streets}
    units = {unit.name for unit in profile.units}
    leaves = {category.category3 for category in categories}
    limits = {limit.limit_class for limit in profile.settings.time_limits}
    table = folder / "categories.csv"
    _check_known(
        folder / "communities.csv", "street", (c.street for c in profile.communities), streets, " streets.csv "
    )
    _check_known(table, "dimension", (c.dimension for c in categories), set(DIMENSIONS_75), "七有五性")
    _check_known(table, "unit", (c.unit for c in categories), units, " units.csv ")
    _check_known(table, "limit_class", (c.limit_class for c in categories), limits, " district.toml 的 time_limits ")
    _check_known(folder / "topics.csv", "category3", (t.category3 for t in profile.topics), leaves, " categories.csv ")
    _check_known(folder / "topics.csv", "lead_unit", (t.lead_unit for t in profile.topics), units, " units.csv ")
    _check_names(folder / "streets.csv", profile.streets)
    _check_names(folder / "communities.csv", profile.communities)
    _check_names(folder / "units.csv", profile.units)


def _shipped() -> list[str]:
    return sorted(path.parent.name for path in PROFILES.glob("*/district.toml"))


@functools.cache
def _loaded(name: str) -> Profile:
    if name not in _shipped():
        raise ProfileError(f"没有名为“{name}”的区情配置；现有：{'、'.join(_shipped())}")
    return load_profile(PROFILES / name)


def current_profile(name: str | None = None) -> Profile:
    """The profile by name, by `DISTRICT_PROFILE`, or the first one in profiles/."""
    return _loaded(name or os.environ.get("DISTRICT_PROFILE") or _shipped()[0])
