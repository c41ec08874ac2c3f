"""Fixtures every room's tests share. No test sees the developer's own data under data/."""

from __future__ import annotations

import functools
import gc
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner

import demo
from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district import profile as profile_module
from data_access.district.profile import Profile, current_profile
from tests.clickhouse import engine
from tests.clickhouse import fresh_database as fresh_store
from tests.postgres import cluster, fresh_database

SMALL = 0.02
IN_CI = os.environ.get("CI") == "true"
# A busy machine is no failure: nothing here is judged by the clock.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


@pytest.fixture(scope="session", autouse=True)
def _components_looked_for_once() -> Iterator[None]:
    """Every AppTest looks through all that is installed for components: a third of a second, and always the same."""
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


def pytest_collection_finish() -> None:
    """What is loaded stays to the end: the collector of garbage need not look through it, nor come all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DISTRICT_PROFILE", raising=False)
        patch.setenv("CASES_URL", f"duckdb:///{tmp_path_factory.mktemp('no_store')}")
        yield


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A fiftieth of the demo district, for reading only: tests share it."""
    store = store_for(f"duckdb:///{tmp_path_factory.mktemp('demo_store')}")
    demo.generate(store, current_profile(), seed=2022, scale=SMALL)
    return store


@pytest.fixture
def empty_store(tmp_path: Path) -> Store:
    """A store nothing was ever written to; each test has its own."""
    return store_for(f"duckdb:///{tmp_path / 'empty_store'}")


@pytest.fixture(scope="session")
def profile() -> Profile:
    """The shipped district."""
    return current_profile("dongcheng")


@pytest.fixture(scope="session")
def reader(demo_store: Store, profile: Profile) -> Reader:
    """Whoever sees the whole of the small demo district."""
    return Reader.of(demo_store, profile)


@pytest.fixture
def caring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Profile]:
    """The shipped district with 一网情深 switched on, as whoever edits programmes.toml switches it on."""
    folder = tmp_path / "profiles" / "dongcheng"
    shutil.copytree(profile_module.PROFILES / "dongcheng", folder)
    rules = folder / "programmes.toml"
    text, off = rules.read_text(encoding="utf-8"), "[care]\nenabled = false"
    assert off in text
    rules.write_text(text.replace(off, "[care]\nenabled = true"), encoding="utf-8")
    monkeypatch.setattr(profile_module, "PROFILES", folder.parent)
    profile_module._loaded.cache_clear()
    yield current_profile("dongcheng")
    profile_module._loaded.cache_clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the tests."""
    with cluster() as address:
        yield address


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[str]:
    """The address of a fresh, empty database."""
    with fresh_database(postgres) as address:
        yield address


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[str]:
    """The address of a ClickHouse that lives as long as the tests."""
    with engine() as address:
        yield address


@pytest.fixture
def clickhouse_database(clickhouse: str) -> Iterator[str]:
    """The address of a database that is not there yet."""
    with fresh_store(clickhouse) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, empty database on each engine that a ledger may stand on."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_database")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def _fail_skips(report: pytest.TestReport | pytest.CollectReport) -> None:
    # The build server has everything a test may ask for, so a skip there hides a broken set-up.
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"{report.nodeid}: nothing may skip under CI=true: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_skips(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_skips(report)
    return report


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quick check starts no server: what is tried on one is slow."""
    for item in items:
        parameters = item.name.partition("[")[2]
        asked = {"postgres", "clickhouse"} & set(getattr(item, "fixturenames", ()))
        if asked or "postgres" in parameters or "clickhouse" in parameters:
            item.add_marker(pytest.mark.slow)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-door", action="store_true", help="tests/matrix: all doors, not some of each page (long)")
