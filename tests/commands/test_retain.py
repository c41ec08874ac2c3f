"""Personal data is removed from every version and from the ledger, and every count and rate is as before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import create_engine

from commands import main
from data_access.cases import files, rewriting
from data_access.cases.clickhouse import ClickHouseStore
from data_access.cases.clock import AS_OF
from data_access.cases.draft import log_of
from data_access.cases.expunging import REMOVED
from data_access.cases.files import FileStore
from data_access.cases.filters import CaseFilter
from data_access.cases.postgres import PostgresStore
from data_access.cases.reader import Reader, open_reader
from data_access.cases.versions import Store
from data_access.district.people import Actor
from data_access.district.profile import PROFILES, Profile, load_profile
from data_access.ledger.audit import verify
from data_access.ledger.opening import begin_ledger, open_ledger, trail_of
from data_access.trail.reading import search
from data_access.trail.reading import verify as verify_trail
from tests.data_access.cases.test_engines import emptied

pytestmark = pytest.mark.slow

CANARIES = ("金丝雀标题", "金丝雀内容", "金丝雀地址", "金丝雀剔除", "ca11erca11erca11")
HEADER = "工单编号,来电时间,街道,社区,问题一级分类,主要内容,标题,地址,来电号码,是否解决,办结时间\n"
MEASURED = ["volume", "resolution_rate", "satisfaction_rate", "repeat_share", "composite"]
DAY = datetime(2022, 12, 30, 12)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    """The shipped district, in which the first half of the year is too old."""
    folder = tmp_path_factory.mktemp("profiles") / "dongcheng"
    shutil.copytree(PROFILES / "dongcheng", folder)
    limits = "[[retention]]\nvalid_from = 2022-01-01\ntexts = 183\naddresses = 183\ncallers = 183\n"
    (folder / "privacy.toml").write_text(limits, encoding="utf-8")
    return load_profile(folder)


def filled(store: Store, reader: Reader) -> None:
    """Three versions; in each the old cases hold words that are easy to find in a file."""
    for step in range(3):
        with store.writing() as con:
            if not step:
                con.execute("COMMIT")
                con.execute(f"ATTACH '{reader.store.folder / f'{reader.store.version}.duckdb'}' AS other (READ_ONLY)")
                con.execute("BEGIN")
                store.forget_everything(con)
                con.execute("DELETE FROM store_info").fetchall()
                for table in ("store_info", "import_batches"):
                    con.execute(f"INSERT INTO {table} BY NAME FROM other.{table}").fetchall()
                con.execute("INSERT INTO cases BY NAME FROM (FROM other.cases WHERE hash(case_id) % 9 = 0)").fetchall()
                old = "created_at < '2022-06-15 12:00:00'"
                con.execute(f"UPDATE cases SET title = '金丝雀标题', content = '金丝雀内容', address = '金丝雀地址', "
                            f"excluded_reason = '金丝雀剔除', lon = 116.41237, lat = 39.92345, caller_key = CASE WHEN "
                            f"hash(case_id) % 2 = 0 THEN 'ca11erca11erca11' ELSE caller_key END WHERE {old}").fetchall()  # fmt: skip
                con.execute("INSERT INTO rejected_rows VALUES (1, 'a.csv', 2, '', '坏', '金丝雀内容')").fetchall()
                con.execute("DELETE FROM import_batches").fetchall()
                con.execute(f"DELETE FROM store_info WHERE key = '{AS_OF}'").fetchall()
                con.execute("INSERT INTO store_info VALUES (?, ?)", [AS_OF, DAY.isoformat()])
                con.execute("INSERT INTO import_batches VALUES (1, 'a.csv', 'x', 'm', 'hotline', '2022-01-01', "
                            "'2022-01-01', 1, 0, 0, 0, 1, '')").fetchall()  # fmt: skip
            else:
                con.execute("INSERT INTO store_info VALUES (?, 'x')", [f"step{step}"])


@pytest.fixture(params=["files", "log", "postgres", "clickhouse"])
def old(
    request: pytest.FixtureRequest, tmp_path: Path, reader: Reader, short: Profile, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    """A store of three versions on each engine, with a ledger whose matters name cases that are too old."""
    monkeypatch.setenv("CASES_FOLDER", str(tmp_path))
    with ExitStack() as stack:
        if request.param in ("files", "log"):
            if request.param == "log":
                monkeypatch.setattr(files, "WORTH_A_LOG", 0)
            store: Store = FileStore(tmp_path)
        else:
            store = stack.enter_context(emptied(request.param, request, tmp_path))
        filled(store, reader)
        if request.param == "log":
            assert log_of(tmp_path / f"{store.version}.duckdb").exists()
        monkeypatch.setenv("CASES_URL", store.url)
        monkeypatch.setattr("commands.current_profile", lambda name: short)
        yield open_reader(url=store.url, profile=short)


def figures(reader: Reader) -> pd.DataFrame:
    return reader.aggregate(MEASURED, ["street", "month"])


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def folder_of(store: Store, folder: Path) -> Path:
    """Where the cases' bytes lie, as far as one machine's user sees them."""
    if not isinstance(store, ClickHouseStore):
        return folder
    with store.reading() as connection:
        return Path(str(connection.exec_driver_sql("SELECT path FROM system.disks WHERE name = 'default'").scalar()))


def matter(reader: Reader) -> str:
    """One that names an old case and took over its words."""
    ledger = begin_ledger(reader)
    asked = "SELECT case_id FROM cases WHERE title = '金丝雀标题' AND source = 'hotline' ORDER BY case_id LIMIT 1"
    case = reader.sql(asked)["case_id"].iloc[0]
    programme = reader.profile.programme("supervision")
    fields = {field.name: field.options[0] if field.options else "东四街道" for field in programme.fields
              if field.kind in ("text", "unit", "street")}  # fmt: skip
    return ledger.open_matter(programme, Actor("值班长甲", "指挥中心"), "关于金丝雀标题的督办", fields=fields,
                              where=CaseFilter(case_id=(str(case),)), text="见：金丝雀内容，金丝雀地址")  # fmt: skip


def everywhere(reader: Reader) -> str:
    """What every kept version holds in the columns that are to go."""
    told = []
    for info in reader.store.versions():
        with reader.store.reading(info.name) as connection:
            for asked in ("SELECT title, content, address, excluded_reason, caller_key FROM cases",
                          "SELECT raw FROM rejected_rows"):  # fmt: skip
                told.append(str(connection.exec_driver_sql(asked).fetchall()))
    return "".join(told)


def test_what_is_too_old_goes_everywhere_and_figures_stay(
    old: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number, before = matter(old), figures(old)
    assert all(word in everywhere(old) for word in CANARIES)
    folder = folder_of(old.store, tmp_path)
    lying = [word for word in CANARIES if word.encode() in bytes_of(folder)]
    assert len(lying) >= {FileStore: 5, ClickHouseStore: 3, PostgresStore: 0}[type(old.store)]  # some lie compressed
    assert main(["retain", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "没有改动" in said and everywhere(old).count("金丝雀标题") > 3
    assert main(["retain"]) == 0, capsys.readouterr().err
    now = old.latest()
    told = everywhere(now)
    assert not any(word in told for word in CANARIES) and REMOVED in told
    assert not any(word.encode() in bytes_of(folder) for word in CANARIES)
    pd.testing.assert_frame_equal(figures(now), before)
    assert len(now.store.versions()) >= 3 and now.version != old.version
    ledger = open_ledger(now)
    assert not verify(ledger.engine, ledger.key).broken
    row = ledger.matters("supervision", number=number).iloc[0]
    assert row["title"] == f"关于{REMOVED}的督办" and row["events"] == 1
    trail = trail_of(now)
    assert trail and not verify_trail(trail).broken
    assert len(search(trail, datetime(2020, 1, 1), datetime(2100, 1, 1), kinds=["retain"])) == 2
    version = now.store.version
    assert main(["retain"]) == 0 and now.store.version == version  # nothing is left to do


@pytest.mark.parametrize("old", ["postgres"], indirect=True)
def test_nothing_is_left_in_the_servers_files(old: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in the pages of rows that are gone nor in what the planner remembers; its log of writes is the server's."""
    assert isinstance(old.store, PostgresStore)
    asked = "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database WHERE datname = current_database()"
    server = create_engine(old.store.url, isolation_level="AUTOCOMMIT")

    def held() -> bytes:
        with server.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
            return bytes_of(Path(str(connection.exec_driver_sql(asked).scalar())))

    with server.connect() as connection:
        connection.exec_driver_sql("ANALYZE")  # as the server does by itself
    assert all(word.encode() in held() for word in CANARIES)
    assert main(["retain"]) == 0, capsys.readouterr().err
    assert not [word for word in CANARIES if word.encode() in held()]
    server.dispose()


