"""The importer under attack: broken files end in a message or in quarantine, a killed import leaves all or nothing."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from commands import main
from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.profile import current_profile
from data_access.intake import quality
from data_access.intake.guessing import guess_mapping
from data_access.intake.importing import ImportFailed, import_file
from tests.killing import is_killed

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "data"
HEADER = "工单编号,来电时间,街道,主要内容\n"
VIOLENCE = [
    b'"',
    b"\xff\xfe",
    b"\0",
    b"\r",
    b"\n",
    b",,,,,,",
    b'"""',
    b"=cmd|' /C calc'!A0",
    b"\xd6",
    b"'; DROP TABLE cases; --",
]


def line(number: int) -> bytes:
    return f'{number},2022-03-01 09:00:00,东四,"路灯，不亮"\n'.encode()


def load(path: Path, store: Store):  # type: ignore[no-untyped-def]
    return import_file(path, profile=current_profile(), store=store)


def newest(store: Store, profile: str = "dongcheng") -> Reader:
    """A reader of what the last import left."""
    return Reader.of(store, current_profile(profile))


def test_a_broken_row_never_takes_its_neighbours_along(tmp_path: Path, empty_store: Store) -> None:
    wild = [
        b'100,2022-03-01 09:00:00,"\xe4\xb8\x9c,never closed\n',
        b"101,2022-03-01 09:00:00,\xff\xff,bad bytes\n",
        b"102,2022-03-01 09:00:00,a\0b,nul\n",
        b"103,2022-03-01 09:00:00,short\n",
        b"104,2022-03-01 09:00:00,a,b,c,d,long\n",
        b"105,2022-03-01 09:00:00,a," + b"x" * (10 << 20) + b"\n",
        b"106,not a time,a,b\n",
    ]
    good = [line(number) for number in range(len(wild) + 1)]
    mixed = [part for pair in zip(good, wild, strict=False) for part in pair] + good[len(wild) :]
    (tmp_path / "a.csv").write_bytes(HEADER.encode() + b"".join(mixed))
    result = load(tmp_path / "a.csv", empty_store)
    # The short row has an id and a time: what it leaves out is empty.
    assert (result.inserted, result.rejected) == (len(good) + 1, len(wild) - 1)
    refused = quality.rejected(newest(empty_store))
    assert refused["line"].tolist() == [3, 5, 7, 11, 13, 15]
    assert refused["reason"].str.len().gt(0).all() and refused["raw"].str.len().le(2000).all()


def test_quoted_line_breaks_are_no_attack(tmp_path: Path, empty_store: Store) -> None:
    (tmp_path / "a.csv").write_text(
        HEADER + '1,2022-03-01,东四,"第一行\n第二行\n""引用"""\n2,2022-03-01,东四,x\n', encoding="utf-8"
    )
    assert load(tmp_path / "a.csv", empty_store).inserted == 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_a_fuzzed_file_keeps_the_books(tmp_path: Path, empty_store: Store, seed: int) -> None:
    dice = random.Random(seed)
    content = bytearray(b"".join(line(number) for number in range(300)))
    for _ in range(25):
        at = dice.randrange(len(content))
        content[at : at + dice.randrange(3)] = dice.choice(VIOLENCE)
    (tmp_path / "a.csv").write_bytes(HEADER.encode() + bytes(content))
    result = load(tmp_path / "a.csv", empty_store)
    assert result.rows_read == result.inserted + result.updated + result.unchanged + result.rejected
    assert result.inserted > 200
    assert newest(empty_store).count() == result.inserted
    assert len(quality.rejected(newest(empty_store))) == result.rejected
    again = load(tmp_path / "a.csv", empty_store)
    assert (again.inserted, again.updated, again.rejected) == (0, 0, result.rejected)


@pytest.mark.parametrize("cut", [10, 1000, 4000])
def test_a_truncated_workbook_is_refused(tmp_path: Path, empty_store: Store, cut: int) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for number in range(200):
        book.active.append([number, "2022-03-01"])
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "a.xlsx").write_bytes((tmp_path / "a.xlsx").read_bytes()[:cut])
    with pytest.raises(ImportFailed, match="打不开"):
        load(tmp_path / "a.xlsx", empty_store)


def keep_asking(store: Store, stop: threading.Event, seen: list[int], errors: list[Exception]) -> None:
    while not stop.is_set():
        try:
            with store.reading() as connection:
                seen.append(connection.execute(text("SELECT count(*) FROM cases")).scalar_one())
        except Exception as error:  # noqa: BLE001 - any error a reader sees is the failure
            errors.append(error)


