"""The demo district's ledger: two years of every programme, written step by step through the state machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from data_access.cases.reader import Reader
from data_access.district.profile import Profile
from data_access.ledger.ledger import Ledger
from data_access.ledger.pen import Pen
from data_access.ledger.schema import OPEN
from demo.ledger_settings import load_ledger
from demo.lives import Author, Draft, Step
from demo.orders import cares, patrols, supervisions
from demo.undertakings import hard_cases, topics
from demo.whistles import whistles

AT_ONCE = 1000  # steps in one transaction
PLANS = (supervisions, whistles, patrols, cares, hard_cases, topics)
Progress = Callable[[int, int], None]


def decide(ledger: Ledger, reader: Reader, *, seed: int, scale: float, progress: Progress | None = None) -> int:
    """Write what the demo district decided until the data's clock; returns the number of events.

    The same store, seed and scale give the same events. Raises `Refused` where the rules forbid a planned step.
    """
    if not reader.has_data:
        return 0
    profile, until, drafts = _with_care(ledger.profile), reader.as_of, list[Draft]()
    settings = load_ledger(profile)
    for plan in PLANS:
        author = Author(profile, settings, plan.__name__, seed=seed, scale=scale, until=until)
        plan(author, reader)
        drafts += author.drafts
    return _write(replace(ledger, profile=profile), drafts, until, progress)


def _with_care(profile: Profile) -> Profile:
    """The profile with 一网情深 on. With it off the machine refuses the matters that are there to see once it is on."""
    care = profile.programmes.care.model_copy(update={"enabled": True})
    return profile.model_copy(update={"programmes": profile.programmes.model_copy(update={"care": care})})


def _write(ledger: Ledger, drafts: list[Draft], until: datetime, progress: Progress | None) -> int:
    """Write all steps by their times; those of equal time as planned: parents before parts, a matter's own in turn."""
    planned = [(draft, step) for draft in drafts for step in draft.steps if step.at <= until]
    planned.sort(key=lambda pair: pair[1].at)
    for start in range(0, len(planned), AT_ONCE):
        with ledger.writing() as pen:
            for draft, step in planned[start : start + AT_ONCE]:
                _take(pen, draft, step)
        if progress:
            progress(min(start + AT_ONCE, len(planned)), len(planned))
    return len(planned)


def _take(pen: Pen, draft: Draft, step: Step) -> None:
    if step.move == OPEN:
        parent = draft.parent.number if draft.parent else ""
        draft.number = pen.open(
            draft.programme, step.who, draft.title, fields=step.fields, where=draft.where, due_at=draft.due_at,
            text=step.text, parent=parent, at=step.at,
        )  # fmt: skip
    else:
        pen.move(draft.number, step.move, step.who, seen=draft.seen, text=step.text, fields=step.fields, at=step.at)
    draft.seen += 1
