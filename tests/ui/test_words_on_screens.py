"""What stands on screens and in papers is said as an official says it, and claims no more than a figure bears."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCREENS = sorted(
    path for room in ("pages", "ui", "briefs", "questions", "analysis") for path in ROOT.glob(f"{room}/**/*.py")
)
# Not said -> what is said in its place.
ODD = {"碰巧": "偶然", "世界": "情形", "照搬": "沿用", "丢得": "失分", "该丢": "应占", "由什么带来": "集中在哪里",
       "寻常": "平常、异常"}  # fmt: skip
# No test of ours shows a cause, or what will come for certain.
TOO_MUCH = ("证明", "必然", "导致", "显著提升", "成效显著", "效果明显", "明显好转", "归功于")


@functools.cache
def said(path: Path) -> list[tuple[int, str]]:
    """The text constants of a file with their lines, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents
    ]


@pytest.mark.parametrize("word", [*ODD, *TOO_MUCH])
def test_no_screen_says(word: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {text[:60]}" for path in SCREENS for line, text in said(path) if word in text
    ]
    assert not found, f"“{word}”：{ODD.get(word, '没有检验撑得起')}\n" + "\n".join(found)
