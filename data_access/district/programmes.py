"""What the district's programmes are, as a profile's programmes.toml says it: stages, moves, fields, lights, scores.

One state machine (data_access/ledger/machine.py) serves every kind of matter named here. A kind may belong to another
(`parent`): the departments a whistle calls, a topic's lists, a hard case's milestones are matters of their own.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from data_access.district.models import Row

VOID = "撤销"  # where an undone opening ends; every kind has it
NAME = r"^[a-z_]+$"
# Columns of every list of matters (Ledger.matters): a field of the same name would overwrite one of them.
TAKEN = {
    "matter_id", "kind", "title", "stage", "fields", "parent", "cases", "due_at", "opened_at", "changed_at", "events",
    "light", "over", "reminder", "score",
}  # fmt: skip


class Person(Row):
    """Somebody who may look and act. `unit`: the person's, as units.csv names it. `login`: the account."""

    name: str
    role: str
    unit: str = ""
    login: str = ""


class FieldRule(Row):
    """One field of a matter; its value is kept as text, '' = not said."""

    name: str = Field(pattern=NAME)
    label: str
    # moment: the time of a step, written by the move that `stamps` it; secret: a caller's key, given by the page at the
    # opening and shown as a pseudonym.
    kind: Literal["text", "unit", "street", "number", "day", "score", "moment", "secret"] = "text"
    options: tuple[str, ...] = ()  # the values allowed; none: any
    low: float | None = None
    high: float | None = None
    copies: str = ""  # the field whose value this one takes at the opening; no step changes it (首接单位)
    rises: bool = False  # may only go up among its options (催办 → 督办 → 提级)
    default: str = ""
    help: str = ""

    def problem(self, value: str) -> str:
        """Why the field cannot hold the value, '' when it can."""
        if not value:
            return ""
        if self.options and value not in self.options:
            return f"“{self.label}”只能是：{'、'.join(self.options)}"
        if self.kind == "day":
            return "" if _is_day(value) else f"“{self.label}”要写成 2022-05-01 这样的日期"
        if self.kind not in ("number", "score"):
            return ""
        number = _number(value)
        if number is None:
            return f"“{self.label}”要填数字，收到“{value}”"
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            return f"“{self.label}”应在 {self.low:g} 到 {self.high:g} 之间"
        return ""

    @model_validator(mode="after")
    def _bounds_come_together(self) -> FieldRule:
        if (self.low is None) != (self.high is None):
            raise ValueError("low 与 high 须同时写")
        if self.kind == "score" and self.low is None:
            raise ValueError("评分字段须写 low、high")
        return self


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


class Move(Row):
    """A step that may be taken: from any stage of `from_` (none named: any that is not an end) to the stage `to`."""

    name: str = Field(pattern=NAME)
    label: str
    from_: tuple[str, ...] = Field(default=(), alias="from")
    to: str = ""  # '' = the matter stays in its stage
    roles: tuple[str, ...] = Field(min_length=1)
    own: str = ""  # the field that must be the actor's own unit, unless their role acts everywhere
    requires: tuple[str, ...] = ()  # fields that must be filled
    asks: tuple[str, ...] = ()  # fields that may be filled
    stamps: str = ""  # the field of kind moment that takes the time of the step
    needs_text: bool = False
    children_over: bool = False  # only once all parts of the matter are over
    bulk: bool = False  # may be taken for many matters at once


class Item(Row):
    """One line of a score sheet: a field of kind score and its weight."""

    field: str
    weight: float = Field(gt=0)


class Reminder(Row):
    """The text shown on a matter that has stood in `stage` for `after_hours` (office hours where `working_time`)."""

    stage: str
    after_hours: float = Field(gt=0)
    text: str


