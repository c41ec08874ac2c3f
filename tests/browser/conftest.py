"""A real server on a free port and a real Chromium (Debian's, not a downloaded one)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.ledger.ledger import Ledger
from tests.browser.serving import ROOT, serving
from tests.browser.visits import DESKTOP, Visit, start_visit
from tests.pages.ledgers import begun

QUIET = "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("没有 Chromium：以管理员身份运行 scripts/bootstrap")
    return {"executable_path": chromium, "args": QUIET.split()}


@pytest.fixture(scope="session")
def artefacts() -> Path:
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def address(demo_store: Store, ledger: Ledger, artefacts: Path) -> Iterator[str]:
    """The server on the small demo district."""
    with serving(demo_store, artefacts / "server.log") as running:
        yield running


@pytest.fixture(scope="session")
def ledger(reader: Reader) -> Ledger:
    """The one that is served at `address`."""
    return begun(reader)


FAILED: pytest.StashKey[bool] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest, artefacts: Path) -> Iterator[Callable[..., Visit]]:
    """Opens visits; of a test that failed, what stood on their pages is in its report and in artefacts/."""
    started = []

    def start(size: tuple[int, int] = DESKTOP, theme: str = "light") -> Visit:
        started.append(start_visit(browser, size, theme))
        return started[-1]

    yield start
    for number, seen in enumerate(started):
        if request.node.stash.get(FAILED, False):
            sys.stdout.write(f"{seen.page.url}\n{seen.page.locator('body').inner_text()[:3000]}\n")
            seen.page.screenshot(path=artefacts / f"failed-{request.node.originalname}-{number}.png")
        seen.page.context.close()