def test_repeats_among_what_goes_still_count(old: Reader) -> None:
    asked = "SELECT count(*) AS n, count(DISTINCT caller_key) AS k FROM cases WHERE created_at < '2022-06-15 12:00:00'"
    before = old.sql(asked).iloc[0].tolist()
    assert main(["retain"]) == 0
    assert old.latest().sql(asked).iloc[0].tolist() == before


@pytest.mark.parametrize("old", ["log"], indirect=True)
@pytest.mark.parametrize("die_at", range(1, 8))
def test_whoever_is_killed_meanwhile_leaves_a_store_that_opens(
    old: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, die_at: int
) -> None:
    """At each step of the first two versions: the next time does the rest."""

    class Killed(BaseException):
        pass

    steps, before = iter(range(1, 100)), figures(old)
    for name in ("_written", "sync"):
        monkeypatch.setattr(rewriting, name, _dying(getattr(rewriting, name), steps, die_at, Killed))
    for name in ("_keep_history", "_point_to", "_let_go"):
        monkeypatch.setattr(FileStore, name, _dying(getattr(FileStore, name), steps, die_at, Killed))
    with pytest.raises(Killed):
        main(["retain"])
    monkeypatch.undo()
    monkeypatch.setenv("CASES_URL", old.store.url)
    monkeypatch.setattr("commands.current_profile", lambda name: old.profile)
    fresh = open_reader(url=old.store.url, profile=old.profile)
    pd.testing.assert_frame_equal(figures(fresh), before)
    assert main(["retain"]) == 0
    assert not any(word.encode() in bytes_of(tmp_path) for word in CANARIES)
    pd.testing.assert_frame_equal(figures(fresh.latest()), before)


