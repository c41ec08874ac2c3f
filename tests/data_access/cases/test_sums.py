"""Sums of chosen streets are added up from what each street adds: as if the chosen ones had been asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Integer, Select, case, cast, distinct, func, null, select

from data_access.cases import sums
from data_access.cases.cache import ANSWERS
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.measures import MEASURES, Basis
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.cases.sums import By, Sums, sums_of
from data_access.cases.telling import split
from data_access.district.periods import Period

SPRING = CaseFilter(period=Period(datetime(2022, 3, 1), datetime(2022, 5, 1)))
MEASURED = tuple(name for name, measure in MEASURES.items() if not measure.quantile)
GROUPINGS: list[By] = [
    (), ("street",), ("day", "category1"), ("street", "unit"), ("assessment_month", "hour_band"),
    *((name,) for name in DIMENSIONS if name not in ("street", "address")),
]  # fmt: skip


@pytest.fixture(autouse=True)
def other_streets_were_chosen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they were, once anybody has looked at two streets."""
    monkeypatch.setattr(sums, "_chosen_first", lambda *_: ("",))


def _by_statement(reader: Reader, where: CaseFilter) -> dict[By, Sums]:
    """The same, asked of the engine with the streets as a condition."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "MOST_STREETS", 0)
        return sums_of(reader, MEASURED, GROUPINGS, where)


def _choices(reader: Reader) -> Iterator[tuple[str, ...]]:
    names = [street.name for street in reader.profile.streets]
    yield from ((names[0],), (names[2], names[9], names[5]), tuple(names), ("没有这个街道",), ("", names[1]))


def assert_same(added: dict[By, Sums], asked: dict[By, Sums]) -> None:
    for by in GROUPINGS:
        one, other = added[by], asked[by]
        assert {name: list(values) for name, values in one.rows.items()} == {
            name: list(values) for name, values in other.rows.items()
        }
        assert one.of.keys() == other.of.keys()
        for name, values in other.of.items():
            np.testing.assert_allclose(one.of[name], values, rtol=1e-12, err_msg=f"{by} {name}")


@pytest.mark.parametrize("more", [{}, {"source": ("hotline",)}, {"category1": ("没有这一类",)}, {"status": ("open",)}])
def test_sums_of_streets_are_those_of_their_cases(reader: Reader, more: dict[str, tuple[str, ...]]) -> None:
    for streets in _choices(reader):
        where = SPRING.replace(street=streets, **more)
        assert_same(sums_of(reader, MEASURED, GROUPINGS, where), _by_statement(reader, where))


def test_too_many_groups_are_asked_for_themselves(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MOST_GROUPS", 40)
    where = SPRING.replace(street=(reader.profile.streets[0].name,), unit_type=("部门",))
    assert_same(sums_of(reader, MEASURED, GROUPINGS, where), _by_statement(reader, where))


def test_from_the_second_choice_on_streets_are_added_up(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first may stay the only one."""
    monkeypatch.undo()
    ANSWERS.forget()
    first, second, third = (SPRING.replace(street=(reader.profile.streets[place].name,)) for place in (3, 4, 5))
    groups: dict[By, tuple[str, ...]] = {(): ("volume", "composite"), ("day",): ("on_time_rate",)}
    asked, columns = list[str](), Reader.columns

    def noted(of: Reader, statement: Select[Any], **more: bool) -> dict[str, np.ndarray]:
        asked.append("street" if "street" in statement.selected_columns else "chosen")
        return columns(of, statement, **more)

    monkeypatch.setattr(Reader, "columns", noted)
    for where, then in ((first, ["chosen"]), (second, ["street"]), (third, []), (first, [])):
        asked.clear()
        reader.ask_together(where, groups)
        assert asked == then and reader.count(where) > 0
    reader.figure("callers", third)  # how many people there are does not add up
    assert asked == ["chosen"]


LATE = func.sum(case((cases.c.is_late == 1, 1), else_=0))
ODD = {
    "unknown to us": func.abs(0 - LATE),
    "never": func.max(cast(null(), Integer)),
    "none": LATE / func.nullif(0 * LATE, 0),
}


def test_what_a_measure_makes_of_its_sums_is_what_the_engine_makes_of_them(reader: Reader) -> None:
    """Of every measure, and of shapes that none has."""
    basis = Basis(reader.as_of, reader.profile)
    halves = {f"{name} {half}": part(basis) for name in MEASURED for half in ("numerator", "denominator")
              if (part := getattr(MEASURES[name], half))} | ODD  # fmt: skip
    found = sums._tables(reader, {label: split(part) for label, part in halves.items()}, [("category2",)], SPRING)
    table = found["category2",]
    columns = [part.label(label) for label, part in halves.items()]
    statement = select(cases.c.category2, *columns).where(*conditions(SPRING, reader.as_of)).group_by(cases.c.category2)
    asked = reader.read(statement).sort_values("category2")
    assert asked["category2"].tolist() == table.values["category2"].tolist()
    for label, part in halves.items():
        worked_out = np.broadcast_to(np.asarray(split(part).of(table.of), float), table.size)
        np.testing.assert_allclose(worked_out, asked[label].to_numpy(float), rtol=1e-12, err_msg=label)


def test_only_what_adds_up_is_added_up() -> None:
    assert split(LATE / func.nullif(func.count(), 0)).adds_up
    assert not any(split(part).adds_up for label, part in ODD.items() if label != "none")
    assert not split(func.count(distinct(cases.c.caller_key))).adds_up
