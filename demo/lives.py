"""The course of a demo matter: who takes which step, when, in which words. Planned here, written in decisions.py."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TypeVar

from data_access.cases.filters import CaseFilter
from data_access.district.people import Actor
from data_access.district.profile import Profile, ProfileError
from data_access.district.programmes import Programme
from data_access.district.worktime import after_working_hours
from data_access.ledger.machine import deadline
from data_access.ledger.schema import OPEN
from demo.ledger_settings import Choices, LedgerSettings, Life, Reason, StepRule, WhistleReason

Telling = Callable[[datetime], dict[str, str]]
Choice = TypeVar("Choice")
Shared = TypeVar("Shared", Life, Reason, WhistleReason)


@dataclass(frozen=True)
class Step:
    at: datetime
    move: str  # OPEN for the first
    who: Actor
    text: str
    fields: dict[str, str]


@dataclass
class Draft:
    """A matter before it is written. `fields`: as its last planned step leaves them."""

    programme: Programme
    title: str
    facts: dict[str, str]  # what its texts may name besides its fields
    fields: dict[str, str]
    where: CaseFilter | None
    due_at: datetime
    parent: Draft | None
    steps: list[Step] = field(default_factory=list)
    number: str = ""  # once it is written
    seen: int = 0  # its events so far

    @property
    def opened_at(self) -> datetime:
        return self.steps[0].at

    @property
    def words(self) -> dict[str, str]:
        return {**self.facts, **self.fields}


class Author:
    """Plans the matters of one programme. What it draws depends on the seed and the programme's name alone."""

    def __init__(
        self, profile: Profile, settings: LedgerSettings, name: str, *, seed: int, scale: float, until: datetime
    ) -> None:
        self.profile, self.settings, self.scale, self.until = profile, settings, scale, until
        self.random = random.Random(f"{seed} {name}")
        self.office = profile.programmes.office
        self.drafts: list[Draft] = []
        self._casts: dict[tuple[object, ...], list[Actor]] = {}

    def count(self, at_full_scale: int) -> int:
        """How many at this scale; a small district still has a few of everything."""
        return max(min(self.settings.least, at_full_scale), round(at_full_scale * self.scale))

    def deal(self, weights: Mapping[Choice, float], size: int) -> list[Choice]:
        """`size` of the choices in random order, each as often as its weight asks, within one."""
        names, sums = list(weights), list(accumulate(weights.values()))
        choices = [names[bisect_right(sums, (nth + 0.5) / size * sums[-1])] for nth in range(size)]
        self.random.shuffle(choices)
        return choices

    def one_of(self, weights: Mapping[Choice, float]) -> Choice:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def deal_shares(self, choices: Sequence[Shared], size: int) -> list[Shared]:
        return [choices[nth] for nth in self.deal({nth: choice.share for nth, choice in enumerate(choices)}, size)]

    def lives(self, kind: str, size: int) -> list[Life]:
        return self.deal_shares(self.settings.kinds[kind].lives, size)

    def life(self, kind: str) -> Life:
        """A life drawn by its share. Dealt among few matters, as by `lives`, a rare one would never come up."""
        lives = self.settings.kinds[kind].lives
        return self.random.choices(lives, [life.share for life in lives])[0]

    def moment(self, first: datetime, last: datetime) -> datetime:
        return first + (last - first) * self.random.random()

    def reach(self, kind: str, move: str) -> set[str]:
        """The units that have somebody who may take that step."""
        roles = next(step.roles for step in self.profile.programme(kind).moves if step.name == move)
        return {person.unit for person in self.profile.people if person.unit and person.role in roles}

    def open(
        self,
        kind: str,
        after: datetime,
        facts: Mapping[str, str],
        fields: Mapping[str, str],
        *,
        life: Life | None = None,
        where: CaseFilter | None = None,
        due_at: datetime | None = None,
        due_hours: Mapping[float, float] | None = None,
        parent: Draft | None = None,
    ) -> Draft:
        """Plan the opening of a matter some time after `after`; without `due_at` the deadline is drawn."""
        kind_settings, programme = self.settings.kinds[kind], self.profile.programme(kind)
        words = {**facts, **fields}
        drawn = self._values({**kind_settings.opening.fields, **(life.opening if life else {})}, words)
        said = {name: value for name, value in {**drawn, **fields}.items() if value}
        at = self._when(kind_settings.opening, after)
        if due_at is None:
            hours = self.one_of(due_hours or kind_settings.due_hours)
            due_at = deadline(programme, at, hours, self.office).replace(microsecond=0)
        draft = Draft(programme, _filled(kind_settings.title, words), dict(facts), dict(said), where, due_at, parent)
        self._add(draft, kind_settings.opening, OPEN, programme.opens, at, said)
        self.drafts.append(draft)
        return draft

    def go_on(
        self, draft: Draft, names: Iterable[str], after: datetime | None = None, *, tell: Telling | None = None
    ) -> datetime:
        """Plan these steps one after another, the first some time after `after` (the last step so far).

        Returns the time of the last. `tell`: what the words may name at the moment of a step.
        """
        at = after or draft.steps[-1].at
        for name in names:
            step_rule = self.settings.kinds[draft.programme.kind].steps[name]
            move = next(move for move in draft.programme.moves if move.name == (step_rule.move or name))
            at = self._when(step_rule, at)
            draft.facts |= tell(at) if tell else {}
            fields = self._values(step_rule.fields, draft.words)
            self._add(draft, step_rule, move.name, move.roles, at, fields)
            draft.fields |= fields
        return at

    def _add(
        self, draft: Draft, step_rule: StepRule, move: str, roles: tuple[str, ...], at: datetime, fields: dict[str, str]
    ) -> None:
        cast = self._cast(step_rule, roles, draft.programme.restricted, draft.fields.get(step_rule.of, ""))
        text = _filled(self._drawn(step_rule.texts), {**draft.words, **fields})
        draft.steps.append(Step(at, move, self.random.choice(cast), text, fields))

    def _when(self, step_rule: StepRule, after: datetime) -> datetime:
        low, high = step_rule.hours
        hours = low * (high / low) ** self.random.random()
        at = after + timedelta(hours=hours) if step_rule.any_hour else after_working_hours(after, hours, self.office)
        return at.replace(microsecond=0)

    def _cast(self, step_rule: StepRule, roles: tuple[str, ...], restricted: bool, whose: str) -> list[Actor]:
        """Who may take the step: people.csv's in that role, or those of the unit (or name) that the field holds.

        Who is named for 一网情深 takes its steps, and no others.
        """
        key = (step_rule.role, roles, restricted, whose)
        if key not in self._casts:
            named = set(self.profile.programmes.care.users)
            people = [
                person
                for person in self.profile.people
                if (person.name in named) == restricted and person.role in roles
            ]
            people = [
                person
                for person in people
                if (person.role == step_rule.role if step_rule.role else whose in (person.unit, person.name))
            ]
            if not people:
                raise ProfileError(
                    f"people.csv 里没有{whose or step_rule.role}的人（{'、'.join(roles)}），演示台账无人可办"
                )
            self._casts[key] = [Actor(person.name, person.role, person.unit) for person in people]
        return self._casts[key]

    def _values(self, fields: Mapping[str, Choices], words: Mapping[str, str]) -> dict[str, str]:
        values = {name: _filled(self._drawn(choices), words) for name, choices in fields.items()}
        return {name: value for name, value in values.items() if value}

    def _drawn(self, choices: Choices) -> str:
        return self.random.choice(choices) if isinstance(choices, list) else self.one_of(choices)


def _filled(template: str, words: Mapping[str, str]) -> str:
    try:
        return template.format_map(words)
    except KeyError as error:
        raise ProfileError(f"demo_ledger.toml：“{template}”里的 {error} 在这里没有") from error
