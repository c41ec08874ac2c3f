"""What is asked after an import: the rules one by one; how often they err is tried in scripts/claims/imports.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import current_profile
from data_access.intake import quality
from data_access.intake.clerk import MOST_LINES, SEEN, _differs
from data_access.intake.importing import ImportResult, import_file

PROFILE = current_profile("pingshan")
STREETS = ("坑梓街道", "坪山街道", "马峦街道")
Row = dict[str, object]


def usual(first: date, days: int, a_day: int = 40) -> list[Row]:
    """So many cases a day in three streets, every tenth without a community; numbers of ten digits."""
    return [
        {"REC_ID": f"{first + timedelta(days=day):%Y%m%d}{n:02}",
         "CREATE_TIME": datetime.combine(first + timedelta(days=day), datetime.min.time()) + timedelta(seconds=1 + n * 860),
         "STREET_NAME": STREETS[n % 3], "COMMUNITY_NAME": "" if n % 10 == 0 else "某社区",
         "SUB_TYPE_NAME": f"分类{n % 7}", "DISPOSE_UNIT_NAME": f"单位{n % 5}"}
        for day in range(days) for n in range(a_day)
    ]  # fmt: skip


BEGIN, NEXT = date(2018, 3, 5), date(2018, 5, 7)  # both a Monday; no holiday after NEXT
HISTORY = usual(BEGIN, (NEXT - BEGIN).days)


@pytest.fixture
def bring(tmp_path: Path, empty_store: Store) -> Callable[[list[Row]], ImportResult]:
    """Import rows, after the history has been."""
    numbers = iter(range(100))

    def imported(rows: list[Row]) -> ImportResult:
        header = list(rows[0])
        lines = [",".join(header), *(",".join(str(row[name]) for name in header) for row in rows)]
        path = tmp_path / f"{next(numbers)}.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return import_file(path, profile=PROFILE, store=empty_store)

    assert imported(HISTORY).asked.lines == ()
    return imported


def changed(rows: list[Row], every: int, **to: object) -> list[Row]:
    return [row | to if place % every == 0 else row for place, row in enumerate(rows)]


WEEK = usual(NEXT, 5)
FAULTS: dict[str, tuple[list[Row], str]] = {
    "blank": (changed(WEEK, 3, COMMUNITY_NAME=""), "“社区”空缺 40.0%（80/200 件新件），上次 10.0%"),
    "column": ([{k: v for k, v in row.items() if k != "COMMUNITY_NAME"} for row in WEEK], "没有这些列（上次有）：社区"),
    "street": (changed(WEEK, 10, STREET_NAME="新街"), "以前没有的街道：新街 20"),
    "unit": (changed(WEEK, 10, DISPOSE_UNIT_NAME="新单位"), "以前没有的承办单位：新单位 20"),
    "class": (changed(WEEK, 10, SUB_TYPE_NAME="新事"), "以前没有的分类：新事 20"),
    "no street": ([row for row in WEEK if row["STREET_NAME"] != STREETS[1]], "一件也没有的街道：坪山街道（往常约"),
    "few": (usual(NEXT, 2) + usual(NEXT + timedelta(days=2), 1, 9) + usual(NEXT + timedelta(days=3), 2),
            "5月9日 9 件（往常 40—40）"),
    "none": (usual(NEXT + timedelta(days=3), 2), "5月7日 0 件（往常 40—40）、5月8日 0 件"),
    "many": (usual(NEXT, 2) + usual(NEXT + timedelta(days=2), 1, 99) + usual(NEXT + timedelta(days=3), 2),
             "5月9日 99 件（往常 40—40）"),
    "second": (changed(WEEK, 5, CREATE_TIME=datetime(2018, 5, 8, 9, 30, 5)), "40 件同一秒受理的很多，最多的是 2018-05-08 09:30:05"),
    "midnight": ([row | {"CREATE_TIME": f"{row['CREATE_TIME']:%Y-%m-%d}"} for row in WEEK], "同一秒受理"),
    "ids": ([*WEEK[:-1], WEEK[-1] | {"REC_ID": "201805000A"}], "1 件的编号不像其余（位数相同，字符不同），如第 201 行"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("empty_store", ["clickhouse"], indirect=True)
def test_the_same_is_asked_on_clickhouse(bring: Callable[[list[Row]], ImportResult]) -> None:
    rows = [*changed(WEEK[:-1], 10, STREET_NAME="新街"), WEEK[-1] | {"REC_ID": "201805000A"}]
    told = "".join(bring(rows).asked.lines)
    assert "以前没有的街道：新街" in told and "编号不像其余" in told
    assert not bring(usual(NEXT + timedelta(days=5), 7)).asked.lines


@pytest.mark.parametrize(
    "fault", [name if name in ("blank", "ids") else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS]
)
def test_a_fault_is_told(fault: str, bring: Callable[[list[Row]], ImportResult]) -> None:
    rows, told = FAULTS[fault]
    lines = bring(rows).asked.lines
    assert any(told in line for line in lines), lines


@pytest.mark.slow
def test_a_usual_week_is_not_spoken_of(bring: Callable[[list[Row]], ImportResult], empty_store: Store) -> None:
    assert bring(WEEK).asked.lines == ()
    assert bring(WEEK).asked.notes == {}  # nothing new came
    # The newest day is only begun; it is judged once it is over, and once only.
    assert bring(usual(NEXT + timedelta(days=5), 1, 3)).asked.lines == ()
    later = bring(usual(NEXT + timedelta(days=6), 1)).asked.lines
    assert len(later) == 1 and "5月12日 3 件" in later[0]
    assert bring(usual(NEXT + timedelta(days=7), 1)).asked.lines == ()
    assert len(quality.questions(Reader.of(empty_store, PROFILE))) == 1


@pytest.mark.slow
def test_a_public_holiday_may_be_quiet(bring: Callable[[list[Row]], ImportResult]) -> None:
    labour = date(2018, 5, 1)  # in the history; the next holiday is 端午, Monday 18 June
    assert labour > BEGIN
    bring(usual(NEXT, 42))
    quiet = usual(date(2018, 6, 18), 1, 5) + usual(date(2018, 6, 19), 2)
    assert bring(quiet).asked.lines == ()


@pytest.mark.slow
def test_running_numbers_may_grow(tmp_path: Path, empty_store: Store) -> None:
    def numbered(begin: int, many: int, day: int) -> ImportResult:
        lines = [f"{n},2018-03-{day:02} 09:{n % 60:02}:{n % 59:02}" for n in range(begin, begin + many)]
        (tmp_path / "a.csv").write_text("\n".join(["REC_ID,CREATE_TIME", *lines]), encoding="utf-8")
        return import_file(tmp_path / "a.csv", profile=PROFILE, store=empty_store)

    assert numbered(1, 9900, 1).asked.lines == ()
    assert numbered(9901, 300, 2).asked.lines == ()
    assert any("编号" in line for line in numbered(10**12, 3, 3).asked.lines)


def test_there_are_never_many_lines(bring: Callable[[list[Row]], ImportResult]) -> None:
    rows = changed(
        WEEK, 2, COMMUNITY_NAME="", STREET_NAME="", SUB_TYPE_NAME="新事", DISPOSE_UNIT_NAME="新单位", REC_ID=""
    )
    rows = [
        row | {"REC_ID": row["REC_ID"] or f"X{n}", "CREATE_TIME": datetime(2018, 5, 11, 9)}
        for n, row in enumerate(rows)
    ]
    assert len(bring(rows).asked.lines) <= MOST_LINES


def test_what_is_kept_for_the_next_import_is_not_shown_as_a_note(
    bring: Callable[[list[Row]], ImportResult], empty_store: Store
) -> None:
    bring(FAULTS["blank"][0])
    reader = Reader.of(empty_store, PROFILE)
    notes = quality.batches(reader)["notes"].iloc[0]
    assert json.loads(notes)[SEEN]["new"] == 200 and SEEN not in quality.said(notes)
    shares = quality.blanks_by_import(reader).query("field == 'community'")
    assert list(shares["rate"]) == [0.1, 0.4] and list(shares["batch_id"]) == [1, 2]


@given(st.integers(50, 5000), st.integers(50, 5000), st.floats(0, 1), st.floats(0, 1))
def test_a_share_differs_in_both_directions_alike(rows: int, base: int, one: float, other: float) -> None:
    now, then = (round(one * rows), rows), (round(other * base), base)
    assert _differs(now, then) == _differs(then, now)
    opposite = (now[1] - now[0], now[1]), (then[1] - then[0], then[1])
    assert _differs(now, then) == _differs(*opposite)
    if abs(now[0] / rows - then[0] / base) < 0.02:
        assert not _differs(now, then)