def _dying(step, steps, die_at, killed):  # type: ignore[no-untyped-def]
    def taken(*args, **named):  # type: ignore[no-untyped-def]
        if next(steps) == die_at:
            raise killed
        return step(*args, **named)

    return taken


def test_one_case_is_forgotten_and_no_import_brings_it_back(
    tmp_path: Path, short: Profile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "store"
    monkeypatch.setenv("CASES_URL", f"duckdb:///{folder}")
    monkeypatch.setattr("commands.current_profile", lambda name: short)
    file = tmp_path / "a.csv"
    rows = [f"{n},2022-12-0{n} 09:00:00,东四街道,,住房,金丝雀{n}内容,金丝雀{n}标题,东四三条{n}号,1381234567{n % 2},是,2022-12-1{n} 09:00:00"
            for n in range(1, 6)]  # fmt: skip
    file.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    assert main(["import", str(file)]) == 0, capsys.readouterr().err
    reader = open_reader(profile=short)
    before, callers = figures(reader), reader.figure("callers")
    assert main(["forget", "9"]) == 1 and "没有编号为 9" in capsys.readouterr().err
    assert main(["forget", "3"]) == 0, capsys.readouterr().err
    for _ in range(2):
        case, other = (open_reader(profile=short).get_case(name) for name in ("3", "2"))
        assert case and other and case["content"] == case["address"] == REMOVED and "金丝雀2" in other["content"]
        assert case["caller_key"].startswith("-") and not other["caller_key"].startswith("-")
        assert "金丝雀3".encode() not in bytes_of(folder)
        after = figures(open_reader(profile=short))
        # The one thing that is counted otherwise: whoever called about this case is somebody else than who called again.
        assert open_reader(profile=short).figure("callers") == callers + 1
        pd.testing.assert_frame_equal(after, before)
        assert main(["import", str(file)]) == 0
