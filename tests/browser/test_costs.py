"""What a change and a first visit send over the wire, by the viewers and the browser that make bench uses; no times."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from data_access.cases.reader import Reader
from scripts.bench.server import first_visit_bytes
from scripts.bench.viewers import Run, viewing
from tests.loops import run

CHANGE, FIRST_VISIT = 30_000, 3_500_000  # bytes
PAGES = ["overview", "three_rates", "cases", "trends", "unit", "heat"]


async def changes(address: str, page: str, streets: list[str]) -> list[Run]:
    async with viewing(address, page) as viewer:
        return [await viewer.run(), *[await viewer.choose(street=[street]) for street in streets]]


@pytest.mark.parametrize("page", PAGES)
def test_a_change_is_small(address: str, reader: Reader, page: str) -> None:
    streets = [street.name for street in reader.profile.streets[:3]]
    _, *runs = run(changes, address, page, streets)
    assert all(1_000 < one.bytes < CHANGE for one in runs), runs


def test_what_did_not_change_is_not_sent_again(address: str, reader: Reader) -> None:
    street = reader.profile.streets[0].name
    _, changed, same = run(changes, address, "overview", [street, street])
    # As many parts of the page (alarms that are ready in between are one more), of which most are known already.
    assert abs(same.messages - changed.messages) <= 2 and same.bytes < changed.bytes


@pytest.mark.parametrize("page", ["overview", "heat"])
def test_a_first_visit_is_small(address: str, browser: Browser, page: str) -> None:
    found = first_visit_bytes(browser, address, page)
    assert 1_000_000 < found["file_bytes"] < FIRST_VISIT and found["files"] > 50
