"""Every question there is, asked as widely as it can be: for tests that must hold of all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from data_access.cases import (
    aggregation,
    care,
    coincidence,
    comparison,
    durations,
    fusion,
    listing,
    misspelt,
    priority,
    together,
    watched,
)
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
from questions import (
    asking,
    clusters,
    drivers,
    effect,
    forecast,
    league,
    livelihood,
    meeting,
    patrols,
    seasons,
    standing,
    topics,
    warning,
    weak_spots,
)  # fmt: skip
from questions import care as questions_of_care
from questions import coincidence as questions_of_coincidence
from questions.asking import answer as asking_answer
from questions.asking import cutting, grammar, holding, sides
from questions.asking import words as asking_words
from questions.priority import noted_in, pressing
from tests.data_access.cases.asking_more import MORE

EVERYTHING = CaseFilter()
MONTH = CaseFilter(period=Period(datetime(2022, 6, 1), datetime(2022, 7, 1)))
YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
HOUSING = CaseFilter(source=("hotline",), category1=("住房",))
OPENED, ENDED = datetime(2022, 5, 3, 10), datetime(2022, 7, 4, 16)
LISTED, LEADER = Actor("关怀专员甲", "指挥中心"), Actor("区领导甲", "区领导")
ALL = 10**6
DAYS = course(OPENED, ENDED, 60, 90, (datetime(2021, 1, 1), datetime(2023, 1, 10)))
assert DAYS
ALARM = warning.Alarm(
    HOUSING.replace(period=Period(datetime(2022, 6, 1), datetime(2022, 6, 8))), "week", 60, 30.0, 20.0, 42.0, 50.0, 1e-6,
    True, datetime(2022, 5, 30), 12.0, 3, "区住房和城市建设委员会", 50, 1e-3,
)  # fmt: skip


SUMMER = dataclasses.replace(
    ALARM, where=CaseFilter(period=Period(datetime(2022, 7, 1), datetime(2022, 9, 1))), since=datetime(2022, 7, 1),
    callers=0,
)  # fmt: skip


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
        # ClickHouse compares the outer row only with what is selected of it.
        select(cases.c.case_id, cases.c.caller_key, again.scalar_subquery().label("n"))
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


MEASURED = ("volume", "resolution_rate")
SIDES = tuple(
    sides.Side(name, YEAR.replace(hour=hours)) for name, hours in {"上午": (8, 9, 10, 11), "下午": (14, 15)}.items()
)


def _misspelt(reader: Reader) -> list[str]:
    said: list[str] = []
    with misspelt.said_by(said.append):
        misspelt.tell(reader, CaseFilter(street=("东四街导",), channel=("无此渠道",), crowd=("老人们",)))
    return said


SPRING = CaseFilter(period=Period(datetime(2022, 3, 1), datetime(2022, 5, 1)))
GROUPS: together.Groups = {
    (): tuple(MEASURES), ("street",): tuple(MEASURES), ("source", "day"): RATES, ("day", "source"): ("volume",),
    ("unit", "is_contacted", "hour"): ("composite", "share"), ("assessment_month",): ("volume", "p90_hours"),
}  # fmt: skip


def _together(reader: Reader, _: Known) -> list[Any]:
    """Several groupings at once, and what they are compared with."""
    compared: together.Groups = {(): RATES, ("category1",): ("volume", "composite")}
    reader.ask_together(SPRING, GROUPS, compared=compared, kind="previous")
    groups = [reader.aggregate(measures, by, SPRING) for by, measures in GROUPS.items()]
    moved = [reader.compare_groups(name, "category1", SPRING, "previous") for name in ("volume", "composite")]
    return [*groups, *moved, reader.changes(RATES, SPRING, "previous")]


# Every question there is, asked as widely as it can be.
ASKED: dict[str, Ask] = {
    "Reader.aggregate": lambda reader, _: [reader.aggregate(RATES, (by,)) for by in DIMENSIONS]
    + [reader.aggregate(tuple(MEASURES), by, where) for by in ((), ("month",)) for where in (EVERYTHING, HOUSING)],
    **dict.fromkeys(
        ("Reader.ask_together", "data_access.cases.together.ask_together", "data_access.cases.aggregation.ask_of"),
        _together,
    ),
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
    "data_access.cases.misspelt.tell": lambda reader, _: _misspelt(reader),
    "Reader.objective": lambda reader, _: reader.objective(),
    "Reader.read": lambda reader, _: _shapes(reader.exact.read),
    "Reader.rows": lambda reader, _: _shapes(reader.exact.rows),
    "Reader.columns": lambda reader, _: [pd.DataFrame(one) for one in _shapes(reader.exact.columns)],
    "data_access.cases.aggregation.ranked": lambda reader, _: reader.aggregate(
        RATES, ("street",), MONTH, order_by="volume", limit=5
    ),
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
    "data_access.cases.listing.texts": lambda reader, _: listing.texts(reader, HOUSING, ALL),
    "data_access.cases.watched.by_week": lambda reader, _: watched.by_week(
        reader, HOUSING, datetime(2022, 6, 1)
    ).sort_values([*watched.COLUMNS, "back"]),
    "data_access.cases.watched.by_day": lambda reader, _: [
        watched.by_day(reader, EVERYTHING, [date(2022, 6, 1), date(2022, 6, 2)], timedelta(hours=10), levels).sort_values(
            [*(levels[-1] and watched.COLUMNS), "day"]
        )
        for levels in (watched.LEVELS, ((),))
    ],
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
    "data_access.intake.founding.found_in": lambda reader, _: dataclasses.replace(found_in(reader), span=None),  # a clock
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
    "questions.asking.answer.answered": lambda reader, _: [
        dataclasses.astuple(asking_answer.answered(reader, grammar.understood(reader, text)))[1:5]
        for text in ("去年各街道受理量", "去年除了投诉以外各街道解决率和满意率", "去年工作日不是逾期的各季度受理量", "上月解决率环比", "近一年哪个单位逾期未办结最多", "去年每月受理量", "去年按半年看剔除件", "去年剔除原因", "去年办得最慢的5件", "近一年快要超期的件", "去年夜间比白天多多少")
    ],
    "questions.asking.ask": lambda reader, _: [
        (told.question.ignored, told.rows) for told in [asking.ask(reader, "去年各街道受理量超过5件的")]
    ],
    "questions.asking.cutting.cut": lambda reader, _: [
        str(cutting.cut(reader, text)) for text in ("东四街道和体育馆路街道上月解决率", "低于90%的社区")
    ],
    "questions.asking.holding.meant": lambda reader, _: [
        str(holding.meant(reader, cutting.cut(reader, text))) for text in ("除了东四街道和体育馆路街道以外", "供暖和住房夜间")
    ],
    "questions.asking.sides.sides_of": lambda reader, _: [
        str(sides.sides_of(reader, found, [(word, holding.chosen(meanings)) for word, meanings in found.meanings], holding.meant(reader, found)))
        for found in [cutting.cut(reader, "东四街道比体育馆路街道多多少")]
    ],
    "questions.asking.sides.told_apart": lambda reader, _: list(sides.told_apart(reader, MEASURED, SIDES)),
    "questions.asking.sides.apart": lambda reader, _: [
        dataclasses.astuple(apart) if apart else None
        for name in MEASURED
        for apart in [sides.apart(reader, MEASURES[name], SIDES, sides.told_apart(reader, [name], SIDES)[0], ())]
    ],
    "questions.asking.words.nearest": lambda reader, _: asking_words.nearest(reader, "平理", "和平理街道上月"),
    "questions.asking.words.lexicon": lambda reader, _: sorted(asking_words.lexicon(reader)),
    "questions.forecast.ahead": lambda reader, _: [
        part
        for step in forecast.STEPS
        for told in [forecast.ahead(reader, HOUSING, step)]
        for part in (told.history.reset_index(), told.reason, *((told.outlook.ahead, told.outlook.back) if told.outlook else ()))
    ],
    "questions.forecast.hours_ahead": lambda reader, _: list(forecast.hours_ahead(reader, EVERYTHING)),
    "questions.seasons.seasons_ahead": lambda reader, _: dataclasses.astuple(seasons.seasons_ahead(reader, EVERYTHING))[2:],
    "questions.drivers.again": lambda reader, _: drivers.again(reader, SUMMER),
    "questions.drivers.course": lambda reader, _: drivers.course(reader, ALARM),
    "questions.drivers.drivers": lambda reader, _: [drivers.drivers(reader, ALARM, by) for by in drivers.DIMENSIONS],
    "questions.drivers.said": lambda reader, _: drivers.said(reader, SUMMER),
    "questions.warning.watched": lambda reader, _: [
        warning.watched(reader), warning.watched(reader.seen_at(datetime(2022, 6, 15, 10)))
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
    "questions.standing.chosen": lambda reader, _: [
        sorted(standing.chosen(reader, HOUSING.replace(community=tuple(sorted(reader.options("community"))[:9])), by))
        for by in ("street", "community")
    ],
    "questions.standing.are_chosen": lambda reader, _: standing.are_chosen(
        reader, reader.aggregate(["volume"], ["street"]), HOUSING, ["street"]
    ).tolist(),
    "questions.standing.enough": lambda reader, _: standing.enough(
        reader, reader.aggregate(["resolution_rate"], ["street"], YEAR), MEASURES["resolution_rate"], YEAR
    ).tolist(),
    "questions.topics.topic_changes": lambda reader, _: [
        topics.topic_changes(reader, 2022, 11, by_street=by_street) for by_street in (False, True)
    ],
    "questions.topics.topic_months": lambda reader, _: topics.topic_months(reader, 2022, 11),
    "questions.weak_spots.weak_spots": lambda reader, _: weak_spots.weak_spots(reader, YEAR, ["street", "unit"], "yoy"),
    **MORE,
}  # fmt: skip
OF_THE_DISTRICT: dict[str, Callable[[Reader], Any]] = {
    "questions.warning.comparable_days": lambda reader: warning.comparable_days(reader, datetime(2022, 12, 1)),
    "Reader.has_data": lambda reader: reader.has_data,
    "Reader.span": lambda reader: reader.span,
    "Reader.as_of": lambda reader: reader.as_of,
    "Reader.tells_ends": lambda reader: reader.tells_ends,
    "data_access.cases.clock.newest_known": lambda reader: reader.as_of,
    "data_access.cases.clock.stretch": lambda reader: reader.span,
    "data_access.cases.clock.tells_ends": lambda reader: reader.tells_ends,
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
