"""督办, 网格融合 and 一网情深 of the demo district: short matters, each about a few of its cases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from operator import attrgetter
from typing import Any

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.vocabulary import HOTLINE
from demo.effects import SEARCH, opening, planted, title_of
from demo.evidence import STAYS, complaints, facts_of, pressing, regulars
from demo.ledger_settings import Life, Reason
from demo.lives import Author, Draft
from demo.settings import load

NEAR = 100  # rows to look through for others of the same unit


def only(rows: Sequence[Any]) -> CaseFilter:
    return CaseFilter(case_id=tuple(row.case_id for row in rows))


def supervisions(author: Author, reader: Reader) -> None:
    """督办: one to four cases of one unit that press for the same reason."""
    settings, taken = author.settings.supervision, set[str]()
    rows = pressing(reader, author.reach("supervision", "receive"), author.until, author.office)
    usual, places = _usual(author, rows), defaultdict[tuple[str, int], list[int]](list)
    for nth, row in enumerate(rows):
        places[row.sign, row.moment.year].append(nth)
    for pool in places.values():
        author.random.shuffle(pool)
    first = Counter(_planted(author, reader, rows, taken))
    for year, at_full_scale in settings.counts.items():
        count = author.count(at_full_scale) - first[year]
        lives, reasons = author.lives("supervision", count), author.deal_shares(settings.reasons, count)
        for life, wanted, size in zip(lives, reasons, author.deal(settings.cases, count), strict=True):
            for reason in (wanted, *settings.reasons):  # a small district may have no case left for the reason wanted
                if chosen := _together(author, rows, places[reason.sign, year], size, taken):
                    taken |= {row.case_id for row in chosen}
                    _supervision(author, chosen, life, reason, usual.get(chosen[0].category2, ""))
                    break


def _planted(author: Author, reader: Reader, rows: list[Any], taken: set[str]) -> Iterator[int]:
    """Open the supervisions whose effect is planted, each about one case, and tell the year of each."""
    for effect, names in planted(author, reader, "supervision"):
        first = opening(effect)
        for row in sorted(rows, key=attrgetter("moment", "case_id")):
            here = row.unit == names["street"] and row.category2 == names["category2"] and row.case_id not in taken
            if here and first <= row.moment < first + SEARCH:
                reason = next(reason for reason in author.settings.supervision.reasons if reason.sign == row.sign)
                draft = _supervision(author, [row], author.settings.kinds["supervision"].lives[0], reason, "")
                draft.title = title_of(effect, names)
                taken.add(row.case_id)
                yield first.year
                break


def _usual(author: Author, rows: list[Any]) -> dict[str, str]:
    """Class -> the department with most of its cases: a wrongly sent order is passed on to it."""
    streets = {street.name for street in author.profile.streets}
    counts = Counter((row.category2, row.unit) for row in rows if row.unit not in streets)
    return {category2: unit for (category2, unit), _ in reversed(counts.most_common())}


def _together(author: Author, rows: list[Any], places: list[int], size: int, taken: set[str]) -> list[Any]:
    """The next of `places` that is free, and up to `size` - 1 rows of its sign and unit that still press then.

    `rows`: of `pressing`, by sign, unit and moment; the newest comes first. `places` is used up; [] when it is empty.
    """
    while places and rows[places[-1]].case_id in taken:
        places.pop()
    if not places:
        return []
    place = places.pop()
    last, chosen = rows[place], [rows[place]]
    first = last.moment - timedelta(days=author.settings.supervision.reach_days)
    for row in reversed(rows[max(place - NEAR, 0) : place]):
        if len(chosen) == size or (row.sign, row.unit) != (last.sign, last.unit) or row.moment < first:
            break
        if row.lasts > last.moment + STAYS and row.case_id not in taken:
            chosen.append(row)
    return chosen


def _supervision(author: Author, chosen: list[Any], life: Life, reason: Reason, other: str) -> Draft:
    facts = {**facts_of(chosen[0]), "cases": str(len(chosen)), "other": other}
    fields = {"unit": facts["unit"], "reason": reason.value}
    if "transfer" in life.steps and other in ("", facts["unit"]):
        life = author.settings.kinds["supervision"].lives[0]  # there is nobody else to send it to
    moment = chosen[0].moment.to_pydatetime()
    draft = author.open("supervision", moment, facts, fields, life=life, where=only(chosen))
    author.go_on(draft, life.steps)
    return draft


def patrols(author: Author, reader: Reader) -> None:
    """网格融合: places that several complained about first, then others, until there are enough."""
    settings, units = author.settings.patrol, author.reach("patrol", "settle")
    since = datetime(min(settings.counts), 1, 1)
    points = complaints(reader, load(author.profile).environment.category1, since, settings.gap_days)
    author.random.shuffle(points)
    points.sort(key=len, reverse=True)
    for year, at_full_scale in settings.counts.items():
        chosen = [rows for rows in points if rows[-1].created_at.year == year][: author.count(at_full_scale)]
        for life, rows in zip(author.lives("patrol", len(chosen)), chosen, strict=True):
            newest, facts = rows[-1], {**facts_of(rows[-1]), "cases": str(len(rows))}
            facts["unit"] = newest.unit if newest.unit in units else newest.street
            family = author.profile.family_of(HOTLINE, newest.category2, newest.category3)
            fields = {"street": newest.street, "community": newest.community, "place": facts["place"]}
            fields["family"] = family or newest.category2
            moment = newest.created_at.to_pydatetime()
            where = only(rows[-settings.most_cases :])
            author.go_on(author.open("patrol", moment, facts, fields, life=life, where=where), life.steps)


def cares(author: Author, reader: Reader) -> None:
    """一网情深: some of those who called again and again, known by their key alone."""
    care, taken = author.profile.programmes.care, set[str]()
    for day, at_full_scale in author.settings.care.counts.items() if care.users else ():
        before = datetime.combine(day, time())
        callers = [row for row in regulars(reader, care, before) if row.caller_key not in taken]
        chosen = author.random.sample(callers, min(author.count(at_full_scale), len(callers)))
        taken |= {row.caller_key for row in chosen}
        for life, row in zip(author.lives("care", len(chosen)), chosen, strict=True):
            facts = {
                "unit": row.street,
                "days": str(care.days),
                "count": str(row.count),
                "repeats": f"{row.repeats:.0f}",
            }
            fields = {"caller": row.caller_key, "street": row.street}
            moment = author.moment(before, before + timedelta(days=30))
            author.go_on(author.open("care", moment, facts, fields, life=life), life.steps)
