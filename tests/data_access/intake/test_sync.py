"""A live source: what changed comes in, once, however often it is read and wherever a reading was broken off."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commands import main
from commands import sync as command
from data_access.cases.errors import StoreBusy
from data_access.cases.schema import cases
from data_access.cases.store import Store, store_for
from data_access.district.periods import beijing_now
from data_access.district.profile import current_profile
from data_access.intake import live
from data_access.intake.contact import lost_sources
from data_access.intake.importing import ImportResult
from data_access.intake.live import LiveSource, SourceLost
from data_access.intake.mapping import load_mapping
from data_access.intake.syncing import Sync
from tests.data_access.intake.sources import Source, mapping_file
from tests.data_access.intake.test_import import load, stored, write_csv
from tests.killing import is_killed
from tests.postgres import fresh_database

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that callers are known alike in stores that are compared."""
    monkeypatch.setenv("CALLER_KEY", "the same for both")


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(f"sqlite:///{tmp_path / 'orders.db'}")


def sync(source: Source, store: Store, tmp_path: Path, at_once: int = 200_000) -> Sync:
    path = mapping_file(tmp_path)
    return Sync(LiveSource(source.url, load_mapping(path)), path.stem, current_profile(), store, at_once=at_once)


def orders(first: int, count: int) -> list[dict[str, str | None]]:
    """Orders that came in one a minute, and were last touched when they came."""
    moments = [f"2022-03-{1 + n // 1200:02} {n % 1200 // 60:02}:{n % 60:02}:00" for n in range(first, first + count)]
    return [
        {"工单编号": f"N{n:06}", "来电时间": at, "更新时间": at, "来电号码": f"138{n % 97:08}", "满意度": "满意"}
        for n, at in zip(range(first, first + count), moments, strict=True)
    ]


def total(results: list[ImportResult], name: str) -> int:
    return sum(getattr(result, name) for result in results)


def content(store: Store) -> tuple[list[tuple[Any, ...]], Counter[tuple[Any, ...]]]:
    """Every case but for the batch it came with, and what was refused and why."""
    names = ", ".join(column.name for column in cases.columns if column.name != "batch_id")
    refused = stored(store, 'SELECT "column", reason, raw FROM rejected_rows')
    return stored(store, f"SELECT {names} FROM cases ORDER BY case_id"), Counter(refused)


def assert_as_one_import(source: Source, store: Store, tmp_path: Path) -> None:
    at_once = store_for(f"duckdb:///{tmp_path / 'at_once'}")
    path = write_csv(tmp_path / "everything.csv", source.all_rows())
    load(path, at_once, mapping=str(mapping_file(tmp_path)))
    (rows, refused), (expected, refused_at_once) = content(store), content(at_once)
    assert rows == expected
    assert sum(refused.values()) == len(refused)  # none twice
    assert Counter((column, reason) for column, reason, _ in refused) == Counter(
        (column, reason) for column, reason, _ in refused_at_once
    )


@pytest.mark.slow
def test_what_changed_comes_in_and_nothing_twice(source: Source, empty_store: Store, tmp_path: Path) -> None:
    source.add(*orders(0, 30), {"工单编号": "坏", "来电时间": "某天", "更新时间": "2022-03-01 00:20:00"})
    following = sync(source, empty_store, tmp_path, at_once=10)
    first = list(following.round())
    assert (total(first, "inserted"), total(first, "rejected")) == (30, 1)
    assert len(first) == 3  # parts of about ten
    # Closed and called back later, refused later still, and one written late with a time from before the mark.
    source.change("N000003", 办结时间="2022-03-02 10:00:00", 满意度="不满意", 更新时间="2022-03-02 11:00:00")
    source.add({"工单编号": "晚到", "更新时间": "2022-03-01 00:24:00"})
    before = empty_store.version
    second = list(following.round())
    assert (total(second, "inserted"), total(second, "updated"), total(second, "rejected")) == (1, 1, 0)
    version = empty_store.version
    assert version != before
    assert [result.batch_id for result in following.round()] == [0] and empty_store.version == version
    assert_as_one_import(source, empty_store, tmp_path)
    [(place, line, name)] = stored(empty_store, 'SELECT file_name, line, "column" FROM rejected_rows')
    assert (place, line, name) == ("orders（orders.db）［工单编号 坏］", 0, "来电时间")


@pytest.mark.slow
def test_rows_without_a_time_of_change_come_in_and_one_that_lies_ahead_moves_no_mark(
    source: Source, empty_store: Store, tmp_path: Path
) -> None:
    source.add(
        *orders(0, 3), {"工单编号": "没写", "更新时间": None}, {"工单编号": "写错", "更新时间": "2099-01-01 00:00:00"}
    )
    following = sync(source, empty_store, tmp_path)
    assert total(list(following.round()), "inserted") == 5
    source.add(*orders(3, 1))
    source.change("没写", 满意度="不满意")
    second = list(following.round())
    assert (total(second, "inserted"), total(second, "updated")) == (1, 1)


@pytest.mark.slow
def test_a_source_that_does_not_tell_changes_is_read_whole(source: Source, empty_store: Store, tmp_path: Path) -> None:
    source.add(*orders(0, 5))
    following = sync(source, empty_store, tmp_path)
    told = following.source.mapping.model_copy(
        update={"columns": {k: v for k, v in following.source.mapping.columns.items() if k != "updated_at"}}
    )
    whole = Sync(LiveSource(source.url, told), "orders", current_profile(), empty_store)
    assert total(list(whole.round()), "inserted") == 5
    source.change("N000001", 满意度="不满意")
    assert total(list(whole.round()), "updated") == 1


