"""A profile's demo_ledger.toml, validated on load: what the demo district decides, how often, and in which words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from data_access.district.profile import Profile, ProfileError
from data_access.district.programmes import Programme
from demo.settings import Part, Weights, read

Choices = list[str] | Weights  # equally likely, or with their weights
Range = tuple[float, float]
Days = tuple[dt.date, dt.date]


class StepRule(Part):
    """A step as the demo district takes it: by whom, how long after the one before, saying what."""

    move: str = ""  # of programmes.toml; '' = the rule's own name
    role: str = ""  # somebody of that role …
    of: str = ""  # … or the person whose unit (or name) the field of this name holds
    hours: Range = Field(description="office hours after the step before; the fewer the likelier")
    any_hour: bool = False  # hours of the clock instead: nights and weekends too
    texts: Choices = Field(default=[""])
    fields: dict[str, Choices] = Field(default={})


class Life(Part):
    """The steps a matter takes one after another, and what its opening then says."""

    share: float = Field(gt=0)
    steps: list[str]
    opening: dict[str, Choices] = Field(default={})


class Kind(Part):
    title: str
    opening: StepRule
    due_hours: dict[float, float] = Field(default={})  # hours -> weight; none: the deadline is given otherwise
    lives: list[Life] = Field(default=[])
    steps: dict[str, StepRule] = Field(default={})


class Reason(Part):
    value: str
    share: float
    sign: Literal["due", "overdue", "rework", "dissatisfied", "repeat", "any"]


class Supervision(Part):
    counts: dict[int, int]
    cases: dict[int, float]
    reach_days: float
    reasons: list[Reason]


class WhistleReason(Part):
    value: str
    share: float
    due_hours: dict[float, float]
    arrive: str


class Called(Part):
    category2: list[str]
    units: list[str]


class Whistle(Part):
    counts: dict[int, int]
    reach_days: float
    most_cases: int
    called: dict[int, float]
    late: float
    absent: float
    withdrawn: float
    low: float
    appeals: float
    spread: float
    reasons: list[WhistleReason]
    calls: list[Called]


class HardYear(Part):
    year: int
    opened: Days
    evidence: Days
    label: str
    due: dt.date
    spots: dict[str, int]  # dimension -> how many


class HardCase(Part):
    leave_out: list[str]  # categories of any level
    years: list[HardYear]
    by: dict[str, list[str]]  # dimension -> what its weak spots are grouped by
    titles: dict[str, str]


class Milestones(Part):
    count: tuple[int, int]
    titles: list[str]


class TopicYear(Part):
    year: int
    opened: Days
    due: dt.date
    months: Days  # the first and the last month that is reported on
    label: str


class TopicList(Part):
    count: tuple[int, int]
    elsewhere: float
    titles: list[str]


class TopicRules(Part):
    years: list[TopicYear]
    lists: dict[str, TopicList]


class Compared(Part):
    known: str
    unknown: str
    month: str


class Patrol(Part):
    counts: dict[int, int]
    gap_days: float
    most_cases: int


class CareRules(Part):
    counts: dict[dt.date, int]


class Effect(Part):
    """A matter whose effect is planted: its cases are fewer from `starts` on, or (a change of 0) nothing happens."""

    kind: Literal["supervision", "whistle", "hard_case"]
    title: str  # may name what `where` names
    dimension: str = ""  # of a hard case
    where: dict[str, str]  # street, community, category2 -> name
    opens: dt.date  # a hard case: any day of its year
    starts: dt.date | None = None  # of the change; none: the day of the opening
    change: float = Field(gt=-1, le=0)
    after_peak: int = 0  # days: `street` is the one whose own cases rose most in so many days before

    @model_validator(mode="after")
    def _knows_where(self) -> Effect:
        if self.where.keys() - {"street", "community", "category2"}:
            raise ValueError("where 只认 street、community、category2")
        if "category2" not in self.where or (self.change and not self.where.keys() & {"street", "community"}):
            raise ValueError("where 要写 category2；有变化的还要写 street 或 community")
        return self


class LedgerSettings(Part):
    least: int = Field(ge=1)
    kinds: dict[str, Kind]
    supervision: Supervision
    whistle: Whistle
    hard_case: HardCase
    milestones: Milestones
    part_slack_days: Range
    topic: TopicRules
    compared: Compared
    patrol: Patrol
    care: CareRules
    effects: list[Effect] = Field(default=[])


def ledger_rules(profile: Profile) -> Path:
    return profile.folder / "demo_ledger.toml"


def load_ledger(profile: Profile) -> LedgerSettings:
    """Read demo_ledger.toml of `profile`; raises `ProfileError` naming the field."""
    path = ledger_rules(profile)
    settings = read(path, LedgerSettings)
    programmes = {programme.kind: programme for programme in profile.programmes.programmes}
    if unknown := sorted(settings.kinds.keys() - programmes.keys()):
        raise ProfileError(f"{path}，字段 kinds：programmes.toml 里没有“{'、'.join(unknown)}”")
    for kind, kind_settings in settings.kinds.items():
        for field, name in _unknown(kind_settings, programmes[kind], set(profile.programmes.roles)):
            raise ProfileError(f"{path}，字段 kinds.{kind}.{field}：不认识“{name}”")
    known = {
        "street": {street.name for street in profile.streets},
        "community": {community.name for community in profile.communities},
        "category2": {category.category2 for category in profile.categories},
    }
    for effect in settings.effects:
        for column, name in effect.where.items():
            if name not in known[column]:
                raise ProfileError(f"{path}，字段 effects.where.{column}：不认识“{name}”")
    return settings


def planted_effects(profile: Profile) -> list[Effect]:
    """What the cases of the demo district must show; a district without demo_ledger.toml has planted nothing."""
    return load_ledger(profile).effects if ledger_rules(profile).exists() else []


def _unknown(kind: Kind, programme: Programme, roles: set[str]) -> Iterator[tuple[str, str]]:
    """What demo_ledger.toml says and programmes.toml does not know: where it stands, and the name."""
    moves, fields = {move.name for move in programme.moves}, {field.name for field in programme.fields}
    for name, step in kind.steps.items():
        if (step.move or name) not in moves:
            yield f"steps.{name}", step.move or name
    for name, step in {"opening": kind.opening, **{f"steps.{name}": step for name, step in kind.steps.items()}}.items():
        yield from ((f"{name}.fields", field) for field in step.fields.keys() - fields)
        if not (step.role in roles if step.role else step.of in fields):
            yield f"{name}.role", step.role or step.of
    for life in kind.lives:
        yield from (("lives.steps", step) for step in life.steps if step not in kind.steps)
        yield from (("lives.opening", field) for field in life.opening.keys() - fields)
