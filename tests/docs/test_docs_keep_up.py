"""Documents that fail here when they fall behind the code."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from scripts import reference

ROOT = Path(__file__).resolve().parents[2]
CODE = [path for house in ("app.py", "authoring", "data_access", "ui", "pages", "questions", "briefs", "demo", "commands") for path in
        ([ROOT / house] if house.endswith(".py") else sorted((ROOT / house).rglob("*.py")))]  # fmt: skip


def said(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_reference_is_as_the_code_is() -> None:
    """Measures, dimensions, filter fields, presets, commands and options, programme kinds, columns."""
    assert reference.FILE.read_text(encoding="utf-8") == reference.text(), "python -m scripts.reference"


def variables_read() -> set[str]:
    """Names of environment variables that the program asks for."""
    names = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            asked = node.args[0] if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv") else (
                node.slice if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ" else None)  # fmt: skip
            names |= {asked.value} if isinstance(asked, ast.Constant) and isinstance(asked.value, str) else set()
    return names


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    table = said("docs/operations.md").split("## 环境变量")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) == variables_read()


def test_the_readme_lists_the_pages() -> None:
    titles = set()
    for path in (ROOT / "pages").glob("[!_]*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        page = next(
            node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGE"
        )
        titles.add(ast.literal_eval(page)["title"])
    listed = said("README.md").split("## 有哪些页面")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| ([^|（]+?) \|", listed, re.M)) - {"页面"} == titles


def names_in(text: str) -> set[str]:
    """Dotted names of the program and paths of its files that a document mentions."""
    dotted = set(re.findall(r"`((?:data_access|ui|questions|analysis|briefs|demo|commands|scripts)(?:\.\w+)+)", text))
    paths = set(
        re.findall(
            r"`((?:app\.py|(?:data_access|ui|questions|analysis|pages|tests|scripts|docs|demo)/[\w/.]+\.(?:py|css|js|md)))`",
            text,
        )
    )
    return dotted | paths


EXAMPLES = {"pages/night_noise.py"}  # what the guide tells its reader to write


def exists(name: str) -> bool:
    if "/" in name or name.endswith(".py"):
        return name in EXAMPLES or (ROOT / name).exists()
    module, _, last = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return bool(module) and exists(module) and hasattr(importlib.import_module(module), last)
    return True


@pytest.mark.parametrize(
    "document",
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))],
)
def test_names_that_documents_mention_exist(document: str) -> None:
    missing = sorted(name for name in names_in(said(document)) if not exists(name))
    assert not missing, f"{document} mentions {missing}"


def test_a_missing_name_is_seen() -> None:
    assert not exists("data_access.cases.reader.nothing_like_it") and not exists("ui/nowhere.py")
    assert exists("data_access.cases.fusion.matched") and exists("questions.league")


@pytest.mark.parametrize("document", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_links_between_documents_lead_somewhere(document: str) -> None:
    folder = (ROOT / document).parent
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)#:][^):]*)\)", said(document))]
    missing = [target for target in targets if target and not target.startswith("/") and not (folder / target).exists()]
    assert not missing
