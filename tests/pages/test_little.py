"""Every page and every wall on stores that lack one thing each: none fails, each says what it cannot know."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import current_profile
from tests.little import LITTLE, little
from tests.pages.test_pages import PAGES
from tests.ui.walls.test_wall import SCREENS, shown

# What an unknown figure becomes where nobody thought of it.
NO_WORDS = re.compile(r"(?<![A-Za-z])(?:nan|NaN|NaT|None|inf)(?![A-Za-z])")


def told(seen: AppTest) -> str:
    """What the page says in words and figures."""
    kinds = ("title", "subheader", "caption", "markdown", "info", "warning", "success", "error", "metric")
    return " ".join([str(one.value) for kind in kinds for one in seen.get(kind)]
                    + [str(one.proto.body) for one in seen.get("html")])  # fmt: skip


@pytest.fixture(scope="session")
def lacking(tmp_path_factory: pytest.TempPathFactory, demo_store: Store) -> Callable[[str], Store]:
    folder = tmp_path_factory.mktemp("little")
    return lambda name: little(name, folder, demo_store)


@pytest.mark.parametrize("lack", LITTLE)
@pytest.mark.parametrize("page", [path.stem for path in PAGES])
def test_every_page_runs_on_every_little_store(lacking, monkeypatch, page: str, lack: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CASES_URL", f"duckdb:///{lacking(lack).folder}")
    seen = AppTest.from_file(str(next(path for path in PAGES if path.stem == page)), default_timeout=60).run()
    assert not seen.exception, seen.exception
    assert not NO_WORDS.findall(told(seen))


@pytest.mark.parametrize("lack", LITTLE)
@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_draws_on_every_little_store(lacking, screen: str, lack: str) -> None:  # type: ignore[no-untyped-def]
    html = shown(Reader.of(lacking(lack), current_profile("dongcheng")), screen)["html"]
    assert "数据截至" in html
    assert not NO_WORDS.findall(html)
