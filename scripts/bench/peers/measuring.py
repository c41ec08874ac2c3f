"""One round of each board in a browser, the crowd, and the file: each fills in the samples of its board."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from scripts.bench.peers.boards.superset_board import ACCOUNT, Superset
from scripts.bench.peers.crowd import Request, crowd, recorded, streamlit
from scripts.bench.peers.data import Asked
from scripts.bench.peers.driving import OURS, SUPERSET, Board, visitor
from scripts.bench.peers.metering import Wire, processor_ms
from scripts.bench.peers.serving import Server

ALL = ""


@dataclass
class Subject:
    """A board that is measured."""

    board: Board
    server: Server
    wire: Wire
    cookies: str | None = None
    samples: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def note(self, kind: str, value: float) -> None:
        self.samples[kind].append(round(value, 1))


@dataclass(frozen=True)
class Plan:
    """What a round chooses, and by which words one knows that it was painted: the number of cases, the newest one."""

    steps: Sequence[tuple[str, bool, str, str, str]]  # kind, whether a value is added, which filter, the value, words
    all: str
    listed: tuple[str, str, str, str, str]  # street; words of our list before and after; of the others' after, before


def plan(reader: Reader, asked: Asked, seed: int) -> Plan:
    """A category, two streets after it, and back again; values that no other round has together."""
    streets = [*asked.streets]
    random.Random(seed).shuffle(streets)
    one, two, three = streets[:3]
    category = asked.categories[seed % len(asked.categories)]

    def where(*chosen: str, of: str = ALL) -> CaseFilter:
        return CaseFilter(asked.period, street=chosen, category1=(of,) if of else ())

    def words(*chosen: str, of: str = ALL) -> str:
        return f"{reader.count(where(*chosen, of=of)):,}"

    def newest(*chosen: str) -> str:
        return str(reader.list_cases(where(*chosen), page_size=1)["case_id"].iloc[0])

    steps = [
        ("new", True, "category", category, words(of=category)),
        ("new", True, "street", one, words(one, of=category)),
        ("new", True, "street", two, words(one, two, of=category)),
        ("again", False, "street", two, words(one, of=category)),
        ("again", False, "street", one, words(of=category)),
    ]
    return Plan(steps, words(), (three, words(), words(three), newest(three), newest()))


def log_in(browser: Browser, subject: Subject, file: Path) -> None:
    """Log in to Superset and keep what the browser then knows, but nothing of what it loaded."""
    context = visitor(browser)
    page = context.new_page()
    page.goto(f"{subject.wire.address}/login/")
    page.locator("input[type=password]").fill(ACCOUNT["password"])
    page.locator("input:not([type=password]):visible").first.fill(ACCOUNT["username"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/welcome/**")
    context.storage_state(path=file)
    context.close()
    subject.cookies = str(file)


def look(browser: Browser, subject: Subject, chosen: Plan) -> None:
    """A visitor opens the board for the first time, again, changes its filters, and goes to the list."""
    board, wire = subject.board, subject.wire
    context = visitor(browser, subject.cookies)
    before = wire.received
    page, taken = board.shown(context, f"{wire.address}{board.board}", chosen.all)
    subject.note("first", taken)
    subject.note("first_bytes", wire.received - before)
    page.close()
    page, taken = board.shown(context, f"{wire.address}{board.board}", chosen.all)
    subject.note("second", taken)
    for kind, adds, name, value, words in chosen.steps:
        used, before = processor_ms(subject.server.process), wire.received
        (board.pick if adds else board.drop)(page, name, value)
        subject.note(kind, board.settled(page, words))
        subject.note(f"{kind}_cpu", processor_ms(subject.server.process) - used)
        subject.note(f"{kind}_bytes", wire.received - before)
    page.close()
    street, ours_all, ours_one, newest_one, newest_all = chosen.listed
    page, _ = board.shown(context, f"{wire.address}{board.list}", ours_all if board is OURS else newest_all)
    board.pick(page, "street", street)
    subject.note("list", board.settled(page, ours_one if board is OURS else newest_one))
    context.close()


def recording(browser: Browser, subject: Subject, path: str, act: Callable[[Page], None], words: str) -> list[Request]:
    """What a page sends of JSON while something is done with it."""
    context = visitor(browser, subject.cookies)
    page, _ = subject.board.shown(context, f"{subject.wire.address}{path}", "")
    sent: list[Request] = []

    def note(request: Any) -> None:
        told = urlsplit(request.url)
        if request.method == "POST" and ("chart/data" in told.path or "_dash-update" in told.path):
            sent.append(Request(f"{told.path}?{told.query}", request.post_data_json))

    page.on("request", note)
    act(page)
    subject.board.settled(page, words)
    context.close()
    return sent


def many(browser: Browser, subject: Subject, asked: Asked, seed: int, viewers: int, changes: int) -> None:
    """So many viewers at the interface."""
    board, street, headers = subject.board, asked.streets[0], {}
    if board is OURS:
        opens = streamlit(subject.server.address)
    else:
        sent = recording(browser, subject, board.board, lambda page: board.pick(page, "street", street), "")
        if board is SUPERSET:
            headers = Superset(subject.server.address).headers
        opens = recorded(subject.server.address, sent, [street], headers)
    used = processor_ms(subject.server.process)
    with ThreadPoolExecutor(1) as beside:  # this thread's loop is the browser's
        looking = beside.submit(asyncio.run, crowd(opens, asked.streets, viewers, seed, changes))
    for taken in looking.result():
        subject.note("crowd", taken)
    subject.note("crowd_cpu", (processor_ms(subject.server.process) - used) / (viewers * changes))


def export(browser: Browser, subject: Subject, asked: Asked) -> int:
    """The newest cases as a file; returns how many rows it has."""
    since, until = asked.exported.start.isoformat(), asked.exported.end.isoformat()
    context = visitor(browser, subject.cookies)
    context.set_default_timeout(120_000)
    board, wire = subject.board, subject.wire
    if board is SUPERSET:
        api = Superset(subject.server.address)
        sent: list[Any] = []
        page = context.new_page()
        page.on("request", lambda request: sent.append(request.post_data_json) if "chart/data" in request.url else None)
        page.goto(f"{wire.address}{board.list}")
        page.wait_for_load_state("networkidle")
        question = as_file(sent[0], since, until)
        start = time.perf_counter()
        told = api.session.post("/api/v1/chart/data", json=question).raise_for_status().text
    elif board is OURS:
        page, _ = board.shown(context, f"{wire.address}{board.board}?start={since}&end={until}", "")
        address = page.get_by_role("link", name="下载", exact=True).last.get_attribute("href")
        start = time.perf_counter()
        told = context.request.get(f"{wire.address}{address}").text()
    else:
        page, _ = board.shown(context, f"{wire.address}{board.list}", "")
        start = time.perf_counter()
        with page.expect_download() as coming:
            page.get_by_role("button", name="export").click()
        told = coming.value.path().read_text(encoding="utf-8")
    subject.note("export", (time.perf_counter() - start) * 1000)
    context.close()
    return told.count("\n")


def as_file(asked: Mapping[str, Any], since: str, until: str) -> dict[str, Any]:
    """A table's question to Superset as the question for its file."""
    query = {
        **asked["queries"][0],
        "row_limit": 100_000,
        "row_offset": 0,
        "filters": [{"col": "created_at", "op": "TEMPORAL_RANGE", "val": f"{since} : {until}"}],
        "time_range": f"{since} : {until}",
    }
    return {**asked, "queries": [query], "result_format": "csv", "result_type": "full", "force": True}
