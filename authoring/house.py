"""The house rules that a machine can hold: who may import whom, sizes, and what does not belong in Python.

The tests hold every file to them, and `page check` a page while it is written.
"""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Room -> the rooms it may import from; a room may always import from itself. The order is the order of floors.
CASES = {"data_access", "data_access.district", "data_access.cases"}
DATA = {*CASES, "data_access.intake", "data_access.ledger", "data_access.trail"}
MAY_IMPORT: dict[str, set[str]] = {
    "data_access.district": set(),
    "data_access.cases": {"data_access.district"},
    "data_access": CASES,  # the door: names that analysts and scripts use
    "data_access.intake": CASES,
    "data_access.trail": CASES,
    "data_access.ledger": {*CASES, "data_access.trail"},
    "analysis": set(),
    "questions": {"analysis", *DATA},
    "demo": DATA,
    "briefs": {"ui.style", "ui.drawing", "questions", "analysis", *DATA},
    "commands": {"authoring", "demo", "briefs", "questions", *DATA},
    "data_access.__main__": {"commands"},
    "ui.style": DATA,
    "ui.watch": {"ui.style", *DATA},
    "ui.frame": {"ui.style", "ui.watch", *DATA},
    "ui.drawing": {"ui.style", "ui.watch", "analysis", *DATA},
    "ui.choosing": {"ui.style", "ui.watch", "ui.drawing", "analysis", *DATA},
    "ui.desk": {
        "ui.style",
        "ui.watch",
        "ui.frame",
        "ui.drawing",
        "ui.choosing",
        "briefs",
        "questions",
        "analysis",
        *DATA,
    },
    "ui.walls": {"ui.style", "ui.watch", "ui.drawing", "questions", "analysis", *DATA},
}
UI = {room for room in MAY_IMPORT if room.startswith("ui.")}
MAY_IMPORT["pages"] = MAY_IMPORT["app"] = {*UI, "briefs", "questions", "analysis", *DATA}
MAY_IMPORT["authoring"] = {*UI, "demo", *DATA}
ONLY_IN = {
    "sqlalchemy": {"data_access", "demo"},
    "duckdb": {"data_access", "demo"},
    "duckdb_sqlalchemy": {"data_access"},
    "clickhouse_connect": {"data_access"},
    "streamlit": {"app", "authoring", "docs", "pages", "ui"},  # docs: the recipes are pages
}
GUESTS = (
    "scripts/bench/peers/boards/"  # what runs in the environments of other dashboards, and opens their own database
)
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
    if house == "tests" or path.startswith(GUESTS):
        return []
    breaches = []
    for line, name in imported(path, source):
        other, top = room_of(name), name.split(".")[0]
        upwards = room and other and other != room and other not in MAY_IMPORT[room]
        # scripts/ stand beside the application, above every room; they may visit pages, but open no store.
        stranger = top in ONLY_IN and house not in ONLY_IN[top] | ({"scripts"} if top == "streamlit" else set())
        if upwards or stranger:
            breaches.append(f"{path}:{line} {room or house} 不能引入 {name}")
    return breaches


def size_breaches(path: str, source: str) -> list[str]:
    most = {"app": 79, "pages": 149}.get(house_of(path), 399)
    lines = len(source.splitlines())
    found = [f"{path}:{most + 1} 共 {lines} 行，最多 {most} 行：分成两页，或把计算放进函数"] if lines > most else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            found += [f"{path}:{node.lineno} 函数 {node.name} 有 {length} 行，最多 60 行"] if length > 60 else []
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
    lines = source.splitlines()
    return [
        f"{path}:{number} 写了街道名“{name}”：用 reader.profile.streets、reader.options 或筛选条里选的"
        for name in sorted(street_names())
        for number, line in enumerate(lines, start=1)
        if name in line
    ]


def address_breaches(path: str, source: str) -> list[str]:
    if house_of(path) == "tests":
        return []
    return [
        f"{path}:{source[: match.start()].count(chr(10)) + 1} 用了外面的地址 {match[0]}"
        for match in FOREIGN.finditer(source)
    ]


RULES = {
    "imports": import_breaches,
    "sizes": size_breaches,
    "streets": street_breaches,
    "addresses": address_breaches,
}
