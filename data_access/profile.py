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
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

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


class Scoring(Row):
    """Weights of the composite score and values of the grades, from `valid_from` on."""

    valid_from: dt.date
    response: float = Field(ge=0, le=1)
    resolution: float = Field(ge=0, le=1)
    satisfaction: float = Field(ge=0, le=1)
    partly_resolved: float = Field(ge=0, le=1)
    grades: dict[str, float]
    small_sample: int = Field(ge=1)
    note: str

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> Scoring:
        if abs(self.response + self.resolution + self.satisfaction - 1) > 1e-9:
            raise ValueError("三项权重之和必须为 1")
        return self


class TimeLimit(Row):
    limit_class: str
    valid_from: dt.date
    dispatch_hours: float
    handle_hours: float
    note: str = ""


class Settings(Row):
    district: District
    clock: Clock
    geography: Geography
    scoring: tuple[Scoring, ...]
    time_limits: tuple[TimeLimit, ...] = ()


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

    def __hash__(self) -> int:
        return hash((self.name, str(self.folder)))

    def scoring_at(self, day: dt.date) -> Scoring:
        """The scoring rules in force on `day` (the earliest ones before their start)."""
        rules = sorted(self.settings.scoring, key=lambda rule: rule.valid_from)
        return next((rule for rule in reversed(rules) if rule.valid_from <= day), rules[0])

    @property
    def boundaries(self) -> Path | None:
        """The street polygons' file, or None when the district brought none."""
        name = self.settings.geography.boundaries
        return self.folder / name if name else None


Model = TypeVar("Model", bound=Row)


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


def _read_settings(path: Path) -> Settings:
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ProfileError(f"{path}：缺少这个文件") from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}：{error}") from error
    except ValidationError as error:
        raise ProfileError(f"{path}，{_field_errors(error)}") from error


def load_profile(folder: Path) -> Profile:
    """Read and check one district's folder; raises `ProfileError`."""
    profile = Profile(
        name=folder.name,
        folder=folder,
        settings=_read_settings(folder / "district.toml"),
        streets=_read_csv(folder / "streets.csv", Street, required=True),
        communities=_read_csv(folder / "communities.csv", Community),
        categories=_read_csv(folder / "categories.csv", Category),
        units=_read_csv(folder / "units.csv", Unit),
        benchmarks=_read_csv(folder / "benchmarks.csv", Benchmark),
        topics=_read_csv(folder / "topics.csv", Topic),
    )
    _check_references(profile)
    return profile


def _check_references(profile: Profile) -> None:
    streets = {street.name for street in profile.streets}
    for line, community in enumerate(profile.communities, start=2):
        if community.street not in streets:
            raise ProfileError(
                f"{profile.folder / 'communities.csv'} 第 {line} 行，字段 street：“{community.street}”不在 streets.csv 中"
            )
    leaves = {category.category3 for category in profile.categories}
    for line, topic in enumerate(profile.topics, start=2):
        for name in topic.category3:
            if name not in leaves:
                raise ProfileError(
                    f"{profile.folder / 'topics.csv'} 第 {line} 行，字段 category3：“{name}”不在 categories.csv 中"
                )


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
