"""The guide's example page is copied and run, so that it stays true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from tests.pages.ledgers import own_ledger
from ui.frame.router import entries

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "analysts.md"


def pages() -> list[str]:
    """The guide's examples of pages."""
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    return [one for one in examples if "PAGE =" in one]


def test_the_example_page_runs(tmp_path: Path, demo_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "night_noise.py"
    page.write_text(pages()[0], encoding="utf-8")
    assert entries(tmp_path)[0].problem == ""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")
    seen = AppTest.from_file(str(page), default_timeout=60).run()
    assert not seen.exception
    assert "夜间噪声诉求" in seen.get("html")[0].proto.body


def test_the_example_of_a_programmes_page_runs(tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "study.py"
    # The kind that the guide invents is not in the shipped profile; one that is stands in for it.
    page.write_text(pages()[1].replace('"study"', '"supervision"'), encoding="utf-8")
    assert entries(tmp_path)[0].problem == ""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    with own_ledger(reader, tmp_path / "ledger.db"):
        seen = AppTest.from_file(str(page), default_timeout=60).run()
    assert not seen.exception
    assert "在办 <b>0</b> 件" in seen.get("html")[0].proto.body