class Programme(Row):
    """A kind of matter: its stages in order, who may move it, what it must say, when its light changes."""

    kind: str = Field(pattern=NAME)
    title: str
    prefix: str  # a matter's number is prefix, year, running number
    parent: str = ""  # the kind of matter that its matters are parts of
    stages: tuple[str, ...] = Field(min_length=2)
    ends: tuple[str, ...] = Field(min_length=1)  # stages in which a matter is over
    opens: tuple[str, ...] = Field(min_length=1)  # roles that may open a matter
    own: str = ""  # as in Move, for the opening
    lead: str = ""  # the field that says who is responsible
    requires: tuple[str, ...] = ()  # fields an opening must fill
    asks: tuple[str, ...] = ()  # fields an opening may fill
    fields: tuple[FieldRule, ...] = ()
    moves: tuple[Move, ...] = ()
    sheet: tuple[Item, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    goal: int = Field(default=0, ge=0)  # how many the campaign is to finish, over the years; 0: none is set
    restricted: bool = False  # only for the people the profile lists by name ([care] users)
    # Hours before the deadline at which the light turns yellow, orange; it is red once the deadline is past. Office
    # hours where `working_time`.
    yellow_hours: float = Field(default=24, ge=0)
    orange_hours: float = Field(default=4, ge=0)
    timed: tuple[str, ...] = ()  # the stages in which the deadline runs; none: all until the end
    due_hours: float = Field(default=48, gt=0)  # from the opening to the deadline that the form proposes
    working_time: bool = False
    # The effect (成效) compares so many days after the end with the history before the opening, over all cases that
    # share the matter's values of `effect_by`: the matter's own cases are closed and do not come again. The history
    # leaves out the last `effect_gap` days, whose many cases led to the choice and would fall by themselves; of the
    # rates, the newest `effect_settled` days count only later: those called back first are the easy ones.
    effect_days: int = Field(default=90, ge=7)
    effect_gap: int = Field(default=90, ge=0)
    effect_settled: int = Field(default=30, ge=0)
    effect_by: tuple[str, ...] = ()

    def field(self, name: str) -> FieldRule:
        return next(field for field in self.fields if field.name == name)

    @property
    def came_to_nothing(self) -> tuple[str, ...]:
        """The stages of what was undone or withdrawn, and so counts for nobody: every end but the first."""
        return (VOID, *self.ends[1:])

    def is_over(self, stage: str) -> bool:
        return stage == VOID or stage in self.ends

    def score(self, fields: dict[str, str]) -> float | None:
        """The sheet's score 0..100 by its weights; None unless every line is filled."""
        values = [(item.weight, self.field(item.field), fields.get(item.field, "")) for item in self.sheet]
        if not values or not all(value for _, _, value in values):
            return None
        shares = [(weight, (float(value) - field.low) / (field.high - field.low)) for weight, field, value in values]  # type: ignore[operator]
        return 100 * sum(weight * share for weight, share in shares) / sum(weight for weight, _ in shares)

    @model_validator(mode="after")
    def _names_are_known(self) -> Programme:
        stages, fields = set(self.stages), {field.name for field in self.fields}
        asked = {
            *self.ends,
            *(stage for move in self.moves for stage in (*move.from_, *((move.to,) if move.to else ()))),
        }
        asked |= {reminder.stage for reminder in self.reminders} | set(self.timed)
        if unknown := asked - stages:
            raise ValueError(f"{self.title}：没有这些阶段：{'、'.join(sorted(unknown))}")
        named = {
            *self.requires,
            *self.asks,
            *(item.field for item in self.sheet),
            *(field.copies for field in self.fields),
        }
        named |= {name for move in self.moves for name in (*move.requires, *move.asks, move.own, move.stamps)}
        if unknown := (named | {self.own, self.lead}) - fields - {""}:
            raise ValueError(f"{self.title}：没有这些字段：{'、'.join(sorted(unknown))}")
        stamped = {move.stamps for move in self.moves} - {""}
        if stamped != {field.name for field in self.fields if field.kind == "moment"}:
            raise ValueError(f"{self.title}：kind = moment 的字段须由某一步 stamps 写入，也只能由它写入")
        secret = {field.name for field in self.fields if field.kind == "secret"}
        if asked_for := secret & {name for move in self.moves for name in (*move.requires, *move.asks)}:
            raise ValueError(f"{self.title}：kind = secret 的字段只在发起时写入：{'、'.join(sorted(asked_for))}")
        if secret and not self.restricted:
            raise ValueError(f"{self.title}：有 kind = secret 的字段，须写 restricted = true")
        if fields & TAKEN:
            raise ValueError(f"{self.title}：这些字段名已有他用：{'、'.join(sorted(fields & TAKEN))}")
        if unknown := {item.field for item in self.sheet if self.field(item.field).kind != "score"}:
            raise ValueError(f"{self.title}：评分表只能用 score 字段：{'、'.join(sorted(unknown))}")
        return self


class Office(Row):
    """Office hours of a working day, as pairs of hours."""

    spans: tuple[tuple[float, float], ...] = ((9, 12), (13, 18))

    @model_validator(mode="after")
    def _spans_are_in_order(self) -> Office:
        hours = [hour for span in self.spans for hour in span]
        if not hours or hours != sorted(hours) or len(set(hours)) < len(hours) or not 0 <= hours[0] < hours[-1] <= 24:
            raise ValueError("office.spans 须为从早到晚、不重叠的小时段，例如 [[9, 12], [13, 18]]")
        return self


class Points(Row):
    """One sign of an important case and its points; data_access/cases/priority.py says what each rule looks at."""

    rule: Literal[
        "overdue", "due_within", "urgency", "words", "crowd", "group", "repeats", "dissatisfied", "unresolved",
        "returned", "hard_case", "leader_note",
    ]  # fmt: skip
    label: str
    points: float = Field(gt=0)
    # Points more for each whole day past the deadline, and how many more at most; only for `overdue`.
    per_day: float = Field(default=0, ge=0)
    per_day_most: float = Field(default=0, ge=0)
    hours: float = 0
    least: int = 0
    words: tuple[str, ...] = ()  # each has to stand in the text as a word of its own
    apart: tuple[str, ...] = ()  # longer words in which one of `words` does not count
    values: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """The sign and its points, as people read them."""
        if self.rule != "overdue":
            return f"{self.label} {self.points:g}"
        if not self.grows:
            return f"{self.label} {self.points:g}（不随逾期时间增加）"
        return f"{self.label} {self.points:g}，每满一天再加 {self.per_day:g}（最多再加 {self.per_day_most:g}）"

    @property
    def grows(self) -> bool:
        return self.per_day > 0

    @model_validator(mode="after")
    def _only_delay_grows(self) -> Points:
        if (self.per_day > 0) != (self.per_day_most > 0):
            raise ValueError("per_day 与 per_day_most 须同时写")
        if self.grows and self.rule != "overdue":
            raise ValueError("per_day 只用于 overdue（已逾期）")
        return self


class Care(Row):
    """一网情深: who is offered care. Off unless the profile says so, and then only for the users it names."""

    enabled: bool = False
    users: tuple[str, ...] = ()
    least_cases: int = Field(default=5, ge=2)  # cases of one caller within the days
    days: int = Field(default=180, ge=1)
    crowds: tuple[str, ...] = ()  # 人群 for which half as many cases are enough


class Programmes(Row):
    """programmes.toml: the roles, which of them act for the whole district, and the programmes."""

    roles: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()
    undo_minutes: float = Field(default=10, ge=0)
    office: Office = Office()
    priority: tuple[Points, ...] = ()
    priority_days: int = Field(default=30, ge=1)  # how long a bad callback keeps a closed case on the list
    care: Care = Care()
    programmes: tuple[Programme, ...] = ()

    @model_validator(mode="after")
    def _numbers_are_the_programmes_own(self) -> Programmes:
        if len({programme.prefix for programme in self.programmes}) < len(self.programmes):
            raise ValueError("每类事项的编号字头（prefix）须各不相同")
        return self

    @model_validator(mode="after")
    def _roles_and_parents_are_known(self) -> Programmes:
        kinds = {programme.kind for programme in self.programmes}
        for programme in self.programmes:
            named = {*programme.opens, *(role for move in programme.moves for role in move.roles)}
            if unknown := named - set(self.roles):
                raise ValueError(f"{programme.title}：没有这些角色：{'、'.join(sorted(unknown))}")
            if programme.parent and programme.parent not in kinds - {programme.kind}:
                raise ValueError(f"{programme.title}：没有这类事项：{programme.parent}")
        if unknown := set(self.everywhere) - set(self.roles):
            raise ValueError(f"everywhere：没有这些角色：{'、'.join(sorted(unknown))}")
        return self
