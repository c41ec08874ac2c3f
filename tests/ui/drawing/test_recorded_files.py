"""No file leaves a page before it is recorded who asks for it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from data_access.trail.schema import DoorClosed
from ui.watch import doors
from ui.watch.viewer import Viewer

ROOT = Path(__file__).resolve().parents[3]
BUTTONS = ("download_button", "download")


def buttons() -> list[tuple[str, ast.Call]]:
    found = []
    for path in sorted([*ROOT.glob("pages/**/*.py"), *ROOT.glob("ui/**/*.py"), *ROOT.glob("authoring/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if isinstance(node, ast.Call) and name in BUTTONS and len(node.args) > 1:
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node))
    return found


def test_every_file_is_made_by_what_records_it() -> None:
    """`made` is what a module calls its function that records first; every one of them is tried by a test of its own."""
    every = buttons()
    assert len(every) >= 4
    loose = [(where, ast.unparse(call.args[1])) for where, call in every if "made" not in ast.unparse(call.args[1])]
    assert not loose


def test_it_is_recorded_first_and_where_that_fails_nothing_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[object, ...]] = []
    monkeypatch.setattr(doors, "opens_export", lambda *given: told.append(given))
    made = doors.recorded(Viewer("甲"), "议程.html", ["事项一", "事项二"], lambda: b"words")
    assert not told
    assert made() == b"words" and told == [(Viewer("甲"), "议程.html", 2, ["事项一", "事项二"])]

    def shut(*_: object) -> None:
        raise DoorClosed("写不进审计")

    monkeypatch.setattr(doors, "opens_export", shut)
    assert made().decode() == "没有下载：写不进审计"
