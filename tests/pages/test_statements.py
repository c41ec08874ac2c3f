"""How many statements a change of filter costs, and that a list nobody sees is not asked for. Counts, no times."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection
from streamlit.testing.v1 import AppTest

from data_access.cases.cache import ANSWERS
from data_access.cases.files import FileStore
from data_access.cases.reader import Reader, open_reader
from data_access.cases.store import Store
from questions.warning import everybody, watched
from ui.walls import ahead
from ui.walls.wall import state

ROOT = Path(__file__).resolve().parents[2]
# Page -> how many statements one change may cost. More than that: ask for what the page shows together.
# The league is of all streets, whichever are chosen; where its points went is asked of those chosen. On 区情总览 the cards'
# lines are one statement, and where the points went is two: the groups, and how much chance scatters them.
MOST = {"overview": 6, "three_rates": 1, "trends": 4, "cases": 4, "unit": 13}
# The same for a third choice of streets: sums are added up street by street; lists and handling times are asked for.
LATER = {"overview": 0, "three_rates": 1, "trends": 0, "cases": 1, "unit": 5}


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch, demo_store: Store) -> list[str]:
    """The versions that were read, one for each statement."""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")
    asked, reading = list[str](), FileStore.reading

    def counted(store: FileStore, version: str = "") -> AbstractContextManager[Connection]:
        asked.append(version)
        return reading(store, version)

    monkeypatch.setattr(FileStore, "reading", counted)
    return asked


def opened(page: str, **query: str) -> AppTest:
    seen = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=120)
    for name, words in query.items():
        seen.query_params[name] = words
    seen.run()
    assert not seen.exception
    return seen


@pytest.mark.parametrize("page", MOST)
def test_a_change_costs_few_statements(statements: list[str], reader: Reader, page: str) -> None:
    seen = opened(page)
    streets = [street.name for street in reader.profile.streets]
    statements.clear()
    seen.multiselect(key="street").set_value(streets[:2]).run()
    assert not seen.exception and min(1, MOST[page]) <= len(statements) <= MOST[page]
    seen.multiselect(key="street").set_value(streets[2:4]).run()
    statements.clear()
    seen.multiselect(key="street").set_value(streets[3:6]).run()
    assert not seen.exception and len(statements) <= LATER[page]
    statements.clear()
    seen.multiselect(key="street").set_value([]).run()
    assert statements == []  # nobody asks twice


def test_lists_are_asked_for_when_the_drawer_is_open(statements: list[str]) -> None:
    """What the address holds counts and is shown all the same."""
    ANSWERS.forget()
    seen = opened("overview", category1="住房")
    drawn = seen.multiselect(key="category1")
    assert drawn.value == ["住房"] and drawn.options == ["住房"]
    assert "unit" not in {drawn.key for drawn in seen.multiselect}
    assert any("一级分类：住房" in caption.value for caption in seen.caption)
    statements.clear()
    seen.session_state["more_filters"] = True
    seen.run()
    assert len(seen.multiselect(key="category1").options) > 5 and len(seen.multiselect(key="unit").options) > 5
    assert seen.multiselect(key="category1").value == ["住房"]
    assert len(statements) == 2  # of all the lists together: up to the category that is chosen, and within it


def test_what_was_asked_ahead_is_not_asked_again(
    statements: list[str], reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by the page that most people open, of the district or of a street, nor by a wall."""
    monkeypatch.setattr(ahead, "RESTS", 0.0)
    ANSWERS.forget()
    reader = open_reader(url=reader.store.url)  # of the profile as pages have it, which may have been read again since
    ahead.prepare(reader)
    assert len(statements) > len(reader.profile.walls.walls)
    watched(everybody(reader))  # in a thread of its own otherwise, which would ask meanwhile
    statements.clear()
    opened("overview")
    opened("overview", street=reader.profile.streets[2].name)
    wall = reader.profile.walls.walls[0]
    state(reader, wall, wall.screens[0])
    assert statements == []
