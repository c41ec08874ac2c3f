"""Whoever may see one half of the cases meets nothing of the other half, whatever is asked."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import func, select

import data_access
import questions
from data_access.cases import aggregation, care, comparison, fusion, listing, priority
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.errors import StoreError
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import QueryFailed, Reader, open_reader
from data_access.cases.schema import cases
from data_access.cases.store import Store, store_for
from data_access.district.people import Actor
from data_access.district.periods import Period, windows
from data_access.district.profile import Profile
from data_access.intake import quality
from data_access.intake.objective import import_sheet
from data_access.ledger.ledger import Ledger
from questions import care as questions_of_care
from questions import clusters, effect, league, livelihood, meeting, patrols, topics, weak_spots
from questions.priority import noted_in, pressing

EVERYTHING = CaseFilter()
MONTH = CaseFilter(period=Period(datetime(2022, 6, 1), datetime(2022, 7, 1)))
YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
HOUSING = CaseFilter(source=("hotline",), category1=("住房",))
OPENED, ENDED = datetime(2022, 5, 3, 10), datetime(2022, 7, 4, 16)
LISTED, LEADER = Actor("关怀专员甲", "指挥中心"), Actor("区领导甲", "区领导")
ALL = 10**6
SPANS = windows(OPENED, ENDED, 60, datetime(2023, 1, 10))
assert SPANS


@dataclass(frozen=True)
class Half:
    """Some of the district's cases: as a scope, and in plain SQL."""

    scope: CaseFilter
    sql: str


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def halves(profile: Profile) -> dict[str, Half]:
    streets = tuple(street.name for street in profile.streets[:8])
    units = tuple(unit.name for unit in profile.units[::2])
    return {
        "streets": Half(CaseFilter(street=streets), f"street IN ({_quoted(streets)})"),
        "hotline": Half(CaseFilter(source=("hotline",)), "source = 'hotline'"),
        "units": Half(CaseFilter(unit=units), f"unit IN ({_quoted(units)})"),
        "streets' hotline": Half(
            CaseFilter(street=streets, source=("hotline",)), f"street IN ({_quoted(streets)}) AND source = 'hotline'"
        ),
    }


KINDS = ("streets", "hotline", "units", "streets' hotline")


@pytest.fixture(scope="module")
def open_to_care(profile: Profile) -> Profile:
    """The shipped district, in which 一网情深 is on."""
    on = profile.programmes.care.model_copy(update={"enabled": True, "users": (LISTED.name,)})
    return profile.model_copy(update={"programmes": profile.programmes.model_copy(update={"care": on})})


