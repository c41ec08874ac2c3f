"""What a change and a first visit send over the wire, by the viewers and the browser that make bench uses; no times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from data_access.cases.reader import Reader
from scripts.bench.server import first_visit_bytes
from scripts.bench.viewers import Run, viewing

CHANGE, FIRST_VISIT = 30_000, 3_500_000  # bytes
PAGES = ["overview", "three_rates", "cases"]


def watched(act: Callable[[], Any]) -> Any:
    """What the coroutine that `act` makes gives back, outside of Playwright's own loop."""
    with asyncio.Runner() as runner:
        return runner.run(act())


async def changes(address: str, page: str, streets: list[str]) -> list[Run]:
    async with viewing(address, page) as viewer:
        return [await viewer.run(), *[await viewer.choose(street=[street]) for street in streets]]


@pytest.mark.parametrize("page", PAGES)
def test_a_change_is_small(address: str, reader: Reader, page: str) -> None:
    streets = [street.name for street in reader.profile.streets[:3]]
    _, *runs = watched(lambda: changes(address, page, streets))
    assert all(1_000 < run.bytes < CHANGE for run in runs), runs


def test_what_did_not_change_is_not_sent_again(address: str, reader: Reader) -> None:
    street = reader.profile.streets[0].name
    _, changed, same = watched(lambda: changes(address, "overview", [street, street]))
    assert same.messages == changed.messages and same.bytes < changed.bytes


@pytest.mark.parametrize("page", ["overview", "heat"])
def test_a_first_visit_is_small(address: str, browser: Browser, page: str) -> None:
    found = first_visit_bytes(browser, address, page)
    assert 1_000_000 < found["file_bytes"] < FIRST_VISIT and found["files"] > 50
