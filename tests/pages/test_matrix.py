"""The matrix: every page for every kind of person, over cases and matters whose words name whose they are.

A page that is added is in it by itself. Whatever a page sends (elements as serialized, so choices, tables, charts, links
and tooltips as well) is searched for the words of cases and matters that are not that person's.
"""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import briefs.book  # noqa: F401 - AppTest looks into pages/ first, where a page has the room's name
from data_access.cases.filters import CaseFilter, references
from data_access.cases.reader import Reader
from data_access.cases.sight import WITHOUT_WORDS
from data_access.cases.store import store_for
from data_access.district.people import Actor
from tests.matrix.world import OTHER, STREET, UNIT, opened, person
from tests.pages.ledgers import begun

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py"))
SCREENS = sorted(path.stem for path in (ROOT / "pages" / "walls").glob("[!_]*.py"))
TOKEN = re.compile(rb"CNRY\d{5}Z")


@dataclasses.dataclass(frozen=True)
class World:
    """`whose`: token -> the street and the unit of its case, or the units of its matter; `numbers`: a matter of others,
    by its kind."""

    reader: Reader
    whose: dict[bytes, frozenset[str]]
    numbers: dict[str, str]


@pytest.fixture(scope="module")
def world(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small demo district, in which every word and number of a case says whose it is, and every matter as well."""
    folder = tmp_path_factory.mktemp("matrix") / "store"
    shutil.copytree(reader.store.folder, folder, ignore=shutil.ignore_patterns("*ledger*", "*.lock", "*.head"))
    store = store_for(f"duckdb:///{folder}")
    with store.writing() as con:
        con.execute("CREATE TEMP TABLE scopes AS SELECT street, unit, row_number() OVER (ORDER BY street, unit) AS n "
                    "FROM (SELECT DISTINCT street, unit FROM cases)")  # fmt: skip
        scopes = con.execute("SELECT street, unit, n FROM scopes").fetchall()
        con.execute("UPDATE cases SET title = t || title, content = t || content, address = t || address, "
                    "case_id = t || case_id FROM (SELECT street AS s, unit AS u, "
                    "'CNRY' || lpad(CAST(n AS VARCHAR), 5, '0') || 'Z' AS t FROM scopes) "
                    "WHERE cases.street = s AND cases.unit = u")  # fmt: skip
    whose = {f"CNRY{n:05}Z".encode(): frozenset({street, unit}) for street, unit, n in scopes}
    tagged = Reader.of(store, reader.profile)
    numbers: dict[str, str] = {}
    ledger = begun(tagged)
    for programme in reader.profile.programmes.programmes:
        if programme.restricted or programme.parent:
            continue
        for unit in (STREET, UNIT, OTHER, "区水务局"):
            token = f"CNRY{90000 + len(whose):05}Z"
            number = opened(ledger, programme.kind, unit, token)
            whose[token.encode()] = frozenset({unit})
            if unit == OTHER:
                numbers[programme.kind] = number
    return World(tagged, whose, numbers)


def sent(app: AppTest) -> Iterator[bytes]:
    """Everything that went to the browser, as it was written; the address as well."""

    def below(block: Any) -> Iterator[bytes]:
        for child in getattr(block, "children", {}).values():
            if (proto := getattr(child, "proto", None)) is not None and hasattr(proto, "SerializeToString"):
                yield proto.SerializeToString()
            yield from below(child)

    yield from below(app._tree)
    yield repr(dict(app.query_params)).encode()


def strange(world: World, who: Actor, app: AppTest) -> set[frozenset[str]]:
    """Whose words came that are not that person's."""
    found = {token for part in sent(app) for token in TOKEN.findall(part)}
    return {world.whose[token] for token in found if token in world.whose and who.unit not in world.whose[token]}


@pytest.fixture
def visit(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """A page as somebody sees it, who is chosen before it is drawn."""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{world.reader.store.folder}")
    monkeypatch.delenv("DASHBOARD_OPEN", raising=False)

    def start(page: str, who: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
        app.session_state["actor_name"] = app.session_state["actor_before"] = who
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, (page, who, app.exception)
        return app

    return start


def test_the_words_are_there_for_who_sees_all(world: World, visit: Callable[..., AppTest]) -> None:
    """Else what follows would prove nothing."""
    centre = person(world.reader.profile, "指挥中心")
    for page in ("cases", "supervision", "whistles", "hard_cases", "monthly_topics"):
        assert strange(world, centre, visit(page, centre.name, range="all")), page


@pytest.mark.parametrize("page", PAGES)
def test_no_page_sends_a_word_of_others(world: World, visit: Callable[..., AppTest], page: str) -> None:
    """The quick look at one role; every role at every door is tried on a real server (tests/matrix)."""
    who = person(world.reader.profile, "街道")
    assert strange(world, who, visit(page, who.name, range="all")) == set()


def test_a_number_that_is_guessed_is_no_way_in(world: World, visit: Callable[..., AppTest]) -> None:
    who = person(world.reader.profile, "街道")
    every = world.reader.list_cases(CaseFilter(), page_size=500)
    other = references(every[(every["street"] != STREET) & (every["unit"] != STREET)]).iloc[0]
    words = every["title"][every["street"] != STREET].iloc[0][:10]
    for query in ({"case": other}, {"text": words}, {"case_id": other}):
        asked = {*TOKEN.findall(repr(query).encode())}  # what they wrote themselves is shown to them again
        shown = {token for part in sent(visit("cases", who.name, **query)) for token in TOKEN.findall(part)}
        assert not [one for one in shown - asked if who.unit not in world.whose[one]]
    pages = {"supervision": "supervision", "whistle": "whistles", "hard_case": "hard_cases", "topic": "monthly_topics"}
    for kind, page in pages.items():
        said = [_said(visit(page, who.name, matter=number), number) for number in (world.numbers[kind], "没有2022-1")]
        assert said[0] == said[1], kind


def _said(app: AppTest, number: str) -> list[str]:
    return [part.value.replace(number, "此号") for part in (*app.warning, *app.markdown, *app.info, *app.subheader)]


@pytest.mark.parametrize("name", SCREENS)
def test_no_wall_shows_a_word_of_anybody(world: World, name: str) -> None:
    space: dict[str, Any] = {"__name__": f"screen_{name}", "__file__": str(ROOT / "pages" / "walls" / f"{name}.py")}
    exec(compile((ROOT / "pages" / "walls" / f"{name}.py").read_text(encoding="utf-8"), name, "exec"), space)
    drawn = space["draw"](dataclasses.replace(world.reader, sight=WITHOUT_WORDS))
    assert not TOKEN.findall(str(drawn).encode())