def _copied(store: Store, folder: Path) -> Store:
    folder.mkdir()
    shutil.copyfile(store.folder / f"{store.version}.duckdb", folder / "v000001.duckdb")
    (folder / "CURRENT").write_text("v000001")
    return store_for(f"duckdb:///{folder}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, reader: Reader, open_to_care: Profile) -> Reader:
    """The small demo district, with a sheet of indicators and a refused row, seen by whoever sees everything."""
    folder = tmp_path_factory.mktemp("whole")
    store = _copied(reader.store, folder / "store")
    streets = ["", *(street.name for street in open_to_care.streets), "无此街道"]
    lines = "".join(f"2022-{month:02},{street},病有所医,每千人床位,张,越高越好,5,10,0.5,{8 - month / 10}\n"
                    for street in streets for month in (3, 4))  # fmt: skip
    sheet = folder / "sheet.csv"
    sheet.write_text(f"时期,街道,维度,指标,单位,方向,下限,上限,权重,数值\n{lines}", encoding="utf-8")
    import_sheet(sheet, profile=open_to_care, store=store)
    # The data's clock is the district's. Each half here begins and ends with it, so that a store of only that half
    # has the same one, and every answer must be the same.
    with store.writing() as con:
        for half in halves(open_to_care).values():
            for end, order in (("min", "ASC"), ("max", "DESC")):
                con.execute(
                    f"""UPDATE cases SET created_at = ends.moment, created_day = CAST(ends.moment AS DATE)
                        FROM (SELECT {end}(created_at) AS moment FROM cases) ends WHERE case_id =
                        (SELECT case_id FROM cases WHERE {half.sql} ORDER BY created_at {order}, case_id LIMIT 1)"""
                ).fetchall()
    return Reader.of(store, open_to_care)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def half(whole: Reader, kind: str) -> Reader:
    """Whoever may see only a half."""
    return dataclasses.replace(whole, scope=halves(whole.profile)[kind].scope)


@pytest.fixture(scope="module")
def alone(whole: Reader, kind: str, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Whoever sees everything of a store that holds that half and nothing else."""
    one = halves(whole.profile)[kind]
    store = _copied(whole.store, tmp_path_factory.mktemp("alone") / "store")
    with store.writing() as con:
        con.execute(f"DELETE FROM cases WHERE NOT ({one.sql})").fetchall()
        # A street's figures belong to who sees all of its cases; the district's to who sees the district.
        con.execute(f"DELETE FROM objective_values WHERE {f'NOT ({one.sql})' if kind == 'streets' else 'true'}")
        con.execute("DELETE FROM import_batches").fetchall()
        con.execute("DELETE FROM rejected_rows").fetchall()
    return Reader.of(store, whole.profile)


@dataclass(frozen=True)
class Known:
    """What somebody might have heard of the district: numbers of cases and keys of callers, of either half."""

    numbers: tuple[str, ...]
    callers: tuple[str, ...]
    ledger: Ledger


@pytest.fixture(scope="module")
def known(whole: Reader, tmp_path_factory: pytest.TempPathFactory) -> Known:
    numbers = whole.list_cases(EVERYTHING, sort="case_id", page_size=ALL)["case_id"]
    keys = care.callers(whole, LISTED, limit=8)["caller"]
    path = tmp_path_factory.mktemp("known") / "ledger.db"
    ledger = Ledger.at(f"sqlite:///{path}", whole.profile, now=lambda: datetime(2022, 12, 1, 9))
    open_ones = tuple(whole.list_cases(CaseFilter(status=("open",)), page_size=40)["case_id"])
    order = {"unit": "某局", "reason": "领导批示", "level": "督办"}
    supervision, hard_case = (whole.profile.programme(name) for name in ("supervision", "hard_case"))
    ledger.open_matter(supervision, LEADER, "x", fields=order, where=CaseFilter(case_id=open_ones))
    hard = {"year": "2022", "dimension": "事项", "evidence": "多"}
    ledger.open_matter(hard_case, LEADER, "x", fields=hard, where=HOUSING, due_at=ENDED, at=OPENED)
    for key in keys:
        plan = {"caller": key, "basis": "多"}
        ledger.open_matter(whole.profile.programme("care"), LISTED, "x", fields=plan, at=OPENED)
    return Known(tuple(numbers.iloc[:: len(numbers) // 40]), tuple(keys), ledger)


Ask = Callable[[Reader, Known], Any]
RATES = ("volume", "open", "resolution_rate", "share", "per_10k", "callers", "median_hours")


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
    return [part for table in tables for part in (table.units, table.pooled, table.day_by_day())]


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
    "Reader.compare": lambda reader, _: [reader.compare(tuple(MEASURES), MONTH, kind) for kind in ("yoy", "previous")],
    "Reader.with_base": lambda reader, _: reader.with_base(RATES, ("street", "category1"), MONTH),
    "Reader.compare_groups": lambda reader, _: [
        reader.compare_groups("volume", by, MONTH) for by in ("street", "unit", "category3", "hour")
    ],
    "Reader.list_cases": lambda reader, _: [
        reader.list_cases(where, sort=sort, page_size=ALL)
        for where in (EVERYTHING, HOUSING) for sort in ("created_at", "due_at")
    ],
    "Reader.get_case": lambda reader, known: [reader.get_case(number) for number in known.numbers],
    "Reader.options": lambda reader, _: [reader.options(by) for by in DIMENSIONS],
    "Reader.objective": lambda reader, _: reader.objective(),
    "Reader.read": lambda reader, _: _shapes(reader.read),
    "Reader.rows": lambda reader, _: _shapes(reader.rows),
    "data_access.cases.aggregation.aggregated": lambda reader, _: aggregation.aggregated(
        reader, RATES, ("unit",), EVERYTHING
    ),
    "data_access.cases.comparison.changes": lambda reader, _: comparison.changes(reader, RATES, MONTH, "yoy"),
    "data_access.cases.comparison.beside_base": lambda reader, _: comparison.beside_base(
        reader, RATES, ("unit",), MONTH, "assessment"
    ),
    "data_access.cases.comparison.moved": lambda reader, _: comparison.moved(reader, "volume", "unit", MONTH, "yoy"),
    "data_access.cases.listing.listed_cases": lambda reader, _: listing.listed_cases(
        reader, MONTH, "case_id", False, 1, ALL
    ),
    "data_access.cases.listing.one_case": lambda reader, known: [
        listing.one_case(reader, number) for number in known.numbers
    ],
    "data_access.cases.listing.objective_sheet": lambda reader, _: listing.objective_sheet(reader),
    "data_access.cases.fusion.matched": lambda reader, _: [
        fusion.matched(reader, where, by) for where in (EVERYTHING, MONTH) for by in ((), fusion.BY)
    ],
    "data_access.cases.fusion.unseen_points": lambda reader, _: fusion.unseen_points(reader, EVERYTHING, limit=None),
    "data_access.cases.priority.important": lambda reader, known: [
        priority.important(reader, EVERYTHING, limit=ALL),
        priority.important(reader, EVERYTHING, noted=noted_in(known.ledger), signs=["leader_note"], limit=ALL),
    ],
    "data_access.cases.care.callers": lambda reader, _: care.callers(reader, LISTED),
    "data_access.cases.care.calls": lambda reader, known: [care.calls(reader, LISTED, key) for key in known.callers],
    "data_access.cases.care.before_after": lambda reader, known: [
        care.before_after(reader, LISTED, key, OPENED, ENDED, 90) for key in known.callers
    ],
    "data_access.intake.quality.batches": lambda reader, _: quality.batches(reader).to_dict("records"),
    "data_access.intake.quality.rejected": lambda reader, _: quality.rejected(reader).to_dict("records"),
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
        clusters.spots(reader, where, 8) for where in (YEAR, HOUSING.replace(period=YEAR.period))
    ],
    "questions.effect.effect": lambda reader, _: effect.effect(reader, HOUSING, SPANS),
    "questions.effect.effect_of": lambda reader, known: effect.effect_of(
        reader, reader.profile.programme("supervision"), CaseFilter(case_id=known.numbers), OPENED, ENDED
    ),
    "questions.effect.measured": _effects,
    "questions.effect.watched": lambda reader, known: effect.watched(
        reader, CaseFilter(case_id=known.numbers), ("unit", "category2", "street")
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
    "Reader.covers": lambda reader: [
        reader.covers(Period(datetime(year, 2, 1), datetime(year, 3, 1))) for year in (2020, 2022)
    ],
    "Reader.whole_months": lambda reader: reader.whole_months,
    "Reader.is_synthetic": lambda reader: reader.is_synthetic,
    "Reader.note": lambda reader: [reader.note(key) for key in ("profile", "seed", "none")],
    "questions.clusters.least_shown": clusters.least_shown,
    "questions.livelihood.index_months": livelihood.index_months,
    "questions.livelihood.rules_of": lambda reader: livelihood.rules_of(reader, pd.Timestamp(2022, 6, 1)),
    "questions.topics.topic_years": topics.topic_years,
}
# These tell of no case: sql refuses (see below), others are about the reader itself, or about the ledger alone.
NO_CASES = {"Reader.sql", "Reader.of", "Reader.latest", "Reader.is_scoped", "questions.league.first_received"}
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


def test_every_question_is_asked_here() -> None:
    """A question that is added must be shown to keep to the scope: it gets its line in ASKED."""
    assert there_are() == {*ASKED, *OF_THE_DISTRICT, *NO_CASES}


def assert_same(one: Any, other: Any) -> None:
    if isinstance(one, pd.DataFrame):
        assert isinstance(other, pd.DataFrame)
        pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True), rtol=1e-9)
    elif isinstance(one, pd.Index):
        pd.testing.assert_index_equal(one, other)
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    elif isinstance(one, dict):
        assert isinstance(other, dict)
        assert_same(list(one), list(other))
        assert_same(list(one.values()), list(other.values()))
    elif dataclasses.is_dataclass(one) and not isinstance(one, CaseFilter):
        assert type(one) is type(other)
        assert_same(vars(one), vars(other))
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-9, nan_ok=True)
    else:
        assert one == other


def is_same(one: Any, other: Any) -> bool:
    try:
        assert_same(one, other)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("name", ASKED)
def test_a_half_is_answered_as_if_there_were_no_other(
    half: Reader, alone: Reader, whole: Reader, known: Known, name: str
) -> None:
    ASKED[name](whole, known)  # an answer that is kept for who sees more is no way in
    assert_same(ASKED[name](half, known), ASKED[name](alone, known))


@pytest.mark.parametrize("name", ASKED)
def test_each_question_here_could_have_told_of_the_other_half(whole: Reader, known: Known, name: str) -> None:
    """Else the test above would prove nothing of it."""
    every = ASKED[name](whole, known)
    scopes = (one.scope for one in halves(whole.profile).values())
    assert any(not is_same(every, ASKED[name](dataclasses.replace(whole, scope=scope), known)) for scope in scopes)


@pytest.mark.parametrize("name", OF_THE_DISTRICT)
def test_the_clock_is_the_districts(whole: Reader, known: Known, name: str) -> None:
    """Even for who sees a single case: what a deadline or a month is does not depend on who looks."""
    one = dataclasses.replace(whole, scope=CaseFilter(case_id=known.numbers[:1]))
    assert one.count() == 1
    assert_same(OF_THE_DISTRICT[name](one), OF_THE_DISTRICT[name](whole))


def test_two_halves_are_the_district_and_share_nothing(whole: Reader) -> None:
    streets = halves(whole.profile)["streets"].scope.street
    others = tuple(street for street in whole.options("street") if street not in streets)
    mine, theirs = (dataclasses.replace(whole, scope=CaseFilter(street=names)) for names in (streets, others))
    assert mine.count() + theirs.count() == whole.count() and min(mine.count(), theirs.count()) > 1000
    assert set(mine.options("street")) == set(streets) and set(theirs.options("street")) == set(others)
    for one, other in ((mine, theirs), (theirs, mine)):
        number = str(other.list_cases(EVERYTHING, page_size=1)["case_id"].iloc[0])
        assert other.get_case(number) and one.get_case(number) is None
        assert one.list_cases(CaseFilter(case_id=(number,))).empty and one.list_cases(CaseFilter(text=number)).empty
        assert one.count(CaseFilter(street=other.scope.street)) == 0


def test_batches_and_refused_rows_are_for_who_sees_everything(whole: Reader, half: Reader) -> None:
    assert len(quality.batches(whole)) == 2 and len(quality.rejected(whole)) == 2
    assert quality.batches(half).empty and quality.rejected(half).empty


def test_sheets_show_the_streets_that_are_wholly_seen(whole: Reader) -> None:
    streets = halves(whole.profile)["streets"].scope.street
    assert set(whole.objective()["street"]) == {"", *(street.name for street in whole.profile.streets)}
    for scope, seen in ((CaseFilter(street=streets), set(streets)), (CaseFilter(street=streets, text="水"), set())):
        assert set(dataclasses.replace(whole, scope=scope).objective()["street"]) == seen


def test_no_statement_of_ones_own_within_a_scope(whole: Reader, half: Reader) -> None:
    assert whole.sql("select count(*) as n from cases")["n"].tolist() == [whole.count()]
    with pytest.raises(QueryFailed, match="不能直接查询"):
        half.sql("select count(*) from cases")


def test_the_scope_stays_with_the_reader(whole: Reader, half: Reader) -> None:
    assert half.is_scoped and not whole.is_scoped
    assert half.latest().scope == half.scope == Reader.of(half.store, half.profile, half.scope).scope
    opened = open_reader(scope=half.scope, url=f"duckdb:///{half.store.folder}", profile=half.profile)
    assert opened == half and opened.count() == half.count()


@pytest.mark.parametrize("name", [*ASKED, *OF_THE_DISTRICT])
def test_without_data_a_scope_changes_nothing(
    empty_store: Store, open_to_care: Profile, known: Known, name: str
) -> None:
    scoped, unscoped = (
        Reader.of(empty_store, open_to_care, scope) for scope in (CaseFilter(street=("x",)), EVERYTHING)
    )
    ask = ASKED.get(name) or (lambda reader, _: OF_THE_DISTRICT[name](reader))

    def told(reader: Reader) -> Any:
        try:
            return ask(reader, known)
        except StoreError as error:
            return str(error)

    assert_same(told(scoped), told(unscoped))
    if name in ("Reader.read", "Reader.span", "Reader.as_of"):
        assert "python -m data_access" in told(scoped)


@pytest.mark.parametrize("name", ASKED)
def test_who_sees_no_case_at_all_is_answered(whole: Reader, known: Known, name: str) -> None:
    """A scope may name what the data has none of: that is no failure."""
    nobody = dataclasses.replace(whole, scope=CaseFilter(street=("无此街道",)))
    ASKED[name](nobody, known)
    assert nobody.count() == 0 and nobody.has_data


def test_a_sheet_is_shown_before_the_first_case_comes(empty_store: Store, profile: Profile, tmp_path: Path) -> None:
    street = profile.streets[0].name
    (tmp_path / "sheet.csv").write_text(
        f"时期,街道,维度,指标,方向,下限,上限,数值\n2022-03,{street},病有所医,床位,正向,5,10,9\n", encoding="utf-8"
    )
    import_sheet(tmp_path / "sheet.csv", profile=profile, store=empty_store)
    for scope in (EVERYTHING, CaseFilter(street=(street,))):
        assert Reader.of(empty_store, profile, scope).objective()["street"].tolist() == [street]


def test_a_matter_about_cases_nobody_here_sees_is_measured_by_none(whole: Reader) -> None:
    """Else the effect of somebody else's matter would be told from all of one's own cases."""
    mine = dataclasses.replace(whole, scope=halves(whole.profile)["streets"].scope)
    others = whole.list_cases(EVERYTHING, page_size=ALL)
    others = others[~others["street"].isin(mine.scope.street)]["case_id"].head(3)
    watched = effect.watched(mine, CaseFilter(case_id=tuple(others)), ("unit", "category2"))
    assert mine.count(watched) == 0
