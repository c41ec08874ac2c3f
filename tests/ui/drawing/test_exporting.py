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
from data_access.cases.store import Store
from data_access.district.periods import Period
from tests.loops import run
from ui.drawing.exporting import CASE_COLUMNS, CASE_LABELS, Exports
from ui.drawing.exports import csv_bytes
from ui.style.links import export_address

YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", 97)
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


@pytest.mark.slow
@pytest.mark.parametrize("where", [YEAR, YEAR.replace(source=("hotline",)), CaseFilter(text="水")])
def test_the_file_is_the_list(reader: Reader, where: CaseFilter) -> None:
    status, headers, parts = asked(export_address(where))
    assert status == 200 and b"attachment" in headers[b"content-disposition"]
    count = reader.count(where)
    read = pd.read_csv(io.BytesIO(b"".join(parts)), dtype=str, keep_default_na=False)
    assert len(parts) == count // 97 + 1 > 1 and len(read) == count
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
    status, _, parts = asked(f"/export/cases.csv?{query}")
    assert status == 400 and "链接里的条件不认识" in b"".join(parts).decode()


def test_none_is_none() -> None:
    status, _, parts = asked("/export/cases.csv?street=不存在街道")
    assert status == 404 and "没有符合条件" in b"".join(parts).decode()


def test_asking_for_the_head_makes_no_file() -> None:
    status, headers, parts = asked("/export/cases.csv", "HEAD")
    assert status == 200 and not parts and headers[b"content-type"].startswith(b"text/csv")
    assert asked("/export/cases.csv", "POST")[0] == 405


def test_without_data_it_says_so(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{empty_store.folder}")
    assert asked("/export/cases.csv")[0] in (404, 503)
