"""口径 of the 七有五性 index: figures in the indicator's own unit, an indicator that counts alike everywhere once."""

from __future__ import annotations

import pandas as pd
import pytest

from ui.desk.index_rules import in_unit, listed


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(-0.5, "%", "−50%"), (1.0, "%", "100%"), (2.82041, "件/万人", "2.8 件/万人"), (7.25, "", "7.25"),
     (float("nan"), "%", "—")],
)  # fmt: skip
def test_goalposts_are_written_in_the_indicators_unit(value: float, unit: str, said: str) -> None:
    assert in_unit(value, unit) == said


def test_an_indicator_alike_in_its_dimensions_is_one_row() -> None:
    shared = {"label": "变化", "unit": "%", "better": "down", "low": -0.5, "high": 0.5, "weight": 0.2, "origin": "案件",
              "at_low": 0.07, "at_high": 0.01}  # fmt: skip
    ends = pd.DataFrame([shared | {"dimension": "住有所居"}, shared | {"dimension": "病有所医"},
                         shared | {"dimension": "安全性", "low": -0.9, "at_low": float("nan")}])  # fmt: skip
    rows = listed(ends)
    assert list(rows["dimensions"]) == ["住有所居、病有所医", "安全性"]
    assert list(rows["low"]) == ["−50%", "−90%"] and list(rows["at_low"]) == ["7%", "—"]