@pytest.mark.slow
def test_a_stretch_is_read_again_without_moving_the_mark(source: Source, empty_store: Store, tmp_path: Path) -> None:
    source.add(*orders(0, 20))
    following = sync(source, empty_store, tmp_path)
    list(following.round())
    mark = following.mark
    source.change("N000002", 满意度="不满意")  # written without a new time of change, long before the mark
    source.change("N000012", 满意度="不满意")
    assert total(list(following.again("2022-03-01 00:00:00", "2022-03-01 00:05:00")), "updated") == 1
    assert following.mark == mark
    assert total(list(following.again(None, None)), "updated") == 1


@pytest.mark.slow
def test_what_was_rolled_back_is_read_again(source: Source, empty_store: Store, tmp_path: Path) -> None:
    following = sync(source, empty_store, tmp_path)
    source.add(*orders(0, 5))
    list(following.round())
    source.add(*orders(2000, 5))
    list(following.round())
    empty_store.rollback()
    assert total(list(following.round()), "inserted") == 5
    assert_as_one_import(source, empty_store, tmp_path)


def test_two_never_follow_one_source(source: Source, empty_store: Store, tmp_path: Path) -> None:
    with sync(source, empty_store, tmp_path).alone(), pytest.raises(StoreBusy, match="已有一个同步"):
        sync(source, empty_store, tmp_path).alone()


LATER = beijing_now() + timedelta(hours=3)


@pytest.mark.slow
def test_a_lost_source_is_tried_again_said_once_and_seen_as_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table is gone for two tries; then it is there again."""
    source, folder = Source(f"sqlite:///{tmp_path / 'orders.db'}"), tmp_path / "store"
    source.add(*orders(0, 5))
    monkeypatch.setenv("CASES_URL", f"duckdb:///{folder}")
    place, away = tmp_path / "orders.db", tmp_path / "away" / "orders.db"
    away.parent.mkdir()
    waits: list[float] = []

    class Enough(Exception):
        """What ends the endless following."""

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:  # the first round is done
            os.replace(place, away)
            place.mkdir()  # cannot be opened as a database
        if len(waits) == 2:
            [said] = lost_sources(store_for(f"duckdb:///{folder}"), now=LATER)
            assert "12345热线工单导出" in said and "约定每 10 分钟" in said and "orders.db" not in said
        if len(waits) == 3:
            place.rmdir()
            os.replace(away, place)
        if len(waits) == 4:
            raise Enough

    monkeypatch.setattr(command, "_wait", wait)
    arguments = ["sync", "--from", source.url, "--mapping", str(mapping_file(tmp_path)), "--every", "10"]
    with pytest.raises(Enough):
        main(arguments)
    told = capsys.readouterr()
    assert waits[1:3] == [command.FIRST_WAIT, command.FIRST_WAIT * 2] and waits[3] <= 600
    assert told.err.count("连不上来源") == 1 and "恢复" in told.out
    assert lost_sources(store_for(f"duckdb:///{folder}")) == []


@pytest.mark.slow
def test_a_source_that_is_lost_while_it_is_read_leaves_nothing_half(
    postgres: str, empty_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_database(postgres) as address:
        source = Source(address)
        source.add(*orders(0, 300))
        following, numbered = sync(source, empty_store, tmp_path), live._numbered
        monkeypatch.setattr(live, "AT_ONCE", 50)

        def cut_off(rows: Any, *more: Any) -> Iterator[Any]:
            for number, row in enumerate(numbered(rows, *more)):
                if number == 20:
                    with source.engine.connect() as connection:
                        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                        connection.exec_driver_sql(f"{others} current_database() AND pid <> pg_backend_pid()")
                yield row

        with monkeypatch.context() as broken:
            broken.setattr(live, "_numbered", cut_off)
            with pytest.raises(SourceLost, match="断了"):
                list(following.round())
        assert not empty_store.version
        assert total(list(following.round()), "inserted") == 300


def follow(url: str, mapping: Path, store: str) -> None:
    """One round, in parts."""
    source = LiveSource(url, load_mapping(mapping))
    list(Sync(source, "orders", current_profile(), store_for(store), at_once=300).round())


@pytest.mark.slow
@pytest.mark.parametrize("into", ["duckdb", "postgresql"])
def test_killed_ten_times_nothing_is_lost_or_doubled(
    into: str, tmp_path: Path, request: pytest.FixtureRequest, postgres: str
) -> None:
    dice = random.Random(7)
    with fresh_database(postgres) as from_, fresh_database(postgres) as to:
        source = Source(from_)
        source.add(*orders(0, 1200), *({"工单编号": f"坏{n}", "来电时间": "某天"} for n in range(7)))
        url = to if into == "postgresql" else f"duckdb:///{tmp_path / 'store'}"
        environment = {"CASES_FOLDER": str(tmp_path / "kept"), "CALLER_KEY": os.environ["CALLER_KEY"]}
        round_ = follow, source.url, mapping_file(tmp_path), url

        took, killed, number = 2.5, 0, 1200
        while killed < 10:
            if is_killed(dice.uniform(0.02, took), *round_, **environment):
                killed += 1
            else:
                took = max(0.5, took * 0.7)  # it was quicker than thought
            source.add(*orders(number, 100))
            # Touched when the newest order was: a source's clock does not run backwards.
            now = orders(number + 99, 1)[0]["更新时间"]
            source.change(f"N{dice.randrange(number):06}", 满意度="不满意", 更新时间=now)
            number += 100
        # The first ends the round that was cut off, up to where that one had begun to look; the second brings the rest.
        assert not is_killed(0, *round_, **environment) and not is_killed(0, *round_, **environment)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CASES_FOLDER", environment["CASES_FOLDER"])
            assert_as_one_import(source, store_for(url), tmp_path)
