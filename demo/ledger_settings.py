"""A profile's demo_ledger.toml, validated on load: what the demo district decides, how often, and in which words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

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
    of: str = ""  # … or the one whose unit (or name) that field holds
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


def ledger_rules(profile: Profile) -> Path:
    return profile.folder / "demo_ledger.toml"


def load_ledger(profile: Profile) -> LedgerSettings:
    """Read demo_ledger.toml of `profile`; raises `ProfileError` naming the field."""
    path = ledger_rules(profile)
    settings = read(path, LedgerSettings)
    programmes = {one.kind: one for one in profile.programmes.programmes}
    if unknown := sorted(settings.kinds.keys() - programmes.keys()):
        raise ProfileError(f"{path}，字段 kinds：programmes.toml 里没有“{'、'.join(unknown)}”")
    for kind, rules in settings.kinds.items():
        for field, name in _unknown(rules, programmes[kind], set(profile.programmes.roles)):
            raise ProfileError(f"{path}，字段 kinds.{kind}.{field}：不认识“{name}”")
    return settings


def _unknown(kind: Kind, programme: Programme, roles: set[str]) -> Iterator[tuple[str, str]]:
    """What demo_ledger.toml says and programmes.toml does not know: where it stands, and the name."""
    moves, fields = {one.name for one in programme.moves}, {one.name for one in programme.fields}
    for name, rule in kind.steps.items():
        if (rule.move or name) not in moves:
            yield f"steps.{name}", rule.move or name
    for name, rule in {"opening": kind.opening, **{f"steps.{name}": rule for name, rule in kind.steps.items()}}.items():
        yield from ((f"{name}.fields", one) for one in rule.fields.keys() - fields)
        if not (rule.role in roles if rule.role else rule.of in fields):
            yield f"{name}.role", rule.role or rule.of
    for life in kind.lives:
        yield from (("lives.steps", one) for one in life.steps if one not in kind.steps)
        yield from (("lives.opening", one) for one in life.opening.keys() - fields)
