"""The data's "now": the newest time that the export knows, whatever slips of the pen it holds, or what somebody says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from commands import main
from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.profile import Profile, current_profile
from data_access.intake import importing
from data_access.intake.importing import ImportFailed, import_file
from tests.data_access.cases.test_engines import emptied

BEGIN = dt.datetime(2022, 1, 1, 8)
COLUMNS = ("办结时间", "回访时间", "派单时间", "更新时间")


def cases_of(days: int, *later: tuple[str, dt.datetime], first: int = 0) -> str:
    """A case a day, and the first ones with later events: column and time."""
    lines = [["工单编号", "来电时间", *COLUMNS]]
    lines += [[f"A{n:05}", str(BEGIN + dt.timedelta(days=n)), *[""] * len(COLUMNS)] for n in range(first, days)]
    for line, (column, moment) in zip(lines[1:], later, strict=False):
        line[lines[0].index(column)] = str(moment)
    return "\n".join(map(",".join, lines)) + "\n"


def loaded(folder: Path, text: str, name: str = "a", *, store: Store | None = None, **more: Any) -> Reader:
    store, profile = store or store_for(f"duckdb:///{folder / 'store'}"), current_profile("dongcheng")
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    import_file(folder / f"{name}.csv", profile=profile, store=store, **more)
    return Reader.of(store, profile)


NEWEST = BEGIN + dt.timedelta(days=99)


def after(days: float) -> dt.datetime:
    return NEWEST + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("later", "now"),
    [
        ([], NEWEST),
        ([("办结时间", BEGIN)], NEWEST),
        *[([(column, after(2))], after(2)) for column in COLUMNS],
        ([("办结时间", after(2)), ("回访时间", after(8))], after(8)),
        ([("办结时间", after(1000))], NEWEST),  # a slip of the pen, though no longer in the future
        ([("办结时间", after(2)), ("办结时间", after(365)), ("回访时间", after(366))], after(2)),
        ([("办结时间", dt.datetime(9999, 12, 31)), ("回访时间", after(1))], after(1)),
        ([("办结时间", dt.datetime(1900, 1, 1))], NEWEST),
    ],
)
def test_now_is_the_newest_time_that_is_no_slip(
    tmp_path: Path, later: list[tuple[str, dt.datetime]], now: dt.datetime
) -> None:
    assert loaded(tmp_path, cases_of(100, *later)).as_of == now


@pytest.mark.slow
def test_few_cases_may_be_quiet_for_longer(tmp_path: Path) -> None:
    """One case, closed after twenty days, is no slip; after a year it is."""
    for name, days, is_known in (("a", 20, True), ("b", 365, False)):
        folder = tmp_path / name
        folder.mkdir()
        closed = BEGIN + dt.timedelta(days=days)
        assert loaded(folder, cases_of(1, ("办结时间", closed))).as_of == (closed if is_known else BEGIN)


def test_what_comes_after_the_import_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "beijing_now", lambda: after(3))
    assert loaded(tmp_path, cases_of(100, ("办结时间", after(2)), ("回访时间", after(4)))).as_of == after(2)


@pytest.mark.slow
def test_somebody_may_say_it(tmp_path: Path) -> None:
    told = after(20)
    reader = loaded(tmp_path, cases_of(100, ("办结时间", after(2))), as_of=told)
    assert reader.as_of == told
    # Slips in what was said to end then move nothing, what comes later does, from there on.
    assert loaded(tmp_path, cases_of(100, ("办结时间", after(25))), "b", as_of=told).as_of == told
    newer = loaded(tmp_path, cases_of(130, first=100), "c")
    assert newer.as_of == newer.span[1] == BEGIN + dt.timedelta(days=129)


@pytest.mark.slow
def test_to_say_it_alone_is_a_change(tmp_path: Path) -> None:
    text = cases_of(10)
    before = loaded(tmp_path, text)
    after_it = loaded(tmp_path, text, as_of=dt.datetime(2022, 1, 12))
    assert after_it.version != before.version and after_it.as_of == dt.datetime(2022, 1, 12)
    assert loaded(tmp_path, text, as_of=dt.datetime(2022, 1, 12)).version == after_it.version


@pytest.mark.slow
def test_postgresql_tells_the_same_now_whatever_comes_in(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """It finds it by its indexes: closings that move, slips, what comes after a moment that somebody said; and back."""
    slip, told = ("办结时间", after(1000)), after(20)
    steps: list[tuple[str, dict[str, Any], dt.datetime]] = [
        (cases_of(100, ("办结时间", after(2)), slip), {}, after(2)),
        (cases_of(4, ("办结时间", after(5)), ("回访时间", after(9))), {"as_of": told}, told),
        (cases_of(130, slip, first=100), {}, BEGIN + dt.timedelta(days=129)),
    ]
    with emptied("postgres", request, tmp_path / "kept") as store:
        for place, (text, more, now) in enumerate(steps):
            here = loaded(tmp_path, text, f"{place}", **more)
            there = loaded(tmp_path, text, f"{place}", store=store, **more)
            assert here.as_of == there.as_of == now
        for *_, now in steps[1::-1]:
            store.rollback()
            assert there.latest().as_of == now


def test_a_time_to_come_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="还没有到"):
        loaded(tmp_path, cases_of(3), as_of=dt.datetime(9000, 1, 1))


@pytest.mark.slow
def test_the_mapping_says_it_and_the_command_says_it_louder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping, file = tmp_path / "mine.toml", tmp_path / "a.csv"
    mapping.write_text(
        'label = "我的"\nsource = "hotline"\nas_of = 2022-01-20T08:00:00\n'
        '[columns]\ncase_id = "工单编号"\ncreated_at = "来电时间"\n',
        encoding="utf-8",
    )
    file.write_text(cases_of(10), encoding="utf-8")
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path / 'store'}")
    assert main(["import", str(file), "--mapping", str(mapping)]) == 0
    assert "数据截至 2022-01-20 08:00" in capsys.readouterr().out
    assert main(["import", str(file), "--mapping", str(mapping), "--as-of", "2022-02-01 09:30"]) == 0
    assert "数据截至 2022-02-01 09:30" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["import", str(file), "--as-of", "昨天"])
    assert "请写成 2022-12-31 08:00" in capsys.readouterr().err


def test_an_export_of_a_year_with_later_closings_knows_no_later_month(tmp_path: Path) -> None:
    closings = [("办结时间", after(days)) for days in range(1, 90)]
    reader = loaded(tmp_path, cases_of(100, *closings))
    assert reader.as_of == after(89)
    months = reader.whole_months
    assert months and months.end == dt.datetime(2022, 5, 1) > NEWEST


@pytest.mark.slow
@settings(max_examples=12)
@given(slips=some.lists(some.integers(400, 1300), max_size=3), tail=some.lists(some.integers(1, 6), max_size=5))
def test_slips_move_no_clock(tmp_path_factory: pytest.TempPathFactory, slips: list[int], tail: list[int]) -> None:
    steps = [after(sum(tail[: n + 1])) for n in range(len(tail))]
    events = [("办结时间", moment) for moment in [*steps, *map(after, slips)]]
    reader = loaded(tmp_path_factory.mktemp("slips"), cases_of(100, *events))
    assert reader.as_of == (steps[-1] if steps else NEWEST)


def test_a_demo_district_stands_at_its_own_now(demo_store: Store, profile: Profile) -> None:
    reader = Reader.of(demo_store, profile)
    assert dt.timedelta(0) <= reader.as_of - reader.span[1] < dt.timedelta(hours=1)
