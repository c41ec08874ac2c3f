"""A file of any number of cases holds exactly those that its address says, each once, and is made part by part."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from starlette.types import Message

from data_access.cases import listing
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY, WHOLE, Sight
from data_access.cases.store import Store
from data_access.district.periods import Period
from tests.loops import run
from ui.drawing import exporting
from ui.drawing.exporting import CASE_COLUMNS, CASE_LABELS, TICKETS, Exports
from ui.drawing.exports import csv_bytes
from ui.style.links import export_address
from ui.watch import doors
from ui.watch.limits import Limit

YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", 97)
    monkeypatch.setattr(doors, "EXPORTS", Limit(999, 60))
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")


def asked(address: str, method: str = "GET") -> tuple[int, dict[bytes, bytes], list[bytes]]:
    sent: list[Message] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("passed on")

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    path, _, query = address.partition("?")
    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "method": method, "path": path, "headers": [],
             "query_string": query.encode()}  # fmt: skip
    run(Exports(application), scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), [part["body"] for part in sent[1:] if part["body"]]


def cases_of(parts: list[bytes]) -> pd.DataFrame:
    """The file's rows, without the last line, which says who made it."""
    whole, _, last = b"".join(parts).rstrip(b"\n").rpartition(b"\n")
    assert last.decode().startswith("# ") and "内部资料" in last.decode()
    return pd.read_csv(io.BytesIO(whole), dtype=str, keep_default_na=False)


@pytest.mark.slow
@pytest.mark.parametrize("where", [YEAR, YEAR.replace(source=("hotline",)), CaseFilter(text="水")])
def test_the_file_is_the_list(reader: Reader, where: CaseFilter) -> None:
    status, headers, parts = asked(export_address(where, TICKETS.give(WHOLE)))
    assert status == 200 and b"attachment" in headers[b"content-disposition"]
    count = reader.count(where)
    read = cases_of(parts)
    assert len(parts) == count // 97 + 2 > 2 and len(read) == count
    listed = reader.list_cases(where, sort="created_at", page_size=10**6)[CASE_COLUMNS]
    once = pd.read_csv(io.BytesIO(csv_bytes(listed, CASE_LABELS)), dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(read, once)


def test_cases_of_one_moment_are_each_there_once(
    reader: Reader, empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a part ends among cases that came in at the same time."""
    with reader.store.reading() as connection:
        folder = connection.exec_driver_sql("SELECT file FROM pragma_database_list WHERE file IS NOT NULL").scalar()
    with empty_store.writing() as con:
        con.execute(f"ATTACH '{folder}' AS other (READ_ONLY)")
        con.execute("INSERT INTO cases SELECT * FROM other.cases LIMIT 500")
        con.execute("UPDATE cases SET created_at = TIMESTAMP '2022-05-01 10:00'")
    same = Reader.of(empty_store, reader.profile)
    numbers = pd.concat(same.every_case(CaseFilter()))["case_id"]
    assert numbers.is_unique and len(numbers) == same.count() == 500 - len(same.sql(
        "SELECT 1 FROM cases WHERE is_void = 1"))  # fmt: skip


@pytest.mark.slow
def test_no_part_is_larger_than_a_part(reader: Reader) -> None:
    assert max(map(len, reader.every_case(CaseFilter()))) == 97


@pytest.mark.parametrize("query", ["status=overdu", "hour=25", "start=2022-05-01&end=2021-01-01", "start=x"])
def test_what_is_not_understood_gives_no_file(query: str) -> None:
    status, _, parts = asked(f"/export/cases.csv?{query}&ticket={TICKETS.give(WHOLE)}")
    assert status == 400 and "链接里的条件不认识" in b"".join(parts).decode()


def test_none_is_none() -> None:
    status, _, parts = asked(f"/export/cases.csv?street=不存在街道&ticket={TICKETS.give(WHOLE)}")
    assert status == 404 and "没有符合条件" in b"".join(parts).decode()


def test_asking_for_the_head_makes_no_file() -> None:
    status, headers, parts = asked(f"/export/cases.csv?ticket={TICKETS.give(WHOLE)}", "HEAD")
    assert status == 200 and not parts and headers[b"content-type"].startswith(b"text/csv")
    assert asked("/export/cases.csv", "POST")[0] == 405


def test_without_data_it_says_so(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{empty_store.folder}")
    assert asked(f"/export/cases.csv?ticket={TICKETS.give(WHOLE)}")[0] in (404, 503)


def test_without_a_ticket_there_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor with a guessed one, nor with one that has run out."""
    for ticket in ("", "?ticket=", "?ticket=x"):
        status, _, parts = asked(f"/export/cases.csv{ticket}")
        assert status == 403 and "刷新页面" in b"".join(parts).decode()
    given = TICKETS.give(WHOLE)
    assert TICKETS.sight_of(given) == WHOLE
    monkeypatch.setattr(exporting, "LASTS", -1)
    assert TICKETS.sight_of(TICKETS.give(WHOLE)) is None and TICKETS.sight_of(given) == WHOLE


@pytest.mark.slow
def test_the_file_holds_what_the_page_shows(reader: Reader) -> None:
    """The ticket of who sees one street gives that street, of who sees nothing singly nothing."""
    street = reader.options("street")[0]
    _, _, parts = asked(export_address(CaseFilter(), TICKETS.give(Sight((CaseFilter(street=(street,)),)))))
    read = cases_of(parts)
    assert set(read["街道"]) == {street} and len(read) == reader.count(CaseFilter(street=(street,)))
    assert asked(export_address(CaseFilter(), TICKETS.give(NOTHING_SINGLY)))[0] == 404


def test_of_too_many_tickets_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_TICKETS", 3)
    tickets = exporting.Tickets()
    given = [tickets.give(WHOLE) for _ in range(5)]
    assert [tickets.sight_of(one) is not None for one in given] == [False, False, True, True, True]


@pytest.mark.slow
def test_who_downloads_too_often_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "EXPORTS", Limit(2, 60))
    address = export_address(CaseFilter(text="水"), TICKETS.give(WHOLE))
    told = [asked(address) for _ in range(3)]
    assert [status for status, *_ in told] == [200, 200, 503] and "太多" in b"".join(told[2][2]).decode()
