"""Every question there is, asked as widely as it can be: for tests that must hold of all of them."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import func, select

import data_access
import questions
from data_access.cases import aggregation, care, coincidence, comparison, durations, fusion, listing, priority
from data_access.cases.demands import demands
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.district.people import Actor
from data_access.district.periods import SHIFTS, Period, course
from data_access.intake import quality
from data_access.intake.founding import found_in
from data_access.ledger.ledger import Ledger
from questions import care as questions_of_care
from questions import clusters, effect, league, livelihood, meeting, patrols, topics, weak_spots
from questions import coincidence as questions_of_coincidence
from questions.priority import noted_in, pressing

EVERYTHING = CaseFilter()
MONTH = CaseFilter(period=Period(datetime(2022, 6, 1), datetime(2022, 7, 1)))
YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
HOUSING = CaseFilter(source=("hotline",), category1=("住房",))
OPENED, ENDED = datetime(2022, 5, 3, 10), datetime(2022, 7, 4, 16)
LISTED, LEADER = Actor("关怀专员甲", "指挥中心"), Actor("区领导甲", "区领导")
ALL = 10**6
DAYS = course(OPENED, ENDED, 60, 90, (datetime(2021, 1, 1), datetime(2023, 1, 10)))
assert DAYS


@dataclass(frozen=True)
class Known:
    """What somebody might have heard of the district: numbers of cases and keys of callers, of either half."""

    numbers: tuple[str, ...]
    callers: tuple[str, ...]
    ledger: Ledger


Ask = Callable[[Reader, Known], Any]
# Without per_10k: who sees some streets divides by the people there, a store of their cases alone by the district's.
RATES = ("volume", "open", "resolution_rate", "share", "callers", "median_hours")


def _shapes(asked: Callable[[Any], Any]) -> list[Any]:
    """The same through an alias, an inner part, a named part, and the table against itself."""
    other, inner = cases.alias("other"), select(cases.c.case_id).where(cases.c.is_void == 0).subquery()
    named = select(cases.c.street, cases.c.caller_key).cte("named")
    again = select(func.count()).where(other.c.caller_key == cases.c.caller_key, other.c.is_void == 0)
    statements = (
        select(*cases.c).order_by(cases.c.case_id).limit(2000),
        select(cases.c.case_id).order_by(cases.c.case_id),
        select(func.count()).select_from(other),
        select(func.count()).select_from(inner),
        select(named.c.street, func.count().label("n")).group_by(named.c.street).order_by(named.c.street),
        select(cases.c.case_id, again.scalar_subquery().label("n"))
        .where(cases.c.caller_key != "").order_by(cases.c.case_id).limit(200),
        select(func.count()).select_from(cases.join(other, other.c.caller_key == cases.c.caller_key))
        .where(cases.c.caller_key != ""),
    )  # fmt: skip
    return [asked(statement) for statement in statements]


def _index(reader: Reader, _: Known) -> list[Any]:
    made = [livelihood.livelihood_index(reader, month) for month in livelihood.index_months(reader)[-1:]]
    return [part for one in made for part in (one.parts, one.scores, one.definitions)]


def _league(reader: Reader, _: Known) -> list[Any]:
    tables = [league.league_of(reader, YEAR, kind, calibre="_all") for kind in ("街道", "部门")]
    return [part for table in tables for part in (table.units, table.pooled, table.day_by_day(), table.answers)]


def _effects(reader: Reader, known: Known) -> Any:
    orders = known.ledger.matters("hard_case")
    programme = reader.profile.programme("hard_case")
    return effect.measured(reader, programme, orders.assign(since=orders["opened_at"]), datetime(2022, 12, 1))


def _plans(reader: Reader, known: Known) -> list[Any]:
    plans, programme = known.ledger.matters("care", viewer=LISTED), reader.profile.programme("care")
    return [questions_of_care.change_of(reader, LISTED, programme, plan, plans) for _, plan in plans.iterrows()]


# Every question there is, asked as widely as it can be.
ASKED: dict[str, Ask] = {
    "Reader.aggregate": lambda reader, _: [reader.aggregate(RATES, (by,)) for by in DIMENSIONS]
    + [reader.aggregate(tuple(MEASURES), by, where) for by in ((), ("month",)) for where in (EVERYTHING, HOUSING)],
    "Reader.count": lambda reader, _: [reader.count(), reader.count(HOUSING), reader.count(MONTH)],
    "Reader.figure": lambda reader, _: [reader.figure(name, MONTH) for name in MEASURES],
    "Reader.changes": lambda reader, _: reader.changes(tuple(MEASURES), MONTH, "previous"),
    "Reader.seen_at": lambda reader, _: [
        reader.seen_at(moment).aggregate(tuple(MEASURES), by, MONTH)
        for moment in (datetime(2022, 6, 20, 10), datetime(2022, 7, 3)) for by in ((), ("street",), ("unit", "week"))
    ],
    "Reader.compare": lambda reader, _: [reader.compare(tuple(MEASURES), MONTH, kind) for kind in ("yoy", "previous")],
    "Reader.with_base": lambda reader, _: reader.with_base(RATES, ("street", "category1"), MONTH),
    "Reader.compare_groups": lambda reader, _: [
        reader.compare_groups(measure, by, MONTH)
        for by in ("street", "unit", "category3", "hour") for measure in ("volume", "resolution_rate", "median_hours")
    ],
    "Reader.list_cases": lambda reader, _: [
        reader.list_cases(where, sort=sort, page_size=ALL)
        for where in (EVERYTHING, HOUSING) for sort in ("created_at", "due_at")
    ],
    "Reader.every_case": lambda reader, _: [pd.concat(reader.every_case(where)) for where in (EVERYTHING, HOUSING)]
    if reader.has_data else reader.as_of,
    "Reader.get_case": lambda reader, known: [reader.get_case(number) for number in known.numbers],
    "Reader.options": lambda reader, _: [reader.options(by) for by in DIMENSIONS],
    "Reader.objective": lambda reader, _: reader.objective(),
    "Reader.read": lambda reader, _: _shapes(reader.read),
    "Reader.rows": lambda reader, _: _shapes(reader.rows),
    "data_access.cases.aggregation.aggregated": lambda reader, _: aggregation.aggregated(
        reader, RATES, ("unit",), EVERYTHING
    ),
    "data_access.cases.durations.quantiles": lambda reader, _: [
        durations.quantiles(reader, (0.5, 0.9), by, MONTH) for by in ((), ("street",), ("day", "unit"))
    ],
    "data_access.cases.comparison.changes": lambda reader, _: comparison.changes(reader, RATES, MONTH, "yoy"),
    "data_access.cases.comparison.beside_base": lambda reader, _: comparison.beside_base(
        reader, RATES, ("unit",), MONTH, "assessment"
    ),
    "data_access.cases.comparison.moved": lambda reader, _: comparison.moved(reader, "volume", "unit", MONTH, "yoy"),
    "data_access.cases.listing.listed_cases": lambda reader, _: listing.listed_cases(
        reader, MONTH, "case_id", False, 1, ALL
    ),
    "data_access.cases.listing.every_case": lambda reader, _: list(listing.every_case(reader, MONTH)),
    "data_access.cases.listing.one_case": lambda reader, known: [
        listing.one_case(reader, number) for number in known.numbers
    ],
    "data_access.cases.listing.objective_sheet": lambda reader, _: listing.objective_sheet(reader),
    "data_access.cases.fusion.matched": lambda reader, _: [
        fusion.matched(reader, where, by) for where in (EVERYTHING, MONTH) for by in ((), fusion.BY)
    ],
    "data_access.cases.coincidence.comparisons": lambda reader, _: [
        coincidence.comparisons(reader, where).sort_values([*coincidence.COMPARED]) for where in (EVERYTHING, MONTH)
    ],
    "data_access.cases.fusion.unseen_points": lambda reader, _: fusion.unseen_points(reader, EVERYTHING, limit=None),
    "data_access.cases.demands.demands": lambda reader, _: demands(reader, YEAR),
    "data_access.cases.priority.important": lambda reader, known: [
        priority.important(reader, EVERYTHING, limit=ALL),
        priority.important(reader, EVERYTHING, noted=noted_in(known.ledger), signs=["leader_note"], limit=ALL),
    ],
    "data_access.cases.care.callers": lambda reader, _: care.callers(reader, LISTED),
    "data_access.cases.care.calls": lambda reader, known: [care.calls(reader, LISTED, key) for key in known.callers],
    "data_access.cases.care.before_after": lambda reader, known: [
        care.before_after(reader, LISTED, key, OPENED, ENDED, 90) for key in known.callers
    ],
    # Its span is the district's clock.
    "data_access.intake.founding.found_in": lambda reader, _: dataclasses.replace(found_in(reader), span=None),
    "data_access.intake.quality.batches": lambda reader, _: quality.batches(reader).to_dict("records"),
    "data_access.intake.quality.rejected": lambda reader, _: quality.rejected(reader).to_dict("records"),
    "data_access.intake.quality.questions": lambda reader, _: quality.questions(reader).to_dict("records"),
    "data_access.intake.quality.blanks_by_import": lambda reader, _: quality.blanks_by_import(reader).to_dict("records"),
    "data_access.intake.quality.unknown_words": lambda reader, _: quality.unknown_words(reader).to_dict("records"),
    "data_access.intake.quality.missing_rates": lambda reader, _: quality.missing_rates(reader).sort_values(
        ["source", "field"]
    ),
    "data_access.intake.quality.freshness": lambda reader, _: quality.freshness(reader).sort_values("source"),
    "questions.care.change_of": _plans,
    "questions.care.together": lambda reader, known: questions_of_care.together(
        reader, LISTED, reader.profile.programme("care"), known.ledger.matters("care", viewer=LISTED)
    ),
    "questions.clusters.cells": lambda reader, _: [clusters.cells(reader, YEAR, size) for size in (7, 9)],
    "questions.clusters.communities": lambda reader, _: clusters.communities(reader, YEAR, "resolution_rate"),
    "questions.clusters.spots": lambda reader, _: [
        clusters.spots(reader, HOUSING.replace(period=YEAR.period), 8, question) for question in clusters.QUESTIONS
    ],
    "questions.effect.effect": lambda reader, _: [
        effect.effect(reader, where, DAYS, 30) for where in (HOUSING, HOUSING.replace(street=("东四", "景山")))
    ],
    "questions.coincidence.against_chance": lambda reader, _: [
        questions_of_coincidence.against_chance(reader, YEAR, by) for by in ((), ("family",), ("street",))
    ],
    "questions.effect.effect_of": lambda reader, known: effect.effect_of(
        reader, reader.profile.programme("supervision"), CaseFilter(case_id=known.numbers), OPENED, ENDED
    ),
    "questions.effect.measured": _effects,
    "questions.effect.watched": lambda reader, known: effect.watched(
        reader, CaseFilter(case_id=known.numbers), ("unit", "category2", "street")
    ),
    "questions.league.rate_intervals": lambda reader, _: league.rate_intervals(
        reader, "satisfaction_rate", "category2", YEAR
    ),
    "questions.league.League": _league,
    "questions.league.league_of": _league,
    "questions.livelihood.livelihood_index": _index,
    "questions.livelihood.measured": lambda reader, _: livelihood.measured(reader, reader.profile.index[0]),
    "questions.livelihood.panel": lambda reader, _: livelihood.panel(reader, reader.profile.index[0]),
    "questions.livelihood.definitions": lambda reader, _: livelihood.definitions(
        reader, reader.profile.index[0], livelihood.panel(reader, reader.profile.index[0])
    ),
    "questions.meeting.meeting_of": lambda reader, known: meeting.meeting_of(
        reader, known.ledger, reader.profile.programme("hard_case"), datetime(2022, 11, 1)
    ),
    "questions.patrols.funnel": lambda reader, known: patrols.funnel(
        reader, reader.profile.programme("patrol"), known.ledger.matters("patrol"), EVERYTHING
    ),
    "questions.priority.pressing": lambda reader, known: pressing(reader, known.ledger, EVERYTHING, limit=ALL),
    "questions.topics.topic_changes": lambda reader, _: [
        topics.topic_changes(reader, 2022, 11, by_street=by_street) for by_street in (False, True)
    ],
    "questions.topics.topic_months": lambda reader, _: topics.topic_months(reader, 2022, 11),
    "questions.weak_spots.weak_spots": lambda reader, _: weak_spots.weak_spots(reader, YEAR, ["street", "unit"], "yoy"),
}  # fmt: skip
# Of the data's clock and of the data as a whole: the same for everybody.
OF_THE_DISTRICT: dict[str, Callable[[Reader], Any]] = {
    "Reader.has_data": lambda reader: reader.has_data,
    "Reader.span": lambda reader: reader.span,
    "Reader.as_of": lambda reader: reader.as_of,
    "Reader.tells_ends": lambda reader: reader.tells_ends,
    "data_access.cases.clock.newest_known": lambda reader: reader.as_of,
    "Reader.covers": lambda reader: [
        reader.covers(Period(datetime(year, 2, 1), datetime(year, 3, 1))) for year in (2020, 2022)
    ],
    "Reader.whole_months": lambda reader: reader.whole_months,
    "Reader.compared_with": lambda reader: [reader.compared_with(MONTH, kind) for kind in SHIFTS],
    "data_access.cases.comparison.compared_with": lambda reader: comparison.compared_with(reader, MONTH, "previous"),
    "Reader.is_synthetic": lambda reader: reader.is_synthetic,
    "Reader.keeps_unread_words": lambda reader: reader.keeps_unread_words,
    "Reader.note": lambda reader: [reader.note(key) for key in ("profile", "seed", "none")],
    "questions.clusters.least_shown": clusters.least_shown,
    "questions.effect.course_of": lambda reader: effect.course_of(
        reader, reader.profile.programme("supervision"), OPENED, ENDED
    ),
    "questions.livelihood.index_months": livelihood.index_months,
    "questions.livelihood.rules_of": lambda reader: livelihood.rules_of(reader, pd.Timestamp(2022, 6, 1)),
    "questions.topics.topic_years": topics.topic_years,
}
# These tell of no case: sql refuses (see below), others are about the reader itself, or about the ledger alone.
# Of cases no number, name or count comes out: of how many a time is missing is a share, 0 in every half here; which
# columns no case has is the same for every half.
NO_CASES = {
    "data_access.cases.comparison.undated",
    "Reader.sql",
    "Reader.of",
    "Reader.latest",
    "Reader.is_scoped",
    "Reader.sees_all",
    "Reader.singly",
    "questions.league.first_received",
    "data_access.intake.quality.absent",
}
# What stands in the ledger is kept from people by the ledger's own rules, not by a scope of cases.
LEDGER = "data_access.ledger."


def there_are() -> set[str]:
    """Every public way to ask: the Reader's own, every public function that takes a Reader, every answer that keeps one."""
    fields = {field.name for field in dataclasses.fields(Reader)}
    ways = {f"Reader.{name}" for name in vars(Reader) if not name.startswith("_") and name not in fields}
    for package in (data_access, questions):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if info.name.endswith("__main__") or info.name.startswith(LEDGER):
                continue
            for name, one in vars(importlib.import_module(info.name)).items():
                own = inspect.isfunction(one) or (inspect.isclass(one) and dataclasses.is_dataclass(one))
                if own and not name.startswith("_") and getattr(one, "__module__", "") == info.name:
                    takes = {parameter.annotation for parameter in inspect.signature(one).parameters.values()}
                    ways |= {f"{info.name}.{name}"} if {"Reader", Reader} & takes else set()
    return ways
