"""The house rules that a machine can hold: who may import whom, sizes, and what does not belong in Python."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Room -> the rooms it may import from; a room may always import from itself. The order is the order of floors.
CASES = {"data_access", "data_access.district", "data_access.cases"}
DATA = {*CASES, "data_access.intake", "data_access.ledger"}
MAY_IMPORT: dict[str, set[str]] = {
    "data_access.district": set(),
    "data_access.cases": {"data_access.district"},
    "data_access": CASES,  # the door: names that analysts and scripts use
    "data_access.intake": CASES,
    "data_access.ledger": CASES,
    "analysis": set(),
    "questions": {"analysis", *DATA},
    "demo": DATA,
    "commands": {"demo", "questions", *DATA},
    "data_access.__main__": {"commands"},
    "ui.style": DATA,
    "ui.frame": {"ui.style", *DATA},
    "ui.drawing": {"ui.style", "analysis", *DATA},
    "ui.choosing": {"ui.style", "ui.drawing", "analysis", *DATA},
    "ui.desk": {"ui.style", "ui.frame", "ui.drawing", "ui.choosing", "questions", "analysis", *DATA},
    "ui.walls": {"ui.style", "ui.drawing", "questions", "analysis", *DATA},
}
UI = {room for room in MAY_IMPORT if room.startswith("ui.")}
MAY_IMPORT["pages"] = MAY_IMPORT["app"] = {*UI, "questions", "analysis", *DATA}
ONLY_IN = {
    "sqlalchemy": {"data_access", "demo"},
    "duckdb": {"data_access", "demo"},
    "duckdb_sqlalchemy": {"data_access"},
    "streamlit": {"app", "pages", "ui"},
}
FOREIGN = re.compile(r"""(?:https?|wss?)://(?!localhost\b|127\.0\.0\.1\b)[^\s"']+""")


def sources() -> dict[str, str]:
    """Path below the root -> text, of every Python file that belongs to the project."""
    outside = {".venv", ".git", "data", "artefacts"}
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*.py"))
    return {path.as_posix(): (ROOT / path).read_text() for path in sorted(files) if path.parts[0] not in outside}


def house_of(path: str) -> str:
    return path.split("/")[0].removesuffix(".py")


def room_of(module: str) -> str:
    """The room of a module or package, by its dotted name; '' for what is not the project's."""
    parts = module.split(".")
    named = [".".join(parts[:depth]) for depth in (2, 1)]
    return next((name for name in named if name in MAY_IMPORT), "")


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, relative ones resolved; of `from a import b` both a and a.b count."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = path.split("/")[: -node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            # A package named in full may be a room of its own: from ui import walls.
            yield from ((node.lineno, f"{base}.{alias.name}" if base else alias.name) for alias in node.names)


def import_breaches(path: str, source: str) -> list[str]:
    house, room = house_of(path), room_of(module_of(path))
    if house == "tests":
        return []
    breaches = []
    for line, name in imported(path, source):
        other, top = room_of(name), name.split(".")[0]
        upwards = room and other and other != room and other not in MAY_IMPORT[room]
        # scripts/ stand beside the application, above every room; they may visit pages, but open no store.
        stranger = top in ONLY_IN and house not in ONLY_IN[top] | ({"scripts"} if top == "streamlit" else set())
        if upwards or stranger:
            breaches.append(f"{path}:{line} {room or house} imports {name}")
    return breaches


def size_breaches(path: str, source: str) -> list[str]:
    most = {"app": 79, "pages": 149}.get(house_of(path), 399)
    lines = len(source.splitlines())
    found = [f"{path}: {lines} lines, at most {most}"] if lines > most else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            found += [f"{path}:{node.lineno} {node.name}: {length} lines, at most 60"] if length > 60 else []
    return found


def street_names() -> set[str]:
    found = set()
    for path in ROOT.glob("profiles/*/streets.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found |= {row["name"].removesuffix("街道").removesuffix("地区") for row in csv.DictReader(file)}
    return found


def street_breaches(path: str, source: str) -> list[str]:
    if house_of(path) in ("tests", "profiles"):
        return []
    return [f"{path} names {name}: it belongs in its profile" for name in sorted(street_names()) if name in source]


def address_breaches(path: str, source: str) -> list[str]:
    if house_of(path) == "tests":
        return []
    return [f"{path} reaches outside: {match}" for match in FOREIGN.findall(source)]


RULES = {
    "imports": import_breaches,
    "sizes": size_breaches,
    "streets": street_breaches,
    "addresses": address_breaches,
}


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_its_rules(rule: str) -> None:
    found = [breach for path, source in sources().items() for breach in RULES[rule](path, source)]
    assert not found, "\n".join(found)


def test_every_room_is_known_and_says_what_it_is_for() -> None:
    known = {house_of(path) for path in sources()} - {"tests", "scripts", "profiles"}
    assert known == {room.split(".")[0] for room in MAY_IMPORT}
    for package in sorted({*UI, *DATA, "analysis", "questions", "demo", "commands"}):
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