@pytest.mark.slow
def test_killed_at_ten_moments_it_is_all_or_nothing(tmp_path: Path) -> None:
    store = store_for(f"duckdb:///{tmp_path / 'store'}")
    (tmp_path / "first.csv").write_bytes(HEADER.encode() + line(0))
    load(tmp_path / "first.csv", store)
    many, allowed = 5_000, {1}
    stop, seen, errors = threading.Event(), list[int](), list[Exception]()
    reader = threading.Thread(target=keep_asking, args=(store, stop, seen, errors))
    reader.start()
    dice, took, killed, attempt = random.Random(4), 1.0, 0, 0
    while killed < 10:
        path = tmp_path / f"{attempt}.csv"
        path.write_bytes(HEADER.encode() + b"".join(line(1 + attempt * many + i) for i in range(many)))
        if is_killed(dice.uniform(0.02, took), main, ["import", str(path)], CASES_URL=f"duckdb:///{store.folder}"):
            killed += 1
        else:
            took *= 0.7  # it was quicker than thought
        attempt += 1
        with store_for(f"duckdb:///{store.folder}").reading() as connection:
            count = connection.execute(text("SELECT count(*) FROM cases")).scalar_one()
        before = max(allowed)
        assert count in (before, before + many)
        allowed.add(count)
    stop.set()
    reader.join()
    assert not errors
    assert seen and set(seen) <= allowed
    assert load(tmp_path / "0.csv", store).rejected == 0


def pingshan_file(tmp_path: Path) -> Path:
    """The real export where it is at hand, else one of the same shape: dates without a time, `-`, two spellings."""
    real = REAL / "pingshan" / "pingshan_events_10000.csv"
    if real.exists():
        return real
    header = "REC_ID,CREATE_TIME,STREET_NAME,COMMUNITY_NAME,EVENT_TYPE_NAME,MAIN_TYPE_NAME,SUB_TYPE_NAME,DISPOSE_UNIT_NAME,EVENT_SRC_NAME,EVENT_PROPERTY_NAME,ACHIEVE"
    rows = [
        f"{n},2018-02-08,龙田街道,{'-' if n % 1000 == 0 else '碧玲社区' if n % 7 else '碧岭社区'},市容环卫,占道,乱摆卖,城管办,12345,投诉,{'逾期办结' if n < 924 else '按期办结'}"
        for n in range(10_000)
    ]
    path = tmp_path / "pingshan.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


@pytest.mark.slow
def test_pingshan(tmp_path: Path, empty_store: Store) -> None:
    path = pingshan_file(tmp_path)
    first = import_file(path, profile=current_profile("pingshan"), store=empty_store)
    assert (first.rows_read, first.inserted, first.rejected) == (10_000, 10_000, 0)
    again = import_file(path, profile=current_profile("pingshan"), store=empty_store)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 10_000)
    reader = newest(empty_store, "pingshan")
    found = reader.aggregate(["overdue", "on_time_rate", "median_hours", "resolution_rate"]).iloc[0]
    assert found["overdue"] == 924 and found["on_time_rate"] == pytest.approx(0.9076)
    assert found[["median_hours", "resolution_rate"]].isna().all()
    communities = reader.aggregate(["volume"], ["community"])["community"]
    assert "碧玲社区" not in set(communities)


@pytest.mark.slow
def test_messages_through_a_guessed_then_edited_mapping(tmp_path: Path, empty_store: Store) -> None:
    path = REAL / "messages" / "messages_4326.xlsx"
    if not path.exists():
        path = messages_like(tmp_path)
    edited = tmp_path / "messages.toml"
    guess = guess_mapping(path, current_profile())
    edited.write_text(guess.replace('label = "', 'label = "网上留言 '), encoding="utf-8")
    result = import_file(path, profile=current_profile(), store=empty_store, mapping=str(edited))
    assert result.rejected == 0 and result.rows_read == result.inserted + result.unchanged
    with empty_store.reading() as connection:
        times, texts = connection.execute(
            text("SELECT count(created_at), count(*) FILTER (WHERE content LIKE '%\t%') FROM cases")
        ).one()
    assert times == result.inserted and texts == 0
    if path.parent.name == "messages":
        assert result.rows_read == 4326


def messages_like(tmp_path: Path) -> Path:
    import datetime as dt

    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"])
    for number in range(50):
        moment = dt.datetime(2019, 2, 14, 20) if number % 3 == 0 else "2019/2/28 11:25:05"
        book.active.append([188000 + number, "A0001", "咨询路名", moment, "\n\t\t路名\n\t\t", 0, 1])
    book.save(tmp_path / "messages.xlsx")
    return tmp_path / "messages.xlsx"


def test_a_file_that_was_read_is_closed(tmp_path: Path, empty_store: Store) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(HEADER.encode() + line(0) + b"1,short\n")
    load(path, empty_store)
    assert path not in [link.resolve() for link in Path("/proc/self/fd").iterdir()]
