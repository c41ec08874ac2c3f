"""吹哨报到 of the demo district: a street calls several departments; they come, are scored, and some appeal."""

from __future__ import annotations

from collections import Counter
from typing import Any

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from demo.effects import opening, planted, title_of
from demo.evidence import alike, facts_of, latest, whistled
from demo.ledger_settings import WhistleReason
from demo.lives import Author, Draft


def whistles(author: Author, reader: Reader) -> None:
    """吹哨: for a case marked as whistled, with the ones like it before."""
    settings, chosen = author.settings.whistle, list[Any]()
    concerned = {name: called.units for called in settings.calls for name in called.category2}
    orders = whistled(reader, list(concerned), author.reach("whistle_call", "score"))
    titles = dict[str, str]()  # of the whistles whose effect is planted, by their case
    for effect, names in planted(author, reader, "whistle"):
        if row := latest(reader, names, opening(effect)):
            chosen.append(row)
            titles[row.case_id] = title_of(effect, names)
    first = Counter(row.created_at.year for row in chosen)
    for year, at_full_scale in settings.counts.items():
        pool = [row for row in orders if row.created_at.year == year and row.case_id not in titles]
        chosen += author.random.sample(pool, min(author.count(at_full_scale) - first[year], len(pool)))
    others = alike(reader, [row.case_id for row in chosen], settings.reach_days)
    reasons, sizes = author.deal_shares(settings.reasons, len(chosen)), author.deal(settings.called, len(chosen))
    manners = _manners(author)
    for row, reason, size in zip(chosen, reasons, sizes, strict=True):
        case_ids = (row.case_id, *others.get(row.case_id, ())[: settings.most_cases - 1])
        fields = {"street": row.street, "reason": reason.value, "place": facts_of(row)["place"]}
        draft = author.open("whistle", row.created_at.to_pydatetime(), facts_of(row), fields,
                            where=CaseFilter(case_id=case_ids), due_hours=reason.due_hours)  # fmt: skip
        draft.title = titles.get(row.case_id, draft.title)
        named = [row.unit, *author.random.sample(concerned[row.category2], len(concerned[row.category2]))]
        units = [unit for unit in dict.fromkeys(named) if unit in manners][:size]  # the case's own department first
        calls = [_call(author, draft, unit) for unit in units]
        _live(author, draft, calls, reason, manners)


def _manners(author: Author) -> dict[str, float]:
    """How often each department is late or absent, as a multiple of the mean."""
    streets, spread = {street.name for street in author.profile.streets}, author.settings.whistle.spread
    units = sorted(author.reach("whistle_call", "arrive") - streets)
    return {unit: author.random.lognormvariate(-(spread**2) / 2, spread) for unit in units}


def _call(author: Author, draft: Draft, unit: str) -> Draft:
    fields = {"unit": unit, "street": draft.fields["street"]}
    return author.open("whistle_call", draft.opened_at, draft.facts, fields, due_at=draft.due_at, parent=draft)


def _live(author: Author, draft: Draft, calls: list[Draft], reason: WhistleReason, manners: dict[str, float]) -> None:
    if author.random.random() < author.settings.whistle.withdrawn:
        author.go_on(draft, ["withdraw"], after=max(author.go_on(call, ["cancel"]) for call in calls))
        return
    scores = [_arrive(author, call, reason, manners[call.fields["unit"]]) for call in calls]
    came = [call.steps[-1].at for call in calls if len(call.steps) > 1]
    finished = author.go_on(draft, ["begin", "finish"], after=min(came, default=draft.due_at))
    for call, score in zip(calls, scores, strict=True):
        author.go_on(call, [score], after=max(finished, call.steps[-1].at))
    author.go_on(draft, ["close"], after=max(author.go_on(call, _ending(author, call)) for call in calls))


def _ending(author: Author, call: Draft) -> list[str]:
    """Whoever was marked low may appeal; the others accept."""
    settings, marks = author.settings.whistle, [float(call.fields[line.field]) for line in call.programme.sheet]
    if min(marks) <= settings.low and author.random.random() < settings.appeals:
        return author.life("whistle_call").steps
    return ["accept"]


def _arrive(author: Author, call: Draft, reason: WhistleReason, manner: float) -> str:
    """The department comes, comes late, or not at all; returns how it is scored for that."""
    settings, chance = author.settings.whistle, author.random.random()
    if chance < settings.absent * manner:
        return "score_absent"
    if chance < (settings.absent + settings.late) * manner:
        author.go_on(call, ["arrive_late"], after=call.due_at)
        return "score_late"
    author.go_on(call, [reason.arrive])
    return "score"
