"""A folder of arriving files: finished ones come in one by one, each is put away with a report, a restart loses none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import main, watch
from data_access.cases.errors import StoreError
from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.district.profile import current_profile

HEAD = "工单编号,来电时间\n"


class Over(Exception):
    """What ends the endless watching."""


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path / 'store'}")
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def line(number: int) -> str:
    return f"W{number},2022-03-01 09:00:0{number}\n"


def watching(folder: Path, monkeypatch: pytest.MonkeyPatch, *between: Callable[[], object]) -> None:
    """Watch, with something done between one look and the next; two more looks follow the last."""
    steps = iter([*between, lambda: None, lambda: None])

    def wait(seconds: float) -> None:
        step = next(steps, None)
        if step is None:
            raise Over
        step()

    monkeypatch.setattr(watch, "_wait", wait)
    with pytest.raises(Over):
        main(["watch", str(folder)])


def count() -> int:
    return Reader.of(store_for(), current_profile()).count()


def report(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.with_name(f"{path.name}.report.json").read_text(encoding="utf-8"))
    return found


def test_finished_files_come_in_and_are_put_away_with_a_report(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing = inbox / "growing.csv"
    growing.write_text(HEAD + line(1))
    (inbox / "not-yet.csv.part").write_text(HEAD + line(9))
    (inbox / "no-cases.csv").write_text("甲,乙\n1,2\n")
    renamed = inbox.parent / "elsewhere.csv"
    renamed.write_text(HEAD + line(3))

    def grow() -> None:
        with growing.open("a") as file:
            file.write(line(2))

    watching(inbox, monkeypatch, grow, lambda: os.replace(renamed, inbox / "renamed.csv"))
    assert count() == 3
    assert {path.name for path in inbox.iterdir()} == {"done", "failed", "not-yet.csv.part", ".watch.lock"}
    assert (report(inbox / "done" / "growing.csv")["读取"], report(inbox / "done" / "renamed.csv")["新增"]) == (2, 1)
    assert "认不出这种表头" in str(report(inbox / "failed" / "no-cases.csv")["原因"])


@pytest.mark.slow
def test_a_restart_finds_what_was_not_put_away(
    inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (inbox / "a.csv").write_text(HEAD + line(1))
    with monkeypatch.context() as broken:

        def end(*_: object) -> Path:
            raise Over

        broken.setattr(watch.Inbox, "put_away", end)  # it ends between the import and the moving
        watching(inbox, broken)
    assert count() == 1 and (inbox / "a.csv").exists()

    # The store cannot be written for a while: the file waits, and that is said once.
    import_file, tries = watch.import_file, []

    def busy(*arguments: object, **named: object) -> object:
        tries.append(1)
        if len(tries) < 3:
            raise StoreError("另一个导入正在写入，请稍后再试")
        return import_file(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(watch, "import_file", busy)
    watching(inbox, monkeypatch, *[lambda: None] * (2 * watch.LATER + 2))
    assert capsys.readouterr().err.count("会一再重试") == 1
    assert count() == 1 and report(inbox / "done" / "a.csv")["批次"] == "没有变化"

    # A file of a name that was there before takes nobody's place.
    (inbox / "a.csv").write_text(HEAD + line(2))
    monkeypatch.setattr(watch, "_wait", lambda seconds: None)
    assert main(["watch", str(inbox), "--once"]) == 0
    assert count() == 2 and len(list((inbox / "done").glob("a*.csv"))) == 2
