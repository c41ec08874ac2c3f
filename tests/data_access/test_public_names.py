"""What analysts and scripts ask for stands at the front, and nothing behind it looks for a store or district by itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import data_access
from data_access.cases.reader import Reader
from tests.test_architecture import ROOT, sources

# The addresses of the store, the district and the ledger, and both keys, come from the environment here and nowhere
# else; everything above is told whom to ask.
MAY_LOOK = {
    "data_access/district/profile.py": {"environ"},
    "data_access/cases/store.py": {"environ"},
    "data_access/cases/reader.py": {"current_profile", "store_for"},  # open_reader
    "data_access/cases/catalog.py": {"current_profile"},  # catalog
    "data_access/cases/privacy.py": {"environ"},
    "data_access/ledger/opening.py": {"environ"},
    "demo/ledger_file.py": {"environ"},  # whether the ledger is the demo's own file
    "commands/__init__.py": {"current_profile", "store_for"},
    "commands/page.py": {"current_profile", "environ"},  # what the visits of a page are made from
    "commands/sync.py": {"environ"},  # where the source is, with its password
    "commands/move.py": {"environ", "store_for"},  # the new store, with its password
    "commands/brief.py": {"environ"},  # where briefs are sent, with passwords
    "commands/profile.py": {
        "current_profile",
        "store_for",
    },  # begins where there is no district yet  # a store that can be read no more is still repaired
}
WRITERS = {"update", "setdefault", "pop", "popitem", "clear", "putenv", "unsetenv"}


def looked_for(source: str) -> set[str]:
    """What a module takes from the environment or from the process: environ, current_profile, store_for."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            found |= {"environ"} if name in ("environ", "getenv") else set()
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found |= {called} & {"current_profile", "store_for"}
    return found


def writes_environment(source: str) -> bool:
    """Whether a module changes the process's environment."""
    for node in ast.walk(ast.parse(source)):
        changed = ""
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            changed = ast.unparse(node.value)
        if isinstance(node, ast.AugAssign):
            changed = ast.unparse(node.target)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITERS:
            changed = ast.unparse(node.func)
        if "environ" in changed or changed in ("os.putenv", "os.unsetenv"):
            return True
    return False


@pytest.mark.slow
def test_the_front_door_works(reader: Reader) -> None:
    """As docs/analysts.md begins, in a process of its own: nothing else has been imported before."""
    asked = (
        "from data_access import open_reader, CaseFilter, MEASURES\n"
        f"reader = open_reader(url='duckdb:///{reader.store.folder}')\n"
        "grid = CaseFilter(source=('grid',))\n"
        "print(reader.count(), int(reader.aggregate(['volume'], (), grid)['volume'].iloc[0]), 'volume' in MEASURES)"
    )
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=False)
    grid = reader.count(data_access.CaseFilter(source=("grid",)))
    assert told.stdout.split() == [str(reader.count()), str(grid), "True"], told.stderr


@pytest.mark.slow
def test_a_notebook_in_any_folder_finds_it(reader: Reader, tmp_path: Path) -> None:
    """As docs/analysts.md says: pip install -e . once, without a network."""
    made = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made], check=True)
    libraries = made / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (libraries / "libraries.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    python, install = str(made / "bin" / "python"), ["install", "--quiet", "--no-deps", "--no-build-isolation", "-e"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install, ROOT], check=True)
    asked = (
        "from data_access import open_reader, CaseFilter, catalog\n"
        f"reader = open_reader(url='duckdb:///{reader.store.folder}')\n"
        "print(reader.count(), bool(catalog))"
    )
    told = subprocess.run([python, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.stdout.split() == [str(reader.count()), "True"], told.stderr


def test_nothing_is_loaded_before_it_is_needed() -> None:
    """These take most of a start's time, and few need them."""
    heavy = ["sqlglot", "psycopg", "clickhouse_connect", "jieba.posseg", "scipy", "statsmodels", "streamlit", "shapely"]
    asked = f"import sys, data_access\nprint([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    assert all(hasattr(data_access, name) for name in data_access.__all__)
    assert {"open_reader", "Reader", "catalog", "CaseFilter", "Period", "MEASURES", "DIMENSIONS"} <= set(
        data_access.__all__
    )


def test_only_the_doors_look_for_a_store_or_a_district() -> None:
    rooms = ("data_access", "questions", "analysis", "demo", "commands")
    found = {path: looked_for(source) for path, source in sources().items() if path.split("/")[0] in rooms}
    beyond = {path: names for path, names in found.items() if names - MAY_LOOK.get(path, set())}
    assert not beyond


def test_nobody_changes_the_environment() -> None:
    rooms = ("app.py", "pages", "ui", "data_access", "questions", "analysis", "demo", "commands")
    assert not [path for path, text in sources().items() if path.split("/")[0] in rooms and writes_environment(text)]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import os\nurl = os.environ.get('X')", "environ"),
        ("from os import environ\nurl = environ['X']", "environ"),
        ("import os\nurl = os.getenv('X')", "environ"),
        ("def late():\n    return profile.current_profile()", "current_profile"),
        ("store = store_for(url)", "store_for"),
    ],
)
def test_a_look_is_seen(source: str, name: str) -> None:
    assert looked_for(source) == {name}


@pytest.mark.parametrize(
    "source",
    [
        "os.environ['X'] = 'y'",
        "del os.environ['X']",
        "environ.update(X='y')",
        "os.environ.setdefault('X', 'y')",
        "os.environ |= {'X': 'y'}",
        "os.putenv('X', 'y')",
    ],
)
def test_a_change_is_seen(source: str) -> None:
    assert writes_environment(source) and not writes_environment("import os\nurl = os.environ.get('X') or {}['X']")
