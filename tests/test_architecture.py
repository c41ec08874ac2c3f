"""The house rules that a machine can hold: who may import whom, sizes, and what does not belong in Python."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "pages", "ui", "analysis", "data_access")
MAY_IMPORT = {
    "app": {"ui", "data_access", "analysis"},
    "pages": {"ui", "data_access", "analysis"},
    "ui": {"data_access"},
    "analysis": set(),
    "data_access": set(),
}
ONLY_IN = {
    "sqlalchemy": {"data_access"},
    "duckdb": {"data_access"},
    "duckdb_sqlalchemy": {"data_access"},
    "streamlit": {"app", "pages", "ui"},
}
FOREIGN = re.compile(r"""(?:https?|wss?)://(?!localhost\b|127\.0\.0\.1\b)[^\s"']+""")


def sources() -> dict[str, str]:
    """Path below the root -> text, of every Python file that belongs to the project."""
    outside = {".venv", ".git", "data", "artefacts"}
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*.py"))
    return {path.as_posix(): (ROOT / path).read_text() for path in sorted(files) if path.parts[0] not in outside}


def room_of(path: str) -> str:
    return path.split("/")[0].removesuffix(".py")


def imported(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and top package of every import, relative ones resolved."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = path.split("/")[: -node.level] if node.level else []
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from ((node.lineno, ".".join([*parents, name]).split(".")[0]) for name in names)


def import_breaches(path: str, source: str) -> list[str]:
    room = room_of(path)
    if room == "tests":
        return []
    found = []
    for line, name in imported(path, source):
        upwards = room in ROOMS and name in ROOMS and name != room and name not in MAY_IMPORT[room]
        # scripts/ stand beside the application, above every room; they may visit pages, but open no store.
        stranger = name in ONLY_IN and room not in ONLY_IN[name] | ({"scripts"} if name == "streamlit" else set())
        if upwards or stranger:
            found.append(f"{path}:{line} {room} imports {name}")
    return found


def size_breaches(path: str, source: str) -> list[str]:
    most = {"app": 79, "pages": 149}.get(room_of(path), 399)
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
    if room_of(path) in ("tests", "profiles"):
        return []
    return [f"{path} names {name}: it belongs in its profile" for name in sorted(street_names()) if name in source]


def address_breaches(path: str, source: str) -> list[str]:
    if room_of(path) == "tests":
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
        ("imports", "data_access/query.py", "from ui.cards import card"),
        ("imports", "analysis/trend.py", "import data_access.query"),
        ("imports", "analysis/trend.py", "def late():\n    from sqlalchemy import text"),
        ("imports", "data_access/query.py", "from ..ui import cards"),
        ("imports", "ui/cards.py", "from analysis import trend"),
        ("imports", "pages/overview.py", "import duckdb"),
        ("imports", "data_access/query.py", "import streamlit as st"),
        ("sizes", "app.py", "x = 1\n" * 80),
        ("sizes", "pages/overview.py", "x = 1\n" * 150),
        ("sizes", "ui/cards.py", "def long():\n" + "    x = 1\n" * 60),
        ("addresses", "ui/charts.py", "TILES = 'https://tiles.example.org/{z}'"),
    ],
)
def test_a_breach_is_seen(rule: str, path: str, source: str) -> None:
    assert RULES[rule](path, source)


def test_a_street_in_python_is_seen() -> None:
    assert street_breaches("ui/maps.py", f"CENTRE = '{min(street_names())}'")


def test_every_direct_dependency_is_pinned() -> None:
    constraints = {line.lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    for name in ("requirements.txt", "requirements-dev.txt"):
        wanted = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
        assert wanted
        assert {line.lower() for line in wanted} <= constraints
