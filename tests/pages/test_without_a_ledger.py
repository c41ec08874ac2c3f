"""Every page where the district has cases and has begun no ledger: figures are of cases and stand, decisions say how to begin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pages.test_pages import words


@pytest.mark.parametrize(
    ("page", "figure"), [("monthly_topics", "件"), ("fusion", "未诉先办率"), ("supervision", ""), ("hard_cases", "")]
)
def test_figures_of_cases_stand_without_one(
    visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, figure: str
) -> None:
    monkeypatch.setenv("LEDGER_URL", f"sqlite:///{tmp_path / 'none.db'}")
    said = words(visit(page))
    assert "还没有办理台账" in said and "ledger init" in said
    assert figure in said
    assert not list(tmp_path.iterdir())
