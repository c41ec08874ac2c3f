"""Every file keeps the house rules (authoring/house.py), and the rules see what breaks them."""

from __future__ import annotations

import ast

import pytest

from authoring.house import (
    DATA,
    MAY_IMPORT,
    ROOT,
    RULES,
    UI,
    address_breaches,
    house_of,
    sources,
    street_breaches,
    street_names,
)


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_its_rules(rule: str) -> None:
    found = [breach for path, source in sources().items() for breach in RULES[rule](path, source)]
    assert not found, "\n".join(found)


def test_every_room_is_known_and_says_what_it_is_for() -> None:
    known = {house_of(path) for path in sources()} - {"tests", "scripts", "profiles", "docs"}
    assert known == {room.split(".")[0] for room in MAY_IMPORT}
    for package in sorted({*UI, *DATA, "analysis", "authoring", "questions", "demo", "commands"}):
        about = ast.get_docstring(ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text()))
        assert about and len(about) > 20, f"{package} does not say what it is for"


def test_no_setting_reaches_outside() -> None:
    settings = [ROOT / "pyproject.toml", *ROOT.glob(".streamlit/*.toml"), *ROOT.glob("profiles/**/*.toml")]
    settings += ROOT.glob("data_access/**/*.toml")
    found = [
        breach for path in settings for breach in address_breaches(path.relative_to(ROOT).as_posix(), path.read_text())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        ("imports", "data_access/cases/reader.py", "from ui.drawing.cards import figures"),
        ("imports", "data_access/cases/reader.py", "from data_access.intake import quality"),
        ("imports", "data_access/cases/care.py", "from data_access.ledger.machine import steps"),
        ("imports", "data_access/district/profile.py", "import data_access.cases.store"),
        ("imports", "data_access/cases/reader.py", "from ...ui import drawing"),
        ("imports", "data_access/cases/reader.py", "import streamlit as st"),
        ("imports", "analysis/trend.py", "import data_access.cases.reader"),
        ("imports", "analysis/trend.py", "from data_access import open_reader"),
        ("imports", "analysis/trend.py", "def late():\n    from sqlalchemy import text"),
        ("imports", "questions/league.py", "import streamlit"),
        ("imports", "questions/league.py", "from sqlalchemy import select"),
        ("imports", "questions/league.py", "from ui.style import numbers"),
        ("imports", "ui/style/theme.py", "from ui import drawing"),
        ("imports", "ui/drawing/charts.py", "from ui.desk import matters"),
        ("imports", "pages/overview.py", "import duckdb"),
        ("imports", "pages/overview.py", "import demo"),
        ("sizes", "app.py", "x = 1\n" * 80),
        ("sizes", "pages/overview.py", "x = 1\n" * 150),
        ("sizes", "ui/drawing/cards.py", "def long():\n" + "    x = 1\n" * 60),
        ("addresses", "ui/drawing/charts.py", "TILES = 'https://tiles.example.org/{z}'"),
    ],
)
def test_a_breach_is_seen(rule: str, path: str, source: str) -> None:
    assert RULES[rule](path, source)


def test_a_street_in_python_is_seen() -> None:
    assert street_breaches("ui/drawing/maps.py", f"CENTRE = '{min(street_names())}'")


def test_every_direct_dependency_is_pinned() -> None:
    constraints = {line.lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    for name in ("requirements.txt", "requirements-dev.txt"):
        wanted = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
        assert wanted
        assert {line.lower() for line in wanted} <= constraints
