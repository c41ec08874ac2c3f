"""Whoever may see one half of the cases meets nothing of the other half, whatever is asked."""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data_access.cases import care
from data_access.cases.errors import StoreError
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import QueryFailed, Reader, open_reader
from data_access.cases.store import Store, store_for
from data_access.district.profile import Profile
from data_access.intake import quality
from data_access.intake.clerk import Asked
from data_access.intake.objective import import_sheet
from data_access.ledger.ledger import Ledger
from questions import effect
from tests.data_access.cases.asking import (
    ALL,
    ASKED,
    ENDED,
    EVERYTHING,
    HOUSING,
    LEADER,
    LISTED,
    OF_THE_DISTRICT,
    OPENED,
    Known,
)
from tests.data_access.cases.ways import NO_CASES, there_are


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
    """The small demo district, with a sheet of indicators, a refused row and strange words, seen by whoever sees everything."""
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
        noted = Asked(("请看",), {"new": 90, "new_blank": {"street": 9}, "old": 0, "old_blank": {}}).notes
        con.execute("UPDATE import_batches SET notes = ?", [json.dumps(noted, ensure_ascii=False)]).fetchall()
        strange = "is_valid_callback = 1 AND hash(case_id) % 20 = 0"
        con.execute(
            f"INSERT INTO unread_words (source, case_id, field, word) SELECT source, case_id, 'is_contacted', '打过' FROM cases WHERE {strange}"
        )
        con.execute(f"UPDATE cases SET is_contacted = -1, satisfaction = '5星' WHERE {strange}").fetchall()
        for half in halves(open_to_care).values():
            for end, order in (("min", "ASC"), ("max", "DESC")):
                con.execute(
                    f"""UPDATE cases SET created_at = ends.moment, created_day = CAST(ends.moment AS DATE)
                        FROM (SELECT {end}(created_at) AS moment FROM cases) ends WHERE case_id =
                        (SELECT case_id FROM cases WHERE {half.sql} ORDER BY created_at {order}, case_id LIMIT 1)"""
                ).fetchall()
    return Reader.of(store, open_to_care)


# One kind in the quick check, all of them in the suite.
@pytest.fixture(scope="module", params=[KINDS[0], *(pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS[1:])])
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
        con.execute("DELETE FROM unread_words WHERE case_id NOT IN (SELECT case_id FROM cases)").fetchall()
        # A street's figures belong to who sees all of its cases; the district's to who sees the district.
        con.execute(f"DELETE FROM objective_values WHERE {f'NOT ({one.sql})' if kind == 'streets' else 'true'}")
        con.execute("DELETE FROM import_batches").fetchall()
        con.execute("DELETE FROM rejected_rows").fetchall()
    # Whose residents are counted, and whether grid cases are, the scope names.
    return Reader.of(store, whole.profile, CaseFilter(street=one.scope.street, source=one.scope.source))


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
    begun = ledger.open_matter(hard_case, LEADER, "x", fields=hard, where=HOUSING, due_at=ENDED, at=OPENED)
    ledger.move(begun, "start", LEADER, seen=1, at=OPENED + timedelta(days=1))
    for key in keys:
        plan = {"caller": key, "basis": "多"}
        ledger.open_matter(whole.profile.programme("care"), LISTED, "x", fields=plan, at=OPENED)
    return Known(tuple(numbers.iloc[:: len(numbers) // 40]), tuple(keys), ledger)


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


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
def test_a_half_is_answered_as_if_there_were_no_other(
    half: Reader, alone: Reader, whole: Reader, known: Known, name: str
) -> None:
    ASKED[name](whole, known)  # an answer that is kept for who sees more is no way in
    assert_same(ASKED[name](half, known), ASKED[name](alone, known))


# The names that are near to a misspelt one are the same here in each half.
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ASKED.keys() - {"data_access.cases.misspelt.tell"}))
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


@pytest.mark.slow
def test_batches_and_refused_rows_are_for_who_sees_everything(whole: Reader, half: Reader) -> None:
    assert len(quality.batches(whole)) == 2 and len(quality.rejected(whole)) == 2
    assert quality.batches(half).empty and quality.rejected(half).empty


def test_sheets_show_the_streets_that_are_wholly_seen(whole: Reader) -> None:
    streets = halves(whole.profile)["streets"].scope.street
    assert set(whole.objective()["street"]) == {"", *(street.name for street in whole.profile.streets)}
    for scope, seen in ((CaseFilter(street=streets), set(streets)), (CaseFilter(street=streets, text="水"), set())):
        assert set(dataclasses.replace(whole, scope=scope).objective()["street"]) == seen


@pytest.mark.slow
def test_a_statement_of_ones_own_stays_within_the_scope(whole: Reader, half: Reader) -> None:
    for reader in (whole, half):
        assert reader.sql("select count(*) as n from cases where is_void = 0")["n"].tolist() == [reader.count()]
    with pytest.raises(QueryFailed, match="没有表"):
        half.sql("select * from rejected_rows")


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


@pytest.mark.slow
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
